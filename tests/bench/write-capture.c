/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a capture of MEGABYTES as two members make it: deltas of 2,000 sessions over eight
 * connections each way, acknowledged one by one, a quarter of them with a collection, and every
 * 2,000 messages a state transfer.
 *
 *   write-capture FILE MEGABYTES
 */
#include <stdio.h>
#include <stdlib.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tests/capture/packets.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/wire/tribes-frame-private.h"

#define CONTEXT    "localhost#/shop"
#define N_SESSIONS 2000
#define N_TALKS    8
#define SEGMENT    1448
#define LATENCY_US 150

static GBytes *
make_message (TribesMember *sender, CatalinaSessionEvent event, const char *id, GBytes *data)
{
  g_autofree char *unique = g_strdup_printf ("%s-1700000000000", id);
  g_autoptr (CatalinaSessionMessage) session_message
      = catalina_session_message_new (event, CONTEXT, id, unique, 1700000000000, data);
  g_autoptr (GBytes) payload = catalina_session_message_encode (session_message, 2);
  g_autoptr (TribesMessage) message
      = tribes_message_new (sender, payload, (TribesSendOptions) 6, 1700000000000);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  return tribes_writer_steal_bytes (&writer);
}

static TribesJavaValue *
make_cart (guint number)
{
  TribesJavaValue *items[5];
  TribesJavaValue *list;

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autofree char *text = g_strdup_printf ("article %u of %u", i, number);

      items[i] = tribes_java_value_new_string (text);
    }
  list = tribes_java_value_new_array_list (items, G_N_ELEMENTS (items));
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    tribes_java_value_unref (items[i]);
  return list;
}

static GBytes *
make_delta (TribesMember *sender, guint number)
{
  g_autofree char *id = g_strdup_printf ("%032X.node1", number % N_SESSIONS);
  g_autofree char *text = g_strnfill (100 + number % 7 * 100, (char) ('a' + number % 26));
  g_autoptr (TribesJavaValue) page = tribes_java_value_new_string (text);
  g_autoptr (TribesJavaValue) user = tribes_java_value_new_string ("the same at every request");
  g_autoptr (TribesJavaValue) count = tribes_java_value_new_int ((gint32) number);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GBytes) bytes = NULL;

  catalina_delta_set_new (delta, FALSE);
  catalina_delta_set_attribute (delta, "page", page);
  catalina_delta_set_attribute (delta, "user", user);
  catalina_delta_set_attribute (delta, "count", count);
  if (number % 4 == 0)
    {
      g_autoptr (TribesJavaValue) cart = make_cart (number);

      catalina_delta_set_attribute (delta, "cart", cart);
    }
  bytes = catalina_delta_encode (delta, id, NULL);
  return make_message (sender, CATALINA_SESSION_EVENT_DELTA, id, bytes);
}

static GBytes *
make_state (TribesMember *sender)
{
  g_autoptr (CatalinaStateWriter) writer
      = catalina_state_writer_new (N_SESSIONS, CATALINA_STATE_WITHOUT_NOTES);
  g_autoptr (GArray) attributes = catalina_named_values_new ();
  CatalinaNamedValue page = { g_ref_string_new ("page"), tribes_java_value_new_string ("a page") };
  g_autoptr (GBytes) bytes = NULL;

  g_array_append_val (attributes, page);
  for (guint i = 0; i < N_SESSIONS; i++)
    {
      g_autofree char *id = g_strdup_printf ("%032X.node1", i);
      CatalinaSessionState state = { .id = id, .is_valid = TRUE, .attributes = attributes };

      if (!catalina_state_writer_add (writer, &state, NULL))
        g_error ("a session cannot be written");
    }
  bytes = catalina_state_writer_finish (writer);
  return make_message (sender, CATALINA_SESSION_EVENT_ALL_DATA, "SESSION-STATE", bytes);
}

static gsize
flush_packets (FILE *file, GPtrArray *packets)
{
  gsize written = 0;

  for (guint i = 0; i < packets->len; i++)
    {
      const Packet *packet = packets->pdata[i];
      gsize size;
      const void *data = g_bytes_get_data (packet->bytes, &size);
      const guint32 head[] = { (guint32) (packet->time_us / G_USEC_PER_SEC),
                               (guint32) (packet->time_us % G_USEC_PER_SEC), (guint32) size,
                               (guint32) packet->sent };

      fwrite (head, 1, sizeof head, file);
      fwrite (data, 1, size, file);
      written += sizeof head + size;
    }
  g_ptr_array_set_size (packets, 0);
  return written;
}

/* A message, its acknowledgement, and TCP's of that. */
static void
say (Talk *talk, GBytes *frame, gint64 now_us)
{
  talk->now_us = now_us;
  talk_say_bytes (talk, 0, frame, SEGMENT);
  talk->now_us = now_us + LATENCY_US;
  talk_say (talk, 1, tribes_frame_ack, sizeof tribes_frame_ack, SEGMENT);
  talk_acknowledge (talk, 0);
}

int
main (int argc, char *argv[])
{
  static const guint32 head[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, TRIBES_LINK_ETHERNET };
  g_autoptr (TribesMember) sender = tribes_member_new ("10.0.0.1", 4000, NULL, NULL);
  g_autoptr (GPtrArray) frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GPtrArray) packets = packets_new ();
  g_autoptr (GBytes) state = make_state (sender);
  gint64 now_us = G_GINT64_CONSTANT (1700000000000000);
  Talk talks[N_TALKS];
  gsize written, wanted;
  FILE *file;

  if (argc != 3 || !(file = fopen (argv[1], "wb")))
    {
      fprintf (stderr, "usage: %s FILE MEGABYTES\n", argv[0]);
      return 2;
    }
  wanted = (gsize) strtoul (argv[2], NULL, 10) * 1000 * 1000;
  for (guint i = 0; i < 2 * N_SESSIONS + 7; i++)
    g_ptr_array_add (frames, make_delta (sender, i));
  written = fwrite (head, 1, sizeof head, file);
  for (guint16 i = 0; i < N_TALKS; i++)
    talk_open (&talks[i], packets, (guint16) (5000 + i), 4000, now_us);
  for (guint i = 0; written < wanted; i++, now_us += 200)
    {
      say (&talks[i % N_TALKS], i % N_SESSIONS == 0 ? state : frames->pdata[i % frames->len],
           now_us);
      written += flush_packets (file, packets);
    }
  if (fclose (file) != 0)
    {
      perror (argv[1]);
      return 1;
    }
  return 0;
}
