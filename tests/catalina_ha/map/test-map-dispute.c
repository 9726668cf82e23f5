/* SPDX-License-Identifier: Apache-2.0
 *
 * Two Tomcats that cannot read each other use one entry at once, and ours is between them: whatever
 * arrives first, one answers for the entry in the end. All orders of what is under way are gone
 * through: a message, its acknowledgement, and what a thread does next.
 *
 * A Tomcat is what its map does with one entry: how get() and replicate() go on when what they send
 * is acknowledged, or at once where nobody waits (mapSendOptions 8), and what a message that has
 * arrived does meanwhile.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab.h"

#define KEY  "key"
#define NAME "localhost#/shop-map"

enum
{
  NINE,
  TEN,
  OURS,
  N_TOMCATS = OURS,
  MAX_USES = 3,
  MAX_CHOICES = 64,
};

typedef struct
{
  gboolean exists;
  gboolean is_proxy;
  gboolean is_backup;
  TribesMember *primary;
  gboolean has_node; /* ours */
  char *value;       /* (nullable) */
} Tomcat;

/* What a thread waits for, or does next. */
typedef enum
{
  BEGIN,
  RETRIEVED,
  NOTIFIED,
  GOT,
  CHANGED,
  DONE,
} Step;

typedef struct
{
  guint tomcat;
  const char *change;
  Step step;
  gboolean waits;
} Use;

typedef struct
{
  guint from;
  guint to;
  Use *use;                  /* (nullable): whose message, or question, it is */
  gboolean is_ack;           /* or the answer */
  CatalinaMapOutput *output; /* (nullable): of ours, which the ack is borrowed from */
  gint32 type;               /* of a Tomcat's */
  gboolean is_diff;
  char *value; /* (nullable) */
} Letter;

typedef struct
{
  guint8 taken[MAX_CHOICES];
  guint8 of[MAX_CHOICES];
  guint n;
} Choices;

typedef struct
{
  TribesMember *members[OURS + 1];
  CatalinaReplicatedMap *map;
  Tomcat tomcats[N_TOMCATS];
  Use uses[MAX_USES];
  guint n_uses;
  gboolean waits;     /* a Tomcat, for acknowledgements */
  GPtrArray *letters; /* of Letter */
  GQueue post;        /* of CatalinaMapOutput: the first is under way */
  GPtrArray *held;    /* of Letter: acknowledgements of ours, until all is relayed */
  gint64 now_us;
  Choices *choices; /* (nullable): what is first is done first */
  guint at;
  GHashTable *seen; /* what was gone through from there on */
  gboolean was_here;
} World;

static gpointer
read_value (const char *key, CatalinaMapBytes object, gpointer data, GError **error)
{
  return g_strndup ((const char *) object.data, object.size);
}

static gboolean
apply_value (const char *key, gpointer *value, CatalinaMapBytes diff, gpointer data, GError **error)
{
  g_autofree char *before = *value;

  *value = g_strdup_printf ("%s%.*s", before, (int) diff.size, (const char *) diff.data);
  return TRUE;
}

static GBytes *
write_value (const char *key, gpointer value, gpointer data)
{
  return g_bytes_new (value, strlen (value));
}

static const CatalinaMapValues values = { read_value, apply_value, write_value, g_free };

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  g_free (letter->value);
  g_free (letter);
}

static Letter *
letter_new (guint from, guint to, gint32 type)
{
  Letter *letter = g_new0 (Letter, 1);

  letter->from = from;
  letter->to = to;
  letter->type = type;
  return letter;
}

static Letter *
post (World *world, guint from, guint to, gint32 type)
{
  Letter *letter = letter_new (from, to, type);

  g_ptr_array_add (world->letters, letter);
  return letter;
}

static CatalinaMapBytes
bytes_of (const char *text)
{
  return (CatalinaMapBytes){ (const guint8 *) text, text ? strlen (text) : 0 };
}

static gboolean
is_primary (const Tomcat *tomcat)
{
  return tomcat->exists && !tomcat->is_proxy && !tomcat->is_backup;
}

