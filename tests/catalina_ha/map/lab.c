/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/map/lab.h"

#include "tribes/java/read/tribes-java-reader.h"

#define NAME "localhost#/shop-map"

struct _Lab
{
  LabNet net;
  CatalinaMapKind kind;
  CatalinaMapVault vault[LAB_MAX];
  guint tomcat[LAB_MAX]; /* its version; 0: ours */
  gsize max_bytes;
  const CatalinaMapValues *values;
  guint events[LAB_MAX][CATALINA_MAP_EVENT_LEFT + 1];
  guint starts;
  gboolean hides_ids;
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

Lab *
lab_new (CatalinaMapKind kind, guint32 seed)
{
  Lab *lab = g_new0 (Lab, 1);

  lab->kind = kind;
  lab->values = &values;
  lab_net_init (&lab->net, seed);
  return lab;
}

void
lab_free (Lab *lab)
{
  lab_net_clear (&lab->net);
  g_free (lab);
}

LabNet *
lab_net (Lab *lab)
{
  return &lab->net;
}

void
lab_set_vault (Lab *lab, guint member, CatalinaMapVault vault)
{
  lab->vault[member] = vault;
}

void
lab_set_values (Lab *lab, const CatalinaMapValues *new_values)
{
  lab->values = new_values;
}

void
lab_set_form (Lab *lab, guint member, guint64 form)
{
  lab->net.nodes[member].form = form;
}

void
lab_hide_ids (Lab *lab)
{
  lab->hides_ids = TRUE;
}

void
lab_set_tomcat (Lab *lab, guint member, guint version)
{
  lab->tomcat[member] = version;
}

void
lab_set_max_bytes (Lab *lab, gsize max_bytes)
{
  lab->max_bytes = max_bytes;
}

LabNode *
lab_node (Lab *lab, guint member)
{
  return &lab->net.nodes[member];
}

CatalinaReplicatedMap *
lab_map (Lab *lab, guint member)
{
  return lab->net.nodes[member].map;
}

TribesMember *
lab_member (Lab *lab, guint member)
{
  return lab->net.nodes[member].member;
}

gboolean
lab_is_alive (Lab *lab, guint member)
{
  return lab_node_is_alive (&lab->net.nodes[member]);
}

static void
take_events (Lab *lab, guint member)
{
  CatalinaMapEvent *event;

  while (lab->net.nodes[member].map
         && (event = catalina_replicated_map_pop_event (lab->net.nodes[member].map)))
    {
      lab->events[member][event->kind]++;
      catalina_map_event_free (event);
    }
}

gboolean
lab_turn (Lab *lab)
{
  gboolean busy = FALSE;

  for (guint i = 0; i < LAB_MAX; i++)
    {
      LabNode *node = &lab->net.nodes[i];

      busy |= lab_net_send (&lab->net, i);
      take_events (lab, i);
      /* As who drives it: what does not go on by that would turn for ever. */
      busy |= node->map && !node->is_paused
              && (catalina_replicated_map_step (node->map, lab->net.now_us)
                  || catalina_replicated_map_get_deadline (node->map) <= lab->net.now_us);
      busy |= lab_net_send (&lab->net, i);
      take_events (lab, i);
    }
  return lab_net_deliver (&lab->net) || busy;
}

void
lab_settle (Lab *lab)
{
  for (guint turns = 0; lab_turn (lab) || lab_net_time_out (&lab->net); turns++)
    g_assert_cmpuint (turns, <, 200000);
}

/* Who does not stand still looks at the clock now and then. */
static void
pass (Lab *lab, guint except, gint64 ms)
{
  while (ms > 0)
    {
      lab->net.now_us += MIN (ms, 1000) * 1000;
      ms -= 1000;
      for (guint i = 0; i < LAB_MAX; i++)
        if (i != except && !lab->net.nodes[i].is_paused)
          lab_node_set_time (&lab->net.nodes[i], lab->net.now_us);
    }
}

void
lab_pass (Lab *lab, gint64 ms)
{
  pass (lab, LAB_MAX, ms);
}

void
lab_hang (Lab *lab, guint member)
{
  for (guint i = 0; i < LAB_MAX; i++)
    {
      lab->net.cut[i][member] = lab->net.cut[member][i] = i != member;
      if (i != member)
        lab_node_member_gone (&lab->net.nodes[i], lab->net.nodes[member].told);
    }
  lab_settle (lab);
}

void
lab_go_on (Lab *lab, guint member, gint64 ms)
{
  pass (lab, member, ms);
  for (guint i = 0; i < LAB_MAX; i++)
    {
      lab->net.cut[i][member] = lab->net.cut[member][i] = FALSE;
      if (i != member)
        lab_node_member_added (&lab->net.nodes[i], lab->net.nodes[member].told);
    }
}

void
lab_pause (Lab *lab, guint member, gboolean is_paused)
{
  lab->net.nodes[member].is_paused = is_paused;
}

void
lab_heartbeat (Lab *lab)
{
  for (guint i = 0; i < LAB_MAX; i++)
    if (!lab->net.nodes[i].is_paused)
      lab_node_heartbeat (&lab->net.nodes[i]);
  lab_settle (lab);
}

static CatalinaReplicatedMap *
make_map (Lab *lab, guint member)
{
  CatalinaMapSettings settings = {
    .name = NAME,
    .local = lab->net.nodes[member].member,
    .kind = lab->kind,
    .rpc_timeout_ms = 15000,
    .access_timeout_ms = 5000,
    .max_entries = 50000,
    .max_bytes = lab->max_bytes,
    .vault = lab->vault[member],
    .audit_ms = 30000,
    .values = lab->values,
  };

  return catalina_replicated_map_new (&settings);
}

static LabTomcat *
make_tomcat (Lab *lab, guint member)
{
  LabTomcatSettings settings = {
    .name = NAME,
    .local = lab->net.nodes[member].member,
    .kind = lab->kind,
    .version = lab->tomcat[member],
    .rpc_timeout_ms = 15000,
    .access_timeout_ms = 5000,
    .values = lab->values,
  };

  return lab_tomcat_new (&settings);
}

static void
make (Lab *lab, guint member, gboolean is_same)
{
  LabNode *node = &lab->net.nodes[member];
  g_autofree char *id
      = g_strdup_printf ("{%u,%u,0,0,0,0,0,0,0,0,0,0,0,0,0,1}", member, ++lab->starts % 256);

  g_assert_false (lab_node_is_alive (node));
  if (!is_same)
    {
      g_clear_pointer (&node->member, tribes_member_unref);
      node->member = tribes_member_new ("127.0.0.1", (int) (4000 + member), id, NULL);
    }
  g_assert_nonnull (node->member);
  g_clear_pointer (&node->told, tribes_member_unref);
  node->told = lab->hides_ids ? tribes_member_new ("127.0.0.1", (int) (4000 + member), NULL, NULL)
                              : tribes_member_ref (node->member);
  memset (lab->events[member], 0, sizeof lab->events[member]);
  node->life = lab->starts;
  if (lab->tomcat[member] > 0)
    {
      node->tomcat = make_tomcat (lab, member);
      node->form = 1;
    }
  else
    node->map = make_map (lab, member);
}

static void
begin (Lab *lab, guint member, gboolean is_same)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  make (lab, member, is_same);
  for (guint i = 0; i < LAB_MAX; i++)
    if (i != member && lab_net_is_reachable (&lab->net, i, member))
      {
        g_ptr_array_add (others, lab->net.nodes[i].told);
        lab_node_member_added (&lab->net.nodes[i], lab->net.nodes[member].told);
      }
  lab_node_start (&lab->net.nodes[member], others, lab->net.now_us);
}

