/* SPDX-License-Identifier: Apache-2.0
 *
 * Which members are really there, judged by whether their receiver takes a connection: the state
 * machine of TcpFailureDetector, without sockets and without a clock. It asks for checks and is
 * told their results; a result that was overtaken by a shutdown counts for nothing.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* As many as a membership lists at most; see the member table. */
#define TRIBES_FAILURE_DETECTOR_MAX 256

typedef enum
{
  TRIBES_FAILURE_DETECTOR_CHECK,       /* see whether @member takes a connection */
  TRIBES_FAILURE_DETECTOR_ADDED,       /* tell those above */
  TRIBES_FAILURE_DETECTOR_DISAPPEARED, /* tell those above */
} TribesFailureDetectorEventKind;

typedef struct
{
  TribesFailureDetectorEventKind kind;
  TribesMember *member; /* owned by the event */
  guint64 check;        /* to be given back with the result */
} TribesFailureDetectorEvent;

typedef struct
{
  GArray *entries;
  GQueue events;
  guint64 last_check;
  gint64 suspect_timeout_us; /* how long a member that was suspected wrongly is watched */
} TribesFailureDetector;

void tribes_failure_detector_init (TribesFailureDetector *detector);
void tribes_failure_detector_clear (TribesFailureDetector *detector);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesFailureDetector, tribes_failure_detector_clear)

/* Somebody says that @member is there. */
void tribes_failure_detector_add (TribesFailureDetector *detector, TribesMember *member);
/* Somebody could not send to @member. */
void tribes_failure_detector_suspect (TribesFailureDetector *detector,
                                      TribesMember *member,
                                      gint64 now_us);
/* The layers below list @member no more. One that takes connections stays, unless it is another,
 * listed one that listens there now: a process that was started again. */
void
tribes_failure_detector_lose (TribesFailureDetector *detector, TribesMember *member, gint64 now_us);
/* @member said itself that it leaves. */
void tribes_failure_detector_shutdown (TribesFailureDetector *detector, TribesMember *member);
/* The regular look at things. @below: the members the layers below list. @forced: check them all,
 * not only the doubtful ones. */
void tribes_failure_detector_heartbeat (TribesFailureDetector *detector,
                                        GPtrArray *below,
                                        gboolean forced,
                                        gint64 now_us);
void
tribes_failure_detector_result (TribesFailureDetector *detector, guint64 check, gboolean alive);

/* The members that are there, oldest first. */
GPtrArray *tribes_failure_detector_list_members (TribesFailureDetector *detector);

gboolean tribes_failure_detector_pop_event (TribesFailureDetector *detector,
                                            TribesFailureDetectorEvent *event);

G_END_DECLS
