/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-finding.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_CHECK_TEXT,
  CATALINA_CHECK_JSON,
  CATALINA_CHECK_GITHUB,
} CatalinaCheckFormat;

typedef struct
{
  GPtrArray *configs;  /* of XmlconfConfig: the files that could be read */
  GPtrArray *chosen;   /* of XmlconfCluster, not owned, or NULL for all: which of each of these */
  GPtrArray *findings; /* of XmlconfFinding */
  GPtrArray *errors;   /* of GError: the files that could not */
} CatalinaCheckResult;

void catalina_check_print (const CatalinaCheckResult *result,
                           CatalinaCheckFormat format,
                           gboolean effective);

G_END_DECLS
