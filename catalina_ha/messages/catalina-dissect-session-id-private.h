/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* Adds the layer `session-id-message`. */
void catalina_dissector_add_session_id (TribesDissector *dissector);

G_END_DECLS
