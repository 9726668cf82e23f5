/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* A member that leaves says so with this command in its package. */
#define TRIBES_SHUTDOWN_COMMAND "BABY-ALEX"

static inline gboolean
tribes_member_is_shutting_down (TribesMember *member)
{
  g_autoptr (GBytes) command = tribes_member_dup_command (member);
  g_autoptr (GBytes) shutdown
      = g_bytes_new_static (TRIBES_SHUTDOWN_COMMAND, sizeof TRIBES_SHUTDOWN_COMMAND - 1);

  return g_bytes_equal (command, shutdown);
}

/* (transfer full): @member as it is when it leaves */
static inline TribesMember *
tribes_member_shutting_down (TribesMember *member)
{
  g_autoptr (GBytes) shutdown
      = g_bytes_new_static (TRIBES_SHUTDOWN_COMMAND, sizeof TRIBES_SHUTDOWN_COMMAND - 1);

  return tribes_member_with_command (member, shutdown);
}

G_END_DECLS
