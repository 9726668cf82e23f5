/* SPDX-License-Identifier: Apache-2.0
 *
 * Events for clients of the HTTP interface, as server-sent events. The last ones are kept, in a
 * ring bounded in number and bytes; where watching costs something, while somebody asks. An answer
 * has what came since the client's last one and ends; where nothing came it waits for that. A
 * client that reconnects with the last id, as each EventSource does by itself, misses nothing that
 * is still kept, and is told how much is not.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tribes/base/tribes-source-private.h"

#define KEPT_EVENTS 1000
#define KEPT_BYTES  (4 * 1024 * 1024)
/* Clients that wait at a time; each holds a connection. */
#define MAX_WAITING 16
/* Milliseconds: what comes so close together goes in one answer, how long one waits for something,
 * and after how long nobody seems to be interested any more. */
#define GATHER_MS 200
#define HOLD_MS   20000
#define IDLE_MS   60000

typedef struct
{
  guint64 id;
  char *line;
  gsize size;
} Event;

typedef struct
{
  SoupServerMessage *message;
  guint64 after;
  gint64 until_ms;
} Waiting;

struct _CatalinaToolFeed
{
  CatalinaToolFeedFunc watch; /* nullable */
  gpointer data;
  GQueue kept; /* of Event, the oldest first */
  gsize bytes;
  guint64 last_id;
  GPtrArray *waiting; /* of Waiting */
  gint64 asked_ms;    /* when somebody last did */
  GSource *timer;     /* nullable: while somebody asks */
};

static void
event_free (gpointer data)
{
  Event *event = data;

  g_free (event->line);
  g_free (event);
}

static void
drop_oldest (CatalinaToolFeed *self)
{
  Event *oldest = g_queue_pop_head (&self->kept);

  self->bytes -= oldest->size;
  event_free (oldest);
}

void
catalina_tool_feed_put (CatalinaToolFeed *self, const char *line, gsize size)
{
  Event *event = g_new (Event, 1);

  event->id = ++self->last_id;
  event->line = g_strndup (line, size);
  event->size = size;
  g_queue_push_tail (&self->kept, event);
  self->bytes += size;
  while (self->kept.length > KEPT_EVENTS || (self->bytes > KEPT_BYTES && self->kept.length > 1))
    drop_oldest (self);
}

static void
append_event (GString *out, const Event *event)
{
  g_string_append_printf (out, "id: %" G_GUINT64_FORMAT "\ndata: ", event->id);
  g_string_append_len (out, event->line, (gssize) event->size);
  g_string_append (out, "\n\n");
}

/* Also where nothing came: the client then knows from where on. */
static void
answer (CatalinaToolFeed *self, SoupServerMessage *message, guint64 after)
{
  GString *out = g_string_new ("retry: 1000\n\n");
  const Event *oldest = g_queue_peek_head (&self->kept);
  guint64 lost = oldest && oldest->id > after + 1 ? oldest->id - after - 1 : 0;
  gsize size;

  if (lost > 0)
    g_string_append_printf (out,
                            "data: {\"event\":\"events-lost\",\"count\":%" G_GUINT64_FORMAT "}\n\n",
                            lost);
  for (GList *link = self->kept.head; link; link = link->next)
    {
      if (((Event *) link->data)->id > after)
        append_event (out, link->data);
    }
  if (self->last_id <= after || self->kept.length == 0)
    g_string_append_printf (out, "id: %" G_GUINT64_FORMAT "\n\n", self->last_id);
  size = out->len;
  catalina_tool_http_answer_text (message, SOUP_STATUS_OK, "text/event-stream",
                                  g_string_free (out, FALSE), size);
}

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_object_unref (waiting->message);
  g_free (waiting);
}

static void
answer_waiting (CatalinaToolFeed *self, Waiting *waiting)
{
  answer (self, waiting->message, waiting->after);
  soup_server_message_unpause (waiting->message);
}

static void
stop_watching (CatalinaToolFeed *self)
{
  if (!self->timer)
    return;
  tribes_source_clear (&self->timer);
  if (!self->watch)
    return;
  self->watch (self, FALSE, self->data);
  while (self->kept.length > 0)
    drop_oldest (self);
}

static gboolean
on_timer (gpointer data)
{
  CatalinaToolFeed *self = data;
  gint64 now_ms = g_get_monotonic_time () / 1000;

  for (guint i = self->waiting->len; i > 0; i--)
    {
      Waiting *waiting = g_ptr_array_index (self->waiting, i - 1);

      if (self->last_id <= waiting->after && now_ms < waiting->until_ms)
        continue;
      answer_waiting (self, waiting);
      g_ptr_array_remove_index_fast (self->waiting, i - 1);
    }
  if (self->waiting->len == 0 && now_ms - self->asked_ms > IDLE_MS)
    stop_watching (self);
  return G_SOURCE_CONTINUE;
}

static void
begin_watching (CatalinaToolFeed *self)
{
  if (self->timer)
    return;
  if (self->watch)
    self->watch (self, TRUE, self->data);
  self->timer
      = tribes_source_attach (g_timeout_source_new (GATHER_MS), "HTTP events", on_timer, self);
}

CatalinaToolFeed *
catalina_tool_feed_new (CatalinaToolFeedFunc watch, gpointer data)
{
  CatalinaToolFeed *self = g_new0 (CatalinaToolFeed, 1);

  self->watch = watch;
  self->data = data;
  self->waiting = g_ptr_array_new_with_free_func (waiting_free);
  g_queue_init (&self->kept);
  return self;
}

void
catalina_tool_feed_free (CatalinaToolFeed *self)
{
  for (guint i = 0; i < self->waiting->len; i++)
    answer_waiting (self, g_ptr_array_index (self->waiting, i));
  g_ptr_array_unref (self->waiting);
  stop_watching (self);
  while (self->kept.length > 0)
    drop_oldest (self);
  g_free (self);
}

/* FALSE: it is no number, and the request has been answered. Whoever names none wants what comes
 * from now on. */
static gboolean
read_after (CatalinaToolFeed *self, SoupServerMessage *message, GHashTable *query, guint64 *after)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *text = soup_message_headers_get_one (headers, "Last-Event-ID");

  if (!text && query)
    text = g_hash_table_lookup (query, "after");
  *after = self->last_id;
  if (!text || g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, after, NULL))
    return TRUE;
  catalina_tool_http_refuse (message, SOUP_STATUS_BAD_REQUEST,
                             "Last-Event-ID: expected a number, found \"%s\"", text);
  return FALSE;
}

void
catalina_tool_feed_answer (CatalinaToolFeed *self, SoupServerMessage *message, GHashTable *query)
{
  gboolean is_first = self->watch && !self->timer;
  guint64 after;
  Waiting *waiting;

  if (!read_after (self, message, query, &after))
    return;
  self->asked_ms = g_get_monotonic_time () / 1000;
  begin_watching (self);
  /* The number of another run of the node. */
  after = MIN (after, self->last_id);
  if (is_first || after < self->last_id || self->waiting->len >= MAX_WAITING)
    {
      answer (self, message, after);
      return;
    }
  waiting = g_new (Waiting, 1);
  waiting->message = g_object_ref (message);
  waiting->after = after;
  waiting->until_ms = self->asked_ms + HOLD_MS;
  g_ptr_array_add (self->waiting, waiting);
  soup_server_message_pause (message);
}
