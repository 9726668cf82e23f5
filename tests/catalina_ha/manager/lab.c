/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/manager/lab.h"

#include "tribes/java/build/tribes-java-build.h"

#define CONTEXT "localhost#/shop"

static void
post_free (gpointer data)
{
  Post *post = data;

  catalina_session_message_unref (post->message);
  g_free (post);
}

typedef struct
{
  Node *node;
  guint64 token;
  gint64 noticed_ms;
} Missing;

static void
node_free (gpointer data)
{
  Node *node = data;

  catalina_delta_core_free (node->core);
  catalina_manager_settings_free (node->settings);
  tribes_member_unref (node->member);
  g_free (node->last_names);
  g_string_free (node->done, TRUE);
  g_free (node);
}

static CatalinaNow
node_now (Node *node)
{
  CatalinaNow now = node->lab->now;

  now.wall_ms += node->skew_ms;
  return now;
}

Lab *
lab_new (void)
{
  Lab *lab = g_new0 (Lab, 1);

  lab->now = (CatalinaNow){ 1700000000000, 1000 };
  lab->nodes = g_ptr_array_new_with_free_func (node_free);
  return lab;
}

void
lab_free (Lab *lab)
{
  g_queue_clear_full (&lab->posts, post_free);
  g_queue_clear_full (&lab->missing, g_free);
  g_ptr_array_unref (lab->nodes);
  g_free (lab);
}

Node *
lab_add (Lab *lab, const CatalinaManagerSettings *settings, const CatalinaLimits *limits)
{
  Node *node = g_new0 (Node, 1);
  CatalinaManagerSettings defaults;
  g_autoptr (CatalinaEnded) ended
      = catalina_ended_new (limits ? limits : catalina_limits_get_default ());
  g_autoptr (CatalinaBudget) budget
      = catalina_budget_new (limits ? limits : catalina_limits_get_default ());

  catalina_manager_settings_init (&defaults);
  node->lab = lab;
  node->done = g_string_new (NULL);
  node->member = tribes_member_new ("127.0.0.1", 4000 + (int) lab->nodes->len, NULL, NULL);
  node->settings = catalina_manager_settings_copy (settings ? settings : &defaults);
  node->core
      = catalina_delta_core_new (CONTEXT, node->settings,
                                 limits ? limits : catalina_limits_get_default (), ended, budget);
  g_ptr_array_add (lab->nodes, node);
  return node;
}

static void
set_members (Lab *lab, Node *removed)
{
  for (guint i = 0; i < lab->nodes->len; i++)
    {
      Node *node = lab->nodes->pdata[i];
      g_autoptr (GPtrArray) others = g_ptr_array_new ();

      for (guint j = 0; j < lab->nodes->len; j++)
        if (j != i && lab->nodes->pdata[j] != removed)
          g_ptr_array_add (others, ((Node *) lab->nodes->pdata[j])->member);
      if (node == removed)
        g_ptr_array_set_size (others, 0);
      catalina_delta_core_set_members (node->core, others, node_now (node));
    }
}

void
lab_introduce (Lab *lab)
{
  set_members (lab, NULL);
}

void
lab_remove (Lab *lab, Node *node)
{
  set_members (lab, node);
}

/* Over the wire and back. */
static CatalinaSessionMessage *
travel (CatalinaSessionMessage *message)
{
  g_autoptr (GBytes) bytes = catalina_session_message_encode (message, 2);
  g_autoptr (GError) error = NULL;
  CatalinaSessionMessage *arrived = catalina_session_message_decode (bytes, &error);

  g_assert_no_error (error);
  return arrived;
}

static void
send_to (Lab *lab, Node *from, Node *to, CatalinaSessionMessage *message)
{
  Post *post = g_new0 (Post, 1);

  post->from = from;
  post->to = to;
  post->message = travel (message);
  g_queue_push_tail (&lab->posts, post);
}

static gboolean
is_mute (Lab *lab, TribesMember *destination)
{
  for (guint i = 0; i < lab->nodes->len; i++)
    {
      Node *node = lab->nodes->pdata[i];

      if (node->mute && tribes_member_equal (node->member, destination))
        return TRUE;
    }
  return FALSE;
}

