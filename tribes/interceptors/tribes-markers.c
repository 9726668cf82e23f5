/* SPDX-License-Identifier: Apache-2.0
 *
 * Each interceptor's own bytes, in one table for those that send them, those that look for them and
 * those that only want to know what a message was.
 */
#include "tribes/interceptors/tribes-markers-private.h"

#include <string.h>

#include "tribes/channel/tribes-wrapping-private.h"
#include "tribes/interceptors/tribes-two-phase-private.h"

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

/* Of NonBlockingCoordinator: who leads is agreed on, and a look whether a member is there. */
static const guint8 coordination_head[] = { 0xaa, 0x26, 0xde, 0xe3, 0x9e, 0x5a, 0x41, 0x3f,
                                            0xaf, 0x86, 0xfa, 0x92, 0x63, 0xca, 0x0d, 0x3f };
static const guint8 coordination_alive[]
    = { 0x4f, 0x87, 0xe7, 0xf1, 0xc5, 0x05, 0x40, 0x5e, 0xb3, 0x71, 0x89, 0xa8, 0x34,
        0x72, 0xc8, 0xd2, 0xee, 0x66, 0x0a, 0x22, 0x81, 0xf7, 0x47, 0x73, 0xba, 0x48,
        0x9b, 0x58, 0x48, 0x84, 0x7f, 0x6f, 0x4a, 0x4c, 0x8c, 0x32, 0x6f, 0x67, 0x41,
        0x03, 0xb3, 0x33, 0xdd, 0x00, 0x77, 0x75, 0x09, 0xe6, 0x77, 0x32, 0xb5, 0x97,
        0x9a, 0x24, 0x4f, 0x25, 0xbc, 0xac, 0x85, 0x0f, 0xea, 0x93, 0x6a, 0xc9 };
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

/* An interceptor that stands further down puts its own behind it. */
static gboolean
recognize (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  TribesMarker marker = (TribesMarker) GPOINTER_TO_UINT (user_data);
  gsize end = markers[marker].size;
  TribesWrapping wrapping;

  return size >= end && is_marker (marker, data, end)
         && (size == end || tribes_wrapping_read (data, size, end, &wrapping));
}

static void
dissect (TribesDissection *dissection, GBytes *bytes, TribesSendOptions options, gpointer user_data)
{
  TribesMarker marker = (TribesMarker) GPOINTER_TO_UINT (user_data);
  gsize end = markers[marker].size;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GBytes) text = g_bytes_new_from_bytes (bytes, 0, MIN (size, end));
  TribesWrapping wrapping;

  tribes_dissection_add_blob (dissection, "marker", 0, text, markers[marker].meaning);
  if (size > end && tribes_wrapping_read (data, size, end, &wrapping))
    tribes_wrapping_dissect (dissection, &wrapping, size);
}

static gboolean
recognize_coordination (const guint8 *data,
                        gsize size,
                        TribesSendOptions options,
                        gpointer user_data)
{
  return (size >= sizeof coordination_head
          && memcmp (data, coordination_head, sizeof coordination_head) == 0)
         || (size >= sizeof coordination_alive
             && memcmp (data, coordination_alive, sizeof coordination_alive) == 0);
}

static void
dissect_coordination (TribesDissection *dissection,
                      GBytes *bytes,
                      TribesSendOptions options,
                      gpointer user_data)
{
  gboolean is_alive = ((const guint8 *) g_bytes_get_data (bytes, NULL))[0] == coordination_alive[0];

  tribes_dissection_add_blob (dissection, "coordination", 0, bytes,
                              is_alive ? "a coordinator asks who is there"
                                       : "members agree on who leads");
}

static gboolean
recognize_commit (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  return tribes_two_phase_is_commit (data, size, TRIBES_MESSAGE_ID_SIZE);
}

static void
dissect_commit (TribesDissection *dissection,
                GBytes *bytes,
                TribesSendOptions options,
                gpointer user_data)
{
  tribes_dissection_add_bytes (dissection, "commit of message", TRIBES_TWO_PHASE_ID_AT,
                               TRIBES_MESSAGE_ID_SIZE, "it may be delivered");
}

/**
 * tribes_dissector_add_markers:
 * @dissector: a registry
 *
 * Adds the layers `member-start`, `member-stop` (StaticMembershipInterceptor), `fail-detect`
 * (TcpFailureDetector), `ping` (TcpPingInterceptor), `coordination` (NonBlockingCoordinator) and
 * `commit` (TwoPhaseCommitInterceptor).
 *
 * Since: 0.1
 */
void
tribes_dissector_add_markers (TribesDissector *dissector)
{
  for (guint i = 0; i < G_N_ELEMENTS (markers); i++)
    tribes_dissector_add_layer (dissector, markers[i].name, NULL, TRIBES_SEND_OPTIONS_NONE,
                                recognize, dissect, GUINT_TO_POINTER (i), NULL);
  tribes_dissector_add_layer (dissector, "coordination", NULL, TRIBES_SEND_OPTIONS_NONE,
                              recognize_coordination, dissect_coordination, NULL, NULL);
  tribes_dissector_add_layer (dissector, "commit", NULL, TRIBES_SEND_OPTIONS_NONE, recognize_commit,
                              dissect_commit, NULL, NULL);
}
