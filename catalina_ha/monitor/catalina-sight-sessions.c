/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions as messages tell of them. One that nobody was seen to make is known from the first word
 * about it, without what was said before.
 */
#include "catalina_ha/monitor/catalina-sight-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/messages/catalina-state-each-private.h"
#include "catalina_ha/monitor/catalina-monitor-names-private.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/java/show/tribes-java-json.h"

#define SESSION_CLASS  "org.apache.catalina.ha.session.DeltaSession"

#define MAX_CONTEXTS   256
#define MAX_HELD       (128 * 1024 * 1024)
#define MAX_ATTRIBUTES 1000
/* Of a value that is shown. */
#define MAX_VALUE       4096
#define MAX_VALUE_DEPTH 16
/* What a session, and an attribute, takes beside its texts. */
#define SESSION_SIZE   400
#define ATTRIBUTE_SIZE 120
#define NAME_SIZE      32
/* Of a session; a map where all hold all has as many as members. */
#define MAX_BACKUPS 8

static void
attribute_free (gpointer data)
{
  CatalinaSeenAttribute *attribute = data;

  g_free (attribute->name);
  g_free (attribute->class_name);
  g_free (attribute->value);
  g_free (attribute);
}

static void
session_free (CatalinaSeenSession *session)
{
  g_free (session->id);
  g_free (session->primary);
  g_strfreev (session->backups);
  g_hash_table_unref (session->attributes);
  g_free (session);
}

static void
remove_session (CatalinaSight *self, CatalinaSeenSession *session)
{
  CatalinaSeenContext *context = session->context;

  g_hash_table_remove (context->sessions, session->id);
  g_queue_unlink (&context->used, &session->link);
  g_queue_unlink (&self->ages, &session->age);
  context->bytes -= session->bytes;
  self->held -= session->held;
  session_free (session);
}

void
catalina_sight_clear_sessions (CatalinaSight *self)
{
  while (self->ages.tail)
    remove_session (self, self->ages.tail->data);
  for (guint i = 0; i < self->contexts->len; i++)
    {
      CatalinaSeenContext *context = g_ptr_array_index (self->contexts, i);

      g_hash_table_unref (context->sessions);
      g_free (context->name);
      g_free (context);
    }
  g_ptr_array_set_size (self->contexts, 0);
}

static CatalinaSeenContext *
see_context (CatalinaSight *self, CatalinaSpan name)
{
  g_autofree char *text = name.text ? g_strndup (name.text, name.size) : NULL;
  CatalinaSeenContext *context = text ? g_hash_table_lookup (self->by_name, text) : NULL;

  if (context || !text || self->contexts->len >= MAX_CONTEXTS)
    return context;
  context = g_new0 (CatalinaSeenContext, 1);
  context->name = g_steal_pointer (&text);
  context->sessions = g_hash_table_new (tribes_str_hash, g_str_equal);
  g_queue_init (&context->used);
  g_ptr_array_add (self->contexts, context);
  g_hash_table_insert (self->by_name, context->name, context);
  return context;
}

static char *
dup_shown_id (const char *id, gsize size)
{
  g_autofree char *whole = g_strndup (id, size);

  return catalina_whole_ids_are_shown () ? g_steal_pointer (&whole) : catalina_hash_id (whole);
}

/* Takes @id. */
static CatalinaSeenSession *
add_session (CatalinaSight *self, CatalinaSeenContext *context, char *id, gint64 time_us)
{
  CatalinaSeenSession *session = g_new0 (CatalinaSeenSession, 1);

  session->context = context;
  session->id = id;
  session->attributes = g_hash_table_new_full (tribes_str_hash, g_str_equal, NULL, attribute_free);
  session->first_us = time_us;
  session->link.data = session->age.data = session;
  session->held = SESSION_SIZE + strlen (id);
  self->held += session->held;
  g_hash_table_insert (context->sessions, session->id, session);
  g_queue_push_head_link (&context->used, &session->link);
  g_queue_push_head_link (&self->ages, &session->age);
  return session;
}

static void
use (CatalinaSight *self, CatalinaSeenSession *session, gint64 time_us)
{
  session->last_us = time_us;
  g_queue_unlink (&session->context->used, &session->link);
  g_queue_push_head_link (&session->context->used, &session->link);
  g_queue_unlink (&self->ages, &session->age);
  g_queue_push_head_link (&self->ages, &session->age);
}

