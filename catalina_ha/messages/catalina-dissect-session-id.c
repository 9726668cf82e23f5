/* SPDX-License-Identifier: Apache-2.0
 *
 * What Tomcat 7.0 sends when a session moves, for a TribesDissector.
 */
#include "catalina_ha/messages/catalina-dissect-session-id-private.h"

#include "catalina_ha/messages/catalina-session-id-message-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/channel/tribes-dissect-java.h"

/* As that of a session message, which says no more of the ids. */
static char *
describe (const CatalinaSessionIdMessage *message)
{
  g_autofree char *old_id = catalina_shown_id (message->old_id);
  g_autofree char *new_id = catalina_shown_id (message->new_id);

  return g_strdup_printf ("%s#%s %s is %s now", message->host, message->context, old_id, new_id);
}

static void
dissect (TribesDissection *dissection, GBytes *bytes, TribesSendOptions options, gpointer user_data)
{
  gsize size = g_bytes_get_size (bytes);
  g_auto (CatalinaSessionIdMessage) message = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *meaning = NULL;
  guint n_problems;

  tribes_dissection_begin (dissection, "session id message", 0, size);
  if (catalina_session_id_message_read (&message, bytes, &error))
    {
      tribes_dissection_add_text (dissection, "host", 0, size, message.host, -1, NULL);
      tribes_dissection_add_text (dissection, "context", 0, size, message.context, -1, NULL);
      tribes_dissection_add_text (dissection, "session id", 0, size, message.old_id, -1, NULL);
      tribes_dissection_add_text (dissection, "new session id", 0, size, message.new_id, -1, NULL);
      meaning = describe (&message);
    }
  else
    {
      n_problems = tribes_dissection_get_n_problems (dissection);
      tribes_dissection_add_payload_as (dissection, "java", "data", 0, size, options);
      if (tribes_dissection_get_n_problems (dissection) == n_problems)
        tribes_dissection_add_problem (dissection, 0, 0, error->message);
    }
  tribes_dissection_end (dissection, meaning);
}

void
catalina_dissector_add_session_id (TribesDissector *dissector)
{
  tribes_dissector_add_java_class (dissector, "session-id-message",
                                   CATALINA_SESSION_ID_MESSAGE_CLASS, dissect, NULL, NULL);
}
