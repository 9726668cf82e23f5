/* SPDX-License-Identifier: Apache-2.0
 *
 * The three ways in which versions of Tomcat encrypt a payload, both ways. Bytes, time and what is
 * random come as arguments.
 *
 * Exported for the tests and for what decodes; not API.
 */
#pragma once

#include "tribes/interceptors/tribes-cipher-private.h"

G_BEGIN_DECLS

/* In rising order: a later one tells more of what was tampered with. With an algorithm of one's own
 * B and C are the same. */
typedef enum
{
  TRIBES_GENERATION_NONE,
  TRIBES_GENERATION_A, /* vector, encrypted payload; CBC unless told otherwise. Up to 9.0.118 */
  TRIBES_GENERATION_B, /* vector, encrypted time stamp and payload; CBC. 9.0.119 */
  TRIBES_GENERATION_C, /* the same; GCM. From 9.0.121 */
} TribesGeneration;

TRIBES_API
const char *tribes_generation_to_string (TribesGeneration generation);
/* A, B or C; NONE for every other text. */
TRIBES_API
TribesGeneration tribes_generation_from_string (const char *text);

/* Random bytes that a codec needs, for what nobody may foresee. */
#define TRIBES_ENCRYPT_SEED_SIZE 24

/* What C encrypts with. */
#define TRIBES_ENCRYPT_DEFAULT "AES/GCM/NoPadding"

typedef struct _TribesEncryptCodec TribesEncryptCodec;

/* @algorithm: (nullable): for all; each generation has its own unless there is one. */
TRIBES_API
TribesEncryptCodec *tribes_encrypt_codec_new (const char *algorithm,
                                              const guint8 *key,
                                              gsize key_size,
                                              const guint8 seed[TRIBES_ENCRYPT_SEED_SIZE],
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_encrypt_codec_free (TribesEncryptCodec *codec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesEncryptCodec, tribes_encrypt_codec_free)

/* The generation that is spoken where @generation is configured: with an algorithm of one's own
 * there are two. */
TRIBES_API
TribesGeneration tribes_encrypt_codec_normalize (TribesEncryptCodec *codec,
                                                 TribesGeneration generation);

/* Each time with another vector. NULL if OpenSSL could not. */
TRIBES_API
GBytes *tribes_encrypt_codec_seal (TribesEncryptCodec *codec,
                                   TribesGeneration generation,
                                   const guint8 *data,
                                   gsize size,
                                   gint64 now_ms);

typedef struct
{
  TribesGeneration generation; /* NONE: cannot be opened with this key */
  gboolean is_own;             /* what this codec has sealed itself; it is not opened */
  gboolean is_sure;            /* no chance that another key would have given this */
  gint64 timestamp_ms;         /* of B and C */
  GBytes *payload;             /* (nullable): to be freed */
  const guint8 *nonce;         /* in what was opened */
  gsize nonce_size;
} TribesOpened;

/* @known: what the sender spoke before, tried first; NONE if nobody knows. @now_ms: -1 if nobody
 * knows; else what is younger than @window_ms is fresh. */
TRIBES_API
void tribes_encrypt_codec_open (TribesEncryptCodec *codec,
                                const guint8 *data,
                                gsize size,
                                TribesGeneration known,
                                gint64 now_ms,
                                gint64 window_ms,
                                TribesOpened *opened);

/* A key in hexadecimal digits, as Tomcat takes it, with white space around. The bytes are to be
 * wiped. 0 with @error set, which does not say what the text was. */
TRIBES_API
gsize tribes_encrypt_parse_key (const char *text,
                                guint8 key[TRIBES_CIPHER_MAX_KEY_SIZE],
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
