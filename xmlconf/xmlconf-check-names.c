/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements, classes and attributes that are not what they seem, and values of the wrong kind: what
 * Tomcat's reader drops, changes or stops at.
 */
#include "xmlconf/xmlconf-check-private.h"

#include <string.h>

/* A key must not get into logs and reports of a build only because it is mistyped. */
static const char *
shown (const char *name, const char *value)
{
  return value && g_ascii_strncasecmp (name, "encryptionKey", strlen ("encryptionKey")) == 0
             ? "..."
             : value;
}

static void
property_element (XmlconfReport *report, XmlconfElement *parent, XmlconfElement *child)
{
  const char *setting = xmlconf_element_get_attribute (child, "name");
  const char *value = xmlconf_element_get_attribute (child, "value");

  xmlconf_report (report, XMLCONF_RULE_PROPERTY_ELEMENT, xmlconf_element_get_file (child),
                  xmlconf_element_get_line (child),
                  "<%s> in <%s> sets nothing: write %s=\"%s\" as an attribute of <%s>",
                  xmlconf_element_get_name (child), xmlconf_element_get_name (parent),
                  setting ? setting : "name",
                  value ? shown (setting ? setting : "", value) : "value",
                  xmlconf_element_get_name (parent));
}

static void
unknown_element (XmlconfReport *report, XmlconfElement *parent, XmlconfElement *child)
{
  const char *name = xmlconf_element_get_name (child);
  const char *inside = xmlconf_element_get_name (parent);
  const XmlconfClassSpec *spec
      = xmlconf_table_find (inside, xmlconf_element_get_attribute (parent, "className"));
  const char *attribute = spec ? xmlconf_table_attribute_for_element (spec, name) : NULL;
  const char *nearest = xmlconf_table_nearest_child (inside, name);
  const char *file = xmlconf_element_get_file (child);
  guint line = xmlconf_element_get_line (child);

  if (g_ascii_strcasecmp (name, "property") == 0)
    property_element (report, parent, child);
  else if (attribute)
    xmlconf_report (report, XMLCONF_RULE_UNKNOWN_ELEMENT, file, line,
                    "no element <%s> in <%s>; use its attribute %s", name, inside, attribute);
  else
    xmlconf_report (report, XMLCONF_RULE_UNKNOWN_ELEMENT, file, line,
                    "no element <%s> in <%s>%s%s%s", name, inside,
                    nearest ? "; did you mean <" : "", nearest ? nearest : "", nearest ? ">?" : "");
}

static void
duplicate_element (XmlconfReport *report, XmlconfElement *parent, guint index)
{
  static const char *const single[]
      = { "Cluster",  "Manager",   "Channel",     "Membership",         "Sender", "Receiver",
          "Deployer", "Transport", "LocalMember", "SessionIdGenerator", NULL };
  XmlconfElement *child = xmlconf_element_get_child (parent, index);
  const char *name = xmlconf_element_get_name (child);

  if (!g_strv_contains (single, name))
    return;
  for (guint i = index + 1; i < xmlconf_element_get_n_children (parent); i++)
    {
      XmlconfElement *later = xmlconf_element_get_child (parent, i);

      if (strcmp (xmlconf_element_get_name (later), name) != 0)
        continue;
      xmlconf_report (report, XMLCONF_RULE_DUPLICATE_ELEMENT, xmlconf_element_get_file (child),
                      xmlconf_element_get_line (child), "<%s> is replaced by the one on line %u",
                      name, xmlconf_element_get_line (later));
      return;
    }
}

/* Inside a cluster every element is known or wrong. */
static void
walk_cluster (XmlconfReport *report, XmlconfElement *element, XmlconfVersion version)
{
  for (guint i = 0; i < xmlconf_element_get_n_children (element); i++)
    {
      XmlconfElement *child = xmlconf_element_get_child (element, i);

      if (!xmlconf_table_allows_child (xmlconf_element_get_name (element),
                                       xmlconf_element_get_name (child), version))
        {
          unknown_element (report, element, child);
          continue;
        }
      duplicate_element (report, element, i);
      walk_cluster (report, child, version);
    }
}

