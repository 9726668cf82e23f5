/* SPDX-License-Identifier: Apache-2.0
 *
 * What replicated maps say is told the same way whether it is alone or carried by a question or an
 * answer.
 */
#include "catalina_ha/messages/catalina-skim-private.h"

#include <string.h>

#include "tests/catalina_ha/support.h"
#include "tribes/java/read/tribes-java-reader.h"

#define SESSION "0123456789ABCDEF0123456789ABCDEF.node1"

static TribesRpcIds *
make_ids (const char *id)
{
  TribesRpcIds *ids = g_new0 (TribesRpcIds, 1);

  ids->uuid_size = 16;
  ids->id_size = (guint) strlen (id);
  memcpy (ids->id, id, ids->id_size);
  return ids;
}

/* @name: (nullable): a vector; Java's null without. */
static GBytes *
carry (const char *name, const char *id, TribesRpcKind kind)
{
  g_autofree TribesRpcIds *ids = make_ids (id);
  g_autoptr (GBytes) bytes = name ? support_load (name) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) value = bytes ? tribes_java_value_deserialize (bytes, &error) : NULL;
  GBytes *carried;

  g_assert_no_error (error);
  carried = tribes_rpc_write (ids, kind, value, &error);
  g_assert_no_error (error);
  return carried;
}

static gboolean
skim_rpc (GBytes *bytes, CatalinaSkim *skim)
{
  g_autofree guint8 *exact = g_memdup2 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  memset (skim, 0, sizeof *skim);
  return catalina_skim_rpc (exact, g_bytes_get_size (bytes), skim);
}

static void
assert_span (CatalinaSpan span, const char *text)
{
  g_assert_nonnull (span.text);
  g_assert_cmpmem (span.text, span.size, text, strlen (text));
}

static void
test_alone (void)
{
  static const struct
  {
    const char *name;
    gint32 type;
    gboolean has_data;
    gboolean has_object;
  } cases[] = {
    { "map-backup@10.1.60", CATALINA_MAP_BACKUP, FALSE, TRUE },
    { "map-backup@9.0.70", CATALINA_MAP_BACKUP, FALSE, TRUE },
    { "map-diff@9.0.70", CATALINA_MAP_BACKUP, TRUE, FALSE },
    { "map-proxy@10.1.60", CATALINA_MAP_PROXY, FALSE, FALSE },
    { "map-remove", CATALINA_MAP_REMOVE, FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = support_load (cases[i].name);
      g_auto (CatalinaSkim) skim = { 0 };

      g_assert_true (
          catalina_skim_map (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &skim));
      g_assert_cmpint (skim.map->message.type, ==, cases[i].type);
      g_assert_cmpint (skim.map->rpc, ==, TRIBES_RPC_NONE);
      g_assert_true (skim.map->has_sessions);
      g_assert_cmpstr (skim.map->name, ==, "localhost#/shop-map");
      assert_span (skim.context, "localhost#/shop");
      assert_span (skim.session, SESSION);
      g_assert_cmpint (skim.data != NULL, ==, cases[i].has_data);
      g_assert_cmpint (skim.object != NULL, ==, cases[i].has_object);
    }
}

/* What is in it is nobody's session. */
static void
test_sign_on (void)
{
  g_autoptr (GBytes) bytes = support_load ("map-sign-on@10.1.60");
  g_auto (CatalinaSkim) skim = { 0 };

  g_assert_true (
      catalina_skim_map (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &skim));
  g_assert_false (skim.map->has_sessions);
  assert_span (skim.context, "Catalina-SSO-cache");
  assert_span (skim.session, SESSION);
  g_assert_null (skim.object);
  g_assert_null (skim.data);
}

static void
test_carried (void)
{
  g_autoptr (GBytes) pull
      = carry ("map-retrieve-backup", "localhost#/shop-map", TRIBES_RPC_QUESTION);
  g_autoptr (GBytes) whole = carry ("map-backup@9.0.70", "localhost#/shop-map", TRIBES_RPC_REPLY);
  g_auto (CatalinaSkim) asked = { 0 };
  g_auto (CatalinaSkim) answered = { 0 };

  g_assert_true (skim_rpc (pull, &asked));
  g_assert_cmpint (asked.map->rpc, ==, TRIBES_RPC_QUESTION);
  g_assert_cmpint (asked.map->message.type, ==, CATALINA_MAP_RETRIEVE_BACKUP);
  assert_span (asked.context, "localhost#/shop");
  assert_span (asked.session, SESSION);
  g_assert_true (skim_rpc (whole, &answered));
  g_assert_cmpint (answered.map->rpc, ==, TRIBES_RPC_REPLY);
  assert_span (answered.session, SESSION);
  g_assert_nonnull (answered.object);
  g_assert_nonnull (answered.map->message.primary);
}

typedef struct
{
  guint n;
  guint objects;
} Count;

static void
count (const CatalinaSkim *entry, gpointer user_data)
{
  Count *counted = user_data;

  counted->n++;
  counted->objects += entry->object != NULL;
  g_assert_nonnull (entry->session.text);
  assert_span (entry->context, "localhost#/shop");
  g_assert_false (catalina_skim_has_entries (entry));
}

static void
test_entries (void)
{
  static const char *const names[] = { "map-state-proxies@10.1.60", "map-state-copies@9.0.70" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes) bytes = carry (names[i], "localhost#/shop-map", TRIBES_RPC_REPLY);
      g_auto (CatalinaSkim) skim = { 0 };
      Count counted = { 0 };

      g_assert_true (skim_rpc (bytes, &skim));
      g_assert_true (catalina_skim_has_entries (&skim));
      g_assert_true (catalina_skim_entries (&skim, count, &counted));
      g_assert_cmpuint (counted.n, ==, 3);
      g_assert_cmpuint (counted.objects, ==, i * 3);
      g_assert_null (skim.object);
    }
}

/* Nobody there, nothing found: of which map it is told by whom it answers. */
static void
test_nothing (void)
{
  g_autoptr (GBytes) nothing = carry (NULL, "localhost#/shop-map", TRIBES_RPC_REPLY);
  g_autoptr (GBytes) other = carry (NULL, "something", TRIBES_RPC_REPLY);
  g_autoptr (GBytes) foreign = carry ("session-delta", "localhost#/shop-map", TRIBES_RPC_REPLY);
  g_autoptr (GBytes) nobody = support_load ("rpc-no-channel");
  g_auto (CatalinaSkim) skim = { 0 };
  g_auto (CatalinaSkim) told = { 0 };
  g_auto (CatalinaSkim) none = { 0 };

  g_assert_true (skim_rpc (nothing, &skim));
  g_assert_cmpint (skim.map->message.type, ==, 0);
  assert_span (skim.context, "localhost#/shop");
  g_assert_true (skim_rpc (nobody, &told));
  g_assert_cmpint (told.map->rpc, ==, TRIBES_RPC_NO_CHANNEL);
  g_assert_false (skim_rpc (other, &none));
  g_assert_false (skim_rpc (foreign, &none));
  g_assert_null (none.map);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/skim-map/alone", test_alone);
  g_test_add_func ("/skim-map/sign-on", test_sign_on);
  g_test_add_func ("/skim-map/carried", test_carried);
  g_test_add_func ("/skim-map/entries", test_entries);
  g_test_add_func ("/skim-map/nothing", test_nothing);
  return g_test_run ();
}
