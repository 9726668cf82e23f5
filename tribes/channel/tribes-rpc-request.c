/* SPDX-License-Identifier: Apache-2.0
 *
 * A question, answered exactly once.
 */
#include "tribes/channel/tribes-rpc-request-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

struct _TribesRpcRequest
{
  GObject *owner;
  TribesRpcAnswer answer;
  TribesRpcForget forget;
  TribesMember *source;
  TribesJavaValue *message;
  gsize size;
  gboolean is_answered;
  gsize uuid_size;
  gsize id_size;
  guint8 ids[]; /* both */
};

G_DEFINE_BOXED_TYPE (TribesRpcRequest,
                     tribes_rpc_request,
                     tribes_rpc_request_ref,
                     tribes_rpc_request_unref)

TribesRpcRequest *
tribes_rpc_request_new (GObject *owner,
                        TribesRpcAnswer answer,
                        TribesRpcForget forget,
                        const TribesRpcIds *ids,
                        TribesMember *source,
                        TribesJavaValue *message,
                        gsize size)
{
  TribesRpcRequest *request
      = g_atomic_rc_box_alloc0 (sizeof (TribesRpcRequest) + ids->uuid_size + ids->id_size);

  request->owner = g_object_ref (owner);
  request->answer = answer;
  request->forget = forget;
  request->source = tribes_member_ref (source);
  request->message = tribes_java_value_ref (message);
  request->size = size;
  request->uuid_size = ids->uuid_size;
  request->id_size = ids->id_size;
  memcpy (request->ids, ids->uuid, ids->uuid_size);
  memcpy (request->ids + ids->uuid_size, ids->id, ids->id_size);
  return request;
}

/**
 * tribes_rpc_request_ref:
 * @request: a question
 *
 * Returns: (transfer full): @request
 *
 * Since: 0.1
 */
TribesRpcRequest *
tribes_rpc_request_ref (TribesRpcRequest *request)
{
  return g_atomic_rc_box_acquire (request);
}

static gboolean
answer (TribesRpcRequest *request, gboolean alive, TribesJavaValue *message, GError **error)
{
  g_autofree TribesRpcIds *ids = g_new (TribesRpcIds, 1);
  g_autoptr (GBytes) reply = NULL;

  ids->uuid_size = (guint) request->uuid_size;
  ids->id_size = (guint) request->id_size;
  memcpy (ids->uuid, request->ids, request->uuid_size);
  memcpy (ids->id, request->ids + request->uuid_size, request->id_size);
  reply = tribes_rpc_write (ids, TRIBES_RPC_REPLY, message, error);
  if (!reply)
    return FALSE;
  request->is_answered = TRUE;
  return request->answer (request->owner, alive ? request : NULL, request->source, reply, error);
}

static void
request_clear (gpointer data)
{
  TribesRpcRequest *request = data;
  g_autoptr (GError) error = NULL;

  if (!request->is_answered && !answer (request, FALSE, NULL, &error))
    g_debug ("question without an answer: %s", error->message);
  request->forget (request->owner, request->size);
  g_object_unref (request->owner);
  tribes_member_unref (request->source);
  tribes_java_value_unref (request->message);
}

/**
 * tribes_rpc_request_unref:
 * @request: (transfer full): a question
 *
 * Drops a reference. With the last one a question that was not answered is answered with null.
 *
 * Since: 0.1
 */
void
tribes_rpc_request_unref (TribesRpcRequest *request)
{
  g_atomic_rc_box_release_full (request, request_clear);
}

/**
 * tribes_rpc_request_get_source:
 * @request: a question
 *
 * Returns: (transfer none): who asks
 *
 * Since: 0.1
 */
TribesMember *
tribes_rpc_request_get_source (TribesRpcRequest *request)
{
  return request->source;
}

/**
 * tribes_rpc_request_get_message:
 * @request: a question
 *
 * Returns: (transfer none): what is asked; a value that is null where it is Java's null
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_rpc_request_get_message (TribesRpcRequest *request)
{
  return request->message;
}

/**
 * tribes_rpc_request_reply:
 * @request: a question that was not answered
 * @message: (nullable): the answer; %NULL is Java's null
 * @error: return location
 *
 * Answers. How the reply fares is told by [signal@RpcChannel::reply-succeeded] and
 * [signal@RpcChannel::reply-failed].
 *
 * Errors: %TRIBES_ERROR_CLOSED where the channel is stopped or the question was answered before;
 * those of [method@JavaWriter.object].
 *
 * Returns: %TRUE if the reply is under way, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_rpc_request_reply (TribesRpcRequest *request, TribesJavaValue *message, GError **error)
{
  if (!request->is_answered)
    return answer (request, TRUE, message, error);
  g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED, "the question is answered");
  return FALSE;
}

void
tribes_rpc_request_decline (TribesRpcRequest *request)
{
  request->is_answered = TRUE;
}
