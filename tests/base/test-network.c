/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-network-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/base/tribes-stream-private.h"

#define PORT 4000

typedef struct
{
  TribesVirtualClock *clock;
  TribesNetwork *network;
  GMainContext *contexts[2];
  GSource *watcher;
  TribesDoor *door;
  TribesStream client;
  TribesPipe *server;
  guint wakes;
} Fixture;

static gboolean
watcher_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  (*(guint *) data)++;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs watcher_funcs = { .dispatch = watcher_dispatch };

static void
set_up (Fixture *self, gconstpointer data)
{
  self->clock = tribes_virtual_clock_new (1000, 0);
  self->network = tribes_network_new (7);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *address = g_strdup_printf ("10.0.0.%u", i + 1);

      self->contexts[i] = g_main_context_new ();
      g_assert_cmpuint (tribes_network_add_host (self->network, address, self->contexts[i]), ==, i);
    }
  self->watcher = g_source_new (&watcher_funcs, sizeof (GSource));
  g_source_set_callback (self->watcher, NULL, &self->wakes, NULL);
  g_source_attach (self->watcher, self->contexts[0]);
  self->door = tribes_door_open (tribes_network_find_host (self->network, self->contexts[1]), PORT,
                                 self->watcher);
  g_assert_nonnull (self->door);
  self->client = (TribesStream) TRIBES_STREAM_INIT;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tribes_stream_close (&self->client);
  g_clear_pointer (&self->server, tribes_pipe_close);
  g_clear_pointer (&self->door, tribes_door_close);
  tribes_source_clear (&self->watcher);
  tribes_network_free (self->network);
  tribes_virtual_clock_free (self->clock);
  for (guint i = 0; i < 2; i++)
    g_main_context_unref (self->contexts[i]);
}

static int
connect_to (Fixture *self, const char *address, int port)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };

  g_assert_cmpint (inet_pton (AF_INET, address, &in.sin_addr), ==, 1);
  g_assert_cmpint (tribes_stream_open (&self->client, self->watcher, AF_INET), ==, 0);
  return tribes_stream_connect (&self->client, self->contexts[0], (struct sockaddr *) &in,
                                sizeof in);
}

static void
pass (Fixture *self, gint64 us)
{
  gint64 end_us = tribes_clock_get_us () + us;

  while (tribes_network_get_deadline (self->network) <= end_us)
    {
      tribes_virtual_clock_advance (self->clock, tribes_network_get_deadline (self->network));
      tribes_network_deliver (self->network);
    }
  tribes_virtual_clock_advance (self->clock, end_us);
}

static void
connect_both (Fixture *self)
{
  g_assert_cmpint (connect_to (self, "10.0.0.2", PORT), ==, EINPROGRESS);
  pass (self, 1000);
  g_assert_cmpint (tribes_stream_get_error (&self->client), ==, 0);
  g_assert_cmpint (tribes_stream_query (&self->client), ==, G_IO_OUT);
  self->server = tribes_door_accept (self->door);
  g_assert_nonnull (self->server);
  g_assert_null (tribes_door_accept (self->door));
}

static gssize
send_text (Fixture *self, const char *text)
{
  struct iovec vector = { (gpointer) text, strlen (text) };

  return tribes_stream_send (&self->client, &vector, 1);
}

#define assert_arrived(self, text)                                                                 \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint8 buffer_[64];                                                                            \
    gssize size_ = tribes_pipe_recv ((self)->server, buffer_, sizeof buffer_);                     \
                                                                                                   \
    g_assert_cmpmem (buffer_, MAX (size_, 0), text, strlen (text));                                \
  }                                                                                                \
  G_STMT_END

