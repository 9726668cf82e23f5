/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-filter-private.h"

#include <unistd.h>

#include "catalina_ha/filter/catalina-filter-error-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

static void
complain (const char *option, const char *text, gsize offset, const GError *error)
{
  g_autofree char *pointer = NULL;

  (void) catalina_tool_complain (CATALINA_TOOL_USAGE, "%s: %s", option, error->message);
  if (!isatty (STDERR_FILENO))
    return;
  pointer = catalina_filter_dup_pointer (text, offset);
  g_printerr ("%s", pointer);
}

CatalinaFilter *
catalina_tool_filter_new (const char *text, const CatalinaFilterWords *words)
{
  g_autoptr (GError) error = NULL;
  gsize offset;
  CatalinaFilter *filter = catalina_filter_new (text, words, &offset, &error);

  if (!filter)
    complain ("--filter", text, offset, error);
  return filter;
}

CatalinaTemplate *
catalina_tool_template_new (const char *text)
{
  g_autoptr (GError) error = NULL;
  gsize offset;
  CatalinaTemplate *template = catalina_template_new (text, &offset, &error);

  if (!template)
    complain ("--template", text, offset, error);
  return template;
}
