/* SPDX-License-Identifier: Apache-2.0
 *
 * Two clusters over real channels on loopback.
 */
#include "tests/catalina_ha/cluster/pair.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/java/build/tribes-java-build.h"

int
pair_free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                 NULL, &bound, &error);
  g_assert_no_error (error);
  g_socket_listener_close (listener);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

/* The static configuration for two, each the other's member. */
CatalinaCluster *
pair_cluster_new (const int *ports, guint index)
{
  g_autofree char *text = g_strdup_printf (
      "<Server><Service><Engine name='Catalina' defaultHost='localhost' jvmRoute='n%u'>"
      "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster' channelSendOptions='6'"
      " channelStartOptions='3'>"
      "<Manager className='org.apache.catalina.ha.session.DeltaManager'/>"
      "<Channel className='org.apache.catalina.tribes.group.GroupChannel'>"
      "<Receiver className='org.apache.catalina.tribes.transport.nio.NioReceiver'"
      " address='127.0.0.1' port='%d' autoBind='0'/>"
      "<Sender className='org.apache.catalina.tribes.transport.ReplicationTransmitter'>"
      "<Transport className='org.apache.catalina.tribes.transport.nio.PooledParallelSender'/>"
      "</Sender>"
      "<Interceptor className="
      "'org.apache.catalina.tribes.group.interceptors.TcpFailureDetector'/>"
      "<Interceptor className="
      "'org.apache.catalina.tribes.group.interceptors.MessageDispatchInterceptor'/>"
      "<Interceptor className="
      "'org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor'>"
      "<LocalMember className='org.apache.catalina.tribes.membership.StaticMember'"
      " uniqueId='{%u,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}'/>"
      "<Member className='org.apache.catalina.tribes.membership.StaticMember' port='%d'"
      " host='127.0.0.1' uniqueId='{%u,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}'/>"
      "</Interceptor></Channel></Cluster>"
      "<Host name='localhost'/></Engine></Service></Server>",
      index, ports[index], index, ports[1 - index], 1 - index);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (NULL, NULL, NULL, NULL, &error);
  g_autoptr (XmlconfConfig) config = xmlconf_config_parse (bytes, "server.xml", properties, &error);
  CatalinaCluster *cluster;

  g_assert_no_error (error);
  cluster
      = catalina_cluster_new_from_config (xmlconf_config_require_cluster (config, &error), &error);
  g_assert_no_error (error);
  return cluster;
}

gboolean
pair_on_impatience (gpointer data)
{
  g_error ("not seen in time");
  return G_SOURCE_REMOVE;
}

void
pair_on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

gboolean
pair_has_number (CatalinaManager *manager, const char *id, int expected)
{
  g_autoptr (CatalinaSession) session = manager ? catalina_manager_lookup (manager, id) : NULL;
  TribesJavaValue *value = session ? catalina_session_get_attribute (session, "number") : NULL;
  gint32 number;

  return value && tribes_java_value_get_int (value, &number) && number == expected;
}

guint
pair_count_members (CatalinaCluster *cluster)
{
  g_autoptr (GPtrArray) members = catalina_cluster_list_members (cluster);

  return members->len;
}

char *
pair_make_session (CatalinaManager *manager, int number)
{
  g_autoptr (CatalinaDelta) initial = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (number);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *id;

  catalina_delta_set_attribute (initial, "number", value);
  catalina_manager_create_session_async (manager, initial, NULL, pair_on_result, &result);
  pair_wait_until (result);
  id = catalina_manager_create_session_finish (manager, result, &error);
  g_assert_no_error (error);
  return id;
}

void
pair_count_calls (guint *calls)
{
  (*calls)++;
}

void
pair_send_payload (TribesChannel *channel, GBytes *payload)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (channel);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tribes_channel_send_async (channel, members, payload,
                             TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK,
                             NULL, pair_on_result, &result);
  pair_wait_until (result);
  g_assert_true (tribes_channel_send_finish (channel, result, &error));
  g_assert_no_error (error);
}

void
pair_on_message (TribesChannel *channel, TribesMessage *message, GPtrArray *received)
{
  g_autoptr (GBytes) payload = tribes_message_dup_payload (message);
  CatalinaSessionMessage *decoded = catalina_session_message_decode (payload, NULL);

  if (decoded)
    g_ptr_array_add (received, decoded);
}
