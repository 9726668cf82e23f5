/* SPDX-License-Identifier: Apache-2.0
 *
 * A source's sink that shows what it is told to those who ask over HTTP, and hands it on to whoever
 * prints it. The source may be read in another thread: a lock is over all that is asked for.
 */
#include "catalina_ha/tools/catalina-tool-view-private.h"

#include <string.h>

#include "catalina_ha/tools/catalina-tool-view-feeds-private.h"
#include "tribes/base/tribes-source-private.h"

/* Messages that may wait for their fate; a power of two. */
#define MAX_TAGS 65536
/* How often they are fetched, in milliseconds. */
#define FETCH_MS 100

/* By which each of those who are told knows a message. */
typedef struct
{
  guint printed;
  guint seen;
} Tags;

struct _CatalinaToolView
{
  GMutex mutex;
  char *kind;
  char *name; /* nullable */
  gboolean show_values;
  gboolean is_over;
  CatalinaMonitor *printer; /* nullable, not owned */
  CatalinaToolViewFeeds *feeds;
  CatalinaSight sight;
  Tags tags[MAX_TAGS];
  guint next_tag;

  GSource *fetcher; /* of the main loop's thread */
};

CatalinaToolView *
catalina_tool_view_new (const char *kind,
                        const char *name,
                        CatalinaMonitor *monitor,
                        const CatalinaMonitorOptions *options)
{
  CatalinaToolView *self = g_new0 (CatalinaToolView, 1);

  g_mutex_init (&self->mutex);
  self->kind = g_strdup (kind);
  self->name = g_strdup (name);
  self->show_values = options->show_values;
  self->printer = monitor;
  self->feeds = catalina_tool_view_feeds_new (options);
  catalina_sight_init (&self->sight, options->show_values);
  return self;
}

void
catalina_tool_view_free (CatalinaToolView *self)
{
  catalina_tool_view_feeds_free (self->feeds);
  catalina_sight_clear (&self->sight);
  g_mutex_clear (&self->mutex);
  g_free (self->kind);
  g_free (self->name);
  g_free (self);
}

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  CatalinaToolView *self = user_data;
  const TribesCaptureSink *sink = catalina_monitor_get_sink ();
  Tags *tags = &self->tags[self->next_tag % MAX_TAGS];
  g_autoptr (GMutexLocker) locker = NULL;

  /* It may wait for who reads the lines; those who ask must not. */
  if (self->printer)
    tags->printed = sink->message (message, wants_ack, self->printer);
  locker = g_mutex_locker_new (&self->mutex);
  catalina_tool_view_feeds_message (self->feeds, self->next_tag, message, wants_ack);
  tags->seen = catalina_sight_get_sink ()->message (message, wants_ack, &self->sight);
  return self->next_tag++;
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  CatalinaToolView *self = user_data;
  const TribesCaptureSink *sink = catalina_monitor_get_sink ();
  const Tags *tags = &self->tags[tag % MAX_TAGS];
  g_autoptr (GMutexLocker) locker = NULL;

  /* Another has its place. */
  if (self->next_tag - tag > MAX_TAGS)
    return;
  if (self->printer)
    sink->fate (tags->printed, fate, latency_us, self->printer);
  locker = g_mutex_locker_new (&self->mutex);
  catalina_tool_view_feeds_fate (self->feeds, tag, fate, latency_us);
  catalina_sight_get_sink ()->fate (tags->seen, fate, latency_us, &self->sight);
}

static void
on_heartbeat (gint64 time_us,
              const TribesEndpoint *from,
              const TribesEndpoint *to,
              const guint8 *data,
              gsize size,
              const TribesMemberFields *fields,
              gpointer user_data)
{
  CatalinaToolView *self = user_data;
  const TribesCaptureSink *sink = catalina_monitor_get_sink ();
  g_autoptr (GMutexLocker) locker = NULL;

  if (self->printer)
    sink->heartbeat (time_us, from, to, data, size, fields, self->printer);
  locker = g_mutex_locker_new (&self->mutex);
  catalina_tool_view_feeds_heartbeat (self->feeds, time_us, from, to, data, size, fields);
  catalina_sight_get_sink ()->heartbeat (time_us, from, to, data, size, fields, &self->sight);
}

