/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/map/lab.h"

#include "tribes/java/read/tribes-java-reader.h"

#define NAME "localhost#/shop-map"

typedef struct
{
  guint from;
  guint to;
  GBytes *bytes;
} Letter;

typedef struct
{
  CatalinaReplicatedMap *map;
  TribesMember *member;
  GQueue outputs; /* that were popped already */
  guint events[CATALINA_MAP_EVENT_LEFT + 1];
} Node;

struct _Lab
{
  CatalinaMapKind kind;
  GRand *random;
  Node nodes[LAB_MAX];
  gboolean cut[LAB_MAX][LAB_MAX];
  GQueue letters;
  gint64 now_us;
  guint starts;
};

static gpointer
read_value (const char *key, CatalinaMapBytes object, gpointer data, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (object.data, object.size);
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (bytes, error);

  return value ? tribes_java_value_dup_string (value, NULL) : NULL;
}

static gboolean
apply_value (const char *key, gpointer *value, CatalinaMapBytes diff, gpointer data, GError **error)
{
  g_autofree char *added = g_strndup ((const char *) diff.data, diff.size);
  char *joined = g_strconcat (*value, added, NULL);

  if (g_str_equal (added, "broken"))
    {
      g_free (joined);
      return FALSE;
    }
  g_free (*value);
  *value = joined;
  return TRUE;
}

static GBytes *
write_value (const char *key, gpointer value, gpointer data)
{
  return catalina_map_key_encode (value);
}

static const CatalinaMapValues values = { read_value, apply_value, write_value, g_free };

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  g_bytes_unref (letter->bytes);
  g_free (letter);
}

Lab *
lab_new (CatalinaMapKind kind, guint32 seed)
{
  Lab *lab = g_new0 (Lab, 1);

  lab->kind = kind;
  lab->random = g_rand_new_with_seed (seed);
  lab->now_us = 1000000;
  g_queue_init (&lab->letters);
  return lab;
}

void
lab_free (Lab *lab)
{
  for (guint i = 0; i < LAB_MAX; i++)
    {
      g_clear_pointer (&lab->nodes[i].map, catalina_replicated_map_free);
      g_clear_pointer (&lab->nodes[i].member, tribes_member_unref);
    }
  g_queue_clear_full (&lab->letters, letter_free);
  g_rand_free (lab->random);
  g_free (lab);
}

CatalinaReplicatedMap *
lab_map (Lab *lab, guint member)
{
  return lab->nodes[member].map;
}

TribesMember *
lab_member (Lab *lab, guint member)
{
  return lab->nodes[member].member;
}

gboolean
lab_is_alive (Lab *lab, guint member)
{
  return lab->nodes[member].map != NULL;
}

static gboolean
is_reachable (Lab *lab, guint a, guint b)
{
  return a < LAB_MAX && b < LAB_MAX && lab->nodes[a].map && lab->nodes[b].map && !lab->cut[a][b];
}