/* What is to be told of at a time is one message, as about one entry. */
static void
send_next (World *world)
{
  CatalinaMapOutput *output = g_queue_peek_head (&world->post);

  for (guint i = 0; output && i < output->to->len; i++)
    {
      guint to = tribes_member_equal (output->to->pdata[i], world->members[NINE]) ? NINE : TEN;

      post (world, OURS, to, output->packet.message.type)->output = output;
    }
}

/* Those that are the last to be told of something that is held for it. */
static void
release (World *world)
{
  if (world->post.length > 0)
    return;
  while (world->held->len > 0)
    g_ptr_array_add (world->letters, g_ptr_array_steal_index (world->held, 0));
}

static void answer (World *world, CatalinaMapOutput *output);

static void
collect (World *world)
{
  CatalinaMapOutput *output;
  CatalinaMapEvent *event;

  (void) catalina_replicated_map_step (world->map, world->now_us);
  while ((event = catalina_replicated_map_pop_event (world->map)))
    catalina_map_event_free (event);
  while ((output = catalina_replicated_map_pop_output (world->map)))
    if (output->is_question)
      answer (world, output);
    else
      {
        g_queue_push_tail (&world->post, output);
        if (world->post.length == 1)
          send_next (world);
      }
}

static gint32
get_state (gint32 type)
{
  return type == CATALINA_MAP_PING ? CATALINA_MAP_STATE_INITIALIZED : -1;
}

static GBytes *
list_entries (World *world, const Tomcat *tomcat)
{
  g_autoptr (GBytes) key = catalina_map_key_encode (KEY);
  g_autoptr (GPtrArray) nodes = catalina_map_list_of (world->members[OURS]);
  gsize size;
  CatalinaMapMessage entry = {
    .type = CATALINA_MAP_PROXY,
    .map = bytes_of (NAME),
    .primary = tomcat->primary,
    .nodes = tomcat->has_node ? nodes : NULL,
  };

  entry.key.data = g_bytes_get_data (key, &size);
  entry.key.size = size;
  return catalina_map_list_encode (&entry, tomcat->exists, NULL, NULL);
}

/* What both say to a question, at once. Takes @output. */
static void
answer (World *world, CatalinaMapOutput *output)
{
  gint32 type = output->packet.message.type;
  CatalinaMapMessage messages[N_TOMCATS] = { 0 };
  CatalinaMapReply replies[N_TOMCATS] = { 0 };
  GBytes *held[N_TOMCATS] = { 0 };
  guint n = 0;

  for (guint i = 0; i < N_TOMCATS; i++)
    {
      Tomcat *tomcat = &world->tomcats[i];

      if (!g_ptr_array_find_with_equal_func (output->to, world->members[i],
                                             (GEqualFunc) tribes_member_equal, NULL))
        continue;
      messages[n].type = type;
      messages[n].map = bytes_of (NAME);
      if (type == CATALINA_MAP_STATE)
        held[n] = list_entries (world, tomcat);
      else if (get_state (type) >= 0)
        held[n] = catalina_map_state_encode ((CatalinaMapState) get_state (type));
      else if (type == CATALINA_MAP_RETRIEVE_BACKUP && tomcat->value)
        held[n] = g_bytes_new (tomcat->value, strlen (tomcat->value));
      if (type != CATALINA_MAP_STATE && type != CATALINA_MAP_RETRIEVE_BACKUP)
        {
          messages[n].primary = world->members[i];
          messages[n].form = 9 + i;
        }
      if (held[n])
        messages[n].value.data = g_bytes_get_data (held[n], &messages[n].value.size);
      replies[n] = (CatalinaMapReply){ world->members[i], &messages[n], held[n] };
      n++;
    }
  catalina_replicated_map_replied (world->map, output->id, replies, n, world->now_us);
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&held[i], g_bytes_unref);
  catalina_map_output_free (output);
  collect (world);
}

static void
set_value (Tomcat *tomcat, const char *value)
{
  g_free (tomcat->value);
  tomcat->value = g_strdup (value);
}

