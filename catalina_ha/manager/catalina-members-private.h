/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of members.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* Of references to members, which the array owns. */
GPtrArray *catalina_members_new (void);
void catalina_members_add (GPtrArray *members, TribesMember *member);
gboolean catalina_members_have (GPtrArray *members, TribesMember *member);
/* @member as the list has it, or else @member itself. With static members of which nobody said the
 * unique id, a message bears another than the list of members. */
TribesMember *catalina_members_resolve (GPtrArray *members, TribesMember *member);

G_END_DECLS