void
lab_begin (Lab *lab, guint member)
{
  begin (lab, member, FALSE);
}

void
lab_begin_again (Lab *lab, guint member)
{
  begin (lab, member, TRUE);
}

void
lab_start (Lab *lab, guint member)
{
  lab_begin (lab, member);
  lab_settle (lab);
}

CatalinaReplicatedMap *
lab_add (Lab *lab, guint member, TribesMember *first, TribesMember *second)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  make (lab, member, FALSE);
  g_ptr_array_add (others, first);
  g_ptr_array_add (others, second);
  catalina_replicated_map_start (lab->net.nodes[member].map, others);
  return lab->net.nodes[member].map;
}

void
lab_kill (Lab *lab, guint member)
{
  lab_net_kill (&lab->net, member);
}

void
lab_stop (Lab *lab, guint member)
{
  catalina_replicated_map_stop (lab->net.nodes[member].map);
  lab_settle (lab);
  lab_kill (lab, member);
}

void
lab_see (Lab *lab)
{
  for (guint i = 0; i < LAB_MAX; i++)
    for (guint j = 0; j < LAB_MAX; j++)
      if (i != j && lab->net.nodes[j].member && !lab_net_is_reachable (&lab->net, i, j))
        lab_node_member_gone (&lab->net.nodes[i], lab->net.nodes[j].told);
}

void
lab_notice (Lab *lab)
{
  lab_see (lab);
  lab_settle (lab);
}

void
lab_cut (Lab *lab, guint a, guint b, gboolean is_cut)
{
  gboolean heals = lab->net.cut[a][b] && !is_cut;

  lab->net.cut[a][b] = lab->net.cut[b][a] = is_cut;
  if (!heals || !lab_net_is_reachable (&lab->net, a, b))
    return;
  lab_node_member_added (&lab->net.nodes[a], lab->net.nodes[b].told);
  lab_node_member_added (&lab->net.nodes[b], lab->net.nodes[a].told);
}

void
lab_put (Lab *lab, guint member, const char *key, const char *text)
{
  catalina_replicated_map_put (lab->net.nodes[member].map, key, g_strdup (text));
  lab_settle (lab);
}

char *
lab_get (Lab *lab, guint member, const char *key)
{
  CatalinaReplicatedMap *map = lab->net.nodes[member].map;
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
      = (CatalinaMapEntry *) catalina_replicated_map_look (lab->net.nodes[member].map, key);
  char *joined;

  if (!before)
    return FALSE;
  joined = g_strconcat (before, text, NULL);
  g_free (entry->value);
  entry->value = joined;
  catalina_replicated_map_replicate (lab->net.nodes[member].map, key, diff, FALSE);
  lab_settle (lab);
  return TRUE;
}

const char *
lab_value (Lab *lab, guint member, const char *key)
{
  const CatalinaMapEntry *entry = catalina_replicated_map_look (lab->net.nodes[member].map, key);

  return entry ? entry->value : NULL;
}

void
lab_assert_role (Lab *lab, guint member, const char *key, CatalinaMapRole role)
{
  const CatalinaMapEntry *entry = catalina_replicated_map_look (lab->net.nodes[member].map, key);

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
      CatalinaMapRole found;
      gpointer value;

      n += lab_node_look (&lab->net.nodes[i], key, &found, &value) && found == role;
    }
  return n;
}

guint
lab_count_events (Lab *lab, guint member, CatalinaMapEventKind kind)
{
  return lab->events[member][kind];
}