/* MapMessage of ours, as AbstractReplicatedMap.messageReceived() has it. */
static void
tomcat_hears (World *world, Tomcat *tomcat, const CatalinaMapMessage *message)
{
  if (message->type == CATALINA_MAP_REMOVE)
    {
      tomcat->exists = FALSE;
      return;
    }
  if (message->type == CATALINA_MAP_PROXY || message->type == CATALINA_MAP_BACKUP)
    {
      tomcat->exists = TRUE;
      tomcat->is_proxy = message->type == CATALINA_MAP_PROXY;
      tomcat->is_backup = !tomcat->is_proxy;
    }
  if (!tomcat->exists)
    return;
  if (message->type == CATALINA_MAP_BACKUP && message->value.data)
    {
      g_autofree char *value = g_strndup ((const char *) message->value.data, message->value.size);

      set_value (tomcat, value);
    }
  tomcat->primary = NULL;
  for (guint i = 0; message->primary && i <= OURS; i++)
    if (tribes_member_equal (world->members[i], message->primary))
      tomcat->primary = world->members[i];
  tomcat->has_node = FALSE;
  for (guint i = 0; message->nodes && i < message->nodes->len; i++)
    tomcat->has_node |= tribes_member_equal (message->nodes->pdata[i], world->members[OURS]);
}

/* A Tomcat's message of the entry, or its question. */
static void
say (World *world, Use *use, gint32 type, const char *value, gboolean is_diff)
{
  Letter *letter = post (world, use->tomcat, OURS, type);

  letter->use = use;
  letter->value = g_strdup (value);
  letter->is_diff = is_diff;
  use->waits = world->waits || type == CATALINA_MAP_RETRIEVE_BACKUP;
}

static void
begin (World *world, Use *use)
{
  Tomcat *tomcat = &world->tomcats[use->tomcat];

  use->step = is_primary (tomcat) ? GOT : tomcat->is_proxy ? RETRIEVED : NOTIFIED;
  if (!tomcat->exists)
    use->step = DONE;
  else if (use->step == RETRIEVED && !tomcat->has_node)
    use->step = DONE;
  else if (use->step == RETRIEVED)
    say (world, use, CATALINA_MAP_RETRIEVE_BACKUP, NULL, FALSE);
  else if (use->step == NOTIFIED)
    say (world, use, CATALINA_MAP_BACKUP, tomcat->value, FALSE);
}

/* get(), changing it, and replicate(). */
static void
go_on (World *world, Use *use)
{
  Tomcat *tomcat = &world->tomcats[use->tomcat];
  g_autofree char *before = NULL;

  switch (use->step)
    {
    case BEGIN:
      begin (world, use);
      break;
    case RETRIEVED:
      use->step = NOTIFIED;
      say (world, use, CATALINA_MAP_NOTIFY_MEMBER, NULL, FALSE);
      break;
    case NOTIFIED:
      tomcat->primary = world->members[use->tomcat];
      tomcat->has_node = TRUE;
      tomcat->is_proxy = tomcat->is_backup = FALSE;
      use->step = GOT;
      break;
    case GOT:
      before = g_steal_pointer (&tomcat->value);
      tomcat->value = g_strconcat (before ? before : "", use->change, NULL);
      use->step = CHANGED;
      break;
    case CHANGED:
      use->step = DONE;
      if (is_primary (tomcat) && tomcat->has_node)
        say (world, use, CATALINA_MAP_BACKUP, use->change, TRUE);
      break;
    case DONE:
    default:
      break;
    }
}

