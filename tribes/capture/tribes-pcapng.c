/* SPDX-License-Identifier: Apache-2.0
 *
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html. A block is its type, its size,
 * its contents and its size again, all of it in steps of four bytes.
 */
#include "tribes/capture/tribes-pcapng-private.h"

#include <string.h>

enum
{
  BLOCK_SECTION = 0x0a0d0d0a,
  BLOCK_INTERFACE = 1,
  BLOCK_PACKET = 6,
  ORDER_MARK = 0x1a2b3c4d,
  OPTION_END = 0,
  OPTION_COMMENT = 1,
  /* An option's size has two bytes. */
  MAX_COMMENT = 65535,
};

static void
put_u16 (GByteArray *out, guint16 value)
{
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

static void
put_u32 (GByteArray *out, guint32 value)
{
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

static void
put_padded (GByteArray *out, const void *data, gsize size)
{
  static const guint8 zeros[3] = { 0 };

  g_byte_array_append (out, data, (guint) size);
  g_byte_array_append (out, zeros, (guint) (-size & 3));
}

/* Returns where the block begins, for end_block(). */
static guint
begin_block (GByteArray *out, guint32 type)
{
  guint start = out->len;

  put_u32 (out, type);
  put_u32 (out, 0);
  return start;
}

static void
end_block (GByteArray *out, guint start)
{
  guint32 size = out->len - start + 4;

  memcpy (out->data + start + 4, &size, sizeof size);
  put_u32 (out, size);
}

void
tribes_pcapng_begin (GByteArray *out, guint link_type, guint snap_length)
{
  guint start = begin_block (out, BLOCK_SECTION);

  put_u32 (out, ORDER_MARK);
  put_u16 (out, 1);
  put_u16 (out, 0);
  /* The section is as long as the file. */
  put_u32 (out, G_MAXUINT32);
  put_u32 (out, G_MAXUINT32);
  end_block (out, start);
  start = begin_block (out, BLOCK_INTERFACE);
  put_u16 (out, (guint16) link_type);
  put_u16 (out, 0);
  put_u32 (out, snap_length);
  end_block (out, start);
}

static void
put_comment (GByteArray *out, const char *text)
{
  gsize size = MIN (strlen (text), MAX_COMMENT);

  put_u16 (out, OPTION_COMMENT);
  put_u16 (out, (guint16) size);
  put_padded (out, text, size);
}

void
tribes_pcapng_add (GByteArray *out,
                   gint64 time_us,
                   const guint8 *data,
                   gsize size,
                   gsize sent,
                   const GPtrArray *comments)
{
  guint start = begin_block (out, BLOCK_PACKET);

  put_u32 (out, 0);
  put_u32 (out, (guint32) ((guint64) time_us >> 32));
  put_u32 (out, (guint32) time_us);
  put_u32 (out, (guint32) size);
  put_u32 (out, (guint32) MAX (size, sent));
  put_padded (out, data, size);
  for (guint i = 0; comments && i < comments->len; i++)
    put_comment (out, comments->pdata[i]);
  if (comments && comments->len > 0)
    put_u32 (out, OPTION_END);
  end_block (out, start);
}
