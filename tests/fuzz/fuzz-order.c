/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbered messages of a few members that come, go and are waited for: whatever the numbers, each
 * message is handed on once, or is counted as one that is not; none waits longer than it may, and
 * what waits has room.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/interceptors/tribes-order-queue-private.h"

enum
{
  STEP = 6,
  EXPIRE = 1000,
  MAX_BYTES = 5000,
};

typedef struct
{
  TribesOrderCounts counts;
  TribesOrderQueue *queue;
  guint64 given;
  guint64 handed_on;
} Run;

static void
drain (Run *run)
{
  TribesMessage *message;

  while ((message = tribes_order_queue_pop (run->queue)))
    {
      run->handed_on++;
      tribes_message_unref (message);
    }
}

static void
step (Run *run, TribesMember *member, const guint8 *data, gint64 now_us)
{
  g_autoptr (GBytes) payload = g_bytes_new (data, STEP);
  g_autoptr (TribesMessage) message
      = tribes_message_new (member, payload, TRIBES_SEND_OPTIONS_NONE, now_us + data[5] * 4);
  guint32 number = (guint32) (gint8) data[2] << (data[3] & 0x1f);

  if ((data[0] & 0xf0) == 0x10)
    tribes_order_queue_add_member (run->queue, member);
  else if ((data[0] & 0xf0) == 0x20)
    tribes_order_queue_remove_member (run->queue, member);
  else if ((data[0] & 0xf0) == 0x30)
    tribes_order_queue_next_number (run->queue, member);
  else
    {
      run->given++;
      run->handed_on
          += tribes_order_queue_take (run->queue, message, number, now_us) == TRIBES_ORDER_NOW;
    }
  tribes_order_queue_expire (run->queue, now_us);
  drain (run);
  g_assert_cmpuint (tribes_order_queue_get_bytes (run->queue), <=, MAX_BYTES);
  g_assert_cmpint (tribes_order_queue_get_deadline (run->queue), >, now_us);
  g_assert_cmpuint (run->given, ==,
                    run->handed_on + run->counts.waiting + run->counts.dropped
                        + run->counts.repeated);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Run run = { 0 };
  TribesOrderSettings *settings;
  TribesMember *members[4];
  gint64 now_us = 0;

  if (size == 0)
    return 0;
  run.queue = tribes_order_queue_new (&run.counts);
  settings = tribes_order_queue_get_settings (run.queue);
  *settings = (TribesOrderSettings){ EXPIRE, 1 + data[0] % 16u, data[0] & 0x80, MAX_BYTES };
  for (gint i = 0; i < 4; i++)
    members[i] = tribes_member_new (
        "127.0.0.1", 4000 + i / 2, i & 1 ? "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}" : NULL, NULL);
  for (data++, size--; size >= STEP; data += STEP, size -= STEP)
    {
      now_us += data[4];
      step (&run, members[data[1] & 3], data, now_us);
    }
  tribes_order_queue_expire (run.queue, now_us + EXPIRE);
  g_assert_cmpuint (run.counts.waiting, ==, 0);
  tribes_order_queue_free (run.queue);
  for (gint i = 0; i < 4; i++)
    tribes_member_unref (members[i]);
  return 0;
}
