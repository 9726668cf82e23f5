/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices members that are gone while nobody sends: by asking the failure detector to look where
 * there is one, and by sending everybody a ping where not. A ping is never seen by an application.
 */
#include "tribes/interceptors/tribes-tcp-ping-interceptor.h"

#include <string.h>

#include "tribes/channel/tribes-interceptor-private.h"
#include "tribes/interceptors/tribes-markers-private.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"
#include "tribes/interceptors/tribes-tcp-failure-detector.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-source-private.h"

struct _TribesTcpPingInterceptor
{
  TribesInterceptor parent_instance;

  guint interval;
  gboolean use_thread;
  gboolean static_only;
  GSource *timer; /* (nullable): with use-thread, while started */
};

G_DEFINE_FINAL_TYPE (TribesTcpPingInterceptor, tribes_tcp_ping_interceptor, TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_tcp_ping_interceptor_parent_class)

static TribesInterceptor *
find_below (TribesInterceptor *self, GType type)
{
  TribesInterceptor *below = tribes_interceptor_get_next (self);

  while (below && !G_TYPE_CHECK_INSTANCE_TYPE (below, type))
    below = tribes_interceptor_get_next (below);
  return below;
}

static void
send_ping (TribesTcpPingInterceptor *self)
{
  TribesInterceptor *interceptor = TRIBES_INTERCEPTOR (self);
  TribesInterceptor *detector = find_below (interceptor, TRIBES_TYPE_TCP_FAILURE_DETECTOR);
  TribesInterceptor *static_members
      = self->static_only ? find_below (interceptor, TRIBES_TYPE_STATIC_MEMBERSHIP_INTERCEPTOR)
                          : NULL;
  g_autoptr (GPtrArray) members = NULL;
  const guint8 *ping;
  gsize size;

  if (detector)
    {
      tribes_tcp_failure_detector_check_members (TRIBES_TCP_FAILURE_DETECTOR (detector), TRUE);
      return;
    }
  members = tribes_interceptor_list_members (static_members ? static_members : interceptor);
  ping = tribes_marker_peek (TRIBES_MARKER_PING, &size);
  tribes_interceptor_send_own (interceptor, members, ping, size,
                               tribes_interceptor_get_option_flag (interceptor));
}

static gboolean
on_timer (gpointer data)
{
  send_ping (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
ping_start (TribesInterceptor *interceptor, TribesServices services, GError **error)
{
  TribesTcpPingInterceptor *self = TRIBES_TCP_PING_INTERCEPTOR (interceptor);

  if (!PARENT->start (interceptor, services, error))
    return FALSE;
  if (self->use_thread && !self->timer)
    self->timer = tribes_source_attach (tribes_clock_timeout_new (self->interval), "[tribes] ping",
                                        on_timer, self);
  return TRUE;
}

static void
ping_stop (TribesInterceptor *interceptor, TribesServices services)
{
  tribes_source_clear (&TRIBES_TCP_PING_INTERCEPTOR (interceptor)->timer);
  PARENT->stop (interceptor, services);
}

static void
ping_heartbeat (TribesInterceptor *interceptor)
{
  TribesTcpPingInterceptor *self = TRIBES_TCP_PING_INTERCEPTOR (interceptor);

  PARENT->heartbeat (interceptor);
  if (!self->use_thread)
    send_ping (self);
}

static gboolean
ping_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  if (tribes_interceptor_ok_to_process (interceptor, tribes_message_get_options (message))
      && tribes_marker_is (TRIBES_MARKER_PING, message))
    return TRUE;
  return PARENT->message_received (interceptor, message, error);
}

/**
 * tribes_tcp_ping_interceptor_new:
 *
 * Returns: (transfer full): an interceptor with Tomcat's defaults
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_tcp_ping_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_TCP_PING_INTERCEPTOR, NULL);
}

static void
tribes_tcp_ping_interceptor_dispose (GObject *object)
{
  tribes_source_clear (&TRIBES_TCP_PING_INTERCEPTOR (object)->timer);
  G_OBJECT_CLASS (tribes_tcp_ping_interceptor_parent_class)->dispose (object);
}

static void
tribes_tcp_ping_interceptor_class_init (TribesTcpPingInterceptorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesTcpPingInterceptor:interval:
     *
     * Milliseconds between looks, with [property@TcpPingInterceptor:use-thread].
     * Tomcat counterpart: `interval`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("interval", NULL, NULL, 1, G_MAXINT32, 1000, flags),
      G_STRUCT_OFFSET (TribesTcpPingInterceptor, interval) },
    /**
     * TribesTcpPingInterceptor:use-thread:
     *
     * Whether to look at an interval of its own instead of with the channel's heartbeat. No thread
     * is made here; the name is Tomcat's. Tomcat counterpart: `useThread`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("use-thread", NULL, NULL, FALSE, flags),
      G_STRUCT_OFFSET (TribesTcpPingInterceptor, use_thread) },
    /**
     * TribesTcpPingInterceptor:static-only:
     *
     * Whether to ping only static members. Without effect beside a TcpFailureDetector.
     * Tomcat counterpart: `staticOnly`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("static-only", NULL, NULL, FALSE, flags),
      G_STRUCT_OFFSET (TribesTcpPingInterceptor, static_only) },
  };

  object_class->dispose = tribes_tcp_ping_interceptor_dispose;
  interceptor_class->start = ping_start;
  interceptor_class->stop = ping_stop;
  interceptor_class->message_received = ping_message_received;
  interceptor_class->heartbeat = ping_heartbeat;

  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

static void
tribes_tcp_ping_interceptor_init (TribesTcpPingInterceptor *self)
{
}
