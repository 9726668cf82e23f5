/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-check-private.h"

#include <string.h>
#include <json-glib/json-glib.h>

/* What `tribes check` prints, as text for people, as JSON for programs, as annotations for GitHub.
 */

/* The value as the running Tomcat would have it: names of options as their number, and so on. */
static char *
effective_value (XmlconfNode *node, const char *name)
{
  const char *value = xmlconf_node_get_string (node, name);

  if (value != NULL && (g_str_has_suffix (name, "SendOptions") || strcmp (name, "autoBind") == 0))
    return g_strdup_printf ("%" G_GINT64_FORMAT, xmlconf_node_get_int64 (node, name));
  return g_strdup (value);
}

static void
print_finding_text (XmlconfFinding *finding)
{
  g_print ("%s:%u: %s: %s [%s]\n    %s\n    %s\n", xmlconf_finding_get_file (finding),
           xmlconf_finding_get_line (finding),
           xmlconf_severity_to_string (xmlconf_finding_get_severity (finding)),
           xmlconf_finding_get_message (finding), xmlconf_finding_get_id (finding),
           xmlconf_finding_get_effect (finding), xmlconf_finding_get_mend (finding));
}

static void
print_attribute_text (XmlconfNode *node, const char *name, guint depth)
{
  g_autofree char *value = effective_value (node, name);

  g_print ("%*s%s = %s", (int) (2 * depth), "", name, value != NULL ? value : "(none)");
  if (xmlconf_node_is_set (node, name))
    g_print ("  (line %u)", xmlconf_node_get_attribute_line (node, name));
  g_print ("\n");
}

static void
print_node_text (XmlconfNode *node, guint depth)
{
  g_auto (GStrv) names = xmlconf_node_list_attributes (node);
  const char *class_name = xmlconf_node_get_class_name (node);

  g_print ("%*s<%s> %s", (int) (2 * depth), "", xmlconf_node_get_name (node),
           class_name != NULL ? class_name : "(no class)");
  if (xmlconf_node_is_implicit (node))
    g_print ("  (Tomcat's own)\n");
  else
    g_print ("  (line %u)\n", xmlconf_node_get_line (node));
  for (guint i = 0; names[i] != NULL; i++)
    print_attribute_text (node, names[i], depth + 1);
  for (guint i = 0; i < xmlconf_node_get_n_children (node); i++)
    print_node_text (xmlconf_node_get_child_at (node, i), depth + 1);
}

static const char *
or_none (const char *text)
{
  return text != NULL ? text : "(none)";
}

static void
print_effective_text (XmlconfConfig *config)
{
  for (guint i = 0; i < xmlconf_config_get_n_clusters (config); i++)
    {
      XmlconfCluster *cluster = xmlconf_config_get_cluster (config, i);
      XmlconfNode *engine = xmlconf_cluster_get_engine (cluster);
      XmlconfNode *host = xmlconf_cluster_get_host (cluster);

      g_print ("%s: engine %s, jvmRoute %s, cluster in %s%s\n", xmlconf_config_get_file (config),
               or_none (xmlconf_node_get_string (engine, "name")),
               or_none (xmlconf_cluster_get_jvm_route (cluster)),
               host != NULL ? "host " : "the engine",
               host != NULL ? or_none (xmlconf_node_get_string (host, "name")) : "");
      print_node_text (xmlconf_cluster_get_node (cluster), 1);
    }
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    {
      /* A file name need not be UTF-8, JSON must. */
      g_autofree char *valid = g_utf8_make_valid (value, -1);

      json_builder_add_string_value (builder, valid);
    }
  else
    json_builder_add_null_value (builder);
}

