/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings, and their collection: no two alike, no more than anybody reads, each on one line
 * whatever the file has in its names.
 */
#include "xmlconf/xmlconf-report-private.h"

#include <string.h>

struct _XmlconfFinding
{
  XmlconfRule rule;
  char *file;
  guint line;
  char *message;
};

G_DEFINE_BOXED_TYPE (XmlconfFinding, xmlconf_finding, xmlconf_finding_ref, xmlconf_finding_unref)

static void
finding_clear (gpointer data)
{
  XmlconfFinding *self = data;

  g_free (self->file);
  g_free (self->message);
}

/**
 * xmlconf_finding_ref:
 * @self: a finding
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
XmlconfFinding *
xmlconf_finding_ref (XmlconfFinding *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * xmlconf_finding_unref:
 * @self: (transfer full): a finding
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
xmlconf_finding_unref (XmlconfFinding *self)
{
  g_atomic_rc_box_release_full (self, finding_clear);
}

/**
 * xmlconf_finding_get_id:
 * @self: a finding
 *
 * Gets the name of the rule, for programs and to look up in the manual.
 *
 * Returns: the name: `encrypt-order`
 *
 * Since: 0.1
 */
const char *
xmlconf_finding_get_id (XmlconfFinding *self)
{
  return xmlconf_rules[self->rule].id;
}

/**
 * xmlconf_finding_get_severity:
 * @self: a finding
 *
 * Gets how bad it is.
 *
 * Returns: the severity
 *
 * Since: 0.1
 */
XmlconfSeverity
xmlconf_finding_get_severity (XmlconfFinding *self)
{
  return xmlconf_rules[self->rule].severity;
}

/**
 * xmlconf_finding_get_file:
 * @self: a finding
 *
 * Gets the file it is in.
 *
 * Returns: (type filename): the file name
 *
 * Since: 0.1
 */
const char *
xmlconf_finding_get_file (XmlconfFinding *self)
{
  return self->file;
}

/**
 * xmlconf_finding_get_line:
 * @self: a finding
 *
 * Gets the line it is on.
 *
 * Returns: the line, counted from 1
 *
 * Since: 0.1
 */
guint
xmlconf_finding_get_line (XmlconfFinding *self)
{
  return self->line;
}

/**
 * xmlconf_finding_get_message:
 * @self: a finding
 *
 * Gets what is wrong, in one line.
 *
 * Returns: the message
 *
 * Since: 0.1
 */
const char *
xmlconf_finding_get_message (XmlconfFinding *self)
{
  return self->message;
}

/**
 * xmlconf_finding_get_effect:
 * @self: a finding
 *
 * Gets what happens at run time because of it.
 *
 * Returns: a sentence
 *
 * Since: 0.1
 */
const char *
xmlconf_finding_get_effect (XmlconfFinding *self)
{
  return xmlconf_rules[self->rule].effect;
}

/**
 * xmlconf_finding_get_mend:
 * @self: a finding
 *
 * Gets what to do about it.
 *
 * Returns: a sentence
 *
 * Since: 0.1
 */
const char *
xmlconf_finding_get_mend (XmlconfFinding *self)
{
  return xmlconf_rules[self->rule].mend;
}

/**
 * xmlconf_severity_to_string:
 * @severity: a severity
 *
 * Gets the word for a severity.
 *
 * Returns: `note`, `warning` or `error`
 *
 * Since: 0.1
 */
const char *
xmlconf_severity_to_string (XmlconfSeverity severity)
{
  static const char *const names[] = { "note", "warning", "error" };

  g_return_val_if_fail ((guint) severity < G_N_ELEMENTS (names), "error");
  return names[severity];
}

void
xmlconf_report_init (XmlconfReport *report)
{
  report->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_finding_unref);
}

static gboolean
is_reported (const XmlconfReport *report, const XmlconfFinding *finding)
{
  for (guint i = 0; i < report->findings->len; i++)
    {
      const XmlconfFinding *other = g_ptr_array_index (report->findings, i);

      if (other->rule == finding->rule && other->line == finding->line
          && strcmp (other->file, finding->file) == 0
          && strcmp (other->message, finding->message) == 0)
        return TRUE;
    }
  return FALSE;
}

/* A file of 50,000 wrong elements needs no 50,000 findings, and is_reported() looks at all. */
#define MAX_FINDINGS 1000

/* Names and values come from the file; a line break in one must not look like a second finding, and
 * none of them steers the terminal. XML has the control characters up to U+009F, too, which are two
 * bytes each, and separators of lines and changes of direction, which are three. */
static void
blank_out (char *message)
{
  for (char *p = message; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char_validated (p, -1);
      gsize size = (gint32) c < 0 ? 1 : (gsize) g_utf8_skip[(guint8) *p];

      if ((gint32) c < 0 || g_unichar_iscntrl (c) || (c >= 0x2028 && c <= 0x202e)
          || (c >= 0x2066 && c <= 0x2069))
        memset (p, ' ', size);
    }
}

G_GNUC_PRINTF (5, 0)
static void
report_va (XmlconfReport *report,
           XmlconfRule rule,
           const char *file,
           guint line,
           const char *format,
           va_list args)
{
  g_autoptr (XmlconfFinding) finding = NULL;

  if (report->findings->len >= MAX_FINDINGS)
    return;
  finding = g_atomic_rc_box_new0 (XmlconfFinding);
  finding->rule = rule;
  finding->file = g_strdup (file);
  finding->line = MAX (line, 1);
  finding->message = g_strdup_vprintf (format, args);
  blank_out (finding->message);
  if (!is_reported (report, finding))
    g_ptr_array_add (report->findings, g_steal_pointer (&finding));
}

void
xmlconf_report (
    XmlconfReport *report, XmlconfRule rule, const char *file, guint line, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  report_va (report, rule, file, line, format, args);
  va_end (args);
}

void
xmlconf_report_at (XmlconfReport *report,
                   XmlconfRule rule,
                   XmlconfNode *node,
                   const char *attribute,
                   const char *format,
                   ...)
{
  guint line = attribute ? xmlconf_node_get_attribute_line (node, attribute) : node->line;
  va_list args;

  va_start (args, format);
  report_va (report, rule, node->file, line, format, args);
  va_end (args);
}

static int
compare_findings (gconstpointer a, gconstpointer b)
{
  const XmlconfFinding *x = *(const XmlconfFinding *const *) a;
  const XmlconfFinding *y = *(const XmlconfFinding *const *) b;
  int order = strcmp (x->file, y->file);

  if (order == 0)
    order = (x->line > y->line) - (x->line < y->line);
  return order != 0 ? order : (int) x->rule - (int) y->rule;
}

GPtrArray *
xmlconf_report_finish (XmlconfReport *report)
{
  g_ptr_array_sort (report->findings, compare_findings);
  return report->findings;
}
