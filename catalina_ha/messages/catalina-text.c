/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-text-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"

/* Names that are kept, and how long they may be. */
#define SHARED_NAMES 1024
#define SHARED_BYTES 256

char *
catalina_read_utf (TribesJavaReader *reader, const char *what, GError **error)
{
  gsize length;
  g_autofree char *text = tribes_java_reader_utf (reader, &length, error);

  if (text && strlen (text) != length)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "%s: offset %" G_GSIZE_FORMAT ": expected text without NUL, found one", what,
                   tribes_java_reader_get_offset (reader));
      return NULL;
    }
  return g_steal_pointer (&text);
}

char *
catalina_share_name (const char *name)
{
  static GMutex lock;
  static char *shared[SHARED_NAMES];
  gsize length = strlen (name);
  char *found;
  char **slot;

  if (length > SHARED_BYTES)
    return g_ref_string_new_len (name, (gssize) length);
  slot = &shared[tribes_hash_bytes (name, length) % SHARED_NAMES];
  g_mutex_lock (&lock);
  if (!*slot || strcmp (*slot, name) != 0)
    {
      g_clear_pointer (slot, g_ref_string_release);
      *slot = g_ref_string_new_len (name, (gssize) length);
    }
  found = g_ref_string_acquire (*slot);
  g_mutex_unlock (&lock);
  return found;
}
