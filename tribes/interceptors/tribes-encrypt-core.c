/* SPDX-License-Identifier: Apache-2.0
 *
 * What is remembered of others is one number for each member. What cannot be opened, and what is
 * not believed, changes nothing.
 */
#include "tribes/interceptors/tribes-encrypt-core-private.h"

#include <string.h>

#include "tribes/interceptors/tribes-replay-window-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-member-private.h"

struct _TribesEncryptCore
{
  TribesEncryptCodec *codec;
  TribesEncryptSettings settings;
  TribesReplayWindow *dated;
  TribesReplayWindow *undated; /* of A, which has no time: the last ones */
  GHashTable *members;         /* (element-type TribesMember TribesGeneration), by address */
  TribesGeneration last;       /* that a member spoke */
};

TribesEncryptCore *
tribes_encrypt_core_new (TribesEncryptCodec *codec,
                         const TribesEncryptSettings *settings,
                         gint64 now_ms)
{
  TribesEncryptCore *core = g_new0 (TribesEncryptCore, 1);

  core->codec = codec;
  core->settings = *settings;
  core->settings.generation = tribes_encrypt_codec_normalize (codec, settings->generation);
  core->dated = tribes_replay_window_new (settings->window_ms, settings->window_messages, now_ms);
  core->undated = tribes_replay_window_new (settings->window_ms, settings->window_messages, now_ms);
  core->members = g_hash_table_new_full (tribes_member_hash_place, (GEqualFunc) tribes_member_is_at,
                                         (GDestroyNotify) tribes_member_unref, NULL);
  return core;
}

void
tribes_encrypt_core_free (TribesEncryptCore *core)
{
  tribes_encrypt_codec_free (core->codec);
  tribes_replay_window_free (core->dated);
  tribes_replay_window_free (core->undated);
  g_hash_table_unref (core->members);
  g_free (core);
}

void
tribes_encrypt_core_member_added (TribesEncryptCore *core, TribesMember *member)
{
  g_hash_table_replace (core->members, tribes_member_ref (member),
                        GUINT_TO_POINTER (TRIBES_GENERATION_NONE));
}

void
tribes_encrypt_core_member_disappeared (TribesEncryptCore *core, TribesMember *member)
{
  g_hash_table_remove (core->members, member);
}

TribesGeneration
tribes_encrypt_core_get_spoken (TribesEncryptCore *core, TribesMember *member)
{
  return (TribesGeneration) GPOINTER_TO_UINT (g_hash_table_lookup (core->members, member));
}

gboolean
tribes_encrypt_core_is_unknown (TribesEncryptCore *core, TribesMember *member)
{
  gpointer spoken;

  return core->settings.generation == TRIBES_GENERATION_NONE
         && g_hash_table_lookup_extended (core->members, member, NULL, &spoken)
         && GPOINTER_TO_UINT (spoken) == TRIBES_GENERATION_NONE;
}

TribesGeneration
tribes_encrypt_core_guess (TribesEncryptCore *core)
{
  return core->last == TRIBES_GENERATION_NONE ? TRIBES_GENERATION_C : core->last;
}

TribesGeneration
tribes_encrypt_core_normalize (TribesEncryptCore *core, TribesGeneration generation)
{
  return tribes_encrypt_codec_normalize (core->codec, generation);
}

TribesGeneration
tribes_encrypt_core_choose (TribesEncryptCore *core, TribesMember *member)
{
  TribesGeneration spoken;

  if (core->settings.generation != TRIBES_GENERATION_NONE)
    return core->settings.generation;
  spoken = tribes_encrypt_core_get_spoken (core, member);
  return spoken == TRIBES_GENERATION_NONE ? TRIBES_GENERATION_C : spoken;
}

GBytes *
tribes_encrypt_core_seal (TribesEncryptCore *core,
                          TribesGeneration generation,
                          const guint8 *data,
                          gsize size,
                          gint64 now_ms)
{
  return tribes_encrypt_codec_seal (core->codec, generation, data, size, now_ms);
}

static TribesEncryptVerdict
judge_generation (TribesEncryptCore *core, TribesMember *sender, TribesGeneration generation)
{
  if (core->settings.generation != TRIBES_GENERATION_NONE)
    return generation == core->settings.generation ? TRIBES_ENCRYPT_TAKEN
                                                   : TRIBES_ENCRYPT_GENERATION;
  if (generation == TRIBES_GENERATION_C)
    return TRIBES_ENCRYPT_TAKEN;
  if (!g_hash_table_contains (core->members, sender))
    return TRIBES_ENCRYPT_STRANGER;
  return generation < tribes_encrypt_core_get_spoken (core, sender) ? TRIBES_ENCRYPT_DOWNGRADED
                                                                    : TRIBES_ENCRYPT_TAKEN;
}

static TribesEncryptVerdict
judge_replay (TribesEncryptCore *core, const TribesOpened *opened, gint64 now_ms)
{
  if (opened->generation == TRIBES_GENERATION_A)
    return tribes_replay_window_check_undated (core->undated, opened->nonce, opened->nonce_size)
               ? TRIBES_ENCRYPT_TAKEN
               : TRIBES_ENCRYPT_REPLAYED;
  switch (tribes_replay_window_check (core->dated, opened->nonce, opened->nonce_size,
                                      opened->timestamp_ms, now_ms))
    {
    case TRIBES_REPLAY_NEW:
      return TRIBES_ENCRYPT_TAKEN;
    case TRIBES_REPLAY_STALE:
      return TRIBES_ENCRYPT_STALE;
    case TRIBES_REPLAY_AHEAD:
      return TRIBES_ENCRYPT_AHEAD;
    case TRIBES_REPLAY_FORGOTTEN:
      return TRIBES_ENCRYPT_CROWDED;
    case TRIBES_REPLAY_SEEN:
    default:
      return TRIBES_ENCRYPT_REPLAYED;
    }
}

