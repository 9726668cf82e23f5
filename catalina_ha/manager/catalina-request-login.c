/* SPDX-License-Identifier: Apache-2.0
 *
 * What Tomcat's authenticators do with the session of a request once they know who it is. Who has
 * the right password is the application's to say: none comes here, and none goes to another member.
 */
#include "catalina_ha/manager/catalina-request-private.h"

#include "catalina_ha/manager/catalina-manager-private.h"

/**
 * catalina_request_login:
 * @self: a request
 * @name: name of the user
 * @roles: (nullable) (array zero-terminated=1): the user's roles
 * @auth_type: how the user logged in, such as `FORM` or `BASIC`
 * @error: return location for an error
 *
 * Says that the user of its session is known from now on: here at once, elsewhere at the end of the
 * request. The request needs a session.
 *
 * The session gets a new id, so that nobody who knew the old one is logged in with it; see
 * [property@CatalinaHa.Manager:change-session-id-on-authentication]. That is told at once. Where a
 * member that has shown a login form waits for the session under its old id it knows it by the new
 * one then.
 *
 * Tomcat counterpart: `AuthenticatorBase.register()`
 *
 * Returns: whether the user is logged in; what is refused has changed nothing
 *
 * Since: 0.1
 */
gboolean
catalina_request_login (CatalinaRequest *self,
                        const char *name,
                        const char *const *roles,
                        const char *auth_type,
                        GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  g_return_val_if_fail (CATALINA_IS_REQUEST (self) && name && auth_type, FALSE);
  catalina_delta_set_auth_type (delta, auth_type);
  catalina_delta_set_principal (delta, name, roles);
  if (!catalina_request_change (self, delta, error))
    return FALSE;
  if (!catalina_request_get_manager (self)->change_id_on_authentication)
    return TRUE;
  if (!catalina_request_change_session_id (self, error))
    return FALSE;
  catalina_request_follow_id (self, NULL);
  return TRUE;
}

/**
 * catalina_request_logout:
 * @self: a request
 * @error: return location for an error
 *
 * Says that the user of its session is not known any more. The session lives on, with its id.
 *
 * Tomcat counterpart: `HttpServletRequest.logout()`
 *
 * Returns: whether there was a session
 *
 * Since: 0.1
 */
gboolean
catalina_request_logout (CatalinaRequest *self, GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  g_return_val_if_fail (CATALINA_IS_REQUEST (self), FALSE);
  catalina_delta_set_auth_type (delta, NULL);
  catalina_delta_set_principal (delta, NULL, NULL);
  return catalina_request_change (self, delta, error);
}

/* How long the session lived before the login form was shown; from 9.0 on it may be for ever. */
static gboolean
get_interval (TribesJavaValue *saved, gint32 *seconds)
{
  g_autoptr (TribesJavaValue) value
      = tribes_java_value_dup_field (saved, "originalMaxInactiveInterval");

  return value && tribes_java_value_get_int (value, seconds)
         && (*seconds > 0 || tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_OBJECT);
}

/**
 * catalina_request_take_saved_uri:
 * @self: a request
 * @error: return location for an error
 *
 * Where a member has shown a login form, takes what the browser had asked for out of the session:
 * it is to be redirected there once the user is logged in. A session that was given less time for
 * the login has what it had before again.
 *
 * Do not call it where the member that has shown the form is to answer what it redirects to: that
 * one needs what it has saved.
 *
 * Tomcat counterpart: `FormAuthenticator.restoreRequest()`, of which this is what concerns the
 * session
 *
 * Returns: (transfer full) (nullable): path and query; %NULL without @error if nothing is saved
 *
 * Since: 0.1
 */
char *
catalina_request_take_saved_uri (CatalinaRequest *self, GError **error)
{
  g_autoptr (CatalinaSession) session = NULL;
  g_autoptr (CatalinaDelta) delta = NULL;
  g_autofree char *uri = NULL;
  gint32 seconds;

  g_return_val_if_fail (CATALINA_IS_REQUEST (self), NULL);
  session = catalina_request_lookup_session (self);
  uri = session ? catalina_session_dup_saved_uri (session) : NULL;
  if (!uri)
    return NULL;
  delta = catalina_delta_new ();
  catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_REMOVE, CATALINA_NOTE_REQUEST,
                      NULL);
  catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_REMOVE, CATALINA_NOTE_SESSION_ID,
                      NULL);
  if (get_interval (session->state.request_note, &seconds))
    catalina_delta_set_max_inactive_interval (delta, seconds);
  return catalina_request_change (self, delta, error) ? g_steal_pointer (&uri) : NULL;
}
