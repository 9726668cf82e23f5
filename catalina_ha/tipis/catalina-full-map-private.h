/* SPDX-License-Identifier: Apache-2.0
 *
 * A map of which every member has all, for what stands on it: values by name, what another member
 * puts or takes away, and writes that say when the others have them. What others can make it hold
 * is bounded in number and bytes.
 *
 * Tomcat counterpart: what uses a `ReplicatedMap`.
 */
#pragma once

#include "catalina_ha/tipis/catalina-map-driver-private.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Values are counted and never change. */
typedef struct
{
  const char *what; /* is in it, for messages: "single sign-on" */
  gpointer (*read) (CatalinaMapBytes object, GError **error);
  /* NULL: it cannot be written */
  GBytes *(*write) (gpointer value);
  gpointer (*ref) (gpointer value);
  GDestroyNotify unref;
  gsize (*get_size) (gpointer value); /* in bytes */
  /* Another member has put @value in the place of @old: (nullable). The owner may stop the map. */
  void (*changed) (gpointer owner, const char *key, gpointer value, gpointer old);
  /* Another has taken it away, or all who had it are gone. */
  void (*gone) (gpointer owner, const char *key, gpointer old);
} CatalinaFullMapKind;

typedef struct
{
  const char *name; /* of the map */
  guint send_options;
  gint64 rpc_timeout_ms;
  gint64 access_timeout_ms;
  guint max_entries;
  gsize max_bytes;
} CatalinaFullMapSettings;

typedef struct _CatalinaFullMap CatalinaFullMap;

/* @owner: outlives it */
CatalinaFullMap *catalina_full_map_new (CatalinaMaps *maps,
                                        const CatalinaFullMapSettings *settings,
                                        const CatalinaFullMapKind *kind,
                                        GObject *owner);
/* Stops it. */
void catalina_full_map_free (CatalinaFullMap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaFullMap, catalina_full_map_free)

gboolean catalina_full_map_start (CatalinaFullMap *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What was not sent yet is not any more; it is empty then. */
void catalina_full_map_stop (CatalinaFullMap *self);
gboolean catalina_full_map_is_started (CatalinaFullMap *self);
/* Whether the others' entries came, or there is nobody who has some. */
gboolean catalina_full_map_is_transferred (CatalinaFullMap *self);
/* Other members that have such a map. (element-type TribesMember) (transfer container) */
GPtrArray *catalina_full_map_list_members (CatalinaFullMap *self);

/* (transfer none) (nullable) */
gpointer catalina_full_map_lookup (CatalinaFullMap *self, const char *key);
guint catalina_full_map_get_n_entries (CatalinaFullMap *self);
gsize catalina_full_map_get_bytes (CatalinaFullMap *self);
/* Values that could not be read, or were too many. */
guint64 catalina_full_map_get_refused (CatalinaFullMap *self);
/* In their order. (transfer full) */
char **catalina_full_map_list_keys (CatalinaFullMap *self);

/* A task of the owner's for each, which returns TRUE when the others have it, or the error of the
 * first who could not be reached; it is done here all the same. */
void catalina_full_map_put (CatalinaFullMap *self, const char *key, gpointer value, GTask *task);
/* There has to be such an entry. */
void catalina_full_map_remove (CatalinaFullMap *self, const char *key, GTask *task);
/* For who notices on his own that an entry is another now: nobody is told. */
void catalina_full_map_replace (CatalinaFullMap *self, const char *key, gpointer value);

G_END_DECLS
