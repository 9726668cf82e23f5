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
  GQueue batches;              /* of CatalinaSessionMessage; the first is being loaded */
  gsize bytes;                 /* of all of them */
  CatalinaStateReader *reader; /* of the first; NULL: not begun */
  GQueue garbage;              /* of CatalinaStateReader: done, to be freed piece by piece */
} CatalinaLoading;

void catalina_loading_init (CatalinaLoading *self, CatalinaRooms *rooms);
void catalina_loading_clear (CatalinaLoading *self);

/* Whether @message was taken; it is not if it makes no sense or would be too much. */
gboolean
catalina_loading_add (CatalinaLoading *self, CatalinaSessionMessage *message, TribesMember *from);
/* Whether something is still to be taken in. */
gboolean catalina_loading_is_busy (CatalinaLoading *self);
/* Takes in the next session, and adds to @bytes what it costs. FALSE if there was none, or where
 * the rest of a batch could not be read. @asked: (nullable): who is to blame. */
gboolean
catalina_loading_next (CatalinaLoading *self, TribesMember *asked, CatalinaNow now, gsize *bytes);

gboolean catalina_loading_has_garbage (CatalinaLoading *self);
void catalina_loading_free_garbage (CatalinaLoading *self);

G_END_DECLS
