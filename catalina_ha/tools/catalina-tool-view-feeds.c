/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-view-feeds-private.h"

#include <string.h>

#include "catalina_ha/monitor/catalina-monitor-filter-private.h"

enum
{
  /* Messages that may wait for their fate; a power of two. */
  MAX_TAGS = 65536,
  /* Events that wait for the main loop; more than are kept for clients have no use. */
  MAX_LINES = 1000,
  /* Filters at a time; each looks at all that is seen. */
  MAX_FILTERS = 4,
};

/* Nobody asks with a filter any more. */
#define IDLE_US   (60 * G_USEC_PER_SEC)

#define HEARTBEAT "heartbeat"

typedef struct
{
  char *text;             /* nullable: all events */
  CatalinaFilter *filter; /* nullable: the same */
  CatalinaMonitor *monitor;
  guint *tags;            /* of MAX_TAGS: by which the monitor knows a message */
  guint first_tag;        /* messages before it has not been told of */
  GQueue lines;           /* of char*: events on their way to the feed */
  gint64 asked_us;        /* when somebody did last */
  CatalinaToolFeed *feed; /* nullable */
} Watch;

struct _CatalinaToolViewFeeds
{
  CatalinaMonitorOptions options;
  GPtrArray *watches; /* of Watch; the first for all events */
  guint next_tag;
  guint64 lost;
  gboolean is_over;
};

/* What everybody announces twice a second is no event for people, but for who asks for it. */
static gboolean
is_wanted (const Watch *watch, const char *line)
{
  static const char heartbeat[] = "{\"v\":1,\"event\":\"" HEARTBEAT "\"";

  return strncmp (line, heartbeat, sizeof heartbeat - 1) != 0
         || (watch->filter && catalina_filter_names_event (watch->filter, HEARTBEAT));
}

static gboolean
on_line (const char *line, gsize size, const char *details, gpointer user_data)
{
  Watch *watch = user_data;

  if (is_wanted (watch, line))
    g_queue_push_tail (&watch->lines, g_strndup (line, size));
  return TRUE;
}

static void
drop_oldest (CatalinaToolViewFeeds *self, Watch *watch)
{
  for (; watch->lines.length > MAX_LINES; self->lost++)
    g_free (g_queue_pop_head (&watch->lines));
}

/* Takes @filter. */
static Watch *
watch_new (CatalinaToolViewFeeds *self, const char *text, CatalinaFilter *filter)
{
  Watch *watch = g_new0 (Watch, 1);
  CatalinaMonitorOptions options = self->options;

  watch->text = g_strdup (text);
  watch->filter = filter;
  watch->tags = g_new0 (guint, MAX_TAGS);
  watch->first_tag = self->next_tag;
  watch->asked_us = g_get_monotonic_time ();
  g_queue_init (&watch->lines);
  if (filter)
    options.filter = filter;
  watch->monitor = catalina_monitor_new (&options, on_line, watch);
  return watch;
}

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_clear_pointer (&watch->feed, catalina_tool_feed_free);
  catalina_monitor_free (watch->monitor);
  g_clear_pointer (&watch->filter, catalina_filter_free);
  g_queue_clear_full (&watch->lines, g_free);
  g_free (watch->tags);
  g_free (watch->text);
  g_free (watch);
}

CatalinaToolViewFeeds *
catalina_tool_view_feeds_new (const CatalinaMonitorOptions *options)
{
  CatalinaToolViewFeeds *self = g_new0 (CatalinaToolViewFeeds, 1);

  self->options = *options;
  self->options.style = TRIBES_JSON_COMPACT;
  self->options.template = NULL;
  self->watches = g_ptr_array_new_with_free_func (watch_free);
  g_ptr_array_add (self->watches, watch_new (self, NULL, NULL));
  return self;
}

void
catalina_tool_view_feeds_free (CatalinaToolViewFeeds *self)
{
  g_ptr_array_unref (self->watches);
  g_free (self);
}

/* What is told */

void
catalina_tool_view_feeds_message (CatalinaToolViewFeeds *self,
                                  guint tag,
                                  const TribesCapturedMessage *message,
                                  gboolean wants_ack)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      Watch *watch = self->watches->pdata[i];

      watch->tags[tag % MAX_TAGS]
          = catalina_monitor_get_sink ()->message (message, wants_ack, watch->monitor);
      drop_oldest (self, watch);
    }
  self->next_tag = tag + 1;
}

void
catalina_tool_view_feeds_fate (CatalinaToolViewFeeds *self,
                               guint tag,
                               TribesFate fate,
                               gint64 latency_us)
{
  /* Another has its place. */
  if (self->next_tag - tag > MAX_TAGS)
    return;
  for (guint i = 0; i < self->watches->len; i++)
    {
      Watch *watch = self->watches->pdata[i];

      if (self->next_tag - tag > self->next_tag - watch->first_tag)
        continue;
      catalina_monitor_get_sink ()->fate (watch->tags[tag % MAX_TAGS], fate, latency_us,
                                          watch->monitor);
      drop_oldest (self, watch);
    }
}