static void
ours_hears (World *world, Letter *letter)
{
  g_autoptr (GBytes) key = catalina_map_key_encode (KEY);
  g_autoptr (GPtrArray) nodes = catalina_map_list_of (world->members[OURS]);
  g_auto (CatalinaMapPacket) packet = { 0 };
  CatalinaMapMessage message = { .type = letter->type, .map = bytes_of (NAME) };
  guint32 later;
  Letter *ack = NULL;

  message.key.data = g_bytes_get_data (key, &message.key.size);
  if (letter->type == CATALINA_MAP_RETRIEVE_BACKUP)
    {
      ack = post (world, OURS, letter->from, letter->type);
      if (catalina_replicated_map_answer (world->map, world->members[letter->from], &message,
                                          &packet, &later, world->now_us)
          == CATALINA_MAP_ANSWER_NOW)
        ack->value
            = g_strndup ((const char *) packet.message.value.data, packet.message.value.size);
      ack->use = letter->use;
      ack->is_ack = TRUE;
      collect (world);
      return;
    }
  message.primary = world->members[letter->from];
  message.nodes = nodes;
  message.form = 9 + letter->from;
  message.is_diff = letter->is_diff;
  *(letter->is_diff ? &message.diff : &message.value) = bytes_of (letter->value);
  catalina_replicated_map_receive (world->map, world->members[letter->from], &message,
                                   world->now_us);
  collect (world);
  if (!world->waits)
    return;
  ack = letter_new (OURS, letter->from, letter->type);
  ack->use = letter->use;
  ack->is_ack = TRUE;
  g_ptr_array_add (world->held, ack);
}

/* All whom it goes to have it. */
static void
ours_is_acknowledged (World *world, const Letter *ack)
{
  for (guint i = 0; i < world->letters->len; i++)
    if (((Letter *) world->letters->pdata[i])->output == ack->output)
      return;
  (void) g_queue_pop_head (&world->post);
  if (ack->output->id != 0)
    catalina_replicated_map_sent (world->map, ack->output->id, NULL);
  catalina_map_output_free (ack->output);
  send_next (world);
  collect (world);
}

static void
open_letter (World *world, guint at)
{
  Letter *letter = g_ptr_array_steal_index (world->letters, at);
  Tomcat *tomcat = letter->to < N_TOMCATS ? &world->tomcats[letter->to] : NULL;

  if (letter->is_ack && letter->to == OURS)
    ours_is_acknowledged (world, letter);
  else if (letter->is_ack)
    {
      letter->use->waits = FALSE;
      if (letter->type == CATALINA_MAP_RETRIEVE_BACKUP && letter->value)
        set_value (tomcat, letter->value);
      else if (letter->type == CATALINA_MAP_RETRIEVE_BACKUP)
        letter->use->step = DONE;
    }
  else if (tomcat)
    {
      Letter *ack = post (world, letter->to, OURS, letter->type);

      tomcat_hears (world, tomcat, &letter->output->packet.message);
      ack->output = letter->output;
      ack->is_ack = TRUE;
    }
  else
    ours_hears (world, letter);
  letter_free (letter);
  release (world);
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static int
port_of (TribesMember *member)
{
  return member ? tribes_member_get_port (member) : 0;
}

static void
describe_letters (const GPtrArray *letters, GString *text)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < letters->len; i++)
    {
      const Letter *letter = letters->pdata[i];

      g_ptr_array_add (
          lines,
          g_strdup_printf ("%u>%u %d%d%d %s %p %d;", letter->from, letter->to, letter->type,
                           letter->is_ack, letter->is_diff, letter->value, (gpointer) letter->use,
                           letter->output ? port_of (letter->output->packet.message.primary) : -1));
    }
  g_ptr_array_sort (lines, compare_texts);
  for (guint i = 0; i < lines->len; i++)
    g_string_append (text, lines->pdata[i]);
}

