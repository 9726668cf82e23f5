/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous sending with a bound: what is under way is counted in bytes, up when it is sent and
 * down when it is over, whatever the outcome.
 */
#include "tribes/interceptors/tribes-message-dispatch-interceptor.h"

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"

struct _TribesMessageDispatchInterceptor
{
  TribesInterceptor parent_instance;

  gint64 max_queue_size;
  gboolean always_send;
  gint64 current_size;
};

G_DEFINE_FINAL_TYPE (TribesMessageDispatchInterceptor,
                     tribes_message_dispatch_interceptor,
                     TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_message_dispatch_interceptor_parent_class)

/* One message under way: an interceptor below may make another one of it, of another size. */
typedef struct
{
  TribesMessageDispatchInterceptor *self;
  gsize size;
} UnderWay;

static void
under_way_free (gpointer data)
{
  UnderWay *under_way = data;

  g_object_unref (under_way->self);
  g_free (under_way);
}

static void
on_delivered (TribesDelivery *delivery, gpointer data)
{
  UnderWay *under_way = data;
  g_autoptr (GError) error = NULL;

  under_way->self->current_size -= (gint64) under_way->size;
  if (!tribes_delivery_propagate_error (delivery, &error))
    g_debug ("asynchronous message was lost: %s", error->message);
}

/* The sender goes on; what becomes of the message is told to a delivery of its own. */
static void
dispatch (TribesMessageDispatchInterceptor *self, TribesDelivery *delivery, gsize size)
{
  g_autoptr (TribesDelivery) own
      = tribes_delivery_new_child (delivery, tribes_delivery_get_message (delivery));
  UnderWay *under_way = g_new (UnderWay, 1);

  *under_way = (UnderWay){ g_object_ref (self), size };
  self->current_size += (gint64) size;
  tribes_delivery_watch (own, on_delivered, under_way, under_way_free);
  PARENT->send_message (TRIBES_INTERCEPTOR (self), own);
  tribes_delivery_complete_all (delivery, NULL);
}

static void
dispatch_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  TribesMessageDispatchInterceptor *self = TRIBES_MESSAGE_DISPATCH_INTERCEPTOR (interceptor);
  TribesMessage *message = tribes_delivery_get_message (delivery);
  gsize size;

  tribes_message_peek_payload (message, &size);
  if (!(tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_ASYNCHRONOUS))
    {
      PARENT->send_message (interceptor, delivery);
    }
  else if (self->current_size + (gint64) size <= self->max_queue_size)
    {
      dispatch (self, delivery, size);
    }
  else if (self->always_send)
    {
      /* Not asynchronous any more: the sender waits, and so stops adding to the queue. */
      PARENT->send_message (interceptor, delivery);
    }
  else
    {
      g_autoptr (GError) error
          = g_error_new (TRIBES_ERROR, TRIBES_ERROR_BUSY,
                         "%" G_GINT64_FORMAT " bytes are under way, the limit is %" G_GINT64_FORMAT,
                         self->current_size, self->max_queue_size);
      tribes_delivery_complete_all (delivery, error);
    }
}

/**
 * tribes_message_dispatch_interceptor_new:
 *
 * Returns: (transfer full): an interceptor with Tomcat's defaults
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_message_dispatch_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_MESSAGE_DISPATCH_INTERCEPTOR, NULL);
}

/**
 * tribes_message_dispatch_interceptor_get_current_size:
 * @self: the interceptor
 *
 * Tomcat counterpart: `getCurrentSize`.
 *
 * Returns: bytes of messages under way whose senders went on
 *
 * Since: 0.1
 */
gint64
tribes_message_dispatch_interceptor_get_current_size (TribesMessageDispatchInterceptor *self)
{
  return self->current_size;
}

static void
tribes_message_dispatch_interceptor_class_init (TribesMessageDispatchInterceptorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesMessageDispatchInterceptor:max-queue-size:
     *
     * Bytes of messages that may be under way. Tomcat counterpart: `maxQueueSize`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("max-queue-size", NULL, NULL, 0, G_MAXINT64, 64 * 1024 * 1024, flags),
      G_STRUCT_OFFSET (TribesMessageDispatchInterceptor, max_queue_size) },
    /**
     * TribesMessageDispatchInterceptor:always-send:
     *
     * Whether a message over that limit is sent while its sender waits, instead of failing.
     * Tomcat counterpart: `alwaysSend`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("always-send", NULL, NULL, TRUE, flags),
      G_STRUCT_OFFSET (TribesMessageDispatchInterceptor, always_send) },
  };

  TRIBES_INTERCEPTOR_CLASS (klass)->send_message = dispatch_send_message;

  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

static void
tribes_message_dispatch_interceptor_init (TribesMessageDispatchInterceptor *self)
{
  g_object_set (self, "option-flag", (guint) TRIBES_SEND_OPTIONS_ASYNCHRONOUS, NULL);
}
