/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of one message, for all its destinations together. It ends once; every watch set
 * before is called exactly once then, and its data freed whether or not it ever ends.
 */
#include "tribes/channel/tribes-delivery.h"

#include "tribes/base/tribes-error.h"

typedef struct
{
  TribesDeliveryFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Watch;

typedef struct
{
  TribesMember *member;
  GError *cause;
} Faulty;

struct _TribesDelivery
{
  TribesMessage *message;
  GPtrArray *destinations;
  guint pending;
  GArray *watches; /* (element-type Watch) */
  GArray *faulty;  /* (nullable) (element-type Faulty) */
};

G_DEFINE_BOXED_TYPE (TribesDelivery, tribes_delivery, tribes_delivery_ref, tribes_delivery_unref)

static void
faulty_clear (gpointer data)
{
  Faulty *faulty = data;

  tribes_member_unref (faulty->member);
  g_clear_error (&faulty->cause);
}

static void
watch_clear (gpointer data)
{
  Watch *watch = data;

  if (watch->destroy)
    watch->destroy (watch->data);
}

static void
delivery_clear (gpointer data)
{
  TribesDelivery *delivery = data;

  tribes_message_unref (delivery->message);
  g_ptr_array_unref (delivery->destinations);
  g_array_unref (delivery->watches);
  g_clear_pointer (&delivery->faulty, g_array_unref);
}

/* Takes @destinations. */
static TribesDelivery *
delivery_new (TribesMessage *message, GPtrArray *destinations)
{
  TribesDelivery *delivery = g_atomic_rc_box_new0 (TribesDelivery);

  delivery->message = tribes_message_ref (message);
  delivery->destinations = destinations;
  delivery->pending = destinations->len;
  delivery->watches = g_array_new (FALSE, FALSE, sizeof (Watch));
  g_array_set_clear_func (delivery->watches, watch_clear);
  return delivery;
}

/**
 * tribes_delivery_new:
 * @message: the message
 * @destinations: (element-type TribesMember): where it goes
 *
 * Returns: (transfer full): a delivery of which no destination has ended
 *
 * Since: 0.1
 */
TribesDelivery *
tribes_delivery_new (TribesMessage *message, GPtrArray *destinations)
{
  /* Neither the array nor what is in it need stay as long as the delivery takes. */
  GPtrArray *own = g_ptr_array_new_full (destinations->len, (GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < destinations->len; i++)
    g_ptr_array_add (own, tribes_member_ref (g_ptr_array_index (destinations, i)));
  return delivery_new (message, own);
}

/**
 * tribes_delivery_new_child:
 * @delivery: a delivery
 * @message: another message
 *
 * Makes what an interceptor sends on its own account to where another message goes. The two end
 * apart from each other.
 *
 * Returns: (transfer full): a delivery of @message to the destinations of @delivery
 *
 * Since: 0.1
 */
TribesDelivery *
tribes_delivery_new_child (TribesDelivery *delivery, TribesMessage *message)
{
  return delivery_new (message, g_ptr_array_ref (delivery->destinations));
}

/**
 * tribes_delivery_ref:
 * @delivery: a delivery
 *
 * Returns: (transfer full): @delivery
 *
 * Since: 0.1
 */
TribesDelivery *
tribes_delivery_ref (TribesDelivery *delivery)
{
  return g_atomic_rc_box_acquire (delivery);
}

/**
 * tribes_delivery_unref:
 * @delivery: (transfer full): a delivery
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
tribes_delivery_unref (TribesDelivery *delivery)
{
  g_atomic_rc_box_release_full (delivery, delivery_clear);
}

/**
 * tribes_delivery_get_message:
 * @delivery: a delivery
 *
 * Returns: (transfer none): the message as it is now
 *
 * Since: 0.1
 */
TribesMessage *
tribes_delivery_get_message (TribesDelivery *delivery)
{
  return delivery->message;
}

/**
 * tribes_delivery_set_message:
 * @delivery: a delivery
 * @message: what an interceptor made of the message
 *
 * Replaces the message for the interceptors below.
 *
 * Since: 0.1
 */
void
tribes_delivery_set_message (TribesDelivery *delivery, TribesMessage *message)
{
  tribes_message_ref (message);
  tribes_message_unref (delivery->message);
  delivery->message = message;
}

/**
 * tribes_delivery_get_destinations:
 * @delivery: a delivery
 *
 * Returns: (transfer none) (element-type TribesMember): where the message goes
 *
 * Since: 0.1
 */
GPtrArray *
tribes_delivery_get_destinations (TribesDelivery *delivery)
{
  return delivery->destinations;
}

/* Last to ask, first to hear. A watch may add no further ones. */
static void
tell (TribesDelivery *delivery)
{
  TribesDelivery *alive = tribes_delivery_ref (delivery);

  while (delivery->watches->len > 0)
    {
      Watch watch = g_array_index (delivery->watches, Watch, delivery->watches->len - 1);

      g_array_index (delivery->watches, Watch, delivery->watches->len - 1).destroy = NULL;
      g_array_set_size (delivery->watches, delivery->watches->len - 1);
      watch.func (delivery, watch.data);
      watch_clear (&watch);
    }
  tribes_delivery_unref (alive);
}

/**
 * tribes_delivery_watch:
 * @delivery: a delivery that has not ended
 * @func: (scope notified) (closure data) (destroy destroy): called once it has
 * @data: for @func
 * @destroy: (nullable): frees @data afterwards
 *
 * Asks to be told of the end.
 *
 * Since: 0.1
 */
void
tribes_delivery_watch (TribesDelivery *delivery,
                       TribesDeliveryFunc func,
                       gpointer data,
                       GDestroyNotify destroy)
{
  Watch watch = { func, data, destroy };

  g_array_append_val (delivery->watches, watch);
}

static void
add_faulty (TribesDelivery *delivery, TribesMember *member, const GError *error)
{
  Faulty faulty = { tribes_member_ref (member), g_error_copy (error) };

  if (!delivery->faulty)
    {
      delivery->faulty = g_array_new (FALSE, FALSE, sizeof (Faulty));
      g_array_set_clear_func (delivery->faulty, faulty_clear);
    }
  g_array_append_val (delivery->faulty, faulty);
}

/**
 * tribes_delivery_complete:
 * @delivery: a delivery
 * @member: one of its destinations, that has not ended before
 * @error: (nullable): why it failed, or %NULL where it did not
 *
 * Ends one destination.
 *
 * Since: 0.1
 */
void
tribes_delivery_complete (TribesDelivery *delivery, TribesMember *member, const GError *error)
{
  g_return_if_fail (delivery->pending > 0);

  if (error)
    add_faulty (delivery, member, error);
  if (--delivery->pending == 0)
    tell (delivery);
}

/**
 * tribes_delivery_complete_all:
 * @delivery: a delivery of which no destination has ended
 * @error: (nullable): why all failed, or %NULL where none did
 *
 * Ends all destinations alike.
 *
 * Since: 0.1
 */
void
tribes_delivery_complete_all (TribesDelivery *delivery, const GError *error)
{
  for (guint i = 0; error && i < delivery->destinations->len; i++)
    add_faulty (delivery, g_ptr_array_index (delivery->destinations, i), error);
  delivery->pending = 0;
  tell (delivery);
}

/**
 * tribes_delivery_get_n_faulty:
 * @delivery: a delivery
 *
 * Returns: how many destinations have failed so far
 *
 * Since: 0.1
 */
guint
tribes_delivery_get_n_faulty (TribesDelivery *delivery)
{
  return delivery->faulty ? delivery->faulty->len : 0;
}

/**
 * tribes_delivery_get_faulty:
 * @delivery: a delivery
 * @index: below [method@Delivery.get_n_faulty]
 *
 * Tomcat counterpart: `ChannelException.FaultyMember.getMember`.
 *
 * Returns: (transfer none): a destination that has failed
 *
 * Since: 0.1
 */
TribesMember *
tribes_delivery_get_faulty (TribesDelivery *delivery, guint index)
{
  g_return_val_if_fail (index < tribes_delivery_get_n_faulty (delivery), NULL);
  return g_array_index (delivery->faulty, Faulty, index).member;
}

/**
 * tribes_delivery_get_cause: (skip)
 * @delivery: a delivery
 * @index: below [method@Delivery.get_n_faulty]
 *
 * Tomcat counterpart: `ChannelException.FaultyMember.getCause`.
 *
 * Returns: (transfer none): why that destination has failed
 *
 * Since: 0.1
 */
const GError *
tribes_delivery_get_cause (TribesDelivery *delivery, guint index)
{
  g_return_val_if_fail (index < tribes_delivery_get_n_faulty (delivery), NULL);
  return g_array_index (delivery->faulty, Faulty, index).cause;
}

/**
 * tribes_delivery_propagate_error:
 * @delivery: a delivery that has ended
 * @error: return location
 *
 * Says in one error which destinations failed and why, with the code of the first.
 *
 * Returns: %TRUE if none failed, else %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_delivery_propagate_error (TribesDelivery *delivery, GError **error)
{
  g_autoptr (GString) text = NULL;
  guint n = tribes_delivery_get_n_faulty (delivery);

  if (n == 0)
    return TRUE;
  text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = tribes_member_to_string (tribes_delivery_get_faulty (delivery, i));

      g_string_append_printf (text, "%s%s: %s", i > 0 ? "; " : "", name,
                              tribes_delivery_get_cause (delivery, i)->message);
    }
  g_set_error_literal (error, tribes_delivery_get_cause (delivery, 0)->domain,
                       tribes_delivery_get_cause (delivery, 0)->code, text->str);
  return FALSE;
}