const TribesCaptureSink *
catalina_tool_view_get_sink (void)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat };

  return &sink;
}

void
catalina_tool_view_advance (CatalinaToolView *self, gint64 now_us)
{
  g_autoptr (GMutexLocker) locker = NULL;

  if (self->printer)
    catalina_monitor_advance (self->printer, now_us);
  locker = g_mutex_locker_new (&self->mutex);
  catalina_tool_view_feeds_advance (self->feeds, now_us);
}

void
catalina_tool_view_add_log (CatalinaToolView *self, const char *file, const CatalinaLogEntry *entry)
{
  g_autoptr (GMutexLocker) locker = NULL;

  if (self->printer)
    catalina_monitor_add_log (self->printer, file, entry);
  locker = g_mutex_locker_new (&self->mutex);
  catalina_tool_view_feeds_add_log (self->feeds, file, entry);
}

void
catalina_tool_view_finish (CatalinaToolView *self)
{
  g_autoptr (GMutexLocker) locker = NULL;

  if (self->printer)
    catalina_monitor_finish (self->printer);
  locker = g_mutex_locker_new (&self->mutex);
  catalina_tool_view_feeds_finish (self->feeds);
  self->is_over = TRUE;
}

static gboolean
on_fetch (gpointer data)
{
  CatalinaToolView *self = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  catalina_tool_view_feeds_fetch (self->feeds);
  return G_SOURCE_CONTINUE;
}

/* Answers */

static TribesJson
begin (void)
{
  TribesJson json = { .out = g_string_new (NULL) };

  tribes_json_begin_object (&json);
  return json;
}

static void
end (const CatalinaToolRequest *request, TribesJson *json)
{
  tribes_json_end_object (json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, json);
}

static void
get_source (const CatalinaToolRequest *request)
{
  CatalinaToolView *self = request->shown;
  TribesJson json = begin ();

  tribes_json_add_string (&json, "kind", self->kind);
  tribes_json_add_string (&json, "name", self->name);
  tribes_json_add_boolean (&json, "isOver", self->is_over);
  tribes_json_add_boolean (&json, "showsValues", self->show_values);
  if (self->sight.first_us > 0)
    {
      tribes_json_add_int (&json, "from", self->sight.first_us / 1000);
      tribes_json_add_int (&json, "to", self->sight.last_us / 1000);
    }
  tribes_json_add_uint (&json, "messages", self->sight.messages);
  tribes_json_add_uint (&json, "bytes", self->sight.bytes);
  tribes_json_add_uint (&json, "forgottenSessions", self->sight.forgotten);
  tribes_json_add_uint (&json, "eventsLost",
                        catalina_tool_view_feeds_get_lost (self->feeds));
  end (request, &json);
}

static void
get_members (const CatalinaToolRequest *request)
{
  TribesJson json = begin ();

  catalina_tool_view_add_members (&json, &((CatalinaToolView *) request->shown)->sight);
  end (request, &json);
}

static void
get_contexts (const CatalinaToolRequest *request)
{
  TribesJson json = begin ();

  catalina_tool_view_add_contexts (&json, &((CatalinaToolView *) request->shown)->sight);
  end (request, &json);
}

static void
get_series (const CatalinaToolRequest *request)
{
  TribesJson json = begin ();

  catalina_tool_view_add_series (&json, &((CatalinaToolView *) request->shown)->sight);
  end (request, &json);
}

static void
get_health (const CatalinaToolRequest *request)
{
  const CatalinaSight *sight = &((CatalinaToolView *) request->shown)->sight;
  TribesJson json = begin ();

  tribes_json_add_string (&json, "status", "ok");
  tribes_json_add_uint (&json, "members", sight->members->len);
  tribes_json_add_uint (&json, "contexts", sight->contexts->len);
  tribes_json_add_uint (&json, "sessions", sight->ages.length);
  end (request, &json);
}

