/* SPDX-License-Identifier: Apache-2.0
 *
 * Session messages of the usual shape, as catalina_session_template_read() knows it, in place.
 */
#include "catalina_ha/messages/catalina-skim-private.h"

#include "catalina_ha/messages/catalina-session-id-message-private.h"
#include "catalina_ha/messages/catalina-session-message-template-private.h"
#include "tribes/java/read/tribes-java-template-private.h"

/* Every message with the usual prefix has come so far before it can be something else. */
static gboolean
read_fields (JavaTemplate *in, CatalinaSkim *skim)
{
  guint64 event, timestamp, size = 0;
  CatalinaSpan unique_id;
  gboolean is_null;

  if (!java_template_take (in, 8) || !java_template_number (in, 4, &event)
      || !java_template_number (in, 8, &timestamp) || !java_template_take (in, 1))
    return FALSE;
  skim->event = (gint32) event;
  skim->timestamp = (gint64) timestamp;
  if (!java_template_text (in, &skim->context.text, &skim->context.size)
      || !java_template_array (in, &is_null, &size))
    return FALSE;
  skim->data_full_size = (gsize) size;
  skim->data_size = MIN (skim->data_full_size, in->left);
  skim->data = is_null ? NULL : java_template_take (in, skim->data_size);
  return java_template_text (in, &skim->session.text, &skim->session.size)
         && java_template_text (in, &unique_id.text, &unique_id.size);
}

static gboolean
begin (JavaTemplate *in, const guint8 *payload, gsize size, guint serial_version)
{
  gsize prefix_size;
  const guint8 *prefix
      = g_bytes_get_data (catalina_session_message_peek_prefix (serial_version), &prefix_size);
  const guint8 *head;

  *in = (JavaTemplate){ NULL, payload, size };
  head = java_template_take (in, prefix_size);
  return head && memcmp (head, prefix, prefix_size) == 0;
}

static CatalinaSpan
span_of (const char *text)
{
  return (CatalinaSpan){ text, text ? strlen (text) : 0 };
}

static gboolean
is_session_id_message (const guint8 *payload, gsize size)
{
  static const char name[] = CATALINA_SESSION_ID_MESSAGE_CLASS;
  /* The head of a stream, an object, its class and how long its name is. */
  const gsize head = 4 + 1 + 1 + 2;

  return size >= head + strlen (name) && memcmp (payload + head, name, strlen (name)) == 0;
}

/* Tomcat 7.0 has a message of its own for a new id where a session moves. */
static CatalinaSessionMessage *
decode_session_id_message (GBytes *bytes)
{
  g_auto (CatalinaSessionIdMessage) message = { 0 };

  return catalina_session_id_message_read (&message, bytes, NULL)
             ? catalina_session_id_message_convert (&message, FALSE, 0, NULL)
             : NULL;
}

static gboolean
decode (const guint8 *payload, gsize size, CatalinaSkim *skim)
{
  static const guint8 head[] = { 0xac, 0xed, 0, 5, TC_OBJECT };
  g_autoptr (GBytes) bytes = NULL;
  GBytes *data;

  /* An error is made of words; most of what is no such message is no Java object at all. */
  if (size < sizeof head || memcmp (payload, head, sizeof head) != 0)
    return FALSE;
  /* A copy: what is decoded may keep a part of it. */
  bytes = g_bytes_new (payload, size);
  skim->owner = is_session_id_message (payload, size)
                    ? decode_session_id_message (bytes)
                    : catalina_session_message_decode (bytes, NULL);
  if (!skim->owner)
    return FALSE;
  skim->event = (gint) catalina_session_message_get_event (skim->owner);
  skim->timestamp = catalina_session_message_get_timestamp (skim->owner);
  skim->context = span_of (catalina_session_message_get_context_name (skim->owner));
  skim->session = span_of (catalina_session_message_get_session_id (skim->owner));
  data = catalina_session_message_get_data (skim->owner);
  if (data)
    skim->data = g_bytes_get_data (data, &skim->data_size);
  skim->data_full_size = skim->data_size;
  return TRUE;
}

/* Reads it where an interceptor's own stands behind it. */
static gboolean
decode_wrapped (const guint8 *payload, gsize size, CatalinaSkim *skim)
{
  gsize end = tribes_wrapping_measure_java (payload, size);
  TribesWrapping wrapping;

  if (end == 0 || !tribes_wrapping_read (payload, size, end, &wrapping)
      || !decode (payload, end, skim))
    return FALSE;
  skim->wrapping = wrapping;
  return TRUE;
}

gboolean
catalina_skim (const guint8 *payload, gsize size, CatalinaSkim *skim)
{
  JavaTemplate in;
  CatalinaSkim partial;
  gboolean usual;

  memset (skim, 0, sizeof *skim);
  usual = begin (&in, payload, size, 2) || begin (&in, payload, size, 1);
  if (usual && read_fields (&in, skim)
      && (in.left == 0 || tribes_wrapping_read (payload, size, size - in.left, &skim->wrapping)))
    return TRUE;
  partial = *skim;
  memset (skim, 0, sizeof *skim);
  if (decode (payload, size, skim) || decode_wrapped (payload, size, skim))
    return TRUE;
  /* It is one that is cut off or broken. */
  if (usual)
    *skim = partial;
  return usual;
}

void
catalina_skim_clear (CatalinaSkim *skim)
{
  g_clear_pointer (&skim->owner, catalina_session_message_unref);
  g_clear_pointer (&skim->map, catalina_skim_map_free);
  g_clear_pointer (&skim->unwrapped, g_bytes_unref);
}
