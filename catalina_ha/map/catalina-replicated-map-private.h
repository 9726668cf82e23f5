/* SPDX-License-Identifier: Apache-2.0
 *
 * A map that all members of a cluster have together, without a channel and without a clock: what
 * comes in are messages, answers and members, what goes out are messages and questions, which who
 * drives it pops, sends and tells of. Nothing is called back but what reads and writes values.
 *
 * Lazy: one member answers for an entry, one has a copy, the others know who. Full: all have a
 * copy. A JVM beside it gets what it expects of a map of its own.
 *
 * However many entries there are, no call takes long: what goes over all of them is done by
 * catalina_replicated_map_step(), piece by piece, and whatever comes meanwhile finds an entry as it
 * would be if all of that were done. A call queues at most two outputs and three events for each
 * message or entry it was called for, a step at most as many for each that it looks at; who drives
 * the map takes them after each call.
 *
 * Tomcat counterparts: `AbstractReplicatedMap`, `LazyReplicatedMap`, `ReplicatedMap`.
 */
#pragma once

#include "catalina_ha/map/catalina-map-entries-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_MAP_LAZY,
  CATALINA_MAP_FULL,
} CatalinaMapKind;

/* How values are read and written; they are otherwise not looked at. @data is the owner's. */
typedef struct
{
  /* NULL with the error set: it cannot be read. */
  gpointer (*read) (const char *key, CatalinaMapBytes object, gpointer data, GError **error);
  /* May put another value in the place of @value. */
  gboolean (*apply) (
      const char *key, gpointer *value, CatalinaMapBytes diff, gpointer data, GError **error);
  /* NULL: it cannot be written, and stays here. */
  GBytes *(*write) (const char *key, gpointer value, gpointer data);
  GDestroyNotify free_value;
} CatalinaMapValues;

/* What becomes of a lazy map's entries that others have. */
typedef enum
{
  CATALINA_MAP_VAULT_NONE,
  /* Their values are asked for, and again with each audit: what changed since the last may be lost
   * with those that had it. */
  CATALINA_MAP_VAULT_PULLS,
  /* Who answers for them is told that this member has a copy, too, so that it sends what changes:
   * nothing is lost. To a Tomcat this is an access, and it takes such a session for one of which it
   * is not the primary: it ends after twice its time. */
  CATALINA_MAP_VAULT_FOLLOWS,
} CatalinaMapVault;

typedef struct
{
  const char *name;    /* of the map; ISO-8859-1 */
  TribesMember *local; /* this one */
  CatalinaMapKind kind;
  CatalinaMapVault vault;   /* of a lazy map */
  gint64 audit_ms;          /* how often a vault asks what there is; 0: never */
  gsize max_bytes;          /* of values: more of others' are refused; 0: no bound */
  gint64 rpc_timeout_ms;    /* for questions; Tomcat: 15000 */
  gint64 access_timeout_ms; /* who is silent longer is gone; Tomcat: 5000 */
  guint max_entries;        /* more of others' are refused */
  const CatalinaMapValues *values;
  gpointer data; /* for these */
} CatalinaMapSettings;

typedef struct _CatalinaReplicatedMap CatalinaReplicatedMap;

/* A message with what it is made of. */
typedef struct
{
  CatalinaMapMessage message;
  GBytes *bytes[4];
} CatalinaMapPacket;

void catalina_map_packet_clear (CatalinaMapPacket *packet);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaMapPacket, catalina_map_packet_clear)

/* What is to be sent. */
typedef struct
{
  guint32 id;           /* to be told of, or the question that is answered; 0: nobody asks */
  gboolean is_answer;   /* to a question for which there was CATALINA_MAP_ANSWER_LATER */
  gboolean is_null;     /* the answer is Java's null */
  gboolean is_question; /* else a message, of which it is told whom it did not reach */
  gboolean wants_all;   /* answers of all; else the first */
  gboolean is_relay;    /* what another said, for those who cannot read that */
  gint64 timeout_ms;    /* for the answers */
  GPtrArray *to;        /* of TribesMember; NULL for an answer */
  CatalinaMapPacket packet;
} CatalinaMapOutput;

void catalina_map_output_free (CatalinaMapOutput *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaMapOutput, catalina_map_output_free)

