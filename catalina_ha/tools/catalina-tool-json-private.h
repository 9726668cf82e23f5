/* SPDX-License-Identifier: Apache-2.0
 *
 * Members as JSON.
 */
#pragma once

#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/channel/tribes-channel.h"

G_BEGIN_DECLS

/* What tells a member from others, into an object that has begun. */
void catalina_tool_json_add_member (TribesJson *json, TribesMember *member);

/* "10.0.0.1:4000" (transfer full) */
char *catalina_tool_dup_address (TribesMember *member);
/* (transfer none) (nullable): the interceptor of @channel that has the property `coordinator` */
TribesInterceptor *catalina_tool_find_coordinator (TribesChannel *channel);

G_END_DECLS
