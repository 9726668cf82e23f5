/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about one session: none may be there before one that was said before it.
 */
#include "catalina_ha/manager/catalina-lines-private.h"
#include "catalina_ha/messages/catalina-delta-private.h"
#include "tribes/java/build/tribes-java-build.h"

#define CONTEXT "localhost#/shop"

static const CatalinaSessionEvent kinds[] = {
  CATALINA_SESSION_EVENT_CREATED,   CATALINA_SESSION_EVENT_DELTA,   CATALINA_SESSION_EVENT_ACCESSED,
  CATALINA_SESSION_EVENT_CHANGE_ID, CATALINA_SESSION_EVENT_EXPIRED,
};

static const CatalinaEventRow rows[] = {
  { .event = CATALINA_SESSION_EVENT_CREATED, .sent = CATALINA_COUNTER_SENT_CREATED },
  { .event = CATALINA_SESSION_EVENT_DELTA, .sent = CATALINA_COUNTER_SENT_DELTA },
  { .event = CATALINA_SESSION_EVENT_ACCESSED, .sent = CATALINA_COUNTER_SENT_ACCESSED },
  { .event = CATALINA_SESSION_EVENT_CHANGE_ID, .sent = CATALINA_COUNTER_SENT_CHANGE_ID },
  { .event = CATALINA_SESSION_EVENT_EXPIRED, .sent = CATALINA_COUNTER_SENT_EXPIRED },
  { 0 },
};

typedef struct
{
  CatalinaOutbox outbox;
  CatalinaLines lines;
  TribesMember *member;
  guint64 token;
  gint64 now_ms;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  catalina_outbox_init (&self->outbox, CONTEXT, rows);
  g_ptr_array_add (self->outbox.members, tribes_member_ref (self->member));
  catalina_lines_init (&self->lines, &self->outbox);
  self->now_ms = 1;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  catalina_lines_clear (&self->lines);
  catalina_outbox_clear (&self->outbox);
  tribes_member_unref (self->member);
}

static GBytes *
data_of (CatalinaSessionEvent event, const char *id, const char *name, int value)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (value);

  if (event == CATALINA_SESSION_EVENT_CHANGE_ID)
    return catalina_new_id_encode (name, NULL);
  if (event != CATALINA_SESSION_EVENT_DELTA)
    return NULL;
  catalina_delta_set_attribute (delta, name, number);
  return catalina_delta_encode (delta, id, NULL);
}

/* As a manager does; @name: of an attribute, or the new id. Its token. */
static guint64
say (Fixture *self, CatalinaSessionEvent event, const char *id, const char *name, int value)
{
  g_autoptr (GBytes) data = data_of (event, id, name, value);
  g_autofree char *unique_id = g_strdup_printf ("%s-%d", id, value);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, CONTEXT, id, unique_id, value, data);
  CatalinaOutgoing *outgoing;

  /* Far from the numbers. */
  catalina_outbox_send (&self->outbox, message, NULL, CATALINA_OPTIONS_DEFAULT,
                        1000000 + ++self->token);
  outgoing = catalina_outbox_pop_message (&self->outbox);
  g_assert_true (catalina_lines_is_for (outgoing));
  catalina_lines_add (&self->lines, outgoing);
  return 1000000 + self->token;
}

/* What is sent next, or 0. */
static guint64
sent (Fixture *self, CatalinaSessionEvent event, const char *id)
{
  const CatalinaOutgoing *outgoing = catalina_lines_pop (&self->lines, self->now_ms);

  g_assert_nonnull (outgoing);
  g_assert_cmpint (catalina_session_message_get_event (outgoing->message), ==, event);
  g_assert_cmpstr (catalina_session_message_get_session_id (outgoing->message), ==, id);
  g_assert_true (catalina_lines_find (&self->lines, outgoing->line.number) == outgoing);
  return outgoing->line.number;
}

static void
assert_none (Fixture *self)
{
  g_assert_null (catalina_lines_pop (&self->lines, self->now_ms));
}

static void
done (Fixture *self, guint64 number)
{
  catalina_outgoing_free (catalina_lines_take (&self->lines, number));
  g_assert_null (catalina_lines_find (&self->lines, number));
}

static const char *
id_after (CatalinaSessionEvent event)
{
  return event == CATALINA_SESSION_EVENT_CHANGE_ID ? "S2" : "S1";
}

