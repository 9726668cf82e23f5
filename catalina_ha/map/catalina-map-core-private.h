/* SPDX-License-Identifier: Apache-2.0
 *
 * What a replicated map consists of, for its own files: what it knows, what it says, and what it
 * waits for.
 */
#pragma once

#include "catalina_ha/map/catalina-replicated-map-private.h"

G_BEGIN_DECLS

/* What this member knows of another's entries. */
typedef enum
{
  CATALINA_MAP_DOUBT_NONE,
  CATALINA_MAP_DOUBT_TO_ASK, /* it may be old */
  CATALINA_MAP_DOUBT_ASKED,
} CatalinaMapDoubtOf;

typedef struct
{
  TribesMember *member;
  gint64 seen_us;
  gint64 audit_us;       /* when it is asked for all it has; 0: not */
  gint64 took_us;        /* when it gave this member a copy of what was another's; 0: never */
  gint64 back_us;        /* when it was back, if it was away */
  guint32 went;          /* members that were gone when it went, if it was away */
  gboolean is_new;       /* not all entries were gone over since it came */
  gboolean lacks;        /* what it knows of this member's entries may be old */
  gboolean was_away;     /* because others could not reach it for a while */
  CatalinaMapDoubtOf doubt;
} CatalinaMapMember;

typedef enum
{
  CATALINA_MAP_AGE_UNKNOWN,
  CATALINA_MAP_AGE_OLDER,
  CATALINA_MAP_AGE_SAME,
  CATALINA_MAP_AGE_NEWER,
} CatalinaMapAge;

/* What one step, or one call, does at most: well below a millisecond of it. */
enum
{
  CATALINA_MAP_STEP_ENTRIES = 256,
  CATALINA_MAP_STEP_BYTES = 64 * 1024,
  /* Under way at a time, so that neither this member nor another is flooded. */
  CATALINA_MAP_MAX_PUBLISHING = 64,
  CATALINA_MAP_MAX_PULLING = 32,
  /* Who asks for all entries at a time: each member once, by rights. */
  CATALINA_MAP_MAX_ASKERS = 1024,
  /* Who took an entry over while it was told of it has made up its mind by then. */
  CATALINA_MAP_CROSSED_MS = 1000,
};

typedef enum
{
  CATALINA_MAP_PENDING_INIT,
  CATALINA_MAP_PENDING_TRANSFER,
  CATALINA_MAP_PENDING_AUDIT,
  CATALINA_MAP_PENDING_START,
  CATALINA_MAP_PENDING_PING,
  CATALINA_MAP_PENDING_PUBLISH,
  CATALINA_MAP_PENDING_REPLICATE,
  CATALINA_MAP_PENDING_CLAIM,
  CATALINA_MAP_PENDING_FOLLOW,
  CATALINA_MAP_PENDING_PULL,
  CATALINA_MAP_PENDING_BRIDGE,
  CATALINA_MAP_N_PENDING,
} CatalinaMapPendingKind;

typedef struct
{
  CatalinaMapPendingKind kind;
  char *key;           /* nullable */
  TribesMember *node;  /* nullable: who was asked, or told */
  TribesMember *whose; /* nullable: who answers for it, as others were told */
  guint tried;         /* how many were, for this */
  gboolean takes;      /* the entry over, once it is there */
  gboolean from_nodes; /* they are asked first */
  gboolean again;      /* what is asked for has changed meanwhile */
  gboolean came;       /* it has come by itself */
  gboolean silent;     /* one that should have it is there, and has not answered */
} CatalinaMapPending;

/* Who has asked for all entries. */
typedef struct
{
  guint32 id;
  gint32 type;
  guint64 form; /* of members, that it reads; 0: any */
} CatalinaMapAsker;

/* Who has asked for a value of which another has a newer one. */
typedef struct
{
  char *key;
  guint32 id;
} CatalinaMapRelay;