static void
report_sent (Lab *lab, Node *node, CatalinaOutgoing *outgoing)
{
  Missing *missing;

  if (!outgoing->destination || outgoing->options == CATALINA_OPTIONS_DEFAULT
      || !(outgoing->options & TRIBES_SEND_OPTIONS_USE_ACK)
      || !is_mute (lab, outgoing->destination))
    {
      catalina_delta_core_sent (node->core, outgoing->token, TRUE, node_now (node));
      return;
    }
  missing = g_new0 (Missing, 1);
  missing->node = node;
  missing->token = outgoing->token;
  missing->noticed_ms = lab->now.mono_ms + 3000;
  g_queue_push_tail (&lab->missing, missing);
}

static void
notice_missing (Lab *lab)
{
  Missing *missing;

  while ((missing = g_queue_peek_head (&lab->missing)) && missing->noticed_ms <= lab->now.mono_ms)
    {
      g_queue_pop_head (&lab->missing);
      catalina_delta_core_sent (missing->node->core, missing->token, FALSE,
                                node_now (missing->node));
      g_free (missing);
    }
}

static gboolean
collect_messages (Lab *lab, Node *node)
{
  gboolean any = FALSE;
  CatalinaOutgoing *outgoing;

  while ((outgoing = catalina_outbox_pop_message (catalina_delta_core_get_outbox (node->core))))
    {
      any = TRUE;
      if (!outgoing->message)
        {
          g_string_append_printf (node->done, "%" G_GUINT64_FORMAT "%s ", outgoing->token,
                                  outgoing->error ? "!" : "");
          catalina_outgoing_free (outgoing);
          continue;
        }
      for (guint i = 0; i < lab->nodes->len; i++)
        {
          Node *to = lab->nodes->pdata[i];

          if (to != node
              && (!outgoing->destination
                  || tribes_member_equal (outgoing->destination, to->member)))
            send_to (lab, node, to, outgoing->message);
        }
      if (outgoing->token)
        report_sent (lab, node, outgoing);
      catalina_outgoing_free (outgoing);
    }
  return any;
}

static gboolean
collect_events (Node *node)
{
  gboolean any = FALSE;
  CatalinaCoreEvent *event;

  while ((event = catalina_outbox_pop_event (catalina_delta_core_get_outbox (node->core))))
    {
      any = TRUE;
      if (event->session && event->from)
        {
          node->told++;
          node->brought += event->transferred ? 1 : 0;
          node->last_bytes = event->bytes;
        }
      switch (event->kind)
        {
        case CATALINA_CORE_SESSION_CREATED:
          node->created++;
          break;
        case CATALINA_CORE_SESSION_CHANGED:
          node->changed++;
          g_free (node->last_names);
          node->last_names = event->names ? g_strjoinv (",", event->names) : NULL;
          break;
        case CATALINA_CORE_SESSION_EXPIRED:
          g_assert_false (catalina_session_is_valid (event->session));
          node->expired++;
          break;
        case CATALINA_CORE_SESSION_ID_CHANGED:
          node->id_changed++;
          break;
        case CATALINA_CORE_TRANSFER_STARTED:
          g_assert_nonnull (event->from);
          break;
        case CATALINA_CORE_TRANSFER_SERVED:
          g_assert_nonnull (event->from);
          node->served += event->n_sessions;
          break;
        case CATALINA_CORE_SESSIONS_MISSING:
          g_assert_nonnull (event->from);
          node->lacking += event->n_sessions;
          break;
        case CATALINA_CORE_TRANSFER_ENDED:
          node->transfers++;
          node->found = event->found;
          break;
        case CATALINA_CORE_CHANGES_MISSED:
          g_assert_nonnull (event->from);
          node->missed += event->n_sessions;
          break;
        case CATALINA_CORE_CONTEXT_MISSING:
          node->missing++;
          break;
        case CATALINA_CORE_PROBLEM:
        default:
          g_test_message ("problem: %s", event->problem);
          /* It goes to a log, where no id belongs; those of the tests are S1, S2... */
          g_assert_false (g_regex_match_simple ("\\bS[0-9]+\\b", event->problem, 0, 0));
          node->problems++;
          break;
        }
      catalina_core_event_free (event);
    }
  return any;
}

static gboolean
collect (Lab *lab)
{
  gboolean any = FALSE;

  for (guint i = 0; i < lab->nodes->len; i++)
    {
      any |= collect_messages (lab, lab->nodes->pdata[i]);
      any |= collect_events (lab->nodes->pdata[i]);
    }
  return any;
}

static void
arrive (Lab *lab, Post *post)
{
  if (!post->to->deaf)
    catalina_delta_core_receive (post->to->core, post->message, post->from->member,
                                 node_now (post->to));
  post_free (post);
}

