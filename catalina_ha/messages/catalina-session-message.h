/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_SESSION_EVENT (catalina_session_event_get_type ())

/**
 * CatalinaSessionEvent:
 * @CATALINA_SESSION_EVENT_CREATED: a session was made; its time stamp is the creation time
 * @CATALINA_SESSION_EVENT_EXPIRED: a session ended
 * @CATALINA_SESSION_EVENT_ACCESSED: a session was used and not changed
 * @CATALINA_SESSION_EVENT_GET_ALL: the sender asks for all sessions of a context
 * @CATALINA_SESSION_EVENT_ALL_DATA: sessions of a context, as an answer
 * @CATALINA_SESSION_EVENT_DELTA: what a request changed in a session
 * @CATALINA_SESSION_EVENT_TRANSFER_COMPLETE: all sessions have been sent
 * @CATALINA_SESSION_EVENT_CHANGE_ID: a session has a new id
 * @CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER: the sender does not have the context
 *
 * What a session message says. The numbers go over the wire.
 *
 * Tomcat counterpart: the `EVT_…` constants of `org.apache.catalina.ha.session.SessionMessage`.
 *
 * Since: 0.1
 */
typedef enum
{
  CATALINA_SESSION_EVENT_CREATED = 1,
  CATALINA_SESSION_EVENT_EXPIRED = 2,
  CATALINA_SESSION_EVENT_ACCESSED = 3,
  CATALINA_SESSION_EVENT_GET_ALL = 4,
  CATALINA_SESSION_EVENT_ALL_DATA = 12,
  CATALINA_SESSION_EVENT_DELTA = 13,
  CATALINA_SESSION_EVENT_TRANSFER_COMPLETE = 14,
  CATALINA_SESSION_EVENT_CHANGE_ID = 15,
  CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER = 16,
} CatalinaSessionEvent;

CATALINA_API
GType catalina_session_event_get_type (void);

CATALINA_API
const char *catalina_session_event_to_string (CatalinaSessionEvent event);
CATALINA_API
gboolean catalina_session_event_is_answer (CatalinaSessionEvent event);

#define CATALINA_TYPE_SESSION_MESSAGE (catalina_session_message_get_type ())

/**
 * CatalinaSessionMessage:
 *
 * What one member tells the others about a session or about all sessions of a context. Immutable.
 *
 * Tomcat counterpart: `org.apache.catalina.ha.session.SessionMessageImpl`.
 *
 * Since: 0.1
 */
typedef struct _CatalinaSessionMessage CatalinaSessionMessage;

CATALINA_API
GType catalina_session_message_get_type (void) G_GNUC_CONST;

CATALINA_API
CatalinaSessionMessage *catalina_session_message_new (CatalinaSessionEvent event,
                                                      const char *context_name,
                                                      const char *session_id,
                                                      const char *unique_id,
                                                      gint64 timestamp,
                                                      GBytes *data);
CATALINA_API
CatalinaSessionMessage *catalina_session_message_ref (CatalinaSessionMessage *message);
CATALINA_API
void catalina_session_message_unref (CatalinaSessionMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaSessionMessage, catalina_session_message_unref)

CATALINA_API
CatalinaSessionEvent catalina_session_message_get_event (CatalinaSessionMessage *message);
CATALINA_API
const char *catalina_session_message_get_context_name (CatalinaSessionMessage *message);
CATALINA_API
const char *catalina_session_message_get_session_id (CatalinaSessionMessage *message);
CATALINA_API
const char *catalina_session_message_get_unique_id (CatalinaSessionMessage *message);
CATALINA_API
gint64 catalina_session_message_get_timestamp (CatalinaSessionMessage *message);
CATALINA_API
GBytes *catalina_session_message_get_data (CatalinaSessionMessage *message);
CATALINA_API
guint catalina_session_message_get_serial_version (CatalinaSessionMessage *message);
CATALINA_API
char *catalina_session_message_to_string (CatalinaSessionMessage *message);

CATALINA_API
CatalinaSessionMessage *catalina_session_message_decode (GBytes *payload,
                                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
GBytes *catalina_session_message_encode (CatalinaSessionMessage *message, guint serial_version);

G_END_DECLS
