/* SPDX-License-Identifier: Apache-2.0
 *
 * Hosts, the paths between them and what is under way on those. Everything arrives when its time
 * has come and in the order of its times, and of what was sent first where these are the same.
 */
#include "tribes/base/tribes-network-post-private.h"

#include <arpa/inet.h>

#include "tribes/base/tribes-clock-private.h"

/* After that long TCP sends again what was not acknowledged, then after twice as long... */
#define RESEND_US   200000
#define MAX_RESENDS 6
/* What is late is no more than that late. */
#define MAX_REORDER_US 5000
/* Between hosts of one cabinet. */
#define DEFAULT_DELAY_US 100

typedef struct
{
  TribesPath public;
  GQueue held; /* of TribesPost, in their order */
} Path;

struct _TribesNetwork
{
  GRand *random;
  GPtrArray *hosts;  /* of TribesHost, owned */
  GHashTable *paths; /* from << 32 | to -> Path */
  GTree *posts;      /* of TribesPost, owned */
  guint64 serial;
  guint64 streams;
  TribesNetworkTap tap; /* (nullable) */
  gpointer tap_data;
};

static _Thread_local TribesNetwork *current;

static void
post_free (gpointer data)
{
  TribesPost *post = data;

  g_clear_pointer (&post->bytes, g_bytes_unref);
  if (post->target)
    post->release (post->target);
  g_free (post);
}

static int
compare_posts (gconstpointer a, gconstpointer b, gpointer data)
{
  const TribesPost *x = a, *y = b;

  if (x->us != y->us)
    return x->us < y->us ? -1 : 1;
  return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void
path_free (gpointer data)
{
  Path *path = data;

  g_queue_clear_full (&path->held, post_free);
  g_free (path);
}

static void
host_free (gpointer data)
{
  TribesHost *host = data;

  g_clear_pointer (&host->context, g_main_context_unref);
  g_free (host->text);
  g_free (host);
}

TribesNetwork *
tribes_network_new (guint32 seed)
{
  TribesNetwork *self;

  g_return_val_if_fail (!current, NULL);
  self = g_new0 (TribesNetwork, 1);
  self->random = g_rand_new_with_seed (seed);
  self->hosts = g_ptr_array_new_with_free_func (host_free);
  self->paths = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, path_free);
  self->posts = g_tree_new_full (compare_posts, NULL, NULL, post_free);
  current = self;
  return self;
}

void
tribes_network_free (TribesNetwork *self)
{
  g_return_if_fail (current == self);
  for (guint i = 0; i < self->hosts->len; i++)
    tribes_network_restart_host (self, i, NULL);
  g_tree_unref (self->posts);
  g_hash_table_unref (self->paths);
  current = NULL;
  g_ptr_array_unref (self->hosts);
  g_rand_free (self->random);
  g_free (self);
}

TribesNetwork *
tribes_network_get_current (void)
{
  return current;
}

void
tribes_network_set_tap (TribesNetwork *self, TribesNetworkTap tap, gpointer data)
{
  self->tap = tap;
  self->tap_data = data;
}

GRand *
tribes_network_get_random (TribesNetwork *self)
{
  return self->random;
}

guint64
tribes_network_next_stream (TribesNetwork *self)
{
  self->streams += 2;
  return self->streams - 1;
}

TribesHost *
tribes_network_get_host (TribesNetwork *self, guint number)
{
  return g_ptr_array_index (self->hosts, number);
}

guint
tribes_network_get_n_hosts (TribesNetwork *self)
{
  return self->hosts->len;
}

TribesHost *
tribes_network_find_address (TribesNetwork *self, const guint8 *address)
{
  for (guint i = 0; i < self->hosts->len; i++)
    if (memcmp (tribes_network_get_host (self, i)->address, address, 4) == 0)
      return tribes_network_get_host (self, i);
  return NULL;
}

TribesHost *
tribes_network_find_host (TribesNetwork *self, GMainContext *context)
{
  for (guint i = 0; context && i < self->hosts->len; i++)
    if (tribes_network_get_host (self, i)->context == context)
      return tribes_network_get_host (self, i);
  return NULL;
}

const char *
tribes_host_get_address (TribesHost *self)
{
  return self->text;
}

const char *
tribes_network_get_host_address (TribesNetwork *self, guint number)
{
  return tribes_network_get_host (self, number)->text;
}

guint
tribes_network_add_host (TribesNetwork *self, const char *address, GMainContext *context)
{
  TribesHost *host = g_new0 (TribesHost, 1);

  host->network = self;
  host->number = self->hosts->len;
  host->text = g_strdup (address);
  host->context = g_main_context_ref (context);
  if (inet_pton (AF_INET, address, host->address) != 1)
    g_error ("\"%s\" is no address", address);
  g_ptr_array_add (self->hosts, host);
  return host->number;
}

void
tribes_handle_open (TribesHandle *self, TribesHost *host, void (*die) (gpointer self))
{
  self->host = host;
  self->die = die;
  self->node.data = self;
  g_queue_push_tail_link (&host->handles, &self->node);
}

