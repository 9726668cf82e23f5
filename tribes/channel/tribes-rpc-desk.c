/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/channel/tribes-rpc-desk-private.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"

/* Answers a second that go to members, and to others: whoever asks says himself who he is, and is
 * not to make us call on whomever he likes. A member of a large cluster asks a few times a second.
 */
#define ANSWERS_TO_MEMBERS   1000
#define ANSWERS_TO_STRANGERS 16

typedef struct
{
  TribesRpcTaker func;
  gpointer data;
} Taker;

static guint
hash_id (gconstpointer id)
{
  gsize size;
  const guint8 *data = g_bytes_get_data ((GBytes *) id, &size);

  return tribes_hash_bytes (data, size);
}

void
tribes_rpc_desk_init (TribesRpcDesk *desk)
{
  desk->takers
      = g_hash_table_new_full (hash_id, g_bytes_equal, (GDestroyNotify) g_bytes_unref, g_free);
}

void
tribes_rpc_desk_clear (TribesRpcDesk *desk)
{
  g_clear_pointer (&desk->takers, g_hash_table_unref);
}

gboolean
tribes_rpc_desk_add (
    TribesRpcDesk *desk, GBytes *id, TribesRpcTaker func, gpointer data, GError **error)
{
  const Taker taker = { func, data };

  if (g_bytes_get_size (id) > TRIBES_RPC_MAX_ID)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "RPC id: expected at most %d bytes, found %" G_GSIZE_FORMAT, TRIBES_RPC_MAX_ID,
                   g_bytes_get_size (id));
      return FALSE;
    }
  if (g_hash_table_contains (desk->takers, id))
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                           "the channel has an RPC channel of this id");
      return FALSE;
    }
  g_hash_table_insert (desk->takers, g_bytes_ref (id), g_memdup2 (&taker, sizeof taker));
  return TRUE;
}

void
tribes_rpc_desk_remove (TribesRpcDesk *desk, GBytes *id)
{
  g_hash_table_remove (desk->takers, id);
}

TribesRpcKind
tribes_rpc_desk_read (TribesMessage *message, TribesRpcIds *ids)
{
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  if (tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_BYTE_MESSAGE)
    return TRIBES_RPC_NONE;
  return tribes_rpc_parse (data, size, ids);
}

gboolean
tribes_rpc_desk_hand_over (TribesRpcDesk *desk,
                           TribesMessage *message,
                           TribesRpcKind kind,
                           const TribesRpcIds *ids)
{
  g_autoptr (GBytes) id = g_bytes_new_static (ids->id, ids->id_size);
  const Taker *found = g_hash_table_lookup (desk->takers, id);

  return found && found->func (message, kind, ids, found->data);
}

static gboolean
is_member (TribesInterceptor *top, TribesMember *sender)
{
  g_autoptr (GPtrArray) members = tribes_interceptor_list_members (top);

  for (guint i = 0; i < members->len; i++)
    if (tribes_member_equal (members->pdata[i], sender))
      return TRUE;
  return FALSE;
}

static gboolean
may_answer (TribesRpcDesk *desk, TribesInterceptor *top, TribesMember *sender)
{
  gboolean known = is_member (top, sender);
  TribesRpcAnswers *answers = known ? &desk->to_members : &desk->to_strangers;
  gint64 second = tribes_clock_get_us () / G_USEC_PER_SEC;

  if (answers->second != second)
    *answers = (TribesRpcAnswers){ second, 0 };
  return answers->n++ < (known ? ANSWERS_TO_MEMBERS : ANSWERS_TO_STRANGERS);
}

/* Who asks waits, up to 15 s, until he hears that nobody here will ever answer. */
void
tribes_rpc_desk_answer_in_absence (TribesRpcDesk *desk,
                                   TribesInterceptor *top,
                                   TribesMessage *message,
                                   const TribesRpcIds *ids)
{
  g_autoptr (TribesMember) local = tribes_interceptor_dup_local_member (top);
  g_autoptr (TribesMember) sender = tribes_message_dup_address (message);
  g_autoptr (GPtrArray) destinations = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (TribesMessage) answer = NULL;
  g_autoptr (TribesDelivery) delivery = NULL;

  if (!local || tribes_member_equal (local, sender) || !may_answer (desk, top, sender))
    return;
  destinations = g_ptr_array_new ();
  g_ptr_array_add (destinations, sender);
  payload = tribes_rpc_no_channel_reply (ids);
  answer = tribes_message_new (local, payload, TRIBES_SEND_OPTIONS_ASYNCHRONOUS,
                               tribes_clock_get_wall_ms ());
  delivery = tribes_delivery_new (answer, destinations);
  tribes_interceptor_send_message (top, delivery);
}
