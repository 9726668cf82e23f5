/* SPDX-License-Identifier: Apache-2.0
 *
 * What is skimmed is what the codecs read.
 */
#include "catalina_ha/messages/catalina-skim-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "tests/catalina_ha/support.h"

static const char *const deltas[] = {
  "delta-empty",    "delta-is-new",       "delta-login@10.1.60", "delta-login@9.0.70",
  "delta-logout",   "delta-max-inactive", "delta-notes",         "delta-remove",
  "delta-set-big",  "delta-set-count",    "delta-set-flag",      "delta-set-item",
  "delta-set-list", "delta-set-map",      "delta-set-ratio",     "delta-set-raw",
  "delta-set-text", "delta-set-when",     "delta-several",       "delta-shared",
  "delta-usual",
};

static const char *const messages[] = {
  "session-accessed",
  "session-all-data",
  "session-change-id",
  "session-created",
  "session-delta",
  "session-expired",
  "session-get-all",
  "session-no-context-manager",
  "session-transfer-complete",
};

typedef struct
{
  const guint8 *data;
  GString *text;
} Told;

static void
append_span (GString *text, CatalinaSpan span)
{
  g_string_append_printf (text, " %.*s", (int) span.size, span.text ? span.text : "");
}

static void
tell (const CatalinaSkimAction *action, gpointer user_data)
{
  Told *told = user_data;

  g_string_append_printf (told->text, "%d %d", action->type, action->change);
  append_span (told->text, action->name);
  append_span (told->text, action->class_name);
  if (action->value)
    g_string_append_printf (told->text, " %d+%" G_GSIZE_FORMAT, (int) (action->value - told->data),
                            action->value_size);
  g_string_append_c (told->text, '\n');
}

static char *
skim_text (const guint8 *data, gsize size, gboolean slowly, gboolean *ok)
{
  Told told = { data, g_string_new (NULL) };

  *ok = slowly ? catalina_skim_delta_slowly (data, size, tell, &told)
               : catalina_skim_delta (data, size, tell, &told);
  return g_string_free (told.text, FALSE);
}

static void
assert_alike (const guint8 *data, gsize size)
{
  gboolean ok, slowly_ok;
  g_autofree char *text = skim_text (data, size, FALSE, &ok);
  g_autofree char *slowly = skim_text (data, size, TRUE, &slowly_ok);

  g_assert_cmpint (ok, ==, slowly_ok);
  g_assert_cmpstr (text, ==, slowly);
}

static void
test_delta (gconstpointer vector)
{
  g_autoptr (GBytes) bytes = support_load (vector);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  assert_alike (data, size);
  for (gsize n = 0; n < size; n++)
    {
      g_autofree guint8 *exact = g_memdup2 (data, n);

      assert_alike (exact, n);
    }
}

/* Most of them do not need the codec: what a vector says must not change that. */
static void
test_delta_changed (gconstpointer vector)
{
  g_autoptr (GBytes) bytes = support_load (vector);
  gsize size = g_bytes_get_size (bytes);
  g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (bytes, NULL), size);

  for (gsize at = 0; at < size; at++)
    {
      gboolean ok;
      g_autofree char *text = NULL;

      data[at] ^= 0x11;
      text = skim_text (data, size, FALSE, &ok);
      data[at] ^= 0x11;
    }
}

