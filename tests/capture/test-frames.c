/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/capture/tribes-frames-private.h"

#include <string.h>

#include "tests/capture/packets.h"

#define MAX_HELD 65536

typedef struct
{
  TribesFrames frames;
  GString *text; /* "SIZE " of each frame, "HAVE/SIZE " of one that is cut */
} Fixture;

static void
on_frame (const TribesCapturedFrame *frame, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_cmpmem (frame->data, 7, "FLT2002", 7);
  if (frame->size < frame->full_size)
    g_string_append_printf (self->text, "%" G_GSIZE_FORMAT "/", frame->size);
  g_string_append_printf (self->text, "%" G_GSIZE_FORMAT " ", frame->full_size);
}

static void
fixture_init (Fixture *self)
{
  *self = (Fixture){ .text = g_string_new (NULL) };
}

static void
fixture_clear (Fixture *self)
{
  tribes_frames_clear (&self->frames);
  g_string_free (self->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
feed_sized (Fixture *self, const void *data, gsize size)
{
  g_autofree guint8 *exact = g_memdup2 (data, size);

  tribes_frames_feed (&self->frames, exact, size, MAX_HELD, on_frame, self);
}

static void
feed (Fixture *self, const char *text)
{
  feed_sized (self, text, strlen (text));
}

/* Garbage, a frame of 22 bytes, one of 20, garbage with the beginning of a marker, one of 18. */
static const guint8 stream[] = "xxFLT2002\0\0\0\4abcdTLF2003FLT2002\0\0\0\2efTLF2003yyFLT20FLT2002"
                               "\0\0\0\0TLF2003";

static void
test_every_cut (void)
{
  for (gsize size = 1; size < sizeof stream; size++)
    {
      g_auto (Fixture) self;

      fixture_init (&self);
      for (gsize at = 0; at < sizeof stream - 1; at += size)
        feed_sized (&self, stream + at, MIN (size, sizeof stream - 1 - at));
      g_assert_cmpstr (self.text->str, ==, "22 20 18 ");
      g_assert_cmpuint (self.frames.skipped, ==, 2 + 7);
      g_assert_cmpuint (tribes_frames_get_held (&self.frames), ==, 0);
    }
}

/* A frame that claims more than it has swallows nothing: the end marker is not where it should be.
 */
static void
test_wrong_length (void)
{
  g_auto (Fixture) self;
  static const char frames[] = "FLT2002\0\0\0\31abcdTLF2003"
                               "FLT2002\0\0\0\2efTLF2003"
                               "FLT2002\xff\0\0\2efTLF2003"
                               "FLT2002\0\0\0\2ghTLF2003";

  fixture_init (&self);
  feed_sized (&self, frames, sizeof frames - 1);
  g_assert_cmpstr (self.text->str, ==, "20 20 ");
}

static void
test_gaps (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  /* Inside a frame: it goes on where it should. */
  feed_sized (&self, "FLT2002\0\0\0\24abcd", 15);
  tribes_frames_skip (&self.frames, 10, on_frame, &self);
  feed (&self, "opqrst");
  feed (&self, "TLF2003");
  feed_sized (&self, "FLT2002\0\0\0\2efTLF2003", 20);
  g_assert_cmpstr (self.text->str, ==, "15/38 20 ");
  /* Over its end. */
  feed_sized (&self, "FLT2002\0\0\0\24abcd", 15);
  tribes_frames_skip (&self.frames, 30, on_frame, &self);
  feed (&self, "rest of what was lostTLF2003");
  feed_sized (&self, "FLT2002\0\0\0\2efTLF2003", 20);
  g_assert_cmpstr (self.text->str, ==, "15/38 20 15/38 20 ");
  /* Between frames, where a length would be, and of a size that nobody knows. */
  tribes_frames_skip (&self.frames, 30, on_frame, &self);
  feed (&self, "FLT2002");
  tribes_frames_skip (&self.frames, 30, on_frame, &self);
  feed_sized (&self, "FLT2002\0\0\0\2efTLF2003", 20);
  feed_sized (&self, "FLT2002\0\0\0\2e", 12);
  tribes_frames_skip (&self.frames, G_MAXSIZE, on_frame, &self);
  g_assert_cmpstr (self.text->str, ==, "15/38 20 15/38 20 20 12/20 ");
}

static void
test_too_large (void)
{
  g_auto (Fixture) self;
  g_autofree guint8 *big = g_malloc0 (200000);

  fixture_init (&self);
  /* 196,608 bytes in it. */
  memcpy (big, "FLT2002\0\3\0\0", 11);
  for (gsize at = 0; at < 196608 + 11; at += 1000)
    {
      feed_sized (&self, big + at, MIN (1000, 196608 + 11 - at));
      g_assert_cmpuint (tribes_frames_get_held (&self.frames), <=, MAX_HELD);
    }
  feed (&self, "TLF2003");
  feed_sized (&self, "FLT2002\0\0\0\2efTLF2003", 20);
  g_assert_cmpstr (self.text->str, ==, "65536/196626 20 ");
}

/* Each marker claims that the frame goes on far behind the next ones. */
static void
test_hostile_markers (void)
{
  g_auto (Fixture) self;
  g_autofree guint8 *all = g_malloc (11 * 400000);

  fixture_init (&self);
  for (gsize i = 0; i < 400000; i++)
    memcpy (all + 11 * i, "FLT2002\0\0\xff\0", 11);
  for (gsize at = 0; at < 11 * 400000; at += 1460)
    tribes_frames_feed (&self.frames, all + at, MIN (1460, 11 * 400000 - at), 1 << 20, on_frame,
                        &self);
  g_assert_cmpstr (self.text->str, ==, "");
  g_assert_cmpuint (tribes_frames_get_held (&self.frames), <, 300000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frames/every-cut", test_every_cut);
  g_test_add_func ("/frames/wrong-length", test_wrong_length);
  g_test_add_func ("/frames/gaps", test_gaps);
  g_test_add_func ("/frames/too-large", test_too_large);
  g_test_add_func ("/frames/hostile-markers", test_hostile_markers);
  return g_test_run ();
}
