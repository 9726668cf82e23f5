/* SPDX-License-Identifier: Apache-2.0
 *
 * A replicated map among members that say, answer and do whatever comes into their heads. What it
 * counts is what there is, what is under way and what it says at once is bounded, it answers for
 * nothing without a value, and an entry that was put here is here until somebody removes it.
 *
 * The input is pairs of bytes: what happens, and to which entry or member.
 */
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/fuzz/fuzz-target.h"

#define NAME "map"

enum
{
  MEMBERS = 4,
  KEYS = 12,
  MAX_ENTRIES = 10,
  MAX_BYTES = 400,
  MAX_ACTIONS = 2000,
  /* The longest list of them: an entry is told of each member that went. */
  MAX_AT_ONCE = 4 * MAX_ENTRIES * MEMBERS,
};

typedef struct
{
  CatalinaReplicatedMap *map;
  TribesMember *members[MEMBERS];
  GArray *questions; /* of guint32: that were asked */
  GArray *messages;  /* that were sent */
  gboolean is_own[KEYS];
  gint64 now_us;
} Run;

static gpointer
read_value (const char *key, CatalinaMapBytes object, gpointer data, GError **error)
{
  return object.size > 0 && object.data[0] < 200 ? g_strdup ("value") : NULL;
}

static gboolean
apply_value (const char *key, gpointer *value, CatalinaMapBytes diff, gpointer data, GError **error)
{
  return diff.size > 0 && diff.data[0] < 200;
}

static GBytes *
write_value (const char *key, gpointer value, gpointer data)
{
  static const guint8 object[40] = { 1 };

  return g_bytes_new_static (object, sizeof object);
}

static const CatalinaMapValues values = { read_value, apply_value, write_value, g_free };

/* Made once: they are the same for all inputs. The first is the map's own, the last is none of the
 * channel. */
static TribesMember *
member_of (guint i)
{
  static TribesMember *pool[MEMBERS + 2];

  if (!pool[i])
    pool[i] = tribes_member_new ("127.0.0.1", (int) (4000 + i), NULL, NULL);
  return pool[i];
}

static const char *
name_of (guint i)
{
  static const char names[] = "abcdefghijkl";
  static char name[2];

  name[0] = names[i % KEYS];
  return name;
}

static GBytes *
key_of (guint i)
{
  static GBytes *keys[KEYS];

  if (!keys[i % KEYS])
    keys[i % KEYS] = catalina_map_key_encode (name_of (i));
  return keys[i % KEYS];
}

static void
check_entry (Run *run, const CatalinaMapEntry *entry)
{
  g_assert_true (run->map->entries.order->pdata[entry->index] == entry);
  g_assert_true (catalina_map_entries_get (&run->map->entries, entry->key) == entry);
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY)
    {
      g_assert_nonnull (entry->value);
      g_assert_true (tribes_member_equal (entry->primary, member_of (0)));
    }
}

static void
check (Run *run)
{
  const CatalinaMapEntries *entries = &run->map->entries;
  guint n_wanted = 0, n_orphans = 0;
  gsize bytes = 0;

  g_assert_cmpuint (entries->order->len, ==, g_hash_table_size (entries->table));
  g_assert_cmpuint (entries->order->len, <=, KEYS);
  for (guint i = 0; i < entries->order->len; i++)
    {
      const CatalinaMapEntry *entry = entries->order->pdata[i];

      check_entry (run, entry);
      bytes += entry->size;
      n_wanted += (entry->flags & CATALINA_MAP_ENTRY_WANTED) != 0;
      n_orphans += (entry->flags & CATALINA_MAP_ENTRY_ORPHAN) != 0;
    }
  g_assert_cmpuint (bytes, ==, entries->bytes);
  g_assert_cmpuint (n_wanted, ==, entries->n_wanted);
  g_assert_cmpuint (n_orphans, ==, entries->n_orphans);
  g_assert_cmpuint (run->map->members->len, <=, MEMBERS);
  g_assert_cmpuint (g_queue_get_length (&run->map->outputs), <=, MAX_AT_ONCE);
  g_assert_cmpuint (g_queue_get_length (&run->map->events), <=, MAX_AT_ONCE);
  g_assert_cmpuint (run->map->n_pending[CATALINA_MAP_PENDING_PUBLISH], <=,
                    run->messages->len + MAX_AT_ONCE);
  for (guint i = 0; i < KEYS; i++)
    if (run->is_own[i])
      {
        const CatalinaMapEntry *entry = catalina_map_entries_get (entries, name_of (i));

        g_assert_nonnull (entry);
        g_assert_nonnull (entry->value);
      }
}

