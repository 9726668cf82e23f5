/* SPDX-License-Identifier: Apache-2.0
 *
 * Interceptors and their order, and how messages are sent through them. That one is missing is said
 * only where every class is known: somebody's own may do its work.
 */
#include "xmlconf/xmlconf-check-private.h"

#include <string.h>

enum
{
  SEND_USE_ACK = 2,
  SEND_BY_COORDINATOR = 7,
  SEND_ASYNCHRONOUS = 8,
  START_RECEIVER = 1,
  START_SENDER = 2,
};

/* The default; what is longer was somebody's choice. */
#define NORMAL_TIMEOUT_MS 3000

static void
check_static (XmlconfReport *report, GPtrArray *interceptors)
{
  int index = xmlconf_find_interceptor (interceptors, "StaticMembershipInterceptor");
  int detector = xmlconf_find_interceptor (interceptors, "TcpFailureDetector");
  int ping = xmlconf_find_interceptor (interceptors, "TcpPingInterceptor");
  XmlconfNode *node, *next;

  if (index < 0)
    return;
  node = g_ptr_array_index (interceptors, index);
  if (detector < 0 || detector > index)
    xmlconf_report_at (report, XMLCONF_RULE_STATIC_NO_DETECTOR, node, NULL,
                       "no TcpFailureDetector before StaticMembershipInterceptor");
  if (ping < 0 || ping > index)
    xmlconf_report_at (report, XMLCONF_RULE_STATIC_NO_PING, node, NULL,
                       "no TcpPingInterceptor before StaticMembershipInterceptor");
  if (index + 1 == (int) interceptors->len)
    return;
  next = g_ptr_array_index (interceptors, index + 1);
  if (!xmlconf_node_is_implicit (next))
    xmlconf_report_at (report, XMLCONF_RULE_STATIC_NOT_LAST, next, NULL,
                       "%s comes after StaticMembershipInterceptor",
                       next->class_name ? next->class_name : "an interceptor");
}

static void
check_order (XmlconfReport *report, GPtrArray *interceptors)
{
  XmlconfNode *order = NULL;

  for (guint i = 0; i < interceptors->len; i++)
    {
      XmlconfNode *node = g_ptr_array_index (interceptors, i);

      if (xmlconf_node_is_a (node, "OrderInterceptor"))
        order = node;
      else if (order
               && (xmlconf_node_is_a (node, "GzipInterceptor")
                   || xmlconf_node_is_a (node, "EncryptInterceptor")))
        xmlconf_report_at (report, XMLCONF_RULE_CHANGED_IN_PLACE, node, NULL,
                           "%s comes after the OrderInterceptor on line %u", node->class_name,
                           order->line);
    }
}

/* Tomcat's own test calls an overlap a conflict only where one flag has all bits of the other. */
static gboolean
is_conflict (int a, int b)
{
  return a != 0 && b != 0 && ((a & b) == a || (a & b) == b);
}

/* It is as an interceptor behind all others to the test, and takes every message without it. */
static void
check_coordinator (XmlconfReport *report, GPtrArray *interceptors)
{
  for (guint i = 0; i < interceptors->len; i++)
    {
      XmlconfNode *node = g_ptr_array_index (interceptors, i);
      int flag = xmlconf_node_get_int (node, "optionFlag");

      if (is_conflict (flag, SEND_BY_COORDINATOR))
        xmlconf_report_at (report, XMLCONF_RULE_OPTION_FLAG_CHECKED, node, "optionFlag",
                           "optionFlag %d overlaps with %d of the channel itself", flag,
                           SEND_BY_COORDINATOR);
    }
}

static void
check_option_flags (XmlconfReport *report, XmlconfNode *channel, GPtrArray *interceptors)
{
  XmlconfRule rule = xmlconf_node_get_boolean (channel, "optionCheck")
                         ? XMLCONF_RULE_OPTION_FLAG_CHECKED
                         : XMLCONF_RULE_OPTION_FLAG;

  for (guint i = 0; i < interceptors->len; i++)
    for (guint j = i + 1; j < interceptors->len; j++)
      {
        XmlconfNode *first = g_ptr_array_index (interceptors, i);
        XmlconfNode *second = g_ptr_array_index (interceptors, j);
        int a = xmlconf_node_get_int (first, "optionFlag");
        int b = xmlconf_node_get_int (second, "optionFlag");

        if (is_conflict (a, b))
          xmlconf_report_at (report, rule, second, "optionFlag",
                             "optionFlag %d overlaps with %d of the interceptor on line %u", b, a,
                             first->line);
      }
  if (rule == XMLCONF_RULE_OPTION_FLAG_CHECKED)
    check_coordinator (report, interceptors);
}