static void
make_room (CatalinaSight *self)
{
  while (self->ages.length > self->max_sessions || (self->held > MAX_HELD && self->ages.length > 1))
    {
      remove_session (self, self->ages.tail->data);
      self->forgotten++;
    }
}

static CatalinaSeenSession *
see_session (
    CatalinaSight *self, CatalinaSeenContext *context, const char *id, gsize size, gint64 time_us)
{
  g_autofree char *shown = dup_shown_id (id, size);
  CatalinaSeenSession *session = g_hash_table_lookup (context->sessions, shown);

  if (!session)
    session = add_session (self, context, g_steal_pointer (&shown), time_us);
  use (self, session, time_us);
  return session;
}

CatalinaSeenSession *
catalina_sight_find (CatalinaSight *self, const char *context, const char *id)
{
  CatalinaSeenContext *found = g_hash_table_lookup (self->by_name, context);

  return found ? g_hash_table_lookup (found->sessions, id) : NULL;
}

static void
count_attribute (CatalinaSight *self,
                 CatalinaSeenSession *session,
                 const CatalinaSeenAttribute *attribute,
                 gboolean comes)
{
  gsize held = ATTRIBUTE_SIZE + strlen (attribute->name)
               + (attribute->class_name ? strlen (attribute->class_name) : 0)
               + (attribute->value ? strlen (attribute->value) : 0);

  if (comes)
    {
      session->bytes += attribute->bytes;
      session->context->bytes += attribute->bytes;
      session->held += held;
      self->held += held;
      return;
    }
  session->bytes -= attribute->bytes;
  session->context->bytes -= attribute->bytes;
  session->held -= held;
  self->held -= held;
}

static void
remove_attribute (CatalinaSight *self, CatalinaSeenSession *session, const char *name)
{
  CatalinaSeenAttribute *attribute = g_hash_table_lookup (session->attributes, name);

  if (!attribute)
    return;
  count_attribute (self, session, attribute, FALSE);
  g_hash_table_remove (session->attributes, name);
}

/* Takes the texts. */
static void
set_attribute (CatalinaSight *self,
               CatalinaSeenSession *session,
               char *name,
               char *class_name,
               gsize bytes,
               char *value)
{
  CatalinaSeenAttribute *attribute = g_new (CatalinaSeenAttribute, 1);

  *attribute = (CatalinaSeenAttribute){ name, class_name, bytes, value };
  remove_attribute (self, session, name);
  if (g_hash_table_size (session->attributes) >= MAX_ATTRIBUTES)
    {
      attribute_free (attribute);
      return;
    }
  count_attribute (self, session, attribute, TRUE);
  g_hash_table_insert (session->attributes, attribute->name, attribute);
}

static void
remove_attributes (CatalinaSight *self, CatalinaSeenSession *session)
{
  GHashTableIter iter;
  gpointer attribute;

  g_hash_table_iter_init (&iter, session->attributes);
  while (g_hash_table_iter_next (&iter, NULL, &attribute))
    {
      count_attribute (self, session, attribute, FALSE);
      g_hash_table_iter_remove (&iter);
    }
}

static char *
dup_json (TribesJavaValue *value)
{
  return value ? tribes_java_value_to_json_full (value, MAX_VALUE_DEPTH, MAX_VALUE) : NULL;
}

typedef struct
{
  CatalinaSight *sight;
  CatalinaSeenSession *session;
  CatalinaDelta *decoded; /* nullable: for values */
  guint n;
} Applying;

static void
on_action (const CatalinaSkimAction *action, gpointer user_data)
{
  Applying *self = user_data;
  guint n = self->n++;
  char *name;

  if (action->type != CATALINA_DELTA_ATTRIBUTE || !action->name.text)
    return;
  name = g_strndup (action->name.text, action->name.size);
  if (action->change == CATALINA_DELTA_REMOVE)
    {
      remove_attribute (self->sight, self->session, name);
      g_free (name);
      return;
    }
  set_attribute (self->sight, self->session, name,
                 action->class_name.text
                     ? g_strndup (action->class_name.text, action->class_name.size)
                     : NULL,
                 action->value_size,
                 self->decoded && n < catalina_delta_get_n_actions (self->decoded)
                     ? dup_json (catalina_delta_get_action_value (self->decoded, n))
                     : NULL);
}