/* All that matters for what may happen from here on. */
static char *
describe (World *world)
{
  GString *text = g_string_new (NULL);
  const CatalinaReplicatedMap *map = world->map;
  const CatalinaMapEntry *entry = catalina_map_entries_get (&map->entries, KEY);

  for (guint i = 0; i < N_TOMCATS; i++)
    {
      const Tomcat *tomcat = &world->tomcats[i];

      g_string_append_printf (text, "%d%d%d%d %d %s;", tomcat->exists, tomcat->is_proxy,
                              tomcat->is_backup, tomcat->has_node, port_of (tomcat->primary),
                              tomcat->value);
    }
  for (guint i = 0; i < world->n_uses; i++)
    g_string_append_printf (text, "%d%d ", world->uses[i].step, world->uses[i].waits);
  describe_letters (world->letters, text);
  describe_letters (world->held, text);
  for (GList *at = world->post.head; at; at = at->next)
    {
      const CatalinaMapOutput *output = at->data;

      g_string_append_printf (text, "%d %d %d %u|", output->packet.message.type, output->id != 0,
                              port_of (output->packet.message.primary), output->to->len);
    }
  g_string_append_printf (text, "%d %d %u %u %d %s %u %u %u", entry->role, port_of (entry->primary),
                          catalina_map_entry_get_n_nodes (entry), entry->flags, entry->pending != 0,
                          (const char *) entry->value, g_hash_table_size (map->claims),
                          g_hash_table_size (map->dispute.keys),
                          g_hash_table_size (map->dispute.told[0])
                              + g_hash_table_size (map->dispute.told[1]));
  return g_string_free (text, FALSE);
}

static guint
choose (World *world, guint n)
{
  Choices *choices = world->choices;
  guint at = world->at;

  if (!choices || n == 1)
    return 0;
  g_assert_cmpuint (at, <, MAX_CHOICES);
  world->at++;
  if (at >= choices->n)
    {
      world->was_here = !g_hash_table_add (world->seen, describe (world));
      if (world->was_here)
        return 0;
      choices->taken[at] = 0;
      choices->n = at + 1;
    }
  choices->of[at] = (guint8) n;
  return choices->taken[at];
}

/* FALSE: all is quiet. */
static gboolean
turn (World *world)
{
  Use *ready[MAX_USES];
  guint n = 0, chosen;

  for (guint i = 0; i < world->n_uses; i++)
    if (!world->uses[i].waits && world->uses[i].step != DONE)
      ready[n++] = &world->uses[i];
  if (n + world->letters->len == 0)
    return FALSE;
  chosen = choose (world, n + world->letters->len);
  if (world->was_here)
    return FALSE;
  if (chosen < n)
    go_on (world, ready[chosen]);
  else
    open_letter (world, chosen - n);
  return TRUE;
}

static void
use (World *world, guint tomcat, const char *change)
{
  world->uses[world->n_uses++] = (Use){ .tomcat = tomcat, .change = change };
}

static void
settle (World *world)
{
  while (turn (world))
    ;
}

static void
pass (World *world, guint seconds)
{
  for (guint i = 0; i < seconds; i++)
    {
      world->now_us += G_USEC_PER_SEC;
      if (i % 2 == 0)
        catalina_replicated_map_heartbeat (world->map);
      collect (world);
      settle (world);
    }
}

static void
world_clear (World *world)
{
  CatalinaMapOutput *output;

  for (guint i = 0; i < N_TOMCATS; i++)
    g_free (world->tomcats[i].value);
  g_ptr_array_unref (world->letters);
  g_ptr_array_unref (world->held);
  while ((output = g_queue_pop_head (&world->post)))
    catalina_map_output_free (output);
  catalina_replicated_map_free (world->map);
}

static void
world_start (World *world, TribesMember **members)
{
  CatalinaMapSettings settings = {
    .name = NAME,
    .local = members[OURS],
    .rpc_timeout_ms = 15000,
    .access_timeout_ms = 5000,
    .max_entries = 100,
    .values = &values,
  };
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  memcpy (world->members, members, sizeof world->members);
  g_queue_init (&world->post);
  world->letters = g_ptr_array_new_with_free_func (letter_free);
  world->held = g_ptr_array_new_with_free_func (letter_free);
  world->now_us = G_USEC_PER_SEC;
  world->map = catalina_replicated_map_new (&settings);
  g_ptr_array_add (others, members[NINE]);
  g_ptr_array_add (others, members[TEN]);
  catalina_replicated_map_start (world->map, others);
  collect (world);
  g_assert_cmpint (catalina_replicated_map_get_state (world->map), ==,
                   CATALINA_MAP_STATE_INITIALIZED);
  g_assert_true (world->map->is_mixed);
}

