/* SPDX-License-Identifier: Apache-2.0
 *
 * One capture of several connections, and what is left of it where packets come twice, in another
 * order, cut off or not at all: the same lines, or some of them and a count of what is missing.
 */
#include "tests/capture/recorder.h"

#include <string.h>

#include "tribes/wire/tribes-frame-private.h"

#define N_TALKS    3
#define N_MESSAGES 40
#define N_SEEDS    200

static GPtrArray *
make_capture (void)
{
  GPtrArray *packets = packets_new ();
  Talk talks[N_TALKS];

  for (guint16 t = 0; t < N_TALKS; t++)
    talk_open (&talks[t], packets, (guint16) (5000 + t), 4000, 1000);
  for (guint i = 0; i < N_MESSAGES; i++)
    {
      g_autoptr (GBytes) frame = make_frame (i % 4 == 3 ? 8 : 6, i, i % 5 * 1700);

      talk_say_bytes (&talks[i % N_TALKS], 0, frame, 600 + i % 7 * 100);
      if (i % 4 != 3)
        talk_say (&talks[i % N_TALKS], 1, tribes_frame_ack, sizeof tribes_frame_ack, 1460);
    }
  for (guint t = 0; t < N_TALKS; t++)
    talk_close (&talks[t]);
  return packets;
}

static Packet *
copy (const Packet *packet)
{
  Packet *other = g_memdup2 (packet, sizeof *packet);

  g_bytes_ref (other->bytes);
  return other;
}

static GHashTable *
run (Recorder *recorder, GPtrArray *packets, gsize snap)
{
  GHashTable *lines = g_hash_table_new (g_str_hash, g_str_equal);

  recorder_init (recorder, NULL);
  recorder_run (recorder, packets, snap);
  for (guint i = 0; i < recorder->lines->len; i++)
    g_hash_table_add (lines, (gpointer) recorder_line (recorder, i));
  /* Numbers tell them apart. */
  g_assert_cmpuint (g_hash_table_size (lines), ==, recorder->lines->len);
  return lines;
}

static void
assert_same (GPtrArray *clean, GPtrArray *mangled)
{
  g_auto (Recorder) expected;
  g_auto (Recorder) found;
  g_autoptr (GHashTable) all = run (&expected, clean, G_MAXSIZE);
  g_autoptr (GHashTable) lines = run (&found, mangled, G_MAXSIZE);

  g_assert_cmpuint (g_hash_table_size (all), ==, N_MESSAGES);
  for (guint i = 0; i < expected.lines->len; i++)
    g_assert_true (g_hash_table_contains (lines, recorder_line (&expected, i)));
  g_assert_cmpuint (found.lines->len, ==, expected.lines->len);
  g_assert_cmpuint (recorder_counts (&found)->segments.missing, ==, 0);
  g_assert_cmpuint (recorder_counts (&found)->skipped, ==, 0);
}

static void
test_duplicated (void)
{
  g_autoptr (GPtrArray) clean = make_capture ();

  for (guint32 seed = 0; seed < N_SEEDS; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      g_autoptr (GPtrArray) mangled = packets_new ();

      for (guint i = 0; i < clean->len; i++)
        {
          g_ptr_array_add (mangled, copy (clean->pdata[i]));
          if (g_rand_boolean (random))
            g_ptr_array_add (mangled,
                             copy (clean->pdata[g_rand_int_range (random, 0, (gint32) i + 1)]));
        }
      assert_same (clean, mangled);
    }
}

static guint
source_of (const Packet *packet)
{
  const guint8 *data = g_bytes_get_data (packet->bytes, NULL);

  return (guint) (data[14 + 20] << 8 | data[14 + 21]);
}

/* Packets of one direction overtake each other; the first of each comes first. */
static void
test_reordered (void)
{
  g_autoptr (GPtrArray) clean = make_capture ();

  for (guint32 seed = 0; seed < N_SEEDS; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      g_autoptr (GPtrArray) mangled = packets_new ();

      for (guint i = 0; i < clean->len; i++)
        g_ptr_array_add (mangled, copy (clean->pdata[i]));
      for (guint i = 3 * N_TALKS; i < mangled->len; i++)
        {
          guint other = (guint) g_rand_int_range (random, (gint32) MAX (i - 5, 3 * N_TALKS),
                                                  (gint32) i + 1);
          gpointer moved = mangled->pdata[i];

          /* Only over those of its own direction. */
          while (other < i)
            {
              guint n_same = 0;

              for (guint j = other; j < i; j++)
                n_same += source_of (mangled->pdata[j]) == source_of (moved);
              if (n_same == i - other)
                break;
              other++;
            }
          g_ptr_array_steal_index (mangled, i);
          g_ptr_array_insert (mangled, (gint) other, moved);
        }
      assert_same (clean, mangled);
    }
}

