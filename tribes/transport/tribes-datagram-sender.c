/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around TribesDatagramLink: a connected UDP socket for each destination, so that only it
 * can acknowledge and its host can say that nobody listens. How many there are is bounded, whoever
 * makes up members; one that is not used is closed.
 */
#include "tribes/transport/tribes-datagram-sender-private.h"

#include <errno.h>
#include <unistd.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/base/tribes-network-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/wire/tribes-datagram-private.h"
#include "tribes/wire/tribes-member-private.h"

/* What may pile up for one destination while its socket takes nothing or an acknowledgement is
 * awaited, in bytes: a burst, and never for longer than the timeout. */
#define MAX_QUEUED_BYTES (16u * 1024 * 1024)
#define MAX_DESTINATIONS 256
#define IDLE_US          (10 * G_USEC_PER_SEC)

struct _TribesDatagramSender
{
  GObject *owner;                /* not owned: kept alive while callbacks run */
  TribesSendCountsTable *counts; /* borrowed */
  TribesDatagramSettings settings;
  GMainContext *context;    /* while started */
  GHashTable *destinations; /* of Destination, by host and UDP port */
  TribesDatagramCounts total;
  TribesRateLimit complaints;
};

typedef struct
{
  TribesSenderCallback callback;
  gpointer data;
} Pending;

/* Also the GSource that watches its socket and its deadline. */
typedef struct
{
  GSource source;
  TribesDatagramSender *sender; /* not owned: the sender owns its destinations */
  TribesMember *member;         /* owned */
  TribesDatagramLink *link;     /* owned */
  int fd;                       /* -1: no socket */
  gpointer tag;                 /* of @fd in the source */
} Destination;

/* Keys are members; only where they take datagrams counts. */
static guint
place_hash (gconstpointer key)
{
  TribesMemberFields fields;

  tribes_member_peek_fields (key, &fields);
  return (guint) tribes_hash_bytes64 (fields.host, fields.host_size, (guint64) fields.udp_port);
}

static gboolean
place_equal (gconstpointer a, gconstpointer b)
{
  TribesMemberFields x, y;

  tribes_member_peek_fields (a, &x);
  tribes_member_peek_fields (b, &y);
  return x.udp_port == y.udp_port && x.host_size == y.host_size
         && memcmp (x.host, y.host, x.host_size) == 0;
}

static void
drop_socket (Destination *self)
{
  if (self->fd < 0)
    return;
  g_source_remove_unix_fd (&self->source, self->tag);
  self->tag = NULL;
  close (self->fd);
  self->fd = -1;
}

static gboolean
open_socket (Destination *self, GError **error)
{
  g_autoptr (TribesMember) place = NULL;
  struct sockaddr_storage address;
  TribesMemberFields fields;
  unsigned size;

  if (self->fd >= 0)
    return TRUE;
  if (tribes_network_get_current ())
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                           "a network in memory has no UDP beside multicast");
      return FALSE;
    }
  tribes_member_peek_fields (self->member, &fields);
  fields.port = fields.udp_port;
  place = tribes_member_new_from_fields (&fields);
  if (!tribes_sender_address (place, &address, &size, error))
    return FALSE;
  self->fd = socket (address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->fd >= 0)
    {
      tribes_socket_options_apply_buffers (&self->sender->settings.socket_options, self->fd);
      self->tag = g_source_add_unix_fd (&self->source, self->fd, G_IO_IN);
      if (connect (self->fd, (struct sockaddr *) &address, size) == 0)
        return TRUE;
    }
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED, "UDP port %d: %s", fields.udp_port,
               g_strerror (errno));
  drop_socket (self);
  return FALSE;
}

/* Of an earlier message, and not of which. */
static void
nobody_listens (Destination *self)
{
  TribesDatagramSender *sender = self->sender;
  g_autofree char *name = tribes_member_to_string (self->member);
  g_autoptr (GError) error
      = g_error_new (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "%s: nobody listens at UDP port %d", name,
                     tribes_member_get_udp_port (self->member));
  guint suppressed;

  if (tribes_datagram_link_refused (self->link, error))
    return;
  sender->total.lost++;
  if (tribes_rate_limit_allow (&sender->complaints, tribes_clock_get_us (), &suppressed))
    g_message ("message lost: %s", error->message);
}

