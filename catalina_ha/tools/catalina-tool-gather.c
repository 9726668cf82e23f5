/* SPDX-License-Identifier: Apache-2.0
 *
 * A context is complete when its manager says so; the answer is, when the question has been
 * processed, which its acknowledgement tells, and all contexts that began are complete. A member
 * that is no Tomcat may begin to answer after that, and what a Tomcat sends without waiting may be
 * overtaken: so it is over when nothing more comes for a moment, and a longer one if nothing came.
 */
#include "catalina_ha/tools/catalina-tool-gather-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-markers-private.h"

/* Between two messages of an answer: a Tomcat works 2.4 s on 100,000 sessions, and may pause
 * between batches for as long as it was told to. */
#define QUIET_SECONDS 60.0
/* When what was to come first, and what was to come next, does not come any more. */
#define FIRST_US (1 * G_USEC_PER_SEC)
#define NEXT_US  (G_USEC_PER_SEC / 20)
/* Tomcat 7.0 cannot read what later ones write, and says nothing; later ones then do not read its
 * form. */
#define VERSION     2
#define VERSION_7_0 1

typedef struct
{
  CatalinaToolGathered *all;
  gint64 asked_ms; /* of this machine's clock */
  gint64 heard_us;
  gboolean is_processed;
  gboolean has_nothing; /* it does not have the context */
  GError *error;        /* nullable */
} Gathering;

static void
take_state (Gathering *self, CatalinaToolContext *context, GBytes *state)
{
  if (catalina_tool_gathered_add (self->all, context, state) || self->error)
    return;
  g_set_error (&self->error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
               "the sessions are more than is kept");
}

static void
take (Gathering *self, CatalinaSessionMessage *message)
{
  const char *name = catalina_session_message_get_context_name (message);
  CatalinaToolContext *context = name ? catalina_tool_gathered_find (self->all, name) : NULL;
  GBytes *data = catalina_session_message_get_data (message);

  if (!context)
    return;
  context->timestamp = catalina_session_message_get_timestamp (message);
  self->all->version = catalina_session_message_get_serial_version (message);
  /* Who does not have the context does not say what time it is. */
  if (catalina_session_message_get_event (message) != CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER)
    catalina_tool_gathered_note_clock (self->all, context->timestamp, self->asked_ms,
                                       g_get_real_time () / 1000);
  switch (catalina_session_message_get_event (message))
    {
    case CATALINA_SESSION_EVENT_ALL_DATA:
      if (data)
        take_state (self, context, data);
      break;
    case CATALINA_SESSION_EVENT_TRANSFER_COMPLETE:
      context->is_complete = TRUE;
      break;
    case CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER:
      self->has_nothing = context->is_complete = TRUE;
      break;
    default:
      break;
    }
}

static gboolean
is_answer (CatalinaSessionMessage *message)
{
  CatalinaSessionEvent event = catalina_session_message_get_event (message);

  return event == CATALINA_SESSION_EVENT_ALL_DATA
         || event == CATALINA_SESSION_EVENT_TRANSFER_COMPLETE
         || event == CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER;
}

static gboolean
on_message (TribesMessage *received, gpointer data)
{
  Gathering *self = data;
  g_autoptr (GBytes) payload = tribes_message_dup_payload (received);
  g_autoptr (CatalinaSessionMessage) message = NULL;

  if (tribes_message_get_options (received) & TRIBES_SEND_OPTIONS_BYTE_MESSAGE)
    return FALSE;
  message = catalina_session_message_decode (payload, NULL);
  if (!message || !is_answer (message))
    return FALSE;
  self->heard_us = g_get_monotonic_time ();
  if (!self->all->member)
    self->all->member = tribes_message_dup_address (received);
  take (self, message);
  return TRUE;
}

static const char *
find_incomplete (Gathering *self)
{
  for (guint i = 0; i < self->all->contexts->len; i++)
    {
      CatalinaToolContext *context = g_ptr_array_index (self->all->contexts, i);

      if (!context->is_complete)
        return context->name;
    }
  return NULL;
}

static gboolean
is_over (gpointer data)
{
  Gathering *self = data;
  gint64 quiet_us = g_get_monotonic_time () - self->heard_us;

  if (self->error)
    return TRUE;
  return self->is_processed && !find_incomplete (self)
         && quiet_us > (self->all->contexts->len > 0 ? NEXT_US : FIRST_US);
}

