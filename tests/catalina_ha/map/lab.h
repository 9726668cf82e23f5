/* SPDX-License-Identifier: Apache-2.0
 *
 * Several replicated maps of one name, and what is between them: messages go as bytes, in order
 * between two, and members can be killed, and cut off from each other. No time passes by itself.
 */
#pragma once

#include "tests/catalina_ha/map/lab-net.h"

G_BEGIN_DECLS

typedef struct _Lab Lab;

Lab *lab_new (CatalinaMapKind kind, guint32 seed);
void lab_free (Lab *lab);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lab, lab_free)

LabNet *lab_net (Lab *lab);
/* From its next start on. */
void lab_set_vault (Lab *lab, guint member, CatalinaMapVault vault);
/* It is a Tomcat of that form. */
void lab_set_form (Lab *lab, guint member, guint64 form);
/* From now on the channels know places only, as with static members without ids. */
void lab_hide_ids (Lab *lab);
/* From its next start on, it is a Tomcat of that version; 0: ours. */
void lab_set_tomcat (Lab *lab, guint member, guint version);
void lab_set_max_bytes (Lab *lab, gsize max_bytes);
/* Starts the map of a member, as a new one if it was killed; the others see it. */
void lab_start (Lab *lab, guint member);
/* The same, of which nothing has arrived yet. */
void lab_begin (Lab *lab, guint member);
/* Under the unique id that it had, with which nobody sees that it was gone. */
void lab_begin_again (Lab *lab, guint member);
/* The same with these as the members of the channel, and without driving it. */
CatalinaReplicatedMap *lab_add (Lab *lab, guint member, TribesMember *first, TribesMember *second);
/* Without a word; the others notice with lab_notice(). */
void lab_kill (Lab *lab, guint member);
void lab_stop (Lab *lab, guint member);
/* Those that cannot reach it think it is gone. */
void lab_notice (Lab *lab);
/* The same, of which nothing has arrived yet. */
void lab_see (Lab *lab);
void lab_cut (Lab *lab, guint a, guint b, gboolean is_cut);
/* Texts that a change is appended to, unless others are set. */
void lab_set_values (Lab *lab, const CatalinaMapValues *new_values);
/* A little of what is under way; FALSE: nothing is. */
gboolean lab_turn (Lab *lab);
/* Until nothing is under way. Questions to who does not answer end. */
void lab_settle (Lab *lab);
void lab_pass (Lab *lab, gint64 ms);
/* The member stands still meanwhile, and the others give it up at once. */
void lab_hang (Lab *lab, guint member);
/* The member stands still, and what comes to it waits; or goes on. */
void lab_pause (Lab *lab, guint member, gboolean is_paused);
/* It goes on after @ms, and they see it again. */
void lab_go_on (Lab *lab, guint member, gint64 ms);
/* All ask who is alive. */
void lab_heartbeat (Lab *lab);

LabNode *lab_node (Lab *lab, guint member);
CatalinaReplicatedMap *lab_map (Lab *lab, guint member);
TribesMember *lab_member (Lab *lab, guint member);
gboolean lab_is_alive (Lab *lab, guint member);

void lab_put (Lab *lab, guint member, const char *key, const char *text);
/* Appends to the value, and tells those who have a copy. */
gboolean lab_change (Lab *lab, guint member, const char *key, const char *text);
/* Waits for it; NULL: there is none. (transfer full) */
char *lab_get (Lab *lab, guint member, const char *key);
/* What the member itself has. */
const char *lab_value (Lab *lab, guint member, const char *key);
void lab_assert_role (Lab *lab, guint member, const char *key, CatalinaMapRole role);
/* How many of all have the value, and how many answer for it. */
guint lab_count (Lab *lab, const char *key, CatalinaMapRole role);
guint lab_count_events (Lab *lab, guint member, CatalinaMapEventKind kind);

G_END_DECLS