static void
check_asynchronous (XmlconfReport *report, XmlconfCluster *cluster, GPtrArray *interceptors)
{
  XmlconfNode *node = cluster->node;
  gint64 options = xmlconf_node_get_int64 (node, "channelSendOptions");

  if ((options & SEND_ASYNCHRONOUS) == 0)
    return;
  /* The second is Tomcat 7's. */
  if (xmlconf_find_interceptor (interceptors, "MessageDispatchInterceptor") < 0
      && xmlconf_find_interceptor (interceptors, "MessageDispatch15Interceptor") < 0)
    xmlconf_report_at (report, XMLCONF_RULE_NO_DISPATCHER, node, "channelSendOptions",
                       "channelSendOptions asks for asynchronous messages, and the channel has no "
                       "MessageDispatchInterceptor");
  else if (xmlconf_find_interceptor (interceptors, "OrderInterceptor") < 0)
    xmlconf_report_at (report, XMLCONF_RULE_NO_ORDER, node, "channelSendOptions",
                       "channelSendOptions=\"%s\" without an OrderInterceptor",
                       xmlconf_node_get_string (node, "channelSendOptions"));
}

static void
check_timeout (XmlconfReport *report, XmlconfCluster *cluster)
{
  XmlconfNode *sender = xmlconf_cluster_channel_child (cluster, "Sender");
  XmlconfNode *transport = sender ? xmlconf_node_get_child (sender, "Transport") : NULL;
  gint64 options = xmlconf_node_get_int64 (cluster->node, "channelSendOptions");
  gint64 timeout;

  if (!transport || !transport->spec || (options & SEND_USE_ACK) == 0
      || (options & SEND_ASYNCHRONOUS) != 0)
    return;
  timeout = xmlconf_node_get_int64 (transport, "timeout");
  if (timeout > NORMAL_TIMEOUT_MS)
    xmlconf_report_at (report, XMLCONF_RULE_LONG_TIMEOUT, transport, "timeout",
                       "every message waits for its acknowledgement, up to %" G_GINT64_FORMAT " ms",
                       timeout);
}

static void
check_start_options (XmlconfReport *report, XmlconfCluster *cluster)
{
  int options = xmlconf_node_get_int (cluster->node, "channelStartOptions");
  const char *missing = NULL;

  if ((options & START_RECEIVER) == 0)
    missing = (options & START_SENDER) == 0 ? "receiver and sender" : "receiver";
  else if ((options & START_SENDER) == 0)
    missing = "sender";
  if (missing)
    xmlconf_report_at (report, XMLCONF_RULE_START_OPTIONS, cluster->node, "channelStartOptions",
                       "channelStartOptions=\"%d\" does not start the %s", options, missing);
}

static gboolean
all_known (GPtrArray *interceptors)
{
  for (guint i = 0; i < interceptors->len; i++)
    if (!xmlconf_node_is_known (g_ptr_array_index (interceptors, i)))
      return FALSE;
  return TRUE;
}

void
xmlconf_check_chain (XmlconfReport *report, XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) interceptors = xmlconf_cluster_interceptors (cluster);
  XmlconfNode *channel = xmlconf_cluster_channel (cluster);

  if (!channel || !xmlconf_node_is_a (channel, "GroupChannel"))
    return;
  check_static (report, interceptors);
  check_order (report, interceptors);
  check_option_flags (report, channel, interceptors);
  check_start_options (report, cluster);
  check_timeout (report, cluster);
  /* Somebody's own interceptor may do the work of one that is missing. */
  if (!all_known (interceptors))
    return;
  check_asynchronous (report, cluster, interceptors);
  if (xmlconf_find_interceptor (interceptors, "TcpFailureDetector") < 0
      && xmlconf_find_interceptor (interceptors, "StaticMembershipInterceptor") < 0)
    xmlconf_report_at (report, XMLCONF_RULE_NO_FAILURE_DETECTOR, channel, NULL,
                       "the channel has no TcpFailureDetector");
}