static guint
index_of (Lab *lab, TribesMember *member)
{
  for (guint i = 0; i < LAB_MAX; i++)
    if (lab->nodes[i].map && tribes_member_equal (lab->nodes[i].member, member))
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

static GBytes *
encode (const CatalinaMapPacket *packet)
{
  GBytes *bytes = catalina_map_message_encode (&packet->message, NULL, NULL);

  g_assert_nonnull (bytes);
  return bytes;
}

/* What takes long is done in one go, but not what comes out of it meanwhile. */
static gboolean
get_answer (
    Lab *lab, guint to, guint from, const CatalinaMapMessage *asked, CatalinaMapPacket *answer)
{
  CatalinaReplicatedMap *map = lab->nodes[to].map;
  guint32 later;
  CatalinaMapAnswer how = catalina_replicated_map_answer (map, lab->nodes[from].member, asked,
                                                          answer, &later, lab->now_us);
  CatalinaMapOutput *output = NULL;

  while (how == CATALINA_MAP_ANSWER_LATER)
    {
      (void) catalina_replicated_map_step (map, lab->now_us);
      while ((output = catalina_replicated_map_pop_output (map)))
        if (output->is_answer && output->id == later)
          {
            *answer = output->packet;
            output->packet = (CatalinaMapPacket){ 0 };
            catalina_map_output_free (output);
            how = CATALINA_MAP_ANSWER_NOW;
          }
        else
          g_queue_push_tail (&lab->nodes[to].outputs, output);
    }
  return how == CATALINA_MAP_ANSWER_NOW;
}

/* All who are asked answer at once, if they can be reached. Where the first answer does, the others
 * are too late. */
static void
ask (Lab *lab, guint from, CatalinaMapOutput *output)
{
  g_autoptr (GBytes) question = encode (&output->packet);
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  CatalinaMapMessage messages[LAB_MAX] = { 0 };
  CatalinaMapReply replies[LAB_MAX];
  guint n = 0;

  for (guint i = 0; i < output->to->len; i++)
    {
      guint to = index_of (lab, output->to->pdata[i]);
      g_auto (CatalinaMapMessage) asked = { 0 };
      g_auto (CatalinaMapPacket) answer = { 0 };

      if (!is_reachable (lab, from, to))
        continue;
      g_assert_true (decode (question, &asked));
      replies[n] = (CatalinaMapReply){ .source = lab->nodes[to].member };
      if (get_answer (lab, to, from, &asked, &answer))
        {
          GBytes *bytes = encode (&answer);

          g_ptr_array_add (held, bytes);
          g_assert_true (decode (bytes, &messages[n]));
          replies[n].message = &messages[n];
        }
      n++;
    }
  catalina_replicated_map_replied (lab->nodes[from].map, output->id, replies,
                                   output->wants_all ? n : MIN (n, 1), lab->now_us);
  for (guint i = 1; i < n && !output->wants_all; i++)
    if (replies[i].message)
      catalina_replicated_map_left_over (lab->nodes[from].map, replies[i].message, lab->now_us);
  for (guint i = 0; i < LAB_MAX; i++)
    catalina_map_message_clear (&messages[i]);
}

static void
post (Lab *lab, guint from, CatalinaMapOutput *output)
{
  g_autoptr (GPtrArray) failed = g_ptr_array_new ();
  g_autoptr (GBytes) bytes = encode (&output->packet);

  for (guint i = 0; i < output->to->len; i++)
    {
      guint to = index_of (lab, output->to->pdata[i]);
      Letter *letter;

      if (!is_reachable (lab, from, to))
        {
          g_ptr_array_add (failed, output->to->pdata[i]);
          continue;
        }
      letter = g_new0 (Letter, 1);
      letter->from = from;
      letter->to = to;
      letter->bytes = g_bytes_ref (bytes);
      g_queue_push_tail (&lab->letters, letter);
    }
  if (output->id != 0)
    catalina_replicated_map_sent (lab->nodes[from].map, output->id, failed);
}

static gboolean
send_one (Lab *lab, guint from)
{
  Node *node = &lab->nodes[from];
  g_autoptr (CatalinaMapOutput) output = g_queue_pop_head (&node->outputs);

  if (!node->map || (!output && !(output = catalina_replicated_map_pop_output (node->map))))
    return FALSE;
  if (output->is_question)
    ask (lab, from, output);
  else
    post (lab, from, output);
  return TRUE;
}

/* The first of a random pair: what goes between two stays in order. */
static gboolean
deliver_one (Lab *lab)
{
  guint n = g_queue_get_length (&lab->letters);
  Letter *chosen = n > 0 ? g_queue_peek_nth (&lab->letters,
                                             (guint) g_rand_int_range (lab->random, 0, (gint32) n))
                         : NULL;
  g_auto (CatalinaMapMessage) message = { 0 };

  if (!chosen)
    return FALSE;
  for (GList *at = lab->letters.head; at; at = at->next)
    {
      Letter *letter = at->data;

      if (letter->from != chosen->from || letter->to != chosen->to)
        continue;
      g_queue_delete_link (&lab->letters, at);
      if (is_reachable (lab, letter->from, letter->to) && decode (letter->bytes, &message))
        catalina_replicated_map_receive (lab->nodes[letter->to].map,
                                         lab->nodes[letter->from].member, &message, lab->now_us);
      letter_free (letter);
      return TRUE;
    }
  return FALSE;
}

static void
take_events (Lab *lab, guint member)
{
  CatalinaMapEvent *event;

  while (lab->nodes[member].map
         && (event = catalina_replicated_map_pop_event (lab->nodes[member].map)))
    {
      lab->nodes[member].events[event->kind]++;
      catalina_map_event_free (event);
    }
}

void
lab_settle (Lab *lab)
{
  gboolean busy = TRUE;

  for (guint turns = 0; busy; turns++)
    {
      g_assert_cmpuint (turns, <, 200000);
      busy = FALSE;
      for (guint i = 0; i < LAB_MAX; i++)
        {
          busy
              |= lab->nodes[i].map && catalina_replicated_map_step (lab->nodes[i].map, lab->now_us);
          busy |= send_one (lab, i);
          take_events (lab, i);
        }
      busy |= deliver_one (lab);
    }
}

void
lab_pass (Lab *lab, gint64 ms)
{
  lab->now_us += ms * 1000;
}

void
lab_heartbeat (Lab *lab)
{
  for (guint i = 0; i < LAB_MAX; i++)
    if (lab->nodes[i].map)
      catalina_replicated_map_heartbeat (lab->nodes[i].map);
  lab_settle (lab);
}

static void
make (Lab *lab, guint member)
{
  Node *node = &lab->nodes[member];
  CatalinaMapSettings settings = {
    .name = NAME,
    .kind = lab->kind,
    .rpc_timeout_ms = 15000,
    .access_timeout_ms = 5000,
    .max_entries = 50000,
    .values = &values,
  };
  g_autofree char *id
      = g_strdup_printf ("{%u,%u,0,0,0,0,0,0,0,0,0,0,0,0,0,1}", member, ++lab->starts % 256);

  g_assert_null (node->map);
  g_clear_pointer (&node->member, tribes_member_unref);
  node->member = tribes_member_new ("127.0.0.1", (int) (4000 + member), id, NULL);
  g_assert_nonnull (node->member);
  memset (node->events, 0, sizeof node->events);
  settings.local = node->member;
  node->map = catalina_replicated_map_new (&settings);
}

void
lab_start (Lab *lab, guint member)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  make (lab, member);
  for (guint i = 0; i < LAB_MAX; i++)
    if (i != member && is_reachable (lab, i, member))
      {
        g_ptr_array_add (others, lab->nodes[i].member);
        catalina_replicated_map_member_added (lab->nodes[i].map, lab->nodes[member].member);
      }
  catalina_replicated_map_start (lab->nodes[member].map, others);
  lab_settle (lab);
}

