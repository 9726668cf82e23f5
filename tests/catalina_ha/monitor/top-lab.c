/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/monitor/top-lab.h"

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/java/build/tribes-java-build.h"

void
top_lab_init (TopLab *lab)
{
  *lab = (TopLab){ .top = catalina_top_new (G_USEC_PER_SEC, 30 * G_USEC_PER_SEC) };
  catalina_top_advance (lab->top, TOP_LAB_START);
}

void
top_lab_clear (TopLab *lab)
{
  catalina_top_free (lab->top);
}

void
top_lab_advance (TopLab *lab, gint64 us)
{
  lab->now_us += us;
  catalina_top_advance (lab->top, TOP_LAB_START + lab->now_us);
}

static TribesEndpoint
make_endpoint (guint number)
{
  return (TribesEndpoint){ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0,
                             (guint8) (number >> 8), (guint8) number },
                           4000 };
}

static GBytes *
make_payload (const char *context, const char *session, const char *const *attributes)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string ("something");
  g_autoptr (GBytes) data = NULL;
  g_autoptr (CatalinaSessionMessage) message = NULL;

  for (guint i = 0; attributes && attributes[i]; i++)
    catalina_delta_set_attribute (delta, attributes[i], value);
  data = catalina_delta_encode (delta, session, NULL);
  message = catalina_session_message_new (CATALINA_SESSION_EVENT_DELTA, context, session, session,
                                          1700000000000, data);
  return catalina_session_message_encode (message, 2);
}

guint
top_lab_say (TopLab *lab,
             guint from,
             guint to,
             const char *context,
             const char *session,
             const char *const *attributes)
{
  const TribesEndpoint sender = make_endpoint (from);
  const TribesEndpoint receiver = make_endpoint (to);
  g_autoptr (GBytes) payload = make_payload (context, session, attributes);
  TribesCapturedMessage message = { .time_us = TOP_LAB_START + lab->now_us,
                                    .from = &sender,
                                    .to = &receiver,
                                    .size = 1000,
                                    .full_size = 1000,
                                    .has_options = TRUE };

  message.fields.payload = g_bytes_get_data (payload, &message.fields.payload_size);
  message.payload_full_size = message.fields.payload_size;
  return catalina_top_get_sink ()->message (&message, TRUE, lab->top);
}

guint
top_lab_say_something (TopLab *lab)
{
  static const char *const attributes[] = { "page", NULL };

  return top_lab_say (lab, 1, 2, "localhost#/shop", "A.node1", attributes);
}

void
top_lab_tell (TopLab *lab, guint tag, TribesFate fate, gint64 latency_us)
{
  catalina_top_get_sink ()->fate (tag, fate, latency_us, lab->top);
}
