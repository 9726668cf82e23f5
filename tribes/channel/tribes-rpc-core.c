/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/channel/tribes-rpc-core-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"
#include "tribes/wire/tribes-member-private.h"

typedef struct
{
  guint8 uuid[TRIBES_RPC_UUID_SIZE];
  TribesRpcOptions options;
  GPtrArray *destinations;
  guint8 *settled;  /* of each destination: whether nobody waits for it */
  guint n_expected; /* of those who were asked */
  GPtrArray *responses;
  gint64 deadline_us;
  GSequenceIter *due;
  gpointer data;
} Call;

static guint
hash_uuid (gconstpointer uuid)
{
  return tribes_hash_bytes (uuid, TRIBES_RPC_UUID_SIZE);
}

static gboolean
equal_uuids (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, TRIBES_RPC_UUID_SIZE) == 0;
}

static void
call_free (gpointer data)
{
  Call *call = data;

  g_ptr_array_unref (call->destinations);
  g_ptr_array_unref (call->responses);
  g_free (call->settled);
  g_free (call);
}

void
tribes_rpc_core_init (TribesRpcCore *core)
{
  core->calls = g_hash_table_new (hash_uuid, equal_uuids);
  core->deadlines = g_sequence_new (NULL);
  g_queue_init (&core->ended);
}

void
tribes_rpc_core_clear (TribesRpcCore *core)
{
  tribes_rpc_core_end_all (core);
  g_clear_pointer (&core->calls, g_hash_table_unref);
  g_clear_pointer (&core->deadlines, g_sequence_free);
  g_queue_clear_full (&core->ended, call_free);
}

static int
compare_deadlines (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Call *one = a;
  const Call *other = b;

  return (one->deadline_us > other->deadline_us) - (one->deadline_us < other->deadline_us);
}

static void
end (TribesRpcCore *core, Call *call)
{
  g_hash_table_remove (core->calls, call->uuid);
  g_sequence_remove (call->due);
  g_queue_push_tail (&core->ended, call);
}

static gboolean
is_enough (const Call *call)
{
  if (call->n_expected == 0)
    return TRUE;
  switch (call->options)
    {
    case TRIBES_RPC_OPTIONS_FIRST_REPLY:
      return call->responses->len > 0;
    case TRIBES_RPC_OPTIONS_MAJORITY_REPLY:
      return 2 * call->responses->len >= call->n_expected;
    case TRIBES_RPC_OPTIONS_ALL_REPLY:
      return call->responses->len >= call->n_expected;
    case TRIBES_RPC_OPTIONS_NO_REPLY:
    default:
      return TRUE;
    }
}

void
tribes_rpc_core_ask (TribesRpcCore *core,
                     const guint8 *uuid,
                     GPtrArray *destinations,
                     TribesRpcOptions options,
                     gint64 deadline_us,
                     gpointer data)
{
  Call *call = g_new0 (Call, 1);

  memcpy (call->uuid, uuid, sizeof call->uuid);
  call->options = options;
  call->destinations = g_ptr_array_ref (destinations);
  call->settled = g_new0 (guint8, destinations->len);
  call->n_expected = destinations->len;
  call->responses = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_rpc_response_unref);
  call->deadline_us = deadline_us;
  call->data = data;
  call->due = g_sequence_insert_sorted (core->deadlines, call, compare_deadlines, NULL);
  g_hash_table_insert (core->calls, call->uuid, call);
  if (is_enough (call))
    end (core, call);
}

/* Who answers does so from where he was asked; the id that he has may be another one than he was
 * asked by, as that of static members need not be known. */
static gboolean
find_at (const Call *call, TribesMember *source, guint *index)
{
  for (guint i = 0; i < call->destinations->len; i++)
    {
      *index = i;
      if (!call->settled[i] && tribes_member_is_at (call->destinations->pdata[i], source))
        return TRUE;
    }
  return FALSE;
}

