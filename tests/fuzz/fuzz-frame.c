/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream of frames: whatever arrives later does not change what was said of the bytes before, and
 * a frame that is announced to need so many bytes is complete (or refused) with them, never before.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/wire/tribes-frame-private.h"

#include <string.h>

#define MAX_BODY (1024 * 1024)

static TribesFrameResult
parse (const guint8 *data, gsize size, gsize offset, TribesFrame *frame)
{
  g_autoptr (GError) error = NULL;
  TribesFrameResult result = tribes_frame_parse (data, size, offset, MAX_BODY, frame, &error);

  g_assert_true ((error != NULL) == (result == TRIBES_FRAME_BAD));
  return result;
}

static void
check_prefixes (const guint8 *data, const TribesFrame *frame, gsize offset)
{
  TribesFrame shorter;
  gsize sizes[] = { 0, 1, TRIBES_FRAME_HEAD_SIZE - 1, TRIBES_FRAME_HEAD_SIZE, frame->size - 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_assert_cmpint (parse (data, sizes[i], offset, &shorter), ==, TRIBES_FRAME_WANTS_MORE);
      g_assert_cmpuint (shorter.size, ==,
                        sizes[i] < TRIBES_FRAME_HEAD_SIZE ? TRIBES_FRAME_HEAD_SIZE : frame->size);
    }
}

static void
check_message (const guint8 *data, const TribesFrame *frame)
{
  g_autoptr (GBytes) body = g_bytes_new (frame->body, frame->body_size);
  g_autoptr (TribesMessage) message = tribes_message_decode (body, NULL);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  if (!message)
    return;
  tribes_frame_write_message (&writer, message);
  g_assert_cmpmem (writer.data, writer.size, data, frame->size);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gsize offset = 0;
  TribesFrame frame;

  while (parse (data + offset, size - offset, offset, &frame) == TRIBES_FRAME_COMPLETE)
    {
      g_assert_cmpuint (frame.size, <=, size - offset);
      g_assert_true (frame.body == data + offset + TRIBES_FRAME_HEAD_SIZE);
      g_assert_cmpuint (frame.body_size, ==,
                        frame.size - TRIBES_FRAME_HEAD_SIZE - TRIBES_FRAME_TAIL_SIZE);
      check_prefixes (data + offset, &frame, offset);
      check_message (data + offset, &frame);
      offset += frame.size;
    }
  return 0;
}
