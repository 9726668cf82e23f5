/* SPDX-License-Identifier: Apache-2.0
 *
 * That a session has moved, as Tomcat 7.0 says it, and the new id inside what a later one says.
 * What is accepted is said again as a later Tomcat would, and means the same; whoever looks on
 * without reading all of it sees the same.
 */
#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-id-message-private.h"
#include "catalina_ha/messages/catalina-skim-private.h"
#include "tests/fuzz/fuzz-target.h"

static void
check_converted (const CatalinaSessionIdMessage *message, gboolean in_host)
{
  g_autoptr (CatalinaSessionMessage) converted
      = catalina_session_id_message_convert (message, in_host, 1, NULL);
  g_autoptr (GBytes) encoded = NULL;
  g_autoptr (CatalinaSessionMessage) again = NULL;
  g_autofree char *new_id = NULL;
  g_autoptr (GError) error = NULL;

  if (!converted)
    return;
  encoded = catalina_session_message_encode (converted, 2);
  again = catalina_session_message_decode (encoded, &error);
  g_assert_no_error (error);
  g_assert_cmpint (catalina_session_message_get_event (again), ==,
                   CATALINA_SESSION_EVENT_CHANGE_ID);
  g_assert_cmpstr (catalina_session_message_get_session_id (again), ==, message->old_id);
  new_id = catalina_new_id_decode (catalina_session_message_get_data (again), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (new_id, ==, message->new_id);
}

static void
check_new_id (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = catalina_new_id_decode (bytes, &error);

  g_assert_true ((id == NULL) == (error != NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_auto (CatalinaSessionIdMessage) message = { 0 };
  g_auto (CatalinaSkim) skim = { 0 };
  g_autoptr (GError) error = NULL;

  check_new_id (bytes);
  (void) catalina_skim (data, size, &skim);
  if (!catalina_session_id_message_read (&message, bytes, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  check_converted (&message, FALSE);
  check_converted (&message, TRUE);
  return 0;
}
