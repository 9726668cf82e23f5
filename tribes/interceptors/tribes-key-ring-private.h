/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of clusters whose messages are looked at: each is tried on what may be encrypted, in all
 * generations, whatever the clock says and however often the message came. May be used from several
 * threads. What cannot be told from a wrong key is not opened. No key is part of an error.
 *
 * Exported for what decodes; not API.
 */
#pragma once

#include "tribes/interceptors/tribes-encrypt-codec-private.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* Each of them may be tried on each message. */
#define TRIBES_KEY_RING_MAX_KEYS 64

typedef struct _TribesKeyRing TribesKeyRing;

/* @text: a key a line, in hexadecimal digits, or an algorithm, white space and a key; "#" begins a
 * comment. Wiped, also where there is an error, which says in which line. */
TRIBES_API
TribesKeyRing *
tribes_key_ring_parse (char *text, gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
TribesKeyRing *tribes_key_ring_ref (TribesKeyRing *self);
TRIBES_API
void tribes_key_ring_unref (TribesKeyRing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesKeyRing, tribes_key_ring_unref)

typedef struct
{
  TribesGeneration generation;
  guint line;          /* of the key, from 1 */
  gint64 timestamp_ms; /* of B and C */
  gsize end;           /* of what was encrypted; interceptors below may have put something behind */
} TribesUnlocked;

/* (transfer full) (nullable): what is in it; NULL: none of the keys fits for certain. */
TRIBES_API
GBytes *tribes_key_ring_open (TribesKeyRing *self,
                              const guint8 *data,
                              gsize size,
                              TribesUnlocked *unlocked);

/* The layer `encrypted`, for what one of the keys opens; behind tribes_dissector_add_wrappings()
 * and in front of all others. */
TRIBES_API
void tribes_dissector_add_keys (TribesDissector *dissector, TribesKeyRing *keys);

G_END_DECLS