typedef enum
{
  CATALINA_MAP_EVENT_STARTED,      /* it is one of the maps of its name */
  CATALINA_MAP_EVENT_MADE_PRIMARY, /* this member answers for the entry */
  CATALINA_MAP_EVENT_MADE_BACKUP,  /* another does, and this one has a copy */
  CATALINA_MAP_EVENT_MADE_PROXY,   /* others have it, and who answers for it is another now: what is
                                    * here gets old */
  CATALINA_MAP_EVENT_PUBLISHED,    /* a member has a copy of this one's entry that had none */
  CATALINA_MAP_EVENT_ALONE,        /* nobody has one of this one's entry */
  CATALINA_MAP_EVENT_CHANGED,      /* another has put it, or changed it */
  CATALINA_MAP_EVENT_ACCESSED,     /* by another */
  CATALINA_MAP_EVENT_REMOVED,      /* by another */
  CATALINA_MAP_EVENT_LOST,         /* all who had it are gone */
  CATALINA_MAP_EVENT_GOT,  /* what was waited for has come, or never will: to be looked at */
  CATALINA_MAP_EVENT_LEFT, /* others have all that was this member's */
} CatalinaMapEventKind;

typedef struct
{
  CatalinaMapEventKind kind;
  char *key; /* nullable */
} CatalinaMapEvent;

void catalina_map_event_free (CatalinaMapEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaMapEvent, catalina_map_event_free)

typedef struct
{
  guint64 refused_entries; /* beyond the bound */
  guint64 refused_values;  /* that could not be read or applied */
  guint64 refused_bytes;   /* values beyond the bound of bytes */
  guint64 dropped;         /* old values that others have, for the sake of newer ones */
  guint64 pulled;          /* values that were asked for */
  guint64 published;       /* to a new backup */
} CatalinaMapCounters;

/* An answer to a question. @message: (nullable): Java's null. @owner: (nullable): of what the
 * message is borrowed from; without it, a list of entries is copied. */
typedef struct
{
  TribesMember *source;
  const CatalinaMapMessage *message;
  GBytes *owner;
} CatalinaMapReply;

typedef enum
{
  CATALINA_MAP_ANSWER_NULL, /* Java's */
  CATALINA_MAP_ANSWER_NOW,
  CATALINA_MAP_ANSWER_LATER, /* it is among the outputs, once it is written */
} CatalinaMapAnswer;

CatalinaReplicatedMap *catalina_replicated_map_new (const CatalinaMapSettings *settings);
void catalina_replicated_map_free (CatalinaReplicatedMap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaReplicatedMap, catalina_replicated_map_free)

/* @members: (element-type TribesMember): of the channel. */
void catalina_replicated_map_start (CatalinaReplicatedMap *self, GPtrArray *members);
/* Goes on with what takes long; whether there is more to do. To be called after each of the others
 * but the pop functions, once outputs and events are taken, and in another turn of the main loop as
 * long as there is more. Outputs and events are to be taken after it, too. */
gboolean catalina_replicated_map_step (CatalinaReplicatedMap *self, gint64 now_us);
/* The time, for what does not tell it: before what was sent, or who is gone. If it has jumped this
 * member stood still, and does not know what is still its own. */
void catalina_replicated_map_notice (CatalinaReplicatedMap *self, gint64 now_us);
/* Whether that is so: what is here may be another's by now. */
gboolean catalina_replicated_map_is_in_doubt (const CatalinaReplicatedMap *self);
/* The time at which to call it in any case, or G_MAXINT64. */
gint64 catalina_replicated_map_get_deadline (const CatalinaReplicatedMap *self);
/* Gives what only this member has to others; CATALINA_MAP_EVENT_LEFT tells when they have it, or
 * there is nobody. To be called before it is stopped. */
void catalina_replicated_map_leave (CatalinaReplicatedMap *self);
/* The last thing it says is that it stops. Who asks it then is to be told that there is no such
 * map, which is not the same as Java's null. */
void catalina_replicated_map_stop (CatalinaReplicatedMap *self);
CatalinaMapState catalina_replicated_map_get_state (const CatalinaReplicatedMap *self);
/* Whether the entries of others came, or there was nobody to ask. */
gboolean catalina_replicated_map_is_transferred (const CatalinaReplicatedMap *self);

