/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-error.h"

G_BEGIN_DECLS

/* Text to values by Java's rules, which Tomcat's bean setters apply: no white space is trimmed,
 * "0x8" is no number, and every text but "true" is a false boolean. */

gboolean xmlconf_value_parse_int (const char *text, gint64 min, gint64 max, gint64 *value);
gboolean xmlconf_value_parse_boolean (const char *text);
gboolean xmlconf_value_parse_send_options (const char *text, gint64 *value);
GBytes *xmlconf_value_parse_byte_array (const char *text);
/* All names of send options, for messages. */
char *xmlconf_value_list_send_options (void);

/* Whether java.util.regex.Pattern takes the text, as far as that can be told without Java; @problem:
 * (out) (optional): what is wrong with it, in words. */
gboolean xmlconf_regex_compiles (const char *text, char **problem);

/* A Tomcat version, comparable as a number: 10.1.60 is 0x0a01003c. */
typedef guint32 XmlconfVersion;

gboolean xmlconf_version_parse (const char *text, XmlconfVersion *version);
char *xmlconf_version_to_string (XmlconfVersion version);
/* @since lists the first version of each release line that has something: "9.0.119,10.1.56". A line
 * newer than all listed has it too. NULL means always. */
gboolean xmlconf_version_reaches (XmlconfVersion version, const char *since);

G_END_DECLS
