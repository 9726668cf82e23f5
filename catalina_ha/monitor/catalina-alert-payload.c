/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-alert-payload-private.h"

#include <string.h>

#include "tribes/base/tribes-reader-private.h"
#include "tribes/wire/tribes-frame-private.h"

enum
{
  /* Of a frame: where its size stands, and the largest that is followed. */
  SIZE_AT = 7,
  MAX_FRAME = 256 * 1024 * 1024,
  /* Of AES. */
  BLOCK = 16,
};

static const CatalinaPayload payloads[CATALINA_N_SEEN] = {
  [CATALINA_SEEN_CREATED] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_EXPIRED] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_ACCESSED] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_GET_ALL] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_ALL_DATA] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_DELTA] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_TRANSFER_COMPLETE] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_CHANGE_ID] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_NO_CONTEXT_MANAGER] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_OTHER_SESSION_EVENT] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_RPC] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_MAP] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_MEMBER_MESSAGE] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_JAVA] = CATALINA_PAYLOAD_PLAIN,
  [CATALINA_SEEN_FRAGMENT] = CATALINA_PAYLOAD_OTHER,
  [CATALINA_SEEN_COMPRESSED] = CATALINA_PAYLOAD_OTHER,
  [CATALINA_SEEN_UNKNOWN] = CATALINA_PAYLOAD_OTHER,
  [CATALINA_SEEN_RANDOM] = CATALINA_PAYLOAD_ENCRYPTED,
};

/* Few bytes do not show that they are random, but an initialisation vector and blocks have sizes of
 * their own. */
static gboolean
may_be_blocks (gsize size)
{
  return size >= 2 * BLOCK && size % BLOCK == 0;
}

/* Bytes that an application sends as such may look like anything. */
CatalinaPayload
catalina_payload_classify (const TribesCapturedMessage *message, CatalinaSeen seen)
{
  CatalinaPayload payload = payloads[seen];

  if (payload != CATALINA_PAYLOAD_PLAIN
      && (message->fields.options & TRIBES_SEND_OPTIONS_BYTE_MESSAGE) != 0)
    return CATALINA_PAYLOAD_OUTSIDE;
  return seen == CATALINA_SEEN_UNKNOWN && may_be_blocks (message->fields.payload_size)
             ? CATALINA_PAYLOAD_ENCRYPTED
             : payload;
}

static char *
dup_frame (const TribesCapturedStray *stray)
{
  guint32 claimed
      = stray->size >= TRIBES_FRAME_HEAD_SIZE ? tribes_peek_u32 (stray->data + SIZE_AT) : 0;

  return claimed > MAX_FRAME
             ? g_strdup_printf ("a frame of %u bytes, more than any receiver takes", claimed)
             : g_strdup_printf ("a frame of %u bytes without an end", claimed);
}

/* What a listener of another kind is asked, by those who look for one. */
char *
catalina_alert_dup_stray (const TribesCapturedStray *stray)
{
  static const struct
  {
    const char *bytes;
    gsize size;
    const char *what;
  } known[] = {
    { "\xac\xed\0\5", 4, "a Java stream without a frame" },
    { "\x16\3", 2, "TLS" },
    { "GET ", 4, "HTTP" },
    { "POST ", 5, "HTTP" },
    { "OPTIONS ", 8, "HTTP" },
    { "SSH-", 4, "SSH" },
  };
  GString *text;

  if (stray->is_frame)
    return dup_frame (stray);
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (stray->size >= known[i].size && memcmp (stray->data, known[i].bytes, known[i].size) == 0)
      return g_strdup_printf ("%s where a frame was expected", known[i].what);
  text = g_string_new ("no frame where one was expected: ");
  for (gsize i = 0; i < MIN (stray->size, 8); i++)
    g_string_append_printf (text, "%02x", stray->data[i]);
  return g_string_free (text, FALSE);
}