/* What a container keeps by name. Names of hosts are compared without case. */
static void
check_twice (XmlconfReport *report, XmlconfElement *container)
{
  gboolean engine = strcmp (xmlconf_element_get_name (container), "Engine") == 0;
  const char *kind = engine ? "Host" : "Context";
  const char *attribute = engine ? "name" : "path";
  g_autoptr (GHashTable) lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < xmlconf_element_get_n_children (container); i++)
    {
      XmlconfElement *child = xmlconf_element_get_child (container, i);
      const char *name = xmlconf_element_get_attribute (child, attribute);
      guint line = xmlconf_element_get_line (child);
      char *key;
      guint first;

      if (!name || strstr (name, "${") || strcmp (xmlconf_element_get_name (child), kind) != 0)
        continue;
      key = engine ? g_ascii_strdown (name, -1) : g_strdup (name);
      first = GPOINTER_TO_UINT (g_hash_table_lookup (lines, key));
      if (first > 0)
        xmlconf_report (report, XMLCONF_RULE_NAME_TWICE, xmlconf_element_get_file (child), line,
                        "%s=\"%s\" is also that of the <%s> on line %u", attribute, name, kind,
                        first);
      g_hash_table_insert (lines, key, GUINT_TO_POINTER (first > 0 ? first : MAX (line, 1)));
    }
}

/* Of classes for what is around the cluster only the names can be judged. */
static void
check_class_around (XmlconfReport *report, XmlconfElement *element)
{
  static const char *const packages[]
      = { "org.apache.catalina.", "org.apache.tomcat.", "org.apache.coyote.", "org.apache.juli." };
  const char *name = xmlconf_element_get_attribute (element, "className");
  gboolean possible;

  if (!name || strstr (name, "${"))
    return;
  possible = xmlconf_class_is_possible (name);
  for (guint i = 0; possible && i < G_N_ELEMENTS (packages); i++)
    if (g_str_has_prefix (name, packages[i]))
      return;
  xmlconf_report (report, possible ? XMLCONF_RULE_OWN_CLASS : XMLCONF_RULE_UNKNOWN_CLASS,
                  xmlconf_element_get_file (element), xmlconf_element_get_line (element),
                  possible ? "<%s> is of class %s, which is not one of Tomcat's"
                           : "there is no class \"%2$s\" for <%1$s>",
                  xmlconf_element_get_name (element), name);
}

/* Around it there is much that does not concern us: only clusters that stand wrong do. */
static void
walk_around (XmlconfReport *report, XmlconfElement *element, XmlconfVersion version)
{
  const char *name = xmlconf_element_get_name (element);
  gboolean container = strcmp (name, "Engine") == 0 || strcmp (name, "Host") == 0;

  if (container)
    check_twice (report, element);
  for (guint i = 0; i < xmlconf_element_get_n_children (element); i++)
    {
      XmlconfElement *child = xmlconf_element_get_child (element, i);

      if (strcmp (xmlconf_element_get_name (child), "Cluster") != 0)
        {
          check_class_around (report, child);
          walk_around (report, child, version);
          continue;
        }
      if (!container)
        xmlconf_report (report, XMLCONF_RULE_MISPLACED_CLUSTER, xmlconf_element_get_file (child),
                        xmlconf_element_get_line (child), "<Cluster> in <%s> is not read", name);
      duplicate_element (report, element, i);
      walk_cluster (report, child, version);
    }
}

void
xmlconf_check_names (XmlconfReport *report, XmlconfConfig *config)
{
  walk_around (report, config->root, xmlconf_properties_get_version (config->properties));
}

