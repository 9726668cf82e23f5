/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes that list each other and ask: they find each other, leave, are killed, and nobody is ever
 * kept waiting.
 */
#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-channel-private.h"
#include "tribes/channel/tribes-memberships.h"
#include "tribes/channel/tribes-member-message-private.h"
#include "tribes/channel/tribes-rpc-channel.h"
#include "tribes/java/write/tribes-java-writer.h"

#define SERVICE "org.apache.catalina.tribes.membership.StaticMembershipService"
#define ID_A    "{1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}"
#define ID_B    "{2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2}"

typedef struct
{
  TribesChannel *channel;
  TribesMembership *membership;
  int port;
  guint n_added;
  guint n_disappeared;
} Node;

static void
on_added (TribesChannel *channel, TribesMember *member, gpointer data)
{
  ((Node *) data)->n_added++;
}

static void
on_disappeared (TribesChannel *channel, TribesMember *member, gpointer data)
{
  ((Node *) data)->n_disappeared++;
}

static void
wait_for (const guint *count, guint n)
{
  while (*count < n)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (*count, ==, n);
}

/* Listens, and is no member yet. */
static Node *
node_new (const char *name)
{
  Node *node = g_new0 (Node, 1);
  g_autoptr (GError) error = NULL;

  node->channel = tribes_channel_new ();
  node->membership = tribes_membership_new_for_class (SERVICE, &error);
  g_assert_no_error (error);
  g_object_set (node->membership, "use-thread", TRUE, "ping-interval", (gint64) 20, NULL);
  g_object_set (tribes_channel_get_receiver (node->channel), "address", "127.0.0.1", "port", 0,
                NULL);
  tribes_channel_set_name (node->channel, name);
  tribes_channel_set_membership (node->channel, node->membership);
  g_signal_connect (node->channel, "member-added", G_CALLBACK (on_added), node);
  g_signal_connect (node->channel, "member-disappeared", G_CALLBACK (on_disappeared), node);
  g_assert_true (tribes_channel_start (node->channel, TRIBES_SERVICES_SND_RX, NULL));
  node->port = tribes_receiver_get_port (tribes_channel_get_receiver (node->channel));
  return node;
}

static void
node_free (Node *node)
{
  tribes_channel_stop (node->channel, TRIBES_SERVICES_DEFAULT);
  g_object_unref (node->channel);
  g_object_unref (node->membership);
  g_free (node);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Node, node_free)

static void
node_lists (Node *node, Node *other, const char *id)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", other->port, id, NULL);

  g_assert_true (tribes_membership_add_static_member (node->membership, member, NULL));
}

static void
node_start (Node *node)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_channel_start (node->channel, TRIBES_SERVICES_DEFAULT, &error));
  g_assert_no_error (error);
}

static void
test_find_and_leave (void)
{
  g_autoptr (Node) a = node_new ("one-Channel");
  g_autoptr (Node) b = node_new ("one-Channel");
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (TribesMember) local = NULL;
  g_autoptr (GBytes) domain = g_bytes_new_static ("east", 4);
  g_autoptr (GBytes) found = NULL;
  guint8 id[TRIBES_MEMBER_ID_SIZE];

  node_lists (a, b, NULL);
  node_lists (b, a, NULL);
  /* One has its id from a LocalMember, the other from its own entry in the list. */
  memset (id, 7, sizeof id);
  {
    g_autoptr (GBytes) own = g_bytes_new (id, sizeof id);

    g_assert_true (tribes_membership_set_local_identity (a->membership, own, domain, NULL));
  }
  node_lists (b, b, ID_B);
  tribes_channel_stop (b->channel, TRIBES_SERVICES_SND_RX);
  g_object_set (tribes_channel_get_receiver (b->channel), "port", b->port, "auto-bind", 1, NULL);
  node_start (a);
  node_start (b);
  wait_for (&a->n_added, 1);
  wait_for (&b->n_added, 1);
  members = tribes_channel_list_members (a->channel);
  local = tribes_channel_dup_local_member (b->channel);
  g_assert_cmpint (tribes_member_get_unique_id (local)[0], ==, 2);
  g_assert_true (tribes_member_equal (members->pdata[0], local));
  g_clear_pointer (&members, g_ptr_array_unref);
  members = tribes_channel_list_members (b->channel);
  found = tribes_member_dup_domain (members->pdata[0]);
  g_assert_true (g_bytes_equal (found, domain) || g_bytes_get_size (found) == 0);
  /* A goodbye, not a failure. */
  tribes_channel_stop (b->channel, TRIBES_SERVICES_DEFAULT);
  wait_for (&a->n_disappeared, 1);
  node_start (b);
  wait_for (&a->n_added, 2);
}

static gboolean
is_listed (GPtrArray *members, Node *other)
{
  for (guint i = 0; i < members->len; i++)
    if (tribes_member_get_port (members->pdata[i]) == other->port)
      return TRUE;
  return FALSE;
}

