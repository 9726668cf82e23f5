/* SPDX-License-Identifier: Apache-2.0
 *
 * What Tomcat 7.0 sends when a session moves to another node: its id ends with that node's route
 * from then on. Later Tomcats use a session message for it.
 */
#pragma once

#include <glib.h>

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

/* Into an empty @message. An object of another class is refused with TRIBES_ERROR_UNSUPPORTED. */
gboolean catalina_session_id_message_read (CatalinaSessionIdMessage *message,
                                           GBytes *payload,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
