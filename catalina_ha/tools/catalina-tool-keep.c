/* SPDX-License-Identifier: Apache-2.0
 *
 * The last packets are remembered, up to a number of bytes. A packet leaves for the file when the
 * next one comes: until then something may still be said about it.
 */
#include "catalina_ha/tools/catalina-tool-keep-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "tribes/base/tribes-hash-private.h"
#include "tribes/capture/tribes-pcapng-private.h"

enum
{
  /* Remembered, with what it takes to remember a packet. */
  MAX_REMEMBERED = 16 * 1024 * 1024,
  /* Connections of which more is kept. */
  MAX_WATCHED = 1024,
  SNAP_LENGTH = 262144,
};

/* So long after the last alert of a connection. */
#define AFTER_US (10 * G_USEC_PER_SEC)

/* The end points in the order of their bytes. */
typedef struct
{
  TribesEndpoint low;
  TribesEndpoint high;
} Key;

typedef struct
{
  guint64 number;
  gint64 time_us;
  gsize size;
  gsize sent;
  Key key;
  GPtrArray *comments; /* nullable */
  gboolean is_written;
  guint8 data[];
} Remembered;

typedef struct
{
  Key key;
  gint64 until_us;
} Watched;

struct _CatalinaToolKeep
{
  char *file;
  int fd;
  guint link_type;
  guint64 max_bytes;
  guint64 bytes; /* of the file */
  guint64 kept;
  guint64 refused;
  int error; /* an errno: nothing is written any more */
  GQueue remembered;
  gsize remembered_bytes;
  GHashTable *watched; /* of Watched, by their keys */
  gboolean has_marks;  /* since the last packet was settled */
  GByteArray *out;
};

static guint
key_hash (gconstpointer key)
{
  return tribes_hash_bytes (key, sizeof (Key));
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Key)) == 0;
}

static Key
make_key (const TribesEndpoint *one, const TribesEndpoint *other)
{
  gboolean is_low = memcmp (one, other, sizeof *one) <= 0;

  return (Key){ is_low ? *one : *other, is_low ? *other : *one };
}

static void
remembered_free (gpointer data)
{
  Remembered *packet = data;

  g_clear_pointer (&packet->comments, g_ptr_array_unref);
  g_free (packet);
}

static void
keep_free (CatalinaToolKeep *self)
{
  g_queue_clear_full (&self->remembered, remembered_free);
  g_hash_table_unref (self->watched);
  g_byte_array_unref (self->out);
  g_free (self->file);
  g_free (self);
}

static void
write_out (CatalinaToolKeep *self)
{
  gsize done = 0;

  while (done < self->out->len && self->error == 0)
    {
      gssize n = write (self->fd, self->out->data + done, self->out->len - done);

      if (n >= 0)
        done += (gsize) n;
      else if (errno != EINTR)
        self->error = errno;
    }
  self->bytes += done;
  g_byte_array_set_size (self->out, 0);
}

CatalinaToolKeep *
catalina_tool_keep_open (const char *file, guint64 max_bytes, guint link_type, GError **error)
{
  int fd = g_open (file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  CatalinaToolKeep *self;

  if (fd < 0)
    {
      int reason = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (reason), "%s: %s", file,
                   reason == EEXIST ? "it is there already, and is not overwritten"
                                    : g_strerror (reason));
      return NULL;
    }
  self = g_new0 (CatalinaToolKeep, 1);
  self->file = g_strdup (file);
  self->fd = fd;
  self->max_bytes = max_bytes;
  self->link_type = link_type;
  self->watched = g_hash_table_new_full (key_hash, key_equal, NULL, g_free);
  self->out = g_byte_array_new ();
  tribes_pcapng_begin (self->out, link_type, SNAP_LENGTH);
  write_out (self);
  return self;
}

/* What has no ports goes with all between its addresses: the rest of a datagram in pieces. */
static Key
key_without_ports (const Key *key)
{
  TribesEndpoint low = key->low;
  TribesEndpoint high = key->high;

  low.port = high.port = 0;
  return make_key (&low, &high);
}

static Remembered *
remember (CatalinaToolKeep *self,
          guint64 number,
          gint64 time_us,
          const guint8 *data,
          gsize size,
          gsize sent)
{
  Remembered *packet = g_malloc (sizeof (Remembered) + size);
  TribesPacket parsed;

  *packet = (Remembered){ .number = number, .time_us = time_us, .size = size, .sent = sent };
  memcpy (packet->data, data, size);
  (void) tribes_packet_parse (self->link_type, data, size, sent, &parsed);
  if (parsed.kind != TRIBES_PACKET_OTHER && parsed.kind != TRIBES_PACKET_BROKEN)
    packet->key = make_key (&parsed.from, &parsed.to);
  if (parsed.kind == TRIBES_PACKET_FRAGMENT)
    packet->key = key_without_ports (&packet->key);
  return packet;
}

