/* SPDX-License-Identifier: Apache-2.0
 *
 * The interceptors that have a coordinator, between a fake one above and one below.
 */
#include "tests/interceptors/chain.h"
#include "tests/wire/vector-member.h"

#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-coordination-private.h"
#include "tribes/interceptors/tribes-interceptors.h"

static void
pass (TribesVirtualClock *clock, guint milliseconds)
{
  gint64 end_us = tribes_clock_get_us () + (gint64) milliseconds * 1000;

  while (tribes_virtual_clock_get_deadline (clock) <= end_us)
    {
      tribes_virtual_clock_advance (clock, tribes_virtual_clock_get_deadline (clock));
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  tribes_virtual_clock_advance (clock, end_us);
}

static void
on_notify (GObject *object, GParamSpec *spec, gpointer data)
{
  (*(guint *) data)++;
}

static void
start (Chain *chain)
{
  g_assert_true (tribes_interceptor_start (chain->middle, TRIBES_SERVICES_DEFAULT, NULL));
}

static void
join (Chain *chain, TribesMember *member)
{
  g_ptr_array_add (chain->bottom->members, tribes_member_ref (member));
  tribes_interceptor_member_added (chain->middle, member);
}

static int
coordinator_port (Chain *chain)
{
  g_autoptr (TribesMember) coordinator = NULL;

  g_object_get (chain->middle, "coordinator", &coordinator, NULL);
  return coordinator ? tribes_member_get_port (coordinator) : 0;
}

/* There is a view once nothing has changed for two and a half seconds, and not before. */
static void
test_simple (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);
  g_autoptr (TribesMember) first = tribes_member_new ("127.0.0.1", 3999, NULL, NULL);
  guint n_notified = 0;

  g_signal_connect (chain->middle, "notify::coordinator", G_CALLBACK (on_notify), &n_notified);
  start (chain);
  pass (clock, 2000);
  join (chain, chain->other);
  pass (clock, 2400);
  g_assert_cmpint (coordinator_port (chain), ==, 0);
  pass (clock, 200);
  g_assert_cmpint (coordinator_port (chain), ==, 4000);
  g_assert_cmpuint (chain_get_counter (chain, "view-members"), ==, 2);
  join (chain, first);
  pass (clock, 2600);
  g_assert_cmpint (coordinator_port (chain), ==, 3999);
  g_assert_cmpuint (n_notified, ==, 2);
  tribes_interceptor_stop (chain->middle, TRIBES_SERVICES_DEFAULT);
  g_assert_cmpint (coordinator_port (chain), ==, 0);
  g_assert_cmpuint (chain->top->added->len, ==, 2);
}

static TribesCoordination *
sent (Chain *chain, guint index)
{
  gsize size;
  const guint8 *payload;

  g_assert_cmpuint (chain->bottom->deliveries->len, >, index);
  payload = tribes_message_peek_payload (tribes_delivery_get_message (
                                             chain->bottom->deliveries->pdata[index]),
                                         &size);
  return tribes_coordination_parse (payload, size, NULL, NULL);
}

static gboolean
receive (Chain *chain, const TribesCoordination *coordination, GError **error)
{
  g_autoptr (GBytes) payload = tribes_coordination_write (coordination);
  g_autoptr (TribesMessage) message
      = tribes_message_new (chain->other, payload, TRIBES_SEND_OPTIONS_USE_ACK, 0);

  return tribes_interceptor_message_received (chain->middle, message, error);
}