static void
get_metrics (const CatalinaToolRequest *request)
{
  char *text = catalina_tool_view_format_metrics (&((CatalinaToolView *) request->shown)->sight);

  catalina_tool_http_answer_text (request->message, SOUP_STATUS_OK,
                                  "text/plain; version=0.0.4; charset=utf-8", text, strlen (text));
}

static void
get_events (const CatalinaToolRequest *request)
{
  CatalinaToolView *self = request->shown;
  CatalinaToolFeed *feed = catalina_tool_view_feeds_choose (self->feeds, request);

  if (feed)
    catalina_tool_feed_answer (feed, request->message, request->query);
}

static CatalinaSeenContext *
find_context (const CatalinaToolRequest *request)
{
  return g_hash_table_lookup (((CatalinaToolView *) request->shown)->sight.by_name,
                              request->context);
}

static gboolean
resolve (CatalinaToolRequest *request)
{
  if (find_context (request))
    return TRUE;
  catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND,
                             "nobody has spoken of a context \"%s\" yet", request->context);
  return FALSE;
}

static void
list_sessions (const CatalinaToolRequest *request)
{
  TribesJson json;
  guint offset, limit;

  if (!catalina_tool_http_get_slice (request, &offset, &limit))
    return;
  json = begin ();
  catalina_tool_view_add_sessions (&json, find_context (request), offset, limit);
  end (request, &json);
}

static void
get_session (const CatalinaToolRequest *request)
{
  CatalinaSeenSession *session = catalina_sight_find (&((CatalinaToolView *) request->shown)->sight,
                                                      request->context, request->session);
  TribesJson json;

  if (!session)
    {
      catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND, "no session \"%s\"",
                                 request->session);
      return;
    }
  json = begin ();
  catalina_tool_view_add_session (&json, session);
  end (request, &json);
}

static const CatalinaToolRoute routes[] = {
  { { "" }, "GET, HEAD", .get = catalina_tool_http_get_paths },
  { { "source" }, "GET, HEAD", .get = get_source },
  { { "events" }, "GET", .get = get_events },
  { { "health" }, "GET, HEAD", .get = get_health },
  { { "members" }, "GET, HEAD", .get = get_members },
  { { "metrics" }, "GET, HEAD", .get = get_metrics },
  { { "series" }, "GET, HEAD", .get = get_series },
  { { "contexts" }, "GET, HEAD", .get = get_contexts },
  { { "contexts", "*", "sessions" }, "GET, HEAD", .get = list_sessions },
  { { "contexts", "*", "sessions", "*" }, "GET, HEAD", .get = get_session },
  { { NULL }, NULL },
};

static const CatalinaToolTable table
    = { routes, resolve,
        "expected /source, /health, /members, /series, /events, /contexts, "
        "/contexts/CONTEXT/sessions... or /metrics; / lists all" };

static void
shown_route (gpointer shown, SoupServerMessage *message, const char *path, GHashTable *query)
{
  CatalinaToolView *self = shown;
  CatalinaToolRequest request
      = { .shown = self, .message = message, .query = query };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  catalina_tool_http_dispatch (&table, &request, path);
}

static void
shown_free (gpointer shown)
{
  CatalinaToolView *self = shown;

  tribes_source_clear (&self->fetcher);
  catalina_tool_view_feeds_close (self->feeds);
}

CatalinaToolHttp *
catalina_tool_view_serve (CatalinaToolView *self, const CatalinaToolDoor *door, GError **error)
{
  static const CatalinaToolShownClass klass = { shown_route, shown_free };
  g_autoptr (CatalinaToolHttp) http = NULL;

  catalina_tool_view_feeds_open (self->feeds);
  self->fetcher
      = tribes_source_attach (g_timeout_source_new (FETCH_MS), "[tribes] seen", on_fetch, self);
  http = catalina_tool_http_new_showing (&klass, self, door->token, door->certificate);
  return catalina_tool_door_open (door, http, error) ? g_steal_pointer (&http) : NULL;
}