CatalinaReplicatedMap *
lab_add (Lab *lab, guint member, TribesMember *first, TribesMember *second)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  make (lab, member);
  g_ptr_array_add (others, first);
  g_ptr_array_add (others, second);
  catalina_replicated_map_start (lab->nodes[member].map, others);
  return lab->nodes[member].map;
}

void
lab_kill (Lab *lab, guint member)
{
  g_clear_pointer (&lab->nodes[member].map, catalina_replicated_map_free);
  g_queue_clear_full (&lab->nodes[member].outputs, (GDestroyNotify) catalina_map_output_free);
}

void
lab_stop (Lab *lab, guint member)
{
  catalina_replicated_map_stop (lab->nodes[member].map);
  lab_settle (lab);
  lab_kill (lab, member);
}

void
lab_notice (Lab *lab)
{
  for (guint i = 0; i < LAB_MAX; i++)
    for (guint j = 0; j < LAB_MAX; j++)
      if (i != j && lab->nodes[i].map && lab->nodes[j].member && !is_reachable (lab, i, j))
        catalina_replicated_map_member_gone (lab->nodes[i].map, lab->nodes[j].member);
  lab_settle (lab);
}

void
lab_cut (Lab *lab, guint a, guint b, gboolean is_cut)
{
  gboolean heals = lab->cut[a][b] && !is_cut;

  lab->cut[a][b] = lab->cut[b][a] = is_cut;
  if (!heals || !is_reachable (lab, a, b))
    return;
  catalina_replicated_map_member_added (lab->nodes[a].map, lab->nodes[b].member);
  catalina_replicated_map_member_added (lab->nodes[b].map, lab->nodes[a].member);
}

void
lab_put (Lab *lab, guint member, const char *key, const char *text)
{
  catalina_replicated_map_put (lab->nodes[member].map, key, g_strdup (text));
  lab_settle (lab);
}

char *
lab_get (Lab *lab, guint member, const char *key)
{
  CatalinaReplicatedMap *map = lab->nodes[member].map;
  gpointer value;
  CatalinaMapFinding finding = catalina_replicated_map_get (map, key, &value);
  const CatalinaMapEntry *entry;

  lab_settle (lab);
  if (finding == CATALINA_MAP_NONE)
    return NULL;
  entry = catalina_replicated_map_look (map, key);
  return entry && entry->role == CATALINA_MAP_ROLE_PRIMARY ? g_strdup (entry->value) : NULL;
}

gboolean
lab_change (Lab *lab, guint member, const char *key, const char *text)
{
  g_autofree char *before = lab_get (lab, member, key);
  g_autoptr (GBytes) diff = g_bytes_new (text, strlen (text));
  CatalinaMapEntry *entry
      = (CatalinaMapEntry *) catalina_replicated_map_look (lab->nodes[member].map, key);
  char *joined;

  if (!before)
    return FALSE;
  joined = g_strconcat (before, text, NULL);
  g_free (entry->value);
  entry->value = joined;
  catalina_replicated_map_replicate (lab->nodes[member].map, key, diff, FALSE);
  lab_settle (lab);
  return TRUE;
}

const char *
lab_value (Lab *lab, guint member, const char *key)
{
  const CatalinaMapEntry *entry = catalina_replicated_map_look (lab->nodes[member].map, key);

  return entry ? entry->value : NULL;
}

void
lab_assert_role (Lab *lab, guint member, const char *key, CatalinaMapRole role)
{
  const CatalinaMapEntry *entry = catalina_replicated_map_look (lab->nodes[member].map, key);

  if (!entry)
    g_error ("member %u has no entry %s", member, key);
  g_assert_cmpint (entry->role, ==, role);
}

guint
lab_count (Lab *lab, const char *key, CatalinaMapRole role)
{
  guint n = 0;

  for (guint i = 0; i < LAB_MAX; i++)
    {
      const CatalinaMapEntry *entry
          = lab->nodes[i].map ? catalina_replicated_map_look (lab->nodes[i].map, key) : NULL;

      n += entry && entry->role == role;
    }
  return n;
}

guint
lab_count_events (Lab *lab, guint member, CatalinaMapEventKind kind)
{
  return lab->nodes[member].events[kind];
}
