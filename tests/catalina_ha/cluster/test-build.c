/* SPDX-License-Identifier: Apache-2.0
 *
 * From a server.xml to the objects of a channel: what the text of an attribute means, where it
 * goes, and what is said where it cannot.
 */
#include "catalina_ha/cluster/catalina-cluster-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/channel/tribes-memberships.h"
#include "xmlconf/xmlconf-table-private.h"

#define TRIBES "org.apache.catalina.tribes."
#define CLUSTER(inside)                                                                            \
  "<Server><Service><Engine name='C'>"                                                             \
  "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster'>"                              \
  "<Channel className='" TRIBES "group.GroupChannel'>\n" inside                                    \
  "</Channel></Cluster></Engine></Service></Server>"
#define MEMBERSHIP(attributes)                                                                     \
  "<Membership className='" TRIBES "membership.McastService' " attributes "/>\n"
#define RECEIVER(attributes)                                                                       \
  "<Receiver className='" TRIBES "transport.nio.NioReceiver' " attributes "/>\n"
#define INTERCEPTOR(name, inside)                                                                  \
  "<Interceptor className='" TRIBES "group.interceptors." name "' " inside "</Interceptor>\n"
#define MEMBER "<Member className='" TRIBES "membership.StaticMember' host='127.0.0.1' port='1' "
#define LOCAL  "<LocalMember className='" TRIBES "membership.StaticMember' "

static TribesChannel *
build (const char *text, GError **error)
{
  g_autoptr (GError) unreadable = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, NULL);
  g_autoptr (XmlconfConfig) config = xmlconf_config_parse (bytes, "f.xml", properties, &unreadable);

  g_assert_no_error (unreadable);
  return catalina_channel_from_config (xmlconf_config_get_cluster (config, 0), error);
}

static TribesChannel *
build_good (const char *text)
{
  g_autoptr (GError) error = NULL;
  TribesChannel *channel = build (text, &error);

  g_assert_no_error (error);
  return channel;
}

/* The rules are Java's: true is "true" in any case of letters and nothing else, a number may have a
 * plus sign, and what is no value leaves the default. */
static void
test_java_rules (void)
{
  static const struct
  {
    const char *text;
    gboolean no_delay, keep_alive;
    int auto_bind;
  } cases[] = {
    { CLUSTER (RECEIVER ("")), TRUE, FALSE, 100 },
    { CLUSTER (RECEIVER ("tcpNoDelay='yes' soKeepAlive='on'")), FALSE, FALSE, 100 },
    { CLUSTER (RECEIVER ("tcpNoDelay='TRUE' soKeepAlive='True'")), TRUE, TRUE, 100 },
    { CLUSTER (RECEIVER ("tcpNoDelay='false' autoBind='+5'")), FALSE, FALSE, 5 },
    { CLUSTER (RECEIVER ("autoBind=' 5'")), TRUE, FALSE, 100 },
    { CLUSTER (RECEIVER ("autoBind='soon'")), TRUE, FALSE, 100 },
    { CLUSTER (RECEIVER ("AutoBind='0'")), TRUE, FALSE, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TribesChannel) channel = build_good (cases[i].text);
      gboolean no_delay, keep_alive;
      int auto_bind;

      g_object_get (tribes_channel_get_receiver (channel), "tcp-no-delay", &no_delay,
                    "so-keep-alive", &keep_alive, "auto-bind", &auto_bind, NULL);
      g_assert_cmpint (no_delay, ==, cases[i].no_delay);
      g_assert_cmpint (keep_alive, ==, cases[i].keep_alive);
      g_assert_cmpint (auto_bind, ==, cases[i].auto_bind);
    }
}

static void
assert_domain (const char *text, const char *bytes, gsize size)
{
  g_autoptr (TribesChannel) channel = build_good (text);
  g_autoptr (GBytes) domain = NULL;

  g_object_get (tribes_channel_get_membership (channel), "domain", &domain, NULL);
  g_assert_nonnull (domain);
  g_assert_cmpmem (g_bytes_get_data (domain, NULL), g_bytes_get_size (domain), bytes, size);
}

