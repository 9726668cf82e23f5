/* SPDX-License-Identifier: Apache-2.0
 *
 * A delta that is so long that applying it would hold up everything else is applied in pieces, to a
 * copy: whoever looks sees all of it or nothing, and what cannot be read or is too much changes
 * nothing. Everything that comes for the context meanwhile waits behind it, in the order in which
 * it came, up to a bound. One value is one piece, however large.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

typedef struct
{
  TribesMember *from;
  CatalinaSessionMessage *message;
} CatalinaSlicesMessage;

typedef struct
{
  CatalinaRooms *rooms;
  GQueue waiting; /* of CatalinaSlicesMessage: behind the one that is being applied */
  gsize bytes;    /* of these */
  CatalinaSlicesMessage *current; /* NULL: none is */
  CatalinaDeltaReader *reader;    /* of it */
  CatalinaSession *copy;          /* what it is applied to */
  gint64 said_ms;                 /* see CatalinaIncoming */
  gboolean late;                  /* the same */
  GHashTable *names;              /* what it sets or removes */
  gboolean odd;                   /* not all of it makes sense */
  GQueue garbage;                 /* of CatalinaDeltaReader: done, to be freed piece by piece */
} CatalinaSlices;

void catalina_slices_init (CatalinaSlices *self, CatalinaRooms *rooms);
void catalina_slices_clear (CatalinaSlices *self);

/* Whether one is being applied, or something waits. */
gboolean catalina_slices_is_busy (CatalinaSlices *self);
/* How many actions of the one that is being applied are still to be. */
guint catalina_slices_get_left (CatalinaSlices *self);
/* Whether no more may wait: then all is to be done first. */
gboolean catalina_slices_is_full (CatalinaSlices *self);
/* Puts a message behind those that wait. */
void
catalina_slices_push (CatalinaSlices *self, CatalinaSessionMessage *message, TribesMember *from);
/* The next that waits, unless one is being applied; to be freed. */
CatalinaSlicesMessage *catalina_slices_pop (CatalinaSlices *self);
void catalina_slices_message_free (CatalinaSlicesMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaSlicesMessage, catalina_slices_message_free)

/* Whether the message is one for this; then it has begun. None is being applied. */
gboolean catalina_slices_begin (CatalinaSlices *self,
                                const CatalinaEventRow *row,
                                CatalinaSessionMessage *message,
                                TribesMember *from,
                                CatalinaNow now);
/* Does a piece of the one that is being applied. */
void catalina_slices_step (CatalinaSlices *self, const CatalinaEventRow *row, CatalinaNow now);

gboolean catalina_slices_has_garbage (CatalinaSlices *self);
void catalina_slices_free_garbage (CatalinaSlices *self);

G_END_DECLS
