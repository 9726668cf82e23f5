/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-writer-private.h"

static void
test_values (void)
{
  static const guint8 expected[]
      = { 1, 0x02, 0x03, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 'a', 'b' };
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_writer_u8 (&writer, 1);
  tribes_writer_u16 (&writer, 0x0203);
  tribes_writer_u32 (&writer, 0);
  tribes_writer_u64 (&writer, 0x12345678);
  tribes_writer_bytes (&writer, "ab", 2);
  tribes_writer_bytes (&writer, NULL, 0);
  tribes_writer_patch_u32 (&writer, 3, 0xdeadbeef);
  g_assert_cmpmem (writer.data, writer.size, expected, sizeof expected);
}

static void
test_growth_and_steal (void)
{
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < 100000; i++)
    tribes_writer_u32 (&writer, i);
  bytes = tribes_writer_steal_bytes (&writer);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 400000);
  g_assert_null (writer.data);
  tribes_writer_u8 (&writer, 7);
  g_assert_cmpuint (writer.size, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/writer/values", test_values);
  g_test_add_func ("/base/writer/growth-and-steal", test_growth_and_steal);
  return g_test_run ();
}