static TribesEncryptVerdict
judge (TribesEncryptCore *core,
       TribesMember *sender,
       const guint8 *data,
       gsize size,
       const TribesOpened *opened,
       gint64 now_ms)
{
  static const guint8 java[] = { 0xac, 0xed, 0, 5 };
  TribesEncryptVerdict verdict;

  if (opened->is_own)
    return TRIBES_ENCRYPT_REFLECTED;
  if (opened->generation == TRIBES_GENERATION_NONE)
    return size >= sizeof java && memcmp (data, java, sizeof java) == 0 ? TRIBES_ENCRYPT_PLAIN
                                                                        : TRIBES_ENCRYPT_SEALED;
  /* A time of this century that is not now: one in millions of wrong keys gives that. */
  if (!opened->is_sure && opened->generation != TRIBES_GENERATION_A
      && tribes_encrypt_core_get_spoken (core, sender) == TRIBES_GENERATION_NONE)
    return TRIBES_ENCRYPT_SEALED;
  verdict = judge_generation (core, sender, opened->generation);
  return verdict == TRIBES_ENCRYPT_TAKEN ? judge_replay (core, opened, now_ms) : verdict;
}

static char *
explain (TribesEncryptCore *core,
         TribesEncryptVerdict verdict,
         TribesMember *sender,
         const TribesOpened *opened,
         gint64 now_ms)
{
  const char *generation = tribes_generation_to_string (opened->generation);
  const char *spoken = tribes_generation_to_string (tribes_encrypt_core_get_spoken (core, sender));

  switch (verdict)
    {
    case TRIBES_ENCRYPT_PLAIN:
      return g_strdup ("expected an encrypted message, found a plain one; it has no "
                       "EncryptInterceptor");
    case TRIBES_ENCRYPT_REFLECTED:
      return g_strdup ("expected its own message, found one of ours that somebody sent back");
    case TRIBES_ENCRYPT_REPLAYED:
      return g_strdup ("expected a new message, found one that was there before");
    case TRIBES_ENCRYPT_STALE:
    case TRIBES_ENCRYPT_AHEAD:
      return g_strdup_printf ("expected a message of now, found one %s by %" G_GINT64_FORMAT
                              " ms, and %" G_GINT64_FORMAT " are allowed; its clock differs%s",
                              verdict == TRIBES_ENCRYPT_STALE ? "late" : "from the future",
                              ABS (now_ms - opened->timestamp_ms), core->settings.window_ms,
                              verdict == TRIBES_ENCRYPT_STALE
                                  ? ", it was long on its way or somebody sends it again"
                                  : "");
    case TRIBES_ENCRYPT_CROWDED:
      return g_strdup_printf ("expected a message newer than the last %u, found one late by "
                              "%" G_GINT64_FORMAT " ms; replayWindowMessageCount is too small",
                              core->settings.window_messages, now_ms - opened->timestamp_ms);
    case TRIBES_ENCRYPT_GENERATION:
      return g_strdup_printf ("expected generation %s, found %s; it is another version of Tomcat",
                              tribes_generation_to_string (core->settings.generation), generation);
    case TRIBES_ENCRYPT_DOWNGRADED:
      return g_strdup_printf ("expected generation %s, which it spoke before, found %s; somebody "
                              "sends an old message, or it was replaced by an older version",
                              spoken, generation);
    case TRIBES_ENCRYPT_STRANGER:
      return g_strdup_printf ("expected a member to speak generation %s, found somebody else",
                              generation);
    default:
      return g_strdup ("expected our key and algorithm, found others; its encryptionKey or "
                       "encryptionAlgorithm differs, or somebody changed the message");
    }
}

GBytes *
tribes_encrypt_core_open (TribesEncryptCore *core,
                          TribesMember *sender,
                          const guint8 *data,
                          gsize size,
                          gint64 now_ms,
                          TribesEncryptVerdict *verdict,
                          GError **error)
{
  TribesGeneration known = tribes_encrypt_core_get_spoken (core, sender);
  g_autoptr (GBytes) payload = NULL;
  g_autofree char *why = NULL;
  g_autofree char *name = NULL;
  TribesOpened opened;

  tribes_encrypt_codec_open (core->codec, data, size, known, now_ms, core->settings.window_ms,
                             &opened);
  payload = opened.payload;
  *verdict = judge (core, sender, data, size, &opened, now_ms);
  if (*verdict != TRIBES_ENCRYPT_TAKEN)
    {
      why = explain (core, *verdict, sender, &opened, now_ms);
      name = tribes_member_to_string (sender);
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED, "%s: %s", name, why);
      return NULL;
    }
  if (opened.generation != known && opened.is_sure && g_hash_table_contains (core->members, sender))
    {
      core->last = opened.generation;
      g_hash_table_insert (core->members, tribes_member_ref (sender),
                           GUINT_TO_POINTER (opened.generation));
    }
  return g_steal_pointer (&payload);
}