/* Each kind behind each kind, and a third behind both, which gets the next id. */
static void
test_pairs (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint j = 0; j < G_N_ELEMENTS (kinds); j++)
      {
        const char *id = id_after (kinds[i]);
        const char *last = kinds[j] == CATALINA_SESSION_EVENT_CHANGE_ID ? "S3" : id;
        guint64 first, second, other;

        say (self, kinds[i], "S1", "S2", 1);
        say (self, kinds[j], id, "S3", 2);
        say (self, CATALINA_SESSION_EVENT_EXPIRED, last, NULL, 3);
        say (self, kinds[j], "elsewhere", "far", 4);
        first = sent (self, kinds[i], "S1");
        other = sent (self, kinds[j], "elsewhere");
        assert_none (self);
        g_assert_true (catalina_lines_is_waiting (&self->lines));
        done (self, other);
        assert_none (self);
        done (self, first);
        second = sent (self, kinds[j], id);
        assert_none (self);
        done (self, second);
        done (self, sent (self, CATALINA_SESSION_EVENT_EXPIRED, last));
        assert_none (self);
        g_assert_false (catalina_lines_is_waiting (&self->lines));
        g_assert_cmpint (catalina_lines_get_deadline (&self->lines), ==, G_MAXINT64);
        /* Nothing is kept. */
        g_assert_cmpuint (g_hash_table_size (self->lines.messages), ==, 0);
        g_assert_cmpuint (g_hash_table_size (self->lines.last), ==, 0);
      }
}

