/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-sources-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

static void
source_free (gpointer data)
{
  CatalinaToolSource *source = data;

  g_free (source->name);
  g_clear_pointer (&source->member, tribes_member_unref);
  g_clear_pointer (&source->gathered, catalina_tool_gathered_free);
  g_free (source);
}

CatalinaToolSources *
catalina_tool_sources_new (const CatalinaToolVisit *visit, const char *context)
{
  CatalinaToolSources *self = g_new0 (CatalinaToolSources, 1);

  self->visit = visit;
  self->context = context;
  self->all = g_ptr_array_new_with_free_func (source_free);
  return self;
}

void
catalina_tool_sources_free (CatalinaToolSources *self)
{
  g_ptr_array_unref (self->all);
  g_free (self);
}

CatalinaToolSource *
catalina_tool_sources_at (const CatalinaToolSources *self, guint source)
{
  return g_ptr_array_index (self->all, source);
}

static CatalinaToolSource *
add (CatalinaToolSources *self, const char *name, GError **error)
{
  CatalinaToolSource *source;

  if (self->all->len >= CATALINA_TOOL_SOURCES_MAX)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "expected at most %d members and files", CATALINA_TOOL_SOURCES_MAX);
      return NULL;
    }
  source = g_new0 (CatalinaToolSource, 1);
  source->name = g_strdup (name);
  g_ptr_array_add (self->all, source);
  return source;
}

gboolean
catalina_tool_sources_add_file (CatalinaToolSources *self, const char *file, GError **error)
{
  CatalinaToolSource *source = add (self, file, error);

  return source && (source->gathered = catalina_tool_gather_from_file (file, error)) != NULL;
}

gboolean
catalina_tool_sources_add_member (CatalinaToolSources *self, const char *address, GError **error)
{
  CatalinaToolSource *source = add (self, address, error);

  return source && (source->member = catalina_tool_visit_parse (address, error)) != NULL;
}

gboolean
catalina_tool_sources_add_any (CatalinaToolSources *self, const char *name, GError **error)
{
  gboolean is_file = strcmp (name, "-") == 0 || g_file_test (name, G_FILE_TEST_EXISTS);

  return is_file ? catalina_tool_sources_add_file (self, name, error)
                 : catalina_tool_sources_add_member (self, name, error);
}

static gboolean
ask (CatalinaToolSources *self, CatalinaToolSource *source, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!source->member)
    return TRUE;
  g_clear_pointer (&source->gathered, catalina_tool_gathered_free);
  source->gathered = catalina_tool_gather (self->visit, source->member, self->context, &reason);
  if (!source->gathered && self->context && self->may_lack_context
      && g_error_matches (reason, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER))
    source->gathered = catalina_tool_gathered_new ();
  if (!source->gathered)
    g_propagate_error (error, g_steal_pointer (&reason));
  return source->gathered != NULL;
}

CatalinaToolCopies *
catalina_tool_sources_ask (CatalinaToolSources *self, gboolean keep, GError **error)
{
  g_autoptr (CatalinaToolCopies) copies = catalina_tool_copies_new (self->all->len, self->context);

  for (guint i = 0; i < self->all->len; i++)
    {
      CatalinaToolSource *source = catalina_tool_sources_at (self, i);

      if (!ask (self, source, error))
        return NULL;
      if (!catalina_tool_copies_add (copies, i, source->gathered, error))
        {
          g_prefix_error (error, "%s: ", source->name);
          return NULL;
        }
      source->clock_min_ms = source->gathered->clock_min_ms;
      source->clock_max_ms = source->gathered->clock_max_ms;
      if (!keep && source->member)
        g_clear_pointer (&source->gathered, catalina_tool_gathered_free);
    }
  return g_steal_pointer (&copies);
}

char *
catalina_tool_sources_list (const CatalinaToolSources *self, guint64 sources)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->all->len; i++)
    {
      if (catalina_tool_has (sources, i))
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "",
                                catalina_tool_sources_at (self, i)->name);
    }
  return g_string_free (text, FALSE);
}

void
catalina_tool_sources_add_json (TribesJson *json,
                                const char *name,
                                const CatalinaToolSources *self,
                                guint64 sources)
{
  tribes_json_key (json, name);
  tribes_json_begin_array (json);
  for (guint i = 0; i < self->all->len; i++)
    {
      if (catalina_tool_has (sources, i))
        tribes_json_string (json, catalina_tool_sources_at (self, i)->name);
    }
  tribes_json_end_array (json);
}

char *
catalina_tool_format_time (gint64 ms)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ms / 1000);
  g_autofree char *seconds = utc ? g_date_time_format (utc, "%Y-%m-%dT%H:%M:%S") : NULL;

  return seconds ? g_strdup_printf ("%s.%03dZ", seconds, (int) (ms % 1000)) : g_strdup ("?");
}
