/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-cloud-pods-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/cloud/tribes-json-cursor-private.h"

/* What Kubernetes writes is shorter: names have 253 characters at most. */
#define TEXT_SIZE 256
#define NAME_SIZE 32

typedef struct
{
  char kind[NAME_SIZE];
  char name[TEXT_SIZE];
  char uid[TEXT_SIZE];
  char created[NAME_SIZE + 32];
  char phase[NAME_SIZE];
  char address[TEXT_SIZE];
  gboolean has_kind;
} Pod;

/* Where a member of an object goes. */
typedef struct
{
  const char *name;
  char *text;
  gsize size;
} Field;

/* A value that is no string is none. */
static gboolean
read_text (TribesJsonCursor *cursor, char *text, gsize size)
{
  text[0] = '\0';
  if (tribes_json_cursor_peek (cursor) != TRIBES_JSON_STRING)
    return tribes_json_cursor_skip (cursor);
  return tribes_json_cursor_read_string (cursor, text, size);
}

static gboolean
read_field (TribesJsonCursor *cursor, const char *name, const Field *fields, guint n)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (name, fields[i].name))
      return read_text (cursor, fields[i].text, fields[i].size);
  return tribes_json_cursor_skip (cursor);
}

/* The members of an object that are texts and wanted; what is no object has none. */
static gboolean
read_fields (TribesJsonCursor *cursor, const Field *fields, guint n)
{
  char name[NAME_SIZE];
  gboolean first = TRUE;

  if (tribes_json_cursor_peek (cursor) != TRIBES_JSON_OBJECT)
    return tribes_json_cursor_skip (cursor);
  if (!tribes_json_cursor_enter (cursor, TRIBES_JSON_OBJECT))
    return FALSE;
  while (tribes_json_cursor_next_member (cursor, &first, name, sizeof name))
    if (!read_field (cursor, name, fields, n))
      return FALSE;
  return !cursor->expected;
}

static gboolean
read_part (TribesJsonCursor *cursor, const char *name, Pod *pod)
{
  const Field metadata[] = { { "name", pod->name, sizeof pod->name },
                             { "uid", pod->uid, sizeof pod->uid },
                             { "creationTimestamp", pod->created, sizeof pod->created } };
  const Field status[] = { { "phase", pod->phase, sizeof pod->phase },
                           { "podIP", pod->address, sizeof pod->address } };

  if (g_str_equal (name, "metadata"))
    return read_fields (cursor, metadata, G_N_ELEMENTS (metadata));
  if (g_str_equal (name, "status"))
    return read_fields (cursor, status, G_N_ELEMENTS (status));
  if (!g_str_equal (name, "kind"))
    return tribes_json_cursor_skip (cursor);
  pod->has_kind = TRUE;
  return read_text (cursor, pod->kind, sizeof pod->kind);
}

static gboolean
read_pod (TribesJsonCursor *cursor, Pod *pod)
{
  char name[NAME_SIZE];
  gboolean first = TRUE;

  if (tribes_json_cursor_peek (cursor) != TRIBES_JSON_OBJECT)
    return tribes_json_cursor_skip (cursor);
  if (!tribes_json_cursor_enter (cursor, TRIBES_JSON_OBJECT))
    return FALSE;
  while (tribes_json_cursor_next_member (cursor, &first, name, sizeof name))
    if (!read_part (cursor, name, pod))
      return FALSE;
  return !cursor->expected;
}

static gboolean
parse_time (const char *text, gint64 *ms)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  if (!time)
    return FALSE;
  *ms = g_date_time_to_unix (time) * 1000 + g_date_time_get_microsecond (time) / 1000;
  return TRUE;
}

static gboolean
is_ascii (const char *text)
{
  return g_str_is_ascii (text);
}

static void
add_pod (GArray *entries, const Pod *pod, gint64 started_ms, guint *unusable)
{
  TribesCloudEntry entry = { 0 };
  gint64 created_ms;

  if ((pod->has_kind && strcmp (pod->kind, "Pod") != 0) || strcmp (pod->phase, "Running") != 0)
    return;
  if (!*pod->name || !is_ascii (pod->uid) || !parse_time (pod->created, &created_ms)
      || !tribes_cloud_entry_set_host (&entry, pod->address))
    {
      ++*unusable;
      return;
    }
  entry.alive_ms = started_ms - created_ms;
  tribes_cloud_id_of_text (*pod->uid ? pod->uid : pod->address, entry.unique_id);
  g_array_append_val (entries, entry);
}

static gboolean
read_items (TribesJsonCursor *cursor, GArray *entries, gint64 started_ms, GError **error)
{
  gboolean first = TRUE;
  guint unusable = 0;

  if (!tribes_json_cursor_enter (cursor, TRIBES_JSON_ARRAY))
    return FALSE;
  while (tribes_json_cursor_next_element (cursor, &first))
    {
      Pod pod = { 0 };

      if (!read_pod (cursor, &pod))
        return FALSE;
      add_pod (entries, &pod, started_ms, &unusable);
      if (entries->len <= TRIBES_CLOUD_PODS_MAX)
        continue;
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "pods: expected at most %d that run, found more; a label selector "
                   "(KUBERNETES_LABELS) says which are members",
                   TRIBES_CLOUD_PODS_MAX);
      return FALSE;
    }
  if (unusable > 0)
    g_debug ("%u pods that run have no name, address or time of creation", unusable);
  return !cursor->expected;
}

/* Whether the whole of it was read, or why not. */
static gboolean
read_list (TribesJsonCursor *cursor, GArray *entries, gint64 started_ms, GError **error)
{
  char name[NAME_SIZE];
  gboolean first = TRUE, listed = FALSE, going;

  going = tribes_json_cursor_enter (cursor, TRIBES_JSON_OBJECT);
  while (going && tribes_json_cursor_next_member (cursor, &first, name, sizeof name))
    {
      gboolean items = g_str_equal (name, "items");

      /* Of two lists in one answer neither is. */
      if (items && listed)
        going = FALSE;
      else
        going = items ? read_items (cursor, entries, started_ms, error)
                      : tribes_json_cursor_skip (cursor);
      listed = listed || items;
    }
  if (error && *error)
    return FALSE;
  if (!cursor->expected && (!going || !listed))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "answer of the API server: expected one list of items, found %s",
                   listed ? "two" : "none");
      return FALSE;
    }
  return tribes_json_cursor_finish (cursor, error);
}

GArray *
tribes_cloud_pods_parse (const char *data, gsize size, gint64 started_ms, GError **error)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (TribesCloudEntry));
  g_autoptr (GError) reason = NULL;
  TribesJsonCursor cursor;

  tribes_json_cursor_init (&cursor, data, size);
  if (read_list (&cursor, entries, started_ms, &reason))
    return g_steal_pointer (&entries);
  g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}
