/* SPDX-License-Identifier: Apache-2.0
 *
 * Of each copy only what is compared is kept: a digest for each value, so that 100,000 sessions of
 * several members fit into memory.
 */
#include "catalina_ha/tools/catalina-tool-copies-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"
#include "tribes/java/show/tribes-java-json-sorted-private.h"
#include "tribes/java/write/tribes-java-writer.h"

/* Between the parts of a key: no context or id that Tomcat makes has it, and if another's has, two
 * keys that are told apart by it alone are one. */
#define SEPARATOR "\n"

struct _CatalinaToolCopies
{
  guint n_sources;
  char *context;       /* nullable */
  GHashTable *entries; /* `CONTEXT\nID` -> CatalinaToolCopy */
  GHashTable *names;   /* set of GRefString */
  guint source;        /* that is being added */
};

static void
part_free (gpointer data)
{
  CatalinaToolPart *part = data;

  g_free (part->digests);
  g_free (part);
}

static void
copy_free (gpointer data)
{
  CatalinaToolCopy *copy = data;

  g_free (copy->id);
  g_free (copy->uses);
  g_ptr_array_unref (copy->parts);
  g_free (copy);
}

CatalinaToolCopies *
catalina_tool_copies_new (guint n_sources, const char *context)
{
  CatalinaToolCopies *self = g_new0 (CatalinaToolCopies, 1);

  g_assert (n_sources <= 64);
  self->n_sources = n_sources;
  self->context = g_strdup (context);
  self->entries = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, copy_free);
  self->names = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
