/* SPDX-License-Identifier: Apache-2.0
 *
 * A client certificate whose key is in a file that a password protects, which GIO does not read.
 * Neither the key nor the password outlives the call, but for what TLS needs, or is ever printed.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @certificate_file and @key_file: PEM; @password: (nullable): of the key, PKCS #8 or as OpenSSL
 * wrote them before. */
GTlsCertificate *tribes_cloud_key_load (const char *certificate_file,
                                        const char *key_file,
                                        const char *password,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
