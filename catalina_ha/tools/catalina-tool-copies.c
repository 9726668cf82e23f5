/* SPDX-License-Identifier: Apache-2.0
 *
 * Of each copy only what is compared is kept: a digest for each value, so that 100,000 sessions of
 * several members fit into memory.
 */
#include "catalina_ha/tools/catalina-tool-copies-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"
#include "tribes/java/show/tribes-java-json.h"
#include "tribes/java/write/tribes-java-writer.h"

#define DIGEST_SIZE 16
/* Between the parts of a key: no context or id that Tomcat makes has it, and if another's has, two
 * keys that are told apart by it alone are one. */
#define SEPARATOR "\n"

typedef struct
{
  guint8 bytes[DIGEST_SIZE];
} Digest;

/* Something of a session. */
typedef struct
{
  char *what;      /* a GRefString: the same names are in many sessions */
  guint64 present; /* bits of sources */
  Digest *digests; /* one for each source */
} Part;

typedef struct
{
  char *context; /* a GRefString */
  char *id;
  guint64 present;
  gint64 *used_ms; /* one for each source */
  GPtrArray *parts;
} Entry;

struct _CatalinaToolCopies
{
  guint n_sources;
  GHashTable *entries; /* `CONTEXT\nID` -> Entry */
  GHashTable *names;   /* set of GRefString */
  guint source;        /* that is being added */
};

static void
part_free (gpointer data)
{
  Part *part = data;

  g_free (part->digests);
  g_free (part);
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->id);
  g_free (entry->used_ms);
  g_ptr_array_unref (entry->parts);
  g_free (entry);
}

CatalinaToolCopies *
catalina_tool_copies_new (guint n_sources)
{
  CatalinaToolCopies *self = g_new0 (CatalinaToolCopies, 1);

  g_assert (n_sources <= 64);
  self->n_sources = n_sources;
  self->entries = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, entry_free);
  self->names = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
catalina_tool_copies_free (CatalinaToolCopies *self)
{
  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->names);
  g_free (self);
}

guint64
catalina_tool_copies_count (CatalinaToolCopies *self)
{
  return g_hash_table_size (self->entries);
}

/* The same pointer for the same text, as long as @self is there. */
static char *
keep_name (CatalinaToolCopies *self, const char *name)
{
  gpointer kept = g_hash_table_lookup (self->names, name);

  if (!kept)
    {
      kept = g_strdup (name);
      g_hash_table_add (self->names, kept);
    }
  return kept;
}

static Entry *
find_entry (CatalinaToolCopies *self, const char *context, const char *id)
{
  g_autofree char *key = g_strconcat (context, SEPARATOR, id, NULL);
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry)
    return entry;
  entry = g_new0 (Entry, 1);
  entry->context = keep_name (self, context);
  entry->id = g_strdup (id);
  entry->used_ms = g_new0 (gint64, self->n_sources);
  entry->parts = g_ptr_array_new_with_free_func (part_free);
  g_hash_table_insert (self->entries, g_steal_pointer (&key), entry);
  return entry;
}

/* @at: where the same thing was in the last copy that was added; a copy mostly has all in the same
 * order. */
static Part *
find_part (CatalinaToolCopies *self, Entry *entry, const char *what, guint at)
{
  char *name = keep_name (self, what);
  Part *part = at < entry->parts->len ? g_ptr_array_index (entry->parts, at) : NULL;

  if (part && part->what == name)
    return part;
  for (guint i = 0; i < entry->parts->len; i++)
    {
      part = g_ptr_array_index (entry->parts, i);
      if (part->what == name)
        return part;
    }
  part = g_new0 (Part, 1);
  part->what = name;
  part->digests = g_new0 (Digest, self->n_sources);
  g_ptr_array_add (entry->parts, part);
  return part;
}

/* @kind, @content: (nullable): what it is and what is in it. */
static void
note_part (CatalinaToolCopies *self,
           Entry *entry,
           const char *what,
           guint at,
           const char *kind,
           GBytes *content)
{
  Part *part = find_part (self, entry, what, at);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize size = sizeof digest;

  /* With the zero byte between them. */
  if (kind)
    g_checksum_update (sum, (const guchar *) kind, (gssize) strlen (kind) + 1);
  if (content)
    g_checksum_update (sum, g_bytes_get_data (content, NULL), (gssize) g_bytes_get_size (content));
  g_checksum_get_digest (sum, digest, &size);
  part->present |= G_GUINT64_CONSTANT (1) << self->source;
  memcpy (part->digests[self->source].bytes, digest, DIGEST_SIZE);
}

/* As text: a map's capacity is in its stream, and not the same in a copy that was read from it. */
static void
note_value (
    CatalinaToolCopies *self, Entry *entry, const char *what, guint at, TribesJavaValue *value)
{
  g_autofree char *text = tribes_java_value_to_json (value);
  g_autoptr (GBytes) bytes = strstr (text, "\"@truncated\"")
                                 ? tribes_java_value_serialize (value, NULL)
                                 : g_bytes_new (text, strlen (text));

  /* A number is not the same in another class. */
  note_part (self, entry, what, at, tribes_java_value_get_class_name (value), bytes);
}

