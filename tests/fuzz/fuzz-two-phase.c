/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages and commits of members that come, go and come back as others: whatever the order, no
 * message is handed on twice or without a commit of its sender, and what waits has room and ends.
 */
#include <string.h>

#include "tests/fuzz/fuzz-target.h"
#include "tribes/interceptors/tribes-two-phase-private.h"

enum
{
  STEP = 4,
  EXPIRE = 100,
  MEMBERS = 8,
  IDS = 16,
  MAX_BYTES = 6000,
  MAX_SENDER_BYTES = 3000,
  /* The longest payload of a step, with an id and what is counted for each. */
  LARGEST = 255 * 16 + 16 + 1024,
};

typedef struct
{
  TribesTwoPhase two;
  TribesMember *members[MEMBERS];
  gboolean committed[MEMBERS][IDS]; /* since something was handed on */
  GByteArray *handed_on;            /* by number of the message: how often */
  guint64 kept;
  guint64 ended;
} Run;

/* One without bytes, some short ones, and those that are usual. */
static gsize
id_fill (guint8 *id, guint index)
{
  gsize size = index == 0 ? 0 : index < 4 ? 8 : TRIBES_MESSAGE_ID_SIZE;

  memset (id, (int) index, TRIBES_MESSAGE_ID_SIZE);
  return size;
}

/* Its number is its time. */
static TribesMessage *
message_new (Run *run, TribesMember *from, guint id_index, GBytes *payload)
{
  guint8 id[TRIBES_MESSAGE_ID_SIZE];
  gsize size;
  const guint8 *bytes = g_bytes_get_data (payload, &size);
  TribesMessageFields fields = {
    .timestamp_ms = run->handed_on->len,
    .unique_id = id,
    .unique_id_size = id_fill (id, id_index),
    .known = from,
    .payload = bytes,
    .payload_size = size,
  };

  g_byte_array_append (run->handed_on, (const guint8 *) "", 1);
  return tribes_message_new_from_fields (&fields, NULL);
}

static void
handed_on (Run *run, TribesMessage *message, guint from, guint id)
{
  gsize size;
  guint8 expected[TRIBES_MESSAGE_ID_SIZE];
  gsize expected_size = id_fill (expected, id);
  const guint8 *found = tribes_message_peek_unique_id (message, &size);
  guint64 number = (guint64) tribes_message_get_timestamp (message);

  g_assert_cmpmem (found, size, expected, expected_size);
  g_assert_true (tribes_member_equal (tribes_message_peek_address (message), run->members[from]));
  g_assert_cmpuint (run->handed_on->data[number]++, ==, 0);
  g_assert_true (run->committed[from][id]);
  run->committed[from][id] = FALSE;
}

static void
check_room (Run *run)
{
  guint n = run->two.ages.length;
  guint n_senders = g_hash_table_size (run->two.senders);

  g_assert_cmpuint (n, ==, g_hash_table_size (run->two.entries));
  g_assert_cmpuint (n_senders, <=, n);
  g_assert_true ((n == 0) == (n_senders == 0) && (n == 0) == (run->two.bytes == 0));
  g_assert_true (run->two.bytes <= MAX_BYTES || n == 1);
  g_assert_cmpuint (run->two.bytes, <=, n_senders * (gsize) MAX (MAX_SENDER_BYTES, LARGEST));
  g_assert_cmpuint (run->kept, ==, n + run->ended + run->two.dropped);
}

static void
receive (Run *run, const guint8 *data, gint64 now_us)
{
  guint from = data[0] & 7, id = data[1] & 15;
  gboolean is_commit = (data[0] & 0xc0) == 0x40;
  guint before = run->two.ages.length;
  guint64 dropped = run->two.dropped;
  guint8 about[TRIBES_MESSAGE_ID_SIZE];
  gsize size = id_fill (about, id);
  g_autoptr (GBytes) commit = tribes_two_phase_commit (about, size);
  gsize cut = g_bytes_get_size (commit) - ((data[0] & 0xc0) == 0x80);
  /* A commit, nearly one, or anything. */
  g_autoptr (GBytes) payload = (data[0] & 0xc0)
                                   ? g_bytes_new_from_bytes (commit, 0, cut)
                                   : g_bytes_new_take (g_malloc0 (data[2] * 16u), data[2] * 16u);
  g_autoptr (TribesMessage) message = message_new (run, run->members[from], id, payload);
  g_autoptr (TribesMessage) complete = NULL;
  g_autoptr (GError) error = NULL;

  run->committed[from][id] |= is_commit;
  complete = tribes_two_phase_receive (&run->two, message, now_us, &error);
  g_assert_false (complete && error);
  if (complete)
    handed_on (run, complete, from, id);
  run->ended += !!complete;
  run->kept += !complete && !error && run->two.ages.length + (run->two.dropped - dropped) > before;
}

static void
expire (Run *run, gint64 before_us)
{
  TribesTwoPhaseExpired expired;

  while (tribes_two_phase_pop_expired (&run->two, before_us, &expired))
    {
      run->ended++;
      tribes_member_unref (expired.sender);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Run run = { .handed_on = g_byte_array_new () };
  gint64 now_us = 0;

  tribes_two_phase_init (&run.two);
  run.two.max_bytes = MAX_BYTES;
  run.two.max_sender_bytes = MAX_SENDER_BYTES;
  /* At each place one, and the one that it is after a restart. */
  for (gint i = 0; i < MEMBERS; i++)
    run.members[i]
        = tribes_member_new ("127.0.0.1", 4000 + i / 2,
                             i & 1 ? "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}" : NULL, NULL);
  for (; size >= STEP; data += STEP, size -= STEP)
    {
      now_us += data[3];
      if ((data[0] & 0xc0) == 0xc0)
        expire (&run, now_us - EXPIRE);
      else
        receive (&run, data, now_us);
      check_room (&run);
    }
  expire (&run, now_us + 1);
  g_assert_cmpuint (run.two.ages.length, ==, 0);
  check_room (&run);
  tribes_two_phase_clear (&run.two);
  for (gint i = 0; i < MEMBERS; i++)
    tribes_member_unref (run.members[i]);
  g_byte_array_unref (run.handed_on);
  return 0;
}
