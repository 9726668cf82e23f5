/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tipis/catalina-full-map-private.h"

#include "catalina_ha/session/catalina-error.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/base/tribes-rate-limit-private.h"

struct _CatalinaFullMap
{
  CatalinaMapDriver *driver;
  const CatalinaFullMapKind *kind;
  GObject *owner;
  GHashTable *told; /* key -> value: what the owner knows of */
  GPtrArray *tasks; /* that wait for the others */
  gsize bytes;
  gsize max_bytes;
  guint64 refused;
  TribesRateLimit complaints;
};

/* A value in the map. */
typedef struct
{
  CatalinaFullMap *map;
  gpointer value;
  gsize size;
} Held;

static Held *
held_new (CatalinaFullMap *self, const char *key, gpointer value)
{
  Held *held = g_new (Held, 1);

  *held = (Held){ self, self->kind->ref (value), self->kind->get_size (value) + strlen (key) };
  self->bytes += held->size;
  return held;
}

static void
held_free (gpointer data)
{
  Held *held = data;

  held->map->bytes -= held->size;
  held->map->kind->unref (held->value);
  g_free (held);
}

static void
held_set (Held *held, gpointer value)
{
  gpointer old = held->value;
  gsize grown = held->map->kind->get_size (value);
  gsize shrunk = held->map->kind->get_size (old);

  held->value = held->map->kind->ref (value);
  held->size += grown - shrunk;
  held->map->bytes += grown - shrunk;
  held->map->kind->unref (old);
}

static void
complain (CatalinaFullMap *self, const GError *error)
{
  gsize size;
  TribesMember *from = catalina_map_driver_get_cause (self->driver, &size);
  g_autofree char *name = from ? tribes_member_to_string (from) : NULL;
  guint more;

  self->refused++;
  if (tribes_rate_limit_allow (&self->complaints, tribes_clock_get_us (), &more))
    g_warning ("%s: %s: not kept: %s (%u more not shown)", name ? name : "another member",
               self->kind->what, error->message, more);
}

static gboolean
check_room (CatalinaFullMap *self, gsize size, GError **error)
{
  if (self->bytes <= self->max_bytes && size <= self->max_bytes - self->bytes)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
               "expected at most %" G_GSIZE_FORMAT " bytes in all, found %" G_GSIZE_FORMAT,
               self->max_bytes, self->bytes + size);
  return FALSE;
}

static gpointer
read_value (const char *key, CatalinaMapBytes object, gpointer data, GError **error)
{
  CatalinaFullMap *self = data;
  g_autoptr (GError) problem = NULL;
  gpointer value = self->kind->read (object, &problem);
  Held *held = NULL;

  if (value && check_room (self, self->kind->get_size (value) + strlen (key), &problem))
    held = held_new (self, key, value);
  if (value)
    self->kind->unref (value);
  if (held)
    return held;
  complain (self, problem);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

/* No map of this kind has values that say what changed in them. */
static gboolean
apply_diff (const char *key, gpointer *value, CatalinaMapBytes diff, gpointer data, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
               "expected a whole value, found a change");
  return FALSE;
}

static GBytes *
write_value (const char *key, gpointer value, gpointer data)
{
  CatalinaFullMap *self = data;

  return self->kind->write (((Held *) value)->value);
}

static const CatalinaMapValues values = { read_value, apply_diff, write_value, held_free };

/* (nullable) (transfer none) */
static Held *
find (CatalinaFullMap *self, const char *key)
{
  CatalinaReplicatedMap *map = catalina_map_driver_get_map (self->driver);
  const CatalinaMapEntry *entry = map ? catalina_replicated_map_look (map, key) : NULL;

  return entry ? entry->value : NULL;
}

static void
note (CatalinaFullMap *self, const char *key, gpointer value)
{
  g_hash_table_replace (self->told, g_strdup (key), self->kind->ref (value));
}

static void
tell_changed (CatalinaFullMap *self, const char *key)
{
  Held *held = find (self, key);
  gpointer old = g_hash_table_lookup (self->told, key);
  gpointer value;

  if (!held || held->value == old)
    return;
  value = self->kind->ref (held->value);
  if (old)
    self->kind->ref (old);
  note (self, key, value);
  self->kind->changed (self->owner, key, value, old);
  if (old)
    self->kind->unref (old);
  self->kind->unref (value);
}

