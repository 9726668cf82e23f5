/* SPDX-License-Identifier: Apache-2.0
 *
 * The manual's tables, as man page source: from the same data that the program works with, so that
 * they cannot say something else.
 */
#include "xmlconf/xmlconf-report-private.h"

static void
append_escaped (GString *text, const char *words)
{
  for (const char *p = words; *p != '\0'; p++)
    {
      if (*p == '\\')
        g_string_append (text, "\\e");
      else if (*p == '-')
        g_string_append (text, "\\-");
      else if ((*p == '.' || *p == '\'') && (p == words || p[-1] == '\n'))
        g_string_append_printf (text, "\\&%c", *p);
      else
        g_string_append_c (text, *p);
    }
}

static void
append_versions (GString *text, const char *since, const char *before)
{
  if (since)
    g_string_append_printf (text, ", from Tomcat %s", since);
  if (before)
    g_string_append_printf (text, ", before Tomcat %s", before);
}

typedef struct
{
  GString *text;
  gboolean supported; /* what a node acts on it can only do where it has the class */
} Description;

static void
describe_attribute (const XmlconfAttributeSpec *attribute, gpointer data)
{
  const Description *description = data;
  GString *text = description->text;
  gboolean refused = !description->supported && attribute->use == XMLCONF_USE_USED;
  gboolean narrow = attribute->min != 0 || attribute->max != 0;

  if (attribute->use == XMLCONF_USE_INTERNAL)
    return;
  g_string_append (text, ".TP\n.B ");
  append_escaped (text, attribute->name);
  g_string_append_printf (text, "\n(%s", xmlconf_kind_to_string (attribute->kind));
  if (attribute->value)
    {
      g_string_append (text, ", default \\(lq");
      append_escaped (text, attribute->value);
      g_string_append (text, "\\(rq");
    }
  if (narrow && attribute->max != G_MAXINT32 && attribute->max != G_MAXINT64)
    g_string_append_printf (text, ", %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, attribute->min,
                            attribute->max);
  else if (narrow && attribute->min > G_MININT32)
    g_string_append_printf (text, ", at least %" G_GINT64_FORMAT, attribute->min);
  append_versions (text, attribute->since, attribute->before);
  g_string_append_printf (text, "; %s)\n",
                          xmlconf_use_to_string (refused ? XMLCONF_USE_CHECKED : attribute->use));
  append_escaped (text, attribute->meaning);
  g_string_append (text, ".\n");
}

static void
describe_class (GString *text, const XmlconfClassSpec *spec, const char *const *classes)
{
  Description description = { text, xmlconf_table_is_supported (spec, classes) };

  g_string_append_printf (text, ".SS <%s> %s\n", spec->element, spec->class_name);
  append_escaped (text, spec->meaning);
  append_versions (text, spec->since, spec->before);
  g_string_append_printf (text, " (%s).\n",
                          description.supported ? xmlconf_use_to_string (spec->use) : "refused");
  if (!description.supported && spec->nearest)
    {
      g_string_append (text, "The nearest that works in a node is ");
      append_escaped (text, spec->nearest);
      g_string_append (text, ".\n");
    }
  xmlconf_table_foreach_attribute (spec, describe_attribute, &description);
}

/**
 * xmlconf_describe_attributes:
 * @classes: (array zero-terminated=1): as for [method@Xmlconf.Cluster.check_supported]
 *
 * Writes the table of known elements and attributes for a manual page: type, default, range, Tomcat
 * versions, what a node does with each.
 *
 * Returns: (transfer full): text for groff's man macros
 *
 * Since: 0.1
 */
char *
xmlconf_describe_attributes (const char *const *classes)
{
  g_autoptr (GString) text = g_string_new (".SH ELEMENTS AND ATTRIBUTES\n");

  g_return_val_if_fail (classes, NULL);

  for (guint i = 0; i < xmlconf_table_size (); i++)
    describe_class (text, xmlconf_table_get (i), classes);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * xmlconf_describe_findings:
 *
 * Writes the list of all findings for a manual page: when each is reported, what happens at run
 * time, how to mend it.
 *
 * Returns: (transfer full): text for groff's man macros
 *
 * Since: 0.1
 */
char *
xmlconf_describe_findings (void)
{
  g_autoptr (GString) text = g_string_new (".SH FINDINGS\n");

  for (guint i = 0; i < XMLCONF_N_RULES; i++)
    {
      const XmlconfRuleSpec *rule = &xmlconf_rules[i];
      const char *const sentences[] = { rule->what, rule->effect, rule->mend };

      g_string_append (text, ".TP\n.B ");
      append_escaped (text, rule->id);
      g_string_append_printf (text, "\n(%s)\n", xmlconf_severity_to_string (rule->severity));
      for (guint j = 0; j < G_N_ELEMENTS (sentences); j++)
        {
          append_escaped (text, sentences[j]);
          g_string_append_c (text, '\n');
        }
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
