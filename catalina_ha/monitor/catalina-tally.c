/* SPDX-License-Identifier: Apache-2.0
 *
 * An entry is one allocation: links, the size of the name, the value, the name. The value's place
 * is the same in all, so that a value leads to its entry. Where the table is full the memory of who
 * is forgotten becomes that of who is new, so that a flood of names costs no allocation for each.
 */
#include "catalina_ha/monitor/catalina-tally-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"

/* Parts of names are stored with this between them. */
#define MAX_NAME 1024

typedef struct
{
  GList link;
  guint hash;
  guint first_size;
  guint size; /* of the name */
  guint room; /* for a name */
  CatalinaTallyRef ref;
  const guint8 *name; /* behind the value; of a key to look up elsewhere */
  guint64 value[];    /* aligned for all of them */
} Entry;

static guint
entry_hash (gconstpointer entry)
{
  return ((const Entry *) entry)->hash;
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const Entry *one = a;
  const Entry *other = b;

  return one->hash == other->hash && one->size == other->size
         && one->first_size == other->first_size && memcmp (one->name, other->name, one->size) == 0;
}

void
catalina_tally_init (CatalinaTally *self, gsize value_size, guint max)
{
  *self = (CatalinaTally){ .value_size = value_size, .max = MAX (max, 1) };
  self->table = g_hash_table_new (entry_hash, entry_equal);
  self->slots = g_ptr_array_new_with_free_func (g_free);
}

void
catalina_tally_clear (CatalinaTally *self)
{
  g_clear_pointer (&self->table, g_hash_table_unref);
  g_clear_pointer (&self->slots, g_ptr_array_unref);
}

static Entry *
find (CatalinaTally *self, const Entry *key)
{
  Entry *entry = g_hash_table_lookup (self->table, key);

  if (entry && self->used.head != &entry->link)
    {
      g_queue_unlink (&self->used, &entry->link);
      g_queue_push_head_link (&self->used, &entry->link);
    }
  return entry;
}

/* The entry of who was met least lately, empty, with its slot. */
static Entry *
forget_oldest (CatalinaTally *self, gsize value_size, guint name_size)
{
  Entry *oldest = g_queue_peek_tail (&self->used);
  CatalinaTallyRef ref = oldest->ref;
  guint room = oldest->room;

  g_queue_unlink (&self->used, &oldest->link);
  g_hash_table_remove (self->table, oldest);
  self->forgotten++;
  if (room < name_size)
    {
      room = name_size;
      oldest = g_realloc (oldest, sizeof (Entry) + value_size + room);
      self->slots->pdata[ref.slot] = oldest;
    }
  memset (oldest, 0, sizeof (Entry) + value_size);
  oldest->ref = (CatalinaTallyRef){ ref.slot, ref.serial + 1 };
  oldest->room = room;
  return oldest;
}

static Entry *
add (CatalinaTally *self, const Entry *key)
{
  gsize value_size = (self->value_size + 7) & ~(gsize) 7;
  Entry *entry;

  if (self->slots->len >= self->max)
    entry = forget_oldest (self, value_size, key->size);
  else
    {
      entry = g_malloc0 (sizeof (Entry) + value_size + key->size);
      entry->ref.slot = self->slots->len;
      entry->room = key->size;
      g_ptr_array_add (self->slots, entry);
    }
  entry->link.data = entry;
  entry->hash = key->hash;
  entry->first_size = key->first_size;
  entry->size = key->size;
  entry->name = (guint8 *) entry->value + value_size;
  memcpy ((guint8 *) entry->value + value_size, key->name, key->size);
  g_hash_table_add (self->table, entry);
  g_queue_push_head_link (&self->used, &entry->link);
  return entry;
}

/* A longer name counts as its beginning. */
static Entry
make_key (guint8 name[MAX_NAME],
          gconstpointer first,
          gsize first_size,
          gconstpointer second,
          gsize second_size)
{
  Entry key = { .name = name };

  first_size = MIN (first_size, MAX_NAME / 2);
  second_size = MIN (second_size, MAX_NAME - first_size);
  if (first_size > 0)
    memcpy (name, first, first_size);
  if (second_size > 0)
    memcpy (name + first_size, second, second_size);
  key.first_size = (guint) first_size;
  key.size = (guint) (first_size + second_size);
  key.hash = tribes_hash_bytes (name, key.size) + key.first_size;
  return key;
}

gpointer
catalina_tally_find (CatalinaTally *self,
                     gconstpointer first,
                     gsize first_size,
                     gconstpointer second,
                     gsize second_size)
{
  guint8 name[MAX_NAME];
  Entry key = make_key (name, first, first_size, second, second_size);
  Entry *entry = find (self, &key);

  return entry ? entry->value : NULL;
}

gpointer
catalina_tally_get (CatalinaTally *self,
                    gconstpointer first,
                    gsize first_size,
                    gconstpointer second,
                    gsize second_size)
{
  guint8 name[MAX_NAME];
  Entry key = make_key (name, first, first_size, second, second_size);
  Entry *entry = find (self, &key);

  return entry ? entry->value : add (self, &key)->value;
}

static const Entry *
entry_of (gconstpointer value)
{
  return (const Entry *) ((const guint8 *) value - G_STRUCT_OFFSET (Entry, value));
}

CatalinaTallyRef
catalina_tally_get_ref (gconstpointer value)
{
  return entry_of (value)->ref;
}

gpointer
catalina_tally_follow (const CatalinaTally *self, CatalinaTallyRef ref)
{
  Entry *entry = ref.slot < self->slots->len ? self->slots->pdata[ref.slot] : NULL;

  return entry && entry->ref.serial == ref.serial ? entry->value : NULL;
}

guint
catalina_tally_get_n (const CatalinaTally *self)
{
  return self->slots->len;
}

gpointer
catalina_tally_peek (const CatalinaTally *self, guint slot)
{
  return ((Entry *) self->slots->pdata[slot])->value;
}

const char *
catalina_tally_peek_name (gconstpointer value, gsize *first_size, gsize *size)
{
  const Entry *entry = entry_of (value);

  if (first_size)
    *first_size = entry->first_size;
  *size = entry->size;
  return (const char *) entry->name;
}

GPtrArray *
catalina_tally_sort (const CatalinaTally *self, GCompareFunc compare)
{
  GPtrArray *values = g_ptr_array_sized_new (self->slots->len);

  for (const GList *link = self->used.tail; link; link = link->prev)
    g_ptr_array_add (values, ((Entry *) link->data)->value);
  g_ptr_array_sort (values, compare);
  return values;
}
