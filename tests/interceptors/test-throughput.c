/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interceptors/chain.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/wire/tribes-frame-private.h"

/* Of the frame around a message. */
static guint64
measure (TribesMessage *message)
{
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  return writer.size;
}

static char *last_report;
static guint n_reports;

static GLogWriterOutput
keep_report (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (level == G_LOG_LEVEL_MESSAGE && strcmp (fields[i].key, "MESSAGE") == 0)
      {
        g_free (last_report);
        last_report = g_strdup (fields[i].value);
        n_reports++;
      }
  return G_LOG_WRITER_HANDLED;
}

/* Each destination has its bytes, a message that did not arrive everywhere is an error only. */
static void
test_sent (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesMember) third = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (TribesDelivery) one = NULL;
  g_autoptr (TribesDelivery) two = NULL;
  guint64 size;

  g_ptr_array_add (chain->destinations, third);
  one = chain_send (chain, "12345", 0);
  two = chain_send (chain, "1", 0);
  size = measure (tribes_delivery_get_message (one));
  tribes_delivery_complete (two, third, error);
  g_assert_cmpuint (chain_get_counter (chain, "messages-sent"), ==, 0);
  chain_complete (chain, 1);
  chain_complete (chain, 0);
  g_assert_cmpuint (chain_get_counter (chain, "messages-sent"), ==, 1);
  g_assert_cmpuint (chain_get_counter (chain, "send-errors"), ==, 1);
  g_assert_cmpuint (chain_get_counter (chain, "application-bytes"), ==, size);
  g_assert_cmpuint (chain_get_counter (chain, "bytes-sent"), ==, 2 * size);
}

static void
test_received (Chain *chain, gconstpointer class_name)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("1234", 4);
  g_autoptr (TribesMessage) message = tribes_message_new (chain->other, payload, 0, 0);

  n_reports = 0;
  g_object_set (chain->middle, "interval", 3u, NULL);
  for (guint i = 0; i < 7; i++)
    chain_receive (chain, chain->other, "1234");
  g_assert_cmpuint (chain->top->messages->len, ==, 7);
  g_assert_cmpuint (n_reports, ==, 2);
  g_assert_cmpuint (chain_get_counter (chain, "messages-received"), ==, 7);
  g_assert_cmpuint (chain_get_counter (chain, "bytes-received"), ==, 7 * measure (message));
}

/* What reads the log of a Tomcat can read this. */
static void
test_report (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) first = NULL;

  n_reports = 0;
  first = chain_send (chain, "12345", 0);
  chain_complete (chain, 0);
  g_assert_cmpuint (n_reports, ==, 1);
  g_assert_true (g_pattern_match_simple (
      "ThroughputInterceptor Report[\n\tTx Msg:1 messages\n\tSent:0.00 MiB (total)\n"
      "\tSent:0.00 MiB (application)\n\tTime:0.?? seconds\n\tTx Speed:*.?? MiB/s (total)\n"
      "\tTx Speed:*.?? MiB/s (application)\n\tError Msg:0\n\tRx Msg:0 messages\n"
      "\tRx Speed:0.00 MiB/s (since 1st msg)\n\tReceived:0.00 MiB]",
      last_report));
}

#define ADD(name, func)                                                                            \
  g_test_add ("/throughput/" name, Chain, "ThroughputInterceptor", chain_setup, func,              \
              chain_teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (keep_report, NULL, NULL);
  ADD ("sent", test_sent);
  ADD ("received", test_received);
  ADD ("report", test_report);
  return g_test_run ();
}