/* What is said of the old id behind the new one, as who has not heard of it does. */
static void
test_old_id (Fixture *self, gconstpointer data)
{
  guint64 number;

  say (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", "S2", 1);
  say (self, CATALINA_SESSION_EVENT_ACCESSED, "S1", NULL, 2);
  say (self, CATALINA_SESSION_EVENT_DELTA, "S2", "a", 3);
  /* There and back. */
  say (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S2", "S1", 4);
  say (self, CATALINA_SESSION_EVENT_DELTA, "S1", "b", 5);
  number = sent (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S1");
  assert_none (self);
  done (self, number);
  number = sent (self, CATALINA_SESSION_EVENT_ACCESSED, "S1");
  done (self, sent (self, CATALINA_SESSION_EVENT_DELTA, "S2"));
  assert_none (self);
  done (self, number);
  number = sent (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S2");
  assert_none (self);
  done (self, number);
  done (self, sent (self, CATALINA_SESSION_EVENT_DELTA, "S1"));
  g_assert_cmpuint (g_hash_table_size (self->lines.messages), ==, 0);
  g_assert_cmpuint (g_hash_table_size (self->lines.last), ==, 0);
}

static int
get_value (CatalinaDelta *delta, const char *name)
{
  gint32 number = -1;

  for (guint i = 0; i < delta->actions->len; i++)
    {
      CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);

      if (g_str_equal (action->name, name))
        g_assert_true (tribes_java_value_get_int (action->value, &number));
    }
  return number;
}

/* Changes that wait become one, with all who wait for them; not over what lies between. */
static void
test_joined (Fixture *self, gconstpointer data)
{
  g_autoptr (CatalinaDelta) delta = NULL;
  const CatalinaOutgoing *outgoing;
  guint64 first, tokens[3], bytes;

  say (self, CATALINA_SESSION_EVENT_CREATED, "S1", NULL, 1);
  first = sent (self, CATALINA_SESSION_EVENT_CREATED, "S1");
  tokens[0] = say (self, CATALINA_SESSION_EVENT_DELTA, "S1", "a", 2);
  tokens[1] = say (self, CATALINA_SESSION_EVENT_DELTA, "S1", "b", 3);
  tokens[2] = say (self, CATALINA_SESSION_EVENT_DELTA, "S1", "a", 4);
  say (self, CATALINA_SESSION_EVENT_ACCESSED, "S1", NULL, 5);
  say (self, CATALINA_SESSION_EVENT_DELTA, "S1", "c", 6);
  g_assert_cmpuint (self->outbox.counters[CATALINA_COUNTER_SENT_DELTA], ==, 2);
  done (self, first);
  first = sent (self, CATALINA_SESSION_EVENT_DELTA, "S1");
  outgoing = catalina_lines_find (&self->lines, first);
  delta = catalina_delta_decode (catalina_session_message_get_data (outgoing->message), NULL);
  g_assert_cmpuint (delta->actions->len, ==, 2);
  g_assert_cmpstr (delta->session_id, ==, "S1");
  g_assert_cmpint (get_value (delta, "a"), ==, 4);
  g_assert_cmpint (get_value (delta, "b"), ==, 3);
  g_assert_cmpint (catalina_session_message_get_timestamp (outgoing->message), ==, 4);
  g_assert_cmpstr (catalina_session_message_get_unique_id (outgoing->message), ==, "S1-4");
  g_assert_cmpuint (outgoing->token, ==, tokens[0]);
  g_assert_cmpuint (outgoing->line.tokens->len, ==, 2);
  g_assert_cmpuint (g_array_index (outgoing->line.tokens, guint64, 0), ==, tokens[1]);
  g_assert_cmpuint (g_array_index (outgoing->line.tokens, guint64, 1), ==, tokens[2]);
  bytes = g_bytes_get_size (catalina_session_message_get_data (outgoing->message));
  assert_none (self);
  done (self, first);
  done (self, sent (self, CATALINA_SESSION_EVENT_ACCESSED, "S1"));
  first = sent (self, CATALINA_SESSION_EVENT_DELTA, "S1");
  outgoing = catalina_lines_find (&self->lines, first);
  g_assert_null (outgoing->line.tokens);
  bytes += g_bytes_get_size (catalina_session_message_get_data (outgoing->message));
  g_assert_cmpuint (self->outbox.counters[CATALINA_COUNTER_SENT_BYTES], ==, bytes);
  done (self, first);
}

/* Who does not answer holds up the others for a while only, and each message as long. */
static void
test_held_up (Fixture *self, gconstpointer data)
{
  guint64 first, second;

  say (self, CATALINA_SESSION_EVENT_CREATED, "S1", NULL, 1);
  first = sent (self, CATALINA_SESSION_EVENT_CREATED, "S1");
  g_assert_cmpint (catalina_lines_get_deadline (&self->lines), ==, G_MAXINT64);
  self->now_ms = 500;
  say (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", "S2", 2);
  say (self, CATALINA_SESSION_EVENT_DELTA, "S2", "a", 3);
  g_assert_cmpint (catalina_lines_get_deadline (&self->lines), ==, 1 + CATALINA_LINES_HOLD_MS);
  catalina_lines_step (&self->lines, CATALINA_LINES_HOLD_MS);
  assert_none (self);
  self->now_ms = 1 + CATALINA_LINES_HOLD_MS;
  catalina_lines_step (&self->lines, self->now_ms);
  second = sent (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S1");
  assert_none (self);
  /* Nobody is held up by the first any more, and who waits for its end is told. */
  g_assert_cmpint (catalina_lines_get_deadline (&self->lines), ==, 1 + 2 * CATALINA_LINES_HOLD_MS);
  done (self, first);
  assert_none (self);
  done (self, second);
  done (self, sent (self, CATALINA_SESSION_EVENT_DELTA, "S2"));
  g_assert_cmpuint (g_hash_table_size (self->lines.messages), ==, 0);
}

/* At an end nothing waits, and the order in which it was said stays. */
static void
test_flushed (Fixture *self, gconstpointer data)
{
  guint64 first;

  say (self, CATALINA_SESSION_EVENT_CREATED, "S1", NULL, 1);
  first = sent (self, CATALINA_SESSION_EVENT_CREATED, "S1");
  say (self, CATALINA_SESSION_EVENT_DELTA, "S1", "a", 2);
  say (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", "S2", 3);
  say (self, CATALINA_SESSION_EVENT_DELTA, "S2", "a", 4);
  say (self, CATALINA_SESSION_EVENT_DELTA, "S2", "b", 5);
  say (self, CATALINA_SESSION_EVENT_EXPIRED, "S2", NULL, 6);
  assert_none (self);
  catalina_lines_flush (&self->lines);
  g_assert_false (catalina_lines_is_waiting (&self->lines));
  sent (self, CATALINA_SESSION_EVENT_DELTA, "S1");
  sent (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S1");
  sent (self, CATALINA_SESSION_EVENT_DELTA, "S2");
  sent (self, CATALINA_SESSION_EVENT_EXPIRED, "S2");
  assert_none (self);
  done (self, first);
  say (self, CATALINA_SESSION_EVENT_CREATED, "S3", NULL, 7);
  say (self, CATALINA_SESSION_EVENT_DELTA, "S3", "a", 8);
  sent (self, CATALINA_SESSION_EVENT_CREATED, "S3");
  sent (self, CATALINA_SESSION_EVENT_DELTA, "S3");
}

/* Two become one by name; what is about neither, or for one member, is none of a line's. */
static void
test_others (Fixture *self, gconstpointer data)
{
  CatalinaOutgoing outgoing = { .options = CATALINA_OPTIONS_DEFAULT };
  guint64 numbers[2];

  outgoing.message = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, CONTEXT, "S1",
                                                   "unique", 0, NULL);
  g_assert_false (catalina_lines_is_for (&outgoing));
  catalina_session_message_unref (outgoing.message);
  outgoing.message = catalina_session_message_new (CATALINA_SESSION_EVENT_EXPIRED, CONTEXT, "S1",
                                                   "unique", 0, NULL);
  g_assert_true (catalina_lines_is_for (&outgoing));
  outgoing.destination = self->member;
  g_assert_false (catalina_lines_is_for (&outgoing));
  catalina_session_message_unref (outgoing.message);

  say (self, CATALINA_SESSION_EVENT_EXPIRED, "S2", NULL, 1);
  say (self, CATALINA_SESSION_EVENT_DELTA, "S1", "a", 2);
  numbers[0] = sent (self, CATALINA_SESSION_EVENT_EXPIRED, "S2");
  numbers[1] = sent (self, CATALINA_SESSION_EVENT_DELTA, "S1");
  say (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", "S2", 3);
  done (self, numbers[1]);
  assert_none (self);
  done (self, numbers[0]);
  done (self, sent (self, CATALINA_SESSION_EVENT_CHANGE_ID, "S1"));
  g_assert_cmpuint (g_hash_table_size (self->lines.last), ==, 0);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/catalina/manager/lines/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("pairs", test_pairs);
  ADD ("old-id", test_old_id);
  ADD ("joined", test_joined);
  ADD ("held-up", test_held_up);
  ADD ("flushed", test_flushed);
  ADD ("others", test_others);
  return g_test_run ();
}
