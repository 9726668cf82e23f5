/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-deploy-private.h"

#include <string.h>

#include "catalina_ha/tools/catalina-tool-farm-folder-private.h"
#include "catalina_ha/tools/catalina-tool-farm-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/channel/tribes-channel-private.h"

/* What may wait for the disk, in bytes. */
#define MAX_WAITING_BYTES (32 * 1024 * 1024)

typedef enum
{
  JOB_STEP,
  JOB_UNDEPLOY,
} JobKind;

typedef struct
{
  JobKind kind;
  CatalinaToolFarmStep step; /* of an undeployment: name, context and sender */
  /* How it went: */
  gboolean good;
  GError *error;
  guint64 bytes;
  GSource *source; /* brings it back */
} Job;

struct _CatalinaToolDeploy
{
  CatalinaCluster *cluster;
  CatalinaToolDeployFunc func;
  gpointer data;
  GMainContext *context;
  CatalinaToolFarm *farm;
  CatalinaToolFarmFolder *folder; /* the thread's */
  GThreadPool *thread;
  GAsyncQueue *done; /* of Job */
  GSource *wake;     /* ready when there is something in @done */
  GSource *timer;
  gsize waiting_bytes; /* counted up here, down in the thread */
  TribesRateLimit complaints;
};

static void
job_free (Job *job)
{
  catalina_tool_farm_step_clear (&job->step);
  g_clear_error (&job->error);
  g_free (job);
}

/* In the thread */

static gboolean
take_step (CatalinaToolDeploy *self, Job *job)
{
  CatalinaToolFarmStep *step = &job->step;
  gconstpointer data;
  gsize size;
  gboolean good;

  switch (step->kind)
    {
    case CATALINA_TOOL_FARM_BEGIN:
      return catalina_tool_farm_folder_begin (self->folder, step->id, step->name, &job->error);
    case CATALINA_TOOL_FARM_WRITE:
      data = g_bytes_get_data (step->data, &size);
      good = catalina_tool_farm_folder_write (self->folder, step->id, data, size, &job->error);
      g_atomic_pointer_add (&self->waiting_bytes, -(gssize) size);
      return good;
    case CATALINA_TOOL_FARM_FINISH:
      return catalina_tool_farm_folder_finish (self->folder, step->id, &job->bytes, &job->error);
    case CATALINA_TOOL_FARM_DROP:
    default:
      catalina_tool_farm_folder_drop (self->folder, step->id);
      return TRUE;
    }
}

/* Only what somebody wants to know comes back. */
static void
work (gpointer data, gpointer user_data)
{
  CatalinaToolDeploy *self = user_data;
  Job *job = data;
  gboolean is_end = job->kind == JOB_UNDEPLOY || job->step.kind == CATALINA_TOOL_FARM_FINISH
                    || job->step.kind == CATALINA_TOOL_FARM_DROP;

  if (job->kind == JOB_UNDEPLOY)
    job->good = catalina_tool_farm_folder_remove (self->folder, job->step.name, &job->error);
  else
    job->good = take_step (self, job);
  if (!job->error && !(job->good && is_end) && job->kind != JOB_UNDEPLOY)
    {
      job_free (job);
      return;
    }
  g_async_queue_push (self->done, job);
  g_source_set_ready_time (self->wake, 0);
}

/* In the main loop */

static void
tell (CatalinaToolDeploy *self, const Job *job)
{
  const CatalinaToolFarmStep *step = &job->step;
  CatalinaToolDeployed deployed = { .kind = CATALINA_TOOL_DEPLOY_FAILED,
                                    .file = step->name,
                                    .context = step->context,
                                    .from = step->sender,
                                    .bytes = job->bytes,
                                    .reason = job->error ? job->error->message : step->reason };

  if (job->kind == JOB_UNDEPLOY && !job->good && !job->error)
    {
      g_message ("%s asks to undeploy %s: nothing that came from a member, left alone",
                 step->sender, step->name);
      return;
    }
  if (job->good && job->kind == JOB_UNDEPLOY)
    deployed.kind = CATALINA_TOOL_UNDEPLOYED;
  else if (job->good && step->kind == CATALINA_TOOL_FARM_FINISH)
    deployed.kind = CATALINA_TOOL_DEPLOYED;
  else if (job->error && job->kind == JOB_STEP)
    catalina_tool_farm_failed (self->farm, step->id);
  self->func (&deployed, self->data);
}

static void
take_done (CatalinaToolDeploy *self)
{
  Job *job;

  while ((job = g_async_queue_try_pop (self->done)))
    {
      tell (self, job);
      job_free (job);
    }
}

