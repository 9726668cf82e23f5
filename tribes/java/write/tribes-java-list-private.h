/* SPDX-License-Identifier: Apache-2.0
 *
 * A list that is written element by element, so that a long one can be written in many turns of a
 * main loop; how many there are is filled in at the end.
 */
#pragma once

#include "tribes/java/write/tribes-java-writer.h"

G_BEGIN_DECLS

/* Begins a `java.util.ArrayList`, whose elements are written with tribes_java_writer_object(). It
 * cannot be referred to. What is to be given to tribes_java_writer_end_list(). */
TRIBES_API
gsize tribes_java_writer_begin_list (TribesJavaWriter *writer);
TRIBES_API
void tribes_java_writer_end_list (TribesJavaWriter *writer, gsize begin, guint32 n_items);
/* What is written so far. */
TRIBES_API
gsize tribes_java_writer_get_size (const TribesJavaWriter *writer);

G_END_DECLS