static void
check_class (XmlconfReport *report, XmlconfNode *node)
{
  g_autofree char *version = xmlconf_version_to_string (node->version);
  const char *nearest;

  if (!node->class_name)
    {
      xmlconf_report_at (report, XMLCONF_RULE_NO_CLASS, node, NULL, "<%s> has no className",
                         node->name);
      return;
    }
  if (node->spec && xmlconf_table_has (node->spec, node->version))
    return;
  nearest = xmlconf_table_nearest_class (node->name, node->class_name, node->version, NULL);
  if (!node->spec && xmlconf_class_is_possible (node->class_name)
      && !g_str_has_prefix (node->class_name, "org.apache.catalina."))
    {
      xmlconf_report_at (report, XMLCONF_RULE_OWN_CLASS, node, "className",
                         "<%s> is of class %s, which is not one of Tomcat's%s%s", node->name,
                         node->class_name, nearest ? "; the nearest is " : "",
                         nearest ? nearest : "");
      return;
    }
  if (!node->spec && strcmp (node->name, "Valve") == 0
      && g_str_has_prefix (node->class_name, "org.apache.catalina.valves."))
    return; /* exists, and is dropped: not-cluster-valve says so */
  if (!node->spec && strcmp (node->name, "Listener") == 0)
    return; /* there are many that have nothing to do with clusters */
  xmlconf_report_at (report, XMLCONF_RULE_UNKNOWN_CLASS, node, "className",
                     "Tomcat %s has no class %s for <%s>%s%s", version, node->class_name,
                     node->name, nearest ? "; the nearest is " : "", nearest ? nearest : "");
}

static void
unknown_attribute (XmlconfReport *report, XmlconfNode *node, const XmlconfSetting *setting)
{
  const XmlconfAttributeSpec *other = xmlconf_table_attribute_ever (node->spec, setting->name);
  const char *child = xmlconf_table_child_with_attribute (node->spec, setting->name, node->version);
  const char *nearest = xmlconf_table_nearest_attribute (node->spec, setting->name, node->version);
  g_autofree char *version = xmlconf_version_to_string (node->version);
  g_autofree char *hint = NULL;

  if (other && !xmlconf_version_reaches (node->version, other->since))
    hint = g_strdup_printf (" in Tomcat %s; it came with %s", version, other->since);
  else if (other)
    hint = g_strdup_printf (" in Tomcat %s; it was removed in %s", version, other->before);
  else if (child)
    hint = g_strdup_printf ("; the <%s> inside has it", child);
  else if (nearest)
    hint = g_strdup_printf ("; did you mean %s?", nearest);
  xmlconf_report (report, XMLCONF_RULE_UNKNOWN_ATTRIBUTE, node->file, setting->line,
                  "<%s> has no attribute %s%s", node->name, setting->name, hint ? hint : "");
}

static char *
kind_in_words (const XmlconfAttributeSpec *spec)
{
  g_autofree char *names = NULL;

  if ((spec->flags & XMLCONF_FLAG_SIXTEEN) != 0)
    return g_strdup ("16 bytes from -128 to 127 in braces, without blanks");
  if ((spec->flags & XMLCONF_FLAG_HEX) != 0)
    return g_strdup ("pairs of hexadecimal digits");
  if ((spec->flags & XMLCONF_FLAG_CIPHER) != 0)
    return g_strdup ("a cipher, a mode and a padding with slashes between");
  if ((spec->flags & XMLCONF_FLAG_REJECT_BELOW) != 0)
    return g_strdup_printf ("a number of %" G_GINT64_FORMAT " or more", spec->min);
  switch (spec->kind)
    {
    case XMLCONF_KIND_INT:
      return g_strdup ("a number of at most 32 bits");
    case XMLCONF_KIND_LONG:
      return g_strdup ("a number");
    case XMLCONF_KIND_OPTIONS:
      names = xmlconf_value_list_send_options ();
      return g_strdup_printf ("a number, or names from %s with commas between", names);
    case XMLCONF_KIND_BYTES:
      return g_strdup ("bytes in braces");
    case XMLCONF_KIND_STRING:
    case XMLCONF_KIND_BOOLEAN:
    case XMLCONF_KIND_ADDRESS:
    default:
      return g_strdup ("such a value");
    }
}

