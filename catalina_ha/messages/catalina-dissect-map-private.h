/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of replicated maps, taken apart: what kind of one, about which key, who has the entry,
 * and the entry itself. Of who is logged in everywhere the password is never shown: what cannot be
 * read whole is named, and not shown in another way.
 */
#pragma once

#include "catalina_ha/messages/catalina-map-message-private.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* A TribesDissectFunc. */
void catalina_dissect_map (TribesDissection *dissection,
                           GBytes *bytes,
                           TribesSendOptions options,
                           gpointer user_data);

G_END_DECLS
