/* SPDX-License-Identifier: Apache-2.0
 *
 * What the HTTP interface of a node shows: its cluster, and what happens in it. Whoever asks for
 * some of the events has a feed for these, so that others do not drive them out; how many there are
 * is bounded.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"

/* Filters at a time, of which somebody asks for the events. */
#define MAX_FILTERS 16

typedef struct
{
  CatalinaCluster *cluster;
  char *text;             /* nullable: all events */
  CatalinaFilter *filter; /* nullable: the same */
  CatalinaToolFeed *feed;
  CatalinaToolEvents *watched; /* nullable: while somebody asks for them */
} Watch;

typedef struct
{
  CatalinaCluster *cluster;
  GPtrArray *watches;         /* of Watch; the first for all events */
  CatalinaToolEvents *events; /* nullable, not owned */
} Shown;

static gboolean
feed_line (const char *line, gsize size, gpointer data)
{
  catalina_tool_feed_put (((Watch *) data)->feed, line, size);
  return TRUE;
}

static void
on_watched (CatalinaToolFeed *feed, gboolean is_watched, gpointer data)
{
  Watch *self = data;

  g_clear_pointer (&self->watched, catalina_tool_events_free);
  if (!is_watched)
    return;
  self->watched = catalina_tool_events_new (self->cluster, TRUE, feed_line, self);
  catalina_tool_events_set_filter (self->watched, self->filter);
}

/* Takes @filter. */
static Watch *
watch_new (CatalinaCluster *cluster, const char *text, CatalinaFilter *filter)
{
  Watch *self = g_new0 (Watch, 1);

  self->cluster = cluster;
  self->text = g_strdup (text);
  self->filter = filter;
  self->feed = catalina_tool_feed_new (on_watched, self);
  return self;
}

static void
watch_free (gpointer data)
{
  Watch *self = data;

  catalina_tool_feed_free (self->feed);
  g_clear_pointer (&self->filter, catalina_filter_free);
  g_free (self->text);
  g_free (self);
}

/* (nullable) */
static Watch *
find_watch (Shown *self, const char *text)
{
  for (guint i = 0; i < self->watches->len; i++)
    if (g_strcmp0 (((Watch *) self->watches->pdata[i])->text, text) == 0)
      return self->watches->pdata[i];
  return NULL;
}

/* Those that nobody has asked for lately go. */
static gboolean
has_room (Shown *self)
{
  for (guint i = self->watches->len; i > 1 && self->watches->len > MAX_FILTERS; i--)
    if (!((Watch *) self->watches->pdata[i - 1])->watched)
      g_ptr_array_remove_index (self->watches, i - 1);
  return self->watches->len <= MAX_FILTERS;
}

/* NULL: it makes no sense, or there are too many, and the request has been answered. */
static Watch *
add_watch (Shown *self, SoupServerMessage *message, const char *text)
{
  g_autoptr (GError) error = NULL;
  CatalinaFilter *filter
      = catalina_filter_new (text, catalina_tool_events_get_filter_words (), NULL, &error);

  if (!filter)
    {
      catalina_tool_http_refuse (message, SOUP_STATUS_BAD_REQUEST, "filter: %s", error->message);
      return NULL;
    }
  if (!has_room (self))
    {
      catalina_filter_free (filter);
      catalina_tool_http_refuse (message, SOUP_STATUS_SERVICE_UNAVAILABLE,
                                 "events are asked for with %u filters already", MAX_FILTERS);
      return NULL;
    }
  g_ptr_array_add (self->watches, watch_new (self->cluster, text, filter));
  return self->watches->pdata[self->watches->len - 1];
}

static void
shown_route (gpointer shown, SoupServerMessage *message, const char *path, GHashTable *query)
{
  Shown *self = shown;
  const char *text
      = query && strcmp (path, "/events") == 0 ? g_hash_table_lookup (query, "filter") : NULL;
  Watch *watch = find_watch (self, text);

  if (!watch)
    watch = add_watch (self, message, text);
  if (watch)
    catalina_tool_http_route (self->cluster, watch->feed,
                              self->events ? catalina_tool_events_get_lost (self->events) : 0,
                              message, path, query);
}

static void
shown_free (gpointer shown)
{
  Shown *self = shown;

  g_ptr_array_unref (self->watches);
  g_object_unref (self->cluster);
  g_free (self);
}

CatalinaToolHttp *
catalina_tool_http_new (CatalinaCluster *cluster, const char *token, GTlsCertificate *certificate)
{
  static const CatalinaToolShownClass klass = { shown_route, shown_free };
  Shown *self = g_new0 (Shown, 1);

  self->cluster = g_object_ref (cluster);
  self->watches = g_ptr_array_new_with_free_func (watch_free);
  g_ptr_array_add (self->watches, watch_new (cluster, NULL, NULL));
  return catalina_tool_http_new_showing (&klass, self, token, certificate);
}

void
catalina_tool_http_set_events (CatalinaToolHttp *self, CatalinaToolEvents *events)
{
  ((Shown *) catalina_tool_http_peek_shown (self))->events = events;
}
