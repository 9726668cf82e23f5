/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes in the sessions that other members sent, one at a time: a batch may have a million. Where a
 * session is here already, the copy that was used later is kept.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaRooms *rooms;
  GQueue batches;              /* the first is being loaded */
  gsize bytes;                 /* of all of them */
  CatalinaStateReader *reader; /* of the first; NULL: not begun */
  GQueue garbage;              /* of CatalinaStateReader: done, to be freed piece by piece */
  TribesMember *from;          /* nullable: who gave the last session */
  TribesMember *torn;          /* nullable: see catalina_loading_take_torn() */
} CatalinaLoading;

void catalina_loading_init (CatalinaLoading *self, CatalinaRooms *rooms);
void catalina_loading_clear (CatalinaLoading *self);

/* Whether @message was taken; it is not if it makes no sense or would be too much.
 * @clock_lacks_ms: what the clock of @from lacks to this member's. */
gboolean catalina_loading_add (CatalinaLoading *self,
                               CatalinaSessionMessage *message,
                               TribesMember *from,
                               gint64 clock_lacks_ms);
/* Whether something is still to be taken in. */
gboolean catalina_loading_is_busy (CatalinaLoading *self);
/* Takes in the next session, and adds to @bytes what it costs. FALSE if there was none, or where
 * the rest of a batch could not be read. */
gboolean catalina_loading_next (CatalinaLoading *self, CatalinaNow now, gsize *bytes);
/* Who sent what was not taken in as a whole just now, because it could not be read or was too much;
 * NULL for nobody. Full. */
TribesMember *catalina_loading_take_torn (CatalinaLoading *self);

gboolean catalina_loading_has_garbage (CatalinaLoading *self);
void catalina_loading_free_garbage (CatalinaLoading *self);

G_END_DECLS
