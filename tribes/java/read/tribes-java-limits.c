/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stream may ask of its reader.
 */
#include "tribes/java/read/tribes-java-limits.h"

/**
 * tribes_java_limits_init:
 * @limits: (out caller-allocates): the limits
 *
 * Sets all limits to their defaults: wide enough for every stream a JVM with default settings can
 * write, narrow enough for a stream that was made to hurt.
 *
 * Since: 0.1
 */
void
tribes_java_limits_init (TribesJavaLimits *limits)
{
  *limits = (TribesJavaLimits){
    .depth = 20000,
    .handles = 64 * 1024 * 1024,
    .bytes = (gsize) 1024 * 1024 * 1024,
    .string_bytes = (gsize) 1024 * 1024 * 1024,
    .elements = (gsize) 1024 * 1024 * 1024,
    .fields = 32767,
    .super_chain = 100,
    .interfaces = 65535,
    .search_steps = 64,
  };
}
