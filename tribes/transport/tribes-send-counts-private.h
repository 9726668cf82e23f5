/* SPDX-License-Identifier: Apache-2.0
 *
 * What was sent to each member, and how long their acknowledgements took. Members come and go, and
 * answers go wherever a message says it came from: of too many, those that were sent something
 * least recently are forgotten.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

#define TRIBES_SEND_COUNTS_MAX     256
#define TRIBES_SEND_COUNTS_BUCKETS 15

/* Upper bounds of the buckets in microseconds; what took longer is in none. */
TRIBES_API
const guint32 tribes_send_counts_bounds[TRIBES_SEND_COUNTS_BUCKETS];

typedef struct
{
  TribesMember *member;
  guint64 frames;   /* that ended well */
  guint64 failures; /* of frames */
  guint64 acks;
  guint64 ack_us;                              /* the sum over these */
  guint64 buckets[TRIBES_SEND_COUNTS_BUCKETS]; /* acknowledgements, each in one */
  guint64 used;                                /* when it last was, in sends */
} TribesSendCounts;

typedef struct _TribesSendCountsTable TribesSendCountsTable;

TribesSendCountsTable *tribes_send_counts_table_new (void);
void tribes_send_counts_table_free (TribesSendCountsTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesSendCountsTable, tribes_send_counts_table_free)

/* @ack_us: how long the acknowledgement took; negative where there was none. */
void tribes_send_counts_add (TribesSendCountsTable *table,
                             TribesMember *member,
                             gboolean success,
                             gint64 ack_us);

/* (transfer container) (element-type TribesSendCounts): of all, in no order; they are the table's.
 */
TRIBES_API
GPtrArray *tribes_send_counts_list (TribesSendCountsTable *table);

/* (nullable): of a member of that address. */
TRIBES_API
const TribesSendCounts *tribes_send_counts_find (TribesSendCountsTable *table,
                                                 TribesMember *member);

G_END_DECLS