static void
on_processed (GObject *channel, GAsyncResult *result, gpointer data)
{
  Gathering *self = data;
  GError *error = NULL;

  self->is_processed = TRUE;
  self->heard_us = g_get_monotonic_time ();
  if (!tribes_channel_send_finish (TRIBES_CHANNEL (channel), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !self->error)
    self->error = g_steal_pointer (&error);
  g_clear_error (&error);
}

/* Sends the question and waits for all of its answer. */
static void
ask (
    Gathering *self, TribesChannel *channel, GPtrArray *members, const char *context, guint version)
{
  g_autofree char *unique_id = g_strdup_printf ("GET-ALL-%s", context ? context : "");
  g_autoptr (CatalinaSessionMessage) question
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, context, "GET-ALL", unique_id,
                                      g_get_real_time () / 1000, NULL);
  g_autoptr (GBytes) payload = catalina_session_message_encode (question, version);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const char *incomplete;

  self->is_processed = FALSE;
  self->asked_ms = g_get_real_time () / 1000;
  tribes_channel_send_async (channel, members, payload,
                             TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK,
                             cancellable, on_processed, self);
  if (!catalina_tool_visit_wait (QUIET_SECONDS, is_over, &self->heard_us, self) && !self->error)
    {
      incomplete = find_incomplete (self);
      g_set_error (&self->error, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT,
                   "%s%s: nothing came for %.0f s", incomplete ? incomplete : "the question",
                   incomplete ? " is not complete" : " was not processed", QUIET_SECONDS);
    }
  if (!self->is_processed)
    g_cancellable_cancel (cancellable);
  while (!self->is_processed)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
is_there (const CatalinaToolVisit *visit,
          TribesChannel *channel,
          TribesMember *member,
          GError **error)
{
  gsize size;
  const guint8 *marker = tribes_marker_peek (TRIBES_MARKER_FAIL_DETECT, &size);
  g_autoptr (GBytes) ping = g_bytes_new_static (marker, size);

  return catalina_tool_visit_send (channel, member, ping,
                                   TRIBES_SEND_OPTIONS_BYTE_MESSAGE | TRIBES_SEND_OPTIONS_USE_ACK,
                                   visit->timeout, NULL, error);
}

/* A member without contexts says nothing, and so does one that takes no such question: which must
 * not look as if there were no sessions. */
static void
find_silence (Gathering *self,
              const CatalinaToolVisit *visit,
              TribesChannel *channel,
              TribesMember *member)
{
  g_autofree char *silence = NULL;
  double ms;

  if (!catalina_tool_visit_ask_nobody (visit, channel, member, &ms, NULL, &self->error) || ms >= 0)
    return;
  silence = catalina_tool_visit_dup_silence (visit, channel);
  g_set_error_literal (&self->error, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT, silence);
}

static gboolean
gather (Gathering *self,
        const CatalinaToolVisit *visit,
        TribesChannel *channel,
        TribesMember *member,
        const char *context,
        GError **error)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  if (!is_there (visit, channel, member, error))
    return FALSE;
  g_ptr_array_add (members, member);
  tribes_channel_add_listener (channel, on_message, self);
  ask (self, channel, members, context, VERSION);
  if (!self->error && self->all->contexts->len == 0)
    ask (self, channel, members, context, VERSION_7_0);
  tribes_channel_remove_listener (channel, on_message, self);
  if (!self->error && self->all->contexts->len == 0)
    find_silence (self, visit, channel, member);
  if (!self->error && context && (self->has_nothing || self->all->contexts->len == 0))
    g_set_error (&self->error, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER,
                 "it does not have the context %s", context);
  if (self->error)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return FALSE;
    }
  catalina_tool_gathered_sort (self->all);
  return TRUE;
}

CatalinaToolGathered *
catalina_tool_gather (const CatalinaToolVisit *visit,
                      TribesMember *member,
                      const char *context,
                      GError **error)
{
  CatalinaToolVisit patient = *visit;
  g_autoptr (CatalinaToolGathered) all = catalina_tool_gathered_new ();
  g_autoptr (GPtrArray) members = g_ptr_array_new ();
  g_autofree char *name = catalina_tool_visit_dup_name (member);
  Gathering self = { .all = all };
  TribesChannel *channel;
  gboolean ok;

  g_ptr_array_add (members, member);
  /* The acknowledgement comes when all has been sent; what is not heard of is waited for here. */
  patient.timeout = 24 * 3600;
  channel = catalina_tool_visit_begin (&patient, members, error);
  if (!channel)
    return NULL;
  ok = gather (&self, visit, channel, member, context, error);
  catalina_tool_visit_end (channel);
  if (!ok)
    {
      g_prefix_error (error, "%s: ", name);
      return NULL;
    }
  return g_steal_pointer (&all);
}

CatalinaToolGathered *
catalina_tool_gather_any (const CatalinaToolVisit *visit,
                          const char *source,
                          const char *context,
                          GError **error)
{
  g_autoptr (TribesMember) member = NULL;

  if (strcmp (source, "-") == 0 || g_file_test (source, G_FILE_TEST_EXISTS))
    return catalina_tool_gather_from_file (source, error);
  member = catalina_tool_visit_parse (source, error);
  return member ? catalina_tool_gather (visit, member, context, error) : NULL;
}