/* As Tomcat's Arrays.fromString() and Arrays.convert(). */
static void
test_domain (void)
{
  assert_domain (CLUSTER (MEMBERSHIP ("domain='cluster-a'")), "cluster-a", 9);
  assert_domain (CLUSTER (MEMBERSHIP ("domain='{1,-2,127}'")), "\x01\xfe\x7f", 3);
  assert_domain (CLUSTER (MEMBERSHIP ("domain='{1,,2}'")), "\x01\x02", 2);
  assert_domain (CLUSTER (MEMBERSHIP ("domain='caf\xc3\xa9\xe2\x82\xac'")), "caf\xe9?", 5);
  assert_domain (CLUSTER (MEMBERSHIP ("domain='{not closed' Domain='x'")), "x", 1);
}

static void
test_members (void)
{
  static const guint8 id[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff };
  g_autoptr (TribesChannel) channel = build_good (
      CLUSTER (INTERCEPTOR ("StaticMembershipInterceptor",
                            ">" LOCAL "uniqueId='{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,-1}' "
                            "domain='{100,111,109}'/>" MEMBER
                            "uniqueId='{,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,-1}' "
                            "domain='dom' securePort='99'/>")));
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (TribesMember) local = NULL;
  g_autoptr (GBytes) domain = NULL;
  g_autoptr (GBytes) own_domain = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (tribes_channel_get_receiver (channel), "address", "127.0.0.1", "port", 0, NULL);
  g_assert_true (tribes_channel_start (channel, TRIBES_SERVICES_SND_RX, &error));
  g_assert_no_error (error);
  members = tribes_channel_list_members (channel);
  g_assert_cmpuint (members->len, ==, 1);
  g_assert_cmpmem (tribes_member_get_unique_id (members->pdata[0]), 16, id, 16);
  g_assert_cmpint (tribes_member_get_secure_port (members->pdata[0]), ==, 99);
  domain = tribes_member_dup_domain (members->pdata[0]);
  g_assert_cmpmem (g_bytes_get_data (domain, NULL), g_bytes_get_size (domain), "dom", 3);
  local = tribes_channel_dup_local_member (channel);
  g_assert_cmpmem (tribes_member_get_unique_id (local), 16, id, 16);
  own_domain = tribes_member_dup_domain (local);
  g_assert_true (g_bytes_equal (own_domain, domain));
  tribes_channel_stop (channel, TRIBES_SERVICES_SND_RX);
}

