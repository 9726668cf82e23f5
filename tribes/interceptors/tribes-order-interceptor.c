/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue with a timer. A number that a failed send has used is not used again, as by Tomcat: the
 * message may have arrived all the same, and of two with one number a Tomcat loses the second.
 */
#include "tribes/interceptors/tribes-order-interceptor.h"

#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-limits.h"
#include "tribes/base/tribes-reader-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/interceptors/tribes-complaint-private.h"
#include "tribes/interceptors/tribes-order-queue-private.h"

struct _TribesOrderInterceptor
{
  TribesInterceptor parent_instance;

  gint64 expire;
  gboolean forward_expired;
  guint max_queue;
  TribesOrderQueue *queue;
  TribesOrderCounts counts;
  GSource *timer; /* (nullable) */
  TribesRateLimit complaints;
  guint64 messages_refused;
};

G_DEFINE_FINAL_TYPE (TribesOrderInterceptor, tribes_order_interceptor, TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_order_interceptor_parent_class)

static void
on_leg_ended (TribesDelivery *leg, gpointer data)
{
  tribes_delivery_complete (data, tribes_delivery_get_destinations (leg)->pdata[0],
                            tribes_delivery_get_n_faulty (leg) > 0
                                ? tribes_delivery_get_cause (leg, 0)
                                : NULL);
}

static TribesMessage *
number_message (TribesOrderInterceptor *self, TribesMessage *message, TribesMember *member)
{
  guint8 trailer[TRIBES_ORDER_TRAILER_SIZE];
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  tribes_poke_u32 (trailer, tribes_order_queue_next_number (self->queue, member));
  return tribes_message_with_trailer (message, data, size, trailer, sizeof trailer);
}

/* To one of several: everybody has a number of its own. */
static void
send_leg (TribesOrderInterceptor *self, TribesDelivery *delivery, TribesMember *member)
{
  g_autoptr (TribesMessage) numbered
      = number_message (self, tribes_delivery_get_message (delivery), member);
  g_autoptr (GPtrArray) destinations
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (TribesDelivery) leg = NULL;

  g_ptr_array_add (destinations, tribes_member_ref (member));
  leg = tribes_delivery_new (numbered, destinations);
  tribes_delivery_watch (leg, on_leg_ended, tribes_delivery_ref (delivery),
                         (GDestroyNotify) tribes_delivery_unref);
  PARENT->send_message (TRIBES_INTERCEPTOR (self), leg);
}

static void
order_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  TribesOrderInterceptor *self = TRIBES_ORDER_INTERCEPTOR (interceptor);
  TribesMessage *message = tribes_delivery_get_message (delivery);
  g_autoptr (GPtrArray) destinations
      = g_ptr_array_ref (tribes_delivery_get_destinations (delivery));

  if (!tribes_interceptor_ok_to_process (interceptor, tribes_message_get_options (message)))
    {
      PARENT->send_message (interceptor, delivery);
    }
  else if (destinations->len == 1)
    {
      g_autoptr (TribesMessage) numbered = number_message (self, message, destinations->pdata[0]);

      tribes_delivery_set_message (delivery, numbered);
      PARENT->send_message (interceptor, delivery);
    }
  else
    {
      for (guint i = 0; i < destinations->len; i++)
        send_leg (self, delivery, destinations->pdata[i]);
    }
}

static void
hand_on_ready (TribesOrderInterceptor *self)
{
  g_autoptr (TribesInterceptor) alive = g_object_ref (TRIBES_INTERCEPTOR (self));
  TribesMessage *message;

  while ((message = tribes_order_queue_pop (self->queue)))
    {
      g_autoptr (GError) error = NULL;

      /* It was acknowledged when it came. */
      if (!PARENT->message_received (alive, message, &error))
        g_debug ("message that waited for its turn was not processed: %s", error->message);
      tribes_message_unref (message);
    }
}

static void set_timer (TribesOrderInterceptor *self);

