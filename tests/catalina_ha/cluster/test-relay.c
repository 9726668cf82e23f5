/* SPDX-License-Identifier: Apache-2.0
 *
 * Who gets whose answer, and when somebody else is asked.
 */
#include "catalina_ha/cluster/catalina-relay-private.h"

#define CONTEXT "localhost#/shop"

typedef struct
{
  CatalinaRelay relay;
  TribesMember *members[4];
  GPtrArray *here;
  gint64 now_ms;
} Lab;

static Lab *
lab_new (guint n)
{
  Lab *lab = g_new0 (Lab, 1);

  catalina_relay_init (&lab->relay);
  lab->here = g_ptr_array_new ();
  lab->now_ms = 1000;
  for (guint i = 0; i < G_N_ELEMENTS (lab->members); i++)
    {
      lab->members[i] = tribes_member_new ("127.0.0.1", 4000 + (int) i, NULL, NULL);
      if (i < n)
        g_ptr_array_add (lab->here, lab->members[i]);
    }
  return lab;
}

static void
lab_free (Lab *lab)
{
  catalina_relay_clear (&lab->relay);
  for (guint i = 0; i < G_N_ELEMENTS (lab->members); i++)
    tribes_member_unref (lab->members[i]);
  g_ptr_array_unref (lab->here);
  g_free (lab);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lab, lab_free)

static void
ask (Lab *lab, guint asker)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("question", 8);

  catalina_relay_ask (&lab->relay, CONTEXT, payload, lab->members[asker], lab->here, lab->now_ms);
}

static gboolean
answer (Lab *lab, guint from, CatalinaSessionEvent event, const char *text)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));

  return catalina_relay_answer (&lab->relay, event, CONTEXT, payload, lab->members[from],
                                lab->now_ms);
}

static gboolean
gives (Lab *lab, guint from, const char *text)
{
  return answer (lab, from, CATALINA_SESSION_EVENT_ALL_DATA, text);
}

/* What is sent next, "KIND to MEMBER: PAYLOAD", arrives. */
static void
check_next (Lab *lab, const char *expected)
{
  static const char *const names[] = { "question", "answer", "refusal" };
  g_autoptr (CatalinaRelayed) relayed = catalina_relay_pop (&lab->relay);
  g_autofree char *text = NULL;

  if (relayed)
    {
      gsize size = 0;
      const char *data = relayed->payload ? g_bytes_get_data (relayed->payload, &size) : "";

      g_assert_cmpstr (relayed->context, ==, CONTEXT);
      text = g_strdup_printf ("%s to %d: %.*s", names[relayed->kind],
                              tribes_member_get_port (relayed->to) - 4000, (int) size, data);
      catalina_relay_sent (&lab->relay, relayed, TRUE, lab->now_ms);
    }
  g_assert_cmpstr (text, ==, expected);
}

static void
pass (Lab *lab, gint64 ms)
{
  gint64 end_ms = lab->now_ms + ms;

  while (catalina_relay_get_deadline (&lab->relay) <= end_ms)
    {
      lab->now_ms = MAX (lab->now_ms, catalina_relay_get_deadline (&lab->relay));
      catalina_relay_step (&lab->relay, lab->now_ms);
    }
  lab->now_ms = end_ms;
}

static void
test_passes_on (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  ask (lab, 1);
  check_next (lab, "question to 0: question");
  /* Nobody asked this one. */
  g_assert_false (gives (lab, 2, "other"));
  g_assert_true (gives (lab, 0, "one"));
  g_assert_true (gives (lab, 0, "two"));
  g_assert_true (answer (lab, 0, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, "end"));
  check_next (lab, "answer to 1: one");
  check_next (lab, "answer to 1: two");
  check_next (lab, "answer to 1: end");
  check_next (lab, NULL);
  g_assert_false (gives (lab, 0, "late"));
  g_assert_cmpuint (lab->relay.passed_on, ==, 3);
  g_assert_false (catalina_relay_is_busy (&lab->relay));
}

/* One thing at a time goes to each member, so nothing overtakes. */
static void
test_order (void)
{
  g_autoptr (Lab) lab = lab_new (3);
  g_autoptr (CatalinaRelayed) first = NULL;

  ask (lab, 1);
  check_next (lab, "question to 0: question");
  g_assert_true (gives (lab, 0, "one"));
  g_assert_true (gives (lab, 0, "two"));
  first = catalina_relay_pop (&lab->relay);
  g_assert_nonnull (first);
  g_assert_null (catalina_relay_pop (&lab->relay));
  g_assert_true (catalina_relay_is_busy (&lab->relay));
  catalina_relay_sent (&lab->relay, first, TRUE, lab->now_ms);
  check_next (lab, "answer to 1: two");
}

static void
test_refused (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  ask (lab, 1);
  check_next (lab, "question to 0: question");
  g_assert_true (answer (lab, 0, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, ""));
  check_next (lab, "question to 2: question");
  g_assert_true (answer (lab, 2, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, ""));
  check_next (lab, "refusal to 1: ");
  g_assert_false (catalina_relay_is_busy (&lab->relay));
  g_assert_cmpuint (lab->relay.refused, ==, 1);
}

