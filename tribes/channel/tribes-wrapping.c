/* SPDX-License-Identifier: Apache-2.0
 *
 * Trailers are read from the end, as the interceptors of a receiver do it: OrderInterceptor's
 * number has four bytes and counts from 1, FragmentationInterceptor's mark has one, which is 0 for
 * a whole message; the number of a piece and how many there are, four bytes each, are in front of a
 * mark of 1.
 */
#include "tribes/channel/tribes-wrapping-private.h"

#include <string.h>

#include "tribes/base/tribes-reader-private.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/wire/tribes-dissection-private.h"
#include "tribes/wire/tribes-gzip-private.h"

enum
{
  ORDER_SIZE = 4,
  MARK_SIZE = 1,
  PIECE_SIZE = 9,
  /* Messages to one member. With more, the first byte could be the tag of something in a stream. */
  MAX_ORDER = 1 << 28,
  /* EncryptInterceptor's shortest message is an initialization vector and one block. */
  MIN_RANDOM = 32,
  /* Enough to tell; what is longer is not read any further. */
  MAX_RANDOM = 1024,
};

static const guint8 stream_head[] = { 0xac, 0xed, 0, 5 };
/* Of RFC 1952, with the only method there is. */
static const guint8 gzip_head[] = { 0x1f, 0x8b, 8 };

static gboolean
has_order (const guint8 *at)
{
  guint32 number = tribes_peek_u32 (at);

  return number > 0 && number <= MAX_ORDER;
}

/* An order number and a mark: who stands above the other in the chain comes first. Where both
 * readings are possible the other number would be a multiple of 256, which it rarely is. */
static gboolean
read_both (const guint8 *at, TribesWrapping *wrapping)
{
  gboolean order_first = at[ORDER_SIZE] == 0 && has_order (at);
  gboolean mark_first = at[0] == 0 && has_order (at + MARK_SIZE);

  wrapping->has_order = wrapping->has_mark = order_first || mark_first;
  wrapping->order = tribes_peek_u32 (order_first ? at : at + MARK_SIZE);
  return wrapping->has_order;
}

gboolean
tribes_wrapping_read (const guint8 *data, gsize size, gsize end, TribesWrapping *wrapping)
{
  const guint8 *at = data + end;

  memset (wrapping, 0, sizeof *wrapping);
  wrapping->inner_size = end;
  switch (size - end)
    {
    case MARK_SIZE:
      return wrapping->has_mark = at[0] == 0;
    case ORDER_SIZE:
      wrapping->order = tribes_peek_u32 (at);
      return wrapping->has_order = has_order (at);
    case ORDER_SIZE + MARK_SIZE:
      return read_both (at, wrapping);
    default:
      return FALSE;
    }
}

/* A piece whose trailer ends at @size. */
static gboolean
read_piece (const guint8 *data, gsize size, TribesWrapping *wrapping)
{
  const guint8 *at;

  if (size <= PIECE_SIZE || data[size - 1] != 1)
    return FALSE;
  at = data + size - PIECE_SIZE;
  wrapping->inner_size = size - PIECE_SIZE;
  wrapping->has_mark = TRUE;
  wrapping->fragment = tribes_peek_u32 (at);
  wrapping->n_fragments = tribes_peek_u32 (at + 4);
  return wrapping->n_fragments >= 2 && wrapping->n_fragments <= TRIBES_WRAPPING_MAX_FRAGMENTS
         && wrapping->fragment < wrapping->n_fragments;
}

gboolean
tribes_wrapping_read_fragment (const guint8 *data, gsize size, TribesWrapping *wrapping)
{
  memset (wrapping, 0, sizeof *wrapping);
  if (read_piece (data, size, wrapping))
    return TRUE;
  memset (wrapping, 0, sizeof *wrapping);
  if (size <= ORDER_SIZE || !has_order (data + size - ORDER_SIZE)
      || !read_piece (data, size - ORDER_SIZE, wrapping))
    return FALSE;
  wrapping->has_order = TRUE;
  wrapping->order = tribes_peek_u32 (data + size - ORDER_SIZE);
  return TRUE;
}

gboolean
tribes_wrapping_is_gzip (const guint8 *data, gsize size)
{
  return size >= sizeof gzip_head && memcmp (data, gzip_head, sizeof gzip_head) == 0;
}

/* Whether so many random bytes may have so many different values: four times the standard deviation
 * off what is expected they are once in ten thousand times. */
static gboolean
is_diverse (gsize size, guint n_distinct)
{
  double one = 1, two = 1, missing, variance;

  for (gsize i = 0; i < size; i++)
    {
      one *= 255.0 / 256;
      two *= 254.0 / 256;
    }
  missing = 256 * (1 - one) - n_distinct;
  variance = 256 * one + 256 * 255 * two - 65536 * one * one;
  return missing * missing <= 16 * variance;
}

gboolean
tribes_wrapping_is_random (const guint8 *data, gsize size)
{
  gboolean seen[256] = { FALSE };
  guint n_distinct = 0;
  double n_high = 0;
  gsize n = MIN (size, MAX_RANDOM);

  if (size < MIN_RANDOM)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      n_distinct += !seen[data[i]];
      seen[data[i]] = TRUE;
      n_high += data[i] >> 7;
    }
  /* A text has no high ones, however random. */
  n_high -= (double) n / 2;
  return n_high * n_high <= 4.0 * (double) n && is_diverse (n, n_distinct);
}

