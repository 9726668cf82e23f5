/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/transport/tribes-held-ack-private.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-source-private.h"

struct _TribesHeldAck
{
  TribesHeldAcks *acks; /* (nullable): those of its connection */
  const guint8 *bytes;
  gboolean is_free; /* to leave, once those before it have */
  GSource *timer;   /* (nullable) */
};

static void
held_ack_clear (gpointer data)
{
  tribes_source_clear (&((TribesHeldAck *) data)->timer);
}

TribesHeldAck *
tribes_held_ack_ref (TribesHeldAck *self)
{
  return g_rc_box_acquire (self);
}

void
tribes_held_ack_unref (TribesHeldAck *self)
{
  if (self)
    g_rc_box_release_full (self, held_ack_clear);
}

static void
let_go (TribesHeldAck *self)
{
  TribesHeldAcks *acks = self->acks;

  tribes_source_clear (&self->timer);
  self->is_free = TRUE;
  if (acks && g_queue_peek_head (&acks->slots) == self)
    acks->released (acks->data);
}

static gboolean
on_timeout (gpointer data)
{
  TribesHeldAck *self = tribes_held_ack_ref (data);

  let_go (self);
  tribes_held_ack_unref (self);
  return G_SOURCE_REMOVE;
}

TribesHeldAck *
tribes_held_ack_new (GMainContext *context, guint max_ms)
{
  TribesHeldAck *self = g_rc_box_new0 (TribesHeldAck);

  self->timer = tribes_source_attach_to (tribes_clock_timeout_new (max_ms), context,
                                         "held acknowledgement", on_timeout, self);
  return self;
}

void
tribes_held_ack_free (TribesHeldAck *self)
{
  if (!self->is_free)
    let_go (self);
  tribes_held_ack_unref (self);
}

gboolean
tribes_held_ack_is_held (const TribesHeldAck *self)
{
  return self->timer != NULL;
}

void
tribes_held_acks_init (TribesHeldAcks *self, void (*released) (gpointer data), gpointer data)
{
  *self = (TribesHeldAcks){ .released = released, .data = data };
  g_queue_init (&self->slots);
}

void
tribes_held_acks_clear (TribesHeldAcks *self)
{
  for (GList *at = self->slots.head; at; at = at->next)
    {
      TribesHeldAck *held = at->data;

      held->acks = NULL;
      tribes_source_clear (&held->timer);
    }
  g_queue_clear_full (&self->slots, (GDestroyNotify) tribes_held_ack_unref);
}

void
tribes_held_acks_add (TribesHeldAcks *self, TribesHeldAck *held, const guint8 *bytes)
{
  TribesHeldAck *slot = held ? held : g_rc_box_new0 (TribesHeldAck);

  slot->acks = self;
  slot->bytes = bytes;
  slot->is_free |= !held;
  g_queue_push_tail (&self->slots, slot);
}

const guint8 *
tribes_held_acks_pop (TribesHeldAcks *self)
{
  TribesHeldAck *head = g_queue_peek_head (&self->slots);
  const guint8 *bytes;

  if (!head || !head->is_free)
    return NULL;
  bytes = head->bytes;
  head->acks = NULL;
  tribes_held_ack_unref (g_queue_pop_head (&self->slots));
  return bytes;
}

guint
tribes_held_acks_get_length (const TribesHeldAcks *self)
{
  return self->slots.length;
}
