/* SPDX-License-Identifier: Apache-2.0
 *
 * A folder in which a process keeps its unique id from one start to the next. One living process at
 * a time has it; what is found in it counts only if nobody else can have put it there, and what is
 * written is there as a whole or not at all.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef struct _TribesStateDirectory TribesStateDirectory;

/* Makes @path if it is not there, in a folder that is. It is this process's until it is freed. */
TribesStateDirectory *tribes_state_directory_open (const char *path,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean tribes_state_directory_is (TribesStateDirectory *self, const char *path);
void tribes_state_directory_free (TribesStateDirectory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesStateDirectory, tribes_state_directory_free)

/* The id that is kept there; where there is none, @unique_id, which is kept from now on. */
gboolean tribes_state_directory_keep_unique_id (TribesStateDirectory *self,
                                                guint8 *unique_id,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