/* Until exactly these are there, however often they went and came on a slow machine. */
static void
wait_for_list (Node *node, ...)
{
  gboolean is_so = FALSE;

  while (!is_so)
    {
      g_autoptr (GPtrArray) members = tribes_channel_list_members (node->channel);
      guint n = 0;
      va_list others;

      is_so = TRUE;
      va_start (others, node);
      for (Node *other = va_arg (others, Node *); other; other = va_arg (others, Node *), n++)
        is_so = is_so && is_listed (members, other);
      va_end (others);
      is_so = is_so && members->len == n;
      if (!is_so)
        g_main_context_iteration (NULL, TRUE);
    }
}

/* Who takes all and sends nothing stands for a process that is stopped. */
static void
test_silent (void)
{
  g_autoptr (Node) a = node_new ("one-Channel");
  g_autoptr (Node) b = node_new ("one-Channel");
  g_autoptr (Node) c = node_new ("one-Channel");

  g_object_set (a->membership, "expiration-time", (gint64) 50, "rpc-timeout", (gint64) 50, NULL);
  node_lists (a, b, NULL);
  node_lists (a, c, NULL);
  node_start (a);
  node_start (b);
  node_start (c);
  wait_for_list (a, b, c, NULL);
  /* It takes what is asked, and does not answer. */
  tribes_channel_stop (c->channel, TRIBES_SERVICES_SND_TX);
  wait_for_list (a, b, NULL);
  /* Nobody is there. */
  tribes_channel_stop (b->channel, TRIBES_SERVICES_SND_TX);
  tribes_channel_stop (b->channel, TRIBES_SERVICES_SND_RX);
  wait_for_list (a, NULL);
}

/* Those of another cluster do not meet. */
static void
test_names (void)
{
  g_autoptr (Node) a = node_new ("one-Channel");
  g_autoptr (Node) b = node_new ("other-Channel");
  g_autoptr (Node) c = node_new ("one-Channel");

  node_lists (a, b, ID_B);
  node_lists (a, c, ID_A);
  node_lists (b, a, NULL);
  node_start (b);
  node_start (a);
  node_start (c);
  wait_for (&a->n_added, 1);
  wait_for (&c->n_added, 1);
  g_assert_cmpuint (b->n_added, ==, 0);
}

/* Somebody who asks for others, and somebody who asks nonsense: both are answered, and believed
 * nothing. */
typedef struct
{
  GPtrArray *responses;
  gboolean has_ended;
} Answer;

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;
  g_autoptr (GError) error = NULL;

  answer->responses = tribes_rpc_channel_send_finish (TRIBES_RPC_CHANNEL (source), result, &error);
  g_assert_no_error (error);
  answer->has_ended = TRUE;
}

static GPtrArray *
ask (Node *from, Node *to, TribesJavaValue *message)
{
  g_autoptr (GBytes) id = g_bytes_new ("one-Channel-StaticMembership", 28);
  g_autoptr (TribesRpcChannel) rpc = tribes_rpc_channel_new (from->channel, id, NULL);
  g_autoptr (GPtrArray) whom
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  Answer answer = { NULL, FALSE };

  g_ptr_array_add (whom, tribes_channel_dup_local_member (to->channel));
  tribes_rpc_channel_send_async (rpc, whom, message, TRIBES_RPC_OPTIONS_ALL_REPLY,
                                 TRIBES_SEND_OPTIONS_NONE, 60000, NULL, on_answered, &answer);
  while (!answer.has_ended)
    g_main_context_iteration (NULL, TRUE);
  return answer.responses;
}

static void
test_forged (void)
{
  g_autoptr (Node) a = node_new ("one-Channel");
  g_autoptr (Node) b = node_new ("other-Channel");
  g_autoptr (GBytes) id = g_bytes_new ("anything", 8);
  g_autoptr (TribesMember) other = tribes_member_new ("10.9.9.9", 4000, ID_B, NULL);
  g_autoptr (TribesJavaValue) forged = tribes_member_message_write (TRIBES_STATIC_START, id, other);
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) second = NULL;
  g_auto (TribesMemberMessage) said = TRIBES_MEMBER_MESSAGE_INIT;
  guint64 refused;

  node_start (a);
  node_start (b);
  first = ask (b, a, forged);
  g_assert_cmpuint (first->len, ==, 1);
  g_assert_true (
      tribes_member_message_read (tribes_rpc_response_get_message (first->pdata[0]), &said, NULL));
  g_assert_cmpint (said.kind, ==, TRIBES_STATIC_START);
  g_assert_cmpint (tribes_member_get_port (said.member), ==, a->port);
  second = ask (b, a, NULL);
  g_assert_cmpuint (second->len, ==, 1);
  g_assert_true (tribes_java_value_is_null (tribes_rpc_response_get_message (second->pdata[0])));
  g_assert_cmpuint (a->n_added, ==, 0);
  g_object_get (a->membership, "refused", &refused, NULL);
  g_assert_cmpuint (refused, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel/static-membership/find-and-leave", test_find_and_leave);
  g_test_add_func ("/channel/static-membership/silent", test_silent);
  g_test_add_func ("/channel/static-membership/names", test_names);
  g_test_add_func ("/channel/static-membership/forged", test_forged);
  return g_test_run ();
}
