/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that take an entry for their own at the same time.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab.h"

#define NAME "localhost#/shop-map"

enum
{
  MEMBERS = 4,
  SEEDS = 200,
};

static Lab *
start (CatalinaMapKind kind, guint32 seed)
{
  Lab *lab = lab_new (kind, seed);

  for (guint i = 0; i < MEMBERS; i++)
    lab_start (lab, i);
  return lab;
}

static guint
find_backup (Lab *lab, const char *key)
{
  for (guint i = 0; i < MEMBERS; i++)
    if (lab_is_alive (lab, i)
        && catalina_replicated_map_look (lab_map (lab, i), key)->role == CATALINA_MAP_ROLE_BACKUP)
      return i;
  g_assert_not_reached ();
}

static void
turn (Lab *lab, guint turns)
{
  while (turns-- > 0)
    (void) lab_turn (lab);
}

/* What was changed last is found wherever it is asked for, and one answers for it. */
static void
assert_found (Lab *lab, const char *key, const char *text)
{
  lab_notice (lab);
  lab_heartbeat (lab);
  g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_BACKUP), ==, 1);
  g_assert_cmpstr (lab_value (lab, find_backup (lab, key), key), ==, text);
  for (guint i = 0; i < MEMBERS; i++)
    if (lab_is_alive (lab, i))
      {
        g_autofree char *value = lab_get (lab, i, key);

        g_assert_cmpstr (value, ==, text);
      }
}

/* Who has the copy goes on for who is dead, while another works with it: that one keeps it. */
static void
test_inherited_and_used (void)
{
  for (guint32 seed = 1; seed <= SEEDS; seed++)
    {
      g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY, seed);
      guint backup, user;
      gpointer value;

      g_test_message ("seed %u", seed);
      lab_put (lab, 0, "key", "1");
      backup = find_backup (lab, "key");
      user = backup == MEMBERS - 1 ? backup - 1 : MEMBERS - 1;
      lab_kill (lab, 0);
      g_assert_cmpint (catalina_replicated_map_get (lab_map (lab, user), "key", &value), ==,
                       CATALINA_MAP_WAIT);
      turn (lab, seed % 20);
      catalina_replicated_map_member_gone (lab_map (lab, backup), lab_member (lab, 0));
      g_assert_true (lab_change (lab, user, "key", "2"));
      assert_found (lab, "key", "12");
    }
}

/* Says for @from that it answers for the entry, and that @to has the copy. */
static void
say (Lab *lab, guint to, guint from, const char *text, guint64 version)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  g_auto (CatalinaMapPacket) packet = { 0 };

  packet.bytes[0] = catalina_map_key_encode ("key");
  packet.bytes[1] = catalina_map_key_encode (text);
  packet.message.type = CATALINA_MAP_BACKUP;
  packet.message.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  packet.message.key.data = g_bytes_get_data (packet.bytes[0], &packet.message.key.size);
  packet.message.value.data = g_bytes_get_data (packet.bytes[1], &packet.message.value.size);
  packet.message.primary = tribes_member_ref (lab_member (lab, from));
  g_ptr_array_add (nodes, lab_member (lab, to));
  packet.message.nodes = g_ptr_array_ref (nodes);
  catalina_map_version_stamp (&packet, version);
  catalina_replicated_map_receive (lab_map (lab, to), lab_member (lab, from), &packet.message,
                                   lab_net (lab)->now_us);
}

static const CatalinaMapEntry *
look (Lab *lab, guint member)
{
  return catalina_replicated_map_look (lab_map (lab, member), "key");
}

/* The older of two is dropped, whichever comes first, and who said it is told; of two of the same
 * version all take the same. One that is beyond all bounds, or says nothing, is as a Tomcat's. */
static void
test_order (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY, 1);
  CatalinaMapOutput *output;

  say (lab, 0, 1, "newer", 3 << 16);
  g_assert_cmpstr (lab_value (lab, 0, "key"), ==, "newer");
  say (lab, 0, 2, "older", (2 << 16) + 5);
  g_assert_cmpstr (lab_value (lab, 0, "key"), ==, "newer");
  output = catalina_replicated_map_pop_output (lab_map (lab, 0));
  g_assert_cmpint (output->packet.message.type, ==, CATALINA_MAP_PROXY);
  g_assert_true (tribes_member_equal (output->packet.message.primary, lab_member (lab, 1)));
  g_assert_true (tribes_member_equal (output->to->pdata[0], lab_member (lab, 2)));
  catalina_map_output_free (output);
  say (lab, 0, 3, "same", 3 << 16);
  g_assert_cmpstr (lab_value (lab, 0, "key"), ==, "newer");
  say (lab, 0, 2, "inherited", (3 << 16) + 1);
  g_assert_cmpstr (lab_value (lab, 0, "key"), ==, "inherited");
  say (lab, 0, 1, "same and first", (3 << 16) + 1);
  g_assert_cmpstr (lab_value (lab, 0, "key"), ==, "same and first");
  say (lab, 0, 3, "beyond", G_MAXUINT64);
  g_assert_cmpstr (lab_value (lab, 0, "key"), ==, "beyond");
  g_assert_cmpuint (look (lab, 0)->version, ==, 0);
  g_assert_cmpuint (lab_map (lab, 0)->version, <, G_GUINT64_CONSTANT (1) << 62);
}

/* However far others say they are, whoever takes an entry over can do so once more. */
static void
test_bound (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY, 1);

  say (lab, 0, 1, "far", (G_GUINT64_CONSTANT (1) << 62) - 1);
  for (guint i = 0; i < 3; i++)
    {
      gpointer value;

      g_assert_cmpint (catalina_replicated_map_get (lab_map (lab, 0), "key", &value), ==,
                       CATALINA_MAP_FOUND);
      g_assert_cmpuint (look (lab, 0)->version, ==, (G_GUINT64_CONSTANT (1) << 62) - 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalina/map-version/inherited-and-used", test_inherited_and_used);
  g_test_add_func ("/catalina/map-version/order", test_order);
  g_test_add_func ("/catalina/map-version/bound", test_bound);
  return g_test_run ();
}
