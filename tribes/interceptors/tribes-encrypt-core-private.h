/* SPDX-License-Identifier: Apache-2.0
 *
 * What an EncryptInterceptor decides: which generation a member is spoken to in, and whether what
 * came is taken. A state machine without clock and sockets.
 *
 * Who a frame is from nobody encrypts. So the rules for whom to believe are:
 * - with a generation of one's own nothing else is sent or taken;
 * - else C, which cannot be forged, is taken from everybody, and A and B from members only;
 * - a member that spoke a later generation is not believed to speak an earlier one as long as it is
 *   a member. So whoever kept a message of before its update cannot send it now.
 */
#pragma once

#include "tribes/interceptors/tribes-encrypt-codec-private.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef enum
{
  TRIBES_ENCRYPT_TAKEN,
  TRIBES_ENCRYPT_PLAIN,      /* not encrypted at all */
  TRIBES_ENCRYPT_SEALED,     /* with another key or algorithm, or changed on its way */
  TRIBES_ENCRYPT_REFLECTED,  /* our own */
  TRIBES_ENCRYPT_REPLAYED,   /* a second time */
  TRIBES_ENCRYPT_STALE,      /* too late, or the sender's clock is */
  TRIBES_ENCRYPT_AHEAD,      /* the sender's clock is fast */
  TRIBES_ENCRYPT_CROWDED,    /* too many messages in the meantime to know it from a replay */
  TRIBES_ENCRYPT_GENERATION, /* not the one that is configured */
  TRIBES_ENCRYPT_DOWNGRADED, /* the member has spoken a later one */
  TRIBES_ENCRYPT_STRANGER,   /* no member, and not C */
  TRIBES_ENCRYPT_N_VERDICTS,
} TribesEncryptVerdict;

typedef struct _TribesEncryptCore TribesEncryptCore;

typedef struct
{
  TribesGeneration generation; /* NONE: what the other side speaks */
  gint64 window_ms;
  guint window_messages;
} TribesEncryptSettings;

/* Owns @codec from now on. */
TRIBES_API
TribesEncryptCore *tribes_encrypt_core_new (TribesEncryptCodec *codec,
                                            const TribesEncryptSettings *settings,
                                            gint64 now_ms);
TRIBES_API
void tribes_encrypt_core_free (TribesEncryptCore *core);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesEncryptCore, tribes_encrypt_core_free)

TRIBES_API
void tribes_encrypt_core_member_added (TribesEncryptCore *core, TribesMember *member);
TRIBES_API
void tribes_encrypt_core_member_disappeared (TribesEncryptCore *core, TribesMember *member);

/* What @member has spoken; NONE if it is no member or has said nothing. */
TRIBES_API
TribesGeneration tribes_encrypt_core_get_spoken (TribesEncryptCore *core, TribesMember *member);
/* Whether it is a member that has said nothing, and that makes a difference. */
gboolean tribes_encrypt_core_is_unknown (TribesEncryptCore *core, TribesMember *member);
/* What such a member probably speaks: what the last one did that said something. */
TribesGeneration tribes_encrypt_core_guess (TribesEncryptCore *core);
TribesGeneration tribes_encrypt_core_normalize (TribesEncryptCore *core,
                                                TribesGeneration generation);
/* What to speak to @member. */
TRIBES_API
TribesGeneration tribes_encrypt_core_choose (TribesEncryptCore *core, TribesMember *member);

TRIBES_API
GBytes *tribes_encrypt_core_seal (TribesEncryptCore *core,
                                  TribesGeneration generation,
                                  const guint8 *data,
                                  gsize size,
                                  gint64 now_ms);

/* (transfer full): what @data carries; NULL with @error, which says what is wrong and with whom.
 * @verdict: (out): why. */
TRIBES_API
GBytes *tribes_encrypt_core_open (TribesEncryptCore *core,
                                  TribesMember *sender,
                                  const guint8 *data,
                                  gsize size,
                                  gint64 now_ms,
                                  TribesEncryptVerdict *verdict,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