/* The token goes to the next one that takes it, and once it is back all are told. */
static void
test_elected (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);
  g_autoptr (TribesMember) third = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  g_autoptr (GError) gone = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (TribesCoordination) token = NULL;
  g_autoptr (TribesCoordination) again = NULL;
  g_autoptr (TribesCoordination) view = NULL;

  start (chain);
  join (chain, chain->other);
  join (chain, third);
  pass (clock, 150);
  token = sent (chain, 0);
  g_assert_false (token->is_confirmation);
  g_assert_cmpuint (token->members->len, ==, 3);
  tribes_delivery_complete_all (chain->bottom->deliveries->pdata[0], gone);
  again = sent (chain, 1);
  g_assert_cmpmem (again->id, 16, token->id, 16);
  g_assert_true (tribes_delivery_get_destinations (chain->bottom->deliveries->pdata[1])->pdata[0]
                 == third);
  chain_complete (chain, 1);
  g_assert_cmpint (coordinator_port (chain), ==, 0);
  g_assert_true (receive (chain, again, NULL));
  view = sent (chain, 2);
  g_assert_true (view->is_confirmation);
  chain_complete (chain, 2);
  g_assert_cmpint (coordinator_port (chain), ==, 4000);
  g_assert_cmpuint (chain_get_counter (chain, "view-members"), ==, 3);
  /* None of this is for those above. */
  g_assert_cmpuint (chain->top->messages->len, ==, 0);
  tribes_interceptor_stop (chain->middle, TRIBES_SERVICES_DEFAULT);
}

/* Starting waits for nobody, and who hears of nobody leads. */
static void
test_nobody_answers (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);
  g_autoptr (TribesMember) first = tribes_member_new ("127.0.0.1", 3999, NULL, NULL);

  start (chain);
  join (chain, first);
  pass (clock, 15000);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 0);
  g_assert_cmpint (coordinator_port (chain), ==, 0);
  pass (clock, 200);
  g_assert_cmpint (coordinator_port (chain), ==, 4000);
  /* The one that should lead is reminded. */
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 1);
  chain_complete (chain, 0);
  tribes_interceptor_stop (chain->middle, TRIBES_SERVICES_DEFAULT);
}

static void
test_told (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);
  g_autoptr (TribesMember) first = tribes_member_new ("127.0.0.1", 3999, NULL, NULL);
  g_autoptr (GPtrArray) members = g_ptr_array_new ();
  g_autoptr (TribesCoordination) view = NULL;
  g_autoptr (TribesCoordination) without = NULL;
  g_autoptr (GError) error = NULL;
  guint8 id[16] = { 1 };

  start (chain);
  join (chain, first);
  g_ptr_array_add (members, first);
  without = tribes_coordination_new (first, first, members, id, TRUE);
  g_assert_false (receive (chain, without, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_assert_cmpuint (chain_get_counter (chain, "refused"), ==, 1);
  g_ptr_array_add (members, chain->bottom->local);
  view = tribes_coordination_new (first, first, members, id, TRUE);
  g_assert_true (receive (chain, view, NULL));
  g_assert_cmpint (coordinator_port (chain), ==, 3999);
  tribes_interceptor_stop (chain->middle, TRIBES_SERVICES_DEFAULT);
}

/* Whatever is cut off or changed is refused, with where. */
static void
test_malformed (Chain *chain, gconstpointer class_name)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();
  g_autoptr (TribesCoordination) view = NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint8 id[16] = { 1 };
  gsize size;
  const guint8 *data;

  g_ptr_array_add (members, chain->other);
  view = tribes_coordination_new (chain->other, chain->other, members, id, TRUE);
  bytes = tribes_coordination_write (view);
  data = g_bytes_get_data (bytes, &size);
  for (gsize n = 16; n < size; n++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree guint8 *part = g_memdup2 (data, n);

      g_assert_null (tribes_coordination_parse (part, n, NULL, &error));
      g_assert_nonnull (error);
    }
  for (gsize i = 0; i < 4; i++)
    {
      g_autofree guint8 *changed = g_memdup2 (data, size);
      g_autoptr (GError) error = NULL;
      /* The count stands behind the header and two members with their lengths. */
      gsize member = 4 + tribes_peek_u32 (data + 16);

      changed[16 + 2 * member + i] = 0x80;
      g_assert_null (tribes_coordination_parse (changed, size, NULL, &error));
      g_assert_nonnull (error);
    }
}