/* The list of all entries that is being written, for all who had asked before it was begun. */
typedef struct
{
  GArray *askers; /* of CatalinaMapAsker */
  CatalinaMapListWriter *writer;
  gint32 type;
  guint64 form;
  guint n_served; /* of the askers it is for, the first ones */
  guint left;     /* entries */
} CatalinaMapServing;

/* The list of all entries of another that is being read. */
typedef struct
{
  GBytes *owner;
  CatalinaMapReader *reader; /* NULL: none */
  TribesMember *donor;
  gboolean is_transfer; /* else an audit */
  gboolean is_done;     /* the transfer, or there is nobody to ask */
  guint tried;
  GHashTable *heard;      /* keys of which others spoke since it was asked for; NULL: it was not */
  GHashTable *removed[2]; /* keys, lately: who gives a list may not have heard of it */
  GPtrArray *audits;      /* of TribesMember: to be asked */
  gint64 next_us;         /* when all of them are; 0: not known yet */
} CatalinaMapTaking;

/* This member stood still, and others may have given it up. */
typedef struct
{
  gboolean holds;      /* what is here is not for anybody, nor given away */
  gboolean asks;       /* all are to be asked whether they are there */
  gint64 begun_us;     /* when it went on */
  gint64 until_us;     /* at the latest; 0: nobody is in doubt */
  gint64 again_us;     /* they are asked once more; 0: not */
  gboolean counts;     /* what is named */
  gboolean has_empty;  /* one has nothing at all, and may have begun anew, or be about to end */
  gboolean is_sure;    /* all have said what they have */
  guint left;          /* entries, which are gone over when they have, or have not */
  GHashTable *waiting; /* keys that somebody here waits for */
  GHashTable *unsent;  /* keys whose values are given away then, if they are still this member's */
} CatalinaMapDoubt;

/* What a vault that follows says again. */
typedef struct
{
  GHashTable *keys; /* key -> when to say it again */
  gint64 due_us;    /* the first of them; G_MAXINT64: none */
} CatalinaMapInsist;

typedef struct
{
  TribesMember *member;
  guint32 went; /* members that were gone then */
} CatalinaMapAway;

/* Members that were away. */
typedef struct
{
  GArray *away;       /* of CatalinaMapAway: gone without a word, the latest */
  gint64 gone_us;     /* when one went; 0: none */
  TribesMember *told; /* (nullable): who is told of what it does not know */
  guint left;         /* entries */
  GHashTable *again;  /* keys of this member's, of which all are told once more */
  gint64 again_us;    /* when; 0: of none */
} CatalinaMapReturning;

/* Entries of which somebody said that it answers for them, and was told that another does. */
typedef struct
{
  GHashTable *told[2]; /* keys, lately: of what others were told */
  gint64 aged_us;      /* when the first became the second */
  GHashTable *keys;
  gint64 due_us;  /* when they are asked about; G_MAXINT64: not */
  gint64 next_us; /* not before */
  gint64 wait_us; /* nor again so long */
} CatalinaMapDispute;

/* All entries are looked at once more, because members have come or gone. */
typedef struct
{
  GPtrArray *gone;  /* of TribesMember, those that not all entries know of */
  guint32 n_before; /* that went before these */
  guint left;       /* entries */
  gboolean again;
  guint orphans_left;
  gint64 orphans_us; /* when they are to be looked at */
  gint64 orphans_next_us;
} CatalinaMapSweep;

