/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of NonBlockingCoordinator as bytes: a token that goes around the members of a view,
 * and the word that they all have agreed on it.
 */
#pragma once

#include "tribes/base/tribes-writer-private.h"
#include "tribes/wire/tribes-member-private.h"

G_BEGIN_DECLS

#define TRIBES_COORDINATION_ID_SIZE    16
#define TRIBES_COORDINATION_ALIVE_SIZE 64
/* As many as a membership lists at most, and this process. */
#define TRIBES_COORDINATION_MAX_MEMBERS 257

typedef struct
{
  TribesMember *leader;
  TribesMember *source; /* who sent the token on its way */
  GPtrArray *members;   /* of TribesMember, in their order */
  guint8 id[TRIBES_COORDINATION_ID_SIZE];
  gboolean is_confirmation;
} TribesCoordination;

/* Which message of the coordinators @data begins as. */
typedef enum
{
  TRIBES_COORDINATION_NONE,
  TRIBES_COORDINATION_MESSAGE,
  TRIBES_COORDINATION_ALIVE, /* whoever receives it drops it */
} TribesCoordinationKind;

TribesCoordinationKind tribes_coordination_recognize (const guint8 *data, gsize size);

/* Reads a message; what is of another type than a confirmation is a token, as in Tomcat. @end:
 * (nullable): where it ends; without that it has to fill @data. */
TribesCoordination *
tribes_coordination_parse (const guint8 *data, gsize size, gsize *end, GError **error);
void tribes_coordination_free (TribesCoordination *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesCoordination, tribes_coordination_free)
TribesCoordination *tribes_coordination_new (TribesMember *leader,
                                             TribesMember *source,
                                             GPtrArray *members,
                                             const guint8 *id,
                                             gboolean is_confirmation);
GBytes *tribes_coordination_write (const TribesCoordination *self);

G_END_DECLS