static void
check_number (XmlconfReport *report, XmlconfNode *node, const XmlconfSetting *setting)
{
  const XmlconfAttributeSpec *spec = setting->spec;
  gint64 number;
  gboolean stops;

  if ((spec->min == 0 && spec->max == 0) || (spec->flags & XMLCONF_FLAG_CLAMP) != 0)
    return;
  if (!xmlconf_value_parse_send_options (setting->value, &number))
    return;
  if (number >= spec->min && number <= spec->max)
    return;
  stops = ((spec->flags & XMLCONF_FLAG_STOPS) != 0
           && (number != 0 || (spec->flags & XMLCONF_FLAG_ZERO_STARTS) == 0))
          || ((spec->flags & XMLCONF_FLAG_STOPS_ABOVE) != 0 && number > spec->max);
  xmlconf_report (report, stops ? XMLCONF_RULE_REFUSED_NUMBER : XMLCONF_RULE_OUT_OF_RANGE,
                  node->file, setting->line,
                  "%s=\"%s\" of <%s> is not between %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT,
                  setting->name, setting->value, node->name, spec->min, spec->max);
}

/* A list with another sign than | between its parts, as Tomcat 5.5 had it: the sign is followed by
 * what begins a pattern, or by nothing. ".*;jsessionid=.*" is none. */
static gboolean
looks_like_list (const char *value)
{
  for (const char *p = strpbrk (value, ";,"); p; p = strpbrk (p + 1, ";,"))
    {
      const char *next = p + 1 + strspn (p + 1, " \t");

      if (p > value
          && (*next == '\0' || g_str_has_prefix (next, ".*") || g_str_has_prefix (next, ".+")
              || g_str_has_prefix (next, "\\.") || g_str_has_prefix (next, "*.")))
        return TRUE;
    }
  return FALSE;
}

static void
check_regex (XmlconfReport *report, XmlconfNode *node, const XmlconfSetting *setting)
{
  g_autofree char *problem = NULL;

  if (!xmlconf_regex_compiles (setting->value, &problem))
    xmlconf_report (report, XMLCONF_RULE_BAD_REGEX, node->file, setting->line,
                    "%s=\"%s\" of <%s>: %s", setting->name, setting->value, node->name, problem);
  else if (looks_like_list (setting->value))
    xmlconf_report (report, XMLCONF_RULE_REGEX_SEPARATOR, node->file, setting->line,
                    "%s=\"%s\" of <%s>: | stands between expressions, not ; or ,", setting->name,
                    setting->value, node->name);
  if (strstr (setting->value, "\\\\"))
    xmlconf_report (report, XMLCONF_RULE_REGEX_BACKSLASH, node->file, setting->line,
                    "%s=\"%s\" of <%s> has doubled backslashes", setting->name, setting->value,
                    node->name);
}

static void
check_value (XmlconfReport *report, XmlconfNode *node, const XmlconfSetting *setting)
{
  const XmlconfAttributeSpec *spec = setting->spec;

  if ((spec->flags & XMLCONF_FLAG_REGEX) != 0)
    check_regex (report, node, setting);
  else if (!setting->valid)
    {
      g_autofree char *expected = kind_in_words (spec);

      xmlconf_report (report, XMLCONF_RULE_BAD_VALUE, node->file, setting->line,
                      "%s=\"%s\" of <%s> is not %s", setting->name,
                      shown (setting->name, setting->value), node->name, expected);
    }
  else if (spec->kind == XMLCONF_KIND_BOOLEAN && g_ascii_strcasecmp (setting->value, "true") != 0
           && g_ascii_strcasecmp (setting->value, "false") != 0)
    xmlconf_report (report, XMLCONF_RULE_BAD_BOOLEAN, node->file, setting->line,
                    "%s=\"%s\" of <%s> means false", setting->name, setting->value, node->name);
  else if (spec->kind == XMLCONF_KIND_INT || spec->kind == XMLCONF_KIND_LONG
           || spec->kind == XMLCONF_KIND_OPTIONS)
    check_number (report, node, setting);
}

