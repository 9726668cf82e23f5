/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* Adds the layers `file-message` and `undeploy-message`. */
void catalina_dissector_add_deployment (TribesDissector *dissector);

G_END_DECLS
