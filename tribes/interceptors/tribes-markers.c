/* SPDX-License-Identifier: Apache-2.0
 *
 * Each interceptor's own bytes, in one table for those that send them, those that look for them and
 * those that only want to know what a message was.
 */
#include "tribes/interceptors/tribes-markers-private.h"

#include <string.h>

static const guint8 fail_detect[]
    = { 0x4f, 0xa7, 0x73, 0x48, 0x79, 0x82, 0x43, 0xc9, 0x9f, 0x6f, 0x89, 0x80, 0xa1,
        0x5b, 0x07, 0x14, 0x7d, 0xd9, 0x52, 0x5b, 0xeb, 0xf1, 0x43, 0x9a, 0xb7, 0x7e,
        0xbe, 0x8f, 0x81, 0x67, 0x1e, 0xb6, 0x37, 0x15, 0xbe, 0x87, 0x45, 0x7e, 0x4c,
        0xa8, 0xbf, 0x0a, 0x4d, 0x13, 0x53, 0x38, 0x15, 0x32, 0x55, 0xf6, 0x94, 0xb7,
        0x3a, 0xfa, 0x40, 0x78, 0x91, 0x04, 0x7d, 0xd7, 0x72, 0x84, 0xc0, 0xd5 };
static const guint8 ping[]
    = { 0x4f, 0xa7, 0x73, 0x48, 0x79, 0xdf, 0x43, 0xc9, 0x9f, 0x6f, 0x89, 0x80, 0xa1,
        0x5b, 0x07, 0x14, 0x7d, 0xd9, 0x52, 0x5b, 0xeb, 0xdf, 0x43, 0x9a, 0xb7, 0x7e,
        0xbe, 0x8f, 0x81, 0x67, 0x1e, 0xb6, 0x37, 0x15, 0xbe, 0x87, 0x45, 0x21, 0x4c,
        0xa8, 0xbf, 0x0a, 0x4d, 0x13, 0x53, 0x38, 0x15, 0x32, 0x55, 0xf6, 0x94, 0xb7,
        0x3a, 0xdf, 0x21, 0x78, 0x91, 0x04, 0x7d, 0xd7, 0x72, 0x84, 0xc0, 0xd5 };

#define TEXT(text) (const guint8 *) text, sizeof text - 1

static const struct
{
  const char *name;
  const char *meaning;
  const guint8 *bytes;
  gsize size;
} markers[] = {
  [TRIBES_MARKER_MEMBER_START]
  = { "member-start", "a static member starts", TEXT ("Local StaticMember Notification Data") },
  [TRIBES_MARKER_MEMBER_STOP]
  = { "member-stop", "a static member stops", TEXT ("Local StaticMember Shutdown Data") },
  [TRIBES_MARKER_FAIL_DETECT]
  = { "fail-detect", "a failure detector asks", fail_detect, sizeof fail_detect },
  [TRIBES_MARKER_PING] = { "ping", "a ping", ping, sizeof ping },
};

const guint8 *
tribes_marker_peek (TribesMarker marker, gsize *size)
{
  *size = markers[marker].size;
  return markers[marker].bytes;
}

static gboolean
is_marker (TribesMarker marker, const guint8 *data, gsize size)
{
  return size == markers[marker].size && memcmp (data, markers[marker].bytes, size) == 0;
}

gboolean
tribes_marker_is (TribesMarker marker, TribesMessage *message)
{
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);

  return is_marker (marker, payload, size);
}

static gboolean
recognize (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  return is_marker ((TribesMarker) GPOINTER_TO_UINT (user_data), data, size);
}

static void
dissect (TribesDissection *dissection, GBytes *bytes, TribesSendOptions options, gpointer user_data)
{
  tribes_dissection_add_blob (dissection, "marker", 0, bytes,
                              markers[GPOINTER_TO_UINT (user_data)].meaning);
}

/**
 * tribes_dissector_add_markers:
 * @dissector: a registry
 *
 * Adds the layers `member-start`, `member-stop` (StaticMembershipInterceptor), `fail-detect`
 * (TcpFailureDetector) and `ping` (TcpPingInterceptor).
 *
 * Since: 0.1
 */
void
tribes_dissector_add_markers (TribesDissector *dissector)
{
  for (guint i = 0; i < G_N_ELEMENTS (markers); i++)
    tribes_dissector_add_layer (dissector, markers[i].name, NULL, TRIBES_SEND_OPTIONS_NONE,
                                recognize, dissect, GUINT_TO_POINTER (i), NULL);
}
