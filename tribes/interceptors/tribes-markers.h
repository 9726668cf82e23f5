/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of interceptors whose whole payload is a fixed sequence of bytes.
 */
#pragma once

#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

TRIBES_API
void tribes_dissector_add_markers (TribesDissector *dissector);

G_END_DECLS
