/* SPDX-License-Identifier: Apache-2.0
 *
 * Something counted for each of many names, which come from outside. There are only so many: who
 * was met least lately is forgotten first, and how many were is counted.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GHashTable *table; /* of entries */
  GQueue used;       /* of the same, the last one used in front */
  GPtrArray *slots;  /* of the same; who is new takes the place of who is forgotten */
  gsize value_size;
  guint max;
  guint64 forgotten;
} CatalinaTally;

/* Outlives what it refers to. */
typedef struct
{
  guint32 slot;
  guint32 serial;
} CatalinaTallyRef;

/* Values have @value_size bytes. */
void catalina_tally_init (CatalinaTally *self, gsize value_size, guint max);
void catalina_tally_clear (CatalinaTally *self);

/* The value of a name, valid until the next call; a new one is all zeros. A name is the bytes of
 * two parts, so that what belongs to a context need not be put together. */
gpointer catalina_tally_get (CatalinaTally *self,
                             gconstpointer first,
                             gsize first_size,
                             gconstpointer second,
                             gsize second_size);
/* The same where it is there; NULL elsewhere. */
gpointer catalina_tally_find (CatalinaTally *self,
                              gconstpointer first,
                              gsize first_size,
                              gconstpointer second,
                              gsize second_size);
/* So that who waits for something can be found again without its name. */
CatalinaTallyRef catalina_tally_get_ref (gconstpointer value);
/* NULL if it has been forgotten meanwhile. Counts as no use of it. */
gpointer catalina_tally_follow (const CatalinaTally *self, CatalinaTallyRef ref);
/* All values, by numbers below this one; an addition may change which is which. */
guint catalina_tally_get_n (const CatalinaTally *self);
gpointer catalina_tally_peek (const CatalinaTally *self, guint slot);
/* The two parts of the name of a value. */
const char *catalina_tally_peek_name (gconstpointer value, gsize *first_size, gsize *size);

/* Values, sorted by @compare, which is given pointers to them as by g_ptr_array_sort(); borrowed.
 */
GPtrArray *catalina_tally_sort (const CatalinaTally *self, GCompareFunc compare);

G_END_DECLS
