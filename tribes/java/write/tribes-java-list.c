/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/java/write/tribes-java-list-private.h"

#include "tribes/java/value/tribes-java-jdk-private.h"
#include "tribes/java/write/tribes-java-writer-private.h"

/* The size is a field, and again the capacity, in a block of four bytes. */
enum
{
  SIZE_AT = 0,
  CAPACITY_AT = 6,
  HEAD = 10,
};

gsize
tribes_java_writer_begin_list (TribesJavaWriter *writer)
{
  guint8 *head;

  tribes_java_writer_flush (writer);
  tribes_writer_u8 (&writer->out, TC_OBJECT);
  java_writer_class (writer, java_jdk_class (JDK_ARRAY_LIST));
  writer->next_handle++;
  head = tribes_writer_reserve (&writer->out, HEAD);
  memset (head, 0, HEAD);
  head[4] = TC_BLOCKDATA;
  head[5] = 4;
  return writer->out.size - HEAD;
}

void
tribes_java_writer_end_list (TribesJavaWriter *writer, gsize begin, guint32 n_items)
{
  tribes_java_writer_flush (writer);
  tribes_writer_u8 (&writer->out, TC_ENDBLOCKDATA);
  tribes_poke_u32 (writer->out.data + begin + SIZE_AT, n_items);
  tribes_poke_u32 (writer->out.data + begin + CAPACITY_AT, n_items);
}

gsize
tribes_java_writer_get_size (const TribesJavaWriter *writer)
{
  return writer->out.size;
}