/* "HOST:PORT,...", otherwise as the leader. */
static GPtrArray *
build_view (Vector *vector)
{
  GPtrArray *view = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_auto (GStrv) places = g_strsplit (vector_get_text (vector, "", "view"), ",", -1);

  for (guint i = 0; places[i]; i++)
    {
      char *port = strchr (places[i], ':');
      g_autoptr (TribesMember) member = NULL;
      g_autoptr (GError) error = NULL;

      *port = '\0';
      member = tribes_member_new (places[i], atoi (port + 1),
                                  vector_get_text (vector, "leader-", "unique-id"), &error);
      g_assert_no_error (error);
      g_ptr_array_add (view,
                       tribes_member_with_alive_time (member, vector_get_number (vector, "leader-",
                                                                                 "alive-time")));
    }
  return view;
}

/* What Tomcat wrote is what it says, and what is written of that. */
static void
test_vector (gconstpointer name)
{
  g_autoptr (Vector) vector = vector_load_named (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) id = vector_get_bytes (vector, "", "id");
  g_autoptr (GPtrArray) view = build_view (vector);
  g_autoptr (TribesMember) leader = vector_build_member (vector, "leader-");
  g_autoptr (TribesMember) source = vector_build_member (vector, "source-");
  gboolean confirms = strcmp (vector_get_text (vector, "", "is-confirmation"), "true") == 0;
  g_autoptr (TribesCoordination) built
      = tribes_coordination_new (leader, source, view, g_bytes_get_data (id, NULL), confirms);
  g_autoptr (GBytes) written = tribes_coordination_write (built);
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);
  g_autoptr (TribesCoordination) parsed = tribes_coordination_parse (data, size, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (tribes_coordination_recognize (data, size), ==, TRIBES_COORDINATION_MESSAGE);
  vector_assert_member (vector, "leader-", parsed->leader);
  vector_assert_member (vector, "source-", parsed->source);
  g_assert_cmpmem (parsed->id, sizeof parsed->id, g_bytes_get_data (id, NULL),
                   g_bytes_get_size (id));
  g_assert_cmpint (parsed->is_confirmation, ==, confirms);
  g_assert_cmpuint (parsed->members->len, ==, view->len);
  for (guint i = 0; i < view->len; i++)
    g_assert_true (tribes_member_equal (parsed->members->pdata[i], view->pdata[i]));
  g_assert_true (g_bytes_equal (written, vector->bytes));
}

static void
test_vector_alive (void)
{
  g_autoptr (Vector) vector = vector_load_named ("coordination-alive");
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);

  g_assert_cmpint (tribes_coordination_recognize (data, size), ==, TRIBES_COORDINATION_ALIVE);
  g_assert_cmpint (tribes_coordination_recognize (data, size - 1), ==, TRIBES_COORDINATION_NONE);
}

static void
add_vectors (void)
{
  static const char *const names[]
      = { "coordination-request", "coordination-request-long", "coordination-confirmation",
          "coordination-confirmation-long" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("/coordinators/vectors/", names[i], NULL);

      g_test_add_data_func (path, names[i], test_vector);
    }
  g_test_add_func ("/coordinators/vectors/coordination-alive", test_vector_alive);
}

#define ADD(name, class_name, func)                                                                \
  g_test_add ("/coordinators/" name, Chain, class_name, chain_setup, func, chain_teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("simple", "SimpleCoordinator", test_simple);
  ADD ("elected", "NonBlockingCoordinator", test_elected);
  ADD ("nobody-answers", "NonBlockingCoordinator", test_nobody_answers);
  ADD ("told", "NonBlockingCoordinator", test_told);
  add_vectors ();
  ADD ("malformed", "NonBlockingCoordinator", test_malformed);
  return g_test_run ();
}
