/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/manager/sides.h"

#include "catalina_ha/manager/catalina-attribute-filter-private.h"
#include "catalina_ha/manager/catalina-delta-manager.h"
#include "catalina_ha/manager/catalina-jvm-route-private.h"
#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/manager/catalina-request.h"
#include "catalina_ha/session/catalina-error.h"
#include "tests/catalina_ha/support.h"
#include "tribes/java/build/tribes-java-build.h"

static char
letter (CatalinaSessionEvent event)
{
  switch (event)
    {
    case CATALINA_SESSION_EVENT_CREATED:
      return 'C';
    case CATALINA_SESSION_EVENT_DELTA:
      return 'D';
    case CATALINA_SESSION_EVENT_ACCESSED:
      return 'A';
    case CATALINA_SESSION_EVENT_CHANGE_ID:
      return 'I';
    case CATALINA_SESSION_EVENT_EXPIRED:
      return 'E';
    default:
      return 0;
    }
}

static void
side_send (gpointer owner, CatalinaManager *manager, const CatalinaOutgoing *outgoing)
{
  Side *self = owner;
  char said = letter (catalina_session_message_get_event (outgoing->message));

  if (said)
    g_string_append_c (self->said, said);
  catalina_manager_receive (self->other->manager, outgoing->message, self->member);
  if (self->holds && outgoing->token)
    g_queue_push_tail (&self->held, g_memdup2 (&outgoing->token, sizeof outgoing->token));
  else
    catalina_manager_sent (manager, outgoing->token, NULL);
}

static void
side_wake (gpointer owner, CatalinaManager *manager)
{
}

static void
side_tell (gpointer owner, CatalinaManager *manager, const CatalinaCoreEvent *event)
{
  g_assert_cmpint (event->kind, !=, CATALINA_CORE_PROBLEM);
}

static const CatalinaManagerPort port = { side_send, side_wake, side_tell };

static void
side_free (gpointer data)
{
  Side *self = data;

  catalina_manager_disown (self->manager);
  g_object_unref (self->manager);
  tribes_member_unref (self->member);
  g_string_free (self->said, TRUE);
  g_queue_clear_full (&self->held, g_free);
  g_free (self);
}

static Side *
side_new (const CatalinaManagerSettings *settings, int number)
{
  const CatalinaLimits *limits = catalina_limits_get_default ();
  g_autoptr (CatalinaEnded) ended = catalina_ended_new (limits);
  g_autoptr (CatalinaBudget) budget = catalina_budget_new (limits);
  Side *self = g_new0 (Side, 1);

  self->member = tribes_member_new ("127.0.0.1", 4000 + number, NULL, NULL);
  self->said = g_string_new (NULL);
  self->manager = catalina_manager_new (CATALINA_TYPE_DELTA_MANAGER, CONTEXT, settings, limits,
                                        ended, budget, &port, self);
  return self;
}

void
side_introduce (Side *self)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  g_ptr_array_add (members, self->other->member);
  catalina_manager_set_members (self->manager, members);
}

/* Ours, and whoever is told; @pattern: (nullable): of the paths after which nothing is. */

Pair *
pair_new_with (CatalinaManagerSettings *ours, CatalinaManagerSettings *theirs)
{
  Pair *pair = g_new0 (Pair, 1);

  pair->us = side_new (ours, 0);
  pair->them = side_new (theirs, 1);
  pair->us->other = pair->them;
  pair->them->other = pair->us;
  side_introduce (pair->us);
  side_introduce (pair->them);
  return pair;
}

Pair *
pair_new (const char *pattern)
{
  CatalinaManagerSettings settings;
  g_autoptr (GRegex) filter = catalina_attribute_filter_new (pattern, NULL);

  catalina_manager_settings_init (&settings);
  settings.request_filter = filter;
  return pair_new_with (&settings, &settings);
}

Pair *
pair_new_routed (const char *our_route, const char *their_route, gboolean bind)
{
  g_autofree char *ours = g_strdup (our_route);
  g_autofree char *theirs = g_strdup (their_route);
  CatalinaManagerSettings settings[2];

  for (guint i = 0; i < 2; i++)
    {
      catalina_manager_settings_init (&settings[i]);
      settings[i].bind_jvm_route = bind;
    }
  settings[0].jvm_route = ours;
  settings[1].jvm_route = theirs;
  return pair_new_with (&settings[0], &settings[1]);
}

void
pair_free (Pair *pair)
{
  side_free (pair->us);
  side_free (pair->them);
  g_free (pair);
}

CatalinaRequest *
side_begin (Side *side, const char *id, const char *uri)
{
  g_autoptr (GError) error = NULL;
  CatalinaRequest *request = catalina_manager_begin_request (side->manager, id, uri, &error);

  g_assert_no_error (error);
  g_assert_true (catalina_request_get_manager (request) == side->manager);
  return request;
}

void
side_set (CatalinaRequest *request, const char *name, int number)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (number);
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_request_set_attribute (request, name, value, &error));
  g_assert_no_error (error);
}

int
side_get (Side *side, const char *id, const char *name)
{
  g_autoptr (CatalinaSession) session = catalina_manager_lookup (side->manager, id);
  TribesJavaValue *value = session ? catalina_session_get_attribute (session, name) : NULL;
  gint32 number = -1;

  if (value)
    g_assert_true (tribes_java_value_get_int (value, &number));
  return number;
}

gboolean
side_is_primary (Side *side, const char *id)
{
  g_autoptr (CatalinaSession) session = catalina_manager_lookup (side->manager, id);

  return session && catalina_session_is_primary (session);
}

void
side_on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

void
side_end_with (CatalinaRequest *request, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  catalina_request_end_async (request, NULL, side_on_result, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (catalina_request_end_finish (request, result, error) == (!error || !*error));
}

void
side_end (CatalinaRequest *request)
{
  g_autoptr (CatalinaRequest) ended = request;
  g_autoptr (GError) error = NULL;

  side_end_with (request, &error);
  g_assert_no_error (error);
}

char *
side_make (Pair *pair)
{
  CatalinaRequest *request = side_begin (pair->us, NULL, "/shop/");
  g_autoptr (GError) error = NULL;
  char *id;

  g_assert_null (catalina_request_get_session_id (request));
  g_assert_null (catalina_request_lookup_session (request));
  g_assert_true (catalina_request_create_session (request, &error));
  g_assert_no_error (error);
  id = g_strdup (catalina_request_get_session_id (request));
  /* That there is one is told while the request runs. */
  side_assert_said (pair->us, "C");
  side_set (request, "made", 1);
  g_assert_cmpint (side_get (pair->us, id, "made"), ==, 1);
  g_assert_cmpint (side_get (pair->them, id, "made"), ==, -1);
  side_end (request);
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, id, "made"), ==, 1);
  g_assert_true (side_is_primary (pair->us, id) && !side_is_primary (pair->them, id));
  return id;
}
