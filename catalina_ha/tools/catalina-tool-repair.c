/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-repair-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/base/tribes-json-writer-private.h"

/* Copies of one change are not of one time: whoever is told of a session that was made has the time
 * when its request began, and its first delta may be lost. */
#define TIE_MS 1000

/* What counts with times from outside may add and subtract them. */
static gint64
limit_time (gint64 ms)
{
  return CLAMP (ms, 0, G_MAXINT64 / 8);
}

static gint64
limit_offset (gint64 ms)
{
  return CLAMP (ms, -G_MAXINT64 / 8, G_MAXINT64 / 8);
}

static gint64
get_used (const CatalinaToolCopy *copy, guint source)
{
  return limit_time (copy->uses[source].used_ms);
}

/* By how much more the clock of @a may be before this one's than that of @b. */
static gint64
get_doubt (CatalinaToolSources *sources, guint a, guint b)
{
  const CatalinaToolSource *one = catalina_tool_sources_at (sources, a);
  const CatalinaToolSource *other = catalina_tool_sources_at (sources, b);

  return MAX (limit_offset (one->clock_max_ms) - limit_offset (other->clock_min_ms), 0);
}

/* The one that is nearest to be the newest, too; G_MAXUINT for none. */
static guint
find_rival (CatalinaToolSources *sources, const CatalinaToolCopy *copy, guint newest)
{
  guint rival = G_MAXUINT;
  gint64 least = G_MAXINT64;

  for (guint i = 0; i < copy->n_sources; i++)
    {
      gint64 lead;

      if (i == newest || !catalina_tool_has (copy->present, i)
          || catalina_tool_copy_is_same (copy, newest, i))
        continue;
      lead = get_used (copy, newest) - get_used (copy, i) - get_doubt (sources, newest, i);
      if (lead <= TIE_MS && lead < least)
        {
          rival = i;
          least = lead;
        }
    }
  return rival;
}

/* Who has another, or none though he has the web application. */
static guint64
find_others (CatalinaToolSources *sources, const CatalinaToolCopy *copy, guint newest)
{
  guint64 others = 0;

  for (guint i = 0; i < copy->n_sources; i++)
    {
      const CatalinaToolGathered *said = catalina_tool_sources_at (sources, i)->gathered;

      if (i != newest && catalina_tool_gathered_peek (said, copy->context)
          && !catalina_tool_copy_is_same (copy, newest, i))
        others |= catalina_tool_bit (i);
    }
  return others;
}

/* NULL: there is nobody to whom something could be written. */
static CatalinaToolRepair *
plan (CatalinaToolSources *sources, const CatalinaToolCopy *copy)
{
  guint newest = catalina_tool_copy_find_newest (copy);
  guint64 others = find_others (sources, copy, newest);
  CatalinaToolRepair *repair;

  if (others == 0)
    return NULL;
  repair = g_new0 (CatalinaToolRepair, 1);
  repair->copy = copy;
  repair->newest = newest;
  repair->rival = find_rival (sources, copy, newest);
  if (repair->rival == G_MAXUINT)
    repair->write = catalina_tool_write_new (copy, newest, others);
  else
    {
      repair->lead_ms = get_used (copy, newest) - get_used (copy, repair->rival);
      repair->doubt_ms = get_doubt (sources, newest, repair->rival);
    }
  return repair;
}

static void
repair_free (gpointer data)
{
  CatalinaToolRepair *repair = data;

  g_clear_pointer (&repair->write, catalina_tool_write_free);
  g_free (repair);
}

GPtrArray *
catalina_tool_repair_plan (CatalinaToolSources *sources,
                           CatalinaToolCopies *copies,
                           GPtrArray *differences)
{
  GPtrArray *planned = g_ptr_array_new_with_free_func (repair_free);
  const CatalinaToolCopy *last = NULL;

  for (guint i = 0; i < differences->len; i++)
    {
      const CatalinaToolDifference *difference = g_ptr_array_index (differences, i);
      const CatalinaToolCopy *copy
          = catalina_tool_copies_find (copies, difference->context, difference->id);

      CatalinaToolRepair *repair = copy && copy != last ? plan (sources, copy) : NULL;

      if (repair)
        g_ptr_array_add (planned, repair);
      last = copy;
    }
  return planned;
}

