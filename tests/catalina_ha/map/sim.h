/* SPDX-License-Identifier: Apache-2.0
 *
 * Maps that are used by many while members die, are cut off, stand still and start again, and while
 * what they say is under way. Whatever was acknowledged, and had a holder that lives, is to be
 * there in the end, as new as it was, and one member answers for it.
 *
 * What is changed while members cannot hear each other has several ends of which one is kept. What
 * a Tomcat has, or says, is as old as it likes: of what ours had, nothing may be lost by that.
 */
#pragma once

#include "tests/catalina_ha/map/lab.h"

G_BEGIN_DECLS

enum
{
  SIM_MEMBERS = 5,
  SIM_KEYS = 24,
  SIM_SLOTS = 3,
};

typedef struct
{
  CatalinaMapKind kind;
  CatalinaMapVault vault; /* of the first member */
  gboolean cuts;          /* between members, which hold for a while */
  gboolean pauses;        /* of members, shorter and longer than others wait */
  gboolean restarts;      /* before anybody has noticed, by the same unique id or by another */
  gboolean has_tomcats;
  guint steps;
} SimSetup;

typedef struct
{
  gboolean exists;
  GArray *slots[SIM_SLOTS]; /* of guint: what each may be */
  /* Who works with it, until all it said has arrived. */
  gboolean is_used;
  gboolean waits; /* for the value */
  guint user;
  guint life;
  guint slot; /* that is changed */
  guint next; /* what it becomes; 0: it is only looked at */
} SimKey;

typedef struct
{
  const SimSetup *setup;
  guint32 seed;
  Lab *lab;
  GRand *random;
  guint n_members;
  SimKey keys[SIM_KEYS];
  guint generations[SIM_KEYS];
  gint64 paused_until[SIM_MEMBERS]; /* 0: it is not */
  gboolean is_short;                /* who is paused is so for less than others wait */
  gboolean is_cut;
  gboolean apart[SIM_MEMBERS][SIM_MEMBERS]; /* who could not hear each other since then */
  /* Some may have gone on without others, and have not been brought together again. */
  gboolean is_divided;
  guint last;
  guint misses;
  guint lost;
  guint in_doubt; /* of these: others have it */
  guint old;      /* values that a Tomcat had */
  guint resorts;  /* old values, where nobody with the newest could be reached */
} Sim;

extern const CatalinaMapValues sim_values;

guint sim_pick (Sim *sim, guint n);
LabNode *sim_node (Sim *sim, guint member);
gboolean sim_is_ours (Sim *sim, guint member);
/* (transfer none): until the next call. */
const char *sim_name_of (const Sim *sim, guint i);
/* (nullable) */
const guint *sim_value_of (Sim *sim, guint member, guint i, CatalinaMapRole *role);

void sim_keys_clear (Sim *sim);
/* A member makes an entry, or works with it. */
void sim_put (Sim *sim, guint i, guint member);
void sim_use (Sim *sim, guint i, guint member);
/* Whoever works with something goes on, or is done, or dead. */
void sim_follow_up (Sim *sim);
gboolean sim_agrees (const SimKey *key, const guint *slots);
/* All have come to the same end, which is this. */
void sim_agree_on (SimKey *key, const guint *slots);
/* Whether somebody who lives has what was acknowledged; of ours only. */
gboolean sim_is_held (Sim *sim, guint i);
gboolean sim_is_held_by_ours (Sim *sim, guint i);
/* It is not missed. */
void sim_give_up (Sim *sim, guint i);

/* Whatever may happen to members. */
void sim_fault (Sim *sim, guint member);
guint sim_count_alive (Sim *sim);
/* Who has stood still for long enough goes on. */
void sim_go_on (Sim *sim);
/* All are there, and have heard all. */
void sim_come_together (Sim *sim);
void sim_check (Sim *sim);

G_END_DECLS
