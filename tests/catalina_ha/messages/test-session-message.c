/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-session-message.h"
#include "tests/catalina_ha/support.h"
#include "tribes/base/tribes-error.h"

#include <string.h>

static const char *const vectors[] = {
  "session-created",           "session-expired", "session-accessed",  "session-get-all",
  "session-all-data",          "session-delta",   "session-change-id", "session-no-context-manager",
  "session-transfer-complete",
};

static void
assert_described (const char *vector, const char *key, const char *actual)
{
  g_autofree char *expected = support_describe (vector, key);

  g_assert_cmpstr (actual, ==, expected);
}

static void
test_vector (gconstpointer data)
{
  const char *vector = data;
  g_autoptr (GBytes) bytes = support_load (vector);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSessionMessage) message = catalina_session_message_decode (bytes, &error);
  g_autoptr (GBytes) again = NULL;
  g_autofree char *event = NULL;
  g_autofree char *timestamp = NULL;

  g_assert_no_error (error);
  event = g_strdup_printf ("%d", (int) catalina_session_message_get_event (message));
  timestamp
      = g_strdup_printf ("%" G_GINT64_FORMAT, catalina_session_message_get_timestamp (message));
  assert_described (vector, "event", event);
  assert_described (vector, "timestamp", timestamp);
  assert_described (vector, "session-id", catalina_session_message_get_session_id (message));
  assert_described (vector, "context", catalina_session_message_get_context_name (message));
  assert_described (vector, "unique-id", catalina_session_message_get_unique_id (message));
  g_assert_cmpuint (catalina_session_message_get_serial_version (message), ==, 2);

  again = catalina_session_message_encode (message, 2);
  support_assert_bytes (again, bytes);
}

static gboolean
decode (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaSessionMessage) message = catalina_session_message_decode (bytes, error);

  return message != NULL;
}

static void
test_prefixes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GBytes) bytes = support_load (vectors[i]);

      support_assert_prefixes_fail (bytes, decode);
    }
}

static void
test_flipped (void)
{
  g_autoptr (GBytes) bytes = support_load ("session-delta");

  support_flip_bytes (bytes, decode);
}

static void
test_foreign (void)
{
  static const guint8 integer[]
      = { 0xac, 0xed, 0, 5, 's', 'r', 0, 1, 'X', 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 'x', 'p' };
  g_autoptr (GBytes) other = g_bytes_new_static (integer, sizeof integer);
  g_autoptr (GError) error = NULL;

  g_assert_null (catalina_session_message_decode (other, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED);
}

/* The class is right, its fields are not. */
static void
test_other_fields (void)
{
  static const char *const fields[] = { "mEvtType", "mSessionID", "serializationTimestamp" };
  g_autoptr (GBytes) bytes = support_load ("session-created");

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      gsize size;
      guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, &size), g_bytes_get_size (bytes));
      g_autoptr (GBytes) changed = g_bytes_new_take (copy, size);
      g_autoptr (GError) error = NULL;
      char *at = memmem (copy, size, fields[i], strlen (fields[i]));

      g_assert_nonnull (at);
      at[0] = 'q';
      g_assert_null (catalina_session_message_decode (changed, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
      g_assert_nonnull (strstr (error->message, fields[i]));
    }
}

static void
test_old_version (void)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_EXPIRED, "/shop", "A1",
                                      "A1-EXPIRED-MSG", 17, NULL);
  g_autoptr (GBytes) bytes = catalina_session_message_encode (message, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSessionMessage) read = catalina_session_message_decode (bytes, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (catalina_session_message_get_serial_version (read), ==, 1);
  g_assert_cmpstr (catalina_session_message_get_session_id (read), ==, "A1");
  g_assert_null (catalina_session_message_get_data (read));
}

/* What is large is not copied, and comes out the same. */
static void
test_large (void)
{
  gsize size = 300000;
  guint8 *data = g_malloc (size);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSessionMessage) message = NULL;
  g_autoptr (CatalinaSessionMessage) read = NULL;
  const guint8 *at;

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (i * 7 + i / 251);
  bytes = g_bytes_new_take (data, size);
  message = catalina_session_message_new (CATALINA_SESSION_EVENT_ALL_DATA, "/shop", "SESSION-STATE",
                                          "SESSION-STATE-/shop", 17, bytes);
  payload = catalina_session_message_encode (message, 2);
  read = catalina_session_message_decode (payload, &error);
  g_assert_no_error (error);
  support_assert_bytes (catalina_session_message_get_data (read), bytes);
  g_assert_cmpstr (catalina_session_message_get_unique_id (read), ==, "SESSION-STATE-/shop");
  at = g_bytes_get_data (catalina_session_message_get_data (read), NULL);
  g_assert_true (at > (const guint8 *) g_bytes_get_data (payload, NULL));
  g_assert_true (at
                 < (const guint8 *) g_bytes_get_data (payload, NULL) + g_bytes_get_size (payload));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/messages/session-message/%s", vectors[i]);

      g_test_add_data_func (path, vectors[i], test_vector);
    }
  g_test_add_func ("/messages/session-message/prefixes", test_prefixes);
  g_test_add_func ("/messages/session-message/flipped", test_flipped);
  g_test_add_func ("/messages/session-message/foreign", test_foreign);
  g_test_add_func ("/messages/session-message/other-fields", test_other_fields);
  g_test_add_func ("/messages/session-message/old-version", test_old_version);
  g_test_add_func ("/messages/session-message/large", test_large);
  return g_test_run ();
}
