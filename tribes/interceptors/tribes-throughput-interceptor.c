/* SPDX-License-Identifier: Apache-2.0
 *
 * A few additions for each message. The time of sending is that during which at least one message
 * was under way, whatever their number.
 */
#include "tribes/interceptors/tribes-throughput-interceptor.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/wire/tribes-frame-private.h"
#include "tribes/wire/tribes-message-private.h"

#define MIB (1024.0 * 1024.0)

struct _TribesThroughputInterceptor
{
  TribesInterceptor parent_instance;

  guint interval;

  guint64 messages_sent;
  guint64 messages_received;
  guint64 send_errors;
  guint64 bytes_sent;        /* once for each destination */
  guint64 application_bytes; /* once for each message */
  guint64 bytes_received;
  guint64 send_time_us;
  gint64 sending_since_us;
  gint64 received_since_us; /* 0: nothing yet */
  guint under_way;
  guint64 reports; /* of what was sent */
};

G_DEFINE_FINAL_TYPE (TribesThroughputInterceptor,
                     tribes_throughput_interceptor,
                     TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_throughput_interceptor_parent_class)

/* In the frame that would be sent if nothing stood below. */
static guint64
frame_size (TribesMessage *message)
{
  gsize id_size, address_size, payload_size;

  tribes_message_peek_unique_id (message, &id_size);
  tribes_member_peek_package (tribes_message_peek_address (message), &address_size);
  tribes_message_peek_payload (message, &payload_size);
  /* Options, time stamp and three lengths. */
  return TRIBES_FRAME_HEAD_SIZE + 4 + 8 + 3 * 4 + id_size + address_size + payload_size
         + TRIBES_FRAME_TAIL_SIZE;
}

/* With the names of Tomcat's, for those who have something that reads its log. */
static void
report (TribesThroughputInterceptor *self, gint64 now_us)
{
  double sent = (double) self->bytes_sent / MIB;
  double application = (double) self->application_bytes / MIB;
  double received = (double) self->bytes_received / MIB;
  double send_time = (double) self->send_time_us / G_USEC_PER_SEC;
  double receive_time
      = self->received_since_us ? (double) (now_us - self->received_since_us) / G_USEC_PER_SEC : 0;

  g_message ("ThroughputInterceptor Report[\n"
             "\tTx Msg:%" G_GUINT64_FORMAT " messages\n"
             "\tSent:%.2f MiB (total)\n"
             "\tSent:%.2f MiB (application)\n"
             "\tTime:%.2f seconds\n"
             "\tTx Speed:%.2f MiB/s (total)\n"
             "\tTx Speed:%.2f MiB/s (application)\n"
             "\tError Msg:%" G_GUINT64_FORMAT "\n"
             "\tRx Msg:%" G_GUINT64_FORMAT " messages\n"
             "\tRx Speed:%.2f MiB/s (since 1st msg)\n"
             "\tReceived:%.2f MiB]",
             self->messages_sent, sent, application, send_time,
             send_time > 0 ? sent / send_time : 0, send_time > 0 ? application / send_time : 0,
             self->send_errors, self->messages_received,
             receive_time > 0 ? received / receive_time : 0, received);
}

/* Those below may replace the message; what counts is its size here. */
typedef struct
{
  TribesThroughputInterceptor *self; /* owned */
  guint64 size;
} Sending;

static void
sending_free (gpointer data)
{
  g_object_unref (((Sending *) data)->self);
  g_free (data);
}

static void
on_sent (TribesDelivery *delivery, gpointer data)
{
  TribesThroughputInterceptor *self = ((Sending *) data)->self;
  guint64 size = ((Sending *) data)->size;
  gint64 now_us;

  if (tribes_delivery_get_n_faulty (delivery) > 0)
    {
      self->send_errors++;
    }
  else
    {
      self->messages_sent++;
      self->application_bytes += size;
      self->bytes_sent += size * tribes_delivery_get_destinations (delivery)->len;
    }
  if (--self->under_way > 0)
    return;
  now_us = tribes_clock_get_us ();
  self->send_time_us += (guint64) (now_us - self->sending_since_us);
  /* As Tomcat: after the first one, too. */
  if (self->messages_sent / self->interval >= self->reports && self->messages_sent > 0)
    {
      self->reports++;
      report (self, now_us);
    }
}

