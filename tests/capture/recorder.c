/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/capture/recorder.h"

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  Recorder *self = user_data;
  GString *line = g_string_new (NULL);
  g_autofree char *from = tribes_endpoint_to_string (message->from);
  g_autofree char *to = tribes_endpoint_to_string (message->to);

  g_string_printf (line, "%s>%s %.*s/%" G_GSIZE_FORMAT, from, to,
                   (int) MIN (message->fields.payload_size, 5),
                   message->fields.payload ? (const char *) message->fields.payload : "",
                   message->payload_full_size);
  if (message->is_cut)
    g_string_append (line, " cut");
  if (message->is_broken)
    g_string_append (line, " broken");
  g_ptr_array_add (self->lines, line);
  return self->lines->len - 1;
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  static const char *const names[TRIBES_N_FATES] = { " ok", " failed", " missing", " unknown" };
  Recorder *self = user_data;

  g_assert_cmpuint (tag, <, self->lines->len);
  g_string_append (self->lines->pdata[tag], names[fate]);
}

static void
on_heartbeat (gint64 time_us,
              const TribesEndpoint *from,
              const TribesEndpoint *to,
              const guint8 *data,
              gsize size,
              const TribesMemberFields *fields,
              gpointer user_data)
{
  Recorder *self = user_data;
  TribesEndpoint member = { 0 };
  g_autofree char *text = NULL;
  GString *line = g_string_new ("heartbeat ");

  if (fields)
    g_assert_true (tribes_endpoint_of_member (fields, &member));
  text = fields ? tribes_endpoint_to_string (&member) : g_strdup ("broken");
  g_string_append (line, text);
  g_ptr_array_add (self->lines, line);
}

static void
on_stray (const TribesCapturedStray *stray, gpointer user_data)
{
  Recorder *self = user_data;
  g_autofree char *from = tribes_endpoint_to_string (stray->from);
  g_autofree char *to = tribes_endpoint_to_string (stray->to);

  g_assert_cmpuint (stray->size, >, 0);
  g_assert_cmpuint (stray->packet, ==, tribes_capture_get_counts (self->capture)->packets);
  g_string_append_printf (self->strays, "%s>%s %02x%s\n", from, to, stray->data[0],
                          stray->is_frame ? " frame" : "");
}

static void
line_free (gpointer line)
{
  g_string_free (line, TRUE);
}

void
recorder_init (Recorder *self, const TribesCaptureLimits *limits)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat, on_stray };

  self->lines = g_ptr_array_new_with_free_func (line_free);
  self->strays = g_string_new (NULL);
  self->capture = tribes_capture_new (limits, &sink, self);
}

void
recorder_clear (Recorder *self)
{
  g_clear_pointer (&self->capture, tribes_capture_free);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_string_free (g_steal_pointer (&self->strays), TRUE);
}

void
recorder_run (Recorder *self, GPtrArray *packets, gsize snap)
{
  for (guint i = 0; i < packets->len; i++)
    {
      const Packet *packet = packets->pdata[i];
      gsize size;
      const guint8 *data = g_bytes_get_data (packet->bytes, &size);
      /* A copy of its own: reading over its end is found by the sanitizers and valgrind. */
      g_autofree guint8 *exact = g_memdup2 (data, MIN (size, snap));

      tribes_capture_add (self->capture, packet->time_us, TRIBES_LINK_ETHERNET, exact,
                          MIN (size, snap), packet->sent);
    }
  tribes_capture_finish (self->capture);
  g_assert_cmpuint (tribes_capture_get_held (self->capture), ==, 0);
}

const TribesCaptureCounts *
recorder_counts (Recorder *self)
{
  return tribes_capture_get_counts (self->capture);
}

const char *
recorder_line (Recorder *self, guint index)
{
  g_assert_cmpuint (index, <, self->lines->len);
  return ((GString *) self->lines->pdata[index])->str;
}

char *
recorder_text (Recorder *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->lines->len; i++)
    g_string_append_printf (text, "%s\n", recorder_line (self, i));
  return g_string_free (text, FALSE);
}
