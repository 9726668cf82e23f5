/* SPDX-License-Identifier: Apache-2.0
 *
 * An answer of a Kubernetes API server: whatever it is, it is read in one pass, and what comes of
 * it are addresses, bounded in number. What is no whole list of pods is an error.
 */
#include "tests/fuzz/fuzz-target.h"

#include "tribes/cloud/tribes-cloud-pods-private.h"
#include "tribes/cloud/tribes-json-cursor-private.h"

/* Whoever lists pods is JSON. */
static void
check_json (const char *data, size_t size)
{
  TribesJsonCursor cursor;

  tribes_json_cursor_init (&cursor, data, size);
  /* A deeper one may be read all the same, as a walk begins anew at each pod. */
  if (!tribes_json_cursor_skip (&cursor))
    g_assert_cmpstr (cursor.expected, ==, "less depth");
  else
    g_assert_true (tribes_json_cursor_finish (&cursor, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) entries = tribes_cloud_pods_parse ((const char *) data, size, 0, &error);

  g_assert_true ((entries != NULL) != (error != NULL));
  if (!entries)
    return 0;
  g_assert_cmpuint (entries->len, <=, TRIBES_CLOUD_PODS_MAX);
  for (guint i = 0; i < entries->len; i++)
    {
      const TribesCloudEntry *entry = &g_array_index (entries, TribesCloudEntry, i);

      g_assert_true (entry->host_size == 4 || entry->host_size == 16);
    }
  check_json ((const char *) data, size);
  return 0;
}
