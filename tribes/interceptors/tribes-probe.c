/* SPDX-License-Identifier: Apache-2.0
 *
 * One look at one member over a connection of its own, as TcpFailureDetector does it: connects,
 * writes, reads, as far as it is asked to, each in its time. Ends once, from the main loop.
 */
#include "tribes/interceptors/tribes-probe-private.h"

#include <errno.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-stream-private.h"

typedef enum
{
  CONNECTING,
  WRITING,
  READING
} Step;

/* Also the GSource that watches its socket and its deadline, and, by a child, the caller's wish. */
typedef struct
{
  GSource source;
  GTask *task; /* (nullable), owned: until it has ended */
  TribesProbeSettings settings;
  TribesStream stream;
  Step step;
  gsize written;
  gint64 deadline_us;
} Probe;

static void
set_deadline (Probe *probe, guint timeout_ms)
{
  probe->deadline_us = tribes_clock_get_us () + (gint64) timeout_ms * 1000;
  tribes_clock_set_ready_time (&probe->source, probe->deadline_us);
}

/* @error: (nullable) (transfer full) */
static gboolean
finish (Probe *probe, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&probe->task);

  tribes_stream_close (&probe->stream);
  g_source_destroy (&probe->source);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static gboolean
fail (Probe *probe, const char *what, int code)
{
  return finish (probe, g_error_new (G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what,
                                     g_strerror (code)));
}

static gboolean
read_answer (Probe *probe)
{
  guint8 answer[64];
  gssize size = tribes_stream_recv (&probe->stream, answer, sizeof answer);

  if (size > 0)
    return finish (probe, NULL);
  if (size == 0)
    return finish (probe, g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                                               "the connection was closed without an answer"));
  return errno == EAGAIN || errno == EINTR ? G_SOURCE_CONTINUE : fail (probe, "read", errno);
}

static gboolean
write_frame (Probe *probe)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (probe->settings.frame, &size);
  struct iovec rest = { (gpointer) (bytes + probe->written), size - probe->written };
  gssize written = tribes_stream_send (&probe->stream, &rest, 1);

  if (written < 0)
    return errno == EAGAIN || errno == EINTR ? G_SOURCE_CONTINUE : fail (probe, "write", errno);
  probe->written += (gsize) written;
  if (probe->written < size)
    return G_SOURCE_CONTINUE;
  if (!probe->settings.read_test)
    return finish (probe, NULL);
  probe->step = READING;
  set_deadline (probe, probe->settings.read_timeout_ms);
  tribes_stream_watch (&probe->stream, G_IO_IN);
  return G_SOURCE_CONTINUE;
}

static gboolean
connected (Probe *probe)
{
  int code = tribes_stream_get_error (&probe->stream);

  if (code != 0)
    return fail (probe, "connect", code);
  if (!probe->settings.send_test)
    return finish (probe, NULL);
  probe->step = WRITING;
  return write_frame (probe);
}

static gboolean
probe_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Probe *probe = (Probe *) source;

  /* The task then says that it was cancelled, whatever it is given. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (probe->task)))
    return finish (probe, NULL);
  if (tribes_stream_query (&probe->stream) != 0)
    {
      if (probe->step == CONNECTING)
        return connected (probe);
      return probe->step == WRITING ? write_frame (probe) : read_answer (probe);
    }
  if (tribes_clock_get_us () < probe->deadline_us)
    return G_SOURCE_CONTINUE;
  return finish (probe,
                 g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT, "no answer in time"));
}

static void
probe_finalize (GSource *source)
{
  Probe *probe = (Probe *) source;

  g_clear_object (&probe->task);
  tribes_stream_close (&probe->stream);
  g_clear_pointer (&probe->settings.frame, g_bytes_unref);
}

static GSourceFuncs probe_funcs = { .dispatch = probe_dispatch, .finalize = probe_finalize };

static GSocketAddress *
address_of (TribesMember *member, GError **error)
{
  int port = tribes_member_get_port (member);
  g_autofree char *host = tribes_member_dup_host (member);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address && port >= 1 && port <= 65535)
    return g_inet_socket_address_new (address, (guint16) port);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER,
               "expected an address to connect to, found host %s, port %d", host, port);
  return NULL;
}

static Probe *
probe_new (GTask *task, const TribesProbeSettings *settings)
{
  Probe *probe = (Probe *) g_source_new (&probe_funcs, sizeof (Probe));
  GCancellable *cancellable = g_task_get_cancellable (task);

  probe->task = task;
  probe->settings = *settings;
  probe->settings.frame = g_bytes_ref (settings->frame);
  probe->stream = (TribesStream) TRIBES_STREAM_INIT;
  g_source_set_static_name (&probe->source, "[tribes] probe");
  if (cancellable)
    {
      g_autoptr (GSource) cancelled = g_cancellable_source_new (cancellable);

      g_source_set_dummy_callback (cancelled);
      g_source_add_child_source (&probe->source, cancelled);
    }
  g_source_attach (&probe->source, g_task_get_context (task));
  return probe;
}

static void
start (Probe *probe, const struct sockaddr *address, gssize size)
{
  int code = tribes_stream_open (&probe->stream, &probe->source, address->sa_family);

  set_deadline (probe, probe->settings.connect_timeout_ms);
  if (code == 0)
    code = tribes_stream_connect (&probe->stream, g_task_get_context (probe->task), address,
                                  (socklen_t) size);
  if (code != 0 && code != EINPROGRESS)
    fail (probe, "connect", code);
}

void
tribes_probe_async (TribesMember *member,
                    const TribesProbeSettings *settings,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GSource) source = NULL;
  struct sockaddr_storage native = { 0 };
  GError *error = NULL;
  g_autoptr (GSocketAddress) address = address_of (member, &error);

  g_task_set_source_tag (task, tribes_probe_async);
  if (!address || !g_socket_address_to_native (address, &native, sizeof native, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  source = &probe_new (task, settings)->source;
  start ((Probe *) source, (struct sockaddr *) &native, g_socket_address_get_native_size (address));
}

gboolean
tribes_probe_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
