/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/cluster/catalina-dialects-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"

/* Strangers may pretend to be any number; what is forgotten is learned with the next message. */
#define MAX_ENTRIES 4096

/* Questions within this time, in milliseconds, are about several contexts and not one again. */
#define ROUND_MS 1500

typedef struct
{
  guint heard;        /* since it is there; 0: nothing */
  guint last;         /* the same, before it went as well */
  guint asked;        /* the version in which it was asked last; 0: never */
  gint64 asked_since; /* when that version's turn began */
} CatalinaDialect;

struct _CatalinaDialects
{
  GHashTable *by_address; /* GBytes of host and port -> CatalinaDialect */
  guint n_last[3];        /* how many of these spoke each version last */
  /* Who was heard last, and in what: most messages come in a row. */
  TribesMember *last; /* nullable */
  guint last_version;
};

static guint
hash_bytes (gconstpointer key)
{
  gsize size;
  const void *data = g_bytes_get_data ((GBytes *) key, &size);

  return tribes_hash_bytes (data, size);
}

CatalinaDialects *
catalina_dialects_new (void)
{
  CatalinaDialects *self = g_new0 (CatalinaDialects, 1);

  self->by_address
      = g_hash_table_new_full (hash_bytes, g_bytes_equal, (GDestroyNotify) g_bytes_unref, g_free);
  return self;
}

void
catalina_dialects_free (CatalinaDialects *self)
{
  g_hash_table_unref (self->by_address);
  g_clear_pointer (&self->last, tribes_member_unref);
  g_free (self);
}

static GBytes *
address_of (TribesMember *member)
{
  g_autoptr (GBytes) host = tribes_member_dup_host_bytes (member);
  gint port = tribes_member_get_port (member);
  GByteArray *key = g_byte_array_new ();

  g_byte_array_append (key, g_bytes_get_data (host, NULL), (guint) g_bytes_get_size (host));
  g_byte_array_append (key, (const guint8 *) &port, sizeof port);
  return g_byte_array_free_to_bytes (key);
}

static CatalinaDialect *
find (CatalinaDialects *self, TribesMember *member)
{
  g_autoptr (GBytes) key = address_of (member);

  return g_hash_table_lookup (self->by_address, key);
}

static CatalinaDialect *
require (CatalinaDialects *self, TribesMember *member)
{
  g_autoptr (GBytes) key = address_of (member);
  CatalinaDialect *dialect = g_hash_table_lookup (self->by_address, key);

  if (dialect)
    return dialect;
  if (g_hash_table_size (self->by_address) >= MAX_ENTRIES)
    {
      g_hash_table_remove_all (self->by_address);
      memset (self->n_last, 0, sizeof self->n_last);
      g_clear_pointer (&self->last, tribes_member_unref);
    }
  dialect = g_new0 (CatalinaDialect, 1);
  self->n_last[0]++;
  g_hash_table_insert (self->by_address, g_steal_pointer (&key), dialect);
  return dialect;
}

gboolean
catalina_dialects_heard (CatalinaDialects *self, TribesMember *member, guint version)
{
  CatalinaDialect *dialect;
  gboolean news;

  if (self->last && self->last_version == version && tribes_member_equal (self->last, member))
    return FALSE;
  dialect = require (self, member);
  news = dialect->heard != (version == 1 ? 1 : 2);
  dialect->heard = version == 1 ? 1 : 2;
  self->n_last[dialect->last]--;
  self->n_last[dialect->heard]++;
  dialect->last = dialect->heard;
  tribes_member_ref (member);
  g_clear_pointer (&self->last, tribes_member_unref);
  self->last = member;
  self->last_version = version;
  return news;
}

void
catalina_dialects_forget (CatalinaDialects *self, TribesMember *member)
{
  CatalinaDialect *dialect = find (self, member);

  if (dialect)
    {
      dialect->heard = 0;
      dialect->asked = 0;
    }
  g_clear_pointer (&self->last, tribes_member_unref);
}

/* Of one that has said nothing yet. Where both are spoken, one that comes is rather an upgraded
 * one. */
static guint
guess (CatalinaDialects *self)
{
  return self->n_last[1] > 0 && self->n_last[2] == 0 ? 1 : 2;
}

guint
catalina_dialects_get (CatalinaDialects *self, TribesMember *member)
{
  CatalinaDialect *dialect = find (self, member);

  return dialect && dialect->heard ? dialect->heard : guess (self);
}

guint
catalina_dialects_get_to_ask (CatalinaDialects *self, TribesMember *member, gint64 now_ms)
{
  CatalinaDialect *dialect = require (self, member);

  if (dialect->heard)
    return dialect->heard;
  if (!dialect->asked)
    dialect->asked = guess (self);
  else if (now_ms - dialect->asked_since < ROUND_MS)
    return dialect->asked;
  else
    dialect->asked = 3 - dialect->asked;
  dialect->asked_since = now_ms;
  return dialect->asked;
}
