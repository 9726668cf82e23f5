/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a cluster by what was said in it.
 */
#include "catalina_ha/monitor/catalina-sight-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tests/catalina_ha/support.h"
#include "tribes/capture/tribes-observed-private.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"

#define CONTEXT "localhost#/shop"

typedef struct
{
  CatalinaSight sight;
  TribesMember *members[3];
  gint64 now_us;
} Lab;

static Lab *
lab_new (gboolean show_values)
{
  Lab *lab = g_new0 (Lab, 1);

  catalina_sight_init (&lab->sight, show_values);
  for (guint i = 0; i < G_N_ELEMENTS (lab->members); i++)
    lab->members[i] = tribes_member_new ("127.0.0.1", 4000 + (int) i, NULL, NULL);
  lab->now_us = G_USEC_PER_SEC;
  return lab;
}

static void
lab_free (Lab *lab)
{
  catalina_sight_clear (&lab->sight);
  for (guint i = 0; i < G_N_ELEMENTS (lab->members); i++)
    tribes_member_unref (lab->members[i]);
  g_free (lab);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lab, lab_free)

/* From the first member to both others, as the same message. */
static void
say (Lab *lab, CatalinaSessionEvent event, const char *context, const char *id, GBytes *data)
{
  g_autoptr (CatalinaSessionMessage) said
      = catalina_session_message_new (event, context, id, id, lab->now_us / 1000, data);
  g_autoptr (GBytes) payload = catalina_session_message_encode (said, 2);
  g_autoptr (TribesMessage) message
      = tribes_message_new (lab->members[0], payload, TRIBES_SEND_OPTIONS_USE_ACK,
                            lab->now_us / 1000);

  for (guint i = 1; i < G_N_ELEMENTS (lab->members); i++)
    {
      TribesEndpoint to = tribes_observed_endpoint (lab->members[i]);

      tribes_observed_message (catalina_sight_get_sink (), &lab->sight, i, lab->now_us, message,
                               &to);
    }
  lab->now_us += 1000;
}

static void
set (Lab *lab, const char *id, const char *name, const char *text)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = text ? tribes_java_value_new_string (text) : NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (value)
    catalina_delta_set_attribute (delta, name, value);
  else
    catalina_delta_remove_attribute (delta, name);
  bytes = catalina_delta_encode (delta, id, NULL);
  say (lab, CATALINA_SESSION_EVENT_DELTA, CONTEXT, id, bytes);
}

static CatalinaSeenContext *
get_context (Lab *lab)
{
  g_assert_cmpuint (lab->sight.contexts->len, ==, 1);
  return g_ptr_array_index (lab->sight.contexts, 0);
}

/* The only one. */
static CatalinaSeenSession *
get_session (Lab *lab)
{
  g_assert_cmpuint (get_context (lab)->used.length, ==, 1);
  return get_context (lab)->used.head->data;
}

static void
test_life (void)
{
  g_autoptr (Lab) lab = lab_new (TRUE);
  CatalinaSeenAttribute *cart;
  gsize held;

  say (lab, CATALINA_SESSION_EVENT_CREATED, CONTEXT, "A", NULL);
  held = lab->sight.held;
  set (lab, "A", "cart", "cup");
  cart = g_hash_table_lookup (get_session (lab)->attributes, "cart");
  g_assert_cmpstr (cart->class_name, ==, "java.lang.String");
  g_assert_cmpstr (cart->value, ==, "\"cup\"");
  g_assert_cmpuint (cart->bytes, ==, 6);
  g_assert_cmpuint (get_context (lab)->bytes, ==, 6);
  set (lab, "A", "cart", "teapot");
  g_assert_cmpuint (get_session (lab)->bytes, ==, 9);
  g_assert_cmpuint (get_session (lab)->deltas, ==, 2);
  set (lab, "A", "cart", NULL);
  g_assert_cmpuint (g_hash_table_size (get_session (lab)->attributes), ==, 0);
  g_assert_cmpuint (lab->sight.held, ==, held);
  say (lab, CATALINA_SESSION_EVENT_EXPIRED, CONTEXT, "A", NULL);
  g_assert_cmpuint (get_context (lab)->used.length, ==, 0);
  g_assert_cmpuint (get_context (lab)->bytes, ==, 0);
  g_assert_cmpuint (lab->sight.held, ==, 0);
  /* Two members were told each. */
  g_assert_cmpuint (get_context (lab)->created, ==, 1);
  g_assert_cmpuint (get_context (lab)->ended, ==, 1);
  g_assert_cmpuint (lab->sight.messages, ==, 10);
  g_assert_cmpuint (lab->sight.members->len, ==, 3);
}

/* Neither ids nor values, unless they are asked for. */
static void
test_hides (void)
{
  g_autoptr (Lab) lab = lab_new (FALSE);
  CatalinaSeenAttribute *cart;

  set (lab, "A-SECRET-ID", "cart", "cup");
  g_assert_cmpuint (strlen (get_session (lab)->id), ==, 10);
  g_assert_false (get_session (lab)->is_whole);
  cart = g_hash_table_lookup (get_session (lab)->attributes, "cart");
  g_assert_null (cart->value);
  g_assert_cmpuint (cart->bytes, ==, 6);
  g_assert_nonnull (catalina_sight_find (&lab->sight, CONTEXT, get_session (lab)->id));
  g_assert_null (catalina_sight_find (&lab->sight, CONTEXT, "A-SECRET-ID"));
}