/* A name of the environment stands in the text as written, not in what it became. */
static void
check_environment (XmlconfReport *report, XmlconfNode *node, XmlconfProperties *properties)
{
  for (guint i = 0; node->element && i < node->settings->len; i++)
    {
      const XmlconfSetting *setting = &g_array_index (node->settings, XmlconfSetting, i);
      const char *raw = setting->line != 0
                            ? xmlconf_element_get_attribute (node->element, setting->name)
                            : NULL;
      g_autofree char *name = raw ? xmlconf_properties_from_environment (properties, raw) : NULL;

      if (name)
        xmlconf_report (report, XMLCONF_RULE_ENVIRONMENT_PROPERTY, node->file, setting->line,
                        "%s=\"%s\" of <%s> takes ${%s} from the environment", setting->name,
                        shown (setting->name, raw), node->name, name);
    }
}

static void
check_setting (XmlconfReport *report, XmlconfNode *node, const XmlconfSetting *setting)
{
  if (setting->line == 0)
    return;
  if (setting->unresolved)
    xmlconf_report (report, XMLCONF_RULE_UNRESOLVED_PROPERTY, node->file, setting->line,
                    "%s of <%s>: no value is known for ${%s}", setting->name, node->name,
                    setting->unresolved);
  else if (strcmp (setting->name, "className") == 0 || !node->spec)
    return;
  else if (setting->spec)
    check_value (report, node, setting);
  else if (!node->spec->any_attribute)
    unknown_attribute (report, node, setting);
  if (setting->spec && (setting->spec->flags & XMLCONF_FLAG_OWN) != 0)
    xmlconf_report (report, XMLCONF_RULE_OWN_ATTRIBUTE, node->file, setting->line,
                    "%s of <%s> means something to tribes node only", setting->name, node->name);
}

/* Java makes no pool that has to keep more threads than it may have. */
static void
check_threads (XmlconfReport *report, XmlconfNode *node)
{
  static const char *const kept[] = { "minThreads", "maxSpareThreads" };

  for (guint i = 0; node->spec && i < G_N_ELEMENTS (kept); i++)
    {
      gint64 least, most;

      if (!xmlconf_table_attribute (node->spec, kept[i], node->version)
          || !xmlconf_table_attribute (node->spec, "maxThreads", node->version))
        continue;
      least = xmlconf_node_get_int64 (node, kept[i]);
      most = xmlconf_node_get_int64 (node, "maxThreads");
      if (most > 0 && least > most)
        xmlconf_report_at (report, XMLCONF_RULE_THREAD_POOL, node, "maxThreads",
                           "maxThreads %" G_GINT64_FORMAT " of <%s> is less than %s "
                           "%" G_GINT64_FORMAT "%s",
                           most, node->name, kept[i], least,
                           xmlconf_node_is_set (node, kept[i]) ? "" : ", its default");
    }
}

/* Recursion is bounded by the table, which nests four levels. */
void
xmlconf_check_values (XmlconfReport *report, XmlconfNode *node)
{
  if (node->element)
    check_class (report, node);
  for (guint i = 0; i < node->settings->len; i++)
    check_setting (report, node, &g_array_index (node->settings, XmlconfSetting, i));
  if (node->properties)
    check_environment (report, node, node->properties);
  check_threads (report, node);
  for (guint i = 0; i < node->children->len; i++)
    xmlconf_check_values (report, g_ptr_array_index (node->children, i));
}
