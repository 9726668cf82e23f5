/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interceptors/chain.h"

#include <string.h>

#include "tribes/interceptors/tribes-interceptors.h"

static TribesMember *
member_new (int port, const char *text)
{
  g_autoptr (GBytes) domain = g_bytes_new (text, strlen (text));
  g_autoptr (TribesMember) bare = tribes_member_new ("127.0.0.1", port, NULL, NULL);

  return tribes_member_with_domain (bare, domain);
}

static void
set_domain (Chain *chain, const char *text)
{
  g_autoptr (GBytes) domain = g_bytes_new (text, strlen (text));

  g_object_set (chain->middle, "domain", domain, NULL);
}

static void
test_members (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesMember) east = member_new (4001, "east");
  g_autoptr (TribesMember) west = member_new (4002, "west");
  g_autoptr (TribesMember) longer = member_new (4003, "easter");
  g_autoptr (TribesMember) none = member_new (4004, "");
  TribesMember *all[] = { east, west, longer, none };
  g_autoptr (GPtrArray) members = NULL;

  set_domain (chain, "east");
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_ptr_array_add (chain->bottom->members, tribes_member_ref (all[i]));
      tribes_interceptor_member_added (chain->middle, all[i]);
    }
  g_assert_cmpuint (chain->top->added->len, ==, 1);
  g_assert_true (tribes_member_equal (chain->top->added->pdata[0], east));
  g_assert_cmpuint (chain_get_counter (chain, "members-refused"), ==, 3);
  members = tribes_interceptor_list_members (chain->middle);
  g_assert_cmpuint (members->len, ==, 1);
  g_assert_true (tribes_member_equal (members->pdata[0], east));
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    tribes_interceptor_member_disappeared (chain->middle, all[i]);
  g_assert_cmpuint (chain->top->disappeared->len, ==, 1);
}

/* Nothing written is no domain, not every domain. */
static void
test_no_domain (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesMember) east = member_new (4001, "east");

  chain_receive (chain, east, "hello");
  g_assert_cmpuint (chain->top->messages->len, ==, 0);
  chain_receive (chain, chain->other, "hello");
  g_assert_cmpuint (chain->top->messages->len, ==, 1);
}

static GLogWriterOutput
count_line (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  *(guint *) data += level == G_LOG_LEVEL_MESSAGE ? 1 : 0;
  return G_LOG_WRITER_HANDLED;
}

static guint n_lines;

/* The first one and then one in so many is told; never more than a few in ten seconds. */
static void
test_messages (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesMember) west = member_new (4002, "west");
  g_autoptr (TribesMember) east = member_new (4001, "east");

  set_domain (chain, "east");
  chain_receive (chain, east, "hello");
  g_assert_cmpuint (chain->top->messages->len, ==, 1);
  g_object_set (chain->middle, "log-interval", 10, NULL);
  n_lines = 0;
  for (guint i = 0; i < 21; i++)
    chain_receive (chain, west, "hello");
  g_assert_cmpuint (n_lines, ==, 3);
  for (guint i = 0; i < 10000; i++)
    chain_receive (chain, west, "hello");
  g_assert_cmpuint (n_lines, ==, 5);
  g_assert_cmpuint (chain->top->messages->len, ==, 1);
  g_assert_cmpuint (chain_get_counter (chain, "messages-refused"), ==, 10021);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/domain-filter/" name, Chain, "DomainFilterInterceptor", chain_setup, func,         \
              chain_teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (count_line, &n_lines, NULL);
  ADD ("members", test_members);
  ADD ("no-domain", test_no_domain);
  ADD ("messages", test_messages);
  return g_test_run ();
}
