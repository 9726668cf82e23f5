/* SPDX-License-Identifier: Apache-2.0
 *
 * What `tribes check` prints: text for people, JSON for programs, annotations for GitHub. Files
 * that cannot be read go to standard error in any case.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-check-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/base/tribes-printable-private.h"

/* The value as the running Tomcat would have it: names of options as their number, and so on. */
static char *
effective_value (XmlconfNode *node, const char *name)
{
  const char *value = xmlconf_node_get_string (node, name);

  if (value != NULL && (g_str_has_suffix (name, "SendOptions") || strcmp (name, "autoBind") == 0))
    return g_strdup_printf ("%" G_GINT64_FORMAT, xmlconf_node_get_int64 (node, name));
  return g_strdup (value);
}

static const char *
or_none (const char *text)
{
  return text != NULL ? text : "(none)";
}

static void
print_finding_text (XmlconfFinding *finding)
{
  g_autofree char *file = tribes_dup_printable (xmlconf_finding_get_file (finding));

  g_print ("%s:%u: %s: %s [%s]\n    %s\n    %s\n", file, xmlconf_finding_get_line (finding),
           xmlconf_severity_to_string (xmlconf_finding_get_severity (finding)),
           xmlconf_finding_get_message (finding), xmlconf_finding_get_id (finding),
           xmlconf_finding_get_effect (finding), xmlconf_finding_get_mend (finding));
}

static void
print_attribute_text (XmlconfNode *node, const char *name, guint depth)
{
  g_autofree char *value = effective_value (node, name);
  g_autofree char *shown = tribes_dup_printable (or_none (value));

  g_print ("%*s%s = %s", (int) (2 * depth), "", name, shown);
  if (xmlconf_node_is_set (node, name))
    g_print ("  (line %u)", xmlconf_node_get_attribute_line (node, name));
  g_print ("\n");
}

static void
print_node_text (XmlconfNode *node, guint depth)
{
  g_auto (GStrv) names = xmlconf_node_list_attributes (node);
  const char *class_name = xmlconf_node_get_class_name (node);

  g_autofree char *shown = tribes_dup_printable (class_name ? class_name : "(no class)");

  g_print ("%*s<%s> %s", (int) (2 * depth), "", xmlconf_node_get_name (node), shown);
  if (xmlconf_node_is_implicit (node))
    g_print ("  (Tomcat's own)\n");
  else
    g_print ("  (line %u)\n", xmlconf_node_get_line (node));
  for (guint i = 0; names[i] != NULL; i++)
    print_attribute_text (node, names[i], depth + 1);
  for (guint i = 0; i < xmlconf_node_get_n_children (node); i++)
    print_node_text (xmlconf_node_get_child_at (node, i), depth + 1);
}

static void
print_effective_text (XmlconfConfig *config, XmlconfCluster *chosen)
{
  for (guint i = 0; i < xmlconf_config_get_n_clusters (config); i++)
    {
      XmlconfCluster *cluster = xmlconf_config_get_cluster (config, i);
      XmlconfNode *engine = xmlconf_cluster_get_engine (cluster);
      XmlconfNode *host = xmlconf_cluster_get_host (cluster);
      g_autofree char *line = NULL;
      g_autofree char *shown = NULL;

      if (chosen && cluster != chosen)
        continue;
      line = g_strdup_printf ("%s: engine %s, jvmRoute %s, cluster in %s%s",
                              xmlconf_config_get_file (config),
                              or_none (xmlconf_node_get_string (engine, "name")),
                              or_none (xmlconf_cluster_get_jvm_route (cluster)),
                              host != NULL ? "host " : "the engine",
                              host != NULL ? or_none (xmlconf_node_get_string (host, "name")) : "");
      shown = tribes_dup_printable (line);
      g_print ("%s\n", shown);
      print_node_text (xmlconf_cluster_get_node (cluster), 1);
    }
}

static void
add_finding (TribesJson *json, XmlconfFinding *finding)
{
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "id", xmlconf_finding_get_id (finding));
  tribes_json_add_string (json, "severity",
                          xmlconf_severity_to_string (xmlconf_finding_get_severity (finding)));
  tribes_json_add_string (json, "file", xmlconf_finding_get_file (finding));
  tribes_json_add_int (json, "line", xmlconf_finding_get_line (finding));
  tribes_json_add_string (json, "message", xmlconf_finding_get_message (finding));
  tribes_json_add_string (json, "effect", xmlconf_finding_get_effect (finding));
  tribes_json_add_string (json, "mend", xmlconf_finding_get_mend (finding));
  tribes_json_end_object (json);
}