/* FALSE: the socket is full. */
static gboolean
write_one (Destination *self, GBytes *frame, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (frame, &size);
  gssize written = -1;

  /* The first call may report what became of an earlier message; the second one does not. */
  for (int attempt = 0; open_socket (self, &error) && attempt < 2 && written < 0; attempt++)
    {
      written = send (self->fd, data, size, MSG_NOSIGNAL);
      if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS))
        return FALSE;
      if (written < 0 && errno == ECONNREFUSED)
        nobody_listens (self);
      else if (written < 0 && errno == EMSGSIZE)
        break;
    }
  if (written >= 0)
    {
      self->sender->total.bytes += (guint64) written;
      tribes_datagram_link_sent (self->link, now_us);
      return TRUE;
    }
  if (!error)
    error = g_error_new (TRIBES_ERROR, errno == EMSGSIZE ? TRIBES_ERROR_LIMIT : TRIBES_ERROR_CLOSED,
                         "UDP message of %" G_GSIZE_FORMAT " bytes: %s%s", size, g_strerror (errno),
                         errno == EMSGSIZE ? " (see udpTxBufSize)" : "");
  tribes_datagram_link_not_sent (self->link, error);
  return TRUE;
}

static void
write_all (Destination *self, gint64 now_us)
{
  GIOCondition condition = G_IO_IN;
  GBytes *frame;

  while ((frame = tribes_datagram_link_peek (self->link)))
    {
      if (write_one (self, frame, now_us))
        continue;
      condition |= G_IO_OUT;
      break;
    }
  if (self->fd >= 0)
    g_source_modify_unix_fd (&self->source, self->tag, condition);
  tribes_clock_set_ready_time (&self->source, tribes_datagram_link_has_events (self->link)
                                              ? 0
                                              : tribes_datagram_link_deadline (self->link));
}

/* As many as were ever waited for: one, and a few that nobody asked for. */
static void
read_answers (Destination *self, gint64 now_us)
{
  guint8 buffer[TRIBES_FRAME_ACK_SIZE + 1];

  for (int i = 0; i < 16; i++)
    {
      gssize size = recv (self->fd, buffer, sizeof buffer, 0);

      if (size < 0 && errno == ECONNREFUSED)
        nobody_listens (self);
      else if (size < 0)
        return;
      else if (!tribes_datagram_link_input (self->link, buffer, (gsize) size, now_us))
        g_debug ("a datagram of %" G_GSSIZE_FORMAT " bytes is no acknowledgement that is awaited",
                 size);
    }
}

/* Callbacks may do anything, stopping the sender included: the caller holds references. */
static void
drain (Destination *self)
{
  TribesDatagramSender *sender = self->sender;
  TribesLinkEvent event;

  while (tribes_datagram_link_pop_event (self->link, &event))
    {
      g_autofree Pending *pending = event.token;

      if (event.error)
        sender->total.failed++;
      else
        sender->total.sent++;
      tribes_send_counts_add (sender->counts, self->member, !event.error, event.ack_us);
      pending->callback (pending->data, event.error);
      g_clear_error (&event.error);
    }
}

static gboolean
destination_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Destination *self = (Destination *) source;
  g_autoptr (GObject) owner = g_object_ref (self->sender->owner);
  gint64 now_us = tribes_clock_get_us ();

  if (self->fd >= 0 && g_source_query_unix_fd (source, self->tag) != 0)
    read_answers (self, now_us);
  if (tribes_datagram_link_expire (self->link, now_us))
    drop_socket (self);
  drain (self);
  if (g_source_is_destroyed (source))
    return G_SOURCE_REMOVE;
  write_all (self, now_us);
  if (!tribes_datagram_link_is_idle (self->link, now_us))
    return G_SOURCE_CONTINUE;
  g_hash_table_remove (self->sender->destinations, self->member);
  return G_SOURCE_REMOVE;
}

static void
destination_finalize (GSource *source)
{
  Destination *self = (Destination *) source;

  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->link, tribes_datagram_link_free);
  g_clear_pointer (&self->member, tribes_member_unref);
}

static GSourceFuncs destination_funcs
    = { .dispatch = destination_dispatch, .finalize = destination_finalize };

static void
destination_destroy (gpointer data)
{
  Destination *self = data;
  g_autoptr (GError) error
      = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "the sender has stopped");

  g_source_destroy (&self->source);
  tribes_datagram_link_fail_all (self->link, error);
  drain (self);
  g_source_unref (&self->source);
}

