/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around tribes-rpc-core: it sends questions through the channel, hands answers to the
 * core, and ends the calls that the core has ended, one at a time and after it has returned.
 */
#include "tribes/channel/tribes-rpc-channel-private.h"

#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/channel/tribes-channel-private.h"
#include "tribes/channel/tribes-rpc-core-private.h"
#include "tribes/channel/tribes-rpc-request-private.h"

/* Questions of others that may wait for an answer at a time, and what they may take together: an
 * application that is slow is not to be flooded. What is more is told that nobody takes it. */
#define MAX_REQUESTS      16384
#define MAX_REQUEST_BYTES (64 * 1024 * 1024)

struct _TribesRpcChannel
{
  GObject parent_instance;

  TribesChannel *channel; /* (nullable), weak */
  GBytes *rpc_id;
  guint reply_message_options;
  TribesRpcCore core;
  GSource *timer;
  gulong disappeared;
  guint64 n_asked; /* what makes ids differ */
  guint64 refused;
  guint n_requests;
  gsize request_bytes;
  TribesRateLimit noise;
  TribesRpcHandler handler; /* (nullable) */
  TribesRpcLeftOver left_over;
  gpointer handler_data;
};

/**
 * TribesRpcChannel:
 *
 * Questions to other members of a channel and answers to theirs. Those who ask each other have an
 * id in common; a channel may have many of them. A question is answered by whoever handles
 * [signal@RpcChannel::request-received]; where nobody does, who asked is told so at once.
 *
 * It does not keep the channel alive.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.RpcChannel`, and `RpcCallback` and
 * `ExtendedRpcCallback`, which are signals here.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (TribesRpcChannel, tribes_rpc_channel, G_TYPE_OBJECT)

enum
{
  REQUEST_RECEIVED,
  LEFT_OVER,
  REPLY_SUCCEEDED,
  REPLY_FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Asking */

/* Data of a call's task, until it has ended. */
typedef struct
{
  guint8 uuid[TRIBES_RPC_UUID_SIZE];
  TribesRpcOptions rpc_options;
  guint n_destinations;
  guint n_failed;
  GError *failure;    /* (nullable) */
  GSource *cancelled; /* (nullable) */
  gboolean is_closed;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  tribes_source_clear (&call->cancelled);
  g_clear_error (&call->failure);
  g_free (call);
}

/* Nobody else can tell the next one: it is a keyed hash of a count. */
static void
make_uuid (TribesRpcChannel *self, guint8 *uuid)
{
  const guint64 from[] = { self->n_asked++, (guint64) GPOINTER_TO_SIZE (self) };
  const guint64 halves[] = { tribes_hash_bytes64 (from, sizeof from, 0x727501),
                             tribes_hash_bytes64 (from, sizeof from, 0x727502) };

  G_STATIC_ASSERT (sizeof halves == TRIBES_RPC_UUID_SIZE);
  memcpy (uuid, halves, sizeof halves);
}

