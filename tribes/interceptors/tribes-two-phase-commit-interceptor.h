/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that are delivered only once all have them, as Tomcat's TwoPhaseCommitInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_TWO_PHASE_COMMIT_INTERCEPTOR (tribes_two_phase_commit_interceptor_get_type ())

/**
 * TribesTwoPhaseCommitInterceptor:
 *
 * Sends a message and, once all its destinations have it, another one that lets them deliver it. If
 * one of them cannot be told, none delivers it.
 *
 * Tomcat drops a commit that overtook its message, and then the message; here either waits for the
 * other.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.TwoPhaseCommitInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesTwoPhaseCommitInterceptor,
                      tribes_two_phase_commit_interceptor,
                      TRIBES,
                      TWO_PHASE_COMMIT_INTERCEPTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_two_phase_commit_interceptor_new (void);

G_END_DECLS
