/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/interceptors/tribes-key-ring-private.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-wrapping-private.h"
#include "tribes/wire/tribes-dissection-private.h"

typedef struct
{
  TribesEncryptCodec *codec;
  guint line;
} Key;

struct _TribesKeyRing
{
  GMutex mutex; /* of the codecs, whose contexts are used for every message */
  GArray *keys; /* of Key */
};

static void
key_clear (gpointer data)
{
  Key *key = data;

  g_clear_pointer (&key->codec, tribes_encrypt_codec_free);
}

static void
ring_clear (gpointer data)
{
  TribesKeyRing *self = data;

  g_clear_pointer (&self->keys, g_array_unref);
  g_mutex_clear (&self->mutex);
}

TribesKeyRing *
tribes_key_ring_ref (TribesKeyRing *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
tribes_key_ring_unref (TribesKeyRing *self)
{
  g_atomic_rc_box_release_full (self, ring_clear);
}

static TribesEncryptCodec *
new_codec (const char *algorithm, const char *hex, GError **error)
{
  guint8 bytes[TRIBES_CIPHER_MAX_KEY_SIZE];
  /* What is opened is never what was sealed here: nobody may make it look so. */
  guint8 seed[TRIBES_ENCRYPT_SEED_SIZE];
  TribesEncryptCodec *codec = NULL;
  gsize size = tribes_encrypt_parse_key (hex, bytes, error);

  if (size == 0)
    return NULL;
  if (RAND_bytes (seed, sizeof seed) == 1)
    codec = tribes_encrypt_codec_new (algorithm, bytes, size, seed, error);
  else
    g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                         "OpenSSL has no random numbers");
  OPENSSL_cleanse (bytes, sizeof bytes);
  return codec;
}

/* FALSE: with an error that says neither the key nor what stands where the algorithm should, as
 * that may be a key as well. */
static gboolean
add_line (TribesKeyRing *self, char *text, guint line, GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *algorithm = NULL;
  char *key, *space;
  Key added = { NULL, line };

  text[strcspn (text, "#")] = '\0';
  key = g_strstrip (text);
  if (*key == '\0')
    return TRUE;
  space = strpbrk (key, " \t");
  if (space)
    {
      algorithm = key;
      *space = '\0';
      key = space + 1;
    }
  if (self->keys->len >= TRIBES_KEY_RING_MAX_KEYS)
    g_set_error (&reason, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "expected at most %d keys, found more",
                 TRIBES_KEY_RING_MAX_KEYS);
  else if (algorithm && !strchr (algorithm, '/'))
    g_set_error_literal (&reason, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                         "expected a key, or an algorithm such as " TRIBES_ENCRYPT_DEFAULT
                         " and a key");
  else
    added.codec = new_codec (algorithm, key, &reason);
  if (added.codec)
    {
      g_array_append_val (self->keys, added);
      return TRUE;
    }
  g_set_error (error, reason->domain, reason->code, "line %u: %s", line, reason->message);
  return FALSE;
}

TribesKeyRing *
tribes_key_ring_parse (char *text, gsize size, GError **error)
{
  g_autoptr (TribesKeyRing) self = g_atomic_rc_box_new0 (TribesKeyRing);
  g_autofree char *copy = g_malloc (size + 1);
  char *next = copy;
  gboolean ok = TRUE;

  g_mutex_init (&self->mutex);
  self->keys = g_array_new (FALSE, FALSE, sizeof (Key));
  g_array_set_clear_func (self->keys, key_clear);
  memcpy (copy, text, size);
  copy[size] = '\0';
  for (guint line = 1; ok && next; line++)
    {
      char *end = memchr (next, '\n', size - (gsize) (next - copy));

      if (end)
        *end = '\0';
      ok = add_line (self, next, line, error);
      next = end ? end + 1 : NULL;
    }
  OPENSSL_cleanse (copy, size + 1);
  OPENSSL_cleanse (text, size);
  if (ok && self->keys->len > 0)
    return g_steal_pointer (&self);
  if (ok)
    g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "expected a key, found none");
  return NULL;
}

static GBytes *
try_keys (TribesKeyRing *self, const guint8 *data, gsize size, TribesUnlocked *unlocked)
{
  for (guint i = 0; i < self->keys->len; i++)
    {
      const Key *key = &g_array_index (self->keys, Key, i);
      TribesOpened opened;

      tribes_encrypt_codec_open (key->codec, data, size, TRIBES_GENERATION_NONE, -1, 0, &opened);
      if (opened.payload && opened.is_sure)
        {
          *unlocked = (TribesUnlocked){ opened.generation, key->line, opened.timestamp_ms, size };
          return opened.payload;
        }
      g_clear_pointer (&opened.payload, g_bytes_unref);
    }
  return NULL;
}

GBytes *
tribes_key_ring_open (TribesKeyRing *self, const guint8 *data, gsize size, TribesUnlocked *unlocked)
{
  /* What stands behind: nothing, a mark, an order number, both. */
  static const gsize behind[] = { 0, 1, 4, 5 };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  GBytes *payload = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (behind) && !payload && behind[i] < size; i++)
    {
      gsize end = size - behind[i];
      TribesWrapping wrapping;

      if (end == size || tribes_wrapping_read (data, size, end, &wrapping))
        payload = try_keys (self, data, end, unlocked);
    }
  return payload;
}

static gboolean
recognize_encrypted (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  TribesUnlocked unlocked;
  g_autoptr (GBytes) payload = tribes_key_ring_open (user_data, data, size, &unlocked);

  return payload != NULL;
}

static void
dissect_encrypted (TribesDissection *dissection,
                   GBytes *bytes,
                   TribesSendOptions options,
                   gpointer user_data)
{
  TribesUnlocked unlocked;
  TribesWrapping wrapping;
  g_autofree char *meaning = NULL;
  g_autoptr (GBytes) payload = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  payload = tribes_key_ring_open (user_data, data, size, &unlocked);
  if (!payload)
    {
      tribes_dissection_add_problem (dissection, 0, size, "none of the keys opens this");
      return;
    }
  meaning = g_strdup_printf ("generation %s, key in line %u",
                             tribes_generation_to_string (unlocked.generation), unlocked.line);
  tribes_dissection_add_bytes (dissection, "encrypted", 0, unlocked.end, meaning);
  if (unlocked.generation != TRIBES_GENERATION_A)
    tribes_dissection_add_time (dissection, "encrypted at", 0, unlocked.end, unlocked.timestamp_ms,
                                NULL);
  if (g_bytes_get_size (payload) > tribes_dissection_get_derived_room (dissection))
    tribes_dissection_add_problem (dissection, 0, size, "too large to be shown");
  else
    tribes_dissection_add_derived (dissection, "payload", payload, options);
  if (unlocked.end < size && tribes_wrapping_read (data, size, unlocked.end, &wrapping))
    tribes_wrapping_dissect (dissection, &wrapping, size);
}

static void
drop_ring (gpointer data)
{
  tribes_key_ring_unref (data);
}

void
tribes_dissector_add_keys (TribesDissector *dissector, TribesKeyRing *keys)
{
  tribes_dissector_add_layer (dissector, "encrypted", NULL, TRIBES_SEND_OPTIONS_NONE,
                              recognize_encrypted, dissect_encrypted, tribes_key_ring_ref (keys),
                              drop_ring);
}