static Destination *
destination_new (TribesDatagramSender *sender, TribesMember *member, gint64 now_us)
{
  TribesMemberFields fields;
  TribesDatagramLinkSettings settings = {
    .timeout_us = sender->settings.timeout_us,
    .idle_us = IDLE_US,
    .max_queued_bytes = MAX_QUEUED_BYTES,
    .fail_on_fail_ack = sender->settings.fail_on_fail_ack,
  };
  Destination *self = (Destination *) g_source_new (&destination_funcs, sizeof (Destination));

  tribes_member_peek_fields (member, &fields);
  settings.max_size = fields.host_size == 4 ? TRIBES_DATAGRAM_MAX_IPV4 : TRIBES_DATAGRAM_MAX_IPV6;
  self->sender = sender;
  self->member = tribes_member_ref (member);
  self->link = tribes_datagram_link_new (&settings, now_us);
  self->fd = -1;
  g_source_set_static_name (&self->source, "tribes-sender-datagrams");
  g_source_attach (&self->source, sender->context);
  return self;
}

TribesDatagramSender *
tribes_datagram_sender_new (GObject *owner, TribesSendCountsTable *counts)
{
  TribesDatagramSender *self = g_new0 (TribesDatagramSender, 1);

  self->owner = owner;
  self->counts = counts;
  self->destinations = g_hash_table_new_full (place_hash, place_equal, NULL, destination_destroy);
  return self;
}

void
tribes_datagram_sender_free (TribesDatagramSender *self)
{
  tribes_datagram_sender_stop (self);
  g_hash_table_unref (self->destinations);
  g_free (self);
}

void
tribes_datagram_sender_start (TribesDatagramSender *self,
                              const TribesDatagramSettings *settings,
                              GMainContext *context)
{
  self->settings = *settings;
  self->context = context;
}

void
tribes_datagram_sender_stop (TribesDatagramSender *self)
{
  GHashTableIter iter;
  gpointer value;

  self->context = NULL;
  g_hash_table_iter_init (&iter, self->destinations);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    write_all (value, tribes_clock_get_us ());
  g_hash_table_remove_all (self->destinations);
}

/* (nullable) */
static Destination *
find_or_add (TribesDatagramSender *self, TribesMember *member, gint64 now_us, GError **error)
{
  Destination *destination = g_hash_table_lookup (self->destinations, member);

  if (destination)
    return destination;
  if (g_hash_table_size (self->destinations) >= MAX_DESTINATIONS)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "expected at most %d members that are sent datagrams to, found one more",
                   MAX_DESTINATIONS);
      return NULL;
    }
  destination = destination_new (self, member, now_us);
  g_hash_table_insert (self->destinations, destination->member, destination);
  return destination;
}

static gboolean
check_port (TribesMember *member, GError **error)
{
  g_autofree char *name = NULL;

  if (tribes_member_get_udp_port (member) >= 1 && tribes_member_get_udp_port (member) <= 65535)
    return TRUE;
  name = tribes_member_to_string (member);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER,
               "%s: expected a UDP port from 1 to 65535 to send a datagram to, found %d: its "
               "<Receiver> needs udpPort, as does a <Member> that names it",
               name, tribes_member_get_udp_port (member));
  return FALSE;
}

gboolean
tribes_datagram_sender_send (TribesDatagramSender *self,
                             TribesMember *member,
                             GBytes *frame,
                             gboolean wants_ack,
                             TribesSenderCallback callback,
                             gpointer data,
                             GError **error)
{
  gint64 now_us = tribes_clock_get_us ();
  Destination *destination;
  Pending *pending;

  g_return_val_if_fail (self->context, FALSE);

  if (!check_port (member, error))
    return FALSE;
  destination = find_or_add (self, member, now_us, error);
  if (!destination)
    return FALSE;
  pending = g_new0 (Pending, 1);
  pending->callback = callback;
  pending->data = data;
  if (!tribes_datagram_link_enqueue (destination->link, frame, wants_ack, pending, now_us, error))
    {
      g_free (pending);
      return FALSE;
    }
  write_all (destination, now_us);
  return TRUE;
}

const TribesDatagramCounts *
tribes_datagram_sender_peek_counts (TribesDatagramSender *self)
{
  return &self->total;
}

gsize
tribes_datagram_sender_get_queued_bytes (TribesDatagramSender *self)
{
  GHashTableIter iter;
  gpointer value;
  gsize bytes = 0;

  g_hash_table_iter_init (&iter, self->destinations);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    bytes += tribes_datagram_link_get_queued_bytes (((Destination *) value)->link);
  return bytes;
}