static void
put (CatalinaToolKeep *self, Remembered *packet)
{
  if (packet->is_written)
    return;
  packet->is_written = TRUE;
  tribes_pcapng_add (self->out, packet->time_us, packet->data, packet->size, packet->sent,
                     packet->comments);
  if (self->bytes + self->out->len > self->max_bytes || self->error != 0)
    {
      g_byte_array_set_size (self->out, 0);
      self->refused++;
      return;
    }
  self->kept++;
  write_out (self);
}

static gboolean
is_watched (CatalinaToolKeep *self, const Remembered *packet)
{
  const Watched *watched = g_hash_table_lookup (self->watched, &packet->key);

  return watched && packet->time_us <= watched->until_us;
}

static gboolean
is_over (gpointer key, gpointer value, gpointer user_data)
{
  return ((const Watched *) value)->until_us < *(const gint64 *) user_data;
}

/* Nothing more is said about the packets that are there. */
static void
settle (CatalinaToolKeep *self)
{
  Remembered *last = g_queue_peek_tail (&self->remembered);

  if (self->has_marks)
    for (GList *link = self->remembered.head; link; link = link->next)
      if (is_watched (self, link->data))
        put (self, link->data);
  if (last && is_watched (self, last))
    put (self, last);
  self->has_marks = FALSE;
}

void
catalina_tool_keep_packet (CatalinaToolKeep *self,
                           guint64 number,
                           gint64 time_us,
                           const guint8 *data,
                           gsize size,
                           gsize sent)
{
  settle (self);
  g_queue_push_tail (&self->remembered, remember (self, number, time_us, data, size, sent));
  self->remembered_bytes += sizeof (Remembered) + size;
  while (self->remembered_bytes > MAX_REMEMBERED && self->remembered.length > 1)
    {
      Remembered *first = g_queue_pop_head (&self->remembered);

      self->remembered_bytes -= sizeof (Remembered) + first->size;
      remembered_free (first);
    }
}

static void
watch (CatalinaToolKeep *self, const Key *key, gint64 now_us)
{
  Watched *watched = g_hash_table_lookup (self->watched, key);

  if (!watched && g_hash_table_size (self->watched) >= MAX_WATCHED)
    g_hash_table_foreach_remove (self->watched, is_over, &now_us);
  if (!watched && g_hash_table_size (self->watched) >= MAX_WATCHED)
    return;
  if (!watched)
    {
      watched = g_new0 (Watched, 1);
      watched->key = *key;
      g_hash_table_insert (self->watched, &watched->key, watched);
    }
  watched->until_us = now_us + AFTER_US;
}

/* The packet of this number, or the last one. */
static Remembered *
find (CatalinaToolKeep *self, guint64 number)
{
  for (GList *link = self->remembered.tail; link; link = link->prev)
    if (((const Remembered *) link->data)->number == number)
      return ((const Remembered *) link->data)->is_written ? g_queue_peek_tail (&self->remembered)
                                                           : link->data;
  return g_queue_peek_tail (&self->remembered);
}

void
catalina_tool_keep_mark (CatalinaToolKeep *self,
                         const TribesEndpoint *one,
                         const TribesEndpoint *other,
                         guint64 number,
                         const char *comment)
{
  const Key key = make_key (one, other);
  const Key pieces = key_without_ports (&key);
  Remembered *packet = find (self, number);
  const Remembered *last = g_queue_peek_tail (&self->remembered);

  if (!packet)
    return;
  watch (self, &key, last->time_us);
  watch (self, &pieces, last->time_us);
  if (!packet->comments)
    packet->comments = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (packet->comments, g_strdup (comment));
  self->has_marks = TRUE;
}

void
catalina_tool_keep_get_counts (CatalinaToolKeep *self, guint64 *kept, guint64 *refused)
{
  settle (self);
  *kept = self->kept;
  *refused = self->refused;
}

gboolean
catalina_tool_keep_close (CatalinaToolKeep *self, GError **error)
{
  int reason;

  settle (self);
  reason = self->error;
  if (close (self->fd) != 0 && reason == 0)
    reason = errno;
  if (self->kept == 0 && self->refused == 0)
    (void) g_unlink (self->file);
  if (reason != 0)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (reason), "%s: %s", self->file,
                 g_strerror (reason));
  keep_free (self);
  return reason == 0;
}
