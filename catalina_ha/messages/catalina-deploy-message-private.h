/* SPDX-License-Identifier: Apache-2.0
 *
 * What a FarmWarDeployer sends: a web application in parts, and that one is to go. Read from either
 * generation, 7.0's and that of later Tomcats, which name the same fields. What the names say is
 * whatever the sender liked.
 */
#pragma once

#include <glib.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

#define CATALINA_FILE_MESSAGE_CLASS     "org.apache.catalina.ha.deploy.FileMessage"
#define CATALINA_UNDEPLOY_MESSAGE_CLASS "org.apache.catalina.ha.deploy.UndeployMessage"

typedef enum
{
  CATALINA_DEPLOY_PART,
  CATALINA_DEPLOY_UNDEPLOY,
} CatalinaDeployKind;

typedef struct
{
  CatalinaDeployKind kind;
  char *context; /* "/shop", "/shop##2"; "" for the root */
  gint64 timestamp_ms;
  gint64 serial_version;
  /* Of a part: */
  char *file;
  gint32 number; /* from 1 */
  gint64 total;
  GBytes *data;
} CatalinaDeployMessage;

CATALINA_API
void catalina_deploy_message_clear (CatalinaDeployMessage *message);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaDeployMessage, catalina_deploy_message_clear)

/* Whether @payload begins as such a message does: cheap, for whoever hears all messages. */
CATALINA_API
gboolean catalina_deploy_message_is (GBytes *payload);

/* Into an empty @message. An object of another class is refused with TRIBES_ERROR_UNSUPPORTED. */
CATALINA_API
gboolean catalina_deploy_message_read (CatalinaDeployMessage *message,
                                       GBytes *payload,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
