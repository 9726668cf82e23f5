/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole dissection, by recognition and as each layer: always a tree that holds together. What
 * the parser of messages accepts has no problem, and what it refuses has one.
 */
#include "catalina_ha/messages/catalina-dissector.h"
#include "tests/fuzz/fuzz-target.h"
#include "tests/wire/tree.h"
#include "tribes/base/tribes-error.h"

static void
check_agreement (GBytes *bytes)
{
  static TribesDissector *wire;
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMessage) message = tribes_message_decode (bytes, &error);
  g_autoptr (TribesDissection) tree = NULL;

  if (!wire)
    {
      wire = tribes_dissector_new ();
      tribes_dissector_add_wire (wire);
    }
  tree = tribes_dissector_dissect_as (wire, "channel-data", bytes);
  tree_assert (tree);
  if (!g_error_matches (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT))
    g_assert_true ((tribes_dissection_get_n_problems (tree) == 0) == (message != NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const layers[] = { "heartbeat", "message", "delta", "state", "new-id" };
  static TribesDissector *dissector;
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (TribesDissection) tree = NULL;

  if (!dissector)
    dissector = catalina_dissector_new ();
  check_agreement (bytes);
  tree = tribes_dissector_dissect (dissector, bytes);
  tree_assert (tree);
  tree_print (tree);
  for (gsize i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      g_autoptr (TribesDissection) forced
          = tribes_dissector_dissect_as (dissector, layers[i], bytes);

      tree_assert (forced);
    }
  return 0;
}