/* Of the channel. */
void catalina_replicated_map_member_added (CatalinaReplicatedMap *self, TribesMember *member);
void catalina_replicated_map_member_gone (CatalinaReplicatedMap *self, TribesMember *member);
/* Asks all whether they are alive; Tomcat: with each heartbeat of the channel. */
void catalina_replicated_map_heartbeat (CatalinaReplicatedMap *self);
/* Those that have a map of this name. (element-type TribesMember) (transfer container) */
GPtrArray *catalina_replicated_map_list_members (const CatalinaReplicatedMap *self);

/* A message, or the answer to a question of which it is too late. */
void catalina_replicated_map_receive (CatalinaReplicatedMap *self,
                                      TribesMember *sender,
                                      const CatalinaMapMessage *message,
                                      gint64 now_us);
void catalina_replicated_map_left_over (CatalinaReplicatedMap *self,
                                        const CatalinaMapMessage *message,
                                        gint64 now_us);
/* A question. @later: (out): by which the answer is known, where it comes later. */
CatalinaMapAnswer catalina_replicated_map_answer (CatalinaReplicatedMap *self,
                                                  TribesMember *sender,
                                                  const CatalinaMapMessage *question,
                                                  CatalinaMapPacket *answer,
                                                  guint32 *later,
                                                  gint64 now_us) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full) (nullable) */
CatalinaMapOutput *catalina_replicated_map_pop_output (CatalinaReplicatedMap *self);
CatalinaMapEvent *catalina_replicated_map_pop_event (CatalinaReplicatedMap *self);
/* A message is sent, also one of which nobody is told (@id 0). @failed: (nullable) (element-type
 * TribesMember): whom it did not reach. */
void
catalina_replicated_map_sent (CatalinaReplicatedMap *self, guint32 id, const GPtrArray *failed);
/* A question has ended. */
void catalina_replicated_map_replied (CatalinaReplicatedMap *self,
                                      guint32 id,
                                      const CatalinaMapReply *replies,
                                      guint n_replies,
                                      gint64 now_us);

typedef enum
{
  CATALINA_MAP_NONE,
  CATALINA_MAP_FOUND,
  CATALINA_MAP_WAIT, /* for CATALINA_MAP_EVENT_GOT */
} CatalinaMapFinding;

/* Takes the entry over, as whoever works with it does. @value: (out) (transfer none) */
CatalinaMapFinding
catalina_replicated_map_get (CatalinaReplicatedMap *self, const char *key, gpointer *value);
/* The same without taking it over: another goes on answering for it. What this member only knows
 * of is asked for each time; what came is then looked at. */
CatalinaMapFinding
catalina_replicated_map_peek (CatalinaReplicatedMap *self, const char *key, gpointer *value);
/* Whether there is such an entry and it would have to be waited for. */
gboolean catalina_replicated_map_is_elsewhere (CatalinaReplicatedMap *self, const char *key);
/* (nullable): what is known of it. */
const CatalinaMapEntry *catalina_replicated_map_look (CatalinaReplicatedMap *self, const char *key);
/* All entries can be gone over piece by piece, from the last one to the first, whatever happens in
 * between. */
guint catalina_replicated_map_get_n_entries (const CatalinaReplicatedMap *self);
const CatalinaMapEntry *catalina_replicated_map_get_nth (const CatalinaReplicatedMap *self,
                                                         guint index);
/* @value: (transfer full) */
void catalina_replicated_map_put (CatalinaReplicatedMap *self, const char *key, gpointer value);
/* @notify: whether others are told. */
void catalina_replicated_map_remove (CatalinaReplicatedMap *self, const char *key, gboolean notify);
/* Tells those that have a copy what changed; without a @diff that it was accessed, or with
 * @complete, all of it. */
void catalina_replicated_map_replicate (CatalinaReplicatedMap *self,
                                        const char *key,
                                        GBytes *diff,
                                        gboolean complete);
/* (transfer container): of all entries, which they stay the keys of. */
GPtrArray *catalina_replicated_map_list_keys (const CatalinaReplicatedMap *self);
const CatalinaMapCounters *catalina_replicated_map_get_counters (const CatalinaReplicatedMap *self);

/* The serialVersionUID of MemberImpl that @member writes, which this member's own kind does not; 0: it
 * has not. Or, with NULL, that all others write who do; 0: nobody has, or not all the same. */
guint64 catalina_replicated_map_get_form (const CatalinaReplicatedMap *self, TribesMember *member);

G_END_DECLS
