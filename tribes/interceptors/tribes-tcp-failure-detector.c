/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around the failure detector's state machine: probes, and messages passing by.
 */
#include "tribes/interceptors/tribes-tcp-failure-detector.h"

#include <string.h>

#include "tribes/channel/tribes-coordinator-private.h"
#include "tribes/interceptors/tribes-failure-detector-private.h"
#include "tribes/interceptors/tribes-markers-private.h"
#include "tribes/interceptors/tribes-probe-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/wire/tribes-frame-private.h"

struct _TribesTcpFailureDetector
{
  TribesInterceptor parent_instance;

  guint connect_timeout;
  gboolean perform_send_test;
  gboolean perform_read_test;
  guint read_test_timeout;
  guint remove_suspects_timeout;

  TribesFailureDetector detector;
  GCancellable *probes; /* (nullable): all that are under way; while started */
  gboolean draining;
};

G_DEFINE_FINAL_TYPE (TribesTcpFailureDetector, tribes_tcp_failure_detector, TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_tcp_failure_detector_parent_class)

static void drain (TribesTcpFailureDetector *self);

typedef struct
{
  TribesTcpFailureDetector *self; /* owned */
  TribesMember *member;           /* owned */
  guint64 check;
} Check;

static void
on_probed (GObject *source, GAsyncResult *result, gpointer data)
{
  Check *check = data;
  g_autoptr (GError) error = NULL;
  gboolean alive = tribes_probe_finish (result, &error);
  g_autofree char *name = tribes_member_to_string (check->member);

  /* Without news of the member a stopped channel would report it as gone. */
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_debug ("%s: %s", name, alive ? "alive" : error->message);
      tribes_coordinator_set_doubtful (TRIBES_INTERCEPTOR (check->self), check->member, !alive);
      tribes_failure_detector_result (&check->self->detector, check->check, alive);
      drain (check->self);
    }
  tribes_member_unref (check->member);
  g_object_unref (check->self);
  g_free (check);
}

static GBytes *
probe_frame (TribesTcpFailureDetector *self)
{
  g_autoptr (TribesMember) local = tribes_interceptor_dup_local_member (TRIBES_INTERCEPTOR (self));
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  gsize size;
  const guint8 *marker = tribes_marker_peek (TRIBES_MARKER_FAIL_DETECT, &size);
  g_autoptr (GBytes) payload = g_bytes_new_static (marker, size);
  g_autoptr (TribesMessage) message = NULL;
  guint options = tribes_interceptor_get_option_flag (TRIBES_INTERCEPTOR (self))
                  | TRIBES_SEND_OPTIONS_BYTE_MESSAGE;

  if (!local)
    return g_bytes_new_static ("", 0);
  if (self->perform_read_test)
    options |= TRIBES_SEND_OPTIONS_USE_ACK;
  else
    options &= ~(guint) TRIBES_SEND_OPTIONS_USE_ACK;
  message = tribes_message_new (local, payload, (TribesSendOptions) options,
                                tribes_clock_get_wall_ms ());
  tribes_frame_write_message (&writer, message);
  return tribes_writer_steal_bytes (&writer);
}

static void
start_probe (TribesTcpFailureDetector *self, const TribesFailureDetectorEvent *event)
{
  g_autoptr (GBytes) frame = probe_frame (self);
  TribesProbeSettings settings = {
    .connect_timeout_ms = self->connect_timeout,
    .read_timeout_ms = self->read_test_timeout,
    .send_test = self->perform_send_test,
    .read_test = self->perform_read_test,
    .frame = frame,
  };
  Check *check;

  if (!self->probes)
    return;
  check = g_new (Check, 1);
  check->self = g_object_ref (self);
  check->member = tribes_member_ref (event->member);
  check->check = event->check;
  tribes_probe_async (event->member, &settings, self->probes, on_probed, check);
}

