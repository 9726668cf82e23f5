/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/map/lab-net.h"

#include "tests/catalina_ha/map/lab-trace.h"

/* Something that was said, until all have it, or an answer is there. */
typedef struct
{
  guint from;
  guint life;
  TribesMember *source;
  CatalinaMapOutput *output;
  guint left; /* of those it goes to */
  gboolean is_done;
  gboolean *is_heard; /* of each it goes to: it has answered, or acknowledged */
  GPtrArray *failed;  /* of TribesMember */
  GPtrArray *sources; /* of TribesMember: who answered */
  GPtrArray *answers; /* (element-type GBytes) (nullable) */
} Exchange;

typedef struct
{
  guint from;
  guint to;
  guint life; /* of whom it is for */
  guint at;   /* among all it goes to */
  gboolean is_answer;
  gboolean is_ack;
  Exchange *exchange;
  GBytes *bytes; /* (nullable) */
} Letter;

static void
exchange_clear (gpointer data)
{
  Exchange *exchange = data;

  catalina_map_output_free (exchange->output);
  tribes_member_unref (exchange->source);
  g_free (exchange->is_heard);
  g_ptr_array_unref (exchange->failed);
  g_ptr_array_unref (exchange->sources);
  g_ptr_array_unref (exchange->answers);
}

static void
exchange_unref (gpointer exchange)
{
  g_rc_box_release_full (exchange, exchange_clear);
}

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  exchange_unref (letter->exchange);
  g_clear_pointer (&letter->bytes, g_bytes_unref);
  g_free (letter);
}

void
lab_net_init (LabNet *net, guint32 seed)
{
  net->random = g_rand_new_with_seed (seed);
  net->now_us = G_USEC_PER_SEC;
  g_queue_init (&net->letters);
  net->exchanges = g_ptr_array_new_with_free_func (exchange_unref);
  for (guint i = 0; i < LAB_MAX; i++)
    net->nodes[i].asked = g_hash_table_new_full (NULL, NULL, NULL, exchange_unref);
}

void
lab_net_kill (LabNet *net, guint member)
{
  lab_node_kill (&net->nodes[member]);
}

void
lab_net_clear (LabNet *net)
{
  for (guint i = 0; i < LAB_MAX; i++)
    {
      lab_net_kill (net, i);
      g_clear_pointer (&net->nodes[i].member, tribes_member_unref);
      g_clear_pointer (&net->nodes[i].told, tribes_member_unref);
      g_hash_table_unref (net->nodes[i].asked);
    }
  g_queue_clear_full (&net->letters, letter_free);
  g_ptr_array_unref (net->exchanges);
  g_rand_free (net->random);
}

gboolean
lab_net_is_reachable (LabNet *net, guint a, guint b)
{
  return a < LAB_MAX && b < LAB_MAX && lab_node_is_alive (&net->nodes[a])
         && lab_node_is_alive (&net->nodes[b]) && !net->cut[a][b];
}

guint
lab_net_index_of (LabNet *net, TribesMember *member)
{
  for (guint i = 0; i < LAB_MAX; i++)
    if (lab_node_is_alive (&net->nodes[i])
        && (tribes_member_equal (net->nodes[i].member, member)
            || tribes_member_equal (net->nodes[i].told, member)))
      return i;
  return LAB_MAX;
}

static gboolean
decode (GBytes *bytes, CatalinaMapMessage *message)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return catalina_map_message_decode (data, size, message, NULL);
}

/* As the reader tells it of a Tomcat's message. */
static guint64
form_of (LabNet *net, TribesMember *source, const CatalinaMapMessage *message)
{
  guint from = lab_net_index_of (net, source);

  return from < LAB_MAX && message->primary ? net->nodes[from].form : 0;
}

static gboolean
is_tomcat (const LabNode *node)
{
  return node->form != 0 || node->tomcat;
}

/* A Tomcat says nothing of what changed where nothing did. */
static GBytes *
encode (const LabNode *node, const CatalinaMapPacket *packet)
{
  CatalinaMapMessage message = packet->message;
  GBytes *bytes;

  if (is_tomcat (node) && !message.is_diff)
    message.diff = (CatalinaMapBytes){ NULL, 0 };
  bytes = catalina_map_message_encode (&message, NULL, NULL);

  g_assert_nonnull (bytes);
  return bytes;
}

