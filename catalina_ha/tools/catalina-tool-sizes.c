/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-sizes-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/base/tribes-json-writer-private.h"

/* Names that one application uses are few; what makes them up is counted together. */
#define NAMES_MAX 100000
#define OTHERS    "(others)"

typedef struct
{
  char *name; /* of an attribute or a class; a session's id as it is shown */
  char *context;
  char *largest_attribute; /* nullable: of a session */
  guint64 count;
  guint64 bytes;
  guint64 largest;
} Item;

struct _CatalinaToolSizes
{
  guint n_largest;
  guint64 n_sessions;
  guint64 bytes;
  GPtrArray *sessions;    /* of Item: the largest, sorted, with one more than are shown */
  GHashTable *attributes; /* `CONTEXT NAME` -> Item */
  GHashTable *classes;    /* name -> Item */
};

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->name);
  g_free (item->context);
  g_free (item->largest_attribute);
  g_free (item);
}

CatalinaToolSizes *
catalina_tool_sizes_new (guint n_largest)
{
  CatalinaToolSizes *self = g_new0 (CatalinaToolSizes, 1);

  self->n_largest = n_largest;
  self->sessions = g_ptr_array_new_with_free_func (item_free);
  self->attributes = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, item_free);
  self->classes = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, item_free);
  return self;
}

void
catalina_tool_sizes_free (CatalinaToolSizes *self)
{
  g_ptr_array_unref (self->sessions);
  g_hash_table_unref (self->attributes);
  g_hash_table_unref (self->classes);
  g_free (self);
}

static Item *
find (GHashTable *table, const char *key, const char *context, const char *name)
{
  Item *item = g_hash_table_lookup (table, key);

  if (!item && g_hash_table_size (table) >= NAMES_MAX)
    return find (table, OTHERS, "", OTHERS);
  if (item)
    return item;
  item = g_new0 (Item, 1);
  item->name = g_strdup (name);
  item->context = g_strdup (context);
  g_hash_table_insert (table, g_strdup (key), item);
  return item;
}

static void
count (Item *item, gsize size)
{
  item->count++;
  item->bytes += size;
  item->largest = MAX (item->largest, size);
}

static int
compare_sizes (gconstpointer a, gconstpointer b)
{
  const Item *first = *(Item *const *) a;
  const Item *second = *(Item *const *) b;

  if (first->bytes != second->bytes)
    return first->bytes < second->bytes ? 1 : -1;
  return strcmp (first->name, second->name);
}

/* Only the largest are kept: the list is small, and sorted. */
static void
note_session (CatalinaToolSizes *self, const CatalinaToolSession *session, const char *largest)
{
  GPtrArray *sessions = self->sessions;
  Item *last = sessions->len > 0 ? g_ptr_array_index (sessions, sessions->len - 1) : NULL;
  Item *item;

  if (sessions->len >= self->n_largest && (!last || last->bytes >= session->size))
    return;
  item = g_new0 (Item, 1);
  item->name = catalina_shown_id (session->state->id);
  item->context = g_strdup (session->context);
  item->largest_attribute = g_strdup (largest);
  item->bytes = session->size;
  g_ptr_array_add (sessions, item);
  g_ptr_array_sort (sessions, compare_sizes);
  if (sessions->len > self->n_largest)
    g_ptr_array_set_size (sessions, (int) self->n_largest);
}

void
catalina_tool_sizes_add (const CatalinaToolSession *session, gpointer data)
{
  CatalinaToolSizes *self = data;
  GArray *attributes = session->state->attributes;
  const char *largest = NULL;
  gsize largest_size = 0;

  for (guint i = 0; attributes && i < attributes->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (attributes, CatalinaNamedValue, i);
      const char *class_name = tribes_java_value_get_class_name (named->value);
      g_autofree char *key = g_strconcat (session->context, " ", named->name, NULL);

      class_name = class_name ? class_name : "null";
      count (find (self->attributes, key, session->context, named->name), session->sizes[i]);
      count (find (self->classes, class_name, "", class_name), session->sizes[i]);
      if (session->sizes[i] > largest_size)
        {
          largest = named->name;
          largest_size = session->sizes[i];
        }
    }
  self->n_sessions++;
  self->bytes += session->size;
  note_session (self, session, largest);
}