struct _CatalinaReplicatedMap
{
  CatalinaMapSettings settings; /* name and member are its own */
  CatalinaMapState state;
  gboolean transferred;
  gboolean is_leaving;
  gint64 now_us;   /* as it was told last */
  guint64 written; /* bytes of values */
  guint64 version; /* the highest that it has heard of */
  CatalinaMapEntries entries;
  GArray *members; /* of CatalinaMapMember, in the order in which they came */
  guint next_backup;
  GHashTable *pending; /* id -> CatalinaMapPending */
  guint n_pending[CATALINA_MAP_N_PENDING];
  guint32 last_id;
  CatalinaMapServing serving;
  CatalinaMapTaking taking;
  CatalinaMapSweep sweep;
  CatalinaMapDoubt doubt;
  CatalinaMapReturning returning;
  CatalinaMapInsist insist;
  CatalinaMapDispute dispute;
  GArray *relays;     /* of CatalinaMapRelay */
  GHashTable *forms;  /* TribesMember -> the form of members that it writes, and no other reads */
  gboolean is_mixed;  /* there are several */
  GHashTable *claims; /* key -> TribesMember from whom it was taken and who does not know it yet */
  guint wanted_at;    /* where to look next for an entry that is wanted, and for one that is not */
  guint unwanted_at;
  guint idle; /* entries that were looked at in vain, for none that is wanted can be asked for */
  GQueue outputs;
  GQueue events;
  CatalinaMapCounters counters;
};

/* What is said. The key and the object may be NULL; @nodes, too. */
CatalinaMapOutput *catalina_map_core_say (CatalinaReplicatedMap *self,
                                          CatalinaMapMessageType type,
                                          const char *key,
                                          GBytes *object,
                                          TribesMember *primary,
                                          GPtrArray *nodes);
/* What is said of an entry, with its version. */
CatalinaMapOutput *catalina_map_core_say_entry (CatalinaReplicatedMap *self,
                                                CatalinaMapMessageType type,
                                                const CatalinaMapEntry *entry,
                                                GBytes *object,
                                                GPtrArray *nodes);
/* Fills in a message of this map. */
void catalina_map_core_fill (CatalinaReplicatedMap *self,
                             CatalinaMapPacket *packet,
                             CatalinaMapMessageType type,
                             const char *key,
                             GBytes *object);
/* Takes @output and @to; the number is the output's. */
CatalinaMapPending *catalina_map_core_send (CatalinaReplicatedMap *self,
                                            CatalinaMapOutput *output,
                                            GPtrArray *to,
                                            CatalinaMapPendingKind kind,
                                            const char *key);
/* The same where nobody asks what became of it. */
void catalina_map_core_tell (CatalinaReplicatedMap *self, CatalinaMapOutput *output, GPtrArray *to);
void
catalina_map_core_note (CatalinaReplicatedMap *self, CatalinaMapEventKind kind, const char *key);
void catalina_map_pending_free (CatalinaMapPending *pending);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaMapPending, catalina_map_pending_free)
/* (nullable): no longer waited for. */
CatalinaMapPending *catalina_map_core_take_pending (CatalinaReplicatedMap *self, guint32 id);

/* Those that have such a map, but for those in @except. (transfer full) */
GPtrArray *catalina_map_core_list_members (const CatalinaReplicatedMap *self,
                                           const GPtrArray *except);
CatalinaMapMember *catalina_map_core_find_member (const CatalinaReplicatedMap *self,
                                                  TribesMember *member);
gboolean catalina_map_core_is_local (const CatalinaReplicatedMap *self, TribesMember *member);
/* One member. (transfer full) */
GPtrArray *catalina_map_list_of (TribesMember *member);

/* Whether it has such a map, or is this one. */
gboolean catalina_map_core_is_here (const CatalinaReplicatedMap *self, TribesMember *member);
/* Whether it is of the channel. */
gboolean catalina_map_core_is_known (const CatalinaReplicatedMap *self, TribesMember *member);

/* Whether another has a newer value. */
gboolean catalina_map_core_is_old (const CatalinaReplicatedMap *self,
                                   const CatalinaMapEntry *entry);
