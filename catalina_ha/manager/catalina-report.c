/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-report-private.h"

#include "catalina_ha/session/catalina-error.h"
#include "tribes/base/tribes-error.h"

#define KEY "catalina-report"

static void
told_clear (gpointer data)
{
  tribes_member_unref (((CatalinaTold *) data)->member);
}

CatalinaReport *
catalina_report_new (void)
{
  CatalinaReport *report = g_new0 (CatalinaReport, 1);

  report->told = g_array_new (FALSE, FALSE, sizeof (CatalinaTold));
  g_array_set_clear_func (report->told, told_clear);
  return report;
}

void
catalina_report_free (CatalinaReport *report)
{
  g_array_unref (report->told);
  g_free (report->id);
  g_free (report);
}

void
catalina_report_add (CatalinaReport *report, TribesMember *member, CatalinaOutcome outcome)
{
  CatalinaTold added = { .outcome = outcome };

  for (guint i = 0; i < report->told->len; i++)
    {
      CatalinaTold *told = &g_array_index (report->told, CatalinaTold, i);

      if (!tribes_member_equal (told->member, member))
        continue;
      told->outcome = MAX (told->outcome, outcome);
      return;
    }
  added.member = tribes_member_ref (member);
  g_array_append_val (report->told, added);
}

GError *
catalina_report_translate (const GError *cause)
{
  CatalinaError code = CATALINA_ERROR_NOT_EVERYWHERE;

  if (cause->domain == CATALINA_ERROR)
    return g_error_copy (cause);
  if (g_error_matches (cause, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT))
    code = CATALINA_ERROR_UNCONFIRMED;
  else if (g_error_matches (cause, TRIBES_ERROR, TRIBES_ERROR_BUSY))
    code = CATALINA_ERROR_BUSY;
  return g_error_new_literal (CATALINA_ERROR, code, cause->message);
}

const CatalinaReport *
catalina_report_get (GAsyncResult *result)
{
  return g_object_get_data (G_OBJECT (result), KEY);
}

void
catalina_report_attach (CatalinaReport *report, GTask *task)
{
  g_object_set_data_full (G_OBJECT (task), KEY, report, (GDestroyNotify) catalina_report_free);
}
