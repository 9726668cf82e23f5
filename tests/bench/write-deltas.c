/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the frames that bench_delta.py sends: SESSIONS sessions created, then DELTAS deltas of
 * them in turn, each of the size of one a web application causes.
 *
 *   write-deltas CONTEXT SESSIONS DELTAS
 */
#include <stdio.h>
#include <stdlib.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/wire/tribes-frame-private.h"

#define TEXT_BYTES 640

static void
write_message (TribesMember *sender,
               CatalinaSessionEvent event,
               const char *context,
               guint session,
               GBytes *data,
               TribesSendOptions options)
{
  g_autofree char *id = g_strdup_printf ("%032X", session);
  g_autofree char *unique = g_strdup_printf ("%s-%u", id, session);
  gint64 now = g_get_real_time () / 1000;
  g_autoptr (CatalinaSessionMessage) session_message
      = catalina_session_message_new (event, context, id, unique, now, data);
  g_autoptr (GBytes) payload = catalina_session_message_encode (session_message, 2);
  g_autoptr (TribesMessage) message = tribes_message_new (sender, payload, options, now);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  fwrite (writer.data, 1, writer.size, stdout);
}

static GBytes *
make_delta (guint session, guint round)
{
  g_autofree char *id = g_strdup_printf ("%032X", session);
  g_autofree char *text = g_strnfill (TEXT_BYTES, 'a' + round % 26);
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string (text);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  catalina_delta_set_attribute (delta, "basket", value);
  catalina_delta_set_new (delta, FALSE);
  bytes = catalina_delta_encode (delta, id, &error);
  if (!bytes)
    g_error ("%s", error->message);
  return bytes;
}

int
main (int argc, char *argv[])
{
  g_autoptr (TribesMember) sender = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  guint n_sessions, n_deltas;

  if (argc != 4)
    {
      fprintf (stderr, "usage: %s CONTEXT SESSIONS DELTAS\n", argv[0]);
      return 2;
    }
  n_sessions = (guint) strtoul (argv[2], NULL, 10);
  n_deltas = (guint) strtoul (argv[3], NULL, 10);
  for (guint i = 0; i < n_sessions; i++)
    write_message (sender, CATALINA_SESSION_EVENT_CREATED, argv[1], i, NULL, 0);
  for (guint i = 0; i < n_deltas; i++)
    {
      g_autoptr (GBytes) delta = make_delta (i % n_sessions, i);
      /* The last one asks for an acknowledgement behind all the others. */
      const guint both = TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK;

      write_message (sender, CATALINA_SESSION_EVENT_DELTA, argv[1], i % n_sessions, delta,
                     i + 1 == n_deltas ? both : 0);
    }
  return 0;
}
