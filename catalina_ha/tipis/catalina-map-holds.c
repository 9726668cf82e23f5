/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tipis/catalina-map-holds-private.h"

#include "tribes/channel/tribes-channel-private.h"

/* Of the time that a sender waits: how long it is kept waiting. */
#define FRACTION 10

typedef struct
{
  CatalinaMapHolds *holds; /* (nullable): let go */
  TribesHeldAck *ack;
} Hold;

static void
on_relayed (const GArray *outcomes, gpointer data)
{
}

static void
hold_free (gpointer data)
{
  Hold *hold = data;

  if (hold->holds)
    {
      g_queue_remove (&hold->holds->queue, hold);
      tribes_held_ack_free (hold->ack);
    }
  g_free (hold);
}

/* By what is waited for others here: who has the same settings has the same. */
static guint
get_max_ms (TribesChannel *channel)
{
  guint timeout_ms;

  g_object_get (tribes_channel_get_sender (channel), "timeout", &timeout_ms, NULL);
  return MAX (timeout_ms / FRACTION, 1);
}

CatalinaMapTicket *
catalina_map_holds_add (CatalinaMapHolds *self, CatalinaMapPost *post, TribesChannel *channel)
{
  const Hold *oldest = g_queue_peek_head (&self->queue);
  TribesHeldAck *ack = NULL;
  Hold *hold;

  if (!oldest || tribes_held_ack_is_held (oldest->ack))
    ack = tribes_channel_hold_ack (channel, get_max_ms (channel));
  if (!ack)
    return NULL;
  hold = g_new (Hold, 1);
  *hold = (Hold){ self, ack };
  g_queue_push_tail (&self->queue, hold);
  return catalina_map_ticket_new (post, on_relayed, hold, hold_free);
}

void
catalina_map_holds_let_go (CatalinaMapHolds *self)
{
  Hold *hold;

  while ((hold = g_queue_pop_head (&self->queue)))
    {
      hold->holds = NULL;
      tribes_held_ack_free (hold->ack);
    }
}