void
lab_deliver (Lab *lab)
{
  Post *post;

  collect (lab);
  while (!lab->hold && (post = g_queue_pop_head (&lab->posts)))
    {
      arrive (lab, post);
      collect (lab);
    }
}

void
lab_deliver_one (Lab *lab, CatalinaSessionEvent event, Node *to)
{
  collect (lab);
  for (GList *l = lab->posts.head; l; l = l->next)
    {
      Post *post = l->data;

      if (post->to != to || catalina_session_message_get_event (post->message) != event)
        continue;
      g_queue_delete_link (&lab->posts, l);
      arrive (lab, post);
      collect (lab);
      return;
    }
  g_error ("no message of type %s is under way", catalina_session_event_to_string (event));
}

void
lab_forget (Lab *lab)
{
  g_queue_clear_full (&lab->posts, post_free);
}

void
lab_run (Lab *lab)
{
  gboolean more = TRUE;

  for (guint turns = 0; more; turns++)
    {
      g_assert_cmpuint (turns, <, 100000);
      more = FALSE;
      for (guint i = 0; i < lab->nodes->len; i++)
        {
          Node *node = lab->nodes->pdata[i];

          while (catalina_delta_core_get_deadline (node->core) <= lab->now.mono_ms)
            catalina_delta_core_step (node->core, node_now (node));
          more |= collect (lab);
        }
      more |= !lab->hold && lab->posts.length > 0;
      lab_deliver (lab);
    }
}

void
lab_pass (Lab *lab, gint64 ms)
{
  while (ms > 0)
    {
      gint64 step = MIN (ms, 100);

      ms -= step;
      lab->now.wall_ms += step;
      lab->now.mono_ms += step;
      notice_missing (lab);
      lab_run (lab);
    }
}

guint64
node_count (Node *node, CatalinaCounter counter)
{
  return catalina_delta_core_get_outbox (node->core)->counters[counter];
}

guint
node_n (Node *node)
{
  return catalina_delta_core_get_n_sessions (node->core);
}

void
node_start (Node *node)
{
  catalina_delta_core_start (node->core, 0, NULL, node_now (node));
}

void
node_create (Node *node, const char *id)
{
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_delta_core_create (node->core, id, NULL, 0, node_now (node), &error));
  g_assert_no_error (error);
  g_assert_true (catalina_delta_core_change (node->core, id, nothing, 0, node_now (node), &error));
  g_assert_no_error (error);
}

void
node_set (Node *node, const char *id, const char *name, int value)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (value);
  g_autoptr (GError) error = NULL;

  catalina_delta_set_attribute (delta, name, value == G_MININT ? NULL : number);
  g_assert_true (catalina_delta_core_change (node->core, id, delta, 0, node_now (node), &error));
  g_assert_no_error (error);
}

int
node_get (Node *node, const char *id, const char *name)
{
  CatalinaSession *session = catalina_delta_core_lookup (node->core, id);
  TribesJavaValue *value = session ? catalina_session_get_attribute (session, name) : NULL;
  gint32 number = G_MININT;

  if (value)
    g_assert_true (tribes_java_value_get_int (value, &number));
  return number;
}

void
node_receive (Node *node,
              Node *from,
              CatalinaSessionEvent event,
              const char *id,
              gint64 timestamp,
              GBytes *data)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, CONTEXT, id, "test", timestamp, data);

  catalina_delta_core_receive (node->core, message, from->member, node_now (node));
  lab_deliver (node->lab);
}

GBytes *
delta_of (const char *id, const char *name, int value)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (value);
  GBytes *bytes;

  catalina_delta_set_attribute (delta, name, number);
  bytes = catalina_delta_encode (delta, id, NULL);
  g_assert_nonnull (bytes);
  return bytes;
}

Node *
lab_node (Lab *lab, guint index)
{
  return lab->nodes->pdata[index];
}

Lab *
lab_new_with_sessions (guint n_nodes, guint n_sessions)
{
  Lab *lab = lab_new ();
  Node *first;

  for (guint i = 0; i < n_nodes; i++)
    lab_add (lab, NULL, NULL);
  first = lab_node (lab, 0);
  node_start (first);
  for (guint i = 0; i < n_sessions; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      node_create (first, id);
      node_set (first, id, "x", (int) i);
    }
  lab_run (lab);
  lab_introduce (lab);
  lab_pass (lab, 1000);
  return lab;
}
