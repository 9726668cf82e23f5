/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cluster notices of the other members while it works with them: who does not answer in
 * time, and whose domain is another.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *slow;     /* of TribesMember */
  GHashTable *domains; /* of GBytes: those that were told of */
} CatalinaPeers;

void catalina_peers_init (CatalinaPeers *self);
void catalina_peers_clear (CatalinaPeers *self);

/* Whoever does not acknowledge in time, as a process that is stopped, is not waited for again until
 * it does; what is sent goes to it all the same. */
void catalina_peers_set_slow (CatalinaPeers *self, TribesMember *member, gboolean slow);
gboolean catalina_peers_is_slow (const CatalinaPeers *self, TribesMember *member);
/* Takes those who are slow out of @members, in their order; NULL for nobody. */
GPtrArray *catalina_peers_split_slow (const CatalinaPeers *self, GPtrArray *members);

/* (transfer full) (nullable): what to say of a member of another domain than @local, once for each
 * domain */
char *
catalina_peers_compare_domains (CatalinaPeers *self, TribesMember *local, TribesMember *member);

void catalina_peers_forget (CatalinaPeers *self, TribesMember *member);

G_END_DECLS
