/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements of a collection that has no order, which each JVM writes in one of its own: brought into
 * that of their texts, so that collections that are equal have equal texts.
 */
#pragma once

#include "tribes/java/show/tribes-java-json-pass-private.h"

G_BEGIN_DECLS

typedef struct
{
  GArray *starts; /* of gsize: where elements begin; NULL where order counts, or nobody wants it */
} JsonSort;

/* @sort: to be filled in. The cursor is at the collection's tag. */
void json_sort_begin (JsonSort *sort,
                      const JsonPass *pass,
                      const JavaCursor *cursor,
                      const JavaShape *shape);
/* An element begins. */
void json_sort_mark (JsonSort *sort, const JsonPass *pass);
/* The last one has ended. */
void json_sort_end (JsonSort *sort, JsonPass *pass);

G_END_DECLS
