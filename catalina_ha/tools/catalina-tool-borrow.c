/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-borrow-private.h"

#include <string.h>

#include "tribes/base/tribes-hex-private.h"
#include "tribes/base/tribes-host-private.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"
#include "xmlconf/xmlconf-finding.h"

typedef struct
{
  const CatalinaToolOptions *options;
  TribesChannel *channel;
  TribesStaticMembershipInterceptor *statics; /* nullable */
  XmlconfNode *statics_node;                  /* nullable */
  XmlconfNode *receiver_node;                 /* nullable */
  GPtrArray *notes;
} Borrow;

XmlconfConfig *
catalina_tool_load_config (const CatalinaToolOptions *options, GError **error)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new ((const char *const *) options->definitions,
                                options->catalina_properties, (const char *const *) environment,
                                options->tomcat, error);

  return properties ? xmlconf_config_load (options->config, properties, error) : NULL;
}

static XmlconfNode *
get_channel_node (XmlconfCluster *config)
{
  return xmlconf_node_get_child (xmlconf_cluster_get_node (config), "Channel");
}

XmlconfNode *
catalina_tool_get_receiver (XmlconfCluster *config)
{
  XmlconfNode *channel = get_channel_node (config);

  return channel ? xmlconf_node_get_child (channel, "Receiver") : NULL;
}

static XmlconfNode *
find_statics_node (XmlconfCluster *config)
{
  XmlconfNode *channel = get_channel_node (config);
  g_autoptr (GPtrArray) interceptors
      = channel ? xmlconf_node_list_children (channel, "Interceptor") : NULL;

  for (guint i = 0; interceptors && i < interceptors->len; i++)
    {
      XmlconfNode *node = g_ptr_array_index (interceptors, i);

      if (xmlconf_node_is_a (node, "StaticMembershipInterceptor"))
        return node;
    }
  return NULL;
}

static TribesStaticMembershipInterceptor *
find_statics (TribesChannel *channel)
{
  TribesInterceptor *interceptor = TRIBES_INTERCEPTOR (channel);

  for (; interceptor; interceptor = tribes_interceptor_get_next (interceptor))
    {
      if (TRIBES_IS_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor))
        return TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);
    }
  return NULL;
}

static gboolean
is_same_place (const char *host, int port, const CatalinaToolAddress *address)
{
  g_autoptr (GInetAddress) one = NULL;
  g_autoptr (GInetAddress) other = NULL;

  if (!host || port != address->port)
    return FALSE;
  if (strcmp (host, address->host) == 0)
    return TRUE;
  one = tribes_host_look_up (host, NULL);
  other = tribes_host_look_up (address->host, NULL);
  return one && other && g_inet_address_equal (one, other);
}

static void G_GNUC_PRINTF (3, 4) note (Borrow *self, XmlconfNode *node, const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (self->notes, g_strdup_printf ("%s:%u: %s", xmlconf_node_get_file (node),
                                                 xmlconf_node_get_line (node), text));
  g_free (text);
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

  if (self->options->unique_id)
    return g_strdup (self->options->unique_id);
  if (!self->statics_node)
    return NULL;
  members = xmlconf_node_list_children (self->statics_node, "Member");
  for (guint i = 0; i < members->len; i++)
    {
      XmlconfNode *member = g_ptr_array_index (members, i);
      g_autofree char *id = dup_unique_id (member);

      if (!id
          || !is_same_place (xmlconf_node_get_string (member, "host"),
                             xmlconf_node_get_int (member, "port"), &self->options->receiver))
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

  if (id)
    {
      guint8 bytes[TRIBES_MEMBER_ID_SIZE];

      if (!tribes_unique_id_parse (id, bytes, error))
        return FALSE;
      id_bytes = g_bytes_new (bytes, sizeof bytes);
    }
  if (self->statics
      && !tribes_interceptor_set_local_identity (TRIBES_INTERCEPTOR (self->statics), id_bytes,
                                                 domain, error))
    return FALSE;
  if (!id)
    id = random_unique_id ();
  return tribes_channel_set_unique_id (self->channel, id, error);
}

/* A file lists the others. To them belongs, for this node, the one whose file it is. */
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
  if (!owner)
    return FALSE;
  if (!tribes_interceptor_add_static_member (TRIBES_INTERCEPTOR (self->statics), owner, error))
    return FALSE;
  note (self, self->receiver_node, "the file's own Tomcat, %s:%d, is a member for this node", host,
        port);
  return TRUE;
}