static GPtrArray *
list_largest (CatalinaToolSizes *self, GHashTable *table)
{
  GPtrArray *items = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &item))
    g_ptr_array_add (items, item);
  g_ptr_array_sort (items, compare_sizes);
  if (items->len > self->n_largest)
    g_ptr_array_set_size (items, (int) self->n_largest);
  return items;
}

static char *
quote (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  GString *out = g_string_new (NULL);

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (g_unichar_isprint (character))
        g_string_append_unichar (out, character);
      else
        g_string_append_printf (out, "\\u%04x", character);
    }
  return g_string_free (out, FALSE);
}

static void
add_table_text (GString *out, const char *title, GPtrArray *items)
{
  if (items->len == 0)
    return;
  g_string_append_printf (out, "\n%-30s %9s %10s %9s %9s\n", title, "count", "bytes", "average",
                          "largest");
  for (guint i = 0; i < items->len; i++)
    {
      Item *item = g_ptr_array_index (items, i);
      g_autofree char *name = quote (item->name);
      g_autofree char *context = quote (item->context);

      g_string_append_printf (out,
                              "%-30s %9" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT
                              " %9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT,
                              name, item->count, item->bytes, item->bytes / MAX (item->count, 1),
                              item->largest);
      g_string_append_printf (out, context[0] != '\0' ? "  %s\n" : "%s\n", context);
    }
}

static void
add_sessions_text (GString *out, GPtrArray *sessions)
{
  if (sessions->len == 0)
    return;
  g_string_append_printf (out, "\n%-30s %9s  %s\n", "largest sessions", "bytes",
                          "largest attribute");
  for (guint i = 0; i < sessions->len; i++)
    {
      Item *item = g_ptr_array_index (sessions, i);
      g_autofree char *attribute = quote (item->largest_attribute ? item->largest_attribute : "-");
      g_autofree char *context = quote (item->context);

      g_string_append_printf (out, "%-30s %9" G_GUINT64_FORMAT "  %s  %s\n", item->name,
                              item->bytes, attribute, context);
    }
}

char *
catalina_tool_sizes_to_text (CatalinaToolSizes *self)
{
  g_autoptr (GPtrArray) attributes = list_largest (self, self->attributes);
  g_autoptr (GPtrArray) classes = list_largest (self, self->classes);
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "%" G_GUINT64_FORMAT " session%s, %" G_GUINT64_FORMAT " bytes",
                          self->n_sessions, self->n_sessions == 1 ? "" : "s", self->bytes);
  if (self->n_sessions > 0)
    g_string_append_printf (out, ", %" G_GUINT64_FORMAT " each", self->bytes / self->n_sessions);
  g_string_append_c (out, '\n');
  add_sessions_text (out, self->sessions);
  add_table_text (out, "attributes", attributes);
  add_table_text (out, "classes", classes);
  return g_string_free (out, FALSE);
}

static void
add_table_json (TribesJson *json, const char *key, GPtrArray *items)
{
  tribes_json_key (json, key);
  tribes_json_begin_array (json);
  for (guint i = 0; i < items->len; i++)
    {
      Item *item = g_ptr_array_index (items, i);

      tribes_json_begin_object (json);
      tribes_json_add_string (json, "name", item->name);
      if (item->context[0] != '\0')
        tribes_json_add_string (json, "context", item->context);
      if (item->largest_attribute)
        tribes_json_add_string (json, "largestAttribute", item->largest_attribute);
      if (item->count > 0)
        {
          tribes_json_add_uint (json, "count", item->count);
          tribes_json_add_uint (json, "largest", item->largest);
        }
      tribes_json_add_uint (json, "bytes", item->bytes);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

char *
catalina_tool_sizes_to_json (CatalinaToolSizes *self)
{
  g_autoptr (GPtrArray) attributes = list_largest (self, self->attributes);
  g_autoptr (GPtrArray) classes = list_largest (self, self->classes);
  TribesJson json = { .out = g_string_new (NULL) };

  tribes_json_begin_object (&json);
  tribes_json_add_uint (&json, "sessions", self->n_sessions);
  tribes_json_add_uint (&json, "bytes", self->bytes);
  add_table_json (&json, "largestSessions", self->sessions);
  add_table_json (&json, "attributes", attributes);
  add_table_json (&json, "classes", classes);
  tribes_json_end_object (&json);
  g_string_append_c (json.out, '\n');
  return g_string_free (json.out, FALSE);
}
