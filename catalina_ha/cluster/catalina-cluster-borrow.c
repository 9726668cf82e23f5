/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes a member from the server.xml of a Tomcat, which this process may or may not replace: at
 * another address than the file's it is one more member, and the Tomcat whose file it is, which the
 * file does not list, becomes a member like those that it lists.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hex-private.h"
#include "tribes/base/tribes-host-private.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"

typedef struct
{
  CatalinaCluster *cluster;
  TribesInterceptor *statics; /* nullable */
  XmlconfNode *statics_node;  /* nullable */
  XmlconfNode *receiver_node; /* nullable */
  XmlconfNode *cloud_node;    /* nullable: of a CloudMembershipService */
  const char *host;           /* nullable: where to listen */
  int port;
  const char *unique_id; /* nullable */
} Borrow;

static XmlconfNode *
get_channel_node (XmlconfCluster *config)
{
  return xmlconf_node_get_child (xmlconf_cluster_get_node (config), "Channel");
}

static XmlconfNode *
find_statics_node (XmlconfNode *channel)
{
  g_autoptr (GPtrArray) interceptors
      = channel ? xmlconf_node_list_children (channel, "Interceptor") : NULL;

  for (guint i = 0; interceptors && i < interceptors->len; i++)
    {
      if (xmlconf_node_is_a (interceptors->pdata[i], "StaticMembershipInterceptor"))
        return interceptors->pdata[i];
    }
  return NULL;
}

static TribesInterceptor *
find_statics (TribesChannel *channel)
{
  TribesInterceptor *interceptor = TRIBES_INTERCEPTOR (channel);

  while (interceptor && !TRIBES_IS_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor))
    interceptor = tribes_interceptor_get_next (interceptor);
  return interceptor;
}

/* What a receiver makes of "auto". */
static const char *
skip_auto (const char *host)
{
  return g_strcmp0 (host, "auto") == 0 ? g_get_host_name () : host;
}

/* Whether that is where this process is to listen. */
static gboolean
is_own_place (const Borrow *self, const char *host, int port)
{
  g_autoptr (GInetAddress) one = NULL;
  g_autoptr (GInetAddress) other = NULL;

  if (!host || port != self->port)
    return FALSE;
  host = skip_auto (host);
  if (strcmp (host, self->host) == 0)
    return TRUE;
  one = tribes_host_look_up (host, NULL);
  other = tribes_host_look_up (self->host, NULL);
  return one && other && g_inet_address_equal (one, other);
}

static void G_GNUC_PRINTF (3, 4) note (Borrow *self, XmlconfNode *node, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (self->cluster->notes, g_strdup_printf ("%s:%u: %s", xmlconf_node_get_file (node),
                                                          xmlconf_node_get_line (node), text));
}

static char *
dup_unique_id (XmlconfNode *member)
{
  g_autoptr (GBytes) bytes = xmlconf_node_dup_bytes (member, "uniqueId");
  gsize size = 0;
  const guint8 *data = bytes ? g_bytes_get_data (bytes, &size) : NULL;

  return size == TRIBES_MEMBER_ID_SIZE ? tribes_hex_dup (data, size) : NULL;
}

/* The others know this process by the id that the file gives the member at its address. */
static char *
find_own_unique_id (Borrow *self)
{
  g_autoptr (GPtrArray) members = NULL;

  if (self->unique_id)
    return g_strdup (self->unique_id);
  if (!self->statics_node)
    return NULL;
  members = xmlconf_node_list_children (self->statics_node, "Member");
  for (guint i = 0; i < members->len; i++)
    {
      XmlconfNode *member = members->pdata[i];
      g_autofree char *id = dup_unique_id (member);

      if (!id
          || !is_own_place (self, xmlconf_node_get_string (member, "host"),
                            xmlconf_node_get_int (member, "port")))
        continue;
      note (self, member, "this node is that member, and takes its unique id");
      return g_steal_pointer (&id);
    }
  return NULL;
}

static char *
random_unique_id (void)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_auto (GStrv) parts = g_strsplit (uuid, "-", -1);

  return g_strjoinv (NULL, parts);
}