static Letter *
push (LabNet *net, guint from, guint to, Exchange *exchange, GBytes *bytes, gboolean is_answer)
{
  Letter *letter = g_new0 (Letter, 1);

  letter->from = from;
  letter->to = to;
  letter->life = to < LAB_MAX ? net->nodes[to].life : 0;
  letter->is_answer = is_answer;
  letter->exchange = g_rc_box_acquire (exchange);
  letter->bytes = bytes;
  g_queue_push_tail (&net->letters, letter);
  return letter;
}

/* Those who answered, to who asked: all, or the first. */
static void
give_replies (LabNet *net, Exchange *exchange)
{
  g_autofree CatalinaMapReply *replies = g_new0 (CatalinaMapReply, exchange->answers->len + 1);
  g_autofree CatalinaMapMessage *messages = g_new0 (CatalinaMapMessage, exchange->answers->len + 1);

  for (guint i = 0; i < exchange->answers->len; i++)
    {
      replies[i].source = exchange->sources->pdata[i];
      replies[i].owner = exchange->answers->pdata[i];
      if (!replies[i].owner || !decode (replies[i].owner, &messages[i]))
        continue;
      replies[i].message = &messages[i];
      messages[i].form = form_of (net, replies[i].source, &messages[i]);
    }
  lab_node_replied (&net->nodes[exchange->from], exchange->output->id, replies,
                    exchange->answers->len, exchange->failed, net->now_us);
  for (guint i = 0; i < exchange->answers->len; i++)
    catalina_map_message_clear (&messages[i]);
}

/* Who stands still does not even acknowledge a question. */
static void
note_silent (LabNet *net, Exchange *exchange)
{
  for (guint i = 0; exchange->left > 0 && i < exchange->output->to->len; i++)
    {
      guint to = lab_net_index_of (net, exchange->output->to->pdata[i]);

      if (!exchange->is_heard[i]
          && !g_ptr_array_find (exchange->failed, exchange->output->to->pdata[i], NULL)
          && (!exchange->output->is_question || to == LAB_MAX || net->nodes[to].is_paused))
        g_ptr_array_add (exchange->failed, exchange->output->to->pdata[i]);
    }
}

static void
finish (LabNet *net, Exchange *exchange)
{
  LabNode *node = &net->nodes[exchange->from];

  if (exchange->is_done)
    return;
  exchange->is_done = TRUE;
  note_silent (net, exchange);
  if (lab_node_is_alive (node) && node->life == exchange->life)
    {
      if (exchange->output->is_question)
        give_replies (net, exchange);
      else
        lab_node_sent (node, exchange->output->id, exchange->failed);
    }
  g_ptr_array_remove_fast (net->exchanges, exchange);
}

static void
end_one (LabNet *net, Exchange *exchange)
{
  if (--exchange->left == 0)
    finish (net, exchange);
}

static void
start (LabNet *net, guint from, CatalinaMapOutput *output)
{
  Exchange *exchange = g_rc_box_new0 (Exchange);
  g_autoptr (GBytes) bytes = encode (&net->nodes[from], &output->packet);

  exchange->from = from;
  exchange->life = net->nodes[from].life;
  exchange->source = tribes_member_ref (net->nodes[from].member);
  exchange->output = output;
  exchange->left = output->to->len;
  exchange->is_heard = g_new0 (gboolean, output->to->len);
  exchange->failed = g_ptr_array_new ();
  exchange->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  exchange->answers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (net->exchanges, exchange);
  for (guint i = 0; i < output->to->len; i++)
    push (net, from, lab_net_index_of (net, output->to->pdata[i]), exchange, g_bytes_ref (bytes),
          FALSE)
        ->at
        = i;
}

static void
answer (LabNet *net, guint from, Exchange *exchange, const CatalinaMapPacket *packet)
{
  Letter *letter = push (net, from, exchange->from, exchange,
                         packet ? encode (&net->nodes[from], packet) : NULL, TRUE);

  while (letter->at + 1 < exchange->output->to->len
         && lab_net_index_of (net, exchange->output->to->pdata[letter->at]) != from)
    letter->at++;
}

