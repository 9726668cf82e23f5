/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/catalina_ha/map/lab-tomcat-private.h"

enum
{
  STACK_SIZE = 256 * 1024,
};

/* makecontext() hands over nothing but numbers. */
static LabTomcat *starting;

static void
run_thread (void)
{
  LabTomcat *self = starting;
  LabThread *thread = self->thread;

  thread->run (self, thread);
  thread->is_done = TRUE;
  (void) swapcontext (&thread->context, &self->caller);
}

LabThread *
lab_thread_new (LabThreadFunc run, const char *key, TribesMember *member)
{
  LabThread *thread = g_new0 (LabThread, 1);

  thread->run = run;
  thread->key = g_strdup (key);
  thread->member = member ? tribes_member_ref (member) : NULL;
  thread->failed = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  thread->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  thread->answers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return thread;
}

static void
thread_free (LabThread *thread)
{
  g_free (thread->stack);
  g_free (thread->key);
  g_clear_pointer (&thread->member, tribes_member_unref);
  catalina_map_packet_clear (&thread->packet);
  g_clear_pointer (&thread->owner, g_bytes_unref);
  g_ptr_array_unref (thread->failed);
  g_ptr_array_unref (thread->sources);
  g_ptr_array_unref (thread->answers);
  g_free (thread);
}

static void
resume (LabTomcat *self, LabThread *thread)
{
  LabThread *before = self->thread;
  ucontext_t caller = self->caller;

  self->thread = thread;
  starting = self;
  (void) swapcontext (&self->caller, &thread->context);
  self->caller = caller;
  self->thread = before;
  if (thread->is_done)
    thread_free (thread);
  else
    g_ptr_array_add (self->threads, thread);
}

void
lab_thread_run (LabTomcat *self, LabThread *thread)
{
  thread->stack = g_malloc (STACK_SIZE);
  (void) getcontext (&thread->context);
  thread->context.uc_stack.ss_sp = thread->stack;
  thread->context.uc_stack.ss_size = STACK_SIZE;
  makecontext (&thread->context, run_thread, 0);
  resume (self, thread);
}

static gboolean
wait_for (LabTomcat *self, CatalinaMapOutput *output, GPtrArray *to)
{
  LabThread *thread = self->thread;

  g_ptr_array_set_size (thread->failed, 0);
  g_ptr_array_set_size (thread->sources, 0);
  g_ptr_array_set_size (thread->answers, 0);
  output->to = to;
  output->id = thread->waits_for = ++self->last_id;
  if (self->is_dead)
    {
      catalina_map_output_free (output);
      return FALSE;
    }
  g_queue_push_tail (&self->outputs, output);
  (void) swapcontext (&thread->context, &self->caller);
  return !self->is_dead && thread->failed->len == 0;
}

gboolean
lab_tomcat_send (LabTomcat *self, CatalinaMapOutput *output, GPtrArray *to)
{
  return wait_for (self, output, to);
}

gboolean
lab_tomcat_ask (LabTomcat *self, CatalinaMapOutput *output, GPtrArray *to, gboolean all)
{
  output->is_question = TRUE;
  output->wants_all = all;
  output->timeout_ms = all ? self->settings.access_timeout_ms : self->settings.rpc_timeout_ms;
  return wait_for (self, output, to);
}

static LabThread *
steal_thread (LabTomcat *self, guint32 id)
{
  for (guint i = 0; i < self->threads->len; i++)
    if (((LabThread *) self->threads->pdata[i])->waits_for == id)
      return g_ptr_array_steal_index (self->threads, i);
  return NULL;
}

static void
note_failed (LabThread *thread, const GPtrArray *failed)
{
  for (guint i = 0; failed && i < failed->len; i++)
    g_ptr_array_add (thread->failed, tribes_member_ref (failed->pdata[i]));
}

void
lab_tomcat_sent (LabTomcat *self, guint32 id, const GPtrArray *failed)
{
  LabThread *thread = steal_thread (self, id);

  if (!thread)
    return;
  note_failed (thread, failed);
  resume (self, thread);
}

void
lab_tomcat_replied (LabTomcat *self,
                    guint32 id,
                    const CatalinaMapReply *replies,
                    guint n_replies,
                    const GPtrArray *failed)
{
  LabThread *thread = steal_thread (self, id);

  if (!thread)
    return;
  note_failed (thread, failed);
  for (guint i = 0; i < n_replies; i++)
    {
      g_ptr_array_add (thread->sources, tribes_member_ref (replies[i].source));
      g_ptr_array_add (thread->answers, replies[i].message ? g_bytes_ref (replies[i].owner) : NULL);
    }
  resume (self, thread);
}