/* With nobody else there is nothing to wait for. */
static void
test_alone (void)
{
  g_autoptr (Lab) lab = lab_new (2);

  g_ptr_array_remove_index (lab->here, 0);
  ask (lab, 1);
  check_next (lab, "refusal to 1: ");
}

/* One that is stopped is not the last word, as long as it may come back. */
static void
test_silent (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  ask (lab, 1);
  check_next (lab, "question to 0: question");
  pass (lab, 2499);
  check_next (lab, NULL);
  pass (lab, 1);
  check_next (lab, "question to 2: question");
  g_assert_false (gives (lab, 0, "late"));
  g_assert_true (answer (lab, 2, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, ""));
  check_next (lab, "question to 0: question");
  pass (lab, 30000);
  for (guint i = 0; i < 6; i++)
    check_next (lab, "question to 0: question");
  check_next (lab, "refusal to 1: ");
  check_next (lab, NULL);
}

/* Parts may be seconds apart; when they stop, the whole is asked of another. */
static void
test_broken_off (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  ask (lab, 1);
  check_next (lab, "question to 0: question");
  pass (lab, 1000);
  g_assert_true (gives (lab, 0, "part"));
  check_next (lab, "answer to 1: part");
  pass (lab, 9999);
  check_next (lab, NULL);
  pass (lab, 1);
  check_next (lab, "question to 2: question");
}

/* Two that start together do not wait for each other. */
static void
test_mutual (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  ask (lab, 0);
  check_next (lab, "question to 1: question");
  ask (lab, 1);
  check_next (lab, "question to 2: question");
  g_assert_true (answer (lab, 2, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, "end"));
  check_next (lab, "answer to 0: end");
  /* Now it is the other's turn, and the first one has something. */
  check_next (lab, "question to 0: question");
  g_assert_true (answer (lab, 0, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, "end"));
  check_next (lab, "answer to 1: end");
}

static void
test_mutual_alone (void)
{
  g_autoptr (Lab) lab = lab_new (2);

  ask (lab, 0);
  ask (lab, 1);
  check_next (lab, "question to 1: question");
  check_next (lab, "question to 1: question");
  pass (lab, 2500);
  check_next (lab, "refusal to 0: ");
  check_next (lab, "question to 0: question");
}

static void
test_gone (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  ask (lab, 1);
  check_next (lab, "question to 0: question");
  catalina_relay_forget (&lab->relay, lab->members[0], lab->now_ms);
  check_next (lab, "question to 2: question");
  g_assert_true (gives (lab, 2, "one"));
  catalina_relay_forget (&lab->relay, lab->members[1], lab->now_ms);
  check_next (lab, NULL);
  g_assert_false (catalina_relay_is_busy (&lab->relay));
}

/* Nobody is there: the next one at once, and who asked is forgotten. */
static void
test_not_arrived (void)
{
  g_autoptr (Lab) lab = lab_new (3);
  g_autoptr (CatalinaRelayed) question = NULL;
  g_autoptr (CatalinaRelayed) part = NULL;

  ask (lab, 1);
  question = catalina_relay_pop (&lab->relay);
  catalina_relay_sent (&lab->relay, question, FALSE, lab->now_ms);
  check_next (lab, "question to 2: question");
  g_assert_true (gives (lab, 2, "one"));
  g_assert_true (gives (lab, 2, "two"));
  part = catalina_relay_pop (&lab->relay);
  catalina_relay_sent (&lab->relay, part, FALSE, lab->now_ms);
  check_next (lab, NULL);
  g_assert_false (gives (lab, 2, "three"));
}

/* Whoever asks again has begun anew; of many questions most are refused. */
static void
test_many (void)
{
  g_autoptr (Lab) lab = lab_new (3);
  g_autoptr (GBytes) payload = g_bytes_new_static ("question", 8);

  ask (lab, 1);
  ask (lab, 1);
  g_assert_cmpuint (lab->relay.questions.length, ==, 1);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *context = g_strdup_printf ("/%u", i);

      catalina_relay_ask (&lab->relay, context, payload, lab->members[1], lab->here, lab->now_ms);
    }
  g_assert_cmpuint (lab->relay.questions.length, ==, 256);
  g_assert_cmpuint (lab->relay.refused, ==, 745);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relay/passes-on", test_passes_on);
  g_test_add_func ("/relay/order", test_order);
  g_test_add_func ("/relay/refused", test_refused);
  g_test_add_func ("/relay/alone", test_alone);
  g_test_add_func ("/relay/silent", test_silent);
  g_test_add_func ("/relay/broken-off", test_broken_off);
  g_test_add_func ("/relay/mutual", test_mutual);
  g_test_add_func ("/relay/mutual-alone", test_mutual_alone);
  g_test_add_func ("/relay/gone", test_gone);
  g_test_add_func ("/relay/not-arrived", test_not_arrived);
  g_test_add_func ("/relay/many", test_many);
  return g_test_run ();
}
