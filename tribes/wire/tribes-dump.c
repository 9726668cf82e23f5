/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoded things as one line of text each. Logs, tools and tests all print through here.
 */
#include "tribes/wire/tribes-message-private.h"

static const struct
{
  guint32 bit;
  const char *name;
} option_names[] = {
  { TRIBES_SEND_OPTIONS_BYTE_MESSAGE, "byte" },     { TRIBES_SEND_OPTIONS_USE_ACK, "ack" },
  { TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK, "sync" }, { TRIBES_SEND_OPTIONS_ASYNCHRONOUS, "async" },
  { TRIBES_SEND_OPTIONS_SECURE, "secure" },         { TRIBES_SEND_OPTIONS_UDP, "udp" },
  { TRIBES_SEND_OPTIONS_MULTICAST, "multicast" },
};

static void
append_options (GString *text, guint32 options)
{
  gsize length = text->len;

  for (gsize i = 0; i < G_N_ELEMENTS (option_names); i++)
    {
      if (!(options & option_names[i].bit))
        continue;
      g_string_append_printf (text, "%s%s", text->len > length ? "+" : "", option_names[i].name);
      options &= ~option_names[i].bit;
    }
  if (options != 0 || text->len == length)
    g_string_append_printf (text, "%s0x%x", text->len > length ? "+" : "", options);
}

/**
 * tribes_message_to_string:
 * @message: a message
 *
 * Returns: (transfer full): sender, options, id and payload size in one line, for logs and people
 *
 * Since: 0.1
 */
char *
tribes_message_to_string (TribesMessage *message)
{
  g_autofree char *address = tribes_member_to_string (tribes_message_peek_address (message));
  GString *text = g_string_new ("message ");
  gsize id_size, payload_size;
  const guint8 *id = tribes_message_peek_unique_id (message, &id_size);

  for (gsize i = 0; i < MIN (id_size, 4); i++)
    g_string_append_printf (text, "%02x", id[i]);
  g_string_append_printf (text, " from %s, options ", address);
  append_options (text, tribes_message_get_options (message));
  tribes_message_peek_payload (message, &payload_size);
  g_string_append_printf (text, ", %" G_GSIZE_FORMAT " bytes", payload_size);
  return g_string_free (text, FALSE);
}
