/* SPDX-License-Identifier: Apache-2.0
 *
 * What one sender knows of one destination, without socket and clock: frames waiting to be
 * written, frames waiting to be acknowledged, what to do when the connection fails, and when to
 * give up. Frames leave in the order they were queued, over one connection at a time.
 *
 * Several frames may be on their way before the first acknowledgement is back. An acknowledgement
 * does not say of which, and a Tomcat, which lets another thread read on before it is done with
 * what it has read, may be done with a later one first. So the oldest is taken for it, which is
 * right in the end; but who wants to know that a frame is done hears of it only once no other is
 * under way. Where something always is, what is new waits for that behind five milliseconds, and
 * where one frame is not done even then, that it is another is taken for certain in the end.
 */
#pragma once

#include <sys/uio.h>

#include "tribes/transport/tribes-outgoing-private.h"
#include "tribes/wire/tribes-frame-private.h"

G_BEGIN_DECLS

typedef struct
{
  /* Without any progress, until the frames under way fail. Progress is a whole acknowledgement, a
   * whole frame that was written, or 16 KiB of one. */
  gint64 timeout_us;
  guint max_retries;         /* how often a frame is written anew after a failed connection */
  gsize max_queued_bytes;    /* frames held for one destination; more are refused */
  gint64 keep_alive_us;      /* idle time after which the connection is closed; -1: never */
  gint64 keep_alive_count;   /* frames after which the connection is closed; -1: never */
  gboolean fail_on_fail_ack; /* throwOnFailedAck: a fail-ack is a failed send */
} TribesLinkSettings;

/* What is waited for behind a frame. */
typedef enum
{
  TRIBES_ACK_NONE,
  TRIBES_ACK_READ, /* an acknowledgement; it may be another's */
  TRIBES_ACK_DONE, /* until it can be no other's */
} TribesAck;

typedef enum
{
  TRIBES_LINK_IDLE,       /* no connection, and nothing to send */
  TRIBES_LINK_WANTED,     /* has something to send: open a connection */
  TRIBES_LINK_CONNECTING, /* the shell is at it */
  TRIBES_LINK_CONNECTED,
} TribesLinkState;

/* How one frame ended. */
typedef struct
{
  gpointer token;
  GError *error; /* NULL: sent, and acknowledged where that was asked for */
  gint64 ack_us; /* from the frame's last byte to its acknowledgement; -1: there was none */
} TribesLinkEvent;

typedef struct _TribesLink TribesLink;

TribesLink *tribes_link_new (const TribesLinkSettings *settings);
void tribes_link_free (TribesLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesLink, tribes_link_free)

/* Queues a frame. @token comes back in exactly one event, at the earliest after this call. */
gboolean tribes_link_enqueue (TribesLink *link,
                              TribesOutgoing *frame,
                              TribesAck ack,
                              gpointer token,
                              gint64 now_us,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

TribesLinkState tribes_link_get_state (TribesLink *link);
void tribes_link_connecting (TribesLink *link, gint64 now_us);
void tribes_link_connected (TribesLink *link, gint64 now_us);
/* The connection could not be made or broke. Frames that may be tried again are queued anew; the
 * others fail with a copy of @error. */
void tribes_link_failed (TribesLink *link, const GError *error, gint64 now_us);
/* The other side closed: a failure where frames are under way, else no harm. */
void tribes_link_closed (TribesLink *link, gint64 now_us);

/* What to write next: up to @n_vectors pieces, returns how many. They are there until the next call
 * of any function. */
guint tribes_link_output (TribesLink *link, struct iovec *vectors, guint n_vectors, gint64 now_us);
void tribes_link_written (TribesLink *link, gsize size, gint64 now_us);
/* Bytes from the other side: acknowledgements. FALSE: not what may come here; call
 * tribes_link_failed(). */
gboolean tribes_link_input (TribesLink *link,
                            const guint8 *data,
                            gsize size,
                            gint64 now_us,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* When tribes_link_expire() has something to do; -1 for never. */
gint64 tribes_link_deadline (TribesLink *link);
typedef enum
{
  TRIBES_LINK_NOTHING_EXPIRED,
  TRIBES_LINK_DROP_CONNECTION,
} TribesLinkExpiry;
TribesLinkExpiry tribes_link_expire (TribesLink *link, gint64 now_us);
/* Between frames, and the keep-alive settings say to close now. */
gboolean tribes_link_wants_close (TribesLink *link, gint64 now_us);

/* Fails everything that is queued, as when the member is gone or the sender stops. */
void tribes_link_fail_all (TribesLink *link, const GError *error);

gboolean tribes_link_has_events (TribesLink *link);
gboolean tribes_link_pop_event (TribesLink *link, TribesLinkEvent *event);

gsize tribes_link_get_queued_bytes (TribesLink *link);
guint tribes_link_get_queued_frames (TribesLink *link);

G_END_DECLS