static void
test_errors (void)
{
  static const struct
  {
    const char *text, *message;
    int code;
  } cases[] = {
    { CLUSTER (INTERCEPTOR ("TcpFailureDetector", "\nconnectTimeout='0'>")),
      "f.xml:3: connectTimeout=\"0\" of <Interceptor>: expected 1 to 2147483647",
      TRIBES_ERROR_CONFIG },
    { CLUSTER (MEMBERSHIP ("dropTime='9000000000'")),
      "f.xml:2: dropTime=\"9000000000\" of <Membership>: expected 1 to 2147483647",
      TRIBES_ERROR_CONFIG },
    { CLUSTER (INTERCEPTOR ("TcpPingInterceptor", ">\n" MEMBER "/>")),
      "f.xml:3: TribesTcpPingInterceptor takes no members", TRIBES_ERROR_CONFIG },
    { CLUSTER (INTERCEPTOR ("TcpPingInterceptor", ">\n" LOCAL "/>")),
      "f.xml:3: TribesTcpPingInterceptor takes no members", TRIBES_ERROR_CONFIG },
    { CLUSTER ("<Membership className='" TRIBES "membership.McastService'>\n" MEMBER
               "/></Membership>"),
      "f.xml:3: TribesMcastService takes no members", TRIBES_ERROR_CONFIG },
    { CLUSTER ("<Membership className='" TRIBES "membership.Mine'/>"),
      "f.xml:2: no membership for class " TRIBES "membership.Mine", TRIBES_ERROR_UNSUPPORTED },
    { CLUSTER (INTERCEPTOR ("Mine", ">")),
      "f.xml:2: no interceptor for class " TRIBES "group.interceptors.Mine",
      TRIBES_ERROR_UNSUPPORTED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesChannel) channel = build (cases[i].text, &error);

      g_assert_null (channel);
      g_assert_error (error, TRIBES_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* The table of xmlconf against the objects: what it says of a class that can be made has to be so.
 */

/* What the element of @spec becomes, or NULL where it is no object of its own. */
static GObject *
make_object (TribesChannel *channel, const XmlconfClassSpec *spec)
{
  g_autoptr (GError) error = NULL;
  GObject *object = NULL;

  if (g_str_equal (spec->element, "Channel"))
    object = g_object_ref (G_OBJECT (channel));
  else if (g_str_equal (spec->element, "Receiver"))
    object = g_object_ref (G_OBJECT (tribes_channel_get_receiver (channel)));
  else if (g_str_equal (spec->element, "Transport"))
    object = g_object_ref (G_OBJECT (tribes_channel_get_sender (channel)));
  else if (g_str_equal (spec->element, "Membership"))
    object = G_OBJECT (tribes_membership_new_for_class (spec->class_name, &error));
  else if (g_str_equal (spec->element, "Interceptor"))
    object = G_OBJECT (tribes_interceptor_new_for_class (spec->class_name, &error));
  else if (g_str_has_suffix (spec->class_name, ".ClusterSingleSignOn"))
    object = g_object_new (CATALINA_TYPE_CLUSTER_SINGLE_SIGN_ON, NULL);
  g_assert_no_error (error);
  return object;
}

static void
assert_number (const XmlconfAttributeSpec *attribute, GParamSpec *property, GObject *object)
{
  gint64 low = 0, high = 0, found = 0, expected = 0;
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT64);
  g_object_get_property (object, property->name, &value);
  found = g_value_get_int64 (&value);
  if (G_IS_PARAM_SPEC_INT (property))
    low = G_PARAM_SPEC_INT (property)->minimum, high = G_PARAM_SPEC_INT (property)->maximum;
  else if (G_IS_PARAM_SPEC_UINT (property))
    low = G_PARAM_SPEC_UINT (property)->minimum, high = G_PARAM_SPEC_UINT (property)->maximum;
  else if (G_IS_PARAM_SPEC_INT64 (property))
    low = G_PARAM_SPEC_INT64 (property)->minimum, high = G_PARAM_SPEC_INT64 (property)->maximum;
  else
    g_error ("%s is no number", property->name);
  g_assert_true (
      g_ascii_string_to_signed (attribute->value, 10, G_MININT64, G_MAXINT64, &expected, NULL));
  /* The bean says 0 where nothing is set, and Tomcat then sets no time to live: that is -1 here. */
  if (g_str_equal (attribute->name, "ttl"))
    expected = -1;
  /* Tomcat's own size would keep the kernel from letting a buffer grow, and make that of a UDP
   * socket a third of what it would be. */
  if (g_str_has_suffix (attribute->name, "xBufSize"))
    expected = 0;
  g_assert_cmpint (found, ==, expected);
  /* Whatever makes sense to Tomcat can be set; no number of milliseconds or bytes above 31 bits
   * does. */
  g_assert_cmpint (low, <=, attribute->min);
  g_assert_cmpint (high, >=, MIN (attribute->max, G_MAXINT32));
}

static void
assert_property (const XmlconfAttributeSpec *attribute, GParamSpec *property, GObject *object)
{
  g_autofree char *text = NULL;
  gboolean on;

  switch (attribute->kind)
    {
    case XMLCONF_KIND_INT:
    case XMLCONF_KIND_LONG:
    case XMLCONF_KIND_OPTIONS:
      assert_number (attribute, property, object);
      break;
    case XMLCONF_KIND_BOOLEAN:
      g_assert_cmpuint (property->value_type, ==, G_TYPE_BOOLEAN);
      g_object_get (object, property->name, &on, NULL);
      g_assert_cmpint (on, ==, g_str_equal (attribute->value, "true"));
      break;
    case XMLCONF_KIND_BYTES:
      g_assert_cmpuint (property->value_type, ==, G_TYPE_BYTES);
      g_assert_null (attribute->value);
      break;
    case XMLCONF_KIND_STRING:
    case XMLCONF_KIND_ADDRESS:
    default:
      g_assert_cmpuint (property->value_type, ==, G_TYPE_STRING);
      g_object_get (object, property->name, &text, NULL);
      g_assert_cmpstr (text, ==, attribute->value);
      break;
    }
}

typedef struct
{
  const XmlconfClassSpec *spec;
  GObject *object;
  GHashTable *properties; /* names of those that an attribute goes to */
} Comparison;

static const XmlconfVersion newest = 10u << 24 | 1 << 16 | 60;

static void
compare_attribute (const XmlconfAttributeSpec *attribute, gpointer data)
{
  Comparison *comparison = data;
  g_autofree char *name = catalina_attribute_to_property (attribute->name);
  GParamSpec *property
      = g_object_class_find_property (G_OBJECT_GET_CLASS (comparison->object), name);

  if (attribute->use != XMLCONF_USE_USED || attribute->alias_of
      || xmlconf_table_attribute (comparison->spec, attribute->name, newest) != attribute)
    return;
  g_test_message ("%s %s", comparison->spec->class_name, attribute->name);
  g_assert_nonnull (property);
  g_assert_true (property->flags & G_PARAM_WRITABLE);
  assert_property (attribute, property, comparison->object);
  g_hash_table_add (comparison->properties, (gpointer) property->name);
}

typedef struct
{
  const char *property;
  const XmlconfAttributeSpec *attribute;
} PropertySearch;

static void
match_property (const XmlconfAttributeSpec *attribute, gpointer data)
{
  PropertySearch *search = data;
  g_autofree char *name = catalina_attribute_to_property (attribute->name);

  if (g_str_equal (name, search->property))
    search->attribute = attribute;
}

/* What the builder would set has to be called used; what no attribute goes to has to be a setting
 * that no Tomcat has, and not one with a misspelt name. */
static void
compare_property (const Comparison *comparison, GParamSpec *property)
{
  static const char *const own[] = { "answer-rpc", "max-members", NULL };
  PropertySearch search = { property->name, NULL };

  xmlconf_table_foreach_attribute (comparison->spec, match_property, &search);
  g_test_message ("%s: property %s", comparison->spec->class_name, property->name);
  if (!search.attribute)
    g_assert_true (g_strv_contains (own, property->name));
  else if (search.attribute->use != XMLCONF_USE_INTERNAL)
    g_assert_true (g_hash_table_contains (comparison->properties, property->name));
}

static void
compare_class (TribesChannel *channel, const XmlconfClassSpec *spec)
{
  g_autoptr (GObject) object = make_object (channel, spec);
  g_autoptr (GHashTable) properties = g_hash_table_new (g_str_hash, g_str_equal);
  Comparison comparison = { spec, object, properties };
  g_autofree GParamSpec **list = NULL;
  guint n = 0;

  if (!object)
    return;
  xmlconf_table_foreach_attribute (spec, compare_attribute, &comparison);
  list = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);
  for (guint i = 0; i < n; i++)
    if (list[i]->flags & G_PARAM_WRITABLE)
      compare_property (&comparison, list[i]);
}

static void
test_table (void)
{
  g_autofree const char **classes = catalina_cluster_list_classes ();
  g_autoptr (TribesChannel) channel = tribes_channel_new ();
  guint n_supported = 0;

  for (guint i = 0; i < xmlconf_table_size (); i++)
    {
      const XmlconfClassSpec *spec = xmlconf_table_get (i);

      if (spec->use == XMLCONF_USE_USED && xmlconf_table_is_supported (spec, classes))
        {
          compare_class (channel, spec);
          n_supported++;
        }
      /* Whoever is refused is told what to do. */
      else if (spec->use == XMLCONF_USE_USED)
        g_assert_nonnull (spec->nearest);
    }
  g_assert_cmpuint (n_supported, >=, g_strv_length ((char **) classes));
}

static CatalinaManagerSettings *
settings_with (const char *element,
               const char *class_name,
               const char *attribute,
               const char *value)
{
  const char *manager = g_str_equal (element, "Manager") ? attribute : "name";
  const char *ids = g_str_equal (element, "SessionIdGenerator") ? attribute : "jvmRoute";
  const char *replication = g_str_has_suffix (class_name, "ReplicationValve") ? attribute : "domain";
  const char *binder = g_str_has_suffix (class_name, "JvmRouteBinderValve") ? attribute : "domain";
  g_autofree char *text = g_strdup_printf (
      "<Server><Service><Engine name='C' backgroundProcessorDelay='1'>"
      "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster'>"
      "<Manager className='org.apache.catalina.ha.session.DeltaManager' %s='%s'>"
      "<SessionIdGenerator className='org.apache.catalina.util.StandardSessionIdGenerator' "
      "%s='%s'/></Manager>"
      "<Valve className='org.apache.catalina.ha.tcp.ReplicationValve' %s='%s'/>"
      "<Valve className='org.apache.catalina.ha.session.JvmRouteBinderValve' %s='%s'/>"
      "</Cluster></Engine></Service></Server>",
      manager, value, ids, value, replication, value, binder, value);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, NULL);
  g_autoptr (XmlconfConfig) config = xmlconf_config_parse (bytes, "f.xml", properties, &error);
  CatalinaManagerSettings *settings;

  g_assert_no_error (error);
  settings = catalina_settings_from_config (xmlconf_config_get_cluster (config, 0),
                                            catalina_manager_from_config (
                                                xmlconf_config_get_cluster (config, 0)),
                                            &error);
  g_assert_no_error (error);
  g_assert_null (settings->jvm_route);
  return settings;
}

