/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages: what is accepted encodes to the very bytes it was decoded from.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/wire/tribes-message-private.h"

static void
check_copy (GBytes *bytes, TribesMessage *message)
{
  g_autoptr (TribesMessage) copy = NULL;
  g_autoptr (GBytes) encoded = NULL;
  TribesMessageFields fields;
  TribesReader reader;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  tribes_reader_init (&reader, data, size);
  g_assert_true (tribes_message_parse (&reader, tribes_limits_get_default (),
                                       tribes_message_peek_address (message), &fields, NULL));
  /* Without a buffer to keep, and with the sender shared. */
  copy = tribes_message_new_from_fields (&fields, NULL);
  g_assert_true (tribes_message_peek_address (copy) == tribes_message_peek_address (message));
  encoded = tribes_message_encode (copy);
  g_assert_true (g_bytes_equal (bytes, encoded));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMessage) message = tribes_message_decode (bytes, &error);
  g_autoptr (GBytes) again = NULL;
  g_autofree char *text = NULL;

  if (!message)
    {
      g_assert_nonnull (error);
      g_assert_true (g_str_has_prefix (error->message, "offset "));
      return 0;
    }
  g_assert_no_error (error);
  again = tribes_message_encode (message);
  g_assert_true (g_bytes_equal (bytes, again));
  text = tribes_message_to_string (message);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  check_copy (bytes, message);
  return 0;
}