static gboolean
on_wake (gpointer data)
{
  CatalinaToolDeploy *self = data;

  g_source_set_ready_time (self->wake, -1);
  take_done (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
wake_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs wake_funcs = { .dispatch = wake_dispatch };

static void
push_job (CatalinaToolDeploy *self, Job *job)
{
  if (job->kind == JOB_STEP && job->step.kind == CATALINA_TOOL_FARM_WRITE)
    g_atomic_pointer_add (&self->waiting_bytes, (gssize) g_bytes_get_size (job->step.data));
  g_thread_pool_push (self->thread, job, NULL);
}

static void
update_timer (CatalinaToolDeploy *self)
{
  gint64 deadline = catalina_tool_farm_deadline (self->farm);

  tribes_clock_set_ready_time (self->timer, deadline == G_MAXINT64 ? -1 : deadline);
}

static void
push_steps (CatalinaToolDeploy *self)
{
  CatalinaToolFarmStep step;

  while (catalina_tool_farm_pop (self->farm, &step))
    {
      Job *job = g_new0 (Job, 1);

      job->step = step;
      push_job (self, job);
    }
  update_timer (self);
}

static gboolean
on_timer (gpointer data)
{
  CatalinaToolDeploy *self = data;

  catalina_tool_farm_expire (self->farm, tribes_clock_get_us ());
  push_steps (self);
  return G_SOURCE_CONTINUE;
}

static void
complain (CatalinaToolDeploy *self, const char *from, const char *message)
{
  guint suppressed;

  if (tribes_rate_limit_allow (&self->complaints, tribes_clock_get_us (), &suppressed))
    g_message ("deployment from %s refused: %s", from, message);
}

static gboolean
is_member (CatalinaToolDeploy *self, TribesMember *from)
{
  g_autoptr (GPtrArray) members = catalina_cluster_list_members (self->cluster);

  for (guint i = 0; i < members->len; i++)
    if (tribes_member_equal (members->pdata[i], from))
      return TRUE;
  return FALSE;
}

static void
receive_part (CatalinaToolDeploy *self, const CatalinaDeployMessage *part, const char *from)
{
  g_autoptr (GError) error = NULL;

  if ((gsize) g_atomic_pointer_get (&self->waiting_bytes) > MAX_WAITING_BYTES)
    {
      catalina_tool_farm_sender_gone (self->farm, from);
      complain (self, from, "the disk is slower than the sender");
    }
  else if (!catalina_tool_farm_receive (self->farm, part, from, tribes_clock_get_us (), &error)
           && error)
    complain (self, from, error->message);
  push_steps (self);
}

static void
receive_undeployment (CatalinaToolDeploy *self,
                      const CatalinaDeployMessage *message,
                      const char *from)
{
  g_autofree char *name = catalina_tool_farm_name_of (message->context);
  Job *job;

  if (!name)
    {
      complain (self, from, "expected the path of a context, found something else");
      return;
    }
  job = g_new0 (Job, 1);
  job->kind = JOB_UNDEPLOY;
  job->step.name = g_steal_pointer (&name);
  job->step.context = g_strdup (message->context);
  job->step.sender = g_strdup (from);
  push_job (self, job);
}

static gboolean
on_message (TribesMessage *received, gpointer data)
{
  CatalinaToolDeploy *self = data;
  g_autoptr (TribesMember) from = tribes_message_dup_address (received);
  g_autoptr (GBytes) payload = tribes_message_dup_payload (received);
  g_auto (CatalinaDeployMessage) message = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  if ((tribes_message_get_options (received) & TRIBES_SEND_OPTIONS_BYTE_MESSAGE)
      || !catalina_deploy_message_is (payload))
    return FALSE;
  name = catalina_tool_dup_address (from);
  if (!is_member (self, from))
    complain (self, name, "it is no member");
  else if (!catalina_deploy_message_read (&message, payload, &error))
    complain (self, name, error->message);
  else if (message.kind == CATALINA_DEPLOY_PART)
    receive_part (self, &message, name);
  else
    receive_undeployment (self, &message, name);
  return TRUE;
}

static void
on_member_disappeared (CatalinaCluster *cluster, TribesMember *member, CatalinaToolDeploy *self)
{
  g_autofree char *name = catalina_tool_dup_address (member);

  catalina_tool_farm_sender_gone (self->farm, name);
  push_steps (self);
}

static GSource *
add_source (CatalinaToolDeploy *self, const char *name, GSourceFunc callback)
{
  return tribes_source_attach_to (g_source_new (&wake_funcs, sizeof (GSource)), self->context, name,
                                  callback, self);
}

CatalinaToolDeploy *
catalina_tool_deploy_new (CatalinaCluster *cluster,
                          const char *folder,
                          CatalinaToolDeployFunc func,
                          gpointer data,
                          GError **error)
{
  CatalinaToolFarmFolder *opened = catalina_tool_farm_folder_open (folder, error);
  CatalinaToolDeploy *self;

  if (!opened)
    return NULL;
  self = g_new0 (CatalinaToolDeploy, 1);
  self->cluster = g_object_ref (cluster);
  self->func = func;
  self->data = data;
  self->context = g_main_context_ref_thread_default ();
  self->farm = catalina_tool_farm_new (&catalina_tool_farm_limits);
  self->folder = opened;
  self->thread = g_thread_pool_new (work, self, 1, FALSE, NULL);
  self->done = g_async_queue_new ();
  self->wake = add_source (self, "[catalina] deployed", on_wake);
  self->timer = add_source (self, "[catalina] deployment timer", on_timer);
  tribes_channel_add_listener (catalina_cluster_get_channel (cluster), on_message, self);
  g_signal_connect (cluster, "member-disappeared", G_CALLBACK (on_member_disappeared), self);
  return self;
}

void
catalina_tool_deploy_free (CatalinaToolDeploy *self)
{
  tribes_channel_remove_listener (catalina_cluster_get_channel (self->cluster), on_message, self);
  g_signal_handlers_disconnect_by_data (self->cluster, self);
  g_thread_pool_free (self->thread, FALSE, TRUE);
  take_done (self);
  tribes_source_clear (&self->wake);
  tribes_source_clear (&self->timer);
  g_async_queue_unref (self->done);
  catalina_tool_farm_folder_free (self->folder);
  catalina_tool_farm_free (self->farm);
  g_main_context_unref (self->context);
  g_object_unref (self->cluster);
  g_free (self);
}
