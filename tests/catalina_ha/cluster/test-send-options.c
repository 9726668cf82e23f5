/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of a message have their names twice, for xmlconf knows nothing of libtribes: what a
 * server.xml means by them and what a message is said to have are the same bits.
 */
#include <string.h>

#include "tribes/wire/tribes-message.h"
#include "xmlconf/xmlconf-value-private.h"

static const struct
{
  const char *configured, *alias, *said;
  TribesSendOptions bit;
} options[] = {
  { "byte_message", "byte", "byte", TRIBES_SEND_OPTIONS_BYTE_MESSAGE },
  { "use_ack", "use_ack", "ack", TRIBES_SEND_OPTIONS_USE_ACK },
  { "synchronized_ack", "sync", "sync", TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK },
  { "asynchronous", "async", "async", TRIBES_SEND_OPTIONS_ASYNCHRONOUS },
  { "secure", "secure", "secure", TRIBES_SEND_OPTIONS_SECURE },
  { "udp", "udp", "udp", TRIBES_SEND_OPTIONS_UDP },
  { "multicast", "multicast", "multicast", TRIBES_SEND_OPTIONS_MULTICAST },
};

static void
assert_configured (const char *text, gint64 expected)
{
  gint64 value = 0;

  g_assert_true (xmlconf_value_parse_send_options (text, &value));
  g_assert_cmpint (value, ==, expected);
}

static char *
describe (guint32 bits)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("p", 1);
  g_autoptr (TribesMessage) message = tribes_message_new (member, payload, bits, 0);

  return tribes_message_to_string (message);
}

static void
test_names (void)
{
  guint32 all = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autofree char *said = describe (options[i].bit);
      g_autofree char *expected = g_strdup_printf ("options %s,", options[i].said);

      assert_configured (options[i].configured, options[i].bit);
      assert_configured (options[i].alias, options[i].bit);
      g_assert_nonnull (strstr (said, expected));
      all |= options[i].bit;
    }
  /* Every bit there is, each once. */
  g_assert_cmphex (all, ==, (1u << G_N_ELEMENTS (options)) - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/send-options/names", test_names);
  return g_test_run ();
}
