/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer of a value's JSON: what it knows of the value, and where the text ends.
 */
#pragma once

#include "tribes/java/read/tribes-java-stream-private.h"
#include "tribes/java/show/tribes-java-json-private.h"

G_BEGIN_DECLS

/* What is known of a container. */
typedef struct
{
  guint visits;
  guint id;
  gboolean has_other_keys; /* than strings */
} JsonSeen;

typedef struct _Json Json;

struct _Json
{
  GString *out;
  /* Any value; moves behind it. What is in an object is written by who writes objects. */
  void (*write_value) (Json *json, JavaCursor *cursor, guint depth);
  gboolean is_counting;
  guint max_depth;
  gsize max_size;
  guint wrappers; /* around the current value; they add nothing to the depth that is shown */
  guint last_id;
  gboolean is_full;
  GHashTable *seen;    /* identity -> JsonSeen */
  GHashTable *indexes; /* root -> offsets */
  GHashTable *names;   /* class -> names of its fields -> number of the last class that has it */
};

static inline void
json_put (Json *json, const char *text)
{
  if (!json->is_counting)
    g_string_append (json->out, text);
}

/* A comma, unless this is the first thing behind @start. */
static inline void
json_separate (Json *json, gsize start)
{
  if (!json->is_counting && json->out->len > start)
    g_string_append_c (json->out, ',');
}

static inline gsize
json_position (const Json *json)
{
  return json->is_counting ? 0 : json->out->len;
}

/* Whether to go on: the value may end early, and the text may be long enough. */
static inline gboolean
json_goes_on (Json *json, const JavaCursor *cursor)
{
  if (!json->is_counting && json->out->len > json->max_size)
    json->is_full = TRUE;
  return cursor->pos && !json->is_full;
}

static inline void
json_put_full_mark (Json *json, gsize start, gboolean in_object)
{
  if (!json->is_full || json->is_counting)
    return;
  json_separate (json, start);
  json_put (json, in_object ? "\"@truncated\":\"size\"" : "{\"@truncated\":\"size\"}");
}

/* An object by its fields, without the braces around it; the cursor is behind its class. */
void json_write_custom (
    Json *json, JavaCursor *cursor, TribesJavaClass *klass, gsize start, guint depth);

G_END_DECLS
