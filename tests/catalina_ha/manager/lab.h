/* SPDX-License-Identifier: Apache-2.0
 *
 * Managers that talk to one another in memory, by a clock that the test moves.
 */
#pragma once

#include "catalina_ha/manager/catalina-delta-core-private.h"

G_BEGIN_DECLS

typedef struct _Lab Lab;

typedef struct
{
  Lab *lab;
  TribesMember *member;
  CatalinaManagerSettings *settings;
  CatalinaDeltaCore *core;
  gint64 skew_ms; /* of its clock on the wall */
  gboolean deaf;  /* messages to it vanish */
  gboolean mute;  /* and it does not acknowledge them, which takes 3 s to be noticed */
  guint created;
  guint changed;
  guint expired;
  guint id_changed;
  guint transfers; /* ended */
  gboolean found;  /* in the last of them */
  guint served;    /* sessions that others were given */
  guint missed;    /* sessions that changed without a word */
  guint lacking;   /* sessions that some member came up without */
  guint missing;   /* told that nobody else has the context */
  guint problems;
  char *last_names; /* of the last change */
  GString *done;    /* tokens of writes that are over, each with a "!" if it was not done */
  guint told;       /* events about sessions that another member's message is the cause of */
  guint brought;    /* those of a state transfer */
  gsize last_bytes; /* of the last such message */
} Node;

/* A message between two nodes. */
typedef struct
{
  Node *from;
  Node *to;
  CatalinaSessionMessage *message;
} Post;

struct _Lab
{
  CatalinaNow now;
  GPtrArray *nodes;
  GQueue posts; /* of Post, if they are held */
  gboolean hold;
  GQueue missing; /* of Missing: acknowledgements that do not come */
};

Lab *lab_new (void);
/* @n_nodes that know one another; the first is started and has sessions S0, S1, ... with x = 0, 1,
 * ... */
Lab *lab_new_with_sessions (guint n_nodes, guint n_sessions);
void lab_free (Lab *lab);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lab, lab_free)

Node *lab_add (Lab *lab, const CatalinaManagerSettings *settings, const CatalinaLimits *limits);
Node *lab_node (Lab *lab, guint index);
/* All nodes know one another now. */
void lab_introduce (Lab *lab);
/* Takes a node from the lists of the others. */
void lab_remove (Lab *lab, Node *node);
/* Moves messages and works until nothing happens any more. */
void lab_run (Lab *lab);
/* Moves messages only. */
void lab_deliver (Lab *lab);
/* Moves the clock in steps, working on the way. */
void lab_pass (Lab *lab, gint64 ms);
/* Delivers a held message; the first of this kind for @to. */
void lab_deliver_one (Lab *lab, CatalinaSessionEvent event, Node *to);

/* Loses what is held. */
void lab_forget (Lab *lab);

guint64 node_count (Node *node, CatalinaCounter counter);
guint node_n (Node *node);
void node_start (Node *node);
void node_create (Node *node, const char *id);
void node_set (Node *node, const char *id, const char *name, int value);
/* G_MININT for none. */
int node_get (Node *node, const char *id, const char *name);
/* A message from outside. */
void node_receive (Node *node,
                   Node *from,
                   CatalinaSessionEvent event,
                   const char *id,
                   gint64 timestamp,
                   GBytes *data);
GBytes *delta_of (const char *id, const char *name, int value);

G_END_DECLS
