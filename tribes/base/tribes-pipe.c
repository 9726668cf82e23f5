/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams of the network in memory, as a program sees TCP: a connection is made in the kernel
 * before anyone accepts it, a full buffer takes no more, an end is read behind all that was sent,
 * and a reset throws away what was not read.
 */
#include "tribes/base/tribes-network-post-private.h"

#include <errno.h>

/* What may be under way and unread in one direction. */
#define WINDOW (256 * 1024)
/* Connections that wait to be accepted. */
#define BACKLOG 128

struct _TribesDoor
{
  TribesHandle handle;
  guint16 port;
  GSource *watch; /* child of who accepts */
  GQueue waiting; /* of TribesPipe, owned */
};

struct _TribesPipe
{
  TribesHandle handle;
  guint refs;
  guint host; /* the numbers of both */
  guint other_host;
  guint16 port;      /* of the door */
  guint64 stream;    /* number of what it sends */
  TribesPipe *other; /* (nullable), owned: it is known and open */
  GSource *watch;    /* (nullable), owned: child of who watches */
  GIOCondition watched;
  GByteArray *unread;
  guint start; /* of what is unread */
  gsize used;  /* of the window, by what this end has sent */
  gboolean connected;
  gboolean ended; /* nothing more will come */
  int error;
  gint64 last_us; /* when the last thing it sent arrives */
};

static gboolean
watch_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Who watches is made ready by a child that is. */
static GSourceFuncs watch_funcs = { .dispatch = watch_dispatch };

static GSource *
watch_new (GSource *watcher)
{
  GSource *watch = g_source_new (&watch_funcs, sizeof (GSource));

  g_source_set_static_name (watch, "tribes-network");
  g_source_add_child_source (watcher, watch);
  return watch;
}

static void
watch_clear (GSource **watch)
{
  if (*watch)
    g_source_destroy (*watch);
  g_clear_pointer (watch, g_source_unref);
}

static TribesPipe *
pipe_ref (TribesPipe *self)
{
  self->refs++;
  return self;
}

static void
pipe_unref (gpointer data)
{
  TribesPipe *self = data;

  if (--self->refs > 0)
    return;
  g_byte_array_unref (self->unread);
  g_free (self);
}

GIOCondition
tribes_pipe_query (TribesPipe *self)
{
  GIOCondition is = 0;

  if (self->unread->len > self->start || self->ended || self->error != 0)
    is |= G_IO_IN;
  if (self->error != 0)
    is |= G_IO_ERR;
  if ((self->connected && self->used < WINDOW) || self->error != 0)
    is |= G_IO_OUT;
  return is & (self->watched | G_IO_ERR);
}

static void
update (TribesPipe *self)
{
  if (self->watch)
    g_source_set_ready_time (self->watch, tribes_pipe_query (self) != 0 ? 0 : -1);
}

static void
forget_other (TribesPipe *self)
{
  g_clear_pointer (&self->other, pipe_unref);
}

static void
fail (TribesPipe *self, int error)
{
  self->error = error;
  self->ended = TRUE;
  forget_other (self);
  update (self);
}

/* What happens at the other end. */

static void
post (TribesPipe *self,
      TribesParcelKind kind,
      GBytes *bytes,
      TribesPipe *target,
      TribesParcelFate (*arrive) (TribesPost *post))
{
  const TribesParcel parcel
      = { .kind = kind, .from = self->host, .to = self->other_host, .stream = self->stream };

  tribes_network_post (tribes_network_get_current (), &parcel, bytes, &self->last_us, arrive,
                       pipe_ref (target), pipe_unref);
}

static TribesParcelFate
arrive_reset (TribesPost *post)
{
  TribesPipe *self = post->target;

  if (!self->handle.host)
    return TRIBES_PARCEL_REFUSED;
  g_byte_array_set_size (self->unread, 0);
  self->start = 0;
  fail (self, self->connected ? ECONNRESET : ECONNREFUSED);
  return TRIBES_PARCEL_ARRIVED;
}

static TribesParcelFate
arrive_data (TribesPost *post_)
{
  TribesPipe *self = post_->target;

  if (!self->handle.host)
    return TRIBES_PARCEL_REFUSED;
  g_byte_array_append (self->unread, post_->parcel.data, (guint) post_->parcel.size);
  update (self);
  return TRIBES_PARCEL_ARRIVED;
}

static TribesParcelFate
arrive_close (TribesPost *post)
{
  TribesPipe *self = post->target;

  if (!self->handle.host)
    return TRIBES_PARCEL_REFUSED;
  self->ended = TRUE;
  update (self);
  return TRIBES_PARCEL_ARRIVED;
}

static TribesParcelFate
arrive_accept (TribesPost *post)
{
  TribesPipe *self = post->target;

  if (!self->handle.host || self->error != 0)
    return TRIBES_PARCEL_REFUSED;
  self->connected = TRUE;
  update (self);
  return TRIBES_PARCEL_ARRIVED;
}

static TribesPipe *
pipe_new (TribesHost *host, guint other_host, guint64 stream, guint16 port)
{
  TribesPipe *self = g_new0 (TribesPipe, 1);

  self->refs = 1;
  self->host = host->number;
  self->other_host = other_host;
  self->stream = stream;
  self->port = port;
  self->unread = g_byte_array_new ();
  return self;
}

/* What lies there unread is lost with the end, and who sent it hears of that. */
static void
shut (gpointer data, gboolean hard)
{
  TribesPipe *self = data;
  TribesPipe *other = g_steal_pointer (&self->other);

  watch_clear (&self->watch);
  if (!other)
    return;
  hard = hard || self->unread->len > self->start;
  post (self, hard ? TRIBES_PARCEL_RESET : TRIBES_PARCEL_CLOSE, NULL, other,
        hard ? arrive_reset : arrive_close);
  pipe_unref (other);
}