catalina_tool_copies_free (CatalinaToolCopies *self)
{
  g_free (self->context);
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

static CatalinaToolCopy *
find_copy (CatalinaToolCopies *self, const char *context, const char *id)
{
  g_autofree char *key = g_strconcat (context, SEPARATOR, id, NULL);
  CatalinaToolCopy *copy = g_hash_table_lookup (self->entries, key);

  if (copy)
    return copy;
  copy = g_new0 (CatalinaToolCopy, 1);
  copy->context = keep_name (self, context);
  copy->id = g_strdup (id);
  copy->n_sources = self->n_sources;
  copy->uses = g_new0 (CatalinaToolUse, self->n_sources);
  copy->parts = g_ptr_array_new_with_free_func (part_free);
  g_hash_table_insert (self->entries, g_steal_pointer (&key), copy);
  return copy;
}

/* @at: where the same thing was in the last copy that was added; a copy mostly has all in the same
 * order. */
static CatalinaToolPart *
find_part (CatalinaToolCopies *self, CatalinaToolCopy *copy, const char *what, guint at)
{
  char *name = keep_name (self, what);
  CatalinaToolPart *part = at < copy->parts->len ? g_ptr_array_index (copy->parts, at) : NULL;

  if (part && part->what == name)
    return part;
  for (guint i = 0; i < copy->parts->len; i++)
    {
      part = g_ptr_array_index (copy->parts, i);
      if (part->what == name)
        return part;
    }
  part = g_new0 (CatalinaToolPart, 1);
  part->what = name;
  part->digests = g_malloc0_n (self->n_sources, sizeof *part->digests);
  g_ptr_array_add (copy->parts, part);
  return part;
}

/* @kind, @content: (nullable): what it is and what is in it. */
static void
note_part (CatalinaToolCopies *self,
           CatalinaToolCopy *copy,
           const char *what,
           guint at,
           const char *kind,
           GBytes *content)
{
  CatalinaToolPart *part = find_part (self, copy, what, at);
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
  memcpy (part->digests[self->source], digest, CATALINA_TOOL_DIGEST_SIZE);
}

/* As text: a map's capacity is in its stream, and not the same in a copy that was read from it, nor
 * is the order of what has none. */
static void
note_value (CatalinaToolCopies *self,
            CatalinaToolCopy *copy,
            const char *what,
            guint at,
            TribesJavaValue *value)
{
  g_autofree char *text = tribes_java_value_to_sorted_json (value);
  g_autoptr (GBytes) bytes = strstr (text, "\"@truncated\"")
                                 ? tribes_java_value_serialize (value, NULL)
                                 : g_bytes_new (text, strlen (text));

  /* A number is not the same in another class. */
  note_part (self, copy, what, at, tribes_java_value_get_class_name (value), bytes);
}

static void
note_principal (CatalinaToolCopies *self, CatalinaToolCopy *copy, CatalinaPrincipal *principal)
{
  g_autofree char *name = catalina_principal_dup_name (principal);
  g_auto (GStrv) roles = catalina_principal_dup_roles (principal);
  g_autofree char *joined = roles ? g_strjoinv (SEPARATOR, roles) : g_strdup ("");
  g_autofree char *text = g_strconcat (name ? name : "", SEPARATOR, joined, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  note_part (self, copy, CATALINA_TOOL_PRINCIPAL, 0, NULL, bytes);
}

static void
note_session (const CatalinaToolSession *session, gpointer data)
{
  CatalinaToolCopies *self = data;
  const CatalinaSessionState *state = session->state;
  CatalinaToolCopy *copy;
  g_autoptr (GBytes) interval = NULL;
  g_autofree char *text = g_strdup_printf ("%d", state->max_inactive_interval);

  if (self->context && strcmp (self->context, session->context) != 0)
    return;
  copy = find_copy (self, session->context, state->id);
  copy->present |= G_GUINT64_CONSTANT (1) << self->source;
  copy->uses[self->source]
      = (CatalinaToolUse){ .used_ms = state->last_accessed_time,
                           .touched_ms = MAX (state->this_accessed_time, state->last_accessed_time),
                           .created_ms = state->creation_time,
                           .max_inactive_s = state->max_inactive_interval,
                           .is_valid = state->is_valid };
  interval = g_bytes_new (text, strlen (text));
  note_part (self, copy, CATALINA_TOOL_MAX_INACTIVE, 0, NULL, interval);
  for (guint i = 0; state->attributes && i < state->attributes->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (state->attributes, CatalinaNamedValue, i);
      g_autofree char *what = g_strconcat (CATALINA_TOOL_ATTRIBUTE, named->name, NULL);

      note_value (self, copy, what, i + 1, named->value);
    }
  if (state->principal)
    note_principal (self, copy, state->principal);
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

static void
add_difference (GPtrArray *found,
                const CatalinaToolCopy *copy,
                guint newest,
                const char *what,
                guint64 missing,
                guint64 different)
{
  CatalinaToolDifference *difference = g_new0 (CatalinaToolDifference, 1);

  difference->context = g_strdup (copy->context);
  difference->id = g_strdup (copy->id);
  difference->what = g_strdup (what);
  difference->missing = missing;
  difference->different = different;
  difference->newest = newest;
  difference->newest_ms = copy->uses[newest].used_ms;
  g_ptr_array_add (found, difference);
}

/* Among those that have the session. The newest may be one that does not have this of it. */
static void
compare_part (GPtrArray *found,
              const CatalinaToolCopy *copy,
              const CatalinaToolPart *part,
              guint newest)
{
  guint64 different = 0;

  for (guint i = 0; i < copy->n_sources; i++)
    {
      if (catalina_tool_has (copy->present & part->present, i)
          && catalina_tool_part_differs (part, i, newest))
        different |= catalina_tool_bit (i);
    }
  if (different != 0 || (copy->present & ~part->present) != 0)
    add_difference (found, copy, newest, part->what, copy->present & ~part->present, different);
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
      CatalinaToolCopy *copy = value;
      guint newest = catalina_tool_copy_find_newest (copy);

      if (copy->present != all)
        add_difference (found, copy, newest, "session", all & ~copy->present, 0);
      for (guint i = 0; i < copy->parts->len; i++)
        compare_part (found, copy, g_ptr_array_index (copy->parts, i), newest);
    }
  g_ptr_array_sort (found, compare_differences);
  return found;
}

const CatalinaToolCopy *
catalina_tool_copies_find (CatalinaToolCopies *self, const char *context, const char *id)
{
  g_autofree char *key = g_strconcat (context, SEPARATOR, id, NULL);

  return g_hash_table_lookup (self->entries, key);
}

static int
compare_copies (gconstpointer a, gconstpointer b)
{
  const CatalinaToolCopy *one = *(CatalinaToolCopy *const *) a;
  const CatalinaToolCopy *other = *(CatalinaToolCopy *const *) b;
  int order = strcmp (one->context, other->context);

  return order != 0 ? order : strcmp (one->id, other->id);
}

GPtrArray *
catalina_tool_copies_list (CatalinaToolCopies *self)
{
  GPtrArray *list = g_ptr_array_sized_new (g_hash_table_size (self->entries));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (list, value);
  g_ptr_array_sort (list, compare_copies);
  return list;
}