/* Instead of what LocalMember says: that is about the Tomcat whose file it is. */
static gboolean
set_own_identity (Borrow *self, GError **error)
{
  XmlconfNode *local
      = self->statics_node ? xmlconf_node_get_child (self->statics_node, "LocalMember") : NULL;
  g_autoptr (GBytes) domain = local ? xmlconf_node_dup_bytes (local, "domain") : NULL;
  g_autofree char *id = find_own_unique_id (self);
  g_autoptr (GBytes) id_bytes = NULL;
  guint8 bytes[TRIBES_MEMBER_ID_SIZE];

  if (id && !tribes_unique_id_parse (id, bytes, error))
    return FALSE;
  id_bytes = id ? g_bytes_new (bytes, sizeof bytes) : NULL;
  if (self->statics
      && !tribes_interceptor_set_local_identity (self->statics, id_bytes, domain, error))
    return FALSE;
  if (!id)
    id = random_unique_id ();
  return tribes_channel_set_unique_id (self->cluster->channel, id, error);
}

/* A file lists the others. To them belongs, for this process, the one whose file it is. */
static gboolean
add_owner (Borrow *self, GError **error)
{
  const char *host = xmlconf_node_get_string (self->receiver_node, "address");
  int port = xmlconf_node_get_int (self->receiver_node, "port");
  XmlconfNode *local = xmlconf_node_get_child (self->statics_node, "LocalMember");
  g_autofree char *id = local ? dup_unique_id (local) : NULL;
  g_autoptr (GInetAddress) address = NULL;
  g_autofree char *text = NULL;
  g_autoptr (TribesMember) owner = NULL;

  if (!host || strcmp (host, "auto") == 0 || port == 0)
    {
      note (self, self->receiver_node,
            "the file does not say where its own Tomcat listens: it is no member for this node");
      return TRUE;
    }
  address = tribes_host_look_up (host, NULL);
  if (!address)
    {
      note (self, self->receiver_node, "unknown host %s: its Tomcat is no member for this node",
            host);
      return TRUE;
    }
  text = g_inet_address_to_string (address);
  owner = tribes_member_new (text, port, id, error);
  if (!owner || !tribes_interceptor_add_static_member (self->statics, owner, error))
    return FALSE;
  note (self, self->receiver_node, "the file's own Tomcat, %s:%d, is a member for this node", host,
        port);
  return TRUE;
}

static void
set_receiver (Borrow *self)
{
  g_autoptr (GInetAddress) address = tribes_host_look_up (self->host, NULL);
  g_autofree char *text = address ? g_inet_address_to_string (address) : NULL;

  /* A name that nobody knows is the receiver's to complain about. */
  g_object_set (tribes_channel_get_receiver (self->cluster->channel), "address",
                text ? text : self->host, "port", self->port, "auto-bind", 0, NULL);
}

/* What a cloud's list names are hosts: each is looked for at the port of whoever looks. */
static gboolean
is_in_reach (const Borrow *self, GError **error)
{
  int port = self->receiver_node ? xmlconf_node_get_int (self->receiver_node, "port") : self->port;

  if (!self->cloud_node || port == self->port)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "%s:%u: members of a cloud are all at one port: expected %d for the receiver, which "
               "the file says, found %d, at which nobody would find this node, nor it anybody",
               xmlconf_node_get_file (self->cloud_node), xmlconf_node_get_line (self->cloud_node),
               port, self->port);
  return FALSE;
}

static gboolean
apply (Borrow *self, GError **error)
{
  gboolean is_borrowed
      = self->host
        && !(self->receiver_node
             && is_own_place (self, xmlconf_node_get_string (self->receiver_node, "address"),
                              xmlconf_node_get_int (self->receiver_node, "port")));

  if (is_borrowed && !is_in_reach (self, error))
    return FALSE;
  if (self->host)
    set_receiver (self);
  self->cluster->is_elsewhere = is_borrowed;
  if ((is_borrowed || self->unique_id) && !set_own_identity (self, error))
    return FALSE;
  return !is_borrowed || !self->statics || !self->receiver_node || add_owner (self, error);
}

