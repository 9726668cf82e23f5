/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-ended-private.h"

#include "tribes/base/tribes-hash-private.h"

#include <string.h>

typedef struct
{
  GList link; /* in by_use; its data is the entry */
  CatalinaEnd end;
  gint64 until_ms;
  gsize size;
  char key[]; /* context, newline, id */
} Entry;

struct _CatalinaEnded
{
  guint max_ids;
  gsize max_bytes;
  guint keep_ms;
  gsize bytes;
  GHashTable *by_key; /* Entry.key -> Entry */
  GQueue by_use;      /* the same; what was not asked for longest comes first */
};

/* By so much the use of a copy may seem to be later than it was: what a state transfer takes. */
#define SLACK_MS 10000

static gint64
difference (gint64 later, gint64 earlier)
{
  gint64 ms;

  /* Both may be anything. */
  if (__builtin_sub_overflow (later, earlier, &ms))
    return later > earlier ? G_MAXINT64 : G_MININT64;
  return ms;
}

gboolean
catalina_end_refuses (const CatalinaEnd *end,
                      CatalinaSession *copy,
                      gint64 snapshot_ms,
                      gint64 now_wall_ms)
{
  const CatalinaSessionState *state = &copy->state;
  /* Two times of one clock. */
  gint64 unused_ms
      = difference (snapshot_ms > 0 ? snapshot_ms : now_wall_ms, state->last_accessed_time);

  if (end->creation_time != G_MININT64 && state->creation_time != end->creation_time)
    return FALSE;
  switch (end->kind)
    {
    case CATALINA_ENDED_BY_WILL:
      return TRUE;
    case CATALINA_ENDED_IN_TIME:
      return state->max_inactive_interval > 0
             && unused_ms >= state->max_inactive_interval * (gint64) 1000;
    case CATALINA_ENDED_UNKNOWN:
    case CATALINA_ENDED_RENAMED:
    default:
      return unused_ms >= difference (now_wall_ms, end->wall_ms) - SLACK_MS;
    }
}

CatalinaEnded *
catalina_ended_new (const CatalinaLimits *limits)
{
  CatalinaEnded *self = g_rc_box_new0 (CatalinaEnded);

  self->by_key = g_hash_table_new (tribes_str_hash, g_str_equal);
  g_queue_init (&self->by_use);
  catalina_ended_set_limits (self, limits);
  return self;
}

CatalinaEnded *
catalina_ended_ref (CatalinaEnded *self)
{
  return g_rc_box_acquire (self);
}

static void
remove_entry (CatalinaEnded *self, Entry *entry)
{
  g_hash_table_remove (self->by_key, entry->key);
  g_queue_unlink (&self->by_use, &entry->link);
  self->bytes -= entry->size;
  g_clear_pointer (&entry->end.from, tribes_member_unref);
  g_free (entry);
}

static void
remove_first (CatalinaEnded *self)
{
  remove_entry (self, g_queue_peek_head (&self->by_use));
}

static void
ended_clear (gpointer data)
{
  CatalinaEnded *self = data;

  while (self->by_use.length > 0)
    remove_first (self);
  g_hash_table_unref (self->by_key);
}

void
catalina_ended_unref (CatalinaEnded *self)
{
  g_rc_box_release_full (self, ended_clear);
}

static void
fit (CatalinaEnded *self)
{
  while (self->by_use.length > self->max_ids || self->bytes > self->max_bytes)
    remove_first (self);
}

void
catalina_ended_set_limits (CatalinaEnded *self, const CatalinaLimits *limits)
{
  self->max_ids = limits->ended_ids;
  self->max_bytes = limits->ended_bytes;
  self->keep_ms = limits->ended_ms;
  fit (self);
}

static char *
make_key (const char *context, const char *id)
{
  return g_strconcat (context, "\n", id, NULL);
}

static Entry *
find (CatalinaEnded *self, const char *context, const char *id)
{
  g_autofree char *key = NULL;

  if (self->by_use.length == 0)
    return NULL;
  key = make_key (context, id);
  return g_hash_table_lookup (self->by_key, key);
}

void
catalina_ended_add (
    CatalinaEnded *self, const char *context, const char *id, const CatalinaEnd *end, gint64 now_ms)
{
  g_autofree char *key = make_key (context, id);
  gsize size = strlen (key) + 1;
  Entry *entry;

  catalina_ended_forget (self, context, id);
  catalina_ended_drop_old (self, now_ms);
  entry = g_malloc0 (sizeof *entry + size);
  memcpy (entry->key, key, size);
  entry->link.data = entry;
  entry->end = *end;
  entry->end.from = end->from ? tribes_member_ref (end->from) : NULL;
  entry->until_ms = now_ms + self->keep_ms;
  /* With what the table needs for it. */
  entry->size = sizeof *entry + size + 32;
  g_hash_table_insert (self->by_key, entry->key, entry);
  g_queue_push_tail_link (&self->by_use, &entry->link);
  self->bytes += entry->size;
  fit (self);
}

const CatalinaEnd *
catalina_ended_find (CatalinaEnded *self, const char *context, const char *id, gint64 now_ms)
{
  Entry *entry = find (self, context, id);

  if (!entry)
    return NULL;
  if (entry->until_ms <= now_ms)
    {
      remove_entry (self, entry);
      return NULL;
    }
  g_queue_unlink (&self->by_use, &entry->link);
  g_queue_push_tail_link (&self->by_use, &entry->link);
  return &entry->end;
}

void
catalina_ended_forget (CatalinaEnded *self, const char *context, const char *id)
{
  Entry *entry = find (self, context, id);

  if (entry)
    remove_entry (self, entry);
}

/* Those asked for meanwhile stand behind younger ones, and go a little later. */
void
catalina_ended_drop_old (CatalinaEnded *self, gint64 now_ms)
{
  Entry *entry;

  while ((entry = g_queue_peek_head (&self->by_use)) && entry->until_ms <= now_ms)
    remove_entry (self, entry);
}

guint
catalina_ended_get_n (CatalinaEnded *self)
{
  return self->by_use.length;
}