/* (nullable): as bytes, of which the entry's size is kept. */
GBytes *catalina_map_core_write_value (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* (nullable): what is read of @object, if there is room for it. */
gpointer catalina_map_core_read_value (CatalinaReplicatedMap *self,
                                       const CatalinaMapEntry *entry,
                                       CatalinaMapBytes object);
/* (nullable): a new one, if there is room. */
CatalinaMapEntry *catalina_map_core_add (CatalinaReplicatedMap *self, const char *key);
/* Somebody has said that there is such an entry. */
void catalina_map_core_name (CatalinaReplicatedMap *self, const char *key);
/* What was ended while this member stood still goes. */
gboolean catalina_map_core_end_step (CatalinaReplicatedMap *self);
/* A list of entries that is under way is older than what is known of this one. */
void catalina_map_core_hear (CatalinaReplicatedMap *self, const char *key);
void catalina_map_core_hear_removed (CatalinaReplicatedMap *self, const char *key);
guint32 catalina_map_core_next_id (CatalinaReplicatedMap *self);
/* Nobody answers for it, it may be: in a while that is looked at. */
void catalina_map_core_set_orphan (CatalinaReplicatedMap *self,
                                   CatalinaMapEntry *entry,
                                   gboolean is_one);
void catalina_map_core_set_members (CatalinaReplicatedMap *self,
                                    CatalinaMapEntry *entry,
                                    TribesMember *primary,
                                    GPtrArray *nodes);

/* Gives the entry, for which this member answers, to those that shall have a copy. */
void catalina_map_core_publish (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* The same where one has it, and may have been told otherwise. */
void catalina_map_core_publish_again (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* A copy was sent. */
void catalina_map_core_published (CatalinaReplicatedMap *self,
                                  guint32 id,
                                  const CatalinaMapPending *pending,
                                  const GPtrArray *failed);
/* What changed was sent. */
void catalina_map_core_replicated (CatalinaReplicatedMap *self,
                                   const CatalinaMapPending *pending,
                                   const GPtrArray *failed);
/* It is this member's, in place of whoever had it: what that says of it until it knows is old. */
void catalina_map_core_claim (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* @to is told who has it, each so that it can read and use that. Takes @to. */
void catalina_map_core_tell_proxy (CatalinaReplicatedMap *self,
                                   const CatalinaMapEntry *entry,
                                   GPtrArray *to);
/* The others are told who has it. */
void catalina_map_core_tell_others (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry);
void catalina_map_core_make_primary (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* Tells all in a full map that this member answers for it. */
void catalina_map_core_notify_all (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);

/* A member has such a map, from now on or no longer. */
void catalina_map_core_map_member_added (CatalinaReplicatedMap *self,
                                         TribesMember *member,
                                         gint64 now_us);
void catalina_map_core_map_member_gone (CatalinaReplicatedMap *self, TribesMember *member);
/* It has left the channel. */
void catalina_map_core_lose (CatalinaReplicatedMap *self, TribesMember *member);
/* @sender speaks: where the channel does not know ids it is a new one, or the first. */
void catalina_map_core_meet (CatalinaReplicatedMap *self, TribesMember *sender);
/* Goes over all entries again. */
void catalina_map_core_sweep (CatalinaReplicatedMap *self);
gboolean catalina_map_core_sweep_step (CatalinaReplicatedMap *self);
/* When there is more to do for it that does not wait for something else; G_MAXINT64: not by time.
 */
gint64 catalina_map_core_get_sweep_deadline (const CatalinaReplicatedMap *self);
/* (nullable): as it would be if all was done that is still to be done for all entries. */
CatalinaMapEntry *catalina_map_core_find (CatalinaReplicatedMap *self, const char *key);
/* The same; FALSE: the entry is not there any more. */
gboolean catalina_map_core_catch_up (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);

/* As many are told, or have something on its way to them, as may be at a time. */
gboolean catalina_map_core_is_busy (const CatalinaReplicatedMap *self);

void catalina_map_returning_init (CatalinaMapReturning *self);
void catalina_map_returning_clear (CatalinaMapReturning *self);
/* Somebody works with it here. */
void catalina_map_core_use (const CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* In a while the member is asked for all it has. */
void catalina_map_core_look_again (CatalinaReplicatedMap *self, TribesMember *member, gint64 ms);
/* When that is, for the first; G_MAXINT64: for none. */
gint64 catalina_map_core_get_next_look (const CatalinaReplicatedMap *self);
/* It is not heard of any more. */
void catalina_map_core_goes_away (CatalinaReplicatedMap *self, TribesMember *member);
/* It is; but it was away. */
void catalina_map_core_comes_back (CatalinaReplicatedMap *self, CatalinaMapMember *known);
/* It has nothing of what it had. */
void catalina_map_core_begins_anew (CatalinaReplicatedMap *self, TribesMember *member);
/* Something was not acknowledged, and may be heard late, or never. */
void catalina_map_core_not_reached (CatalinaReplicatedMap *self, TribesMember *member);
/* It has given this member a copy of what was another's. */
void catalina_map_core_has_taken (CatalinaReplicatedMap *self, TribesMember *member);
/* Whether the entry was worked with here since @known went away. */
gboolean catalina_map_core_is_used (const CatalinaMapMember *known, const CatalinaMapEntry *entry);
/* Whether it was, and @member has not been told yet. */
gboolean catalina_map_core_knows_old (const CatalinaReplicatedMap *self,
                                      TribesMember *member,
                                      const CatalinaMapEntry *entry);
/* All it has was looked at, or could not be. */
void catalina_map_core_audited (CatalinaReplicatedMap *self, TribesMember *member, gboolean ok);
/* Whether it is, or was away, and what it says may be old. */
gboolean catalina_map_core_is_doubtful (const CatalinaReplicatedMap *self, TribesMember *member);
/* Whether anybody has just come back: it may have what this member has, and newer. */
gboolean catalina_map_core_has_doubtful (const CatalinaReplicatedMap *self);
/* Those that had a copy from this member do not count any more. @former: (nullable) */
void catalina_map_core_tell_former (CatalinaReplicatedMap *self,
                                    const CatalinaMapEntry *entry,
                                    const GPtrArray *former);
/* In a while all are told whose it is. */
void catalina_map_core_say_again (CatalinaReplicatedMap *self, const char *key);
gint64 catalina_map_core_get_return_deadline (const CatalinaReplicatedMap *self);
/* It stays this member's, and all are told. */
void catalina_map_core_keep (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* It was told whose an entry is. */
void catalina_map_core_told (CatalinaReplicatedMap *self, const CatalinaMapPending *pending);
/* Whose the message says that an entry is was away, and it has been in use here since. */
gboolean catalina_map_core_refuse_old (CatalinaReplicatedMap *self,
                                       const char *key,
                                       const CatalinaMapMessage *message);
gboolean catalina_map_core_return_step (CatalinaReplicatedMap *self);

/* In its turn, the entry is asked for. */
void catalina_map_core_want (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* (nullable): what is under way for its value. */
CatalinaMapPending *catalina_map_core_find_pull (const CatalinaReplicatedMap *self,
                                                 const CatalinaMapEntry *entry);
/* Asks those that have the entry for its value. */
void catalina_map_core_pull (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean takes);
void catalina_map_core_pulled (CatalinaReplicatedMap *self,
                               guint32 id,
                               const CatalinaMapPending *pending,
                               const CatalinaMapReply *replies,
                               guint n_replies);
/* Whoever asked for it gets what another has, or what is here where that does not come. FALSE: what
 * is here is to be given at once. */
gboolean catalina_map_core_relay (CatalinaReplicatedMap *self,
                                  TribesMember *asker,
                                  CatalinaMapEntry *entry,
                                  guint32 *later);
/* Who answers for an entry was told that this member has it. */
void catalina_map_core_followed (CatalinaReplicatedMap *self,
                                 guint32 id,
                                 const CatalinaMapPending *pending,
                                 const GPtrArray *failed);
/* Says what is to be said again. */
void catalina_map_core_insist_step (CatalinaReplicatedMap *self);
gboolean catalina_map_core_pull_step (CatalinaReplicatedMap *self);

/* What a member's message tells about it. */
void catalina_map_core_hear_form (CatalinaReplicatedMap *self,
                                  TribesMember *member,
                                  const CatalinaMapMessage *message);
void catalina_map_core_forget_form (CatalinaReplicatedMap *self, TribesMember *member);
guint64 catalina_map_core_get_form (const CatalinaReplicatedMap *self, TribesMember *member);
/* Those who have a copy, as who reads @form is to be told. (transfer full) (nullable) */
GPtrArray *catalina_map_core_list_nodes (const CatalinaReplicatedMap *self,
                                         const CatalinaMapEntry *entry,
                                         guint64 form);
/* Those who cannot read what whoever answers for it says are told who has it; or only those of them
 * that are new. */
void
catalina_map_core_bridge (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean only_new);
/* They know. */
void catalina_map_core_bridged (CatalinaReplicatedMap *self, const CatalinaMapPending *pending);
/* Who answers for @entry has taken it over from @before. */
void catalina_map_core_bridge_taken (CatalinaReplicatedMap *self,
                                     TribesMember *before,
                                     const CatalinaMapEntry *entry);
void catalina_map_core_bridge_remove (CatalinaReplicatedMap *self,
                                      TribesMember *sender,
                                      const char *key);
/* @sender speaks as if it answered for it, and cannot have heard from any other that it does not
 * any more: it is told again. */
gboolean catalina_map_core_bridge_is_old (CatalinaReplicatedMap *self,
                                          TribesMember *sender,
                                          const char *key,
                                          const CatalinaMapMessage *message);

/* 0: none. */
void catalina_map_version_stamp (CatalinaMapPacket *packet, guint64 version);
guint64 catalina_map_version_read (const CatalinaMapMessage *message);
/* Whether another has taken the entry over to work with it, as far as that is said. */
gboolean catalina_map_version_is_use (const CatalinaMapMessage *message,
                                      const CatalinaMapEntry *entry);
/* This member has taken the entry over to work with it, or because who had it is gone. */
void catalina_map_core_use_version (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
void catalina_map_core_inherit_version (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* The same with an old value, for want of a newer one. */
void catalina_map_core_resort_version (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* What a message says of whose an entry is, beside what is known of it. */
CatalinaMapAge catalina_map_core_get_age (const CatalinaReplicatedMap *self,
                                          const CatalinaMapEntry *entry,
                                          const CatalinaMapMessage *message);
/* The same of one that has come by itself. */
CatalinaMapAge catalina_map_core_hear_version (CatalinaReplicatedMap *self,
                                               const char *key,
                                               const CatalinaMapMessage *message);
/* The message was taken for true. */
void catalina_map_core_keep_version (CatalinaReplicatedMap *self,
                                     const char *key,
                                     const CatalinaMapMessage *message);
/* Whoever takes an entry for its own hears whose it is. */
void catalina_map_core_tell_newer (CatalinaReplicatedMap *self,
                                   TribesMember *to,
                                   const CatalinaMapEntry *entry);

void catalina_map_dispute_init (CatalinaMapDispute *dispute);
void catalina_map_dispute_clear (CatalinaMapDispute *dispute);
/* Others know by now what they were told of the entry of @key. */
void catalina_map_core_dispute_told (CatalinaReplicatedMap *self, const char *key);
/* Whether they were told a moment ago. */
gboolean catalina_map_core_was_told (CatalinaReplicatedMap *self, const char *key);
/* Who said that it answers for it may not any more. */
void catalina_map_core_dispute (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry);
/* Those that somebody is to be asked about now. (transfer full) (nullable) */
GPtrArray *catalina_map_core_list_disputed (CatalinaReplicatedMap *self);
/* Whether @donor is believed to answer for it, and may not. */
gboolean catalina_map_core_is_disputed (const CatalinaReplicatedMap *self,
                                        const CatalinaMapEntry *entry,
                                        TribesMember *donor);
/* @was_one: it did not */
void
catalina_map_core_end_dispute (CatalinaReplicatedMap *self, const char *key, gboolean was_one);
/* @message: of the list of all that @donor has. TRUE: there was a dispute, and it is settled. */
gboolean catalina_map_core_settle (CatalinaReplicatedMap *self,
                                   CatalinaMapEntry *entry,
                                   TribesMember *donor,
                                   const CatalinaMapMessage *message);
/* There is no such list. */
void catalina_map_core_unsettled (CatalinaReplicatedMap *self);
/* That was all. */
void catalina_map_core_settled (CatalinaReplicatedMap *self, TribesMember *donor);

void catalina_map_insist_init (CatalinaMapInsist *insist);
void catalina_map_insist_clear (CatalinaMapInsist *insist);
/* This vault says that it follows the entry of @key. */
void catalina_map_core_insist (CatalinaReplicatedMap *self, const char *key);
/* Who answers for it was asked for its value, and had it or not. */
void catalina_map_core_insisted (CatalinaReplicatedMap *self, const char *key, gboolean is_heard);
/* The keys of what is to be said now; insisted() follows. (transfer full) (nullable) */
GPtrArray *catalina_map_core_list_due (CatalinaReplicatedMap *self);

void catalina_map_doubt_init (CatalinaMapDoubt *self);
void catalina_map_doubt_clear (CatalinaMapDoubt *self);
/* It is @now_us; a jump means that this member stood still. */
void catalina_map_core_notice (CatalinaReplicatedMap *self, gint64 now_us);
/* Others are asked, or will be once more. */
gboolean catalina_map_doubt_is_active (const CatalinaReplicatedMap *self);
/* Whether the value is for nobody yet: CATALINA_MAP_EVENT_GOT follows. */
gboolean catalina_map_doubt_hold (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry);
/* Whether it is not to be given away yet: it is later. */
gboolean catalina_map_doubt_keep_back (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry);
/* Whether who asks for all entries is to wait. */
gboolean catalina_map_doubt_keeps_list (const CatalinaReplicatedMap *self);
void catalina_map_doubt_step (CatalinaReplicatedMap *self);
gint64 catalina_map_doubt_get_deadline (const CatalinaReplicatedMap *self);

void catalina_map_serving_init (CatalinaMapServing *self);
void catalina_map_serving_clear (CatalinaMapServing *self);
/* All entries, for who asks. */
CatalinaMapAnswer catalina_map_core_serve (CatalinaReplicatedMap *self,
                                           TribesMember *asker,
                                           gint32 type,
                                           CatalinaMapPacket *answer,
                                           guint32 *later);
/* Nobody waits any more: there is nothing. */
void catalina_map_core_serve_nothing (CatalinaReplicatedMap *self);
gboolean catalina_map_core_serve_step (CatalinaReplicatedMap *self);

void catalina_map_taking_init (CatalinaMapTaking *self);
void catalina_map_taking_clear (CatalinaMapTaking *self);
/* Another says that this member answers for it, which does not. That was so when it was here last,
 * under the same name, and nobody has noticed that it was gone. */
void catalina_map_core_reclaim (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* Asks for the entries. */
void catalina_map_core_transfer (CatalinaReplicatedMap *self, guint tried);
void catalina_map_core_audit (CatalinaReplicatedMap *self, TribesMember *member);
void catalina_map_core_got_list (CatalinaReplicatedMap *self,
                                 const CatalinaMapPending *pending,
                                 const CatalinaMapReply *replies,
                                 guint n_replies);
/* What was removed some time ago is not remembered any more. */
void catalina_map_taking_age (CatalinaMapTaking *self);
gboolean catalina_map_core_take_step (CatalinaReplicatedMap *self);
/* The same for this. */
gint64 catalina_map_core_get_take_deadline (const CatalinaReplicatedMap *self);

G_END_DECLS
