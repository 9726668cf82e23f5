/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_PLACEMENT (catalina_placement_get_type ())

/**
 * CatalinaPlacement:
 * @CATALINA_PLACEMENT_MADE_PRIMARY: this member answers for the session
 * @CATALINA_PLACEMENT_MADE_BACKUP: another does, and this one has a copy
 * @CATALINA_PLACEMENT_MADE_PROXY: others have it, and who answers for it is another than before;
 *   this one knows where it is
 * @CATALINA_PLACEMENT_PUBLISHED: a member has got a copy of a session for which this one answers
 * @CATALINA_PLACEMENT_ALONE: no other member has a copy of a session for which this one answers
 * @CATALINA_PLACEMENT_LOST: all members that had it are gone
 *
 * What becomes of a session that not all members have.
 *
 * Tomcat counterpart: `AbstractReplicatedMap.MapEntry`, and `MapOwner.objectMadePrimary()`
 *
 * Since: 0.1
 */
typedef enum
{
  CATALINA_PLACEMENT_MADE_PRIMARY,
  CATALINA_PLACEMENT_MADE_BACKUP,
  CATALINA_PLACEMENT_MADE_PROXY,
  CATALINA_PLACEMENT_PUBLISHED,
  CATALINA_PLACEMENT_ALONE,
  CATALINA_PLACEMENT_LOST,
} CatalinaPlacement;

CATALINA_API
GType catalina_placement_get_type (void);

CATALINA_API
const char *catalina_placement_to_string (CatalinaPlacement placement);

G_END_DECLS
