/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions, taken apart: those of a state transfer, and one as a replicated map has it.
 */
#pragma once

#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* A TribesDissectFunc. */
void catalina_dissect_state (TribesDissection *dissection,
                             GBytes *bytes,
                             TribesSendOptions options,
                             gpointer user_data);

/* @bytes: one session; @offset, @size: where it is in what is taken apart. FALSE: it could not be
 * read to its end. */
gboolean catalina_dissect_session (TribesDissection *dissection,
                                   GBytes *bytes,
                                   gsize offset,
                                   gsize size,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
