/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads JSON where it lies: a walk over bytes that somebody else wrote, in one pass and with no
 * memory of its own. What is of no interest is stepped over, to a depth that is bounded.
 *
 * A cursor that has found something wrong stays where it is, and every call after that fails.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TRIBES_JSON_DEPTH_MAX 64

typedef struct
{
  const char *data;
  gsize size;
  gsize pos;
  const char *expected; /* (nullable): what was not found at @pos */
} TribesJsonCursor;

typedef enum
{
  TRIBES_JSON_NONE, /* the end, or nothing that is JSON */
  TRIBES_JSON_OBJECT,
  TRIBES_JSON_ARRAY,
  TRIBES_JSON_STRING,
  TRIBES_JSON_OTHER, /* a number, true, false or null */
} TribesJsonKind;

void tribes_json_cursor_init (TribesJsonCursor *cursor, const char *data, gsize size);

/* What comes next. */
TribesJsonKind tribes_json_cursor_peek (TribesJsonCursor *cursor);
/* Steps over one value, whatever it is. */
gboolean tribes_json_cursor_skip (TribesJsonCursor *cursor) G_GNUC_WARN_UNUSED_RESULT;
/* Reads a string. @text, of @size bytes, is "" where it does not fit or has a zero in it. */
gboolean tribes_json_cursor_read_string (TribesJsonCursor *cursor,
                                         char *text,
                                         gsize size) G_GNUC_WARN_UNUSED_RESULT;

/* Into an object or array. */
gboolean tribes_json_cursor_enter (TribesJsonCursor *cursor,
                                   TribesJsonKind kind) G_GNUC_WARN_UNUSED_RESULT;
/* To the value of the next member of an object, whose name goes to @name as a string does, or
 * out of the object. @first: %TRUE behind enter(), and %FALSE after the call. */
gboolean tribes_json_cursor_next_member (TribesJsonCursor *cursor,
                                         gboolean *first,
                                         char *name,
                                         gsize size) G_GNUC_WARN_UNUSED_RESULT;
/* To the next element of an array, or out of it. */
gboolean tribes_json_cursor_next_element (TribesJsonCursor *cursor,
                                          gboolean *first) G_GNUC_WARN_UNUSED_RESULT;

/* Whether nothing was wrong, and nothing is left. */
gboolean tribes_json_cursor_finish (TribesJsonCursor *cursor,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