static void
add_attribute (TribesJson *json, XmlconfNode *node, const char *name)
{
  g_autofree char *value = effective_value (node, name);

  tribes_json_key (json, name);
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "value", value);
  tribes_json_add_boolean (json, "set", xmlconf_node_is_set (node, name));
  tribes_json_add_int (json, "line", xmlconf_node_get_attribute_line (node, name));
  tribes_json_end_object (json);
}

static void
add_node (TribesJson *json, XmlconfNode *node)
{
  g_auto (GStrv) names = xmlconf_node_list_attributes (node);

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "element", xmlconf_node_get_name (node));
  tribes_json_add_string (json, "class", xmlconf_node_get_class_name (node));
  tribes_json_add_boolean (json, "implicit", xmlconf_node_is_implicit (node));
  tribes_json_add_int (json, "line", xmlconf_node_get_line (node));
  tribes_json_key (json, "attributes");
  tribes_json_begin_object (json);
  for (guint i = 0; names[i] != NULL; i++)
    add_attribute (json, node, names[i]);
  tribes_json_end_object (json);
  tribes_json_key (json, "children");
  tribes_json_begin_array (json);
  for (guint i = 0; i < xmlconf_node_get_n_children (node); i++)
    add_node (json, xmlconf_node_get_child_at (node, i));
  tribes_json_end_array (json);
  tribes_json_end_object (json);
}

static void
add_cluster (TribesJson *json, XmlconfConfig *config, XmlconfCluster *cluster)
{
  XmlconfNode *engine = xmlconf_cluster_get_engine (cluster);
  XmlconfNode *host = xmlconf_cluster_get_host (cluster);

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "file", xmlconf_config_get_file (config));
  tribes_json_add_string (json, "engine", xmlconf_node_get_string (engine, "name"));
  tribes_json_add_string (json, "host",
                          host != NULL ? xmlconf_node_get_string (host, "name") : NULL);
  tribes_json_add_string (json, "jvmRoute", xmlconf_cluster_get_jvm_route (cluster));
  tribes_json_key (json, "cluster");
  add_node (json, xmlconf_cluster_get_node (cluster));
  tribes_json_end_object (json);
}

static void
add_effective (TribesJson *json, const CatalinaCheckResult *result)
{
  tribes_json_key (json, "effective");
  tribes_json_begin_array (json);
  for (guint i = 0; i < result->configs->len; i++)
    {
      XmlconfConfig *config = g_ptr_array_index (result->configs, i);

      XmlconfCluster *chosen = g_ptr_array_index (result->chosen, i);

      for (guint j = 0; j < xmlconf_config_get_n_clusters (config); j++)
        if (!chosen || chosen == xmlconf_config_get_cluster (config, j))
          add_cluster (json, config, xmlconf_config_get_cluster (config, j));
    }
  tribes_json_end_array (json);
}

static void
add_findings (TribesJson *json, const CatalinaCheckResult *result)
{
  tribes_json_key (json, "findings");
  tribes_json_begin_array (json);
  for (guint i = 0; i < result->findings->len; i++)
    add_finding (json, g_ptr_array_index (result->findings, i));
  tribes_json_end_array (json);
}

static void
add_errors (TribesJson *json, const CatalinaCheckResult *result)
{
  tribes_json_key (json, "errors");
  tribes_json_begin_array (json);
  for (guint i = 0; i < result->errors->len; i++)
    {
      const GError *error = g_ptr_array_index (result->errors, i);

      tribes_json_string (json, error->message);
    }
  tribes_json_end_array (json);
}

static void
print_json (const CatalinaCheckResult *result, gboolean effective)
{
  g_autoptr (GString) text = g_string_new (NULL);
  TribesJson json = { .out = text, .style = TRIBES_JSON_INDENTED };

  tribes_json_begin_object (&json);
  if (effective)
    add_effective (&json, result);
  else
    add_findings (&json, result);
  add_errors (&json, result);
  tribes_json_end_object (&json);
  g_print ("%s\n", text->str);
}

/* In a workflow's commands, what would end a property or a line is written as in a URL; the log
 * that they are in is read on terminals, too. */
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
  return tribes_dup_printable (out->str);
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
      (void) catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
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
    print_effective_text (g_ptr_array_index (result->configs, i),
                          g_ptr_array_index (result->chosen, i));
  for (guint i = 0; i < result->findings->len; i++)
    {
      if (format == CATALINA_CHECK_TEXT)
        print_finding_text (g_ptr_array_index (result->findings, i));
      else
        print_finding_github (g_ptr_array_index (result->findings, i));
    }
}