LabTomcat *
lab_tomcat_new (const LabTomcatSettings *settings)
{
  LabTomcat *self = g_new0 (LabTomcat, 1);

  self->settings = *settings;
  self->settings.local = tribes_member_ref (settings->local);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, lab_tomcat_entry_unref);
  self->channel = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->seen
      = g_hash_table_new_full ((GHashFunc) tribes_member_hash, (GEqualFunc) tribes_member_equal,
                               (GDestroyNotify) tribes_member_unref, g_free);
  self->threads = g_ptr_array_new ();
  self->requests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->outputs);
  return self;
}

/* What waits goes on as if nobody could be reached, so that it ends. */
void
lab_tomcat_free (LabTomcat *self)
{
  self->is_dead = TRUE;
  while (self->threads->len > 0)
    resume (self, g_ptr_array_steal_index (self->threads, 0));
  g_queue_clear_full (&self->outputs, (GDestroyNotify) catalina_map_output_free);
  g_hash_table_unref (self->entries);
  g_ptr_array_unref (self->channel);
  g_ptr_array_unref (self->members);
  g_hash_table_unref (self->seen);
  g_ptr_array_unref (self->threads);
  g_hash_table_unref (self->requests);
  tribes_member_unref (self->settings.local);
  g_free (self);
}

CatalinaMapOutput *
lab_tomcat_pop_output (LabTomcat *self)
{
  return g_queue_pop_head (&self->outputs);
}

gboolean
lab_tomcat_is_busy (const LabTomcat *self)
{
  return self->threads->len > 0;
}

void
lab_tomcat_set_time (LabTomcat *self, gint64 now_us)
{
  self->now_us = now_us;
}

gboolean
lab_tomcat_is_started (const LabTomcat *self, gboolean *is_broken)
{
  *is_broken = self->is_broken;
  return self->state == CATALINA_MAP_STATE_INITIALIZED;
}

void
lab_tomcat_start (LabTomcat *self, GPtrArray *members, gint64 now_us)
{
  self->now_us = now_us;
  for (guint i = 0; i < members->len; i++)
    lab_tomcat_member_added (self, members->pdata[i]);
  lab_thread_run (self, lab_thread_new (lab_tomcat_init, NULL, NULL));
}

void
lab_tomcat_member_added (LabTomcat *self, TribesMember *member)
{
  if (!g_ptr_array_find_with_equal_func (self->channel, member, (GEqualFunc) tribes_member_equal,
                                         NULL))
    g_ptr_array_add (self->channel, tribes_member_ref (member));
}

static void
go_without (LabTomcat *self, LabThread *thread)
{
  lab_tomcat_member_disappeared (self, thread->member);
}

void
lab_tomcat_member_gone (LabTomcat *self, TribesMember *member)
{
  guint index;

  if (g_ptr_array_find_with_equal_func (self->channel, member, (GEqualFunc) tribes_member_equal,
                                        &index))
    g_ptr_array_remove_index (self->channel, index);
  lab_thread_run (self, lab_thread_new (go_without, NULL, member));
}

/* Only where it may be: another one waits for its answers. */
void
lab_tomcat_heartbeat (LabTomcat *self)
{
  for (guint i = 0; i < self->threads->len; i++)
    if (((LabThread *) self->threads->pdata[i])->run == lab_tomcat_ping)
      return;
  if (self->state == CATALINA_MAP_STATE_INITIALIZED)
    lab_thread_run (self, lab_thread_new (lab_tomcat_ping, NULL, NULL));
}

static void
get_message (LabTomcat *self, LabThread *thread)
{
  lab_tomcat_message_received (self, &thread->packet.message);
}

void
lab_tomcat_receive (LabTomcat *self, const CatalinaMapMessage *message, GBytes *owner)
{
  LabThread *thread = lab_thread_new (get_message, NULL, NULL);

  thread->owner = g_bytes_ref (owner);
  thread->packet.message = *message;
  if (message->primary)
    (void) tribes_member_ref (message->primary);
  if (message->nodes)
    (void) g_ptr_array_ref (message->nodes);
  lab_thread_run (self, thread);
}
