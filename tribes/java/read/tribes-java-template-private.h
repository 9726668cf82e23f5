/* SPDX-License-Identifier: Apache-2.0
 *
 * A short cut for streams of which nearly every one begins with the same bytes, the descriptors of
 * its classes, and has plain fields behind them: they are read in a few comparisons. Each function
 * gives FALSE for what looks different in any way; it is then the reader's.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "tribes/java/value/tribes-java-tags-private.h"

G_BEGIN_DECLS

typedef struct
{
  GBytes *stream;
  const guint8 *at;
  gsize left;
} JavaTemplate;

/* NULL: there are no @size bytes more. */
static inline const guint8 *
java_template_take (JavaTemplate *stream, gsize size)
{
  const guint8 *at = stream->at;

  if (stream->left < size)
    return NULL;
  stream->at += size;
  stream->left -= size;
  return at;
}

/* Borrows @stream, which has to begin with @prefix. */
static inline gboolean
java_template_begin (JavaTemplate *template, GBytes *stream, GBytes *prefix)
{
  gsize size;
  const guint8 *expected = g_bytes_get_data (prefix, &size);
  const guint8 *head;

  template->stream = stream;
  template->at = g_bytes_get_data (stream, &template->left);
  head = java_template_take (template, size);
  return head && memcmp (head, expected, size) == 0;
}

/* A primitive field of so many bytes, unsigned. */
static inline gboolean
java_template_number (JavaTemplate *stream, gsize size, guint64 *number)
{
  const guint8 *bytes = java_template_take (stream, size);

  *number = 0;
  for (gsize i = 0; bytes && i < size; i++)
    *number = *number << 8 | bytes[i];
  return bytes != NULL;
}

static inline gboolean
java_template_is_plain (const guint8 *text, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (text[i] == 0 || text[i] > 0x7f)
      return FALSE;
  return TRUE;
}

/* A string of ASCII that is written in full, or null, for which @text is NULL; borrowed. */
static inline gboolean
java_template_text (JavaTemplate *stream, const char **text, gsize *text_size)
{
  const guint8 *tag = java_template_take (stream, 1);
  guint64 size;

  *text = NULL;
  *text_size = 0;
  if (tag && *tag == TC_NULL)
    return TRUE;
  if (!tag || *tag != TC_STRING || !java_template_number (stream, 2, &size))
    return FALSE;
  *text = (const char *) java_template_take (stream, size);
  *text_size = *text ? size : 0;
  return *text && java_template_is_plain ((const guint8 *) *text, size);
}

/* The same, as a string of its own. */
static inline gboolean
java_template_string (JavaTemplate *stream, char **out)
{
  const char *text;
  gsize size;
  gboolean ok = java_template_text (stream, &text, &size);

  *out = ok && text ? g_strndup (text, size) : NULL;
  return ok;
}

/* The head of a `byte[]`, the first array of the stream, of which @size bytes follow; or null, for
 * which @is_null is TRUE. */
static inline gboolean
java_template_array (JavaTemplate *stream, gboolean *is_null, guint64 *size)
{
  /* The tag and the descriptor of byte[]; the length follows. */
  static const guint8 head[]
      = { TC_ARRAY, TC_CLASSDESC, 0,    2,    '[',  'B',  0xac, 0xf3, 0x17,
          0xf8,     0x06,         0x08, 0x54, 0xe0, 0x02, 0,    0,    TC_ENDBLOCKDATA,
          TC_NULL };
  const guint8 *tag = java_template_take (stream, 1);
  const guint8 *rest;

  *is_null = tag && *tag == TC_NULL;
  if (*is_null)
    return TRUE;
  rest = tag && *tag == head[0] ? java_template_take (stream, sizeof head - 1) : NULL;
  return rest && memcmp (rest, head + 1, sizeof head - 1) == 0
         && java_template_number (stream, 4, size);
}

/* A `byte[]` or null; a slice of the stream. */
static inline gboolean
java_template_bytes (JavaTemplate *stream, GBytes **out)
{
  const guint8 *bytes;
  gboolean is_null;
  guint64 size;

  *out = NULL;
  if (!java_template_array (stream, &is_null, &size))
    return FALSE;
  if (is_null)
    return TRUE;
  if (!(bytes = java_template_take (stream, size)))
    return FALSE;
  *out = g_bytes_new_from_bytes (
      stream->stream, (gsize) (bytes - (const guint8 *) g_bytes_get_data (stream->stream, NULL)),
      size);
  return TRUE;
}

G_END_DECLS