/* Takes @task. */
static void
return_call (GTask *task, GPtrArray *responses)
{
  Call *call = g_task_get_task_data (task);

  tribes_source_clear (&call->cancelled);
  if (g_task_return_error_if_cancelled (task))
    g_ptr_array_unref (responses);
  else if (call->failure
           && (call->n_failed == call->n_destinations
               || call->rpc_options == TRIBES_RPC_OPTIONS_NO_REPLY))
    {
      g_ptr_array_unref (responses);
      g_task_return_error (task, g_steal_pointer (&call->failure));
    }
  else if (call->is_closed)
    {
      g_ptr_array_unref (responses);
      g_task_return_new_error (task, TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                               "the RPC channel is closed");
    }
  else
    g_task_return_pointer (task, responses, (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

/* After every change of the core. */
static void
settle (TribesRpcChannel *self)
{
  gint64 deadline;
  gpointer task;
  GPtrArray *responses;

  g_object_ref (self);
  while (tribes_rpc_core_pop_ended (&self->core, &task, &responses))
    return_call (task, responses);
  deadline = tribes_rpc_core_next_deadline (&self->core);
  if (self->timer)
    tribes_clock_set_ready_time (self->timer, deadline == G_MAXINT64 ? -1 : deadline);
  g_object_unref (self);
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  tribes_clock_set_ready_time (source, -1);
  return callback (data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

static gboolean
on_timer (gpointer data)
{
  TribesRpcChannel *self = data;

  tribes_rpc_core_tick (&self->core, tribes_clock_get_us ());
  settle (self);
  return G_SOURCE_CONTINUE;
}

static void
on_member_disappeared (TribesChannel *channel, TribesMember *member, gpointer data)
{
  TribesRpcChannel *self = data;

  tribes_rpc_core_member_gone (&self->core, member);
  settle (self);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  GTask *task = data;
  TribesRpcChannel *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);

  tribes_rpc_core_end (&self->core, call->uuid);
  settle (self);
  return G_SOURCE_REMOVE;
}

static void
watch_cancellable (GTask *task, Call *call)
{
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (!cancellable)
    return;
  call->cancelled = g_cancellable_source_new (cancellable);
  /* Without a reference: the core has one as long as the source is there. */
  g_source_set_callback (call->cancelled, G_SOURCE_FUNC (on_cancelled), task, NULL);
  g_source_attach (call->cancelled, g_task_get_context (task));
}

/* Whom the question did not reach is not waited for. */
static void
on_asked (TribesDelivery *delivery, gpointer data)
{
  GTask *task = data;
  TribesRpcChannel *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);

  call->n_failed = tribes_delivery_get_n_faulty (delivery);
  if (call->n_failed > 0 && !call->failure)
    (void) tribes_delivery_propagate_error (delivery, &call->failure);
  for (guint i = 0; i < call->n_failed; i++)
    tribes_rpc_core_answer (&self->core, call->uuid, tribes_delivery_get_faulty (delivery, i),
                            NULL);
  if (call->rpc_options == TRIBES_RPC_OPTIONS_NO_REPLY)
    return_call (g_object_ref (task), g_ptr_array_new ());
  settle (self);
}

static GBytes *
write_question (TribesRpcChannel *self,
                const guint8 *uuid,
                TribesJavaValue *message,
                GError **error)
{
  g_autofree TribesRpcIds *ids = g_new (TribesRpcIds, 1);
  gsize size;
  gconstpointer id = g_bytes_get_data (self->rpc_id, &size);

  ids->uuid_size = TRIBES_RPC_UUID_SIZE;
  memcpy (ids->uuid, uuid, TRIBES_RPC_UUID_SIZE);
  ids->id_size = (guint) size;
  memcpy (ids->id, id, size);
  return tribes_rpc_write (ids, TRIBES_RPC_QUESTION, message, error);
}

/* (transfer full): to one or many, without what would wait for the other side's work */
static TribesDelivery *
make_delivery (TribesRpcChannel *self,
               GPtrArray *destinations,
               GBytes *payload,
               TribesSendOptions options,
               GError **error)
{
  g_autoptr (TribesMember) local
      = self->channel ? tribes_channel_dup_local_member (self->channel) : NULL;
  g_autoptr (TribesMessage) message = NULL;

  if (!local)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED, "the channel is not started");
      return NULL;
    }
  message = tribes_message_new (local, payload, options & ~TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK,
                                tribes_clock_get_wall_ms ());
  return tribes_delivery_new (message, destinations);
}

static void
ask (TribesRpcChannel *self, GTask *task, TribesDelivery *delivery, gint64 timeout_ms)
{
  Call *call = g_task_get_task_data (task);
  gint64 deadline = tribes_clock_get_us () + CLAMP (timeout_ms, 0, G_MAXINT32) * 1000;

  tribes_delivery_watch (delivery, on_asked, g_object_ref (task), g_object_unref);
  if (call->rpc_options != TRIBES_RPC_OPTIONS_NO_REPLY)
    {
      watch_cancellable (task, call);
      tribes_rpc_core_ask (&self->core, call->uuid, tribes_delivery_get_destinations (delivery),
                           call->rpc_options, deadline, g_object_ref (task));
    }
  tribes_interceptor_send_message (TRIBES_INTERCEPTOR (self->channel), delivery);
  settle (self);
}

/**
 * tribes_rpc_channel_send_async:
 * @self: an RPC channel
 * @destinations: (element-type TribesMember): whom to ask
 * @message: (nullable): what; %NULL is Java's null
 * @rpc_options: how many replies to wait for
 * @options: how to send; %TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK is dropped, as an answer needs none
 * @timeout_ms: how long to wait for replies, in milliseconds
 * @cancellable: (nullable): stops waiting
 * @callback: (scope async) (closure data): called at the end
 * @data: for @callback
 *
 * Asks. It has ended when there are as many replies as @rpc_options says, or when the time is over.
 * A member that disappears meanwhile, that the question could not be sent to, or that says that
 * nobody there takes it, is not waited for; Tomcat waits its time for the first, and gives up for
 * all because of the second.
 *
 * Tomcat counterpart: `RpcChannel.send`.
 *
 * Since: 0.1
 */
void
tribes_rpc_channel_send_async (TribesRpcChannel *self,
                               GPtrArray *destinations,
                               TribesJavaValue *message,
                               TribesRpcOptions rpc_options,
                               TribesSendOptions options,
                               gint64 timeout_ms,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (TribesDelivery) delivery = NULL;
  GError *error = NULL;
  Call *call = g_new0 (Call, 1);

  g_task_set_source_tag (task, tribes_rpc_channel_send_async);
  g_task_set_task_data (task, call, call_free);
  if (destinations->len == 0)
    {
      g_task_return_pointer (task, g_ptr_array_new (), (GDestroyNotify) g_ptr_array_unref);
      return;
    }
  if (g_task_return_error_if_cancelled (task))
    return;
  make_uuid (self, call->uuid);
  call->rpc_options = rpc_options;
  call->n_destinations = destinations->len;
  payload = write_question (self, call->uuid, message, &error);
  if (payload)
    delivery = make_delivery (self, destinations, payload, options, &error);
  if (delivery)
    ask (self, task, delivery, timeout_ms);
  else
    g_task_return_error (task, error);
}

/**
 * tribes_rpc_channel_send_finish:
 * @self: an RPC channel
 * @result: what the callback was given
 * @error: return location
 *
 * Errors: what [method@Channel.send_finish] has where no destination could be reached;
 * %TRIBES_ERROR_CLOSED where the channel is stopped or was closed meanwhile; those of
 * [method@JavaWriter.object].
 *
 * Returns: (transfer container) (element-type TribesRpcResponse): the replies in the order in which
 *   they came, as many as there were in time, which may be none; or %NULL with @error set
 *
 * Since: 0.1
 */
GPtrArray *
tribes_rpc_channel_send_finish (TribesRpcChannel *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Answering */

static void
on_replied (TribesDelivery *delivery, gpointer data)
{
  GObject **both = data; /* self and the request */
  TribesRpcRequest *request = (gpointer) both[1];
  g_autoptr (GError) error = NULL;

  if (tribes_delivery_propagate_error (delivery, &error))
    g_signal_emit (both[0], signals[REPLY_SUCCEEDED], 0, request);
  else
    g_signal_emit (both[0], signals[REPLY_FAILED], 0, request, error);
}

static void
free_both (gpointer data)
{
  GObject **both = data;

  g_object_unref (both[0]);
  tribes_rpc_request_unref ((gpointer) both[1]);
  g_free (both);
}

static gboolean
send_reply (GObject *owner,
            TribesRpcRequest *request,
            TribesMember *destination,
            GBytes *reply,
            GError **error)
{
  TribesRpcChannel *self = TRIBES_RPC_CHANNEL (owner);
  g_autoptr (GPtrArray) destinations
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (TribesDelivery) delivery = NULL;

  g_ptr_array_add (destinations, tribes_member_ref (destination));
  delivery = make_delivery (self, destinations, reply, self->reply_message_options, error);
  if (!delivery)
    return FALSE;
  if (request)
    {
      gpointer *both = g_new (gpointer, 2);

      both[0] = g_object_ref (self);
      both[1] = tribes_rpc_request_ref (request);
      tribes_delivery_watch (delivery, on_replied, both, free_both);
    }
  tribes_interceptor_send_message (TRIBES_INTERCEPTOR (self->channel), delivery);
  return TRUE;
}

static void
forget_request (GObject *owner, gsize size)
{
  TribesRpcChannel *self = TRIBES_RPC_CHANNEL (owner);

  self->n_requests--;
  self->request_bytes -= size;
}

static void
complain (TribesRpcChannel *self, TribesMember *source, const char *what)
{
  g_autofree char *name = NULL;
  guint more;

  self->refused++;
  if (!tribes_rate_limit_allow (&self->noise, tribes_clock_get_us (), &more))
    return;
  name = tribes_member_to_string (source);
  g_info ("RPC message of %s refused: %s (%u more not shown)", name, what, more);
}

static TribesJavaValue *
read_message (TribesRpcChannel *self, TribesMessage *message, TribesMember *source)
{
  g_autoptr (GBytes) payload = tribes_message_dup_payload (message);
  g_autoptr (GError) error = NULL;
  TribesJavaValue *value = tribes_rpc_read (payload, &error);

  if (!value)
    complain (self, source, error->message);
  return value;
}

static gboolean
is_anybody_there (TribesRpcChannel *self)
{
  return self->handler || g_signal_has_handler_pending (self, signals[REQUEST_RECEIVED], 0, FALSE);
}

static gboolean
on_question (TribesRpcChannel *self,
             TribesMessage *message,
             const TribesRpcIds *ids,
             TribesMember *source)
{
  gboolean taken = FALSE;
  gsize size;
  g_autoptr (TribesJavaValue) asked = NULL;
  g_autoptr (TribesRpcRequest) request = NULL;

  tribes_message_peek_payload (message, &size);
  if (!is_anybody_there (self))
    return FALSE;
  if (self->n_requests >= MAX_REQUESTS || self->request_bytes + size > MAX_REQUEST_BYTES)
    {
      complain (self, source, "too many questions wait for an answer");
      return FALSE;
    }
  if (!(asked = read_message (self, message, source)))
    return FALSE;
  self->n_requests++;
  self->request_bytes += size;
  request = tribes_rpc_request_new (G_OBJECT (self), send_reply, forget_request, ids, source, asked,
                                    size);
  if (self->handler)
    taken = self->handler (request, self->handler_data);
  if (!taken)
    g_signal_emit (self, signals[REQUEST_RECEIVED], 0, request, &taken);
  if (!taken)
    tribes_rpc_request_decline (request);
  return taken;
}

static void
on_left_over (TribesRpcChannel *self, TribesMessage *message, TribesMember *source)
{
  g_autoptr (TribesJavaValue) left = NULL;

  if (!self->left_over && !g_signal_has_handler_pending (self, signals[LEFT_OVER], 0, FALSE))
    return;
  if (!(left = read_message (self, message, source)))
    return;
  if (self->left_over)
    self->left_over (left, source, self->handler_data);
  g_signal_emit (self, signals[LEFT_OVER], 0, left, source);
}

static void
on_reply (TribesRpcChannel *self,
          TribesMessage *message,
          TribesRpcKind kind,
          const TribesRpcIds *ids,
          TribesMember *source)
{
  g_autoptr (TribesJavaValue) answer = NULL;

  switch (tribes_rpc_core_expects (&self->core, ids->uuid, ids->uuid_size, source))
    {
    case TRIBES_RPC_LEFT_OVER:
      if (kind == TRIBES_RPC_REPLY)
        on_left_over (self, message, source);
      break;
    case TRIBES_RPC_EXPECTED:
      /* One that cannot be read is the only one there will be. */
      if (kind == TRIBES_RPC_REPLY)
        answer = read_message (self, message, source);
      tribes_rpc_core_answer (&self->core, ids->uuid, source, answer);
      settle (self);
      break;
    case TRIBES_RPC_REFUSED:
    default:
      complain (self, source, "a reply that it was not asked for, or a second one");
      break;
    }
}

static gboolean
on_message (TribesMessage *message, TribesRpcKind kind, const TribesRpcIds *ids, gpointer data)
{
  g_autoptr (TribesRpcChannel) self = g_object_ref (data);
  g_autoptr (TribesMember) source = tribes_message_dup_address (message);

  if (kind == TRIBES_RPC_QUESTION)
    return on_question (self, message, ids, source);
  on_reply (self, message, kind, ids, source);
  return TRUE;
}

void
tribes_rpc_channel_set_handler (TribesRpcChannel *self,
                                TribesRpcHandler handler,
                                TribesRpcLeftOver left_over,
                                gpointer data)
{
  self->handler = handler;
  self->left_over = left_over;
  self->handler_data = data;
}

/* GObject */

/**
 * tribes_rpc_channel_new:
 * @channel: the channel to ask through
 * @rpc_id: what those have in common who ask each other; Tomcat's replicated maps take a name
 * @error: return location
 *
 * Errors: %TRIBES_ERROR_CONFIG where @channel has another one of this id, or it is longer than 4096
 * bytes.
 *
 * Tomcat counterpart: `new RpcChannel(rpcId, channel, callback)`.
 *
 * Returns: (transfer full): an RPC channel, or %NULL with @error set
 *
 * Since: 0.1
 */
TribesRpcChannel *
tribes_rpc_channel_new (TribesChannel *channel, GBytes *rpc_id, GError **error)
{
  g_autoptr (TribesRpcChannel) self = NULL;

  g_return_val_if_fail (TRIBES_IS_CHANNEL (channel), NULL);
  g_return_val_if_fail (rpc_id, NULL);

  self = g_object_new (TRIBES_TYPE_RPC_CHANNEL, NULL);
  self->rpc_id = g_bytes_ref (rpc_id);
  if (!tribes_channel_add_rpc (channel, rpc_id, on_message, self, error))
    return NULL;
  self->channel = channel;
  g_object_add_weak_pointer (G_OBJECT (channel), (gpointer *) &self->channel);
  self->disappeared
      = g_signal_connect (channel, "member-disappeared", G_CALLBACK (on_member_disappeared), self);
  return g_steal_pointer (&self);
}

static void
close_call (gpointer task)
{
  Call *call = g_task_get_task_data (task);

  call->is_closed = TRUE;
}

/**
 * tribes_rpc_channel_close:
 * @self: an RPC channel
 *
 * Ends all questions that wait with %TRIBES_ERROR_CLOSED, and takes none any more: who asks is told
 * that nobody here answers. Questions that were taken before may still be answered.
 *
 * Tomcat counterpart: `RpcChannel.breakdown`.
 *
 * Since: 0.1
 */
void
tribes_rpc_channel_close (TribesRpcChannel *self)
{
  gpointer task;
  GPtrArray *responses;

  g_return_if_fail (TRIBES_IS_RPC_CHANNEL (self));

  if (self->channel && self->disappeared)
    {
      g_signal_handler_disconnect (self->channel, self->disappeared);
      tribes_channel_remove_rpc (self->channel, self->rpc_id);
    }
  self->disappeared = 0;
  self->handler = NULL;
  self->left_over = NULL;
  tribes_rpc_core_end_all (&self->core);
  while (tribes_rpc_core_pop_ended (&self->core, &task, &responses))
    {
      close_call (task);
      return_call (task, responses);
    }
}

static void
tribes_rpc_channel_dispose (GObject *object)
{
  TribesRpcChannel *self = TRIBES_RPC_CHANNEL (object);

  tribes_rpc_channel_close (self);
  tribes_source_clear (&self->timer);
  g_clear_weak_pointer (&self->channel);
  G_OBJECT_CLASS (tribes_rpc_channel_parent_class)->dispose (object);
}

static void
tribes_rpc_channel_finalize (GObject *object)
{
  TribesRpcChannel *self = TRIBES_RPC_CHANNEL (object);

  tribes_rpc_core_clear (&self->core);
  g_clear_pointer (&self->rpc_id, g_bytes_unref);
  G_OBJECT_CLASS (tribes_rpc_channel_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const TribesField fields[] = {
    /**
     * TribesRpcChannel:reply-message-options:
     *
     * How replies are sent, a sum of [flags@SendOptions]; %TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK is
     * dropped. Tomcat counterpart: `RpcChannel.setReplyMessageOptions`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("reply-message-options", NULL, NULL, 0, G_MAXINT32, 0, TRIBES_FIELD_FLAGS),
      G_STRUCT_OFFSET (TribesRpcChannel, reply_message_options) },
    /**
     * TribesRpcChannel:refused:
     *
     * Number of messages that were refused: replies of members that were not asked, second replies,
     * what could not be read, and questions beyond those that may wait for an answer at a time.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("refused", NULL, NULL, 0, G_MAXUINT64, 0,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS),
      G_STRUCT_OFFSET (TribesRpcChannel, refused) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
install_answering_signals (void)
{
  const GType request = TRIBES_TYPE_RPC_REQUEST | G_SIGNAL_TYPE_STATIC_SCOPE;

  /**
   * TribesRpcChannel::request-received:
   * @self: the RPC channel
   * @request: a question
   *
   * Somebody asks. Whoever takes the question answers it with [method@RpcRequest.reply], now or
   * later, for which he keeps a reference. Where nobody takes it who asked is told so.
   *
   * Tomcat counterpart: `RpcCallback.replyRequest`.
   *
   * Returns: %TRUE if it is taken
   *
   * Since: 0.1
   */
  signals[REQUEST_RECEIVED]
      = g_signal_new ("request-received", TRIBES_TYPE_RPC_CHANNEL, G_SIGNAL_RUN_LAST, 0,
                      g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 1, request);
  /**
   * TribesRpcChannel::reply-succeeded:
   * @self: the RPC channel
   * @request: the question
   *
   * A reply was sent. Tomcat counterpart: `ExtendedRpcCallback.replySucceeded`.
   *
   * Since: 0.1
   */
  signals[REPLY_SUCCEEDED]
      = g_signal_new ("reply-succeeded", TRIBES_TYPE_RPC_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, request);
  /**
   * TribesRpcChannel::reply-failed:
   * @self: the RPC channel
   * @request: the question
   * @error: why
   *
   * A reply could not be sent. Tomcat counterpart: `ExtendedRpcCallback.replyFailed`.
   *
   * Since: 0.1
   */
  signals[REPLY_FAILED]
      = g_signal_new ("reply-failed", TRIBES_TYPE_RPC_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 2, request, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
tribes_rpc_channel_class_init (TribesRpcChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tribes_rpc_channel_dispose;
  object_class->finalize = tribes_rpc_channel_finalize;
  install_properties (object_class);
  install_answering_signals ();
  /**
   * TribesRpcChannel::left-over:
   * @self: the RPC channel
   * @message: a reply
   * @source: who sent it
   *
   * A reply that nobody waits for any more, or never did: its question has ended, or it is forged.
   *
   * Tomcat counterpart: `RpcCallback.leftOver`.
   *
   * Since: 0.1
   */
  signals[LEFT_OVER]
      = g_signal_new ("left-over", TRIBES_TYPE_RPC_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, TRIBES_TYPE_JAVA_VALUE | G_SIGNAL_TYPE_STATIC_SCOPE,
                      TRIBES_TYPE_MEMBER | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
tribes_rpc_channel_init (TribesRpcChannel *self)
{
  tribes_rpc_core_init (&self->core);
  self->timer = tribes_source_attach (g_source_new (&timer_funcs, sizeof (GSource)),
                                      "[tribes] RPC timer", on_timer, self);
}
