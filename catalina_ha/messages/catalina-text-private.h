/* SPDX-License-Identifier: Apache-2.0
 *
 * Names and ids in a Java stream, where a NUL inside would make two of them look the same.
 */
#pragma once

#include "tribes/java/read/tribes-java-reader.h"

G_BEGIN_DECLS

/* Reads UTF that must not contain NUL. */
char *catalina_read_utf (TribesJavaReader *reader,
                         const char *what,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @name as a GRefString; the same one as before for what was asked for lately, which is nearly all:
 * the names of one application's attributes are few. What comes from outside is forgotten again. */
char *catalina_share_name (const char *name);

G_END_DECLS
