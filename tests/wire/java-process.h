/* SPDX-License-Identifier: Apache-2.0
 *
 * A Java program with Tomcat's own classes, told what to do on its standard input, telling on its
 * standard output.
 */
#pragma once

#include <gio/gio.h>

typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  GString *said; /* its lines, each with a line feed */
} Java;

/* @source: in the folder of the tests. %NULL if there is no Java or no such Tomcat. */
Java *java_start (const char *tomcat, const char *source, const char *const *arguments);
void java_tell (Java *java, const char *order);
/* Runs the main loop until it has said @line. */
void java_await (Java *java, const char *line);
void java_free (Java *java);
