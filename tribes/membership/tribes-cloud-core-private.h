/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of members in, who joined and who left out, without I/O and clock. Only an answer makes
 * members leave: while nobody can be asked, those who are known stay.
 */
#pragma once

#include "tribes/cloud/tribes-cloud-entry-private.h"
#include "tribes/membership/tribes-member-table-private.h"

G_BEGIN_DECLS

/* Members that are known only because they sent something: whoever reaches the receiver's port can
 * invent some, and each is sent what all members are sent until it has expired. */
#define TRIBES_CLOUD_STRANGERS_MAX 32

typedef enum
{
  TRIBES_CLOUD_MEMBER_ADDED,
  TRIBES_CLOUD_MEMBER_DISAPPEARED,
  TRIBES_CLOUD_IDENTIFIED, /* @unique_id is what the list makes of this process */
} TribesCloudEventKind;

typedef struct
{
  TribesCloudEventKind kind;
  TribesMember *member; /* owned; (nullable) */
  guint8 unique_id[TRIBES_MEMBER_ID_SIZE];
} TribesCloudEvent;

typedef struct
{
  TribesMemberTable table;
  GQueue events;   /* of TribesCloudEvent */
  guint8 host[16]; /* where this process is; all listen on the same port */
  gsize host_size;
  int port;
  guint n_listed;      /* by the last answer, as far as there was room */
  guint n_refused;     /* by the last answer */
  gboolean answered;   /* ever */
  gboolean identified; /* ever */
} TribesCloudCore;

void tribes_cloud_core_init (TribesCloudCore *core);
void tribes_cloud_core_clear (TribesCloudCore *core);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesCloudCore, tribes_cloud_core_clear)

/* Forgets all members and asks anew from now on. @expiration_us: a member that is listed no more
 * stays for so long. */
void tribes_cloud_core_start (TribesCloudCore *core, gint64 expiration_us);
void tribes_cloud_core_stop (TribesCloudCore *core);
/* Where this process listens; it is never one of the members. */
void
tribes_cloud_core_set_place (TribesCloudCore *core, const guint8 *host, gsize host_size, int port);

/* An answer. @entries: (element-type TribesCloudEntry) */
void tribes_cloud_core_listed (TribesCloudCore *core, const GArray *entries, gint64 now_us);
/* @sender sent something. A member then, though no list may have it yet: it knows us, so it was
 * told of us. */
void tribes_cloud_core_heard (TribesCloudCore *core, TribesMember *sender, gint64 now_us);

/* @event is to be cleared. */
gboolean tribes_cloud_core_pop_event (TribesCloudCore *core, TribesCloudEvent *event);
void tribes_cloud_event_clear (TribesCloudEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesCloudEvent, tribes_cloud_event_clear)

G_END_DECLS