void
catalina_tool_view_feeds_heartbeat (CatalinaToolViewFeeds *self,
                                    gint64 time_us,
                                    const TribesEndpoint *from,
                                    const TribesEndpoint *to,
                                    const guint8 *data,
                                    gsize size,
                                    const TribesMemberFields *fields)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      Watch *watch = self->watches->pdata[i];

      catalina_monitor_get_sink ()->heartbeat (time_us, from, to, data, size, fields,
                                               watch->monitor);
      drop_oldest (self, watch);
    }
}

void
catalina_tool_view_feeds_advance (CatalinaToolViewFeeds *self, gint64 now_us)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      catalina_monitor_advance (((Watch *) self->watches->pdata[i])->monitor, now_us);
      drop_oldest (self, self->watches->pdata[i]);
    }
}

void
catalina_tool_view_feeds_add_log (CatalinaToolViewFeeds *self,
                                  const char *file,
                                  const CatalinaLogEntry *entry)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      catalina_monitor_add_log (((Watch *) self->watches->pdata[i])->monitor, file, entry);
      drop_oldest (self, self->watches->pdata[i]);
    }
}

void
catalina_tool_view_feeds_finish (CatalinaToolViewFeeds *self)
{
  self->is_over = TRUE;
  for (guint i = 0; i < self->watches->len; i++)
    {
      catalina_monitor_finish (((Watch *) self->watches->pdata[i])->monitor);
      drop_oldest (self, self->watches->pdata[i]);
    }
}

guint64
catalina_tool_view_feeds_get_lost (const CatalinaToolViewFeeds *self)
{
  return self->lost;
}

/* Who asks */

void
catalina_tool_view_feeds_open (CatalinaToolViewFeeds *self)
{
  ((Watch *) self->watches->pdata[0])->feed = catalina_tool_feed_new (NULL, NULL);
}

void
catalina_tool_view_feeds_close (CatalinaToolViewFeeds *self)
{
  g_ptr_array_set_size (self->watches, 1);
  g_clear_pointer (&((Watch *) self->watches->pdata[0])->feed, catalina_tool_feed_free);
}

void
catalina_tool_view_feeds_fetch (CatalinaToolViewFeeds *self)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      Watch *watch = self->watches->pdata[i];
      char *line;

      while ((line = g_queue_pop_head (&watch->lines)))
        {
          catalina_tool_feed_put (watch->feed, line, strlen (line));
          g_free (line);
        }
    }
}

/* (nullable) */
static Watch *
find_watch (CatalinaToolViewFeeds *self, const char *text)
{
  for (guint i = 0; i < self->watches->len; i++)
    if (g_strcmp0 (((Watch *) self->watches->pdata[i])->text, text) == 0)
      return self->watches->pdata[i];
  return NULL;
}

/* Those that nobody has asked with lately go. */
static gboolean
has_room (CatalinaToolViewFeeds *self)
{
  gint64 before_us = g_get_monotonic_time () - IDLE_US;

  for (guint i = self->watches->len; i > 1 && self->watches->len > MAX_FILTERS; i--)
    if (((Watch *) self->watches->pdata[i - 1])->asked_us < before_us)
      g_ptr_array_remove_index (self->watches, i - 1);
  return self->watches->len <= MAX_FILTERS;
}

/* NULL: it has been answered. */
static Watch *
add_watch (CatalinaToolViewFeeds *self, SoupServerMessage *message, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaFilter) filter
      = catalina_filter_new (text, catalina_monitor_get_filter_words (), NULL, &error);
  Watch *watch;

  if (!filter)
    catalina_tool_http_refuse (message, SOUP_STATUS_BAD_REQUEST, "filter: %s", error->message);
  else if (self->is_over)
    catalina_tool_http_refuse (message, SOUP_STATUS_CONFLICT,
                               "the capture is at its end, and a filter is for what comes: "
                               "--filter is for all of it");
  else if (!has_room (self))
    catalina_tool_http_refuse (message, SOUP_STATUS_SERVICE_UNAVAILABLE,
                               "events are asked for with %u filters already", MAX_FILTERS);
  else
    {
      watch = watch_new (self, text, g_steal_pointer (&filter));
      watch->feed = catalina_tool_feed_new (NULL, NULL);
      g_ptr_array_add (self->watches, watch);
      return watch;
    }
  return NULL;
}

CatalinaToolFeed *
catalina_tool_view_feeds_choose (CatalinaToolViewFeeds *self, const CatalinaToolRequest *request)
{
  const char *text = request->query ? g_hash_table_lookup (request->query, "filter") : NULL;
  Watch *watch = find_watch (self, text);

  if (!watch)
    watch = add_watch (self, request->message, text);
  if (!watch)
    return NULL;
  watch->asked_us = g_get_monotonic_time ();
  return watch->feed;
}