static void
assert_span (CatalinaSpan span, const char *expected)
{
  g_autofree char *text = span.text ? g_strndup (span.text, span.size) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_is (const CatalinaSkim *skim, CatalinaSessionMessage *message)
{
  GBytes *data = catalina_session_message_get_data (message);
  gsize size = 0;
  const guint8 *bytes = data ? g_bytes_get_data (data, &size) : NULL;

  g_assert_cmpint (skim->event, ==, (gint) catalina_session_message_get_event (message));
  g_assert_cmpint (skim->timestamp, ==, catalina_session_message_get_timestamp (message));
  assert_span (skim->context, catalina_session_message_get_context_name (message));
  assert_span (skim->session, catalina_session_message_get_session_id (message));
  g_assert_cmpuint (skim->data_full_size, ==, size);
  g_assert_cmpmem (skim->data, skim->data_size, bytes, size);
}

static void
test_message (gconstpointer vector)
{
  g_autoptr (GBytes) bytes = support_load (vector);
  g_autoptr (CatalinaSessionMessage) message = catalina_session_message_decode (bytes, NULL);
  g_autoptr (GBytes) old = catalina_session_message_encode (message, 1);
  g_auto (CatalinaSkim) skim = { 0 };
  g_auto (CatalinaSkim) old_skim = { 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_assert_true (catalina_skim (data, size, &skim));
  /* In place. */
  g_assert_null (skim.owner);
  assert_is (&skim, message);
  g_assert_true (catalina_skim (g_bytes_get_data (old, NULL), g_bytes_get_size (old), &old_skim));
  g_assert_null (old_skim.owner);
  assert_is (&old_skim, message);
}

/* As much as there is: the context comes first. */
static void
test_message_cut (void)
{
  g_autoptr (GBytes) bytes = support_load ("session-delta");
  gboolean had_context = FALSE;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize n = 0; n < size; n++)
    {
      g_autofree guint8 *exact = g_memdup2 (data, n);
      g_auto (CatalinaSkim) skim = { 0 };

      if (!catalina_skim (exact, n, &skim))
        {
          g_assert_false (had_context);
          continue;
        }
      if (skim.event != 0)
        g_assert_cmpint (skim.event, ==, CATALINA_SESSION_EVENT_DELTA);
      if (skim.context.text)
        assert_span (skim.context, "localhost#/shop");
      g_assert_cmpuint (skim.data_size, <=, skim.data_full_size);
      had_context |= skim.context.text != NULL;
    }
  g_assert_true (had_context);
}

static void
test_foreign (void)
{
  g_autoptr (GBytes) bytes = support_load ("rpc-question");
  g_auto (CatalinaSkim) skim = { 0 };

  g_assert_false (catalina_skim (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &skim));
  g_assert_false (catalina_skim ((const guint8 *) "", 0, &skim));
}

/* A session that moves between Tomcats 7.0 is as one that moves between others. */
static void
test_session_id_message (void)
{
  g_autoptr (GBytes) bytes = support_load_captured ("message-session-id@7.0.110");
  g_auto (CatalinaSkim) skim = { 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GBytes) new_id = NULL;
  g_autofree char *id = NULL;

  g_assert_true (catalina_skim (data, size, &skim));
  g_assert_cmpint (skim.event, ==, CATALINA_SESSION_EVENT_CHANGE_ID);
  g_assert_cmpstr (skim.context.text, ==, "localhost#/app");
  g_assert_cmpstr (skim.session.text, ==, "1AAD01ABCAA6C5DF2049EF8524B56C08.n2");
  new_id = g_bytes_new (skim.data, skim.data_size);
  id = catalina_new_id_decode (new_id, NULL);
  g_assert_cmpstr (id, ==, "1AAD01ABCAA6C5DF2049EF8524B56C08.n1");
  for (gsize cut = 0; cut < size; cut++)
    {
      g_auto (CatalinaSkim) part = { 0 };

      g_assert_false (catalina_skim (data, cut, &part));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (deltas); i++)
    {
      g_autofree char *path = g_strconcat ("/skim/delta/", deltas[i], NULL);
      g_autofree char *changed = g_strconcat ("/skim/delta-changed/", deltas[i], NULL);

      g_test_add_data_func (path, deltas[i], test_delta);
      g_test_add_data_func (changed, deltas[i], test_delta_changed);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autofree char *path = g_strconcat ("/skim/message/", messages[i], NULL);

      g_test_add_data_func (path, messages[i], test_message);
    }
  g_test_add_func ("/skim/message-cut", test_message_cut);
  g_test_add_func ("/skim/foreign", test_foreign);
  g_test_add_func ("/skim/session-id-message", test_session_id_message);
  return g_test_run ();
}