/* What is called used makes a difference to the settings, what is not makes none. */
static void
compare_setting (const XmlconfAttributeSpec *attribute, gpointer data)
{
  const XmlconfClassSpec *spec = data;
  g_autofree char *other = NULL;
  g_autoptr (CatalinaManagerSettings) usual = NULL;
  g_autoptr (CatalinaManagerSettings) changed = NULL;
  gint64 number = 0;

  if (attribute->use == XMLCONF_USE_INTERNAL
      || xmlconf_table_attribute (spec, attribute->name, newest) != attribute)
    return;
  if (attribute->kind == XMLCONF_KIND_BOOLEAN)
    other = g_strdup (g_strcmp0 (attribute->value, "true") == 0 ? "false" : "true");
  else if (attribute->kind == XMLCONF_KIND_STRING)
    other = g_strdup ("other");
  else if (g_ascii_string_to_signed (attribute->value, 10, G_MININT64, G_MAXINT64, &number, NULL))
    other = g_strdup_printf ("%d", (int) number + 1);
  g_test_message ("%s %s=%s", spec->class_name, attribute->name, other);
  usual = settings_with ("", "", "", "");
  changed = settings_with (spec->element, spec->class_name, attribute->name, other);
  if (attribute->use == XMLCONF_USE_USED)
    g_assert_cmpint (memcmp (usual, changed, sizeof *usual), !=, 0);
  else
    g_assert_cmpmem (usual, sizeof *usual, changed, sizeof *changed);
}