/* Those above may call back in here; what that brings about is told by the loop that runs. */
static void
drain (TribesTcpFailureDetector *self)
{
  TribesFailureDetectorEvent event;

  if (self->draining)
    return;
  self->draining = TRUE;
  while (tribes_failure_detector_pop_event (&self->detector, &event))
    {
      switch (event.kind)
        {
        case TRIBES_FAILURE_DETECTOR_CHECK:
          start_probe (self, &event);
          break;
        case TRIBES_FAILURE_DETECTOR_ADDED:
          PARENT->member_added (TRIBES_INTERCEPTOR (self), event.member);
          break;
        case TRIBES_FAILURE_DETECTOR_DISAPPEARED:
          PARENT->member_disappeared (TRIBES_INTERCEPTOR (self), event.member);
          break;
        }
      tribes_member_unref (event.member);
    }
  self->draining = FALSE;
}

static void
detector_member_added (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesTcpFailureDetector *self = TRIBES_TCP_FAILURE_DETECTOR (interceptor);

  tribes_failure_detector_add (&self->detector, member);
  drain (self);
}

static void
detector_member_disappeared (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesTcpFailureDetector *self = TRIBES_TCP_FAILURE_DETECTOR (interceptor);

  if (tribes_member_is_shutdown (member))
    tribes_failure_detector_shutdown (&self->detector, member);
  else
    tribes_failure_detector_lose (&self->detector, member, tribes_clock_get_us ());
  drain (self);
}

static void
on_sent (TribesDelivery *delivery, gpointer data)
{
  TribesTcpFailureDetector *self = data;

  for (guint i = 0; i < tribes_delivery_get_n_faulty (delivery); i++)
    {
      /* One that answers "failed" is there; one whose queue is full has not failed yet. */
      const GError *cause = tribes_delivery_get_cause (delivery, i);

      if (!g_error_matches (cause, TRIBES_ERROR, TRIBES_ERROR_REFUSED)
          && !g_error_matches (cause, TRIBES_ERROR, TRIBES_ERROR_BUSY))
        tribes_failure_detector_suspect (&self->detector, tribes_delivery_get_faulty (delivery, i),
                                         tribes_clock_get_us ());
    }
  drain (self);
}

static void
detector_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  tribes_delivery_watch (delivery, on_sent, g_object_ref (interceptor), g_object_unref);
  PARENT->send_message (interceptor, delivery);
}

static gboolean
detector_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  if (tribes_interceptor_ok_to_process (interceptor, tribes_message_get_options (message))
      && tribes_marker_is (TRIBES_MARKER_FAIL_DETECT, message))
    return TRUE;
  return PARENT->message_received (interceptor, message, error);
}

static GPtrArray *
detector_list_members (TribesInterceptor *interceptor)
{
  return tribes_failure_detector_list_members (
      &TRIBES_TCP_FAILURE_DETECTOR (interceptor)->detector);
}

static void
detector_heartbeat (TribesInterceptor *interceptor)
{
  PARENT->heartbeat (interceptor);
  tribes_tcp_failure_detector_check_members (TRIBES_TCP_FAILURE_DETECTOR (interceptor), FALSE);
}

static gboolean
detector_start (TribesInterceptor *interceptor, TribesServices services, GError **error)
{
  TribesTcpFailureDetector *self = TRIBES_TCP_FAILURE_DETECTOR (interceptor);

  if (!self->probes)
    self->probes = g_cancellable_new ();
  self->detector.suspect_timeout_us = (gint64) self->remove_suspects_timeout * G_USEC_PER_SEC;
  return PARENT->start (interceptor, services, error);
}

static void
stop_probes (TribesTcpFailureDetector *self)
{
  if (!self->probes)
    return;
  g_cancellable_cancel (self->probes);
  g_clear_object (&self->probes);
  tribes_failure_detector_clear (&self->detector);
  tribes_failure_detector_init (&self->detector);
}

static void
detector_stop (TribesInterceptor *interceptor, TribesServices services)
{
  PARENT->stop (interceptor, services);
  if (services & TRIBES_SERVICES_SND_RX)
    stop_probes (TRIBES_TCP_FAILURE_DETECTOR (interceptor));
}