static void
take (Run *run)
{
  CatalinaMapOutput *output;
  CatalinaMapEvent *event;

  check (run);
  while ((event = catalina_replicated_map_pop_event (run->map)))
    catalina_map_event_free (event);
  while ((output = catalina_replicated_map_pop_output (run->map)))
    {
      if (!output->is_answer && output->id != 0)
        g_array_append_val (output->is_question ? run->questions : run->messages, output->id);
      g_assert_true (output->is_answer || output->to->len > 0);
      catalina_map_output_free (output);
    }
}

/* The first of the others is ours, and says how old what it says is; of the two Tomcats none reads
 * the other. */
static void
fill_form (CatalinaMapMessage *message, guint what, guint how)
{
  static const guint64 forms[MEMBERS] = { 0, 0, 9, 10 };
  static guint8 versions[4][12];
  guint8 *version = versions[what >> 5 & 3];

  message->form = message->primary ? forms[1 + how % (MEMBERS - 1)] : 0;
  if (message->form != 0 || message->is_diff)
    return;
  memcpy (version, "ver1\0\0\0\0\0\0\0", 12);
  version[9] = (guint8) (what >> 6 & 1);
  version[11] = (guint8) (1 + (what >> 5 & 1));
  message->diff = (CatalinaMapBytes){ version, 12 };
}

/* Members and lists of them as the bits of @how say, from the map itself to one nobody knows. */
static void
fill (CatalinaMapMessage *message, guint what, guint how, GPtrArray *nodes)
{
  static const guint8 good[40] = { 1 };
  static const guint8 bad[40] = { 255 };
  GBytes *key = key_of (how >> 4);

  message->map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  message->key.data = g_bytes_get_data (key, &message->key.size);
  if (what & 16)
    message->primary = member_of (how % (MEMBERS + 1));
  for (guint i = 0; i <= MEMBERS; i++)
    if ((what >> 5) & (1 << (i % 3)) && (how + i) % 2 == 0)
      g_ptr_array_add (nodes, member_of (i));
  message->nodes = nodes;
  message->is_diff = (how & 8) != 0;
  message->diff = message->value = (CatalinaMapBytes){ (how & 4)   ? good
                                                       : (how & 2) ? bad
                                                                   : NULL,
                                                       (how & 6) ? 40 : 0 };
  fill_form (message, what, how);
}

static void
receive (Run *run, guint what, guint how)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  CatalinaMapMessage message = { .type = (gint32) (what % 16) };

  fill (&message, what, how, nodes);
  if (message.type == CATALINA_MAP_REMOVE)
    run->is_own[(how >> 4) % KEYS] = FALSE;
  catalina_replicated_map_receive (run->map, member_of (1 + how % (MEMBERS - 1)), &message,
                                   run->now_us);
}

static void
ask (Run *run, guint what, guint how)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  CatalinaMapMessage question = { .type = (gint32) (what % 16) };
  g_auto (CatalinaMapPacket) answer = { 0 };
  guint32 later;

  fill (&question, what, how, nodes);
  (void) !catalina_replicated_map_answer (run->map, member_of (1 + how % (MEMBERS - 1)), &question,
                                          &answer, &later, run->now_us);
}

static void
reply (Run *run, guint what, guint how)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  g_autoptr (GBytes) list = NULL;
  CatalinaMapMessage message = { .type = CATALINA_MAP_RETRIEVE_BACKUP };
  CatalinaMapMessage entry = { .type = (what & 1) ? CATALINA_MAP_COPY : CATALINA_MAP_PROXY };
  CatalinaMapReply reply = { .source = member_of (1 + how % (MEMBERS - 1)), .message = &message };
  guint32 id;

  if (run->questions->len == 0)
    return;
  fill (&message, what, how, nodes);
  if (what & 8)
    {
      g_autoptr (GPtrArray) of_entry = g_ptr_array_new ();

      fill (&entry, what, how, of_entry);
      list = catalina_map_list_encode (&entry, 1, NULL, NULL);
      message.value.data = g_bytes_get_data (list, &message.value.size);
    }
  id = g_array_index (run->questions, guint32, 0);
  g_array_remove_index (run->questions, 0);
  catalina_replicated_map_replied (run->map, id, &reply, what & 4 ? 1 : 0, run->now_us);
}