static void
add_number (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_finding (JsonBuilder *builder, XmlconfFinding *finding)
{
  json_builder_begin_object (builder);
  add_string (builder, "id", xmlconf_finding_get_id (finding));
  add_string (builder, "severity",
              xmlconf_severity_to_string (xmlconf_finding_get_severity (finding)));
  add_string (builder, "file", xmlconf_finding_get_file (finding));
  add_number (builder, "line", xmlconf_finding_get_line (finding));
  add_string (builder, "message", xmlconf_finding_get_message (finding));
  add_string (builder, "effect", xmlconf_finding_get_effect (finding));
  add_string (builder, "mend", xmlconf_finding_get_mend (finding));
  json_builder_end_object (builder);
}

static void
add_attribute (JsonBuilder *builder, XmlconfNode *node, const char *name)
{
  g_autofree char *value = effective_value (node, name);

  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  add_string (builder, "value", value);
  add_boolean (builder, "set", xmlconf_node_is_set (node, name));
  add_number (builder, "line", xmlconf_node_get_attribute_line (node, name));
  json_builder_end_object (builder);
}

static void
add_node (JsonBuilder *builder, XmlconfNode *node)
{
  g_auto (GStrv) names = xmlconf_node_list_attributes (node);

  json_builder_begin_object (builder);
  add_string (builder, "element", xmlconf_node_get_name (node));
  add_string (builder, "class", xmlconf_node_get_class_name (node));
  add_boolean (builder, "implicit", xmlconf_node_is_implicit (node));
  add_number (builder, "line", xmlconf_node_get_line (node));
  json_builder_set_member_name (builder, "attributes");
  json_builder_begin_object (builder);
  for (guint i = 0; names[i] != NULL; i++)
    add_attribute (builder, node, names[i]);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "children");
  json_builder_begin_array (builder);
  for (guint i = 0; i < xmlconf_node_get_n_children (node); i++)
    add_node (builder, xmlconf_node_get_child_at (node, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_cluster (JsonBuilder *builder, XmlconfConfig *config, XmlconfCluster *cluster)
{
  XmlconfNode *engine = xmlconf_cluster_get_engine (cluster);
  XmlconfNode *host = xmlconf_cluster_get_host (cluster);

  json_builder_begin_object (builder);
  add_string (builder, "file", xmlconf_config_get_file (config));
  add_string (builder, "engine", xmlconf_node_get_string (engine, "name"));
  add_string (builder, "host", host != NULL ? xmlconf_node_get_string (host, "name") : NULL);
  add_string (builder, "jvmRoute", xmlconf_cluster_get_jvm_route (cluster));
  json_builder_set_member_name (builder, "cluster");
  add_node (builder, xmlconf_cluster_get_node (cluster));
  json_builder_end_object (builder);
}

static void
add_effective (JsonBuilder *builder, const CatalinaCheckResult *result)
{
  json_builder_set_member_name (builder, "effective");
  json_builder_begin_array (builder);
  for (guint i = 0; i < result->configs->len; i++)
    {
      XmlconfConfig *config = g_ptr_array_index (result->configs, i);

      for (guint j = 0; j < xmlconf_config_get_n_clusters (config); j++)
        add_cluster (builder, config, xmlconf_config_get_cluster (config, j));
    }
  json_builder_end_array (builder);
}

static void
add_findings (JsonBuilder *builder, const CatalinaCheckResult *result)
{
  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < result->findings->len; i++)
    add_finding (builder, g_ptr_array_index (result->findings, i));
  json_builder_end_array (builder);
}

static void
add_errors (JsonBuilder *builder, const CatalinaCheckResult *result)
{
  json_builder_set_member_name (builder, "errors");
  json_builder_begin_array (builder);
  for (guint i = 0; i < result->errors->len; i++)
    {
      const GError *error = g_ptr_array_index (result->errors, i);
      g_autofree char *valid = g_utf8_make_valid (error->message, -1);

      json_builder_add_string_value (builder, valid);
    }
  json_builder_end_array (builder);
}

static void
print_json (const CatalinaCheckResult *result, gboolean effective)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  if (effective)
    add_effective (builder, result);
  else
    add_findings (builder, result);
  add_errors (builder, result);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
}

/* In a workflow's commands, what would end a property or a line is written as in a URL. */
static char *
escape (const char *text, gboolean property)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '%' || *p == '\r' || *p == '\n' || (property && (*p == ':' || *p == ',')))
        g_string_append_printf (out, "%%%02X", (guint) *p);
      else
        g_string_append_c (out, *p);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
print_finding_github (XmlconfFinding *finding)
{
  static const char *const commands[] = { "notice", "warning", "error" };
  g_autofree char *file = escape (xmlconf_finding_get_file (finding), TRUE);
  g_autofree char *id = escape (xmlconf_finding_get_id (finding), TRUE);
  g_autofree char *plain
      = g_strdup_printf ("%s\n%s\n%s", xmlconf_finding_get_message (finding),
                         xmlconf_finding_get_effect (finding), xmlconf_finding_get_mend (finding));
  g_autofree char *text = escape (plain, FALSE);

  g_print ("::%s file=%s,line=%u,title=%s::%s\n", commands[xmlconf_finding_get_severity (finding)],
           file, xmlconf_finding_get_line (finding), id, text);
}

static void
print_errors (const CatalinaCheckResult *result, CatalinaCheckFormat format)
{
  for (guint i = 0; i < result->errors->len; i++)
    {
      const GError *error = g_ptr_array_index (result->errors, i);
      g_autofree char *text = escape (error->message, FALSE);

      if (format == CATALINA_CHECK_GITHUB)
        g_print ("::error::%s\n", text);
      g_printerr ("%s\n", error->message);
    }
}

void
catalina_check_print (const CatalinaCheckResult *result,
                      CatalinaCheckFormat format,
                      gboolean effective)
{
  print_errors (result, format);
  if (format == CATALINA_CHECK_JSON)
    {
      print_json (result, effective);
      return;
    }
  for (guint i = 0; effective && i < result->configs->len; i++)
    print_effective_text (g_ptr_array_index (result->configs, i));
  for (guint i = 0; i < result->findings->len; i++)
    {
      if (format == CATALINA_CHECK_TEXT)
        print_finding_text (g_ptr_array_index (result->findings, i));
      else
        print_finding_github (g_ptr_array_index (result->findings, i));
    }
}