gboolean
lab_net_send (LabNet *net, guint from)
{
  LabNode *node = &net->nodes[from];
  CatalinaMapOutput *output;
  gboolean any = FALSE;

  while (!node->is_paused && (output = lab_node_pop_output (node)))
    {
      any = TRUE;
      net->n_sent += output->packet.message.type != CATALINA_MAP_PING;
      if (!output->is_answer)
        {
          start (net, from, output);
          continue;
        }
      if (g_hash_table_contains (node->asked, GUINT_TO_POINTER (output->id)))
        answer (net, from, g_hash_table_lookup (node->asked, GUINT_TO_POINTER (output->id)),
                output->is_null ? NULL : &output->packet);
      g_hash_table_remove (node->asked, GUINT_TO_POINTER (output->id));
      catalina_map_output_free (output);
    }
  return any;
}

static void
get_question (LabNet *net, const Letter *letter, const CatalinaMapMessage *question)
{
  LabNode *node = &net->nodes[letter->to];
  g_auto (CatalinaMapPacket) packet = { 0 };
  guint32 later;

  switch (lab_node_answer (node, net->nodes[letter->from].member, question, &packet, &later,
                           net->now_us))
    {
    case CATALINA_MAP_ANSWER_LATER:
      g_hash_table_insert (node->asked, GUINT_TO_POINTER (later),
                           g_rc_box_acquire (letter->exchange));
      break;
    case CATALINA_MAP_ANSWER_NOW:
      answer (net, letter->to, letter->exchange, &packet);
      break;
    case CATALINA_MAP_ANSWER_NULL:
    default:
      answer (net, letter->to, letter->exchange, NULL);
      break;
    }
}

/* As Java: an object of a class of another version than its own. */
static gboolean
is_readable (LabNet *net, const Letter *letter, const CatalinaMapMessage *message)
{
  guint64 from = net->nodes[letter->from].form, to = net->nodes[letter->to].form;

  return from == 0 || to == 0 || from == to
         || (!message->primary && (!message->nodes || message->nodes->len == 0));
}

static void
get_answer (LabNet *net, const Letter *letter)
{
  Exchange *exchange = letter->exchange;
  g_auto (CatalinaMapMessage) message = { 0 };

  if (exchange->is_done)
    {
      if (letter->bytes && decode (letter->bytes, &message) && is_readable (net, letter, &message))
        {
          message.form = form_of (net, net->nodes[letter->from].member, &message);
          lab_node_left_over (&net->nodes[letter->to], &message, net->now_us);
        }
      return;
    }
  exchange->is_heard[letter->at] = TRUE;
  g_ptr_array_add (exchange->sources, tribes_member_ref (net->nodes[letter->from].member));
  g_ptr_array_add (exchange->answers, letter->bytes ? g_bytes_ref (letter->bytes) : NULL);
  if (!exchange->output->wants_all)
    finish (net, exchange);
  else
    end_one (net, exchange);
}

static void
fail (LabNet *net, const Letter *letter)
{
  Exchange *exchange = letter->exchange;

  if (exchange->is_done)
    return;
  if (!letter->is_answer)
    g_ptr_array_add (exchange->failed, exchange->output->to->pdata[letter->at]);
  end_one (net, exchange);
}

/* It does not overtake what was said before. */
static void
acknowledge (LabNet *net, const Letter *letter)
{
  Letter *ack = push (net, letter->to, letter->from, letter->exchange, NULL, FALSE);

  ack->is_ack = TRUE;
  ack->at = letter->at;
}

/* A message has arrived, whether it can be read or not; a question has no answer. */
static void
refuse (LabNet *net, const Letter *letter)
{
  if (letter->is_answer || letter->exchange->output->is_question)
    fail (net, letter);
  else
    acknowledge (net, letter);
}