static void
throughput_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  TribesThroughputInterceptor *self = TRIBES_THROUGHPUT_INTERCEPTOR (interceptor);
  Sending *sending = g_new (Sending, 1);

  sending->self = g_object_ref (self);
  sending->size = frame_size (tribes_delivery_get_message (delivery));
  if (self->under_way++ == 0)
    self->sending_since_us = tribes_clock_get_us ();
  tribes_delivery_watch (delivery, on_sent, sending, sending_free);
  PARENT->send_message (interceptor, delivery);
}

static gboolean
throughput_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  TribesThroughputInterceptor *self = TRIBES_THROUGHPUT_INTERCEPTOR (interceptor);

  if (self->received_since_us == 0)
    self->received_since_us = tribes_clock_get_us ();
  self->bytes_received += frame_size (message);
  if (++self->messages_received % self->interval == 0)
    report (self, tribes_clock_get_us ());
  return PARENT->message_received (interceptor, message, error);
}

/**
 * tribes_throughput_interceptor_new:
 *
 * Returns: (transfer full): an interceptor with Tomcat's defaults
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_throughput_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_THROUGHPUT_INTERCEPTOR, NULL);
}

static void
install_counters (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const TribesField fields[] = {
    /**
     * TribesThroughputInterceptor:messages-sent:
     *
     * Messages that all their destinations got. Tomcat counterpart: `msgTxCnt`, which is one more.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("messages-sent", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesThroughputInterceptor, messages_sent) },
    /**
     * TribesThroughputInterceptor:messages-received:
     *
     * Messages that arrived. Tomcat counterpart: `msgRxCnt`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("messages-received", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesThroughputInterceptor, messages_received) },
    /**
     * TribesThroughputInterceptor:send-errors:
     *
     * Messages that at least one destination did not get. Tomcat counterpart: `msgTxErr`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("send-errors", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesThroughputInterceptor, send_errors) },
    /**
     * TribesThroughputInterceptor:bytes-sent:
     *
     * Bytes of the frames sent, once for each destination. Tomcat counterpart: `mbTx`, in MiB.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("bytes-sent", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesThroughputInterceptor, bytes_sent) },
    /**
     * TribesThroughputInterceptor:application-bytes:
     *
     * Bytes of the frames sent, once for each message. Tomcat counterpart: `mbAppTx`, in MiB.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("application-bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesThroughputInterceptor, application_bytes) },
    /**
     * TribesThroughputInterceptor:bytes-received:
     *
     * Bytes of the frames that arrived. Tomcat counterpart: `mbRx`, in MiB.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("bytes-received", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesThroughputInterceptor, bytes_received) },
    /**
     * TribesThroughputInterceptor:send-microseconds:
     *
     * How long at least one message was under way. Tomcat counterpart: `timeTx`, in seconds.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("send-microseconds", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesThroughputInterceptor, send_time_us) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
tribes_throughput_interceptor_class_init (TribesThroughputInterceptorClass *klass)
{
  const TribesField interval = {
    /**
     * TribesThroughputInterceptor:interval:
     *
     * Messages from one report in the log to the next, in each direction; the first message sent
     * has one, too. Tomcat counterpart: `interval`.
     *
     * Since: 0.1
     */
    g_param_spec_uint ("interval", NULL, NULL, 1, G_MAXINT32, 10000, TRIBES_FIELD_FLAGS),
    G_STRUCT_OFFSET (TribesThroughputInterceptor, interval),
  };

  TRIBES_INTERCEPTOR_CLASS (klass)->send_message = throughput_send_message;
  TRIBES_INTERCEPTOR_CLASS (klass)->message_received = throughput_message_received;
  tribes_field_install (G_OBJECT_CLASS (klass), &interval, 1);
  install_counters (G_OBJECT_CLASS (klass));
}

static void
tribes_throughput_interceptor_init (TribesThroughputInterceptor *self)
{
}
