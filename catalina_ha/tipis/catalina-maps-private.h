/* SPDX-License-Identifier: Apache-2.0
 *
 * All replicated maps of one channel: what a member says to one is found by the name of the map,
 * without asking the others, and each hears of members and of heartbeats.
 */
#pragma once

#include "catalina_ha/messages/catalina-map-message-private.h"
#include "tribes/channel/tribes-channel.h"

G_BEGIN_DECLS

typedef struct _CatalinaMaps CatalinaMaps;

/* What a map hears of; it may go away meanwhile. */
typedef struct
{
  /* @size: of the whole message */
  void (*receive) (gpointer data,
                   TribesMember *from,
                   const CatalinaMapMessage *message,
                   gsize size);
  void (*member_added) (gpointer data, TribesMember *member);
  void (*member_gone) (gpointer data, TribesMember *member);
  void (*heartbeat) (gpointer data);
} CatalinaMapsListener;

/* @from has a map @name, in UTF-8, which is not here. */
typedef void (*CatalinaMapsUnknownFunc) (const char *name, TribesMember *from, gpointer data);

CatalinaMaps *catalina_maps_new (TribesChannel *channel);
CatalinaMaps *catalina_maps_ref (CatalinaMaps *self);
void catalina_maps_unref (CatalinaMaps *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaMaps, catalina_maps_unref)

TribesChannel *catalina_maps_get_channel (CatalinaMaps *self);
/* @func: (nullable) */
void catalina_maps_set_unknown (CatalinaMaps *self, CatalinaMapsUnknownFunc func, gpointer data);

/* @name: in ISO-8859-1, without NUL. FALSE: there is one of this name. */
gboolean catalina_maps_add (CatalinaMaps *self,
                            const char *name,
                            const CatalinaMapsListener *listener,
                            gpointer data) G_GNUC_WARN_UNUSED_RESULT;
void catalina_maps_remove (CatalinaMaps *self, const char *name);

G_END_DECLS