void
tribes_handle_close (TribesHandle *self)
{
  if (self->host)
    g_queue_unlink (&self->host->handles, &self->node);
  self->host = NULL;
}

void
tribes_network_restart_host (TribesNetwork *self, guint number, GMainContext *context)
{
  TribesHost *host = tribes_network_get_host (self, number);
  TribesHandle *handle;

  while ((handle = g_queue_peek_head (&host->handles)))
    {
      handle->die (handle);
      tribes_handle_close (handle);
    }
  g_clear_pointer (&host->context, g_main_context_unref);
  host->context = context ? g_main_context_ref (context) : NULL;
}

static Path *
find_path (TribesNetwork *self, guint from, guint to)
{
  const gint64 key = (gint64) ((guint64) from << 32 | to);
  Path *path = g_hash_table_lookup (self->paths, &key);

  if (path)
    return path;
  path = g_new0 (Path, 1);
  path->public.delay_us = from == to ? 0 : DEFAULT_DELAY_US;
  g_hash_table_insert (self->paths, g_memdup2 (&key, sizeof key), path);
  return path;
}

TribesPath *
tribes_network_get_path (TribesNetwork *self, guint from, guint to)
{
  return &find_path (self, from, to)->public;
}

static void
tell (TribesNetwork *self, TribesPost *post, TribesParcelFate fate)
{
  post->parcel.fate = fate;
  if (self->tap)
    self->tap (&post->parcel, self->tap_data);
}

void
tribes_network_set_cut (TribesNetwork *self, guint from, guint to, gboolean is_cut)
{
  Path *path = find_path (self, from, to);
  TribesPost *post;

  path->public.is_cut = is_cut;
  /* They have an earlier time than whatever was sent behind them. */
  while (!is_cut && (post = g_queue_pop_head (&path->held)))
    g_tree_insert (self->posts, post, post);
}

static gboolean
draw (TribesNetwork *self, double probability)
{
  return probability > 0 && g_rand_double (self->random) < probability;
}

/* How long it takes. A packet of a stream is sent again until it gets there. */
static gint64
draw_delay (TribesNetwork *self, const TribesPath *path, TribesPost *post, gboolean is_datagram)
{
  gint64 us = path->delay_us;

  if (path->jitter_us > 0)
    us += (gint64) (g_rand_double (self->random) * (double) path->jitter_us);
  if (is_datagram)
    return us
           + (draw (self, path->reorder) ? g_rand_int_range (self->random, 1, MAX_REORDER_US) : 0);
  for (guint i = 0; i < MAX_RESENDS && draw (self, path->loss); i++)
    {
      us += (gint64) RESEND_US << i;
      tell (self, post, TRIBES_PARCEL_LOST);
    }
  return us;
}

void
tribes_network_post (TribesNetwork *self,
                     const TribesParcel *parcel,
                     GBytes *bytes,
                     gint64 *last_us,
                     TribesParcelFate (*arrive) (TribesPost *post),
                     gpointer target,
                     GDestroyNotify release)
{
  TribesPost *post = g_new0 (TribesPost, 1);
  const TribesPath *path = tribes_network_get_path (self, parcel->from, parcel->to);

  *post = (TribesPost){ *parcel, bytes,  tribes_clock_get_us (), self->serial++, arrive,
                        target,  release };
  if (bytes)
    post->parcel.data = g_bytes_get_data (bytes, &post->parcel.size);
  if (!last_us && draw (self, path->loss))
    {
      tell (self, post, TRIBES_PARCEL_LOST);
      post_free (post);
      return;
    }
  post->us += draw_delay (self, path, post, !last_us);
  if (last_us)
    *last_us = post->us = MAX (*last_us, post->us);
  g_tree_insert (self->posts, post, post);
}

gint64
tribes_network_get_deadline (TribesNetwork *self)
{
  GTreeNode *node = g_tree_node_first (self->posts);

  return node ? ((TribesPost *) g_tree_node_key (node))->us : G_MAXINT64;
}

static void
deliver_post (TribesNetwork *self, TribesPost *post)
{
  Path *path = find_path (self, post->parcel.from, post->parcel.to);

  if (!path->public.is_cut)
    tell (self, post, post->arrive (post));
  else if (post->parcel.kind == TRIBES_PARCEL_DATAGRAM)
    tell (self, post, TRIBES_PARCEL_LOST);
  else
    {
      tell (self, post, TRIBES_PARCEL_HELD);
      g_queue_push_tail (&path->held, post);
      return;
    }
  post_free (post);
}

void
tribes_network_deliver (TribesNetwork *self)
{
  while (tribes_network_get_deadline (self) <= tribes_clock_get_us ())
    {
      TribesPost *post = g_tree_node_key (g_tree_node_first (self->posts));

      g_tree_steal (self->posts, post);
      deliver_post (self, post);
    }
}