static void
test_manager_settings (void)
{
  static const char *const classes[][2] = {
    { "Manager", "org.apache.catalina.ha.session.DeltaManager" },
    { "SessionIdGenerator", "org.apache.catalina.util.StandardSessionIdGenerator" },
    { "Valve", "org.apache.catalina.ha.session.JvmRouteBinderValve" },
    { "Valve", "org.apache.catalina.ha.tcp.ReplicationValve" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      const XmlconfClassSpec *spec = xmlconf_table_find (classes[i][0], classes[i][1]);

      xmlconf_table_foreach_attribute (spec, compare_setting, (gpointer) spec);
    }
}

/* The other way round: nothing can be made that the table does not know. */
static void
test_classes_are_known (void)
{
  g_autofree const char **classes = catalina_cluster_list_classes ();

  for (gsize i = 0; classes[i]; i++)
    {
      gboolean known = FALSE;

      for (guint j = 0; j < xmlconf_table_size (); j++)
        known = known
                || (xmlconf_table_get (j)->use == XMLCONF_USE_USED
                    && g_str_equal (xmlconf_table_get (j)->class_name, classes[i]));
      g_test_message ("%s", classes[i]);
      g_assert_true (known);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/build/java-rules", test_java_rules);
  g_test_add_func ("/build/domain", test_domain);
  g_test_add_func ("/build/members", test_members);
  g_test_add_func ("/build/errors", test_errors);
  g_test_add_func ("/build/table", test_table);
  g_test_add_func ("/build/manager-settings", test_manager_settings);
  g_test_add_func ("/build/classes-are-known", test_classes_are_known);
  return g_test_run ();
}
