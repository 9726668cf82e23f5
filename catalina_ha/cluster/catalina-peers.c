/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/cluster/catalina-peers-private.h"

#include "tribes/base/tribes-hash-private.h"

/* Strangers may name any number; whoever has so many has been told. */
#define MAX_DOMAINS 16
/* Of a domain in a message. */
#define MAX_SHOWN 64

static guint
hash_bytes (gconstpointer key)
{
  gsize size;
  const void *data = g_bytes_get_data ((GBytes *) key, &size);

  return tribes_hash_bytes (data, size);
}

void
catalina_peers_init (CatalinaPeers *self)
{
  self->slow = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->domains
      = g_hash_table_new_full (hash_bytes, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
}

void
catalina_peers_clear (CatalinaPeers *self)
{
  g_clear_pointer (&self->slow, g_ptr_array_unref);
  g_clear_pointer (&self->domains, g_hash_table_unref);
}

static gboolean
find_slow (const CatalinaPeers *self, TribesMember *member, guint *index)
{
  return g_ptr_array_find_with_equal_func (self->slow, member, (GEqualFunc) tribes_member_equal,
                                           index);
}

gboolean
catalina_peers_is_slow (const CatalinaPeers *self, TribesMember *member)
{
  return find_slow (self, member, NULL);
}

void
catalina_peers_set_slow (CatalinaPeers *self, TribesMember *member, gboolean slow)
{
  guint index;

  if (!find_slow (self, member, &index))
    {
      if (slow)
        g_ptr_array_add (self->slow, tribes_member_ref (member));
    }
  else if (!slow)
    g_ptr_array_remove_index_fast (self->slow, index);
}

GPtrArray *
catalina_peers_split_slow (const CatalinaPeers *self, GPtrArray *members)
{
  GPtrArray *slow = NULL;

  for (guint i = members->len; self->slow->len > 0 && i-- > 0;)
    {
      if (!find_slow (self, members->pdata[i], NULL))
        continue;
      if (!slow)
        slow = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
      g_ptr_array_insert (slow, 0, g_ptr_array_steal_index (members, i));
    }
  return slow;
}

/* Somebody else chose it. */
static char *
describe_domain (GBytes *domain)
{
  gsize size;
  const char *data = g_bytes_get_data (domain, &size);
  g_autofree char *text = size > 0 ? g_strndup (data, MIN (size, MAX_SHOWN)) : NULL;
  g_autofree char *escaped = text ? g_strescape (text, NULL) : NULL;

  return escaped ? g_strdup_printf ("the domain \"%s\"", escaped) : g_strdup ("no domain");
}

char *
catalina_peers_compare_domains (CatalinaPeers *self, TribesMember *local, TribesMember *member)
{
  g_autoptr (GBytes) own = tribes_member_dup_domain (local);
  g_autoptr (GBytes) other = tribes_member_dup_domain (member);
  g_autofree char *own_text = NULL;
  g_autofree char *other_text = NULL;

  if (g_bytes_equal (own, other) || g_hash_table_size (self->domains) >= MAX_DOMAINS
      || !g_hash_table_add (self->domains, g_bytes_ref (other)))
    return NULL;
  own_text = describe_domain (own);
  other_text = describe_domain (other);
  return g_strdup_printf ("is in %s and this node in %s: if it has a DomainFilterInterceptor, it "
                          "takes nothing from this node, and does not answer it",
                          other_text, own_text);
}

void
catalina_peers_forget (CatalinaPeers *self, TribesMember *member)
{
  catalina_peers_set_slow (self, member, FALSE);
}