/* What GLib takes for an address, which has to have a port. */
static GNetworkAddress *
parse_receiver (const char *text, GError **error)
{
  g_autoptr (GSocketConnectable) with_none = g_network_address_parse (text, 0, NULL);
  g_autoptr (GSocketConnectable) with_one = g_network_address_parse (text, 1, NULL);

  if (with_none && with_one
      && g_network_address_get_port (G_NETWORK_ADDRESS (with_none))
             == g_network_address_get_port (G_NETWORK_ADDRESS (with_one)))
    return G_NETWORK_ADDRESS (g_steal_pointer (&with_none));
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "receiver: expected HOST:PORT or [ADDRESS]:PORT, found \"%s\"", text);
  return NULL;
}

/**
 * catalina_cluster_new_borrowing:
 * @config: a cluster of the server.xml of a Tomcat
 * @receiver: (nullable): `HOST:PORT` or `[ADDRESS]:PORT`, where to listen; port 0 takes a free one,
 *   and the host `auto` is the address of this host's name. %NULL for where the file says
 * @unique_id: (nullable): the id that the others are to know this process by, 16 bytes as a
 *   server.xml has them (`{1,2,...}`) or 32 hex digits
 * @error: return location for an error
 *
 * Makes a cluster as [ctor@CatalinaHa.Cluster.new_from_config] does, but one that can run beside
 * the Tomcat whose file it is: at an address of its own.
 *
 * Where @receiver is not the file's own address, this process is one more member of the cluster.
 * Then that Tomcat becomes a static member like those that the file lists, provided that the file
 * lists any and says where the Tomcat listens; what its `<LocalMember>` says of the id is the
 * Tomcat's; and the id of this process is @unique_id, else that of the `<Member>` that the file has
 * for @receiver, else a random one. [method@CatalinaHa.Cluster.list_notes] tells which of these it
 * was.
 *
 * With %NULL for both it is the same as [ctor@CatalinaHa.Cluster.new_from_config].
 *
 * Blocks while host names are looked up.
 *
 * Errors: those of [ctor@CatalinaHa.Cluster.new_from_config], and %TRIBES_ERROR_CONFIG for what is
 * no address or no id, or another port than the file's where a cloud's list tells the members.
 *
 * Tomcat counterpart: none; there, each node has a file of its own.
 *
 * Returns: (transfer full): the cluster, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaCluster *
catalina_cluster_new_borrowing (XmlconfCluster *config,
                                const char *receiver,
                                const char *unique_id,
                                GError **error)
{
  g_autoptr (GNetworkAddress) address = NULL;
  g_autoptr (CatalinaCluster) cluster = NULL;
  XmlconfNode *channel = get_channel_node (config);
  Borrow self = { .unique_id = unique_id };

  if (receiver && !(address = parse_receiver (receiver, error)))
    return NULL;
  cluster = catalina_cluster_new_from_config (config, error);
  if (!cluster)
    return NULL;
  self.cluster = cluster;
  self.statics = find_statics (cluster->channel);
  self.statics_node = find_statics_node (channel);
  self.receiver_node = channel ? xmlconf_node_get_child (channel, "Receiver") : NULL;
  self.cloud_node = channel ? xmlconf_node_get_child (channel, "Membership") : NULL;
  if (self.cloud_node && !xmlconf_node_is_a (self.cloud_node, "CloudMembershipService"))
    self.cloud_node = NULL;
  self.host = address ? skip_auto (g_network_address_get_hostname (address)) : NULL;
  self.port = address ? g_network_address_get_port (address) : 0;
  return apply (&self, error) ? g_steal_pointer (&cluster) : NULL;
}

/**
 * catalina_cluster_list_notes:
 * @self: a cluster
 *
 * Lists what a person may want to know about how the cluster came out of its file, each with file
 * and line: whether the file's own Tomcat is a member, and whose id this process took.
 *
 * Returns: (transfer full) (array zero-terminated=1): lines without line feeds
 *
 * Since: 0.1
 */
char **
catalina_cluster_list_notes (CatalinaCluster *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (CATALINA_IS_CLUSTER (self), NULL);
  for (guint i = 0; i < self->notes->len; i++)
    g_strv_builder_add (builder, self->notes->pdata[i]);
  return g_strv_builder_end (builder);
}
