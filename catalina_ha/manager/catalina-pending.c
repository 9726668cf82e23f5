/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-pending-private.h"

#include "catalina_ha/session/catalina-error.h"

static void
pending_free (gpointer data)
{
  CatalinaPending *self = data;

  g_clear_object (&self->task);
  g_clear_error (&self->error);
  g_clear_pointer (&self->report, catalina_report_free);
  g_clear_pointer (&self->found, catalina_session_unref);
  g_free (self->id);
  g_free (self);
}

GHashTable *
catalina_pendings_new (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, pending_free);
}

CatalinaPending *
catalina_pending_new (GHashTable *pendings, guint64 token, GTask *task)
{
  CatalinaPending *self = g_new0 (CatalinaPending, 1);

  self->token = token;
  self->task = task;
  self->holds = 1;
  self->report = catalina_report_new ();
  g_hash_table_insert (pendings, &self->token, self);
  return self;
}

CatalinaPending *
catalina_pending_find (GHashTable *pendings, guint64 token)
{
  return g_hash_table_lookup (pendings, &token);
}

void
catalina_pending_hold (CatalinaPending *self)
{
  self->holds++;
}

void
catalina_pending_note (CatalinaPending *self, GError *error)
{
  g_autoptr (GError) other = error;

  if (!error)
    return;
  if (!self->error)
    self->error = g_steal_pointer (&other);
  else if (g_error_matches (self->error, CATALINA_ERROR, CATALINA_ERROR_UNCONFIRMED)
           && !g_error_matches (error, CATALINA_ERROR, CATALINA_ERROR_UNCONFIRMED))
    {
      g_autoptr (GError) unconfirmed = g_steal_pointer (&self->error);

      self->error = g_error_new (error->domain, error->code, "%s; %s", error->message,
                                 unconfirmed->message);
    }
}

static void
answer (GTask *task, const char *id, CatalinaSession *found, GError *error)
{
  if (error)
    g_task_return_error (task, error);
  else if (found)
    g_task_return_pointer (task, catalina_session_ref (found),
                           (GDestroyNotify) catalina_session_unref);
  else if (id)
    g_task_return_pointer (task, g_strdup (id), g_free);
  else
    g_task_return_boolean (task, TRUE);
}

void
catalina_pending_release (GHashTable *pendings, CatalinaPending *self, GError *error)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (CatalinaSession) found = NULL;
  g_autofree char *id = NULL;
  GError *first;

  catalina_pending_note (self, error);
  if (--self->holds > 0)
    return;
  task = g_steal_pointer (&self->task);
  id = g_steal_pointer (&self->id);
  found = g_steal_pointer (&self->found);
  first = g_steal_pointer (&self->error);
  self->report->id = g_strdup (id);
  if (task)
    catalina_report_attach (g_steal_pointer (&self->report), task);
  g_hash_table_remove (pendings, &self->token);
  if (task)
    answer (task, id, found, first);
  else
    g_clear_error (&first);
}

void
catalina_pendings_fail (GHashTable *pendings, const GError *error)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, pendings);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      CatalinaPending *self = value;

      if (self->task)
        g_task_return_error (self->task, g_error_copy (error));
    }
}
