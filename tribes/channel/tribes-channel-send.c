/* SPDX-License-Identifier: Apache-2.0
 *
 * Sending through a channel, for applications: one call, which ends once and never later than its
 * cancellation.
 */
#include "tribes/channel/tribes-channel-private.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-interceptor-private.h"
#include "tribes/wire/tribes-message-private.h"

/* Data of the task of a send: a delivery may end before, with or after its cancellation. */
typedef struct
{
  TribesDelivery *delivery; /* nullable: once it has ended */
  GSource *cancelled;       /* nullable */
  gboolean has_returned;
} Send;

static void
send_free (gpointer data)
{
  Send *send = data;

  g_clear_pointer (&send->delivery, tribes_delivery_unref);
  if (send->cancelled)
    g_source_destroy (send->cancelled);
  g_clear_pointer (&send->cancelled, g_source_unref);
  g_free (send);
}

/* Whether it is the first time. */
static gboolean
send_ends (Send *send)
{
  if (send->has_returned)
    return FALSE;
  send->has_returned = TRUE;
  if (send->cancelled)
    g_source_destroy (send->cancelled);
  return TRUE;
}

static void
send_done (TribesDelivery *delivery, gpointer data)
{
  GTask *task = data;
  Send *send = g_task_get_task_data (task);
  GError *error = NULL;

  if (!send_ends (send))
    return;
  send->delivery = tribes_delivery_ref (delivery);
  if (tribes_delivery_propagate_error (delivery, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
send_cancelled (GCancellable *cancellable, gpointer data)
{
  GTask *task = data;

  if (send_ends (g_task_get_task_data (task)))
    (void) g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
send_watch (GTask *task, GCancellable *cancellable)
{
  Send *send = g_new0 (Send, 1);

  g_task_set_task_data (task, send, send_free);
  if (!cancellable)
    return;
  send->cancelled = g_cancellable_source_new (cancellable);
  /* Without a reference: a delivery may be dropped without an end, and the task with it. */
  g_source_set_callback (send->cancelled, G_SOURCE_FUNC (send_cancelled), task, NULL);
  g_source_attach (send->cancelled, g_task_get_context (task));
}

/**
 * tribes_channel_send_async:
 * @self: a started channel
 * @destinations: (element-type TribesMember): where to
 * @payload: what: a serialized Java object, or any bytes with %TRIBES_SEND_OPTIONS_BYTE_MESSAGE
 * @options: how
 * @cancellable: (nullable): stops waiting; what is under way stays so
 * @callback: (scope async) (closure data): called at the end
 * @data: for @callback
 *
 * Sends a message. With %TRIBES_SEND_OPTIONS_USE_ACK it has ended when all destinations
 * acknowledged, else when it was handed to the kernel, with %TRIBES_SEND_OPTIONS_ASYNCHRONOUS and a
 * MessageDispatchInterceptor at once.
 *
 * An acknowledgement does not say of which message it is, and a Tomcat may be done with one that it
 * got later on the same connection. With %TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK it is therefore waited
 * for until no other message is on its way to the same destination, but for a second at most.
 *
 * Tomcat counterpart: `Channel.send`.
 *
 * Since: 0.1
 */
void
tribes_channel_send_async (TribesChannel *self,
                           GPtrArray *destinations,
                           GBytes *payload,
                           TribesSendOptions options,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (self);
  g_autoptr (TribesMessage) message = NULL;
  g_autoptr (TribesDelivery) delivery = NULL;

  g_task_set_source_tag (task, tribes_channel_send_async);
  if (!local)
    {
      g_task_return_new_error (task, TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                               "the channel is not started");
      return;
    }
  if (destinations->len == 0)
    {
      g_task_return_new_error (task, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER,
                               "the message has no destination");
      return;
    }
  send_watch (task, cancellable);
  message = tribes_message_new (local, payload, options, tribes_clock_get_wall_ms ());
  delivery = tribes_delivery_new (message, destinations);
  tribes_delivery_watch (delivery, send_done, g_object_ref (task), g_object_unref);
  tribes_interceptor_send_message (TRIBES_INTERCEPTOR (self), delivery);
}

/**
 * tribes_channel_send_finish:
 * @self: a channel
 * @result: what the callback was given
 * @error: return location
 *
 * Errors: %TRIBES_ERROR_TIMED_OUT, %TRIBES_ERROR_CLOSED, %TRIBES_ERROR_REFUSED,
 * %TRIBES_ERROR_BUSY, %TRIBES_ERROR_NO_MEMBER or %TRIBES_ERROR_UNSUPPORTED, of the first
 * destination that failed; the message names them all.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_channel_send_finish (TribesChannel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

TribesDelivery *
tribes_channel_get_delivery (GAsyncResult *result)
{
  Send *send = g_task_get_task_data (G_TASK (result));

  return send ? send->delivery : NULL;
}
