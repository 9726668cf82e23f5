/* SPDX-License-Identifier: Apache-2.0
 *
 * One look at one member over a connection of its own, as TcpFailureDetector does it. Rare, so it
 * is plain GIO.
 */
#include "tribes/interceptors/tribes-probe-private.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-source-private.h"

typedef struct
{
  TribesProbeSettings settings;
  GSocketConnection *connection;
  GCancellable *cancellable; /* cancelled by the time-out too */
  GSource *timer;
  GCancellable *caller; /* (nullable): who may cancel it from outside */
  gulong forwarded;     /* handler on @caller */
  guint8 answer[64];
} Probe;

static void
probe_free (gpointer data)
{
  Probe *probe = data;

  tribes_source_clear (&probe->timer);
  g_cancellable_disconnect (probe->caller, probe->forwarded);
  g_clear_object (&probe->caller);
  g_clear_object (&probe->connection);
  g_clear_object (&probe->cancellable);
  g_clear_pointer (&probe->settings.frame, g_bytes_unref);
  g_free (probe);
}

static gboolean
on_timeout (gpointer data)
{
  g_cancellable_cancel (((Probe *) data)->cancellable);
  return G_SOURCE_REMOVE;
}

static void
start_timer (Probe *probe, guint timeout_ms)
{
  tribes_source_clear (&probe->timer);
  probe->timer = tribes_source_attach (tribes_clock_timeout_new (timeout_ms), "[tribes] probe",
                                       on_timeout, probe);
}

static void
on_caller_cancelled (GCancellable *caller, gpointer data)
{
  g_cancellable_cancel (data);
}

static void
finish (GTask *task, GError *error)
{
  Probe *probe = g_task_get_task_data (task);

  tribes_source_clear (&probe->timer);
  if (!error)
    g_task_return_boolean (task, TRUE);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           && !g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    g_task_return_new_error (task, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT, "no answer in time");
  else
    g_task_return_error (task, g_error_copy (error));
  g_object_unref (task);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gssize size = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (size == 0)
    g_set_error_literal (&error, TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                         "the connection was closed without an answer");
  finish (data, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Probe *probe = g_task_get_task_data (data);
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error)
      || !probe->settings.read_test)
    {
      finish (data, error);
      return;
    }
  start_timer (probe, probe->settings.read_timeout_ms);
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (probe->connection)),
                             probe->answer, sizeof probe->answer, G_PRIORITY_DEFAULT,
                             probe->cancellable, on_read, data);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  Probe *probe = g_task_get_task_data (data);
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (probe->settings.frame, &size);

  probe->connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  if (!probe->connection || !probe->settings.send_test)
    {
      finish (data, error);
      return;
    }
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (probe->connection)),
                                   bytes, size, G_PRIORITY_DEFAULT, probe->cancellable, on_written,
                                   data);
}

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

void
tribes_probe_async (TribesMember *member,
                    const TribesProbeSettings *settings,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Probe *probe = g_new0 (Probe, 1);
  GError *error = NULL;
  g_autoptr (GSocketAddress) address = address_of (member, &error);

  probe->settings = *settings;
  probe->settings.frame = g_bytes_ref (settings->frame);
  probe->cancellable = g_cancellable_new ();
  g_task_set_source_tag (task, tribes_probe_async);
  g_task_set_task_data (task, probe, probe_free);
  if (!address)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (cancellable)
    {
      probe->caller = g_object_ref (cancellable);
      probe->forwarded = g_cancellable_connect (cancellable, G_CALLBACK (on_caller_cancelled),
                                                g_object_ref (probe->cancellable), g_object_unref);
    }
  g_socket_client_set_enable_proxy (client, FALSE);
  start_timer (probe, settings->connect_timeout_ms);
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), probe->cancellable,
                                 on_connected, task);
}

gboolean
tribes_probe_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
