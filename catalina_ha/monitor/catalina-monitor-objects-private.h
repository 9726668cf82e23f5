/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of messages that are Java objects of Tomcat's other classes: questions and answers,
 * replicated maps, static membership. What they carry is named; of an entry of a map, who has it.
 */
#pragma once

#include "catalina_ha/messages/catalina-skim-private.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

/* Adds to the object of an event what the payload, an object's stream, says. @map: (nullable): what
 * it says of a replicated map. */
void catalina_monitor_add_object (TribesJson *json,
                                  const guint8 *payload,
                                  gsize size,
                                  const CatalinaSkimMap *map);

G_END_DECLS