/**
 * tribes_tcp_failure_detector_check_members:
 * @self: a failure detector in a started channel
 * @all: whether to look at every member, not only at those in doubt
 *
 * Looks after the members now.
 *
 * Tomcat counterpart: `TcpFailureDetector.checkMembers`.
 *
 * Since: 0.1
 */
void
tribes_tcp_failure_detector_check_members (TribesTcpFailureDetector *self, gboolean all)
{
  g_autoptr (GPtrArray) below = PARENT->list_members (TRIBES_INTERCEPTOR (self));

  tribes_failure_detector_heartbeat (&self->detector, below, all, tribes_clock_get_us ());
  drain (self);
}

/**
 * tribes_tcp_failure_detector_new:
 *
 * Returns: (transfer full): a failure detector with Tomcat's defaults
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_tcp_failure_detector_new (void)
{
  return g_object_new (TRIBES_TYPE_TCP_FAILURE_DETECTOR, NULL);
}

static void
tribes_tcp_failure_detector_dispose (GObject *object)
{
  stop_probes (TRIBES_TCP_FAILURE_DETECTOR (object));
  G_OBJECT_CLASS (tribes_tcp_failure_detector_parent_class)->dispose (object);
}

static void
tribes_tcp_failure_detector_finalize (GObject *object)
{
  tribes_failure_detector_clear (&TRIBES_TCP_FAILURE_DETECTOR (object)->detector);
  G_OBJECT_CLASS (tribes_tcp_failure_detector_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesTcpFailureDetector:connect-timeout:
     *
     * Milliseconds a connection may take. Tomcat counterpart: `connectTimeout`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("connect-timeout", NULL, NULL, 1, G_MAXINT32, 1000, flags),
      G_STRUCT_OFFSET (TribesTcpFailureDetector, connect_timeout) },
    /**
     * TribesTcpFailureDetector:perform-send-test:
     *
     * Whether to send a message over the connection. Tomcat counterpart: `performSendTest`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("perform-send-test", NULL, NULL, TRUE, flags),
      G_STRUCT_OFFSET (TribesTcpFailureDetector, perform_send_test) },
    /**
     * TribesTcpFailureDetector:perform-read-test:
     *
     * Whether to wait for an answer to that message. Tomcat counterpart: `performReadTest`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("perform-read-test", NULL, NULL, FALSE, flags),
      G_STRUCT_OFFSET (TribesTcpFailureDetector, perform_read_test) },
    /**
     * TribesTcpFailureDetector:read-test-timeout:
     *
     * Milliseconds to wait for that answer. Tomcat counterpart: `readTestTimeout`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("read-test-timeout", NULL, NULL, 1, G_MAXINT32, 5000, flags),
      G_STRUCT_OFFSET (TribesTcpFailureDetector, read_test_timeout) },
    /**
     * TribesTcpFailureDetector:remove-suspects-timeout:
     *
     * Seconds for which a member that was suspected wrongly is looked at with every heartbeat.
     * Tomcat counterpart: `removeSuspectsTimeout`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("remove-suspects-timeout", NULL, NULL, 0, G_MAXINT32, 300, flags),
      G_STRUCT_OFFSET (TribesTcpFailureDetector, remove_suspects_timeout) },
  };

  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

static void
tribes_tcp_failure_detector_class_init (TribesTcpFailureDetectorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  object_class->dispose = tribes_tcp_failure_detector_dispose;
  object_class->finalize = tribes_tcp_failure_detector_finalize;
  interceptor_class->start = detector_start;
  interceptor_class->stop = detector_stop;
  interceptor_class->send_message = detector_send_message;
  interceptor_class->message_received = detector_message_received;
  interceptor_class->member_added = detector_member_added;
  interceptor_class->member_disappeared = detector_member_disappeared;
  interceptor_class->list_members = detector_list_members;
  interceptor_class->heartbeat = detector_heartbeat;
  install_properties (object_class);
}

static void
tribes_tcp_failure_detector_init (TribesTcpFailureDetector *self)
{
  tribes_failure_detector_init (&self->detector);
}
