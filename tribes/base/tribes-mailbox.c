/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets for datagrams to a group, on the network in memory. Everyone who joined gets one, also
 * who sent it; what is not taken in time is lost.
 */
#include "tribes/base/tribes-network-post-private.h"

/* Datagrams that wait, of the default size of a receive buffer. */
#define MAX_WAITING 512

struct _TribesMailbox
{
  TribesHandle handle;
  char *group;
  gboolean joined;
  GSource *watch; /* (nullable) */
  GQueue waiting; /* of Letter */
};

typedef struct
{
  GBytes *bytes;
  guint from;
} Letter;

static void
letter_free (gpointer data)
{
  g_bytes_unref (((Letter *) data)->bytes);
  g_free (data);
}

/* Nothing comes any more. */
static void
die (gpointer data)
{
  TribesMailbox *self = data;

  self->joined = FALSE;
}

TribesMailbox *
tribes_mailbox_open (TribesHost *host, const char *group)
{
  TribesMailbox *self = g_new0 (TribesMailbox, 1);

  self->group = g_strdup (group);
  tribes_handle_open (&self->handle, host, die);
  return self;
}

void
tribes_mailbox_close (TribesMailbox *self)
{
  tribes_handle_close (&self->handle);
  g_clear_pointer (&self->watch, g_source_unref);
  g_queue_clear_full (&self->waiting, letter_free);
  g_free (self->group);
  g_free (self);
}

void
tribes_mailbox_join (TribesMailbox *self)
{
  self->joined = TRUE;
}

static void
update (TribesMailbox *self)
{
  if (self->watch)
    g_source_set_ready_time (self->watch, self->waiting.length > 0 ? 0 : -1);
}

static gboolean
watch_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs watch_funcs = { .dispatch = watch_dispatch };

GSource *
tribes_mailbox_create_source (TribesMailbox *self)
{
  g_clear_pointer (&self->watch, g_source_unref);
  self->watch = g_source_new (&watch_funcs, sizeof (GSource));
  update (self);
  return g_source_ref (self->watch);
}

/* FALSE: nobody at @host wants it. */
static gboolean
put (TribesHost *host, const char *group, GBytes *bytes, guint from)
{
  gboolean any = FALSE;

  for (GList *node = host->handles.head; node; node = node->next)
    {
      TribesMailbox *self = node->data;
      Letter *letter;

      if (self->handle.die != die || !self->joined || !g_str_equal (self->group, group)
          || self->waiting.length >= MAX_WAITING)
        continue;
      letter = g_new (Letter, 1);
      *letter = (Letter){ g_bytes_ref (bytes), from };
      g_queue_push_tail (&self->waiting, letter);
      update (self);
      any = TRUE;
    }
  return any;
}

/* Whoever is there by now. */
static TribesParcelFate
arrive (TribesPost *post)
{
  TribesHost *host = tribes_network_get_host (tribes_network_get_current (), post->parcel.to);

  return put (host, post->target, post->bytes, post->parcel.from) ? TRIBES_PARCEL_ARRIVED
                                                                  : TRIBES_PARCEL_REFUSED;
}

/* On its own host it is at once: a process that follows there hears nothing of the one before. */
void
tribes_mailbox_send (TribesMailbox *self, const guint8 *data, gsize size)
{
  TribesNetwork *network = tribes_network_get_current ();
  TribesHost *host = self->handle.host;
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  for (guint i = 0; host && i < tribes_network_get_n_hosts (network); i++)
    {
      const TribesParcel parcel = { .kind = TRIBES_PARCEL_DATAGRAM, .from = host->number, .to = i };

      if (i == host->number)
        put (host, self->group, bytes, i);
      else
        tribes_network_post (network, &parcel, g_bytes_ref (bytes), NULL, arrive,
                             g_strdup (self->group), g_free);
    }
}

GBytes *
tribes_mailbox_take (TribesMailbox *self, guint *from)
{
  Letter *letter = g_queue_pop_head (&self->waiting);
  GBytes *bytes;

  update (self);
  if (!letter)
    return NULL;
  bytes = g_bytes_ref (letter->bytes);
  *from = letter->from;
  letter_free (letter);
  return bytes;
}
