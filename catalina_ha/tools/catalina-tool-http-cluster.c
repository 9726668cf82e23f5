/* SPDX-License-Identifier: Apache-2.0
 *
 * What the HTTP interface of a node shows: its cluster, and what happens in it.
 */
#include "catalina_ha/tools/catalina-tool-http-private.h"

typedef struct
{
  CatalinaCluster *cluster;
  CatalinaToolFeed *feed;
  CatalinaToolEvents *watched; /* nullable: while somebody asks for events */
  CatalinaToolEvents *events;  /* nullable, not owned */
} Shown;

static gboolean
feed_line (const char *line, gsize size, gpointer data)
{
  catalina_tool_feed_put (((Shown *) data)->feed, line, size);
  return TRUE;
}

static void
on_watched (CatalinaToolFeed *feed, gboolean is_watched, gpointer data)
{
  Shown *self = data;

  if (is_watched)
    self->watched = catalina_tool_events_new (self->cluster, TRUE, feed_line, self);
  else
    g_clear_pointer (&self->watched, catalina_tool_events_free);
}

static void
shown_route (gpointer shown, SoupServerMessage *message, const char *path, GHashTable *query)
{
  Shown *self = shown;

  catalina_tool_http_route (self->cluster, self->feed,
                            self->events ? catalina_tool_events_get_lost (self->events) : 0,
                            message, path, query);
}

static void
shown_free (gpointer shown)
{
  Shown *self = shown;

  catalina_tool_feed_free (self->feed);
  g_object_unref (self->cluster);
  g_free (self);
}

CatalinaToolHttp *
catalina_tool_http_new (CatalinaCluster *cluster, const char *token, GTlsCertificate *certificate)
{
  static const CatalinaToolShownClass klass = { shown_route, shown_free };
  Shown *self = g_new0 (Shown, 1);

  self->cluster = g_object_ref (cluster);
  self->feed = catalina_tool_feed_new (on_watched, self);
  return catalina_tool_http_new_showing (&klass, self, token, certificate);
}

void
catalina_tool_http_set_events (CatalinaToolHttp *self, CatalinaToolEvents *events)
{
  ((Shown *) catalina_tool_http_peek_shown (self))->events = events;
}
