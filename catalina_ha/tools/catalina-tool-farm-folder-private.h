/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder that received web applications go to. All of its functions may block; one thread at a
 * time calls them.
 *
 * A file is written under a name of its own that begins with a dot, and gets the real one once it
 * is complete and on the disk: whoever looks sees the old one, or the new one, or none. Nothing is
 * followed or opened that is already there. Only a file that came this way, and is still the same
 * one, is ever taken away.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _CatalinaToolFarmFolder CatalinaToolFarmFolder;

/* Takes away what an earlier process left unfinished a while ago. */
CatalinaToolFarmFolder *catalina_tool_farm_folder_open (const char *path,
                                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes away what is unfinished. */
void catalina_tool_farm_folder_free (CatalinaToolFarmFolder *self);

/* Each @id begins once. */
gboolean catalina_tool_farm_folder_begin (CatalinaToolFarmFolder *self,
                                          guint64 id,
                                          const char *name,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After a failure, and for an @id that is not there, it gives FALSE without @error. */
gboolean catalina_tool_farm_folder_write (CatalinaToolFarmFolder *self,
                                          guint64 id,
                                          const guint8 *data,
                                          gsize size,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_tool_farm_folder_finish (CatalinaToolFarmFolder *self,
                                           guint64 id,
                                           guint64 *size,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_tool_farm_folder_drop (CatalinaToolFarmFolder *self, guint64 id);

/* FALSE with @error: it could not be taken away; without: it did not come this way, or is another
 * one meanwhile. */
gboolean catalina_tool_farm_folder_remove (CatalinaToolFarmFolder *self,
                                           const char *name,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
