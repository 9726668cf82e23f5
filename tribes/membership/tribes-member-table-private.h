/* SPDX-License-Identifier: Apache-2.0
 *
 * Who was heard and when: the list of the other members, in order. Knows no clock; whoever calls
 * says what time it is.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* Each member costs its package (at most 64 KiB, 77 bytes usually), and anyone who can send a
 * datagram can invent members: this bounds what they can make us hold to 16 MiB. Far more than the
 * clusters in which every member sends to every other one. */
#define TRIBES_MEMBER_TABLE_MAX 256

typedef enum
{
  TRIBES_MEMBER_ORDER_ALIVE_TIME, /* oldest first; equal ones as they came */
  TRIBES_MEMBER_ORDER_ABSOLUTE,   /* tribes_member_compare_order() */
} TribesMemberOrder;

typedef enum
{
  TRIBES_MEMBER_HEARD_ADDED,
  TRIBES_MEMBER_HEARD_REFRESHED,
  TRIBES_MEMBER_HEARD_LOCAL, /* ignored: that is us */
  TRIBES_MEMBER_HEARD_FULL,  /* ignored: no room for one more */
} TribesMemberHeard;

typedef struct
{
  GArray *entries;
  TribesMember *local; /* owned; (nullable) */
  TribesMemberOrder order;
  guint max;
  gint64 drop_us;
} TribesMemberTable;

/* @drop_us: a member not heard for longer than this has expired; G_MAXINT64 for never. */
void tribes_member_table_init (TribesMemberTable *table,
                               TribesMemberOrder order,
                               guint max,
                               gint64 drop_us);
void tribes_member_table_clear (TribesMemberTable *table);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesMemberTable, tribes_member_table_clear)

/* Forgets all members, but not who is local. */
void tribes_member_table_reset (TribesMemberTable *table);

/* The member that is never listed; one that was listed until now stays until it expires. */
void tribes_member_table_set_local (TribesMemberTable *table, TribesMember *local);
gboolean tribes_member_table_is_local (const TribesMemberTable *table, TribesMember *member);

TribesMemberHeard
tribes_member_table_heard (TribesMemberTable *table, TribesMember *member, gint64 now_us);

/* Whether somebody looked for the member where it says it is, and found nobody. */
void tribes_member_table_set_doubtful (TribesMemberTable *table,
                                       TribesMember *member,
                                       gboolean doubtful);
/* (transfer full) (nullable): a doubtful member that is listed no more, as the table was full */
TribesMember *tribes_member_table_make_room (TribesMemberTable *table);

/* (transfer full) (nullable): one that listened where @member does, under another id, and was not
 * heard since @since_us; it is listed no more */
TribesMember *
tribes_member_table_pop_replaced (TribesMemberTable *table, TribesMember *member, gint64 since_us);

guint tribes_member_table_size (const TribesMemberTable *table);
/* (transfer none) (nullable): what is known of the member that equals @member */
TribesMember *tribes_member_table_find (const TribesMemberTable *table, TribesMember *member);
/* When the member that equals @member was heard last; G_MININT64 if it is not listed. */
gint64 tribes_member_table_get_heard_us (const TribesMemberTable *table, TribesMember *member);
gboolean tribes_member_table_remove (TribesMemberTable *table, TribesMember *member);

/* (transfer full) (nullable): a member that has expired by @now_us and is listed no more */
TribesMember *tribes_member_table_pop_expired (TribesMemberTable *table, gint64 now_us);
/* When the next member expires, or G_MAXINT64. */
gint64 tribes_member_table_next_deadline (const TribesMemberTable *table);

/* (transfer full): the members in order */
GPtrArray *tribes_member_table_list_members (const TribesMemberTable *table);

G_END_DECLS
