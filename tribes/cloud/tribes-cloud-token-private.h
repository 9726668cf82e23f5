/* SPDX-License-Identifier: Apache-2.0
 *
 * The token a pod's service account shows to the API server. It is in no log and in no error.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* (transfer full): what the header Authorization says; to be freed with tribes_cloud_token_free().
 * A file that is no ordinary one is not waited for. */
char *tribes_cloud_token_read (const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Leaves none of it in memory. */
void tribes_cloud_token_free (char *header);
void tribes_cloud_token_wipe (const char *header);

G_END_DECLS
