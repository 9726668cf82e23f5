/* SPDX-License-Identifier: Apache-2.0
 *
 * What a replicated map has to say, in the order in which it said it, with who wants to know what
 * became of it. About one entry only one message is on its way at a time: a Tomcat lets another
 * thread read on before it is done with what it has read, so that of two that follow each other the
 * second may be done first. What nobody waits for, as when a member is gone and thousands of
 * entries need another backup, is sent only so far ahead of its acknowledgements.
 */
#pragma once

#include "catalina_ha/tipis/catalina-map-driver-private.h"
#include "tribes/channel/tribes-delivery.h"

G_BEGIN_DECLS

/* Ends with its last reference: then all is sent that it was taken for. */
typedef struct _CatalinaMapTicket CatalinaMapTicket;

typedef struct
{
  CatalinaMapOutput *output;
  CatalinaMapTicket *ticket; /* (nullable) */
} CatalinaMapItem;

typedef struct
{
  GQueue queue;    /* of CatalinaMapItem */
  guint in_flight; /* messages, popped and not done */
  guint loose;     /* of these, what nobody waits for */
  GHashTable
      *keys; /* GBytes: of an entry of which something is on its way -> GQueue of what waits */
  gboolean *exists; /* (refcounted): FALSE: who holds a ticket is not told any more */
} CatalinaMapPost;

void catalina_map_post_init (CatalinaMapPost *self);
void catalina_map_post_clear (CatalinaMapPost *self);
/* Takes @output. @ticket: (nullable) */
void
catalina_map_post_add (CatalinaMapPost *self, CatalinaMapOutput *output, CatalinaMapTicket *ticket);
/* (transfer full) (nullable): the next that may be sent now; to be told of with _done(). */
CatalinaMapItem *catalina_map_post_pop (CatalinaMapPost *self);
gboolean catalina_map_post_has_next (CatalinaMapPost *self);
void catalina_map_post_done (CatalinaMapPost *self, const CatalinaMapItem *item);
gboolean catalina_map_post_is_busy (const CatalinaMapPost *self);
void catalina_map_item_free (CatalinaMapItem *item);

CatalinaMapTicket *catalina_map_ticket_new (CatalinaMapPost *post,
                                            CatalinaMapSentFunc func,
                                            gpointer data,
                                            GDestroyNotify destroy);
CatalinaMapTicket *catalina_map_ticket_ref (CatalinaMapTicket *self);
void catalina_map_ticket_unref (CatalinaMapTicket *self);
void catalina_map_ticket_add (CatalinaMapTicket *self, const GArray *outcomes);

/* (element-type CatalinaMapOutcome) (transfer full): for each of @to, what @delivery says, or where
 * that is NULL, @error; both may be. */
GArray *catalina_map_outcomes_new (gint32 type,
                                   GPtrArray *to,
                                   TribesDelivery *delivery,
                                   const GError *error);

G_END_DECLS
