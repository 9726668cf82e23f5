/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys with which this process reads what members of a cluster encrypt. Exported for the
 * programs; not API.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/interceptors/tribes-key-ring-private.h"

G_BEGIN_DECLS

/* For this process, before it has threads: what catalina_dissector_new() makes from now on has
 * them. @keys: (nullable). */
CATALINA_API
void catalina_use_keys (TribesKeyRing *keys);
/* (transfer none) (nullable) */
CATALINA_API
TribesKeyRing *catalina_get_keys (void);

G_END_DECLS
