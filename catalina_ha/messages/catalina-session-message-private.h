/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/messages/catalina-session-message.h"

G_BEGIN_DECLS

/* Bytes of memory that do not go back as long as @message is there: what it holds, and the payload
 * that its data is a part of. */
gsize catalina_session_message_get_weight (CatalinaSessionMessage *message);

G_END_DECLS