typedef struct
{
  guint first;           /* who has it: a Tomcat, or ours with a copy in one of them */
  guint users[MAX_USES]; /* OURS + 1: nobody */
  guint n_users;
  gboolean waits;
} Case;

/* It was used at that one. */
static void
prepare (World *world, const Case *test)
{
  catalina_replicated_map_put (world->map, KEY, g_strdup ("made"));
  collect (world);
  settle (world);
  if (test->first < N_TOMCATS)
    {
      use (world, test->first, "+");
      settle (world);
      g_assert_true (is_primary (&world->tomcats[test->first]));
    }
  pass (world, 2);
  world->n_uses = 0;
}

static void
assert_one (World *world, const Choices *choices)
{
  const CatalinaMapEntry *entry = catalina_replicated_map_look (world->map, KEY);
  guint n = entry->role == CATALINA_MAP_ROLE_PRIMARY;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < N_TOMCATS; i++)
    n += is_primary (&world->tomcats[i]);
  for (guint i = 0; i < choices->n; i++)
    g_string_append_printf (text, " %u", choices->taken[i]);
  if (n != 1)
    g_error ("%u answer for it after the choices%s", n, text->str);
  for (guint i = 0; i < N_TOMCATS; i++)
    {
      g_assert_true (tribes_member_equal (world->tomcats[i].primary, entry->primary));
      if (is_primary (&world->tomcats[i]))
        g_assert_true (tribes_member_equal (entry->primary, world->members[i]));
    }
  g_assert_nonnull (entry->value);
}

/* The next order; FALSE: that was the last. */
static gboolean
next (Choices *choices)
{
  while (choices->n > 0)
    {
      guint last = choices->n - 1;

      if (++choices->taken[last] < choices->of[last])
        return TRUE;
      choices->n--;
    }
  return FALSE;
}

/* FALSE: it came to where another order had been. */
static gboolean
try_one (TribesMember **members, const Case *test, Choices *choices, GHashTable *seen)
{
  World world = { .waits = test->waits, .seen = seen };

  world_start (&world, members);
  prepare (&world, test);
  for (guint i = 0; i < test->n_users; i++)
    use (&world, test->users[i], i == 0 ? "a" : i == 1 ? "b" : "c");
  world.choices = choices;
  settle (&world);
  world.choices = NULL;
  if (!world.was_here)
    {
      pass (&world, 16);
      assert_one (&world, choices);
    }
  world_clear (&world);
  return !world.was_here;
}

enum
{
  /* Of three uses there are thousands; all of them with -m slow. */
  MAX_ENDS = 100,
};

static void
test_orders (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  TribesMember *members[OURS + 1];
  Choices choices = { .n = 0 };
  guint n = 0;

  for (guint i = 0; i <= OURS; i++)
    {
      g_autofree char *id = g_strdup_printf ("{%u,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1}", i);

      members[i] = tribes_member_new ("127.0.0.1", (int) (4000 + i), id, NULL);
    }
  do
    n += try_one (members, test, &choices, seen);
  while ((n < MAX_ENDS || test->n_users < 3 || g_test_slow ()) && next (&choices));
  g_test_message ("%u ends, %u states", n, g_hash_table_size (seen));
  for (guint i = 0; i <= OURS; i++)
    tribes_member_unref (members[i]);
}

static const Case cases[] = {
  { NINE, { NINE, TEN }, 2, TRUE },      { TEN, { NINE, TEN }, 2, TRUE },
  { OURS, { NINE, TEN }, 2, TRUE },      { NINE, { NINE, TEN }, 2, FALSE },
  { TEN, { NINE, TEN }, 2, FALSE },      { OURS, { NINE, TEN }, 2, FALSE },
  { NINE, { TEN, NINE, TEN }, 3, TRUE }, { NINE, { TEN, NINE, NINE }, 3, FALSE },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path
          = g_strdup_printf ("/catalina/map-dispute/%u-uses/%u%s", cases[i].n_users, cases[i].first,
                             cases[i].waits ? "" : "/async");

      g_test_add_data_func (path, &cases[i], test_orders);
    }
  return g_test_run ();
}
