/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/capture/recorder.h"

#include <string.h>

#include "tribes/wire/tribes-frame-private.h"

#define ACK (TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK)

static void
say_frame (Talk *talk, guint options, guint number, gsize padding)
{
  g_autoptr (GBytes) frame = make_frame (options, number, padding);

  talk_say_bytes (talk, 0, frame, 1460);
}

static void
say_ack (Talk *talk)
{
  talk_say (talk, 1, tribes_frame_ack, sizeof tribes_frame_ack, 1460);
}

static void
assert_lines (GPtrArray *packets, const char *expected)
{
  g_auto (Recorder) recorder;
  g_autofree char *text = NULL;

  recorder_init (&recorder, NULL);
  recorder_run (&recorder, packets, G_MAXSIZE);
  text = recorder_text (&recorder);
  g_assert_cmpstr (text, ==, expected);
}

#define FROM_TO "10.0.0.1:5000>10.0.0.2:4000 "

static void
test_acks (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  Talk talk;

  talk_open (&talk, packets, 5000, 4000, 1000);
  say_frame (&talk, ACK, 1, 0);
  say_ack (&talk);
  say_frame (&talk, TRIBES_SEND_OPTIONS_ASYNCHRONOUS, 2, 3000);
  say_frame (&talk, ACK, 3, 3000);
  talk_say (&talk, 1, tribes_frame_fail_ack, sizeof tribes_frame_fail_ack, 2);
  say_frame (&talk, ACK, 4, 0);
  talk_close (&talk);
  assert_lines (packets, FROM_TO "00001/5 ok\n" FROM_TO "00002/3005\n" FROM_TO
                                 "00003/3005 failed\n" FROM_TO "00004/5 missing\n");
}

/* Of a connection that is captured one way only nothing is said to be missing. */
static void
test_one_way (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  Talk talk;

  talk_open (&talk, packets, 5000, 4000, 1000);
  say_frame (&talk, ACK, 1, 0);
  talk_close (&talk);
  for (guint i = packets->len; i > 0; i--)
    {
      const guint8 *data = g_bytes_get_data (((Packet *) packets->pdata[i - 1])->bytes, NULL);

      if (data[14 + 15] == 2)
        g_ptr_array_remove_index (packets, i - 1);
    }
  assert_lines (packets, FROM_TO "00001/5 unknown\n");
}

static void
test_end_of_capture (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  Talk talk;

  talk_open (&talk, packets, 5000, 4000, 1000);
  say_frame (&talk, ACK, 1, 5000);
  g_ptr_array_remove_index (packets, packets->len - 1);
  assert_lines (packets, FROM_TO "00001/5005 cut unknown\n");
}

/* Joined in the middle of a frame. */
static void
test_joined (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  g_auto (Recorder) recorder;
  g_autofree char *text = NULL;
  Talk talk;

  talk_open (&talk, packets, 5000, 4000, 1000);
  say_frame (&talk, ACK, 1, 5000);
  say_ack (&talk);
  say_frame (&talk, ACK, 2, 5000);
  say_ack (&talk);
  talk_close (&talk);
  g_ptr_array_remove_range (packets, 0, 5);
  recorder_init (&recorder, NULL);
  recorder_run (&recorder, packets, G_MAXSIZE);
  text = recorder_text (&recorder);
  g_assert_cmpstr (text, ==, FROM_TO "00002/5005 ok\n");
  g_assert_cmpuint (recorder_counts (&recorder)->joined, ==, 1);
  g_assert_cmpuint (recorder_counts (&recorder)->stray_acks, ==, 1);
  g_assert_cmpuint (recorder_counts (&recorder)->skipped, >, 1000);
}

