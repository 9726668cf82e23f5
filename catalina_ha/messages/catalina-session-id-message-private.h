/* SPDX-License-Identifier: Apache-2.0
 *
 * What Tomcat 7.0 sends when a session moves to another node: its id ends with that node's route
 * from then on. Later Tomcats use a session message for it.
 */
#pragma once

#include "catalina_ha/messages/catalina-session-message.h"

G_BEGIN_DECLS

typedef struct
{
  char *old_id;
  char *new_id;
  char *host;    /* of the context */
  char *context; /* its path */
} CatalinaSessionIdMessage;

void catalina_session_id_message_clear (CatalinaSessionIdMessage *message);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaSessionIdMessage, catalina_session_id_message_clear)

/* The class, for whoever looks at many messages. */
#define CATALINA_SESSION_ID_MESSAGE_CLASS "org.apache.catalina.ha.session.SessionIDMessage"

/* Into an empty @message. An object of another class is refused with TRIBES_ERROR_UNSUPPORTED. */
gboolean catalina_session_id_message_read (CatalinaSessionIdMessage *message,
                                           GBytes *payload,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a later Tomcat would say. @in_host: its <Cluster> stands in a <Host>, whose name is no part
 * of the context's. NULL where the new id cannot be written. */
CatalinaSessionMessage *
catalina_session_id_message_convert (const CatalinaSessionIdMessage *message,
                                     gboolean in_host,
                                     gint64 timestamp,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
