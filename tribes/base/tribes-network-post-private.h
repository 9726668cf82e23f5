/* SPDX-License-Identifier: Apache-2.0
 *
 * What streams and mailboxes have of the network in memory that they are on.
 */
#pragma once

#include "tribes/base/tribes-network-private.h"

G_BEGIN_DECLS

struct _TribesHost
{
  TribesNetwork *network;
  guint number;
  char *text; /* of its address */
  guint8 address[4];
  GMainContext *context; /* (nullable): it is down */
  GQueue handles;        /* of TribesHandle: what its process has open */
};

/* The first member of what a process may have open. */
typedef struct
{
  TribesHost *host; /* (nullable): it is closed */
  GList node;
  void (*die) (gpointer self); /* closes it as the kernel does it for a process that is no more */
} TribesHandle;

typedef struct _TribesPost TribesPost;

/* Something under way. */
struct _TribesPost
{
  TribesParcel parcel;
  GBytes *bytes; /* (nullable) */
  gint64 us;     /* when it arrives */
  guint64 serial;
  TribesParcelFate (*arrive) (TribesPost *post);
  gpointer target; /* of @arrive; owned */
  GDestroyNotify release;
};

/* Takes @bytes and @target. @last_us: (nullable): when the one before arrives, which this one is
 * not to overtake; it is set to when this one does. */
void tribes_network_post (TribesNetwork *self,
                          const TribesParcel *parcel,
                          GBytes *bytes,
                          gint64 *last_us,
                          TribesParcelFate (*arrive) (TribesPost *post),
                          gpointer target,
                          GDestroyNotify release);
void tribes_handle_open (TribesHandle *self, TribesHost *host, void (*die) (gpointer self));
void tribes_handle_close (TribesHandle *self);
TribesHost *tribes_network_get_host (TribesNetwork *self, guint number);
guint tribes_network_get_n_hosts (TribesNetwork *self);
/* NULL: nobody has it. */
TribesHost *tribes_network_find_address (TribesNetwork *self, const guint8 *address);
guint64 tribes_network_next_stream (TribesNetwork *self);

G_END_DECLS
