/* SPDX-License-Identifier: Apache-2.0
 *
 * What requests have changed in a session and nobody was told of yet: in Tomcat the DeltaRequest
 * that a DeltaSession has. It is sent as a whole, at the end of a request, and stays with the
 * session until then, whatever becomes of the request. A Tomcat that is told of another member's
 * change forgets all of it; here only what the other has changed as well.
 */
#include "catalina_ha/session/catalina-session-private.h"

#include "tribes/base/tribes-hash-private.h"

CatalinaApplyResult
catalina_session_change (CatalinaSession *session,
                         CatalinaDelta *delta,
                         const CatalinaLimits *limits,
                         GStrvBuilder *names)
{
  CatalinaApplyResult result = catalina_session_apply (session, delta, limits, names);

  if (result == CATALINA_APPLY_OVER_LIMIT || delta->actions->len == 0)
    return result;
  if (!session->unsent)
    session->unsent = catalina_delta_new ();
  catalina_delta_append (session->unsent, delta);
  catalina_session_update_size (session);
  return result;
}

static gboolean
is_other_name (const CatalinaDeltaAction *action, gpointer names)
{
  return !g_hash_table_contains (names, action->name);
}

static void
take_out (CatalinaSession *session, CatalinaDelta *delta)
{
  g_autoptr (GHashTable) names = g_hash_table_new (tribes_str_hash, g_str_equal);

  for (guint i = 0; i < delta->actions->len; i++)
    g_hash_table_add (names, g_array_index (delta->actions, CatalinaDeltaAction, i).name);
  if (!catalina_delta_keep (session->unsent, is_other_name, names))
    return;
  if (session->unsent->actions->len == 0)
    g_clear_pointer (&session->unsent, catalina_delta_unref);
  catalina_session_update_size (session);
}

CatalinaApplyResult
catalina_session_apply_told (CatalinaSession *session,
                             CatalinaDelta *delta,
                             const CatalinaLimits *limits,
                             GStrvBuilder *names)
{
  CatalinaApplyResult result = catalina_session_apply (session, delta, limits, names);

  if (session->unsent && result != CATALINA_APPLY_OVER_LIMIT)
    take_out (session, delta);
  return result;
}

CatalinaApplyResult
catalina_session_apply_again (CatalinaSession *session,
                              CatalinaDelta *delta,
                              const CatalinaLimits *limits,
                              GStrvBuilder *names)
{
  CatalinaApplyResult result = catalina_session_apply (session, delta, limits, names);

  if (session->unsent && result != CATALINA_APPLY_OVER_LIMIT)
    catalina_session_apply (session, session->unsent, limits, NULL);
  return result;
}

CatalinaDelta *
catalina_session_with_unsent (CatalinaSession *session, CatalinaDelta *delta)
{
  CatalinaDelta *whole;

  if (!session->unsent)
    return catalina_delta_ref (delta);
  whole = catalina_delta_new ();
  catalina_delta_append (whole, session->unsent);
  catalina_delta_append (whole, delta);
  return whole;
}

void
catalina_session_forget_unsent (CatalinaSession *session)
{
  if (!session->unsent)
    return;
  g_clear_pointer (&session->unsent, catalina_delta_unref);
  catalina_session_update_size (session);
}

void
catalina_session_keep_unsent (CatalinaSession *session,
                              CatalinaSession *before,
                              const CatalinaLimits *limits)
{
  if (before->unsent)
    catalina_session_change (session, before->unsent, limits, NULL);
}
