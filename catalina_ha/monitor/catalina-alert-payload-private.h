/* SPDX-License-Identifier: Apache-2.0
 *
 * What bytes are to who watches for encryption, and for what is no message at all.
 */
#pragma once

#include "catalina_ha/monitor/catalina-monitor-names-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_PAYLOAD_OUTSIDE,   /* says nothing: interceptors below encryption send it as it is */
  CATALINA_PAYLOAD_PLAIN,     /* a message of Tomcat's, or a Java object */
  CATALINA_PAYLOAD_ENCRYPTED, /* looks so */
  CATALINA_PAYLOAD_OTHER,     /* none of these */
} CatalinaPayload;

CatalinaPayload catalina_payload_classify (const TribesCapturedMessage *message, CatalinaSeen seen);

/* What bytes without a frame are, in a few words. (transfer full) */
char *catalina_alert_dup_stray (const TribesCapturedStray *stray);

G_END_DECLS