/* What a line says of the message, without its fate. (transfer full) */
static char *
dup_message (const char *line)
{
  return g_strndup (line, strcspn (strchr (line, ' ') + 1, " ")
                              + (gsize) (strchr (line, ' ') - line) + 1);
}

static void
assert_part (GHashTable *all, Recorder *found)
{
  for (guint i = 0; i < found->lines->len; i++)
    {
      g_autofree char *message = dup_message (recorder_line (found, i));

      g_assert_true (g_hash_table_contains (all, message));
    }
}

static GHashTable *
list_messages (GPtrArray *clean)
{
  g_auto (Recorder) expected;
  g_autoptr (GHashTable) lines = run (&expected, clean, G_MAXSIZE);
  GHashTable *all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < expected.lines->len; i++)
    g_hash_table_add (all, dup_message (recorder_line (&expected, i)));
  return all;
}

static void
test_dropped (void)
{
  g_autoptr (GPtrArray) clean = make_capture ();
  g_autoptr (GHashTable) all = list_messages (clean);

  for (guint32 seed = 0; seed < N_SEEDS; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      g_autoptr (GPtrArray) mangled = packets_new ();
      g_auto (Recorder) found;
      g_autoptr (GHashTable) lines = NULL;
      gsize lost = 0;

      for (guint i = 0; i < clean->len; i++)
        if (i < 3 * N_TALKS || g_rand_int_range (random, 0, 20) > 0)
          g_ptr_array_add (mangled, copy (clean->pdata[i]));
        else
          lost += ((Packet *) clean->pdata[i])->sent - 14 - 20 - 20;
      lines = run (&found, mangled, G_MAXSIZE);
      assert_part (all, &found);
      /* The end of a connection counts as a byte where it was lost, too. */
      g_assert_cmpuint (recorder_counts (&found)->segments.missing, >=, lost);
      g_assert_cmpuint (recorder_counts (&found)->segments.missing, <=, lost + 2 * N_TALKS);
      g_assert_cmpuint (found.lines->len, >, N_MESSAGES / 3);
      for (guint i = 0; i < found.lines->len; i++)
        g_assert_false (g_str_has_suffix (recorder_line (&found, i), " missing"));
    }
}

static void
test_snapped (void)
{
  g_autoptr (GPtrArray) clean = make_capture ();
  g_autoptr (GHashTable) all = list_messages (clean);

  for (gsize snap = 0; snap < 1700; snap += 13)
    {
      g_auto (Recorder) found;
      g_autoptr (GHashTable) lines = NULL;

      recorder_init (&found, NULL);
      recorder_run (&found, clean, snap);
      /* A head says how much it is the head of. */
      if (snap >= 54 + 160)
        {
          assert_part (all, &found);
          g_assert_cmpuint (found.lines->len, ==, N_MESSAGES);
        }
      g_assert_cmpuint (recorder_counts (&found)->snapped > 0, ==, snap < 14 + 40 + 1200);
    }
}

/* Any bytes changed anywhere: whatever is said then, it is bounded, and nothing is read that is not
 * there. */
static void
test_corrupt (void)
{
  g_autoptr (GPtrArray) clean = make_capture ();

  for (guint32 seed = 0; seed < N_SEEDS; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      g_auto (Recorder) found;
      g_autoptr (GPtrArray) mangled = packets_new ();

      for (guint i = 0; i < clean->len; i++)
        {
          Packet *packet = copy (clean->pdata[i]);
          gsize size;
          guint8 *data = g_bytes_unref_to_data (packet->bytes, &size);

          if (g_rand_int_range (random, 0, 4) == 0)
            data[g_rand_int_range (random, 0, (gint32) size)] ^= (guint8) g_rand_int (random);
          packet->bytes = g_bytes_new_take (data, size);
          g_ptr_array_add (mangled, packet);
        }
      recorder_init (&found, NULL);
      recorder_run (&found, mangled, G_MAXSIZE);
      g_assert_cmpuint (found.lines->len, <=, 2 * N_MESSAGES);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mangled/duplicated", test_duplicated);
  g_test_add_func ("/mangled/reordered", test_reordered);
  g_test_add_func ("/mangled/dropped", test_dropped);
  g_test_add_func ("/mangled/snapped", test_snapped);
  g_test_add_func ("/mangled/corrupt", test_corrupt);
  return g_test_run ();
}
