/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/session/catalina-session-store-private.h"

#include "tribes/base/tribes-hash-private.h"

struct _CatalinaSessionStore
{
  const CatalinaLimits *limits;
  GHashTable *by_id;   /* state.id -> session */
  GPtrArray *sessions; /* owned; session->index is the place */
  gsize bytes;
};

CatalinaSessionStore *
catalina_session_store_new (const CatalinaLimits *limits)
{
  CatalinaSessionStore *self = g_new0 (CatalinaSessionStore, 1);

  self->limits = limits;
  self->by_id = g_hash_table_new (tribes_str_hash, g_str_equal);
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_session_unref);
  return self;
}

void
catalina_session_store_free (CatalinaSessionStore *self)
{
  g_hash_table_unref (self->by_id);
  g_ptr_array_unref (self->sessions);
  g_free (self);
}

guint
catalina_session_store_get_n (CatalinaSessionStore *self)
{
  return self->sessions->len;
}

CatalinaSession *
catalina_session_store_get_at (CatalinaSessionStore *self, guint index)
{
  return self->sessions->pdata[index];
}

gsize
catalina_session_store_get_bytes (CatalinaSessionStore *self)
{
  return self->bytes;
}

CatalinaSession *
catalina_session_store_lookup (CatalinaSessionStore *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

gboolean
catalina_session_store_has_room (CatalinaSessionStore *self, CatalinaSession *session)
{
  return self->sessions->len < self->limits->sessions
         && catalina_session_get_n_attributes (session) <= self->limits->session_attributes
         && session->size <= self->limits->session_bytes
         && self->bytes + session->size <= self->limits->context_bytes;
}

CatalinaSession *
catalina_session_store_add (CatalinaSessionStore *self, CatalinaSession *session)
{
  CatalinaSession *old = catalina_session_store_lookup (self, session->state.id);

  if (old)
    catalina_session_store_remove (self, old);
  session->index = self->sessions->len;
  g_ptr_array_add (self->sessions, session);
  g_hash_table_insert (self->by_id, session->state.id, session);
  self->bytes += session->size;
  return session;
}

void
catalina_session_store_remove (CatalinaSessionStore *self, CatalinaSession *session)
{
  guint index = session->index;

  g_hash_table_remove (self->by_id, session->state.id);
  self->bytes -= session->size;
  /* May free the session. */
  g_ptr_array_remove_index_fast (self->sessions, index);
  if (index < self->sessions->len)
    ((CatalinaSession *) self->sessions->pdata[index])->index = index;
}

CatalinaSession *
catalina_session_store_edit (CatalinaSessionStore *self, CatalinaSession *session)
{
  guint index = session->index;

  self->bytes -= session->size;
  if (g_atomic_int_get (&session->ref_count) > 1)
    {
      CatalinaSession *copy = catalina_session_copy (session);

      g_hash_table_replace (self->by_id, copy->state.id, copy);
      self->sessions->pdata[index] = copy;
      catalina_session_unref (session);
      session = copy;
    }
  return session;
}

void
catalina_session_store_edited (CatalinaSessionStore *self, CatalinaSession *session)
{
  self->bytes += session->size;
}

CatalinaSession *
catalina_session_store_rename (CatalinaSessionStore *self,
                               CatalinaSession *session,
                               const char *new_id)
{
  CatalinaSession *other = catalina_session_store_lookup (self, new_id);
  g_autofree char *old_id = NULL;

  if (other == session)
    return session;
  if (other)
    catalina_session_store_remove (self, other);
  session = catalina_session_store_edit (self, session);
  g_hash_table_remove (self->by_id, session->state.id);
  old_id = g_steal_pointer (&session->state.id);
  session->state.id = g_strdup (new_id);
  g_hash_table_insert (self->by_id, session->state.id, session);
  catalina_session_update_size (session);
  catalina_session_store_edited (self, session);
  return session;
}

GPtrArray *
catalina_session_store_snapshot (CatalinaSessionStore *self)
{
  GPtrArray *snapshot
      = g_ptr_array_new_full (self->sessions->len, (GDestroyNotify) catalina_session_unref);

  for (guint i = 0; i < self->sessions->len; i++)
    {
      CatalinaSession *session = self->sessions->pdata[i];

      if (!session->is_stale)
        g_ptr_array_add (snapshot, catalina_session_ref (session));
    }
  return snapshot;
}
