/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks streams that Java wrote at random, with Java's description of each: decoded and encoded
 * again they must be the same bytes, as JSON the same text. With "prefixes" in front of the file it
 * instead cuts the first streams at every byte. Run by check-streams.py.
 */
#include "tribes/java/read/tribes-java-stream.h"
#include "tribes/java/show/tribes-java-json.h"

#include <stdlib.h>
#include <string.h>

enum
{
  MAX_SHOWN = 5,
  /* Cutting takes time with the square of the size. */
  N_PREFIXED = 200,
  MAX_PREFIXED_SIZE = 6000,
};

typedef struct
{
  const guint8 *stream;
  gsize stream_size;
  const char *json;
  gsize json_size;
} Sample;

static gsize
take_length (const guint8 **pos)
{
  guint32 length;

  memcpy (&length, *pos, sizeof length);
  *pos += sizeof length;
  return GUINT32_FROM_BE (length);
}

static gboolean
next_sample (const guint8 **pos, const guint8 *end, Sample *sample)
{
  if (*pos == end)
    return FALSE;
  sample->stream_size = take_length (pos);
  sample->stream = *pos;
  *pos += sample->stream_size;
  sample->json_size = take_length (pos);
  sample->json = (const char *) *pos;
  *pos += sample->json_size;
  return TRUE;
}

/* The text around the first difference. */
static char *
difference (const char *a, gsize a_size, const char *b, gsize b_size)
{
  gsize at = 0;
  gsize from;

  while (at < a_size && at < b_size && a[at] == b[at])
    at++;
  from = at > 60 ? at - 60 : 0;
  return g_strdup_printf ("at %" G_GSIZE_FORMAT ": Java '%.*s', here '%.*s'", at,
                          (int) MIN (a_size - from, 200), a + from, (int) MIN (b_size - from, 200),
                          b + from);
}

/* What is wrong with a sample, or NULL. */
static char *
check_sample (const Sample *sample)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_static (sample->stream, sample->stream_size);
  g_autoptr (TribesJavaStream) stream = tribes_java_stream_decode (bytes, NULL, &error);
  g_autoptr (GBytes) again = NULL;
  g_autofree char *json = NULL;

  if (!stream)
    return g_strdup_printf ("decode: %s", error->message);
  again = tribes_java_stream_encode (stream, &error);
  if (!again)
    return g_strdup_printf ("encode: %s", error->message);
  if (!g_bytes_equal (bytes, again))
    return g_strdup_printf ("encode: %" G_GSIZE_FORMAT " bytes became %" G_GSIZE_FORMAT,
                            g_bytes_get_size (bytes), g_bytes_get_size (again));
  json = tribes_java_stream_to_json (stream);
  if (strlen (json) != sample->json_size || memcmp (json, sample->json, sample->json_size) != 0)
    return difference (sample->json, sample->json_size, json, strlen (json));
  return NULL;
}

/* A prefix is refused, or ends between two items of the stream. */
static char *
check_prefixes (const Sample *sample)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (sample->stream, sample->stream_size);
  g_autoptr (TribesJavaStream) stream = tribes_java_stream_decode (bytes, NULL, NULL);
  gsize n_items = tribes_java_stream_get_n_items (stream);
  gsize next = 0;

  for (gsize size = 0; size < sample->stream_size; size++)
    {
      g_autoptr (GBytes) prefix = g_bytes_new_from_bytes (bytes, 0, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesJavaStream) part = tribes_java_stream_decode (prefix, NULL, &error);

      while (next < n_items && tribes_java_stream_get_item_offset (stream, next) < size)
        next++;
      if (part && (next == n_items || tribes_java_stream_get_item_offset (stream, next) != size))
        return g_strdup_printf ("%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes were accepted",
                                size, sample->stream_size);
      if (!part && (!error || !strstr (error->message, "offset")))
        return g_strdup_printf ("no reason for refusing %" G_GSIZE_FORMAT " bytes", size);
    }
  return NULL;
}

int
main (int argc, char *argv[])
{
  gboolean prefixes = argc == 3 && strcmp (argv[1], "prefixes") == 0;
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 *pos, *end;
  gsize size, n_checked = 0, n_failed = 0;
  Sample sample;

  if (argc < 2 || !g_file_get_contents (argv[argc - 1], &data, &size, &error))
    {
      g_printerr ("usage: check-streams [prefixes] FILE\n");
      return 2;
    }
  pos = (const guint8 *) data;
  end = pos + size;
  for (gsize i = 0; next_sample (&pos, end, &sample); i++)
    {
      g_autofree char *reason = NULL;

      /* Bytes nobody can read may end anywhere. */
      if (prefixes
          && (n_checked == N_PREFIXED || sample.stream_size > MAX_PREFIXED_SIZE
              || g_strstr_len (sample.json, (gssize) sample.json_size, "@raw")))
        continue;
      n_checked++;
      reason = prefixes ? check_prefixes (&sample) : check_sample (&sample);
      if (reason && n_failed++ < MAX_SHOWN)
        g_printerr ("stream %" G_GSIZE_FORMAT ": %s\n", i, reason);
    }
  g_print ("%" G_GSIZE_FORMAT " streams, %" G_GSIZE_FORMAT " failed\n", n_checked, n_failed);
  return n_failed > 0 ? 1 : 0;
}
