/* SPDX-License-Identifier: Apache-2.0
 *
 * The short cut for session messages reads what the Java codec reads, and leaves the rest to it.
 */
#include <string.h>

#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/messages/catalina-session-message-template-private.h"

static GBytes *
encode (const char *context, const char *id, const char *unique_id, GBytes *data)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_DELTA, context, id, unique_id,
                                      1700000000123, data);

  return catalina_session_message_encode (message, 2);
}

static GBytes *
prefix (void)
{
  g_autoptr (GBytes) empty = encode (NULL, NULL, NULL, NULL);

  return g_bytes_new_from_bytes (empty, 0,
                                 g_bytes_get_size (empty) - CATALINA_SESSION_TEMPLATE_FIELDS);
}

static void
clear (CatalinaSessionTemplate *usual)
{
  g_free (usual->context_name);
  g_free (usual->session_id);
  g_free (usual->unique_id);
  g_clear_pointer (&usual->data, g_bytes_unref);
}

static void
test_read (void)
{
  g_autoptr (GBytes) begin = prefix ();
  g_autoptr (GBytes) data = g_bytes_new_static ("some data", 9);
  g_autoptr (GBytes) full = encode ("localhost#/shop", "A1.node1", "A1.node1-5", data);
  g_autoptr (GBytes) empty = encode (NULL, NULL, NULL, NULL);
  CatalinaSessionTemplate usual;

  g_assert_true (catalina_session_template_read (full, begin, &usual));
  g_assert_cmpint (usual.event, ==, CATALINA_SESSION_EVENT_DELTA);
  g_assert_cmpint (usual.timestamp, ==, 1700000000123);
  g_assert_cmpstr (usual.context_name, ==, "localhost#/shop");
  g_assert_cmpstr (usual.session_id, ==, "A1.node1");
  g_assert_cmpstr (usual.unique_id, ==, "A1.node1-5");
  g_assert_true (g_bytes_equal (usual.data, data));
  clear (&usual);
  g_assert_true (catalina_session_template_read (empty, begin, &usual));
  g_assert_null (usual.context_name);
  g_assert_null (usual.data);
  clear (&usual);
}

static void
test_every_prefix_is_left (void)
{
  g_autoptr (GBytes) begin = prefix ();
  g_autoptr (GBytes) data = g_bytes_new_static ("some data", 9);
  g_autoptr (GBytes) full = encode ("localhost#/shop", "A1.node1", "A1.node1-5", data);

  for (gsize size = 0; size < g_bytes_get_size (full); size++)
    {
      g_autofree guint8 *exact = g_memdup2 (g_bytes_get_data (full, NULL), size);
      g_autoptr (GBytes) part = g_bytes_new (exact, size);
      CatalinaSessionTemplate usual;

      g_assert_false (catalina_session_template_read (part, begin, &usual));
    }
}

/* Each byte changed: whatever the short cut still takes, the whole codec reads too. */
static void
test_every_byte_changed (void)
{
  g_autoptr (GBytes) begin = prefix ();
  g_autoptr (GBytes) data = g_bytes_new_static ("some data", 9);
  g_autoptr (GBytes) full = encode ("localhost#/shop", "A1.node1", "A1.node1-5", data);
  gsize size = g_bytes_get_size (full);

  for (gsize at = 0; at < size; at++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (full, NULL), size);
      g_autoptr (GBytes) changed = NULL;
      CatalinaSessionTemplate usual;

      copy[at] ^= 0x81;
      changed = g_bytes_new (copy, size);
      if (!catalina_session_template_read (changed, begin, &usual))
        continue;
      g_assert_cmpuint (at, >=, g_bytes_get_size (begin));
      clear (&usual);
    }
}

/* Text that is not plain takes the long way, and arrives. */
static void
test_not_plain (void)
{
  g_autoptr (GBytes) begin = prefix ();
  g_autoptr (GBytes) bytes = encode ("localhost#/caf\u00e9", "A1", "A1", NULL);
  g_autoptr (CatalinaSessionMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  CatalinaSessionTemplate usual;

  g_assert_false (catalina_session_template_read (bytes, begin, &usual));
  message = catalina_session_message_decode (bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (catalina_session_message_get_context_name (message), ==, "localhost#/caf\u00e9");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalina/session-message-template/read", test_read);
  g_test_add_func ("/catalina/session-message-template/every-prefix-is-left",
                   test_every_prefix_is_left);
  g_test_add_func ("/catalina/session-message-template/every-byte-changed",
                   test_every_byte_changed);
  g_test_add_func ("/catalina/session-message-template/not-plain", test_not_plain);
  return g_test_run ();
}
