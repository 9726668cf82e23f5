/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

CATALINA_API
TribesDissector *catalina_dissector_new (void);
CATALINA_API
void catalina_dissector_add_messages (TribesDissector *dissector);

G_END_DECLS
