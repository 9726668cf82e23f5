/* SPDX-License-Identifier: Apache-2.0
 *
 * Members in the order that all of a cluster agree on, each once.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

GPtrArray *tribes_member_set_new (void);
/* FALSE if it is there. */
gboolean tribes_member_set_add (GPtrArray *set, TribesMember *member);
gboolean tribes_member_set_remove (GPtrArray *set, TribesMember *member);
gboolean tribes_member_set_has (GPtrArray *set, TribesMember *member);
gboolean tribes_member_set_equal (GPtrArray *a, GPtrArray *b);
/* (transfer full): of both; neither has to be a set */
GPtrArray *tribes_member_set_union (GPtrArray *a, GPtrArray *b);
/* (transfer full): those behind @member and then those in front of it, without it */
GPtrArray *tribes_member_set_ring (GPtrArray *set, TribesMember *member);

G_END_DECLS
