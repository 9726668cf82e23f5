/* SPDX-License-Identifier: Apache-2.0
 *
 * `--key-file`: keys to read what is encrypted.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* For a GOptionEntry table. */
#define CATALINA_TOOL_KEY_ENTRY(file)                                                              \
  {                                                                                                \
    "key-file", 0, 0, G_OPTION_ARG_FILENAME, (file),                                               \
        "read what EncryptInterceptor encrypted with one of the keys in FILE, a line each", "FILE" \
  }

/* Has all of this process use them. @file: (nullable): nothing is done. Returns an exit code, and
 * has complained. */
int catalina_tool_use_key_file (const char *file);

G_END_DECLS
