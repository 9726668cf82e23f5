/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces of a few messages of a few senders, eight bytes each: what is held stays within its
 * limits, and what comes out is as large as its pieces.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/interceptors/tribes-fragment-assembler-private.h"

enum
{
  STEP = 8,
  MAX_MESSAGE = 500,
  MAX_SENDER = 3000,
  MAX_ALL = 5000,
};

static void
forget_lost (TribesFragmentAssembler *assembler, gint64 now_us)
{
  TribesFragmentLost lost;

  while (tribes_fragment_assembler_pop_lost (assembler, now_us, &lost))
    tribes_member_unref (lost.sender);
}

static void
take (TribesFragmentAssembler *assembler, TribesMember *sender, const guint8 *step, gint64 now_us)
{
  static const guint8 text[256];
  const TribesMessagePiece piece = { .sender = sender,
                                     .unique_id = step + 1,
                                     .unique_id_size = 1,
                                     .data = text,
                                     .size = step[2],
                                     .number = (guint32) step[3] << (step[4] & 0x1f),
                                     .count = (guint32) step[5] << (step[6] & 0x1f) };
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GError) error = NULL;
  TribesFragmentResult result
      = tribes_fragment_assembler_take (assembler, &piece, now_us, &whole, &error);

  g_assert_true ((error != NULL) == (result == TRIBES_FRAGMENT_REFUSED));
  g_assert_true ((whole != NULL) == (result == TRIBES_FRAGMENT_COMPLETE));
  if (whole)
    g_assert_cmpuint (g_bytes_get_size (whole), <=, MAX_MESSAGE);
  g_assert_cmpuint (tribes_fragment_assembler_get_held (assembler), <=, MAX_ALL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const TribesFragmentLimits limits = { MAX_MESSAGE, MAX_SENDER, MAX_ALL, 1000 };
  g_autoptr (TribesFragmentAssembler) assembler = tribes_fragment_assembler_new (&limits);
  TribesMember *senders[4];
  gint64 now_us = 0;

  for (gint i = 0; i < 4; i++)
    senders[i] = tribes_member_new ("127.0.0.1", 4000 + i, NULL, NULL);
  for (; size >= STEP; data += STEP, size -= STEP)
    {
      now_us += data[7];
      take (assembler, senders[data[0] & 3], data, now_us);
      if (data[0] & 4)
        forget_lost (assembler, now_us);
    }
  forget_lost (assembler, now_us + 2000);
  g_assert_cmpuint (tribes_fragment_assembler_get_held (assembler), ==, 0);
  g_assert_cmpuint (tribes_fragment_assembler_get_n_messages (assembler), ==, 0);
  for (gint i = 0; i < 4; i++)
    tribes_member_unref (senders[i]);
  return 0;
}
