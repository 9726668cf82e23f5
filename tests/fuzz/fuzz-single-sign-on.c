/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is logged in. One that is accepted goes to others as it came, and is accepted again with a
 * session more.
 */
#include "catalina_ha/messages/catalina-single-sign-on-private.h"
#include "tests/fuzz/fuzz-target.h"

static guint
count_sessions (CatalinaSingleSignOnEntry *entry)
{
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  return sessions->len;
}

static void
check_more (CatalinaSingleSignOnEntry *entry)
{
  g_autoptr (CatalinaSingleSignOnSessionKey) key
      = catalina_single_sign_on_session_key_new ("of-nobody", "/", "h");
  g_autoptr (CatalinaSingleSignOnEntry) more
      = catalina_single_sign_on_entry_add_session (entry, key);
  g_autoptr (CatalinaSingleSignOnEntry) less
      = more ? catalina_single_sign_on_entry_remove_session (more, key) : NULL;

  if (!less)
    return;
  g_assert_cmpstr (catalina_single_sign_on_entry_get_name (less), ==,
                   catalina_single_sign_on_entry_get_name (entry));
  g_assert_cmpstr (catalina_single_sign_on_entry_get_username (less), ==,
                   catalina_single_sign_on_entry_get_username (entry));
  g_assert_cmpuint (count_sessions (more), >=, count_sessions (less));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = catalina_single_sign_on_entry_read (data, size, NULL);
  GBytes *stream = entry ? catalina_single_sign_on_entry_get_stream (entry) : NULL;

  if (!entry)
    return 0;
  g_assert_cmpmem (g_bytes_get_data (stream, NULL), g_bytes_get_size (stream), data, size);
  check_more (entry);
  return 0;
}
