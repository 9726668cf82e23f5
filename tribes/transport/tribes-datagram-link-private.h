/* SPDX-License-Identifier: Apache-2.0
 *
 * What one sender knows of one destination that it sends datagrams to, without socket and clock.
 * Messages leave in the order they were queued. An acknowledgement does not say which message it is
 * for: behind one that wants it the others wait, as they do on one connection of a Tomcat.
 *
 * Nothing is sent twice. A message whose acknowledgement does not come in time has failed, and the
 * socket goes with it, so that one that comes late meets nobody.
 */
#pragma once

#include "tribes/transport/tribes-link-private.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 timeout_us;         /* from being queued until it has failed */
  gint64 idle_us;            /* without a message until the destination is forgotten */
  gsize max_queued_bytes;    /* more are refused */
  gsize max_size;            /* of a message */
  gboolean fail_on_fail_ack; /* throwOnFailedAck */
} TribesDatagramLinkSettings;

typedef struct _TribesDatagramLink TribesDatagramLink;

TribesDatagramLink *tribes_datagram_link_new (const TribesDatagramLinkSettings *settings,
                                              gint64 now_us);
void tribes_datagram_link_free (TribesDatagramLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesDatagramLink, tribes_datagram_link_free)

/* @token comes back in exactly one event, at the earliest after this call. */
gboolean tribes_datagram_link_enqueue (TribesDatagramLink *link,
                                       GBytes *frame,
                                       gboolean wants_ack,
                                       gpointer token,
                                       gint64 now_us,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (nullable): what may leave now; say how that went with one of the next two. */
GBytes *tribes_datagram_link_peek (TribesDatagramLink *link);
void tribes_datagram_link_sent (TribesDatagramLink *link, gint64 now_us);
void tribes_datagram_link_not_sent (TribesDatagramLink *link, const GError *error);

/* The other host says that nobody listens there: what waits for an acknowledgement fails. FALSE:
 * nothing does; it was about one whose fate nobody asked for. */
gboolean tribes_datagram_link_refused (TribesDatagramLink *link, const GError *error);

/* A datagram from the other side. FALSE: nothing that was waited for. */
gboolean tribes_datagram_link_input (TribesDatagramLink *link,
                                     const guint8 *data,
                                     gsize size,
                                     gint64 now_us) G_GNUC_WARN_UNUSED_RESULT;

gint64 tribes_datagram_link_deadline (TribesDatagramLink *link);
/* TRUE: an acknowledgement is overdue; the socket must be replaced. */
gboolean tribes_datagram_link_expire (TribesDatagramLink *link,
                                      gint64 now_us) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the destination may be forgotten. */
gboolean tribes_datagram_link_is_idle (TribesDatagramLink *link, gint64 now_us);

void tribes_datagram_link_fail_all (TribesDatagramLink *link, const GError *error);
gboolean tribes_datagram_link_has_events (TribesDatagramLink *link);
gboolean tribes_datagram_link_pop_event (TribesDatagramLink *link, TribesLinkEvent *event);
gsize tribes_datagram_link_get_queued_bytes (TribesDatagramLink *link);

G_END_DECLS
