/* SPDX-License-Identifier: Apache-2.0
 *
 * Sending is a delivery of its own for each of the two messages; a destination ends with the
 * second, or with the first if that did not reach all.
 */
#include "tribes/interceptors/tribes-two-phase-commit-interceptor.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/interceptors/tribes-two-phase-private.h"

struct _TribesTwoPhaseCommitInterceptor
{
  TribesInterceptor parent_instance;

  gint64 expire;

  TribesTwoPhase waiting;
  TribesRateLimit lines;
  guint64 messages_expired;
  guint64 commits_expired;
};

G_DEFINE_FINAL_TYPE (TribesTwoPhaseCommitInterceptor,
                     tribes_two_phase_commit_interceptor,
                     TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_two_phase_commit_interceptor_parent_class)

/* A message that somebody above sends. */
typedef struct
{
  TribesInterceptor *self;  /* owned */
  TribesDelivery *delivery; /* owned */
} Sending;

static Sending *
sending_new (TribesInterceptor *self, TribesDelivery *delivery)
{
  Sending *sending = g_new (Sending, 1);

  sending->self = g_object_ref (self);
  sending->delivery = tribes_delivery_ref (delivery);
  return sending;
}

static void
sending_free (gpointer data)
{
  Sending *sending = data;

  g_object_unref (sending->self);
  tribes_delivery_unref (sending->delivery);
  g_free (sending);
}

static const GError *
find_cause (TribesDelivery *delivery, TribesMember *member)
{
  for (guint i = 0; i < tribes_delivery_get_n_faulty (delivery); i++)
    if (tribes_member_equal (tribes_delivery_get_faulty (delivery, i), member))
      return tribes_delivery_get_cause (delivery, i);
  return NULL;
}

/* Each destination of @delivery ends as it did in @phase; with @otherwise if that was well. */
static void
end_as (TribesDelivery *delivery, TribesDelivery *phase, const GError *otherwise)
{
  g_autoptr (GPtrArray) destinations
      = g_ptr_array_ref (tribes_delivery_get_destinations (delivery));

  for (guint i = 0; i < destinations->len; i++)
    {
      TribesMember *member = g_ptr_array_index (destinations, i);
      const GError *cause = find_cause (phase, member);

      tribes_delivery_complete (delivery, member, cause ? cause : otherwise);
    }
}

static void
on_committed (TribesDelivery *phase, gpointer data)
{
  end_as (((Sending *) data)->delivery, phase, NULL);
}

static void
send_phase (Sending *sending, TribesMessage *message, TribesDeliveryFunc then)
{
  g_autoptr (TribesDelivery) phase
      = tribes_delivery_new (message, tribes_delivery_get_destinations (sending->delivery));

  tribes_delivery_watch (phase, then, sending, sending_free);
  PARENT->send_message (sending->self, phase);
}

/* As the message, but with an id of its own. */
static TribesMessage *
commit_new (TribesMessage *message)
{
  gsize size;
  const guint8 *id = tribes_message_peek_unique_id (message, &size);
  g_autoptr (GBytes) payload = tribes_two_phase_commit (id, size);

  return tribes_message_new (tribes_message_peek_address (message), payload,
                             tribes_message_get_options (message),
                             tribes_message_get_timestamp (message));
}

static void
on_sent (TribesDelivery *phase, gpointer data)
{
  Sending *sending = data;
  g_autoptr (TribesMessage) commit = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  if (tribes_delivery_get_n_faulty (phase) == 0)
    {
      commit = commit_new (tribes_delivery_get_message (sending->delivery));
      send_phase (sending_new (sending->self, sending->delivery), commit, on_committed);
      return;
    }
  /* Nobody delivers it, as with Tomcat. The others have done nothing wrong: this code is not one
   * that makes anybody doubt that they are there. */
  name = tribes_member_to_string (tribes_delivery_get_faulty (phase, 0));
  error
      = g_error_new (TRIBES_ERROR, TRIBES_ERROR_REFUSED, "not committed: %s did not get it", name);
  end_as (sending->delivery, phase, error);
}

static void
two_phase_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  TribesMessage *message = tribes_delivery_get_message (delivery);

  if (tribes_interceptor_ok_to_process (interceptor, tribes_message_get_options (message)))
    send_phase (sending_new (interceptor, delivery), message, on_sent);
  else
    PARENT->send_message (interceptor, delivery);
}

