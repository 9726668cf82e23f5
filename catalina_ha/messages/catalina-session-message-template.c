/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-session-message-template-private.h"

#include "tribes/java/read/tribes-java-template-private.h"

gboolean
catalina_session_template_read (GBytes *payload, GBytes *prefix, CatalinaSessionTemplate *out)
{
  JavaTemplate stream;
  guint64 event, timestamp;

  if (!java_template_begin (&stream, payload, prefix))
    return FALSE;
  memset (out, 0, sizeof *out);
  /* The base class's time stamp and the flag say nothing that is used. The data are a slice: those
   * of a state transfer are megabytes. */
  if (java_template_take (&stream, 8) && java_template_number (&stream, 4, &event)
      && java_template_number (&stream, 8, &timestamp) && java_template_take (&stream, 1)
      && java_template_string (&stream, &out->context_name)
      && java_template_bytes (&stream, &out->data)
      && java_template_string (&stream, &out->session_id)
      && java_template_string (&stream, &out->unique_id) && stream.left == 0)
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
