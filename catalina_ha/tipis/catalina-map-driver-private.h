/* SPDX-License-Identifier: Apache-2.0
 *
 * One replicated map at work on a channel: what the map has to say is sent in order and in short
 * turns of the main loop, what others say and answer comes back to it, and its owner hears what
 * happened, one thing at a time and never from within the map.
 *
 * Nobody who asks this member waits for nothing: what cannot be answered is answered with Java's
 * null at once.
 */
#pragma once

#include "catalina_ha/map/catalina-replicated-map-private.h"
#include "catalina_ha/tipis/catalina-maps-private.h"
#include "tribes/wire/tribes-message.h"

G_BEGIN_DECLS

/* As Tomcat has it. */
enum
{
  CATALINA_MAP_SEND_OPTIONS = TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK,
  CATALINA_MAP_RPC_TIMEOUT_MS = 15000,
  CATALINA_MAP_ACCESS_TIMEOUT_MS = 5000,
};

typedef struct _CatalinaMapDriver CatalinaMapDriver;

/* What became of one message with one member. */
typedef struct
{
  CatalinaMapMessageType type;
  TribesMember *member;
  GError *cause; /* (nullable): it was not reached */
} CatalinaMapOutcome;

/* @outcomes: (element-type CatalinaMapOutcome): all of them; borrowed */
typedef void (*CatalinaMapSentFunc) (const GArray *outcomes, gpointer data);

typedef struct
{
  const char *name; /* of the map */
  CatalinaMapKind kind;
  CatalinaMapVault vault;
  gint64 audit_ms;    /* of a vault */
  guint send_options; /* of messages and questions; of TribesSendOptions */
  gint64 rpc_timeout_ms;
  gint64 access_timeout_ms;
  gsize max_bytes;   /* of values; 0: no bound */
  guint max_entries; /* more of others' are refused */
  const CatalinaMapValues
      *values; /* called from within the map: they do not call it, nor the driver */
  /* Something happened. The owner may stop the driver, or let go of it. */
  void (*told) (CatalinaMapDriver *driver, const CatalinaMapEvent *event, gpointer data);
  gpointer data; /* for both */
} CatalinaMapDriverSettings;

/* What is in @settings but the name has to stay. */
CatalinaMapDriver *catalina_map_driver_new (CatalinaMaps *maps,
                                            const CatalinaMapDriverSettings *settings);
/* As if it had been killed: whoever is to know that it goes has to stop it. Nobody is told of
 * anything any more. */
void catalina_map_driver_free (CatalinaMapDriver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaMapDriver, catalina_map_driver_free)

/* Makes the map and lets it greet the others. The channel has to be started. Errors:
 * TRIBES_ERROR_CLOSED where it is not, TRIBES_ERROR_CONFIG where there is such a map. */
gboolean catalina_map_driver_start (CatalinaMapDriver *self,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Says that it stops; what has not been sent yet is not any more, and nobody is told of anything.
 * It may be started again, and is empty then. */
void catalina_map_driver_stop (CatalinaMapDriver *self);
/* (nullable): the map, between start and stop. Whoever does something to it has
 * catalina_map_driver_flush() called next. */
CatalinaReplicatedMap *catalina_map_driver_get_map (CatalinaMapDriver *self);

/* Sends what the map has to say, and tells what happened. @func: (nullable): called, maybe at once,
 * when all that the map says because of what was done to it has been sent, as has what it says
 * where a member is not reached; not if the driver is stopped before. @destroy: (nullable): for
 * @data, in any case. */
void catalina_map_driver_flush (CatalinaMapDriver *self,
                                CatalinaMapSentFunc func,
                                gpointer data,
                                GDestroyNotify destroy);
/* Whether there is a message that is still to be sent, or that may not be there yet. */
gboolean catalina_map_driver_is_busy (CatalinaMapDriver *self);

/* While values are read or applied. (nullable) (transfer none): who sent them; @size: of the
 * message */
TribesMember *catalina_map_driver_get_cause (CatalinaMapDriver *self, gsize *size);

G_END_DECLS