static gboolean
two_phase_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  TribesTwoPhaseCommitInterceptor *self = TRIBES_TWO_PHASE_COMMIT_INTERCEPTOR (interceptor);
  g_autoptr (TribesMessage) complete = NULL;
  g_autoptr (GError) refused = NULL;

  if (!tribes_interceptor_ok_to_process (interceptor, tribes_message_get_options (message)))
    return PARENT->message_received (interceptor, message, error);
  complete = tribes_two_phase_receive (&self->waiting, message, tribes_clock_get_us (), &refused);
  if (refused)
    {
      g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  return !complete || PARENT->message_received (interceptor, complete, error);
}

static void
complain (TribesTwoPhaseCommitInterceptor *self, const TribesTwoPhaseExpired *expired)
{
  g_autofree char *name = NULL;
  guint suppressed;

  if (!tribes_rate_limit_allow (&self->lines, tribes_clock_get_us (), &suppressed))
    return;
  name = tribes_member_to_string (expired->sender);
  g_message ("%s: a %s came without its %s, which was waited for %" G_GINT64_FORMAT
             " ms (and %u more before that)",
             name, expired->is_commit ? "commit" : "message",
             expired->is_commit ? "message" : "commit", self->expire, suppressed);
}

static void
two_phase_heartbeat (TribesInterceptor *interceptor)
{
  TribesTwoPhaseCommitInterceptor *self = TRIBES_TWO_PHASE_COMMIT_INTERCEPTOR (interceptor);
  gint64 now_us = tribes_clock_get_us ();
  gint64 expire_us = MIN (self->expire, G_MAXINT32) * 1000;
  TribesTwoPhaseExpired expired;

  while (tribes_two_phase_pop_expired (&self->waiting, now_us - expire_us, &expired))
    {
      *(expired.is_commit ? &self->commits_expired : &self->messages_expired) += 1;
      complain (self, &expired);
      tribes_member_unref (expired.sender);
    }
  PARENT->heartbeat (interceptor);
}

/**
 * tribes_two_phase_commit_interceptor_new:
 *
 * Returns: (transfer full): an interceptor with Tomcat's defaults
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_two_phase_commit_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_TWO_PHASE_COMMIT_INTERCEPTOR, NULL);
}

static void
tribes_two_phase_commit_interceptor_finalize (GObject *object)
{
  tribes_two_phase_clear (&TRIBES_TWO_PHASE_COMMIT_INTERCEPTOR (object)->waiting);
  G_OBJECT_CLASS (tribes_two_phase_commit_interceptor_parent_class)->finalize (object);
}

static void
tribes_two_phase_commit_interceptor_class_init (TribesTwoPhaseCommitInterceptorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const TribesField fields[] = {
    /**
     * TribesTwoPhaseCommitInterceptor:expire:
     *
     * How long a message waits for its commit, or a commit for its message, in milliseconds.
     * Tomcat counterpart: `expire`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("expire", NULL, NULL, 1, G_MAXINT64, 60000, TRIBES_FIELD_FLAGS),
      G_STRUCT_OFFSET (TribesTwoPhaseCommitInterceptor, expire) },
    /**
     * TribesTwoPhaseCommitInterceptor:messages-expired:
     *
     * Messages whose commit did not come in time.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("messages-expired", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesTwoPhaseCommitInterceptor, messages_expired) },
    /**
     * TribesTwoPhaseCommitInterceptor:commits-expired:
     *
     * Commits whose message did not come in time.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("commits-expired", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesTwoPhaseCommitInterceptor, commits_expired) },
    /**
     * TribesTwoPhaseCommitInterceptor:dropped:
     *
     * Messages and commits that were given up before their time, because too much waited.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("dropped", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesTwoPhaseCommitInterceptor, waiting.dropped) },
    /**
     * TribesTwoPhaseCommitInterceptor:waiting:
     *
     * Messages and commits that wait for the other one.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("waiting", NULL, NULL, 0, G_MAXUINT, 0, flags),
      G_STRUCT_OFFSET (TribesTwoPhaseCommitInterceptor, waiting.ages.length) },
  };

  object_class->finalize = tribes_two_phase_commit_interceptor_finalize;
  interceptor_class->send_message = two_phase_send_message;
  interceptor_class->message_received = two_phase_message_received;
  interceptor_class->heartbeat = two_phase_heartbeat;
  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

static void
tribes_two_phase_commit_interceptor_init (TribesTwoPhaseCommitInterceptor *self)
{
  tribes_two_phase_init (&self->waiting);
}