static gboolean
on_timer (gpointer data)
{
  g_autoptr (TribesOrderInterceptor) self = g_object_ref (data);

  tribes_order_queue_expire (self->queue, tribes_clock_get_us ());
  hand_on_ready (self);
  set_timer (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  tribes_clock_set_ready_time (source, -1);
  return callback (data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

static void
set_timer (TribesOrderInterceptor *self)
{
  gint64 deadline = tribes_order_queue_get_deadline (self->queue);

  if (!self->timer && deadline == G_MAXINT64)
    return;
  if (!self->timer)
    self->timer = tribes_source_attach (g_source_new (&timer_funcs, sizeof (GSource)),
                                        "[tribes] order", on_timer, self);
  tribes_clock_set_ready_time (self->timer, deadline == G_MAXINT64 ? -1 : deadline);
}

static gboolean
order_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  g_autoptr (TribesOrderInterceptor) self = g_object_ref (TRIBES_ORDER_INTERCEPTOR (interceptor));
  g_autoptr (TribesMessage) bare = NULL;
  gboolean good = TRUE;
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  if (!tribes_interceptor_ok_to_process (interceptor, tribes_message_get_options (message)))
    return PARENT->message_received (interceptor, message, error);
  if (size < TRIBES_ORDER_TRAILER_SIZE)
    {
      self->messages_refused++;
      tribes_complain_of (&self->complaints, tribes_message_peek_address (message), "put in order",
                          "expected a number of %d bytes, found %" G_GSIZE_FORMAT " bytes",
                          TRIBES_ORDER_TRAILER_SIZE, size);
      return TRUE;
    }
  size -= TRIBES_ORDER_TRAILER_SIZE;
  bare = tribes_message_with_head (message, size);
  if (tribes_order_queue_take (self->queue, bare, tribes_peek_u32 (data + size),
                               tribes_clock_get_us ())
      == TRIBES_ORDER_NOW)
    good = PARENT->message_received (interceptor, bare, error);
  hand_on_ready (self);
  set_timer (self);
  return good;
}

static void
order_member_added (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesOrderInterceptor *self = TRIBES_ORDER_INTERCEPTOR (interceptor);

  tribes_order_queue_add_member (self->queue, member);
  hand_on_ready (self);
  PARENT->member_added (interceptor, member);
}

static void
order_member_disappeared (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesOrderInterceptor *self = TRIBES_ORDER_INTERCEPTOR (interceptor);

  tribes_order_queue_remove_member (self->queue, member);
  hand_on_ready (self);
  PARENT->member_disappeared (interceptor, member);
}

/**
 * tribes_order_interceptor_new:
 *
 * Returns: (transfer full): an interceptor with Tomcat's defaults
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_order_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_ORDER_INTERCEPTOR, NULL);
}

static void
order_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  TribesOrderInterceptor *self = TRIBES_ORDER_INTERCEPTOR (object);
  TribesOrderSettings *settings = tribes_order_queue_get_settings (self->queue);

  tribes_field_set_property (object, id, value, spec);
  settings->expire_us = tribes_expire_us (self->expire);
  settings->forward_expired = self->forward_expired;
  settings->max_queue = self->max_queue;
}

static void
tribes_order_interceptor_dispose (GObject *object)
{
  tribes_source_clear (&TRIBES_ORDER_INTERCEPTOR (object)->timer);
  G_OBJECT_CLASS (tribes_order_interceptor_parent_class)->dispose (object);
}

static void
tribes_order_interceptor_finalize (GObject *object)
{
  tribes_order_queue_free (TRIBES_ORDER_INTERCEPTOR (object)->queue);
  G_OBJECT_CLASS (tribes_order_interceptor_parent_class)->finalize (object);
}

/**
 * TribesOrderInterceptor:messages-early:
 *
 * Messages that came before their turn and waited for it.
 *
 * Since: 0.1
 */

/**
 * TribesOrderInterceptor:messages-late:
 *
 * Messages that came when their turn was over, and were handed on.
 *
 * Since: 0.1
 */

/**
 * TribesOrderInterceptor:messages-expired:
 *
 * Messages that waited as long as one may, or as there was room, for one that did not come.
 *
 * Since: 0.1
 */

/**
 * TribesOrderInterceptor:messages-dropped:
 *
 * Of these, those that [property@OrderInterceptor:forward-expired] dropped.
 *
 * Since: 0.1
 */

/**
 * TribesOrderInterceptor:messages-repeated:
 *
 * Messages that came again while the first of them waited.
 *
 * Since: 0.1
 */

/**
 * TribesOrderInterceptor:restarts:
 *
 * How often a member counted from 1 again that had not gone.
 *
 * Since: 0.1
 */

/**
 * TribesOrderInterceptor:messages-refused:
 *
 * Messages without a number.
 *
 * Since: 0.1
 */

/**
 * TribesOrderInterceptor:messages-waiting:
 *
 * Messages that wait for their turn right now.
 *
 * Since: 0.1
 */

#define FIELD(name) G_STRUCT_OFFSET (TribesOrderInterceptor, name)
#define COUNTER(name)                                                                              \
  g_param_spec_uint64 (name, NULL, NULL, 0, G_MAXUINT64, 0,                                        \
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

static void
install_counters (GObjectClass *object_class)
{
  const TribesField fields[] = {
    { COUNTER ("messages-early"), FIELD (counts.early) },
    { COUNTER ("messages-late"), FIELD (counts.late) },
    { COUNTER ("messages-expired"), FIELD (counts.expired) },
    { COUNTER ("messages-dropped"), FIELD (counts.dropped) },
    { COUNTER ("messages-repeated"), FIELD (counts.repeated) },
    { COUNTER ("restarts"), FIELD (counts.restarts) },
    { COUNTER ("messages-refused"), FIELD (messages_refused) },
    { g_param_spec_uint ("messages-waiting", NULL, NULL, 0, G_MAXUINT, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS),
      FIELD (counts.waiting) },
  };

  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

static void
tribes_order_interceptor_class_init (TribesOrderInterceptorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesOrderInterceptor:expire:
     *
     * Milliseconds that a message waits for those before it. Tomcat counterpart: `expire`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("expire", NULL, NULL, 1, G_MAXINT64, 3000, flags), FIELD (expire) },
    /**
     * TribesOrderInterceptor:max-queue:
     *
     * Messages of one member that may wait; with so many none waits any longer.
     * Tomcat counterpart: `maxQueue`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("max-queue", NULL, NULL, 1, G_MAXINT32, G_MAXINT32, flags),
      FIELD (max_queue) },
    /**
     * TribesOrderInterceptor:forward-expired:
     *
     * Whether a message that has waited too long is handed on, instead of being dropped.
     * Tomcat counterpart: `forwardExpired`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("forward-expired", NULL, NULL, TRUE, flags), FIELD (forward_expired) },
  };

  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
  install_counters (object_class);
  object_class->set_property = order_set_property;
  object_class->dispose = tribes_order_interceptor_dispose;
  object_class->finalize = tribes_order_interceptor_finalize;
  interceptor_class->send_message = order_send_message;
  interceptor_class->message_received = order_message_received;
  interceptor_class->member_added = order_member_added;
  interceptor_class->member_disappeared = order_member_disappeared;
}

static void
tribes_order_interceptor_init (TribesOrderInterceptor *self)
{
  self->queue = tribes_order_queue_new (&self->counts);
  tribes_order_queue_get_settings (self->queue)->max_bytes
      = tribes_limits_get_default ()->pending_bytes;
}
