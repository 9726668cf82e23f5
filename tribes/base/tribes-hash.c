/* SPDX-License-Identifier: Apache-2.0
 *
 * The key of the process, and the hash with it.
 */
#include "tribes/base/tribes-hash-private.h"

#include <sys/random.h>

static gsize ready;
static guint64 key[2];

void
tribes_hash_be_repeatable (void)
{
  if (g_once_init_enter (&ready))
    g_once_init_leave (&ready, 1);
}

static const guint64 *
process_key (void)
{
  if (g_once_init_enter (&ready))
    {
      /* Cannot fail for so few bytes once the system is up; a key that can be guessed is none. */
      if (getrandom (key, sizeof key, 0) != (gssize) sizeof key)
        g_error ("no random numbers for the key of hash tables");
      g_once_init_leave (&ready, 1);
    }
  return key;
}

guint64
tribes_hash_bytes64 (gconstpointer data, gsize size, guint64 seed)
{
  const guint64 *own = process_key ();
  const guint64 seeded[2] = { own[0] ^ seed, own[1] };

  return tribes_siphash (seeded, data, size, 1, 3);
}

guint
tribes_hash_bytes (gconstpointer data, gsize size)
{
  guint64 hash = tribes_siphash (process_key (), data, size, 1, 3);

  return (guint) (hash ^ hash >> 32);
}

guint
tribes_str_hash (gconstpointer text)
{
  return tribes_hash_bytes (text, strlen (text));
}