static gboolean
is_borrowed (Borrow *self)
{
  if (!self->options->receiver.text)
    return FALSE;
  return !self->receiver_node
         || !is_same_place (xmlconf_node_get_string (self->receiver_node, "address"),
                            xmlconf_node_get_int (self->receiver_node, "port"),
                            &self->options->receiver);
}

static void
set_receiver (Borrow *self)
{
  const CatalinaToolAddress *wanted = &self->options->receiver;
  g_autoptr (GInetAddress) address = tribes_host_look_up (wanted->host, NULL);
  g_autofree char *text = address ? g_inet_address_to_string (address) : NULL;

  /* A name that nobody knows is the receiver's to complain about. */
  g_object_set (tribes_channel_get_receiver (self->channel), "address", text ? text : wanted->host,
                "port", wanted->port, "auto-bind", 0, NULL);
}

static gboolean
apply_options (Borrow *self, GError **error)
{
  const CatalinaToolOptions *options = self->options;

  if (options->receiver.text)
    set_receiver (self);
  if (is_borrowed (self))
    {
      if (!set_own_identity (self, error))
        return FALSE;
      return !self->statics || !self->receiver_node || add_owner (self, error);
    }
  if (!options->unique_id)
    return TRUE;
  return set_own_identity (self, error);
}

static void
note_unused (Borrow *self, XmlconfNode *node)
{
  static const char *const names[]
      = { "Valve", "ClusterListener", "Listener", "MembershipListener", "Deployer", NULL };

  for (guint i = 0; i < xmlconf_node_get_n_children (node); i++)
    {
      XmlconfNode *child = xmlconf_node_get_child_at (node, i);
      const char *class_name = xmlconf_node_get_class_name (child);

      if (!g_strv_contains (names, xmlconf_node_get_name (child))
          || xmlconf_node_is_implicit (child))
        continue;
      note (self, child, "<%s> %s is for a Tomcat: a node has nothing to do for it",
            xmlconf_node_get_name (child), class_name ? class_name : "");
    }
}

/* A Tomcat starts with a value that is none, and so does a node; but not without a word. */
static void
note_findings (XmlconfConfig *config, GPtrArray *notes)
{
  g_autoptr (GPtrArray) findings = xmlconf_check (config);

  for (guint i = 0; i < findings->len; i++)
    {
      XmlconfFinding *finding = g_ptr_array_index (findings, i);

      if (strcmp (xmlconf_finding_get_id (finding), "bad-value") == 0)
        g_ptr_array_add (notes, g_strdup_printf ("%s:%u: %s: the default is used",
                                                 xmlconf_finding_get_file (finding),
                                                 xmlconf_finding_get_line (finding),
                                                 xmlconf_finding_get_message (finding)));
    }
}

static gboolean
add_contexts (CatalinaCluster *cluster, const CatalinaToolOptions *options, GError **error)
{
  for (guint i = 0; options->contexts && options->contexts[i]; i++)
    {
      if (!catalina_cluster_add_context (cluster, options->contexts[i], error))
        {
          g_prefix_error (error, "--context %s: ", options->contexts[i]);
          return FALSE;
        }
    }
  return TRUE;
}

CatalinaCluster *
catalina_tool_build_cluster (XmlconfConfig *file,
                             const CatalinaToolOptions *options,
                             GPtrArray *notes,
                             GError **error)
{
  XmlconfCluster *config = xmlconf_config_require_cluster (file, error);
  g_autoptr (CatalinaCluster) cluster = NULL;
  Borrow self = { .options = options, .notes = notes };

  cluster = config ? catalina_cluster_new_from_config (config, error) : NULL;
  if (!cluster)
    return NULL;
  self.channel = catalina_cluster_get_channel (cluster);
  self.statics = find_statics (self.channel);
  self.statics_node = find_statics_node (config);
  self.receiver_node = catalina_tool_get_receiver (config);
  if (!apply_options (&self, error) || !add_contexts (cluster, options, error))
    return NULL;
  note_findings (file, notes);
  note_unused (&self, xmlconf_cluster_get_node (config));
  return g_steal_pointer (&cluster);
}
