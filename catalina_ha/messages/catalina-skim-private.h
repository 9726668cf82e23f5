/* SPDX-License-Identifier: Apache-2.0
 *
 * What a session message and a delta say, for those who watch and keep nothing: everything is
 * borrowed, and where they look as they usually do nothing is allocated. What looks otherwise is
 * read by the codecs, with the same result.
 */
#pragma once

#include "catalina_ha/messages/catalina-map-message-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/channel/tribes-wrapping-private.h"

G_BEGIN_DECLS

/* @text is NULL for Java's null, and for what is not there. */
typedef struct
{
  const char *text;
  gsize size;
} CatalinaSpan;

/* Of a replicated map: alone, or what a question or an answer carries. */
typedef struct
{
  CatalinaMapMessage message; /* without a type where the answer is nothing, or nobody */
  TribesRpcKind rpc;          /* TRIBES_RPC_NONE: alone */
  gboolean has_sessions;      /* as the map of a BackupManager; others have other entries */
  CatalinaSpan class_name;    /* of the object that it brings */
  char *name;                 /* nullable: of the map */
  char *key;                  /* nullable: of the entry, where it is not borrowed */
  GBytes *owner;              /* nullable: what the message is borrowed from */
} CatalinaSkimMap;

typedef struct
{
  gint event; /* CatalinaSessionEvent, or what a newer Tomcat means */
  gint64 timestamp;
  CatalinaSpan context;
  CatalinaSpan session;
  const guint8 *data; /* nullable */
  gsize data_size;
  gsize data_full_size; /* more than @data_size where the message is cut off */
  CatalinaSkimMap *map; /* nullable */
  /* Of a map that has sessions: the whole one, if that is what the message carries. */
  const guint8 *object; /* nullable */
  gsize object_size;
  TribesWrapping wrapping;       /* of any message */
  GBytes *unwrapped;             /* nullable: the payload without what interceptors did to it */
  CatalinaSessionMessage *owner; /* nullable: what the others are borrowed from */
} CatalinaSkim;

/* FALSE: this is no session message. Of one that is cut off, what is there. What interceptors put
 * behind it is told, and no part of it. */
gboolean catalina_skim (const guint8 *payload, gsize size, CatalinaSkim *skim);
/* The same of a message of a replicated map: its context, which is the name of a map that has no
 * sessions, the session or whatever the key is, and as its data what changed in a session. FALSE:
 * it is no such message. */
gboolean catalina_skim_map (const guint8 *payload, gsize size, CatalinaSkim *skim);
/* The same of a question or an answer that carries one. */
gboolean catalina_skim_rpc (const guint8 *payload, gsize size, CatalinaSkim *skim);
void catalina_skim_map_free (CatalinaSkimMap *map);
void catalina_skim_clear (CatalinaSkim *skim);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaSkim, catalina_skim_clear)

typedef void (*CatalinaSkimEntryFunc) (const CatalinaSkim *entry, gpointer user_data);

/* Whether it answers for a whole map, entry by entry. */
gboolean catalina_skim_has_entries (const CatalinaSkim *skim);
/* Calls @func for each, as if it had been sent alone. FALSE: they are broken; @func was called for
 * those in front of that. */
gboolean
catalina_skim_entries (const CatalinaSkim *skim, CatalinaSkimEntryFunc func, gpointer user_data);

typedef struct
{
  gint32 type;   /* CatalinaDeltaType */
  gint32 change; /* CatalinaDeltaChange */
  CatalinaSpan name;
  CatalinaSpan class_name; /* of the value, if that is an object whose class was looked at */
  const guint8 *value;     /* nullable */
  gsize value_size;
} CatalinaSkimAction;

typedef void (*CatalinaSkimActionFunc) (const CatalinaSkimAction *action, gpointer user_data);

/* FALSE: the delta is broken; @func was called for the actions in front of that. */
gboolean catalina_skim_delta (const guint8 *data,
                              gsize size,
                              CatalinaSkimActionFunc func,
                              gpointer user_data);
/* The same, by the codec. */
gboolean catalina_skim_delta_slowly (const guint8 *data,
                                     gsize size,
                                     CatalinaSkimActionFunc func,
                                     gpointer user_data);

G_END_DECLS