static void
apply (CatalinaSight *self, CatalinaSeenSession *session, const CatalinaSkim *skim)
{
  g_autoptr (CatalinaDelta) decoded = NULL;
  Applying applying = { .sight = self, .session = session };

  session->deltas++;
  if (!skim->data || skim->data_size < skim->data_full_size)
    return;
  if (self->show_values)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (skim->data, skim->data_size);

      applying.decoded = decoded = catalina_delta_decode (bytes, NULL);
    }
  (void) catalina_skim_delta (skim->data, skim->data_size, on_action, &applying);
}

typedef struct
{
  CatalinaSight *sight;
  CatalinaSeenContext *context;
  gint64 time_us;
} Taking;

static void
on_session (const CatalinaSizedSession *seen, gpointer data)
{
  Taking *self = data;
  const CatalinaSessionState *state = seen->state;
  CatalinaSeenSession *session;

  if (!state->id)
    return;
  session = see_session (self->sight, self->context, state->id, strlen (state->id), self->time_us);
  session->is_whole = TRUE;
  if (state->creation_time > 0)
    session->first_us = state->creation_time * 1000;
  remove_attributes (self->sight, session);
  for (guint i = 0; state->attributes && i < state->attributes->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (state->attributes, CatalinaNamedValue, i);

      set_attribute (self->sight, session, g_strdup (named->name),
                     g_strdup (tribes_java_value_get_class_name (named->value)), seen->sizes[i],
                     self->sight->show_values ? dup_json (named->value) : NULL);
    }
  make_room (self->sight);
}

static void
take_state (CatalinaSight *self,
            CatalinaSeenContext *context,
            const CatalinaSkim *skim,
            gint64 time_us)
{
  g_autoptr (GBytes) bytes = NULL;
  Taking taking = { self, context, time_us };

  if (!skim->data || skim->data_size < skim->data_full_size)
    return;
  bytes = g_bytes_new (skim->data, skim->data_size);
  self->broken += !catalina_state_each (bytes, on_session, &taking, NULL);
}

static void
rename_session (CatalinaSight *self, CatalinaSeenSession *session, const CatalinaSkim *skim)
{
  g_autoptr (GBytes) bytes = skim->data ? g_bytes_new (skim->data, skim->data_size) : NULL;
  g_autofree char *id = bytes ? catalina_new_id_decode (bytes, NULL) : NULL;
  g_autofree char *shown = id ? dup_shown_id (id, strlen (id)) : NULL;
  CatalinaSeenSession *other;

  if (!shown || g_str_equal (shown, session->id))
    return;
  other = g_hash_table_lookup (session->context->sessions, shown);
  if (other)
    remove_session (self, other);
  g_hash_table_remove (session->context->sessions, session->id);
  g_free (session->id);
  session->id = g_steal_pointer (&shown);
  g_hash_table_insert (session->context->sessions, session->id, session);
}

static void
end_session (CatalinaSight *self, CatalinaSeenSession *session)
{
  session->context->ended++;
  remove_session (self, session);
}

static void
take_session_event (CatalinaSight *self,
                    CatalinaSeenContext *context,
                    CatalinaSeen seen,
                    const CatalinaSkim *skim,
                    gint64 time_us)
{
  CatalinaSeenSession *session
      = see_session (self, context, skim->session.text, skim->session.size, time_us);

  if (seen == CATALINA_SEEN_CREATED)
    {
      context->created++;
      catalina_series_add (&self->in_created, time_us, 1);
      session->is_whole = TRUE;
    }
  else if (seen == CATALINA_SEEN_DELTA)
    apply (self, session, skim);
  else if (seen == CATALINA_SEEN_CHANGE_ID)
    rename_session (self, session, skim);
  else if (seen == CATALINA_SEEN_EXPIRED)
    end_session (self, session);
}

/* Who has the entry now, as it tells. */
static void
take_holders (CatalinaSight *self, CatalinaSeenSession *session, const CatalinaMapMessage *message)
{
  g_autoptr (GStrvBuilder) backups = g_strv_builder_new ();
  guint n = message->nodes ? MIN (message->nodes->len, MAX_BACKUPS) : 0;

  g_clear_pointer (&session->primary, g_free);
  g_clear_pointer (&session->backups, g_strfreev);
  self->held -= session->in_names;
  session->held -= session->in_names;
  session->in_names = 0;
  session->primary = message->primary ? catalina_map_dup_endpoint (message->primary) : NULL;
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *backup = catalina_map_dup_endpoint (message->nodes->pdata[i]);

      g_strv_builder_add (backups, backup);
      session->in_names += NAME_SIZE + strlen (backup);
    }
  session->backups = g_strv_builder_end (backups);
  session->in_names += session->primary ? NAME_SIZE + strlen (session->primary) : 0;
  session->held += session->in_names;
  self->held += session->in_names;
}

