/* SPDX-License-Identifier: Apache-2.0
 *
 * What is between the maps of a lab: each message, question and answer is on its way for a while.
 * What one sends to another stays in order, answers among themselves; all else may overtake.
 */
#pragma once

#include "tests/catalina_ha/map/lab-node.h"

G_BEGIN_DECLS

enum
{
  LAB_MAX = 6,
};

typedef struct
{
  GRand *random;
  LabNode nodes[LAB_MAX];
  gboolean cut[LAB_MAX][LAB_MAX];
  GQueue letters;       /* of Letter */
  GPtrArray *exchanges; /* that have not ended */
  gint64 now_us;
  guint64 n_sent; /* but for PING, and what answers it */
} LabNet;

void lab_net_init (LabNet *net, guint32 seed);
void lab_net_clear (LabNet *net);
/* LAB_MAX: it is not running. */
guint lab_net_index_of (LabNet *net, TribesMember *member);
gboolean lab_net_is_reachable (LabNet *net, guint a, guint b);
/* Sends all that a map has to say. Whether there was anything. */
gboolean lab_net_send (LabNet *net, guint from);
/* One of what is under way, at random; FALSE: nothing is. */
gboolean lab_net_deliver (LabNet *net);
/* What nobody will answer any more ends. FALSE: there is none. */
gboolean lab_net_time_out (LabNet *net);
/* Something that @from said is under way. */
gboolean lab_net_is_busy (LabNet *net, guint from);
void lab_net_kill (LabNet *net, guint member);

G_END_DECLS
