/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stream may ask of its reader.
 */
#pragma once

#include <glib-object.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/**
 * TribesJavaLimits:
 * @depth: how deep objects may be nested; a JVM's own stack ends at a few thousand
 * @handles: how many things of one stream may be referred to; each costs the reader 12 bytes
 * @bytes: size of a stream
 * @string_bytes: encoded size of one string
 * @elements: length of one array
 * @fields: fields of one class descriptor; a class file can have no more than 65,535, Java's
 *   stream format no more than 32,767
 * @super_chain: length of a chain of super classes
 * @interfaces: interfaces of a dynamic proxy; the class file format ends at 65,535
 * @search_steps: how often an object may be read again because a class with a `writeObject` method
 *   left open where its fields are; what is read again in all is limited, too, to four times the
 *   stream and 2 MiB
 *
 * Limits against hostile streams. All are on by default.
 *
 * Since: 0.1
 */
typedef struct
{
  guint depth;
  guint handles;
  gsize bytes;
  gsize string_bytes;
  gsize elements;
  guint fields;
  guint super_chain;
  guint interfaces;
  guint search_steps;
} TribesJavaLimits;

TRIBES_API
void tribes_java_limits_init (TribesJavaLimits *limits);

G_END_DECLS