/* Also what somebody has said who is gone by now, or not. */
static gboolean
arrives (LabNet *net, const Letter *letter)
{
  const Exchange *exchange = letter->exchange;

  if (letter->to >= LAB_MAX || !lab_node_is_alive (&net->nodes[letter->to])
      || net->nodes[letter->to].life != letter->life || net->cut[letter->from][letter->to])
    return FALSE;
  if (letter->is_ack && net->nodes[letter->to].life != exchange->life)
    return FALSE;
  if (letter->is_ack || letter->is_answer || exchange->output->is_question)
    return lab_net_is_reachable (net, letter->from, letter->to);
  return (lab_node_is_alive (&net->nodes[letter->from])
          && net->nodes[letter->from].life == exchange->life)
         || g_rand_boolean (net->random);
}

/* A Tomcat does not look at a change where none is. */
static void
read_letter (LabNet *net, const Letter *letter, gboolean here, CatalinaMapMessage *message)
{
  g_assert_true (decode (letter->bytes, message));
  if (here && is_tomcat (&net->nodes[letter->to]) && !message->is_diff)
    message->diff = (CatalinaMapBytes){ NULL, 0 };
  lab_trace_message (net, here ? "gets" : "fails", letter->from, letter->to, message);
}

static void
open_letter (LabNet *net, const Letter *letter)
{
  g_auto (CatalinaMapMessage) message = { 0 };

  gboolean here = arrives (net, letter);

  if (letter->bytes)
    read_letter (net, letter, here, &message);
  if (!here)
    {
      fail (net, letter);
      return;
    }
  if (letter->is_ack)
    {
      letter->exchange->is_heard[letter->at] = TRUE;
      end_one (net, letter->exchange);
      return;
    }
  if (!is_readable (net, letter, &message))
    {
      refuse (net, letter);
      return;
    }
  if (letter->is_answer)
    {
      get_answer (net, letter);
      return;
    }
  message.form = form_of (net, letter->exchange->source, &message);
  if (letter->exchange->output->is_question)
    {
      get_question (net, letter, &message);
      return;
    }
  lab_node_receive (&net->nodes[letter->to], letter->exchange->source, &message, letter->bytes,
                    net->now_us);
  acknowledge (net, letter);
}

/* What comes to one that stands still waits there. */
static gboolean
can_arrive (LabNet *net, const Letter *letter)
{
  return letter->to >= LAB_MAX || !net->nodes[letter->to].is_paused;
}

/* (nullable) */
static Letter *
choose (LabNet *net)
{
  guint n = g_queue_get_length (&net->letters);
  Letter *chosen = n > 0 ? g_queue_peek_nth (&net->letters,
                                             (guint) g_rand_int_range (net->random, 0, (gint32) n))
                         : NULL;

  if (!chosen || can_arrive (net, chosen))
    return chosen;
  for (GList *at = net->letters.head; at; at = at->next)
    if (can_arrive (net, at->data))
      return at->data;
  return NULL;
}

/* Each thread of a Tomcat has a connection of its own. */
static gboolean
is_first (LabNet *net, const Letter *letter, const Letter *chosen)
{
  if (chosen->from < LAB_MAX && net->nodes[chosen->from].tomcat)
    return letter == chosen;
  return letter->from == chosen->from && letter->to == chosen->to
         && letter->is_answer == chosen->is_answer;
}

gboolean
lab_net_deliver (LabNet *net)
{
  Letter *chosen = choose (net);

  for (GList *at = net->letters.head; at && chosen; at = at->next)
    {
      Letter *letter = at->data;

      if (!is_first (net, letter, chosen))
        continue;
      g_queue_delete_link (&net->letters, at);
      open_letter (net, letter);
      letter_free (letter);
      return TRUE;
    }
  return FALSE;
}

gboolean
lab_net_time_out (LabNet *net)
{
  if (net->exchanges->len == 0)
    return FALSE;
  finish (net, net->exchanges->pdata[0]);
  return TRUE;
}

gboolean
lab_net_is_busy (LabNet *net, guint from)
{
  for (guint i = 0; i < net->exchanges->len; i++)
    if (((Exchange *) net->exchanges->pdata[i])->from == from)
      return TRUE;
  for (GList *at = net->letters.head; at; at = at->next)
    if (((Letter *) at->data)->from == from)
      return TRUE;
  return FALSE;
}
