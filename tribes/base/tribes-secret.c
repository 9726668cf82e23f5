/* SPDX-License-Identifier: Apache-2.0
 *
 * Who frees bytes is told where they are, and not how many.
 */
#include "tribes/base/tribes-secret-private.h"

#include <string.h>

typedef struct
{
  void *data;
  gsize size;
} Secret;

static void
secret_free (gpointer data)
{
  Secret *secret = data;

  if (secret->size > 0)
    explicit_bzero (secret->data, secret->size);
  g_free (secret->data);
  g_free (secret);
}

GBytes *
tribes_secret_bytes_new_take (void *data, gsize size)
{
  Secret *secret = g_new (Secret, 1);

  *secret = (Secret){ data, size };
  return g_bytes_new_with_free_func (data, size, secret_free, secret);
}

GBytes *
tribes_secret_bytes_new (const void *data, gsize size)
{
  return tribes_secret_bytes_new_take (g_memdup2 (data, size), size);
}