static void
end_message (Run *run, guint how)
{
  g_autoptr (GPtrArray) failed = g_ptr_array_new ();
  guint32 id;

  if (run->messages->len == 0)
    return;
  for (guint i = 1; i < MEMBERS; i++)
    if (how & (1u << i))
      g_ptr_array_add (failed, member_of (i));
  id = g_array_index (run->messages, guint32, 0);
  g_array_remove_index (run->messages, 0);
  catalina_replicated_map_sent (run->map, id, failed);
}

static void
put (Run *run, guint how)
{
  /* What a member puts itself is not refused. */
  catalina_replicated_map_put (run->map, name_of (how), g_strdup ("value"));
  run->is_own[how % KEYS] = TRUE;
}

static void
use (Run *run, guint what, guint how)
{
  g_autoptr (GBytes) diff = g_bytes_new_static ("\1", 1);
  gpointer value;

  if (what & 16)
    (void) catalina_replicated_map_peek (run->map, name_of (how), &value);
  else if (catalina_replicated_map_get (run->map, name_of (how), &value) == CATALINA_MAP_FOUND)
    catalina_replicated_map_replicate (run->map, name_of (how), what & 32 ? diff : NULL,
                                       (what & 64) != 0);
}

static void
act (Run *run, guint what, guint how)
{
  switch (what % 12)
    {
    case 0:
    case 1:
      catalina_replicated_map_member_added (run->map, member_of (1 + how % (MEMBERS - 1)));
      break;
    case 2:
      catalina_replicated_map_member_gone (run->map, member_of (1 + how % (MEMBERS - 1)));
      break;
    case 3:
      catalina_replicated_map_heartbeat (run->map);
      break;
    case 4:
    case 5:
      put (run, how);
      break;
    case 6:
      use (run, what, how);
      break;
    case 7:
      run->now_us += (gint64) how * 100000;
      break;
    case 8:
      end_message (run, how);
      break;
    default:
      (void) catalina_replicated_map_step (run->map, run->now_us);
      break;
    }
}

static void
run_all (Run *run, const uint8_t *data, size_t size)
{
  for (size_t i = 0; i + 2 < size && i < (size_t) 3 * MAX_ACTIONS; i += 3)
    {
      switch (data[i] % 5)
        {
        case 0:
          receive (run, data[i + 1], data[i + 2]);
          break;
        case 1:
          ask (run, data[i + 1], data[i + 2]);
          break;
        case 2:
          reply (run, data[i + 1], data[i + 2]);
          break;
        default:
          act (run, data[i + 1], data[i + 2]);
          break;
        }
      take (run);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Run run = { .now_us = G_USEC_PER_SEC };
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  CatalinaMapSettings settings = {
    .name = NAME,
    .local = member_of (0),
    .kind = size > 0 && data[0] & 1 ? CATALINA_MAP_FULL : CATALINA_MAP_LAZY,
    .vault = size > 1 ? (CatalinaMapVault) (data[1] % 3) : CATALINA_MAP_VAULT_NONE,
    .audit_ms = 30000,
    .rpc_timeout_ms = 15000,
    .access_timeout_ms = 5000,
    .max_entries = MAX_ENTRIES,
    .max_bytes = MAX_BYTES,
    .values = &values,
  };

  run.map = catalina_replicated_map_new (&settings);
  run.questions = g_array_new (FALSE, FALSE, sizeof (guint32));
  run.messages = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_ptr_array_add (others, member_of (1));
  catalina_replicated_map_start (run.map, others);
  take (&run);
  run_all (&run, data, size);
  catalina_replicated_map_stop (run.map);
  catalina_replicated_map_free (run.map);
  g_array_unref (run.questions);
  g_array_unref (run.messages);
  return 0;
}
