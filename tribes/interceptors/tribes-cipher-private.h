/* SPDX-License-Identifier: Apache-2.0
 *
 * AES in the modes and paddings of Java's `Cipher` that Tomcat takes, by OpenSSL. Bytes and the
 * initialization vector come as arguments; contexts are set up once and used for every message. A
 * key is in OpenSSL's memory only, and wiped with it.
 *
 * Exported for the tests and for what decodes; not API.
 */
#pragma once

#include <glib.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

#define TRIBES_CIPHER_MAX_IV_SIZE  16
#define TRIBES_CIPHER_MAX_KEY_SIZE 32

typedef struct _TribesCipher TribesCipher;

/* @transformation: algorithm, mode and padding as Java has them: `AES/GCM/NoPadding`. */
TRIBES_API
TribesCipher *tribes_cipher_new (const char *transformation,
                                 const guint8 *key,
                                 gsize key_size,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_cipher_free (TribesCipher *cipher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesCipher, tribes_cipher_free)

/* 12 with GCM, else a block. */
TRIBES_API
gsize tribes_cipher_get_iv_size (const TribesCipher *cipher);
/* Whether what was changed on its way is noticed, each bit of it. */
TRIBES_API
gboolean tribes_cipher_is_authenticated (const TribesCipher *cipher);

/* Size of so many bytes sealed, without the initialization vector. */
TRIBES_API
gsize tribes_cipher_measure (const TribesCipher *cipher, gsize size);
/* Seals @head and @data, one behind the other, to as many bytes as that. */
TRIBES_API
gboolean tribes_cipher_seal (TribesCipher *cipher,
                             const guint8 *iv,
                             const guint8 *head,
                             gsize head_size,
                             const guint8 *data,
                             gsize size,
                             guint8 *sealed) G_GNUC_WARN_UNUSED_RESULT;
/* Opens into @data, which has room for @sealed_size bytes. FALSE without a reason: whoever knows
 * the reason of many attempts knows the message. */
TRIBES_API
gboolean tribes_cipher_open (TribesCipher *cipher,
                             const guint8 *iv,
                             const guint8 *sealed,
                             gsize sealed_size,
                             guint8 *data,
                             gsize *size) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