static void
test_port_used_again (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  Talk talk;

  talk_open (&talk, packets, 5000, 4000, 1000);
  say_frame (&talk, ACK, 1, 0);
  say_ack (&talk);
  say_frame (&talk, ACK, 2, 5000);
  /* What is left of the first is not put before the second. */
  g_ptr_array_remove_index (packets, packets->len - 1);
  talk_open (&talk, packets, 5000, 4000, 2000);
  for (guint i = packets->len - 3; i < packets->len; i++)
    {
      Packet *packet = packets->pdata[i];
      gsize size;
      guint8 *data = g_bytes_unref_to_data (packet->bytes, &size);

      data[14 + 20 + 4] ^= 0x55;
      data[14 + 20 + 8] ^= 0x55;
      packet->bytes = g_bytes_new_take (data, size);
    }
  talk.next[0] ^= 0x55000000;
  talk.next[1] ^= 0x55000000;
  say_frame (&talk, ACK, 3, 0);
  say_ack (&talk);
  assert_lines (packets,
                FROM_TO "00001/5 ok\n" FROM_TO "00002/5005 cut unknown\n" FROM_TO "00003/5 ok\n");
}

static void
test_closed (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  g_auto (Recorder) recorder;
  guint n;
  Talk talk;

  talk_open (&talk, packets, 5000, 4000, 1000);
  say_frame (&talk, ACK, 1, 0);
  say_ack (&talk);
  talk_close (&talk);
  /* The message again, behind the end. */
  n = packets->len;
  for (guint i = 0; i < n; i++)
    {
      Packet *packet = g_memdup2 (packets->pdata[i], sizeof (Packet));

      g_bytes_ref (packet->bytes);
      g_ptr_array_add (packets, packet);
    }
  recorder_init (&recorder, NULL);
  recorder_run (&recorder, packets, G_MAXSIZE);
  g_assert_cmpuint (recorder.lines->len, ==, 1);
  g_assert_cmpuint (recorder_counts (&recorder)->conversations, ==, 1);
  g_assert_cmpuint (recorder_counts (&recorder)->segments.retransmitted, >, 100);
}

static void
test_limits (void)
{
  const TribesCaptureLimits limits
      = { .conversations = 8, .held_bytes = 50000, .frame_bytes = 30000 };
  g_auto (Recorder) recorder;
  g_autoptr (GPtrArray) packets = packets_new ();
  Talk talks[20];

  for (guint16 i = 0; i < G_N_ELEMENTS (talks); i++)
    {
      talk_open (&talks[i], packets, (guint16) (5000 + i), 4000, 1000);
      say_frame (&talks[i], ACK, i, 20000);
      g_ptr_array_remove_index (packets, packets->len - 1);
    }
  recorder_init (&recorder, &limits);
  for (guint i = 0; i < packets->len; i++)
    {
      const Packet *packet = packets->pdata[i];
      gsize size;
      const guint8 *data = g_bytes_get_data (packet->bytes, &size);

      tribes_capture_add (recorder.capture, packet->time_us, TRIBES_LINK_ETHERNET, data, size,
                          size);
      g_assert_cmpuint (tribes_capture_get_held (recorder.capture), <=, limits.held_bytes);
    }
  /* Each one that was forgotten said what it had. */
  g_assert_cmpuint (recorder.lines->len, >=, 17);
  g_assert_cmpuint (recorder_counts (&recorder)->forgotten, ==, recorder.lines->len);
  g_assert_cmpstr (recorder_line (&recorder, 0), ==, FROM_TO "00000/20005 cut unknown");
}

static void
add_datagram (GPtrArray *packets, const void *data, gsize size)
{
  static const guint16 ports[2] = { 45564, 45564 };
  Packet *packet = g_new0 (Packet, 1);

  packet->bytes
      = packet_udp (&(Network){ .link_type = TRIBES_LINK_ETHERNET }, 0, ports, data, size);
  packet->sent = g_bytes_get_size (packet->bytes);
  g_ptr_array_add (packets, packet);
}