static void
tell_gone (CatalinaFullMap *self, const char *key)
{
  gpointer known;
  gpointer old;

  /* Taken away, and put again before anybody heard of it. */
  if (find (self, key) || !g_hash_table_steal_extended (self->told, key, &known, &old))
    return;
  self->kind->gone (self->owner, key, old);
  self->kind->unref (old);
  g_free (known);
}

static void
on_told (CatalinaMapDriver *driver, const CatalinaMapEvent *event, gpointer data)
{
  g_autoptr (GObject) kept = g_object_ref (((CatalinaFullMap *) data)->owner);

  switch (event->kind)
    {
    case CATALINA_MAP_EVENT_CHANGED:
    case CATALINA_MAP_EVENT_GOT:
      tell_changed (data, event->key);
      break;
    case CATALINA_MAP_EVENT_REMOVED:
    case CATALINA_MAP_EVENT_LOST:
      tell_gone (data, event->key);
      break;
    default:
      break;
    }
}

CatalinaFullMap *
catalina_full_map_new (CatalinaMaps *maps,
                       const CatalinaFullMapSettings *settings,
                       const CatalinaFullMapKind *kind,
                       GObject *owner)
{
  CatalinaFullMap *self = g_new0 (CatalinaFullMap, 1);
  const CatalinaMapDriverSettings driver = {
    .name = settings->name,
    .kind = CATALINA_MAP_FULL,
    .send_options = settings->send_options,
    .rpc_timeout_ms = settings->rpc_timeout_ms,
    .access_timeout_ms = settings->access_timeout_ms,
    .max_entries = settings->max_entries,
    .values = &values,
    .told = on_told,
    .data = self,
  };

  self->kind = kind;
  self->owner = owner;
  self->max_bytes = settings->max_bytes;
  self->told = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, kind->unref);
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  self->driver = catalina_map_driver_new (maps, &driver);
  return self;
}

static void
end_tasks (CatalinaFullMap *self)
{
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->tasks);

  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_new_error (tasks->pdata[i], CATALINA_ERROR, CATALINA_ERROR_STOPPED,
                             "%s: the cluster is stopped", self->kind->what);
}

void
catalina_full_map_free (CatalinaFullMap *self)
{
  catalina_full_map_stop (self);
  catalina_map_driver_free (self->driver);
  g_hash_table_unref (self->told);
  g_ptr_array_unref (self->tasks);
  g_free (self);
}

gboolean
catalina_full_map_start (CatalinaFullMap *self, GError **error)
{
  return catalina_map_driver_start (self->driver, error);
}

void
catalina_full_map_stop (CatalinaFullMap *self)
{
  catalina_map_driver_stop (self->driver);
  g_hash_table_remove_all (self->told);
  end_tasks (self);
}

gboolean
catalina_full_map_is_started (CatalinaFullMap *self)
{
  return catalina_map_driver_get_map (self->driver) != NULL;
}

gboolean
catalina_full_map_is_transferred (CatalinaFullMap *self)
{
  CatalinaReplicatedMap *map = catalina_map_driver_get_map (self->driver);

  return map && catalina_replicated_map_is_transferred (map);
}

GPtrArray *
catalina_full_map_list_members (CatalinaFullMap *self)
{
  CatalinaReplicatedMap *map = catalina_map_driver_get_map (self->driver);

  return map ? catalina_replicated_map_list_members (map) : g_ptr_array_new ();
}

gpointer
catalina_full_map_lookup (CatalinaFullMap *self, const char *key)
{
  Held *held = find (self, key);

  return held ? held->value : NULL;
}

guint
catalina_full_map_get_n_entries (CatalinaFullMap *self)
{
  return g_hash_table_size (self->told);
}

gsize
catalina_full_map_get_bytes (CatalinaFullMap *self)
{
  return self->bytes;
}

