/* SPDX-License-Identifier: Apache-2.0
 *
 * An answer with who gave it.
 */
#include "tribes/channel/tribes-rpc-response.h"

struct _TribesRpcResponse
{
  TribesMember *source;
  TribesJavaValue *message;
};

G_DEFINE_BOXED_TYPE (TribesRpcResponse,
                     tribes_rpc_response,
                     tribes_rpc_response_ref,
                     tribes_rpc_response_unref)

/**
 * tribes_rpc_response_new:
 * @source: who answered
 * @message: the answer
 *
 * Returns: (transfer full): an answer
 *
 * Since: 0.1
 */
TribesRpcResponse *
tribes_rpc_response_new (TribesMember *source, TribesJavaValue *message)
{
  TribesRpcResponse *response = g_atomic_rc_box_new (TribesRpcResponse);

  response->source = tribes_member_ref (source);
  response->message = tribes_java_value_ref (message);
  return response;
}

/**
 * tribes_rpc_response_ref:
 * @response: an answer
 *
 * Returns: (transfer full): @response
 *
 * Since: 0.1
 */
TribesRpcResponse *
tribes_rpc_response_ref (TribesRpcResponse *response)
{
  return g_atomic_rc_box_acquire (response);
}

static void
response_clear (gpointer data)
{
  TribesRpcResponse *response = data;

  tribes_member_unref (response->source);
  tribes_java_value_unref (response->message);
}

/**
 * tribes_rpc_response_unref:
 * @response: (transfer full): an answer
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
tribes_rpc_response_unref (TribesRpcResponse *response)
{
  g_atomic_rc_box_release_full (response, response_clear);
}

/**
 * tribes_rpc_response_get_source:
 * @response: an answer
 *
 * Tomcat counterpart: `Response.getSource`.
 *
 * Returns: (transfer none): who answered
 *
 * Since: 0.1
 */
TribesMember *
tribes_rpc_response_get_source (TribesRpcResponse *response)
{
  return response->source;
}

/**
 * tribes_rpc_response_get_message:
 * @response: an answer
 *
 * Tomcat counterpart: `Response.getMessage`.
 *
 * Returns: (transfer none): what he answered; a value that is null where the reply is Java's null
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_rpc_response_get_message (TribesRpcResponse *response)
{
  return response->message;
}