gsize
tribes_wrapping_measure_java (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (TribesJavaReader) reader = NULL;

  if (size < sizeof stream_head || memcmp (data, stream_head, sizeof stream_head) != 0)
    return 0;
  bytes = g_bytes_new_static (data, size);
  reader = tribes_java_reader_new (bytes, NULL);
  return reader && tribes_java_reader_skip_object (reader, NULL)
             ? tribes_java_reader_get_offset (reader)
             : 0;
}

static gboolean
recognize_random (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  return tribes_wrapping_is_random (data, size);
}

static void
dissect_random (TribesDissection *dissection,
                GBytes *bytes,
                TribesSendOptions options,
                gpointer user_data)
{
  /* With CBC whole ones of AES, the initialization vector among them. */
  gboolean in_blocks = g_bytes_get_size (bytes) % 16 == 0;

  tribes_dissection_add_blob (dissection, "random bytes", 0, bytes,
                              in_blocks ? "encrypted or unknown, in blocks of 16"
                                        : "encrypted or unknown");
}

static void
dissect_gzip (TribesDissection *dissection,
              GBytes *bytes,
              TribesSendOptions options,
              gpointer user_data)
{
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();
  g_autoptr (GBytes) expanded = NULL;
  g_autoptr (GError) error = NULL;
  TribesWrapping wrapping;
  gsize size, used;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  tribes_dissection_add_blob (dissection, "gzip", 0, bytes, "compressed");
  expanded = tribes_gzip_expand (gzip, data, size,
                                 tribes_dissection_get_derived_room (dissection), &used, &error);
  if (!expanded)
    {
      tribes_dissection_add_problem (dissection, 0, size, error->message);
      return;
    }
  tribes_dissection_add_derived (dissection, "payload", expanded, options);
  if (used < size && tribes_wrapping_read (data, size, used, &wrapping))
    tribes_wrapping_dissect (dissection, &wrapping, size);
}

static gboolean
recognize_fragment (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  TribesWrapping wrapping;

  return tribes_wrapping_read_fragment (data, size, &wrapping)
         && tribes_wrapping_measure_java (data, size) == 0;
}

void
tribes_wrapping_dissect (TribesDissection *dissection, const TribesWrapping *wrapping, gsize size)
{
  gsize at = wrapping->inner_size;

  if (wrapping->n_fragments > 0)
    {
      tribes_dissection_add_number (dissection, "piece", at, 4, wrapping->fragment, "from 0");
      tribes_dissection_add_number (dissection, "pieces", at + 4, 4, wrapping->n_fragments, NULL);
    }
  /* Which of both comes first does not matter to those who read. */
  if (wrapping->has_mark)
    tribes_dissection_add_boolean (dissection, "fragment mark", at, size - at,
                                   wrapping->n_fragments > 0, NULL);
  if (wrapping->has_order)
    tribes_dissection_add_number (dissection, "order number", at, size - at, wrapping->order, NULL);
}

static void
dissect_fragment (TribesDissection *dissection,
                  GBytes *bytes,
                  TribesSendOptions options,
                  gpointer user_data)
{
  g_autofree char *meaning = NULL;
  TribesWrapping wrapping;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  (void) tribes_wrapping_read_fragment (data, size, &wrapping);
  meaning = g_strdup_printf ("piece %u of %u", wrapping.fragment + 1, wrapping.n_fragments);
  tribes_dissection_begin (dissection, "fragment", 0, size);
  tribes_dissection_add_bytes (dissection, "data", 0, wrapping.inner_size, NULL);
  tribes_wrapping_dissect (dissection, &wrapping, size);
  tribes_dissection_end (dissection, meaning);
}

static gboolean
recognize_trailed (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  TribesWrapping wrapping;
  gsize end = tribes_wrapping_measure_java (data, size);

  return end > 0 && tribes_wrapping_read (data, size, end, &wrapping);
}

static void
dissect_trailed (TribesDissection *dissection,
                 GBytes *bytes,
                 TribesSendOptions options,
                 gpointer user_data)
{
  TribesWrapping wrapping;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  (void) tribes_wrapping_read (data, size, tribes_wrapping_measure_java (data, size), &wrapping);
  tribes_dissection_add_payload (dissection, "payload", 0, wrapping.inner_size, options);
  tribes_wrapping_dissect (dissection, &wrapping, size);
}

void
tribes_dissector_add_wrappings (TribesDissector *dissector)
{
  g_autoptr (GBytes) head = g_bytes_new_static (gzip_head, sizeof gzip_head);

  tribes_dissector_add_layer (dissector, "random", NULL, TRIBES_SEND_OPTIONS_NONE, recognize_random,
                              dissect_random, NULL, NULL);
  tribes_dissector_add_layer (dissector, "gzip", head, TRIBES_SEND_OPTIONS_NONE, NULL, dissect_gzip,
                              NULL, NULL);
}

void
tribes_dissector_add_trailed (TribesDissector *dissector)
{
  g_autoptr (GBytes) head = g_bytes_new_static (stream_head, sizeof stream_head);

  tribes_dissector_add_layer (dissector, "trailed", head, TRIBES_SEND_OPTIONS_NONE,
                              recognize_trailed, dissect_trailed, NULL, NULL);
  tribes_dissector_add_layer (dissector, "fragment", NULL, TRIBES_SEND_OPTIONS_NONE,
                              recognize_fragment, dissect_fragment, NULL, NULL);
}
