/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces of messages, put together. Knows no clock. Numbers and counts come from outside: nothing
 * is taken for them before the pieces are there, and what is held is charged to whoever sent it.
 * Exported for libcatalina-ha; not API.
 */
#pragma once

#include "tribes/tribes-visibility.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* What stands behind a piece: its number and how many there are, four bytes each, and a mark. */
#define TRIBES_FRAGMENT_TRAILER_SIZE 9
/* More pieces nobody makes. */
#define TRIBES_FRAGMENT_MAX_PIECES (1 << 20)

typedef struct
{
  gsize message_bytes; /* of one message */
  gsize sender_bytes;  /* held for one sender */
  gsize all_bytes;     /* held in all */
  gint64 expire_us;    /* how long a message may be incomplete */
} TribesFragmentLimits;

/* A piece of a message, borrowed. */
typedef struct
{
  TribesMember *sender;
  const guint8 *unique_id;
  gsize unique_id_size;
  const guint8 *data; /* without what stands behind it */
  gsize size;
  guint32 number; /* from 0 */
  guint32 count;
} TribesMessagePiece;

typedef enum
{
  TRIBES_FRAGMENT_KEPT,
  TRIBES_FRAGMENT_REPEATED, /* it is there already */
  TRIBES_FRAGMENT_COMPLETE,
  TRIBES_FRAGMENT_REFUSED,
} TribesFragmentResult;

/* A message that will not be whole any more. */
typedef struct
{
  TribesMember *sender;
  guint32 n_pieces; /* that were there */
  guint32 count;
} TribesFragmentLost;

typedef struct _TribesFragmentAssembler TribesFragmentAssembler;

TRIBES_API
TribesFragmentAssembler *tribes_fragment_assembler_new (const TribesFragmentLimits *limits);
TRIBES_API
void tribes_fragment_assembler_free (TribesFragmentAssembler *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesFragmentAssembler, tribes_fragment_assembler_free)

TRIBES_API
void tribes_fragment_assembler_set_expire (TribesFragmentAssembler *self, gint64 expire_us);

/* @whole: (out) (transfer full): the message, if it is complete. */
TRIBES_API
TribesFragmentResult tribes_fragment_assembler_take (TribesFragmentAssembler *self,
                                                     const TribesMessagePiece *piece,
                                                     gint64 now_us,
                                                     GBytes **whole,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The next message that was given up, for its age or for lack of room: each is told once.
 * @lost: its sender is to be given back. */
TRIBES_API
gboolean tribes_fragment_assembler_pop_lost (TribesFragmentAssembler *self,
                                             gint64 now_us,
                                             TribesFragmentLost *lost);

/* Bytes held, and messages that are not whole yet. */
TRIBES_API
gsize tribes_fragment_assembler_get_held (const TribesFragmentAssembler *self);
TRIBES_API
guint tribes_fragment_assembler_get_n_messages (const TribesFragmentAssembler *self);

G_END_DECLS
