/* SPDX-License-Identifier: Apache-2.0
 *
 * Each interceptor's own bytes, in one table for those that send them, those that look for them and
 * those that only want to know what a message was.
 */
#include "tribes/interceptors/tribes-markers-private.h"

#include <string.h>

#include "tribes/base/tribes-reader-private.h"
#include "tribes/channel/tribes-wrapping-private.h"
#include "tribes/interceptors/tribes-coordination-private.h"
#include "tribes/interceptors/tribes-two-phase-private.h"
#include "tribes/wire/tribes-dissection-private.h"

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

/* What stands behind what has an end of its own: another interceptor's, or nobody knows whose. */
static void
add_behind (TribesDissection *dissection, const guint8 *data, gsize size, gsize end)
{
  TribesWrapping wrapping;

  if (end >= size)
    return;
  if (tribes_wrapping_read (data, size, end, &wrapping))
    tribes_wrapping_dissect (dissection, &wrapping, size);
  else
    tribes_dissection_add_bytes (dissection, "data", end, size - end, "behind it");
}

static void
dissect (TribesDissection *dissection, GBytes *bytes, TribesSendOptions options, gpointer user_data)
{
  TribesMarker marker = (TribesMarker) GPOINTER_TO_UINT (user_data);
  gsize end = markers[marker].size;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GBytes) text = g_bytes_new_from_bytes (bytes, 0, MIN (size, end));

  tribes_dissection_add_blob (dissection, "marker", 0, text, markers[marker].meaning);
  add_behind (dissection, data, size, end);
}

static gboolean
recognize_coordination (const guint8 *data,
                        gsize size,
                        TribesSendOptions options,
                        gpointer user_data)
{
  return tribes_coordination_recognize (data, size) != TRIBES_COORDINATION_NONE;
}

static void
add_member (TribesDissection *dissection, const char *name, const guint8 *data, gsize *at)
{
  gsize size = tribes_peek_u32 (data + *at);
  g_autoptr (GBytes) package = g_bytes_new_static (data + *at + 4, size);

  *at += 4;
  (void) tribes_dissection_add_member (dissection, name, *at, size, package);
  *at += size;
}

static void
add_coordination (TribesDissection *dissection,
                  const guint8 *data,
                  const TribesCoordination *message)
{
  gsize at = TRIBES_COORDINATION_ID_SIZE;

  add_member (dissection, "leader", data, &at);
  add_member (dissection, "source", data, &at);
  tribes_dissection_add_number (dissection, "members", at, 4, message->members->len, NULL);
  at += 4;
  for (guint i = 0; i < message->members->len; i++)
    add_member (dissection, "member", data, &at);
  tribes_dissection_add_bytes (dissection, "view", at, TRIBES_COORDINATION_ID_SIZE, NULL);
}

static void
dissect_coordination (TribesDissection *dissection,
                      GBytes *bytes,
                      TribesSendOptions options,
                      gpointer user_data)
{
  gsize size, end;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (TribesCoordination) message = NULL;
  g_autoptr (GError) error = NULL;

  if (tribes_coordination_recognize (data, size) == TRIBES_COORDINATION_ALIVE)
    {
      tribes_dissection_add_bytes (dissection, "coordination", 0, TRIBES_COORDINATION_ALIVE_SIZE,
                                   "a coordinator asks who is there");
      add_behind (dissection, data, size, TRIBES_COORDINATION_ALIVE_SIZE);
      return;
    }
  message = tribes_coordination_parse (data, size, &end, &error);
  tribes_dissection_begin (dissection, "coordination", 0, size);
  if (message)
    add_coordination (dissection, data, message);
  else
    tribes_dissection_add_problem (dissection, 0, size, error->message);
  if (message)
    add_behind (dissection, data, size, end);
  tribes_dissection_end (dissection, message && message->is_confirmation
                                         ? "this is the view"
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
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  tribes_dissection_add_bytes (dissection, "commit of message", TRIBES_TWO_PHASE_ID_AT,
                               TRIBES_MESSAGE_ID_SIZE, "it may be delivered");
  add_behind (dissection, data, size, TRIBES_TWO_PHASE_COMMIT_SIZE (TRIBES_MESSAGE_ID_SIZE));
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
