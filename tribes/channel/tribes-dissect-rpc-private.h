/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions and answers, taken apart; what they carry is a layer's of its own.
 */
#pragma once

#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* A TribesDissectFunc. @user_data: what the node is called. */
void tribes_dissect_rpc (TribesDissection *dissection,
                         GBytes *bytes,
                         TribesSendOptions options,
                         gpointer user_data);

G_END_DECLS
