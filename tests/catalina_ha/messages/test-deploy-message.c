/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-deploy-message-private.h"
#include "tests/catalina_ha/support.h"
#include "tribes/base/tribes-error.h"

#include <string.h>

static void
assert_described (const char *vector, const char *key, const char *actual)
{
  g_autofree char *expected = support_describe (vector, key);

  g_assert_cmpstr (actual, ==, expected);
}

static void
assert_number (const char *vector, const char *key, gint64 actual)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, actual);

  assert_described (vector, key, text);
}

static void
assert_part (const char *vector, const CatalinaDeployMessage *message)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (message->data, &size);

  assert_described (vector, "file", message->file);
  assert_number (vector, "number", message->number);
  assert_number (vector, "total", message->total);
  assert_number (vector, "data-size", (gint64) size);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (data[i], ==, (guint8) ((gsize) message->number + i));
}

static void
test_vector (gconstpointer data)
{
  const char *vector = data;
  g_autoptr (GBytes) bytes = support_load (vector);
  g_autofree char *kind = support_describe (vector, "kind");
  g_auto (CatalinaDeployMessage) message = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean good;

  g_assert_true (catalina_deploy_message_is (bytes));
  good = catalina_deploy_message_read (&message, bytes, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  assert_described (vector, "context", message.context);
  assert_number (vector, "timestamp", message.timestamp_ms);
  g_assert_cmpint (message.serial_version, ==, 2);
  g_assert_cmpint (message.kind, ==,
                   g_str_equal (kind, "undeploy") ? CATALINA_DEPLOY_UNDEPLOY
                                                  : CATALINA_DEPLOY_PART);
  if (message.kind == CATALINA_DEPLOY_PART)
    assert_part (vector, &message);
}

static void
test_prefixes (void)
{
  g_autoptr (GBytes) whole = support_load ("deploy-last");

  for (gsize size = 0; size < g_bytes_get_size (whole); size += size < 600 ? 1 : 97)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (whole, 0, size);
      g_auto (CatalinaDeployMessage) message = { 0 };
      g_autoptr (GError) error = NULL;

      (void) catalina_deploy_message_is (part);
      g_assert_false (catalina_deploy_message_read (&message, part, &error));
      g_assert_nonnull (error);
    }
}

/* Where dataLength stands: the first of the fields of FileMessage itself. */
static gsize
find_length (const guint8 *data, gsize size, guint32 length)
{
  guint8 wanted[4] = { (guint8) (length >> 24), (guint8) (length >> 16), (guint8) (length >> 8),
                       (guint8) length };
  const guint8 *at = memmem (data, size, wanted, sizeof wanted);

  g_assert_nonnull (at);
  return (gsize) (at - data);
}

/* More than there is, and less than nothing. */
static void
test_length (void)
{
  static const guint32 lengths[] = { 10241, G_MAXINT32, 0x80000000, G_MAXUINT32 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) whole = support_load ("deploy-last");
      gsize size;
      guint8 *data = g_bytes_unref_to_data (g_steal_pointer (&whole), &size);
      guint32 length = GUINT32_TO_BE (lengths[i]);
      g_autoptr (GBytes) changed = NULL;
      g_auto (CatalinaDeployMessage) message = { 0 };
      g_autoptr (GError) error = NULL;

      memcpy (data + find_length (data, size, 77), &length, sizeof length);
      changed = g_bytes_new_take (data, size);
      g_assert_false (catalina_deploy_message_read (&message, changed, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
      g_assert_nonnull (strstr (error->message, "dataLength: expected 0 to 10240"));
    }
}

static void
test_others (void)
{
  g_autoptr (GBytes) other = support_load ("session-created");
  g_auto (CatalinaDeployMessage) message = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (catalina_deploy_message_is (other));
  g_assert_false (catalina_deploy_message_read (&message, other, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/deploy-message/first", "deploy-first", test_vector);
  g_test_add_data_func ("/deploy-message/last", "deploy-last", test_vector);
  g_test_add_data_func ("/deploy-message/version", "deploy-version", test_vector);
  g_test_add_data_func ("/deploy-message/undeploy", "deploy-undeploy", test_vector);
  g_test_add_func ("/deploy-message/prefixes", test_prefixes);
  g_test_add_func ("/deploy-message/length", test_length);
  g_test_add_func ("/deploy-message/others", test_others);
  return g_test_run ();
}
