/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-keys-private.h"

static TribesKeyRing *used_keys;

void
catalina_use_keys (TribesKeyRing *keys)
{
  g_clear_pointer (&used_keys, tribes_key_ring_unref);
  used_keys = keys ? tribes_key_ring_ref (keys) : NULL;
}

TribesKeyRing *
catalina_get_keys (void)
{
  return used_keys;
}
