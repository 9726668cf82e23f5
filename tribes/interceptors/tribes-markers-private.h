/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tribes/interceptors/tribes-markers.h"

G_BEGIN_DECLS

typedef enum
{
  TRIBES_MARKER_MEMBER_START, /* of StaticMembershipInterceptor */
  TRIBES_MARKER_MEMBER_STOP,
  TRIBES_MARKER_FAIL_DETECT, /* of TcpFailureDetector; whoever receives it drops it */
  TRIBES_MARKER_PING,        /* of TcpPingInterceptor; whoever receives it drops it */
} TribesMarker;

TRIBES_API
const guint8 *tribes_marker_peek (TribesMarker marker, gsize *size);
gboolean tribes_marker_is (TribesMarker marker, TribesMessage *message);

G_END_DECLS