static void
note_principal (CatalinaToolCopies *self, Entry *entry, CatalinaPrincipal *principal)
{
  g_autofree char *name = catalina_principal_dup_name (principal);
  g_auto (GStrv) roles = catalina_principal_dup_roles (principal);
  g_autofree char *joined = roles ? g_strjoinv (SEPARATOR, roles) : g_strdup ("");
  g_autofree char *text = g_strconcat (name ? name : "", SEPARATOR, joined, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  note_part (self, entry, "principal", 0, NULL, bytes);
}

static void
note_session (const CatalinaToolSession *session, gpointer data)
{
  CatalinaToolCopies *self = data;
  const CatalinaSessionState *state = session->state;
  Entry *entry = find_entry (self, session->context, state->id);
  g_autoptr (GBytes) interval = NULL;
  g_autofree char *text = g_strdup_printf ("%d", state->max_inactive_interval);

  entry->present |= G_GUINT64_CONSTANT (1) << self->source;
  entry->used_ms[self->source] = MAX (state->this_accessed_time, state->last_accessed_time);
  interval = g_bytes_new (text, strlen (text));
  note_part (self, entry, "max inactive interval", 0, NULL, interval);
  for (guint i = 0; state->attributes && i < state->attributes->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (state->attributes, CatalinaNamedValue, i);
      g_autofree char *what = g_strconcat ("attribute ", named->name, NULL);

      note_value (self, entry, what, i + 1, named->value);
    }
  if (state->principal)
    note_principal (self, entry, state->principal);
}

gboolean
catalina_tool_copies_add (CatalinaToolCopies *self,
                          guint source,
                          const CatalinaToolGathered *gathered,
                          GError **error)
{
  self->source = source;
  return catalina_tool_gathered_each (gathered, note_session, self, error) == 0;
}

void
catalina_tool_difference_free (CatalinaToolDifference *difference)
{
  if (!difference)
    return;
  g_free (difference->context);
  g_free (difference->id);
  g_free (difference->what);
  g_free (difference);
}

int
catalina_tool_difference_compare (const CatalinaToolDifference *a, const CatalinaToolDifference *b)
{
  int order = strcmp (a->context, b->context);

  if (order == 0)
    order = strcmp (a->id, b->id);
  return order != 0 ? order : strcmp (a->what, b->what);
}

static int
compare_differences (gconstpointer a, gconstpointer b)
{
  return catalina_tool_difference_compare (*(CatalinaToolDifference *const *) a,
                                           *(CatalinaToolDifference *const *) b);
}

static gboolean
has (guint64 sources, guint source)
{
  return (sources >> source & 1) != 0;
}

static guint
find_newest (CatalinaToolCopies *self, const Entry *entry)
{
  guint newest = G_MAXUINT;

  for (guint i = 0; i < self->n_sources; i++)
    {
      if (has (entry->present, i)
          && (newest == G_MAXUINT || entry->used_ms[i] > entry->used_ms[newest]))
        newest = i;
    }
  return newest;
}

static void
add_difference (GPtrArray *found,
                const Entry *entry,
                guint newest,
                const char *what,
                guint64 missing,
                guint64 different)
{
  CatalinaToolDifference *difference = g_new0 (CatalinaToolDifference, 1);

  difference->context = g_strdup (entry->context);
  difference->id = g_strdup (entry->id);
  difference->what = g_strdup (what);
  difference->missing = missing;
  difference->different = different;
  difference->newest = newest;
  difference->newest_ms = entry->used_ms[newest];
  g_ptr_array_add (found, difference);
}

/* Among those that have the session. The newest may be one that does not have this of it. */
static void
compare_part (
    CatalinaToolCopies *self, GPtrArray *found, const Entry *entry, const Part *part, guint newest)
{
  guint64 different = 0;

  for (guint i = 0; i < self->n_sources; i++)
    {
      if (has (entry->present & part->present, i)
          && (!has (part->present, newest)
              || memcmp (&part->digests[i], &part->digests[newest], sizeof (Digest)) != 0))
        different |= G_GUINT64_CONSTANT (1) << i;
    }
  if (different != 0 || (entry->present & ~part->present) != 0)
    add_difference (found, entry, newest, part->what, entry->present & ~part->present, different);
}

GPtrArray *
catalina_tool_copies_compare (CatalinaToolCopies *self)
{
  GPtrArray *found
      = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_tool_difference_free);
  guint64 all
      = self->n_sources == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << self->n_sources) - 1;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;
      guint newest = find_newest (self, entry);

      if (entry->present != all)
        add_difference (found, entry, newest, "session", all & ~entry->present, 0);
      for (guint i = 0; i < entry->parts->len; i++)
        compare_part (self, found, entry, g_ptr_array_index (entry->parts, i), newest);
    }
  g_ptr_array_sort (found, compare_differences);
  return found;
}
