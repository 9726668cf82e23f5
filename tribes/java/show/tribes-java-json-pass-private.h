/* SPDX-License-Identifier: Apache-2.0
 *
 * A pass over a value: what it knows of the value, and where the text ends.
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

typedef struct _JsonPass JsonPass;

struct _JsonPass
{
  TribesJson json; /* without text in the pass that counts */
  /* Any value; moves behind it. What is in an object is written by who writes objects. */
  void (*write_value) (JsonPass *pass, JavaCursor *cursor, guint depth);
  guint max_depth;
  gsize max_size;
  guint wrappers; /* around the current value; they add nothing to the depth that is shown */
  guint last_id;
  gboolean is_full;
  gboolean is_sorted; /* what has no order is put into one */
  GHashTable *seen;    /* identity -> JsonSeen */
  GHashTable *indexes; /* root -> offsets */
  GHashTable *names;   /* class -> names of its fields -> number of the last class that has it */
};

static inline gboolean
json_is_counting (const JsonPass *pass)
{
  return !pass->json.out;
}

/* Whether to go on: the value may end early, and the text may be long enough. */
static inline gboolean
json_goes_on (JsonPass *pass, const JavaCursor *cursor)
{
  if (!json_is_counting (pass) && pass->json.out->len > pass->max_size)
    pass->is_full = TRUE;
  return cursor->pos && !pass->is_full;
}

/* Behind the elements of an array, or the members of an object. */
static inline void
json_put_full_mark (JsonPass *pass, gboolean in_object)
{
  if (!pass->is_full)
    return;
  if (!in_object)
    tribes_json_begin_object (&pass->json);
  tribes_json_add_string (&pass->json, "@truncated", "size");
  if (!in_object)
    tribes_json_end_object (&pass->json);
}

/* An object by its fields, without the braces around it; the cursor is behind its class. */
void json_write_custom (JsonPass *pass, JavaCursor *cursor, TribesJavaClass *klass, guint depth);

G_END_DECLS