static void
die (gpointer self)
{
  shut (self, TRUE);
}

void
tribes_pipe_close (TribesPipe *self)
{
  if (self->handle.host)
    shut (self, FALSE);
  watch_clear (&self->watch);
  forget_other (self);
  tribes_handle_close (&self->handle);
  pipe_unref (self);
}

static void
close_door (gpointer data)
{
  TribesDoor *self = data;
  TribesPipe *pipe;

  while ((pipe = g_queue_pop_head (&self->waiting)))
    {
      if (pipe->handle.host)
        die (pipe);
      tribes_pipe_close (pipe);
    }
  watch_clear (&self->watch);
}

static TribesDoor *
find_door (TribesHost *host, guint16 port)
{
  for (GList *node = host->handles.head; node; node = node->next)
    {
      TribesDoor *door = node->data;

      if (door->handle.die == close_door && door->port == port)
        return door;
    }
  return NULL;
}

/* The kernel of the other host answers, whether somebody accepts or not. */
static TribesParcelFate
arrive_connect (TribesPost *arrived)
{
  TribesPipe *client = arrived->target;
  TribesHost *host = tribes_network_get_host (tribes_network_get_current (), arrived->parcel.to);
  TribesDoor *door = find_door (host, client->port);
  TribesPipe *server = pipe_new (host, client->host, client->stream + 1, client->port);

  if (!door || door->waiting.length >= BACKLOG || !client->handle.host)
    {
      post (server, TRIBES_PARCEL_RESET, NULL, client, arrive_reset);
      pipe_unref (server);
      return TRIBES_PARCEL_REFUSED;
    }
  tribes_handle_open (&server->handle, host, die);
  server->connected = TRUE;
  server->other = pipe_ref (client);
  forget_other (client);
  client->other = pipe_ref (server);
  g_queue_push_tail (&door->waiting, server);
  g_source_set_ready_time (door->watch, 0);
  post (server, TRIBES_PARCEL_ACCEPT, NULL, client, arrive_accept);
  return TRIBES_PARCEL_ARRIVED;
}

int
tribes_pipe_connect (
    TribesHost *host, const guint8 *address, guint16 port, GSource *watcher, TribesPipe **pipe)
{
  TribesHost *there = tribes_network_find_address (host->network, address);

  if (!there)
    return EHOSTUNREACH;
  *pipe = pipe_new (host, there->number, tribes_network_next_stream (host->network), port);
  tribes_handle_open (&(*pipe)->handle, host, die);
  tribes_pipe_attach (*pipe, watcher);
  post (*pipe, TRIBES_PARCEL_CONNECT, NULL, *pipe, arrive_connect);
  return 0;
}

void
tribes_pipe_attach (TribesPipe *self, GSource *watcher)
{
  self->watch = watch_new (watcher);
  update (self);
}

void
tribes_pipe_watch (TribesPipe *self, GIOCondition condition)
{
  self->watched = condition;
  update (self);
}

gssize
tribes_pipe_send (TribesPipe *self, const guint8 *data, gsize size)
{
  errno = self->error;
  if (self->error != 0)
    return -1;
  if (!self->other)
    {
      errno = EPIPE;
      return -1;
    }
  size = MIN (size, WINDOW - self->used);
  if (size == 0 || !self->connected)
    {
      errno = EAGAIN;
      return -1;
    }
  self->used += size;
  post (self, TRIBES_PARCEL_DATA, g_bytes_new (data, size), self->other, arrive_data);
  update (self);
  return (gssize) size;
}

gssize
tribes_pipe_recv (TribesPipe *self, guint8 *into, gsize room)
{
  gsize size = MIN (room, self->unread->len - self->start);

  if (size == 0)
    {
      errno = self->error != 0 ? self->error : EAGAIN;
      return self->ended && self->error == 0 ? 0 : -1;
    }
  memcpy (into, self->unread->data + self->start, size);
  self->start += (guint) size;
  if (self->start == self->unread->len)
    {
      g_byte_array_set_size (self->unread, 0);
      self->start = 0;
    }
  if (self->other)
    {
      self->other->used -= MIN (size, self->other->used);
      update (self->other);
    }
  update (self);
  return (gssize) size;
}

int
tribes_pipe_get_error (TribesPipe *self)
{
  return self->error;
}

char *
tribes_pipe_describe_peer (TribesPipe *self)
{
  TribesHost *host = tribes_network_get_host (tribes_network_get_current (), self->other_host);

  return g_strdup_printf ("%s:%" G_GUINT64_FORMAT, tribes_host_get_address (host),
                          30000 + self->stream);
}

TribesDoor *
tribes_door_open (TribesHost *host, guint16 port, GSource *watcher)
{
  TribesDoor *self;

  if (find_door (host, port))
    return NULL;
  self = g_new0 (TribesDoor, 1);
  self->port = port;
  self->watch = watch_new (watcher);
  tribes_handle_open (&self->handle, host, close_door);
  return self;
}

void
tribes_door_close (TribesDoor *self)
{
  close_door (self);
  tribes_handle_close (&self->handle);
  g_free (self);
}

TribesPipe *
tribes_door_accept (TribesDoor *self)
{
  TribesPipe *pipe = g_queue_pop_head (&self->waiting);

  if (self->watch && self->waiting.length == 0)
    g_source_set_ready_time (self->watch, -1);
  return pipe;
}
