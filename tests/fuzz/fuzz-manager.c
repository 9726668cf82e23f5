/* SPDX-License-Identifier: Apache-2.0
 *
 * A manager that takes whatever others send it: deltas, state transfers, ends, new ids, in any
 * order, between questions and steps of its own. What it holds stays within its limits, what it
 * counts is what is there; that nothing takes longer than its size allows is found by -timeout.
 *
 * An input is a list of messages: a byte that says which, a byte for the session, two bytes for the
 * size of what it carries, which follows.
 */
#include "catalina_ha/manager/catalina-delta-core-private.h"
#include "tests/fuzz/fuzz-target.h"

#define CONTEXT "localhost#/shop"
#define HEADER  4

static const CatalinaSessionEvent events[] = {
  CATALINA_SESSION_EVENT_CREATED,
  CATALINA_SESSION_EVENT_DELTA,
  CATALINA_SESSION_EVENT_ALL_DATA,
  CATALINA_SESSION_EVENT_CHANGE_ID,
  CATALINA_SESSION_EVENT_EXPIRED,
  CATALINA_SESSION_EVENT_ACCESSED,
  CATALINA_SESSION_EVENT_GET_ALL,
  CATALINA_SESSION_EVENT_TRANSFER_COMPLETE,
  CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER,
};

/* Those of the vectors, and short ones. */
static const char *const ids[] = { "S1", "S2", "S3", "0123456789ABCDEF0123456789ABCDEF" };

typedef struct
{
  CatalinaDeltaCore *core;
  CatalinaLimits limits;
  TribesMember *members[2];
  CatalinaNow now;
} Fuzzed;

static void
drain (Fuzzed *self)
{
  CatalinaOutbox *outbox = catalina_delta_core_get_outbox (self->core);
  CatalinaOutgoing *outgoing;
  CatalinaCoreEvent *event;

  while ((outgoing = catalina_outbox_pop_message (outbox)))
    {
      guint64 token = outgoing->token;

      catalina_outgoing_free (outgoing);
      if (token)
        catalina_delta_core_sent (self->core, token, TRUE, self->now);
    }
  while ((event = catalina_outbox_pop_event (outbox)))
    catalina_core_event_free (event);
}

static void
work (Fuzzed *self)
{
  for (guint i = 0; i < 64 && catalina_delta_core_get_deadline (self->core) <= self->now.mono_ms;
       i++)
    {
      catalina_delta_core_step (self->core, self->now);
      drain (self);
    }
}

static void
check (Fuzzed *self)
{
  guint n = catalina_delta_core_get_n_sessions (self->core);
  gsize bytes = 0;

  g_assert_cmpuint (n, <=, self->limits.sessions);
  for (guint i = 0; i < n; i++)
    {
      CatalinaSession *session = catalina_delta_core_get_session_at (self->core, i);
      const char *id = catalina_session_get_id (session);

      bytes += catalina_session_get_storage_size (session);
      g_assert_true (catalina_delta_core_lookup (self->core, id) == session);
      g_assert_cmpuint (catalina_session_get_n_attributes (session), <=,
                        self->limits.session_attributes);
      g_assert_true (catalina_session_is_valid (session));
    }
  g_assert_cmpuint (bytes, ==, catalina_delta_core_get_bytes (self->core));
}

/* The id that the data name, where they do: a delta is for its own session only. */
static char *
id_of (CatalinaSessionEvent event, guint8 chosen, GBytes *data)
{
  g_autoptr (CatalinaDelta) delta
      = event == CATALINA_SESSION_EVENT_DELTA ? catalina_delta_decode (data, NULL) : NULL;

  return g_strdup (delta ? delta->session_id : ids[chosen % G_N_ELEMENTS (ids)]);
}

static void
receive (Fuzzed *self, guint8 kind, guint8 chosen, GBytes *data)
{
  CatalinaSessionEvent event = events[kind % G_N_ELEMENTS (events)];
  g_autofree char *id = id_of (event, chosen, data);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, CONTEXT, id, "fuzz",
                                      self->now.wall_ms - (chosen & 0x10 ? 5 : 0),
                                      g_bytes_get_size (data) > 0 ? data : NULL);

  catalina_delta_core_receive (self->core, message, self->members[chosen >> 7], self->now);
  drain (self);
  if (!(kind & 0x80))
    work (self);
  self->now.wall_ms += kind & 0x40 ? 1000 : 1;
  self->now.mono_ms += kind & 0x40 ? 1000 : 1;
}

static void
receive_all (Fuzzed *self, const uint8_t *data, size_t size)
{
  while (size >= HEADER)
    {
      gsize length = (gsize) data[2] << 8 | data[3];
      g_autoptr (GBytes) carried = NULL;

      length = MIN (length, size - HEADER);
      carried = g_bytes_new (data + HEADER, length);
      receive (self, data[0], data[1], carried);
      data += HEADER + length;
      size -= HEADER + length;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  CatalinaManagerSettings settings;
  Fuzzed fuzzed = { .limits = *catalina_limits_get_default (), .now = { 1700000000000, 1000 } };
  g_autoptr (CatalinaEnded) ended = catalina_ended_new (&fuzzed.limits);
  g_autoptr (CatalinaBudget) budget = NULL;
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  fuzzed.limits.sessions = 16;
  fuzzed.limits.session_attributes = 64;
  fuzzed.limits.session_bytes = 64 * 1024;
  fuzzed.limits.early_messages = 16;
  fuzzed.limits.replay_messages = 16;
  budget = catalina_budget_new (&fuzzed.limits);
  catalina_manager_settings_init (&settings);
  fuzzed.core = catalina_delta_core_new (CONTEXT, &settings, &fuzzed.limits, ended, budget);
  for (guint i = 0; i < G_N_ELEMENTS (fuzzed.members); i++)
    {
      fuzzed.members[i] = tribes_member_new ("127.0.0.1", 4000 + (int) i, NULL, NULL);
      g_ptr_array_add (members, fuzzed.members[i]);
    }
  catalina_delta_core_set_members (fuzzed.core, members, fuzzed.now);
  catalina_delta_core_start (fuzzed.core, 0, NULL, fuzzed.now);
  drain (&fuzzed);
  receive_all (&fuzzed, data, size);
  work (&fuzzed);
  check (&fuzzed);
  catalina_delta_core_free (fuzzed.core);
  for (guint i = 0; i < G_N_ELEMENTS (fuzzed.members); i++)
    tribes_member_unref (fuzzed.members[i]);
  return 0;
}
