/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-session-message-template-private.h"

#include <string.h>

#define TC_NULL   0x70
#define TC_STRING 0x74

/* TC_ARRAY and the descriptor of byte[]; the length follows. */
static const guint8 byte_array[] = { 0x75, 0x72, 0x00, 0x02, '[',  'B',  0xac, 0xf3, 0x17, 0xf8,
                                     0x06, 0x08, 0x54, 0xe0, 0x02, 0x00, 0x00, 0x78, 0x70 };

typedef struct
{
  const guint8 *at;
  gsize left;
} Cursor;

/* NULL: there are no @size bytes more. */
static const guint8 *
take (Cursor *cursor, gsize size)
{
  const guint8 *at = cursor->at;

  if (cursor->left < size)
    return NULL;
  cursor->at += size;
  cursor->left -= size;
  return at;
}

static gboolean
take_number (Cursor *cursor, gsize size, guint64 *number)
{
  const guint8 *bytes = take (cursor, size);

  *number = 0;
  for (gsize i = 0; bytes && i < size; i++)
    *number = *number << 8 | bytes[i];
  return bytes != NULL;
}

static gboolean
is_plain (const guint8 *text, gsize size)
{
  for (gsize i = 0; i < size; i++)
    {
      if (text[i] == 0 || text[i] > 0x7f)
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_string (Cursor *cursor, char **out)
{
  const guint8 *tag = take (cursor, 1);
  const guint8 *text;
  guint64 size;

  *out = NULL;
  if (tag && *tag == TC_NULL)
    return TRUE;
  if (!tag || *tag != TC_STRING || !take_number (cursor, 2, &size))
    return FALSE;
  text = take (cursor, size);
  if (!text || !is_plain (text, size))
    return FALSE;
  *out = g_strndup ((const char *) text, size);
  return TRUE;
}

static gboolean
take_data (Cursor *cursor, GBytes *payload, GBytes **out)
{
  const guint8 *tag = take (cursor, 1);
  const guint8 *head, *bytes;
  guint64 size;

  *out = NULL;
  if (tag && *tag == TC_NULL)
    return TRUE;
  head = tag && *tag == byte_array[0] ? take (cursor, sizeof byte_array - 1) : NULL;
  if (!head || memcmp (head, byte_array + 1, sizeof byte_array - 1) != 0
      || !take_number (cursor, 4, &size) || !(bytes = take (cursor, size)))
    return FALSE;
  /* A slice: the data of a state transfer is megabytes. */
  *out
      = g_bytes_new_from_bytes (payload,
                                (gsize) (bytes - (const guint8 *) g_bytes_get_data (payload, NULL)),
                                size);
  return TRUE;
}

gboolean
catalina_session_template_read (GBytes *payload, GBytes *prefix, CatalinaSessionTemplate *out)
{
  gsize size, prefix_size;
  const guint8 *bytes = g_bytes_get_data (payload, &size);
  const guint8 *expected = g_bytes_get_data (prefix, &prefix_size);
  Cursor cursor = { bytes, size };
  const guint8 *head = take (&cursor, prefix_size);
  guint64 event, timestamp;

  if (!head || memcmp (head, expected, prefix_size) != 0)
    return FALSE;
  memset (out, 0, sizeof *out);
  /* The base class's time stamp and the flag say nothing that is used. */
  if (take (&cursor, 8) && take_number (&cursor, 4, &event) && take_number (&cursor, 8, &timestamp)
      && take (&cursor, 1) && take_string (&cursor, &out->context_name)
      && take_data (&cursor, payload, &out->data) && take_string (&cursor, &out->session_id)
      && take_string (&cursor, &out->unique_id) && cursor.left == 0)
    {
      out->event = (gint32) event;
      out->timestamp = (gint64) timestamp;
      return TRUE;
    }
  g_clear_pointer (&out->context_name, g_free);
  g_clear_pointer (&out->session_id, g_free);
  g_clear_pointer (&out->unique_id, g_free);
  g_clear_pointer (&out->data, g_bytes_unref);
  return FALSE;
}