guint64
catalina_full_map_get_refused (CatalinaFullMap *self)
{
  return self->refused;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
catalina_full_map_list_keys (CatalinaFullMap *self)
{
  CatalinaReplicatedMap *map = catalina_map_driver_get_map (self->driver);
  g_autoptr (GPtrArray) keys = map ? catalina_replicated_map_list_keys (map) : NULL;
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  if (keys)
    g_ptr_array_sort (keys, compare);
  for (guint i = 0; keys && i < keys->len; i++)
    if (find (self, keys->pdata[i]))
      g_strv_builder_add (list, keys->pdata[i]);
  return g_strv_builder_end (list);
}

/* What the flush calls may come after the map has ended the task. */
typedef struct
{
  CatalinaFullMap *map;
  GTask *task;
} Waiting;

/* (nullable): of those who were not reached, the first. */
static const CatalinaMapOutcome *
find_failed (const GArray *outcomes)
{
  for (guint i = 0; outcomes && i < outcomes->len; i++)
    if (g_array_index (outcomes, CatalinaMapOutcome, i).cause)
      return &g_array_index (outcomes, CatalinaMapOutcome, i);
  return NULL;
}

static void
return_failed (CatalinaFullMap *self, GTask *task, const CatalinaMapOutcome *failed)
{
  gboolean unconfirmed = g_error_matches (failed->cause, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT);
  g_autofree char *name = tribes_member_to_string (failed->member);

  g_task_return_new_error (task, CATALINA_ERROR,
                           unconfirmed ? CATALINA_ERROR_UNCONFIRMED : CATALINA_ERROR_NOT_EVERYWHERE,
                           "%s: %s: %s", self->kind->what, name, failed->cause->message);
}

static void
on_sent (const GArray *outcomes, gpointer data)
{
  Waiting *waiting = data;
  g_autoptr (GTask) task = g_object_ref (waiting->task);
  const CatalinaMapOutcome *failed = find_failed (outcomes);

  g_ptr_array_remove (waiting->map->tasks, task);
  if (failed)
    return_failed (waiting->map, task, failed);
  else
    g_task_return_boolean (task, TRUE);
}

/* (nullable): FALSE: the task has returned. */
static CatalinaReplicatedMap *
begin (CatalinaFullMap *self, GTask *task)
{
  CatalinaReplicatedMap *map = catalina_map_driver_get_map (self->driver);

  if (g_task_return_error_if_cancelled (task))
    return NULL;
  if (!map)
    g_task_return_new_error (task, CATALINA_ERROR, CATALINA_ERROR_STOPPED,
                             "%s: the cluster is stopped", self->kind->what);
  return map;
}

static void
flush (CatalinaFullMap *self, GTask *task)
{
  Waiting *waiting = g_new (Waiting, 1);

  *waiting = (Waiting){ self, task };
  g_ptr_array_add (self->tasks, g_object_ref (task));
  g_object_set_data_full (G_OBJECT (task), "catalina-waiting", waiting, g_free);
  catalina_map_driver_flush (self->driver, on_sent, waiting, NULL);
}

void
catalina_full_map_put (CatalinaFullMap *self, const char *key, gpointer value, GTask *task)
{
  CatalinaReplicatedMap *map = begin (self, task);
  gpointer found;

  if (!map)
    return;
  /* In the place of what there is: for nobody is there a moment without it. */
  if (catalina_replicated_map_get (map, key, &found) == CATALINA_MAP_FOUND)
    {
      held_set (found, value);
      catalina_replicated_map_replicate (map, key, NULL, TRUE);
    }
  else
    catalina_replicated_map_put (map, key, held_new (self, key, value));
  note (self, key, value);
  flush (self, task);
}

void
catalina_full_map_remove (CatalinaFullMap *self, const char *key, GTask *task)
{
  CatalinaReplicatedMap *map = begin (self, task);

  if (!map)
    return;
  catalina_replicated_map_remove (map, key, TRUE);
  g_hash_table_remove (self->told, key);
  flush (self, task);
}

void
catalina_full_map_replace (CatalinaFullMap *self, const char *key, gpointer value)
{
  Held *held = find (self, key);

  if (!held)
    return;
  held_set (held, value);
  note (self, key, value);
}
