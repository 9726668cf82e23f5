/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the frames that bench_delta.py sends: SESSIONS sessions created, then DELTAS deltas of
 * them in turn, each of the size of one a web application causes, as one of the two kinds of
 * managers sends them.
 *
 *   write-deltas delta|backup CONTEXT SESSIONS DELTAS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-map-message-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/wire/tribes-frame-private.h"

#define TEXT_BYTES 640

typedef struct
{
  TribesMember *sender;
  const char *context;
  char *map;        /* the name that it has in a BackupManager's messages */
  GPtrArray *nodes; /* who has a copy */
} Bench;

static char *
session_id (guint session)
{
  return g_strdup_printf ("%032X", session);
}

static void
write_frame (const Bench *self, GBytes *payload, TribesSendOptions options)
{
  g_autoptr (TribesMessage) message
      = tribes_message_new (self->sender, payload, options, g_get_real_time () / 1000);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  fwrite (writer.data, 1, writer.size, stdout);
}

/* As a DeltaManager tells of a session. */
static void
write_event (const Bench *self, guint session, GBytes *delta, TribesSendOptions options)
{
  g_autofree char *id = session_id (session);
  g_autofree char *unique = g_strdup_printf ("%s-%u", id, session);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (delta ? CATALINA_SESSION_EVENT_DELTA
                                            : CATALINA_SESSION_EVENT_CREATED,
                                      self->context, id, unique, g_get_real_time () / 1000, delta);
  g_autoptr (GBytes) payload = catalina_session_message_encode (message, 2);

  write_frame (self, payload, options);
}

/* What the members of a map that have no copy of it would get first. */
static GBytes *
make_session (guint session)
{
  gint64 now = g_get_real_time () / 1000;
  g_auto (CatalinaSessionState) state = { .creation_time = now,
                                          .last_accessed_time = now,
                                          .this_accessed_time = now,
                                          .max_inactive_interval = 1800,
                                          .is_new = TRUE,
                                          .is_valid = TRUE,
                                          .id = session_id (session) };
  g_autoptr (CatalinaStateWriter) writer
      = catalina_state_writer_new_for_session (CATALINA_STATE_WITHOUT_NOTES, 0);
  g_autoptr (GError) error = NULL;

  if (!catalina_state_writer_add (writer, &state, &error))
    g_error ("%s", error->message);
  return catalina_state_writer_finish (writer);
}

/* As a BackupManager tells of a session. */
static void
write_backup (const Bench *self, guint session, GBytes *delta, TribesSendOptions options)
{
  g_autofree char *id = session_id (session);
  g_autoptr (GBytes) key = catalina_map_key_encode (id);
  g_autoptr (GBytes) value = delta ? NULL : make_session (session);
  g_autoptr (GBytes) payload = NULL;
  CatalinaMapMessage message = { .type = CATALINA_MAP_BACKUP,
                                 .is_diff = delta != NULL,
                                 .nodes = self->nodes,
                                 .primary = self->sender };

  message.map = (CatalinaMapBytes){ (const guint8 *) self->map, strlen (self->map) };
  message.key.data = g_bytes_get_data (key, &message.key.size);
  if (value)
    message.value.data = g_bytes_get_data (value, &message.value.size);
  if (delta)
    message.diff.data = g_bytes_get_data (delta, &message.diff.size);
  payload = catalina_map_message_encode (&message, NULL, NULL);
  write_frame (self, payload, options);
}

static GBytes *
make_delta (guint session, guint round)
{
  g_autofree char *id = session_id (session);
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

static void
write_all (const Bench *self,
           void (*write) (const Bench *, guint, GBytes *, TribesSendOptions),
           guint n_sessions,
           guint n_deltas)
{
  for (guint i = 0; i < n_sessions; i++)
    write (self, i, NULL, 0);
  for (guint i = 0; i < n_deltas; i++)
    {
      g_autoptr (GBytes) delta = make_delta (i % n_sessions, i);
      /* The last one asks for an acknowledgement behind all the others. */
      const guint both = TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK;

      write (self, i % n_sessions, delta, i + 1 == n_deltas ? both : 0);
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr (TribesMember) sender = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (TribesMember) copy = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  g_autofree char *map = argc == 5 ? g_strconcat (argv[2], "-map", NULL) : NULL;
  gboolean is_backup = argc == 5 && g_str_equal (argv[1], "backup");

  if (argc != 5 || (!is_backup && !g_str_equal (argv[1], "delta")))
    {
      fprintf (stderr, "usage: %s delta|backup CONTEXT SESSIONS DELTAS\n", argv[0]);
      return 2;
    }
  g_ptr_array_add (nodes, copy);
  write_all (&(Bench){ sender, argv[2], map, nodes }, is_backup ? write_backup : write_event,
             (guint) strtoul (argv[3], NULL, 10), (guint) strtoul (argv[4], NULL, 10));
  return 0;
}
