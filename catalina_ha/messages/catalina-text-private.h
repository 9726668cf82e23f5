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

G_END_DECLS