/* What is written of it to those who have another. */
static GPtrArray *
list_parts (const CatalinaToolRepair *repair)
{
  GPtrArray *names = g_ptr_array_new ();
  const CatalinaToolCopy *copy = repair->copy;

  for (guint i = 0; i < copy->parts->len; i++)
    {
      const CatalinaToolPart *part = g_ptr_array_index (copy->parts, i);
      gboolean differs = FALSE;

      for (guint j = 0; j < copy->n_sources; j++)
        differs |= catalina_tool_has (copy->present, j)
                   && catalina_tool_part_differs (part, repair->newest, j);
      if (differs)
        g_ptr_array_add (names, part->what);
    }
  return names;
}

static void
add_write (GString *out, const CatalinaToolSources *sources, const CatalinaToolRepair *repair)
{
  const CatalinaToolCopy *copy = repair->copy;
  guint64 to = repair->write->to;
  g_autofree char *time = catalina_tool_format_time (copy->uses[repair->newest].used_ms);
  g_autofree char *lacking = catalina_tool_sources_list (sources, to & ~copy->present);
  g_autofree char *other = catalina_tool_sources_list (sources, to & copy->present);
  g_autoptr (GPtrArray) parts = list_parts (repair);

  g_string_append_printf (out, "repair: from %s, %s:",
                          catalina_tool_sources_at (sources, repair->newest)->name, time);
  for (guint i = 0; i < parts->len; i++)
    {
      g_autofree char *what = g_strescape (g_ptr_array_index (parts, i), NULL);

      g_string_append_printf (out, "%s %s", i > 0 ? "," : "", what);
    }
  if (parts->len > 0)
    g_string_append_printf (out, " at %s%s", other, lacking[0] != '\0' ? ";" : "");
  if (lacking[0] != '\0')
    g_string_append_printf (out, " session at %s", lacking);
}

static void
add_doubt (GString *out, const CatalinaToolSources *sources, const CatalinaToolRepair *repair)
{
  g_string_append_printf (out,
                          "not repaired: %s is newer than %s by %" G_GINT64_FORMAT
                          " ms only, and the clocks may differ by %" G_GINT64_FORMAT " ms",
                          catalina_tool_sources_at (sources, repair->newest)->name,
                          catalina_tool_sources_at (sources, repair->rival)->name, repair->lead_ms,
                          repair->doubt_ms);
}

void
catalina_tool_repair_add_text (GString *out,
                               const CatalinaToolSources *sources,
                               const CatalinaToolRepair *repair,
                               gboolean applied)
{
  g_autofree char *shown = catalina_shown_id (repair->copy->id);
  g_autofree char *context = g_strescape (repair->copy->context, NULL);

  g_string_append_printf (out, "%s %s ", context, shown);
  if (repair->write)
    add_write (out, sources, repair);
  else
    add_doubt (out, sources, repair);
  if (repair->write && applied)
    g_string_append_printf (out, ": %s", catalina_tool_outcome_to_string (repair->write->outcome));
  g_string_append_c (out, '\n');
}

void
catalina_tool_repair_add_json (GString *out,
                               const CatalinaToolSources *sources,
                               const CatalinaToolRepair *repair,
                               gboolean applied)
{
  g_autofree char *hash = catalina_hash_id (repair->copy->id);
  const char *outcome = !repair->write ? "doubt"
                        : applied      ? catalina_tool_outcome_to_string (repair->write->outcome)
                                       : "planned";
  TribesJson json = { .out = out };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "context", repair->copy->context);
  if (catalina_whole_ids_are_shown ())
    tribes_json_add_string (&json, "id", repair->copy->id);
  tribes_json_add_string (&json, "hash", hash);
  tribes_json_add_string (&json, "repair", outcome);
  tribes_json_add_string (&json, "newest",
                          catalina_tool_sources_at (sources, repair->newest)->name);
  tribes_json_add_int (&json, "newestTime", repair->copy->uses[repair->newest].used_ms);
  if (repair->write)
    catalina_tool_sources_add_json (&json, "to", sources, repair->write->to);
  else
    {
      tribes_json_add_string (&json, "rival",
                              catalina_tool_sources_at (sources, repair->rival)->name);
      tribes_json_add_int (&json, "leadMilliseconds", repair->lead_ms);
      tribes_json_add_int (&json, "clockMilliseconds", repair->doubt_ms);
    }
  tribes_json_end_object (&json);
  g_string_append_c (out, '\n');
}

gboolean
catalina_tool_repair_apply (CatalinaToolSources *sources, GPtrArray *plan, GError **error)
{
  g_autoptr (GPtrArray) writes = g_ptr_array_new ();

  for (guint i = 0; i < plan->len; i++)
    {
      CatalinaToolRepair *repair = g_ptr_array_index (plan, i);

      if (repair->write)
        g_ptr_array_add (writes, repair->write);
    }
  return writes->len == 0 || catalina_tool_write_all (sources, writes, error);
}
