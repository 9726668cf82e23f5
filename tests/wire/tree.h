/* SPDX-License-Identifier: Apache-2.0
 *
 * What holds for every dissection, whatever the bytes were.
 */
#pragma once

#include "tribes/wire/tribes-dissector.h"

#include <string.h>

G_BEGIN_DECLS

/* Each node lies in the one it is in, or fills a buffer of its own, and comes right behind it. */
static inline void
tree_assert_node (TribesDissection *tree, guint node)
{
  guint parent = tribes_dissection_get_parent (tree, node);
  guint buffer = tribes_dissection_get_node_buffer (tree, node);
  gsize offset = tribes_dissection_get_offset (tree, node);
  gsize end = offset + tribes_dissection_get_size (tree, node);
  gsize size;

  g_assert_cmpuint (buffer, <, tribes_dissection_get_n_buffers (tree));
  size = g_bytes_get_size (tribes_dissection_get_buffer (tree, buffer));
  g_assert_cmpuint (end, <=, size);
  g_assert_cmpuint (tribes_dissection_get_end (tree, node), >, node);
  g_assert_cmpstr (tribes_dissection_get_name (tree, node), !=, "");
  g_assert_true (g_utf8_validate (tribes_dissection_get_name (tree, node), -1, NULL));
  if (parent == TRIBES_DISSECTION_NONE)
    {
      g_assert_cmpuint (tribes_dissection_get_depth (tree, node), ==, 0);
      return;
    }
  g_assert_cmpuint (parent, <, node);
  g_assert_cmpuint (tribes_dissection_get_end (tree, parent), >=,
                    tribes_dissection_get_end (tree, node));
  g_assert_cmpuint (tribes_dissection_get_depth (tree, node), ==,
                    tribes_dissection_get_depth (tree, parent) + 1);
  g_assert_cmpint (tribes_dissection_get_kind (tree, parent), ==, TRIBES_DISSECTION_KIND_PART);
  if (tribes_dissection_get_node_buffer (tree, parent) != buffer)
    {
      g_assert_cmpuint (offset, ==, 0);
      g_assert_cmpuint (end, ==, size);
      return;
    }
  g_assert_cmpuint (offset, >=, tribes_dissection_get_offset (tree, parent));
  g_assert_cmpuint (end, <=,
                    tribes_dissection_get_offset (tree, parent)
                        + tribes_dissection_get_size (tree, parent));
}

static inline void
tree_assert (TribesDissection *tree)
{
  guint n = tribes_dissection_get_n_nodes (tree);
  guint n_problems = 0;

  for (guint i = 0; i < n; i++)
    {
      gboolean is_problem = tribes_dissection_get_kind (tree, i) == TRIBES_DISSECTION_KIND_PROBLEM;
      g_autofree char *meaning = tribes_dissection_dup_meaning (tree, i);

      tree_assert_node (tree, i);
      n_problems += is_problem ? 1 : 0;
      g_assert_true (!is_problem || meaning);
    }
  g_assert_cmpuint (tribes_dissection_get_n_problems (tree), ==, n_problems);
}

/* All three ways to print it. */
static inline void
tree_print (TribesDissection *tree)
{
  g_autofree char *text = tribes_dissection_to_text (tree);
  g_autofree char *json = tribes_dissection_to_json (tree);
  g_autofree char *summary = tribes_dissection_to_summary (tree);

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_utf8_validate (json, -1, NULL));
  g_assert_null (strchr (summary, '\n'));
}

G_END_DECLS
