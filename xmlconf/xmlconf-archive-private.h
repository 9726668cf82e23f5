/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of .war and .jar files, read into memory and never unpacked to disk.
 */
#pragma once

#include "xmlconf/xmlconf-error.h"

G_BEGIN_DECLS

/* How many bytes of the entry are wanted at most; 0: none. */
typedef gsize (*XmlconfWantFunc) (const char *name, gpointer data);
typedef void (*XmlconfEntryFunc) (const char *name, GBytes *content, gpointer data);

/* @filename or @bytes: the archive. An entry that is larger than it may be, or not readable, is
 * passed over. */
gboolean xmlconf_archive_walk (const char *filename,
                               GBytes *bytes,
                               XmlconfWantFunc want,
                               XmlconfEntryFunc func,
                               gpointer data,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
