/* SPDX-License-Identifier: Apache-2.0
 *
 * From the packets of a file to events, alerts and a summary: whatever they are, it ends, what is
 * held is bounded, and lines are lines and JSON is JSON.
 *
 * The input is a capture in a form of our own, so that what a fuzzer changes is the packets and not
 * the file around them: a byte for the link type, then of each packet a byte of time, two bytes of
 * its size, a byte that says how much more was sent, and the packet.
 */
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/monitor/catalina-alerts-private.h"
#include "catalina_ha/monitor/catalina-monitor-private.h"
#include "catalina_ha/monitor/catalina-summary-private.h"
#include "tests/fuzz/fuzz-target.h"
#include "tribes/base/tribes-reader-private.h"

#include <string.h>

static const guint link_types[]
    = { TRIBES_LINK_ETHERNET,  TRIBES_LINK_NULL, TRIBES_LINK_RAW,  TRIBES_LINK_LOOP,
        TRIBES_LINK_LINUX_SLL, TRIBES_LINK_IPV4, TRIBES_LINK_IPV6, TRIBES_LINK_LINUX_SLL2 };

static const TribesCaptureLimits limits
    = { .conversations = 4, .held_bytes = 20000, .frame_bytes = 8192 };

static gboolean
on_line (const char *line, gsize size, const char *details, gpointer user_data)
{
  g_assert_cmpuint (strlen (line), ==, size);
  g_assert_null (strchr (line, '\n'));
  g_assert_true (g_utf8_validate (line, (gssize) size, NULL));
  if (details)
    g_assert_true (g_str_has_suffix (details, "\n"));
  return TRUE;
}

static void
on_alert (const CatalinaAlert *alert, gpointer user_data)
{
  TribesJson json = { .out = g_string_new (NULL), .style = TRIBES_JSON_COMPACT };

  catalina_alert_write (alert, &json);
  g_assert_cmpuint (alert->count, >, 0);
  g_assert_true (on_line (json.out->str, json.out->len, NULL, user_data));
  g_string_free (json.out, TRUE);
}

static void
run (const guint8 *data, gsize size, const TribesCaptureSink *sink, gpointer user_data)
{
  g_autoptr (TribesCapture) capture = tribes_capture_new (&limits, sink, user_data);
  gint64 now_us = 1;
  guint link_type;
  TribesReader in;
  guint8 first, delay, more;
  guint16 length;

  tribes_reader_init (&in, data, size);
  if (!tribes_reader_u8 (&in, "link type", &first, NULL))
    return;
  link_type = link_types[first % G_N_ELEMENTS (link_types)];
  while (tribes_reader_u8 (&in, "time", &delay, NULL)
         && tribes_reader_u16 (&in, "size", &length, NULL)
         && tribes_reader_u8 (&in, "sent", &more, NULL) && tribes_reader_left (&in) > 0)
    {
      gsize there = MIN (length, tribes_reader_left (&in));
      /* A copy of its own: reading over its end is found by the sanitizers and valgrind. */
      g_autofree guint8 *exact = g_memdup2 (in.pos, there);

      in.pos += there;
      now_us += (gint64) delay * delay * 100;
      tribes_capture_add (capture, now_us, link_type, exact, there, there + more);
      g_assert_cmpuint (tribes_capture_get_held (capture), <=,
                        limits.held_bytes + 2 * (gsize) G_MAXUINT16);
    }
  tribes_capture_finish (capture);
  g_assert_cmpuint (tribes_capture_get_held (capture), ==, 0);
  if (sink == catalina_summary_get_sink ())
    {
      g_autofree char *text
          = catalina_summary_to_text (user_data, tribes_capture_get_counts (capture), 5);
      g_autofree char *json
          = catalina_summary_to_json (user_data, tribes_capture_get_counts (capture), 5);

      g_autofree char *html
          = catalina_summary_to_html (user_data, tribes_capture_get_counts (capture), 5);

      g_assert_true (g_utf8_validate (text, -1, NULL) && g_utf8_validate (json, -1, NULL));
      g_assert_true (g_utf8_validate (html, -1, NULL));
    }
}

/* With a baseline of nothing: every class raises one. */
static void
look_for_alerts (const guint8 *data, gsize size)
{
  g_autoptr (CatalinaAlerts) alerts = catalina_alerts_new (on_alert, NULL);

  catalina_alerts_set_baseline (alerts, catalina_classes_new ());
  run (data, size, catalina_alerts_get_sink (), alerts);
  catalina_alerts_finish (alerts);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const CatalinaMonitorOptions options[]
      = { { TRIBES_JSON_LINE, 2, TRUE }, { TRIBES_JSON_COMPACT, 0, FALSE } };
  g_autoptr (CatalinaSummary) summary = catalina_summary_new ();

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (CatalinaMonitor) monitor = catalina_monitor_new (&options[i], on_line, NULL);

      run (data, size, catalina_monitor_get_sink (), monitor);
      catalina_monitor_finish (monitor);
    }
  run (data, size, catalina_summary_get_sink (), summary);
  look_for_alerts (data, size);
  return 0;
}
