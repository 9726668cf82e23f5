/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this folder share.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file that a Tomcat wrote, from tests/vectors. */
GBytes *support_load (const char *name);
/* One that a Tomcat wrote which nobody has installed, from tests/captured. */
GBytes *support_load_captured (const char *name);
/* What its description says about a key; NULL for nothing. */
char *support_describe (const char *name, const char *key);

typedef gboolean (*SupportDecoder) (GBytes *bytes, GError **error);

/* Every beginning of @bytes but the whole is refused, with an error. */
void support_assert_prefixes_fail (GBytes *bytes, SupportDecoder decode);
/* No single wrong byte makes the decoder crash; whether it notices is its business. */
void support_flip_bytes (GBytes *bytes, SupportDecoder decode);

#define support_assert_bytes(a, b)                                                                 \
  G_STMT_START                                                                                     \
  {                                                                                                \
    GBytes *a_ = (a);                                                                              \
    GBytes *b_ = (b);                                                                              \
    g_assert_cmpmem (g_bytes_get_data (a_, NULL), g_bytes_get_size (a_),                           \
                     g_bytes_get_data (b_, NULL), g_bytes_get_size (b_));                          \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
