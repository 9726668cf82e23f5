/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"

#define FORGED "ABC\nWARNING **: forged \x1b[31m"

/* The figure is that of `printf %s 0123456789ABCDEF.node1 | sha256sum`: it must never change, as
 * nodes of different versions print it side by side. */
static void
test_hash (void)
{
  g_autofree char *hash = catalina_shown_id ("0123456789ABCDEF.node1");

  g_assert_cmpstr (hash, ==, "f587f9015a");
}

static void
test_whole (void)
{
  g_autofree char *plain = NULL;
  g_autofree char *forged = NULL;
  g_autofree char *hash = NULL;

  catalina_show_whole_ids (TRUE);
  plain = catalina_shown_id ("0123456789ABCDEF.node1");
  forged = catalina_shown_id (FORGED);
  hash = catalina_hash_id ("0123456789ABCDEF.node1");
  catalina_show_whole_ids (FALSE);
  g_assert_cmpstr (plain, ==, "0123456789ABCDEF.node1");
  g_assert_cmpstr (forged, ==, "\"ABC\\nWARNING **: forged \\u001b[31m\"");
  g_assert_cmpstr (hash, ==, "f587f9015a");
}

static void
test_message (void)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_CREATED, "localhost#/shop", FORGED,
                                      "unique", 1, NULL);
  g_autofree char *text = catalina_session_message_to_string (message);

  g_assert_nonnull (strstr (text, "localhost#/shop"));
  g_assert_null (strstr (text, "ABC"));
  g_assert_null (strchr (text, '\n'));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/messages/shown-id/hash", test_hash);
  g_test_add_func ("/messages/shown-id/whole", test_whole);
  g_test_add_func ("/messages/shown-id/message", test_message);
  return g_test_run ();
}