static void
test_new_id (void)
{
  g_autoptr (Lab) lab = lab_new (TRUE);
  g_autoptr (GBytes) data = catalina_new_id_encode ("B", NULL);
  g_autofree char *before = NULL;

  set (lab, "A", "cart", "cup");
  before = g_strdup (get_session (lab)->id);
  say (lab, CATALINA_SESSION_EVENT_CHANGE_ID, CONTEXT, "A", data);
  g_assert_cmpstr (get_session (lab)->id, !=, before);
  g_assert_cmpuint (g_hash_table_size (get_session (lab)->attributes), ==, 1);
  set (lab, "B", "colour", "green");
  g_assert_cmpuint (g_hash_table_size (get_session (lab)->attributes), ==, 2);
}

/* The sessions that nobody has spoken of longest make room. */
static void
test_many (void)
{
  g_autoptr (Lab) lab = lab_new (FALSE);

  lab->sight.max_sessions = 100;
  for (guint i = 0; i < 110; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      say (lab, CATALINA_SESSION_EVENT_CREATED, CONTEXT, id, NULL);
    }
  g_assert_cmpuint (lab->sight.ages.length, ==, 100);
  g_assert_cmpuint (lab->sight.forgotten, ==, 10);
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *context = g_strdup_printf ("/%u", i);

      say (lab, CATALINA_SESSION_EVENT_CREATED, context, "A", NULL);
    }
  g_assert_cmpuint (lab->sight.contexts->len, ==, 256);
}

static void
test_series (void)
{
  CatalinaSeries all = { 0 };
  CatalinaSeries some = { 0 };
  gint64 values[CATALINA_SERIES_STEPS] = { 0 };

  for (guint i = 0; i < 1000; i++)
    {
      catalina_series_add (&all, 1000000 + i * 1000, 1);
      if (i >= 900)
        catalina_series_add (&some, 1000000 + i * 1000, 1);
    }
  catalina_series_align (&all, &some, values);
  g_assert_cmpuint (all.n, ==, 63);
  g_assert_cmpint (values[55], ==, 0);
  g_assert_cmpint (values[56] + values[57] + values[58] + values[59] + values[60] + values[61]
                       + values[62],
                   ==, 100);
}

/* From the first member to the second, as a replicated map says it. */
static void
say_bytes (Lab *lab, GBytes *payload)
{
  g_autoptr (TribesMessage) message
      = tribes_message_new (lab->members[0], payload, TRIBES_SEND_OPTIONS_USE_ACK,
                            lab->now_us / 1000);
  TribesEndpoint to = tribes_observed_endpoint (lab->members[1]);

  tribes_observed_message (catalina_sight_get_sink (), &lab->sight, 1, lab->now_us, message, &to);
  lab->now_us += 1000;
}

static void
say_vector (Lab *lab, const char *name)
{
  g_autoptr (GBytes) payload = support_load (name);

  say_bytes (lab, payload);
}

/* As the answer to a question. */
static void
answer_vector (Lab *lab, const char *name)
{
  TribesRpcIds ids = { .uuid_size = 16, .id_size = strlen (CONTEXT "-map") };
  g_autoptr (GBytes) bytes = support_load (name);
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (bytes, NULL);
  g_autoptr (GBytes) payload = NULL;

  memcpy (ids.id, CONTEXT "-map", ids.id_size);
  payload = tribes_rpc_write (&ids, TRIBES_RPC_REPLY, value, NULL);
  g_assert_nonnull (payload);
  say_bytes (lab, payload);
}

static CatalinaSeenSession *
find_seen (Lab *lab, const char *id)
{
  g_autofree char *hash = catalina_hash_id (id);

  return catalina_sight_find (&lab->sight, CONTEXT, hash);
}

#define MAP_SESSION "0123456789ABCDEF0123456789ABCDEF.node1"

/* An entry of a BackupManager is a session, with who has it. */
static void
test_map (void)
{
  g_autoptr (Lab) lab = lab_new (FALSE);
  CatalinaSeenSession *session;

  say_vector (lab, "map-proxy@10.1.60");
  session = find_seen (lab, MAP_SESSION);
  g_assert_nonnull (session);
  g_assert_false (session->is_whole);
  g_assert_cmpstr (session->primary, ==, "127.0.0.1:4000");
  g_assert_cmpuint (g_strv_length (session->backups), ==, 1);
  g_assert_cmpstr (session->backups[0], ==, "[2001:db8::7]:4001");
  say_vector (lab, "map-diff@9.0.70");
  g_assert_cmpuint (session->deltas, ==, 1);
  g_assert_nonnull (g_hash_table_lookup (session->attributes, "count"));
  say_vector (lab, "map-remove");
  g_assert_null (find_seen (lab, MAP_SESSION));
  g_assert_cmpuint (lab->sight.held, ==, 0);
  say_vector (lab, "map-sign-on@10.1.60");
  g_assert_cmpuint (lab->sight.contexts->len, ==, 1);
}

/* What is pulled, and what is told of a whole map. */
static void
test_map_answers (void)
{
  g_autoptr (Lab) lab = lab_new (FALSE);
  CatalinaSeenContext *context;

  answer_vector (lab, "map-backup@10.1.60");
  context = lab->sight.contexts->pdata[0];
  /* The entry, and the session that is in it, which the vector calls by another name. */
  g_assert_cmpuint (context->used.length, ==, 2);
  answer_vector (lab, "map-state-copies@9.0.70");
  g_assert_cmpuint (context->used.length, >=, 5);
  g_assert_nonnull (find_seen (lab, "key0")->primary);
  g_assert_cmpuint (lab->sight.broken, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sight/life", test_life);
  g_test_add_func ("/sight/hides", test_hides);
  g_test_add_func ("/sight/new-id", test_new_id);
  g_test_add_func ("/sight/map", test_map);
  g_test_add_func ("/sight/map-answers", test_map_answers);
  g_test_add_func ("/sight/many", test_many);
  g_test_add_func ("/sight/series", test_series);
  return g_test_run ();
}
