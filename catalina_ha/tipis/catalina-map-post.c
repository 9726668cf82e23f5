/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tipis/catalina-map-post-private.h"

#include "tribes/base/tribes-hash-private.h"

/* Messages that nobody waits for may be on their way unacknowledged: enough that a line is never
 * idle, and few beside what a sender holds for one member. */
#define MAX_LOOSE 512

struct _CatalinaMapTicket
{
  gboolean *exists;
  CatalinaMapSentFunc func;
  gpointer data;
  GDestroyNotify destroy; /* (nullable) */
  GArray *outcomes;
};

static void
outcome_clear (gpointer data)
{
  CatalinaMapOutcome *outcome = data;

  tribes_member_unref (outcome->member);
  g_clear_error (&outcome->cause);
}

static GArray *
new_outcomes (void)
{
  GArray *outcomes = g_array_new (FALSE, FALSE, sizeof (CatalinaMapOutcome));

  g_array_set_clear_func (outcomes, outcome_clear);
  return outcomes;
}

static const GError *
find_cause (TribesDelivery *delivery, TribesMember *member)
{
  for (guint i = 0; i < tribes_delivery_get_n_faulty (delivery); i++)
    if (tribes_member_equal (tribes_delivery_get_faulty (delivery, i), member))
      return tribes_delivery_get_cause (delivery, i);
  return NULL;
}

GArray *
catalina_map_outcomes_new (gint32 type,
                           GPtrArray *to,
                           TribesDelivery *delivery,
                           const GError *error)
{
  GArray *outcomes = new_outcomes ();

  for (guint i = 0; i < to->len; i++)
    {
      const GError *cause = delivery ? find_cause (delivery, to->pdata[i]) : error;
      CatalinaMapOutcome outcome
          = { (CatalinaMapMessageType) type, tribes_member_ref (to->pdata[i]),
              cause ? g_error_copy (cause) : NULL };

      g_array_append_val (outcomes, outcome);
    }
  return outcomes;
}

CatalinaMapTicket *
catalina_map_ticket_new (CatalinaMapPost *post,
                         CatalinaMapSentFunc func,
                         gpointer data,
                         GDestroyNotify destroy)
{
  CatalinaMapTicket *self = g_rc_box_new0 (CatalinaMapTicket);

  self->exists = g_rc_box_acquire (post->exists);
  self->func = func;
  self->data = data;
  self->destroy = destroy;
  self->outcomes = new_outcomes ();
  return self;
}

CatalinaMapTicket *
catalina_map_ticket_ref (CatalinaMapTicket *self)
{
  return g_rc_box_acquire (self);
}

static void
ticket_clear (gpointer data)
{
  CatalinaMapTicket *self = data;

  if (*self->exists)
    self->func (self->outcomes, self->data);
  if (self->destroy)
    self->destroy (self->data);
  g_array_unref (self->outcomes);
  g_rc_box_release (self->exists);
}

void
catalina_map_ticket_unref (CatalinaMapTicket *self)
{
  g_rc_box_release_full (self, ticket_clear);
}

void
catalina_map_ticket_add (CatalinaMapTicket *self, const GArray *outcomes)
{
  for (guint i = 0; i < outcomes->len; i++)
    {
      CatalinaMapOutcome outcome = g_array_index (outcomes, CatalinaMapOutcome, i);

      tribes_member_ref (outcome.member);
      outcome.cause = outcome.cause ? g_error_copy (outcome.cause) : NULL;
      g_array_append_val (self->outcomes, outcome);
    }
}

void
catalina_map_item_free (CatalinaMapItem *item)
{
  catalina_map_output_free (item->output);
  if (item->ticket)
    catalina_map_ticket_unref (item->ticket);
  g_free (item);
}

static guint
hash_key (gconstpointer key)
{
  gsize size;
  gconstpointer data = g_bytes_get_data ((GBytes *) key, &size);

  return tribes_hash_bytes (data, size);
}

static void
free_waiting (gpointer waiting)
{
  g_queue_free_full (waiting, (GDestroyNotify) catalina_map_item_free);
}

void
catalina_map_post_init (CatalinaMapPost *self)
{
  *self = (CatalinaMapPost){ 0 };
  g_queue_init (&self->queue);
  self->keys = g_hash_table_new_full (hash_key, g_bytes_equal, (GDestroyNotify) g_bytes_unref,
                                      free_waiting);
  self->exists = g_rc_box_new0 (gboolean);
  *self->exists = TRUE;
}

void
catalina_map_post_clear (CatalinaMapPost *self)
{
  if (!self->exists)
    return;
  *self->exists = FALSE;
  g_queue_clear_full (&self->queue, (GDestroyNotify) catalina_map_item_free);
  g_clear_pointer (&self->keys, g_hash_table_unref);
  g_rc_box_release (g_steal_pointer (&self->exists));
  self->in_flight = self->loose = 0;
}

void
catalina_map_post_add (CatalinaMapPost *self, CatalinaMapOutput *output, CatalinaMapTicket *ticket)
{
  CatalinaMapItem *item = g_new (CatalinaMapItem, 1);

  item->output = output;
  item->ticket = ticket ? catalina_map_ticket_ref (ticket) : NULL;
  g_queue_push_tail (&self->queue, item);
}

/* (nullable): of the entry that a message is about. */
static GBytes *
get_key (const CatalinaMapItem *item)
{
  return item->output->is_question ? NULL : item->output->packet.bytes[0];
}

/* What has to wait for another about the same entry waits behind that. */
static void
put_aside (CatalinaMapPost *self)
{
  GQueue *waiting;
  GBytes *key;

  while (self->queue.head && (key = get_key (self->queue.head->data))
         && (waiting = g_hash_table_lookup (self->keys, key)))
    g_queue_push_tail (waiting, g_queue_pop_head (&self->queue));
}

static gboolean
may_be_sent (const CatalinaMapPost *self, const CatalinaMapItem *item)
{
  return item->ticket || item->output->is_question || self->loose < MAX_LOOSE;
}

gboolean
catalina_map_post_has_next (CatalinaMapPost *self)
{
  if (self->keys)
    put_aside (self);
  return self->queue.head && may_be_sent (self, self->queue.head->data);
}

CatalinaMapItem *
catalina_map_post_pop (CatalinaMapPost *self)
{
  CatalinaMapItem *item
      = catalina_map_post_has_next (self) ? g_queue_pop_head (&self->queue) : NULL;
  GBytes *key = item ? get_key (item) : NULL;

  if (!item)
    return NULL;
  self->in_flight += !item->output->is_question;
  self->loose += !item->ticket && !item->output->is_question;
  if (key)
    g_hash_table_insert (self->keys, g_bytes_ref (key), g_queue_new ());
  return item;
}

/* The next about the same entry comes before all others, as it was said before them. */
void
catalina_map_post_done (CatalinaMapPost *self, const CatalinaMapItem *item)
{
  GBytes *key = get_key (item);
  GQueue *waiting = key ? g_hash_table_lookup (self->keys, key) : NULL;

  self->in_flight -= !item->output->is_question;
  self->loose -= !item->ticket && !item->output->is_question;
  while (waiting && waiting->tail)
    g_queue_push_head (&self->queue, g_queue_pop_tail (waiting));
  if (key)
    g_hash_table_remove (self->keys, key);
}

gboolean
catalina_map_post_is_busy (const CatalinaMapPost *self)
{
  return self->in_flight > 0 || self->queue.head;
}