static void
test_stream (Fixture *self, gconstpointer data)
{
  guint8 byte;

  connect_both (self);
  g_assert_cmpint (send_text (self, "one"), ==, 3);
  g_assert_cmpint (tribes_pipe_recv (self->server, &byte, 1), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  g_assert_cmpint (send_text (self, "two"), ==, 3);
  pass (self, 1000);
  assert_arrived (self, "onetwo");
  tribes_stream_close (&self->client);
  pass (self, 1000);
  g_assert_cmpint (tribes_pipe_recv (self->server, &byte, 1), ==, 0);
}

/* Who watches is woken when there is something, and not before. */
static void
test_wakes (Fixture *self, gconstpointer data)
{
  connect_both (self);
  tribes_stream_watch (&self->client, G_IO_IN);
  while (g_main_context_iteration (self->contexts[0], FALSE))
    ;
  self->wakes = 0;
  g_assert_false (g_main_context_iteration (self->contexts[0], FALSE));
  g_assert_cmpint (tribes_pipe_send (self->server, (const guint8 *) "x", 1), ==, 1);
  g_assert_false (g_main_context_iteration (self->contexts[0], FALSE));
  pass (self, 1000);
  g_assert_true (g_main_context_iteration (self->contexts[0], FALSE));
  g_assert_cmpuint (self->wakes, ==, 1);
}

/* No more than a window is under way, and what was read makes room. */
static void
test_window (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autofree guint8 *buffer = g_malloc (100000);
  gsize sent = 0;
  gssize n;

  connect_both (self);
  while ((n = send_text (self, text)) > 0)
    sent += (gsize) n;
  g_assert_cmpint (errno, ==, EAGAIN);
  g_assert_cmpuint (sent, ==, 256 * 1024);
  g_assert_cmpint (tribes_stream_query (&self->client), ==, 0);
  pass (self, 1000);
  g_assert_cmpint (tribes_pipe_recv (self->server, buffer, 100000), ==, 100000);
  g_assert_cmpint (tribes_stream_query (&self->client), ==, G_IO_OUT);
  g_assert_cmpint (send_text (self, text), ==, 100000);
}

static void
test_refused (Fixture *self, gconstpointer data)
{
  g_assert_cmpint (connect_to (self, "10.0.0.2", PORT + 1), ==, EINPROGRESS);
  pass (self, 1000);
  g_assert_cmpint (tribes_stream_get_error (&self->client), ==, ECONNREFUSED);
  tribes_stream_close (&self->client);
  g_assert_cmpint (connect_to (self, "10.9.9.9", PORT), ==, EHOSTUNREACH);
}

/* A path that is cut keeps what is sent; nobody hears of it. */
static void
test_cut (Fixture *self, gconstpointer data)
{
  connect_both (self);
  g_assert_cmpint (send_text (self, "a"), ==, 1);
  tribes_network_set_cut (self->network, 0, 1, TRUE);
  pass (self, 3600 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpint (send_text (self, "b"), ==, 1);
  pass (self, 1000);
  assert_arrived (self, "");
  g_assert_cmpint (send_text (self, "c"), ==, 1);
  tribes_network_set_cut (self->network, 0, 1, FALSE);
  pass (self, 1000);
  assert_arrived (self, "abc");
}

/* The others hear of a process that ends, and its address can be reached again when it is back. */
static void
test_restart (Fixture *self, gconstpointer data)
{
  guint8 byte;

  connect_both (self);
  g_assert_cmpint (tribes_pipe_send (self->server, (const guint8 *) "x", 1), ==, 1);
  tribes_network_restart_host (self->network, 1, NULL);
  pass (self, 1000);
  g_assert_cmpint (tribes_stream_get_error (&self->client), ==, ECONNRESET);
  g_assert_cmpint (tribes_stream_recv (&self->client, &byte, 1), ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
  g_clear_pointer (&self->server, tribes_pipe_close);
  tribes_stream_close (&self->client);
  g_assert_cmpint (connect_to (self, "10.0.0.2", PORT), ==, EINPROGRESS);
  pass (self, 1000);
  g_assert_cmpint (tribes_stream_get_error (&self->client), ==, ECONNREFUSED);
  tribes_stream_close (&self->client);
  g_clear_pointer (&self->door, tribes_door_close);
  tribes_network_restart_host (self->network, 1, self->contexts[1]);
  self->door = tribes_door_open (tribes_network_find_host (self->network, self->contexts[1]), PORT,
                                 self->watcher);
  connect_both (self);
}

/* Whatever is lost, late or of its own speed: a stream has all bytes in their order, only later. */
static void
test_lossy_stream (Fixture *self, gconstpointer data)
{
  TribesPath *path = tribes_network_get_path (self->network, 0, 1);
  char expected[27] = "";

  connect_both (self);
  path->loss = 0.3;
  path->jitter_us = 50000;
  for (char c = 'a'; c <= 'z'; c++)
    {
      const char text[] = { c, 0 };

      g_assert_cmpint (send_text (self, text), ==, 1);
      g_strlcat (expected, text, sizeof expected);
      pass (self, 100);
    }
  pass (self, 100 * (gint64) G_USEC_PER_SEC);
  assert_arrived (self, expected);
}

static guint
count_letters (TribesMailbox *box, guint *out_of_order)
{
  guint n = 0, from;
  guint8 last = 0;
  GBytes *letter;

  while ((letter = tribes_mailbox_take (box, &from)))
    {
      const guint8 *at = g_bytes_get_data (letter, NULL);

      g_assert_cmpuint (from, ==, 0);
      *out_of_order += *at < last;
      last = *at;
      n++;
      g_bytes_unref (letter);
    }
  return n;
}

static void
test_datagrams (Fixture *self, gconstpointer data)
{
  TribesPath *path = tribes_network_get_path (self->network, 0, 1);
  TribesMailbox *a
      = tribes_mailbox_open (tribes_network_find_host (self->network, self->contexts[0]), "g:1");
  TribesMailbox *b
      = tribes_mailbox_open (tribes_network_find_host (self->network, self->contexts[1]), "g:1");
  TribesMailbox *other
      = tribes_mailbox_open (tribes_network_find_host (self->network, self->contexts[1]), "g:2");
  guint out_of_order = 0;

  tribes_mailbox_join (b);
  tribes_mailbox_join (other);
  for (guint8 i = 0; i < 200; i++)
    tribes_mailbox_send (a, &i, 1);
  pass (self, 1000);
  g_assert_cmpuint (count_letters (b, &out_of_order), ==, 200);
  g_assert_cmpuint (out_of_order, ==, 0);
  path->loss = 0.5;
  path->reorder = 0.2;
  for (guint8 i = 0; i < 200; i++)
    tribes_mailbox_send (a, &i, 1);
  pass (self, G_USEC_PER_SEC);
  g_assert_cmpint (ABS ((int) count_letters (b, &out_of_order) - 100), <, 40);
  g_assert_cmpuint (out_of_order, >, 5);
  tribes_network_set_cut (self->network, 0, 1, TRUE);
  tribes_mailbox_send (a, (const guint8 *) "x", 1);
  pass (self, 1000);
  tribes_network_set_cut (self->network, 0, 1, FALSE);
  pass (self, 1000);
  g_assert_cmpuint (count_letters (b, &out_of_order), ==, 0);
  g_assert_cmpuint (count_letters (other, &out_of_order), ==, 0);
  tribes_mailbox_close (a);
  tribes_mailbox_close (b);
  tribes_mailbox_close (other);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define add(name, func) g_test_add ("/base/network/" name, Fixture, NULL, set_up, func, tear_down)
  add ("stream", test_stream);
  add ("wakes", test_wakes);
  add ("window", test_window);
  add ("refused", test_refused);
  add ("cut", test_cut);
  add ("restart", test_restart);
  add ("lossy-stream", test_lossy_stream);
  add ("datagrams", test_datagrams);
  return g_test_run ();
}