/* Where only one was asked, who knows the id is that one, whatever address he goes by himself. */
static gboolean
find_unsettled (const Call *call, TribesMember *source, guint *index)
{
  *index = 0;
  return call->destinations->len == 1 ? !call->settled[0] : find_at (call, source, index);
}

TribesRpcVerdict
tribes_rpc_core_expects (const TribesRpcCore *core,
                         const guint8 *uuid,
                         gsize uuid_size,
                         TribesMember *source)
{
  const Call *call
      = uuid_size == TRIBES_RPC_UUID_SIZE ? g_hash_table_lookup (core->calls, uuid) : NULL;
  guint index;

  if (!call)
    return TRIBES_RPC_LEFT_OVER;
  return find_unsettled (call, source, &index) ? TRIBES_RPC_EXPECTED : TRIBES_RPC_REFUSED;
}

static void
settle (TribesRpcCore *core, Call *call, guint index)
{
  call->settled[index] = TRUE;
  call->n_expected--;
  if (is_enough (call))
    end (core, call);
}

void
tribes_rpc_core_answer (TribesRpcCore *core,
                        const guint8 *uuid,
                        TribesMember *source,
                        TribesJavaValue *message)
{
  Call *call = g_hash_table_lookup (core->calls, uuid);
  guint index;

  if (!call || !find_unsettled (call, source, &index))
    return;
  if (!message)
    {
      settle (core, call, index);
      return;
    }
  call->settled[index] = TRUE;
  g_ptr_array_add (call->responses, tribes_rpc_response_new (source, message));
  if (is_enough (call))
    end (core, call);
}

/* A new process where the old one was is another one. */
static gboolean
is_same (TribesMember *asked, TribesMember *gone)
{
  return tribes_member_equal (asked, gone)
         || (tribes_member_is_at (asked, gone)
             && (!tribes_member_has_id (asked) || !tribes_member_has_id (gone)));
}

void
tribes_rpc_core_member_gone (TribesRpcCore *core, TribesMember *member)
{
  GSequenceIter *next;

  for (GSequenceIter *at = g_sequence_get_begin_iter (core->deadlines);
       !g_sequence_iter_is_end (at); at = next)
    {
      Call *call = g_sequence_get (at);
      guint index;

      next = g_sequence_iter_next (at);
      if (find_at (call, member, &index) && is_same (call->destinations->pdata[index], member))
        settle (core, call, index);
    }
}

void
tribes_rpc_core_end (TribesRpcCore *core, const guint8 *uuid)
{
  Call *call = g_hash_table_lookup (core->calls, uuid);

  if (call)
    end (core, call);
}

static void
end_until (TribesRpcCore *core, gint64 us)
{
  while (!g_sequence_is_empty (core->deadlines))
    {
      Call *first = g_sequence_get (g_sequence_get_begin_iter (core->deadlines));

      if (first->deadline_us > us)
        return;
      end (core, first);
    }
}

void
tribes_rpc_core_end_all (TribesRpcCore *core)
{
  end_until (core, G_MAXINT64);
}

void
tribes_rpc_core_tick (TribesRpcCore *core, gint64 now_us)
{
  end_until (core, now_us);
}

gint64
tribes_rpc_core_next_deadline (const TribesRpcCore *core)
{
  const Call *first;

  if (g_sequence_is_empty (core->deadlines))
    return G_MAXINT64;
  first = g_sequence_get (g_sequence_get_begin_iter (core->deadlines));
  return first->deadline_us;
}

guint
tribes_rpc_core_get_n_waiting (const TribesRpcCore *core)
{
  return g_hash_table_size (core->calls);
}

gboolean
tribes_rpc_core_pop_ended (TribesRpcCore *core, gpointer *data, GPtrArray **responses)
{
  Call *call = g_queue_pop_head (&core->ended);

  if (!call)
    return FALSE;
  *data = call->data;
  *responses = g_ptr_array_ref (call->responses);
  call_free (call);
  return TRUE;
}