static void
test_datagrams (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors/heartbeat.bin", NULL);
  g_autoptr (GPtrArray) packets = packets_new ();
  g_autoptr (GBytes) frame = make_frame (ACK, 7, 0);
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  add_datagram (packets, data, size);
  add_datagram (packets, data, size - 1);
  add_datagram (packets, "something else", 14);
  add_datagram (packets, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
  /* Nobody acknowledges a datagram. */
  assert_lines (packets, "heartbeat 127.0.0.1:4000\nheartbeat broken\n"
                         "10.0.0.1:45564>10.0.0.2:45564 00007/5\n");
}

static void
test_foreign (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  g_auto (Recorder) recorder;
  Talk talk;

  talk_open (&talk, packets, 5000, 80, 1000);
  talk_say (&talk, 0, "GET / HTTP/1.1\r\n\r\n", 18, 5);
  talk_say (&talk, 1, "HTTP/1.1 200 OK\r\n\r\nFLT2002", 26, 5);
  talk_close (&talk);
  recorder_init (&recorder, NULL);
  recorder_run (&recorder, packets, G_MAXSIZE);
  g_assert_cmpuint (recorder.lines->len, ==, 0);
  g_assert_cmpuint (recorder_counts (&recorder)->foreign, ==, 1);
  g_assert_cmpuint (recorder_counts (&recorder)->skipped, ==, 0);
}

static void
assert_strays (GPtrArray *packets, const char *expected)
{
  g_auto (Recorder) recorder;

  recorder_init (&recorder, NULL);
  recorder_run (&recorder, packets, G_MAXSIZE);
  g_assert_cmpstr (recorder.strays->str, ==, expected);
}

#define TOO_LARGE "FLT2002\x7f\xff\xff\xff"

/* Where a frame has to be, once for each time. */
static void
test_strays (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  Talk talk;

  talk_open (&talk, packets, 5000, 4000, 1000);
  talk_say (&talk, 0, "GET / HTTP/1.1\r\n\r\n", 18, 5);
  say_frame (&talk, 0, 1, 0);
  talk_say (&talk, 0, TOO_LARGE "rest", 15, 3);
  say_frame (&talk, 0, 2, 0);
  talk_say (&talk, 0, "FLT2002\0\0\0\3abcTLF2004", 21, 30);
  assert_strays (packets, FROM_TO "47\n" FROM_TO "46 frame\n" FROM_TO "46 frame\n");
}

/* A frame behind bytes of the same packet hides them not. */
static void
test_stray_in_front (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  g_autoptr (GBytes) frame = make_frame (0, 1, 0);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Talk talk;

  g_byte_array_append (bytes, (const guint8 *) "\xac\xed\0\5", 4);
  g_byte_array_append (bytes, g_bytes_get_data (frame, NULL), (guint) g_bytes_get_size (frame));
  talk_open (&talk, packets, 5000, 4000, 1000);
  talk_say (&talk, 0, bytes->data, bytes->len, G_MAXUINT16);
  assert_strays (packets, FROM_TO "ac\n");
}

/* The middle of a frame whose beginning was not captured is none, nor what follows a hole. */
static void
test_no_strays (void)
{
  g_autoptr (GPtrArray) packets = packets_new ();
  Talk talk;

  talk_open (&talk, packets, 5000, 4000, 1000);
  g_ptr_array_set_size (packets, 0);
  talk_say (&talk, 0, "the end of a frame", 18, 30);
  say_frame (&talk, 0, 1, 0);
  say_frame (&talk, 0, 2, 5000);
  /* In the middle of the second, and with its end. */
  packet_free (g_ptr_array_steal_index (packets, 3));
  packet_free (g_ptr_array_steal_index (packets, packets->len - 1));
  talk_say (&talk, 0, "the end of another", 18, 30);
  talk_acknowledge (&talk, 1);
  talk_close (&talk);
  assert_strays (packets, "");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/capture/acks", test_acks);
  g_test_add_func ("/capture/one-way", test_one_way);
  g_test_add_func ("/capture/end-of-capture", test_end_of_capture);
  g_test_add_func ("/capture/joined", test_joined);
  g_test_add_func ("/capture/port-used-again", test_port_used_again);
  g_test_add_func ("/capture/closed", test_closed);
  g_test_add_func ("/capture/limits", test_limits);
  g_test_add_func ("/capture/datagrams", test_datagrams);
  g_test_add_func ("/capture/foreign", test_foreign);
  g_test_add_func ("/capture/strays", test_strays);
  g_test_add_func ("/capture/stray-in-front", test_stray_in_front);
  g_test_add_func ("/capture/no-strays", test_no_strays);
  return g_test_run ();
}
