/* SPDX-License-Identifier: Apache-2.0
 *
 * What a multicast membership does, without sockets and without a clock: datagrams and the time go
 * in; events, datagrams to send and the next moment at which something is due come out. It also
 * decides when a socket that fails is to be opened anew.
 *
 * After every call that changes something, whoever drives it sends what
 * tribes_mcast_core_pop_datagram() yields, hands out what tribes_mcast_core_pop_event() yields, and
 * sets a timer for tribes_mcast_core_next_deadline().
 */
#pragma once

#include "tribes/membership/tribes-member-table-private.h"
#include "tribes/membership/tribes-membership.h"

G_BEGIN_DECLS

/* How long a socket that could not be read is left alone: a lasting error must not become a busy
 * loop. As long as Tomcat sleeps. */
#define TRIBES_MCAST_PAUSE_US (500 * 1000)

typedef struct
{
  gint64 frequency_us;
  gint64 drop_us;
  guint max_members;
  gboolean recovery_enabled;
  guint recovery_counter; /* failures in a row before the socket is opened anew */
  gint64 recovery_sleep_us;
} TribesMcastConfig;

typedef enum
{
  TRIBES_MCAST_MEMBER_ADDED,
  TRIBES_MCAST_MEMBER_DISAPPEARED,
  TRIBES_MCAST_MESSAGE,
} TribesMcastEventKind;

typedef struct
{
  TribesMcastEventKind kind;
  TribesMember *member; /* owned; of the member events */
  GBytes *frame;        /* owned; of the message event */
} TribesMcastEvent;

typedef struct
{
  TribesMcastConfig config;
  TribesMemberTable table;
  TribesMember *local; /* owned; (nullable) */
  TribesServices services;
  GQueue events;    /* of TribesMcastEvent */
  GQueue datagrams; /* of GBytes */
  gint64 started_us;
  gint64 heartbeat_us; /* when the next one is due */
  gint64 read_us;      /* when to read again, while @paused */
  gint64 reopen_us;    /* when to try, while @recovering */
  gboolean announced;   /* a goodbye is owed */
  gboolean stays_young; /* always announces an alive time of 0 */
  guint failures;      /* in a row */
  gboolean troubled;   /* since a failure that was said aloud */
  gboolean recovering;
  gboolean paused;
} TribesMcastCore;

void tribes_mcast_core_init (TribesMcastCore *core, const TribesMcastConfig *config);
void tribes_mcast_core_clear (TribesMcastCore *core);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesMcastCore, tribes_mcast_core_clear)

/* Announced at once if the announcer runs. */
void tribes_mcast_core_set_local (TribesMcastCore *core, TribesMember *local, gint64 now_us);
/* @services: of MBR_RX and MBR_TX, what does not run yet. The first start of both puts @config in
 * force and begins the alive time. MBR_TX needs a local member. */
void tribes_mcast_core_start (TribesMcastCore *core,
                              const TribesMcastConfig *config,
                              TribesServices services,
                              gint64 now_us);
/* Behind the last of both a goodbye goes out. */
void tribes_mcast_core_stop (TribesMcastCore *core, TribesServices services, gint64 now_us);

/* What one datagram says becomes events, unless it is refused. */
gboolean tribes_mcast_core_receive (TribesMcastCore *core,
                                    const guint8 *data,
                                    gsize size,
                                    gint64 now_us,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Expires members and sends heartbeats as they are due. Read what has arrived before: a process
 * that was stopped for a while would otherwise drop members whose heartbeats it already has. */
void tribes_mcast_core_tick (TribesMcastCore *core, gint64 now_us);
/* G_MAXINT64 if nothing is due. */
gint64 tribes_mcast_core_next_deadline (const TribesMcastCore *core);

/* (transfer full) (nullable) */
GBytes *tribes_mcast_core_pop_datagram (TribesMcastCore *core);
gboolean tribes_mcast_core_pop_event (TribesMcastCore *core, TribesMcastEvent *event);
void tribes_mcast_event_clear (TribesMcastEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesMcastEvent, tribes_mcast_event_clear)

/* How the socket fares. %TRUE at the failure with which trouble begins and at the success that ends
 * it: say these aloud, and no others. */
gboolean tribes_mcast_core_send_failed (TribesMcastCore *core, gint64 now_us);
gboolean tribes_mcast_core_read_failed (TribesMcastCore *core, gint64 now_us);
gboolean tribes_mcast_core_sent (TribesMcastCore *core, gint64 now_us);

/* Whether the socket is to be read now. */
gboolean tribes_mcast_core_may_read (const TribesMcastCore *core);
/* Whether the socket is to be closed and opened anew now; tell how it went. */
gboolean tribes_mcast_core_wants_reopen (const TribesMcastCore *core, gint64 now_us);
void tribes_mcast_core_reopened (TribesMcastCore *core, gboolean success, gint64 now_us);

G_END_DECLS
