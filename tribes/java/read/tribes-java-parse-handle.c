/* SPDX-License-Identifier: Apache-2.0
 *
 * Handles: each thing that may be referred to gets the next, and a reference must name one.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

gboolean
java_parse_handle (JavaParser *parser, JavaHandle handle, GError **error)
{
  if (G_UNLIKELY (parser->handles.len >= parser->limits.handles))
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                 "object: expected at most %u handles, found more",
                                 parser->limits.handles);
  *java_array_push (&parser->handles) = handle;
  return TRUE;
}

gboolean
java_parse_reference (JavaParser *parser, JavaHandle **out, GError **error)
{
  TribesReader at = parser->in;
  guint32 number;

  if (!tribes_reader_u32 (&parser->in, "reference", &number, error))
    return FALSE;
  if (G_UNLIKELY (number < JAVA_HANDLE_BASE || number - JAVA_HANDLE_BASE >= parser->handles.len))
    return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                                 "reference: expected a handle from %#x and below %#x, found %#x",
                                 (guint) JAVA_HANDLE_BASE, JAVA_HANDLE_BASE + parser->handles.len,
                                 number);
  *out = &parser->handles.items[number - JAVA_HANDLE_BASE];
  return TRUE;
}

gboolean
java_parse_refuse_copy (JavaParser *parser, const TribesReader *at, GError **error)
{
  return tribes_reader_refuse (at, TRIBES_ERROR_UNSUPPORTED, error,
                               "reference: expected the first of several equal types of fields, "
                               "found a later one");
}

gboolean
java_parse_object_reference (JavaParser *parser, JavaHandle **out, GError **error)
{
  TribesReader at = parser->in;
  const JavaHandle *handle;

  if (!java_parse_reference (parser, out, error))
    return FALSE;
  handle = *out;
  if (G_UNLIKELY (handle->kind == HANDLE_CLASS && !parser->classes.items[handle->index].object))
    return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                                 "reference: expected an object, found an unfinished class");
  if (G_UNLIKELY (handle->kind == HANDLE_TYPE_STRING && handle->index == JAVA_SPELLED_AGAIN))
    return java_parse_refuse_copy (parser, &at, error);
  return TRUE;
}
