/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about contexts that are not known, of senders that are no members. Only members name
 * contexts; but whoever has just started may speak before it is known, and a Tomcat that asks for
 * sessions waits for an answer. So these wait for a moment for their sender to become a member.
 * Bounded in number and bytes.
 */
#pragma once

#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaSessionMessage *message;
  TribesMember *from;
  gint64 until_ms;
  gsize bytes;
} CatalinaStranger;

void catalina_stranger_free (CatalinaStranger *stranger);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaStranger, catalina_stranger_free)

typedef struct
{
  GQueue waiting; /* of CatalinaStranger */
  gsize bytes;
} CatalinaStrangers;

void catalina_strangers_init (CatalinaStrangers *self);
void catalina_strangers_clear (CatalinaStrangers *self);

void catalina_strangers_add (CatalinaStrangers *self,
                             CatalinaSessionMessage *message,
                             TribesMember *from,
                             gint64 now_ms);
/* (transfer full) (nullable): the next message of @member, or of somebody at its address */
CatalinaStranger *catalina_strangers_take (CatalinaStrangers *self, TribesMember *member);
/* (transfer full) (nullable): the next one that has waited in vain, or for which there is no room
 */
CatalinaStranger *catalina_strangers_pop (CatalinaStrangers *self, gint64 now_ms);
/* When there is one; G_MAXINT64 for never. */
gint64 catalina_strangers_get_deadline (const CatalinaStrangers *self);

G_END_DECLS
