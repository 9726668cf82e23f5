/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is logged in, as the map of all who are carries it.
 */
#pragma once

#include "catalina_ha/messages/catalina-single-sign-on-entry.h"
#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

#define CATALINA_SINGLE_SIGN_ON_ENTRY_CLASS "org.apache.catalina.authenticator.SingleSignOnEntry"

/* Of one entry: room for the sessions of thousands of contexts, and for what a realm says of its
 * users. */
#define CATALINA_SINGLE_SIGN_ON_MAX_SIZE (1024 * 1024)

/* Reads the value of an entry of the map, from a copy of its own. */
CATALINA_API
CatalinaSingleSignOnEntry *catalina_single_sign_on_entry_read (
    const guint8 *data, gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, byte for byte. (transfer none) */
CATALINA_API
GBytes *catalina_single_sign_on_entry_get_stream (CatalinaSingleSignOnEntry *entry);
/* What it takes. */
CATALINA_API
gsize catalina_single_sign_on_entry_get_storage_size (CatalinaSingleSignOnEntry *entry);

/* The object; NULL for @password, @username and @principal where there is none. */
TribesJavaValue *catalina_single_sign_on_build (const char *auth_type,
                                                TribesJavaValue *password,
                                                const char *username,
                                                GPtrArray *sessions,
                                                TribesJavaValue *principal);

G_END_DECLS