/* An application may have a map whose name ends the same. */
static gboolean
is_session (CatalinaSpan class_name)
{
  return class_name.text && strlen (SESSION_CLASS) == class_name.size
         && memcmp (class_name.text, SESSION_CLASS, class_name.size) == 0;
}

/* The session as the entry has it, whole. */
static void
take_object (Taking *taking, const CatalinaSkim *skim)
{
  g_autoptr (GBytes) bytes = g_bytes_new (skim->object, skim->object_size);

  taking->sight->broken += !catalina_state_one (bytes, on_session, taking, NULL);
}

/* An entry of a replicated map, alone or in the answer for all of it. */
static void
take_entry (const CatalinaSkim *skim, gpointer user_data)
{
  Taking *self = user_data;
  const CatalinaMapMessage *message = &skim->map->message;
  CatalinaSeenSession *session;
  guint before;

  if (!skim->session.text)
    return;
  before = self->context->used.length;
  session = see_session (self->sight, self->context, skim->session.text, skim->session.size,
                         self->time_us);
  if (message->type == CATALINA_MAP_REMOVE)
    {
      end_session (self->sight, session);
      return;
    }
  if (message->type == CATALINA_MAP_BACKUP && skim->object && self->context->used.length > before)
    {
      self->context->created++;
      catalina_series_add (&self->sight->in_created, self->time_us, 1);
    }
  if (message->primary || message->nodes)
    take_holders (self->sight, session, message);
  if (skim->data)
    apply (self->sight, session, skim);
  /* The session may have to make room for itself: nothing is said of it behind this. */
  if (skim->object && is_session (skim->map->class_name))
    take_object (self, skim);
  make_room (self->sight);
}

static void
take_map (CatalinaSight *self,
          CatalinaSeenContext *context,
          const CatalinaSkim *skim,
          gint64 time_us)
{
  Taking taking = { self, context, time_us };

  if (catalina_skim_has_entries (skim))
    self->broken += !catalina_skim_entries (skim, take_entry, &taking);
  /* A question is about an entry, and changes nothing. */
  else if (skim->map->rpc != TRIBES_RPC_QUESTION)
    take_entry (skim, &taking);
}

/* Other maps have no sessions, and an answer need not be about one. */
static gboolean
is_of_no_context (const CatalinaSkim *skim)
{
  return skim->map && (!skim->map->has_sessions || skim->map->message.type == 0);
}

/* What is sent to several members has the same id in all of its copies, which are random bytes. */
static gboolean
is_copy (CatalinaSight *self, const TribesMessageFields *fields)
{
  guint64 parts[2];
  guint64 *known;

  if (!fields->unique_id || fields->unique_id_size != sizeof parts)
    return FALSE;
  memcpy (parts, fields->unique_id, sizeof parts);
  parts[0] ^= parts[1];
  known = &self->copies[parts[0] % CATALINA_SIGHT_COPIES];
  if (*known == parts[0])
    return TRUE;
  *known = parts[0];
  return FALSE;
}

void
catalina_sight_take (CatalinaSight *self, const TribesCapturedMessage *message)
{
  g_auto (CatalinaSkim) skim = { 0 };
  CatalinaSeen seen
      = catalina_seen_recognize (message, self->dissector, &self->unwrap, &skim, NULL);
  CatalinaSeenContext *context;

  /* Pieces of a message have one id, too: it counts when they are whole. */
  if (seen == CATALINA_SEEN_FRAGMENT || is_copy (self, &message->fields)
      || is_of_no_context (&skim))
    return;
  context = see_context (self, skim.context);
  if (!context)
    return;
  context->messages++;
  if (seen == CATALINA_SEEN_ALL_DATA)
    take_state (self, context, &skim, message->time_us);
  else if (skim.map)
    take_map (self, context, &skim, message->time_us);
  else if (catalina_seen_has_session (seen) && skim.session.text)
    take_session_event (self, context, seen, &skim, message->time_us);
  make_room (self);
}
