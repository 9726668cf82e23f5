/* SPDX-License-Identifier: Apache-2.0
 *
 * A network in memory: hosts, streams and multicast datagrams between them, and what can befall
 * those. Like the virtual clock it belongs to a thread, and whatever a main context of a host runs
 * is on that host. It moves bytes only when it is told to, in the same order for the same seed.
 *
 * A stream is what TCP is: nothing is lost or out of order in it. What is lost is sent again, and
 * so is late; what is sent over a path that is cut waits until that is healed. Datagrams are lost.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TribesNetwork TribesNetwork;
typedef struct _TribesHost TribesHost;
typedef struct _TribesPipe TribesPipe;       /* one end of a stream */
typedef struct _TribesDoor TribesDoor;       /* a port that listens */
typedef struct _TribesMailbox TribesMailbox; /* a socket for datagrams */

/* From one host to another. */
typedef struct
{
  gint64 delay_us;
  gint64 jitter_us; /* up to that much more, evenly */
  double loss;      /* of the packets, 0 to 1 */
  double reorder;   /* of the datagrams, that come behind later ones */
  gboolean is_cut;
} TribesPath;

typedef enum
{
  TRIBES_PARCEL_CONNECT,
  TRIBES_PARCEL_ACCEPT,
  TRIBES_PARCEL_DATA,
  TRIBES_PARCEL_CLOSE,
  TRIBES_PARCEL_RESET,
  TRIBES_PARCEL_DATAGRAM
} TribesParcelKind;

typedef enum
{
  TRIBES_PARCEL_ARRIVED,
  TRIBES_PARCEL_LOST,   /* it is sent again, unless it is a datagram */
  TRIBES_PARCEL_HELD,   /* the path is cut */
  TRIBES_PARCEL_REFUSED /* there is nobody */
} TribesParcelFate;

typedef struct
{
  TribesParcelKind kind;
  TribesParcelFate fate;
  guint from; /* numbers of hosts */
  guint to;
  guint64 stream;     /* that it is of; odd numbers go from who connected, even ones back */
  const guint8 *data; /* (nullable) */
  gsize size;
} TribesParcel;

typedef void (*TribesNetworkTap) (const TribesParcel *parcel, gpointer data);

/* From now to its end the network of this thread, which has to have none but a virtual clock. */
TribesNetwork *tribes_network_new (guint32 seed);
void tribes_network_free (TribesNetwork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesNetwork, tribes_network_free)
/* (nullable): is shown what becomes of everything. */
void tribes_network_set_tap (TribesNetwork *self, TribesNetworkTap tap, gpointer data);
/* What draws are made from; not to be kept. */
GRand *tribes_network_get_random (TribesNetwork *self);

/* Its number: 0, 1, ... @address: IPv4, as text; @context: what runs it */
guint tribes_network_add_host (TribesNetwork *self, const char *address, GMainContext *context);
/* Its process ends: who was connected to it hears of that, and nobody listens any more. What still
 * runs of it is on no network. @context: (nullable): what runs it when it starts again; NULL: it
 * does not */
void tribes_network_restart_host (TribesNetwork *self, guint host, GMainContext *context);
/* To be changed in place, but for @is_cut. */
TribesPath *tribes_network_get_path (TribesNetwork *self, guint from, guint to);
void tribes_network_set_cut (TribesNetwork *self, guint from, guint to, gboolean is_cut);

/* When the next parcel arrives; G_MAXINT64 if none is under way. */
gint64 tribes_network_get_deadline (TribesNetwork *self);
/* What is to have arrived by now does. */
void tribes_network_deliver (TribesNetwork *self);

/* What sockets do */

/* NULL: the thread has no network, sockets are real. */
TribesNetwork *tribes_network_get_current (void);
/* NULL: what @context runs is on no host, or on one that is no more. */
TribesHost *tribes_network_find_host (TribesNetwork *self, GMainContext *context);
const char *tribes_host_get_address (TribesHost *self);
const char *tribes_network_get_host_address (TribesNetwork *self, guint number);

/* 0, or as errno has it. @address: of 4 bytes */
int tribes_pipe_connect (
    TribesHost *host, const guint8 *address, guint16 port, GSource *watcher, TribesPipe **pipe);
/* NULL: nobody has come, or what came is gone. */
TribesPipe *tribes_door_accept (TribesDoor *self);
/* The accepted end makes @watcher ready from now on. */
void tribes_pipe_attach (TribesPipe *self, GSource *watcher);
void tribes_pipe_close (TribesPipe *self);
/* As send() and recv() do it without blocking, errno included. */
gssize tribes_pipe_send (TribesPipe *self, const guint8 *data, gsize size);
gssize tribes_pipe_recv (TribesPipe *self, guint8 *into, gsize room);
/* As errno has it; 0: nothing is wrong. */
int tribes_pipe_get_error (TribesPipe *self);
void tribes_pipe_watch (TribesPipe *self, GIOCondition condition);
/* What is so of what it is watched for. */
GIOCondition tribes_pipe_query (TribesPipe *self);
char *tribes_pipe_describe_peer (TribesPipe *self);

/* NULL: somebody listens there. */
TribesDoor *tribes_door_open (TribesHost *host, guint16 port, GSource *watcher);
void tribes_door_close (TribesDoor *self);

/* @group: address and port, as text */
TribesMailbox *tribes_mailbox_open (TribesHost *host, const char *group);
void tribes_mailbox_close (TribesMailbox *self);
void tribes_mailbox_join (TribesMailbox *self);
/* (transfer full): ready while there is something to take */
GSource *tribes_mailbox_create_source (TribesMailbox *self);
void tribes_mailbox_send (TribesMailbox *self, const guint8 *data, gsize size);
/* (transfer full) (nullable): the next one. @from: (out) (not nullable): the number of the sender
 */
GBytes *tribes_mailbox_take (TribesMailbox *self, guint *from);

G_END_DECLS
