/* SPDX-License-Identifier: Apache-2.0
 *
 * Session messages. One that is accepted, encoded and decoded again, says the same.
 */
#include "catalina_ha/messages/catalina-session-message.h"
#include "tests/fuzz/fuzz-target.h"

static void
assert_same_data (GBytes *a, GBytes *b)
{
  g_assert_true ((a == NULL) == (b == NULL));
  if (a)
    g_assert_true (g_bytes_equal (a, b));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSessionMessage) message = catalina_session_message_decode (bytes, &error);
  g_autoptr (CatalinaSessionMessage) again = NULL;
  g_autoptr (GBytes) encoded = NULL;
  g_autofree char *text = NULL;

  if (!message)
    {
      g_assert_nonnull (error);
      return 0;
    }
  text = catalina_session_message_to_string (message);
  encoded = catalina_session_message_encode (message, 2);
  again = catalina_session_message_decode (encoded, &error);
  g_assert_no_error (error);
  g_assert_cmpint (catalina_session_message_get_event (again), ==,
                   catalina_session_message_get_event (message));
  g_assert_cmpint (catalina_session_message_get_timestamp (again), ==,
                   catalina_session_message_get_timestamp (message));
  g_assert_cmpstr (catalina_session_message_get_context_name (again), ==,
                   catalina_session_message_get_context_name (message));
  g_assert_cmpstr (catalina_session_message_get_session_id (again), ==,
                   catalina_session_message_get_session_id (message));
  g_assert_cmpstr (catalina_session_message_get_unique_id (again), ==,
                   catalina_session_message_get_unique_id (message));
  assert_same_data (catalina_session_message_get_data (again),
                    catalina_session_message_get_data (message));
  return 0;
}
