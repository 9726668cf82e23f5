/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions for sessions, which are answered with what there is when all that had come with them
 * has been read. A process that was stopped finds in its sockets what it was asked, and what the
 * others have said of sessions since, in any order: whoever asked has gone on without an answer,
 * and would take from one that comes first what ended meanwhile.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/transport/tribes-receiver-private.h"

/* How long others may go on to say something, and how often that is looked at, in milliseconds. */
#define MAX_WAIT_MS 200
#define LOOK_MS     5
#define MAX_WAITING 64

typedef struct
{
  CatalinaSessionMessage *message;
  TribesMember *from;
  gint64 until_ms;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  catalina_session_message_unref (question->message);
  tribes_member_unref (question->from);
  g_free (question);
}

static gboolean
is_reading (CatalinaCluster *self)
{
  return tribes_receiver_has_input (tribes_channel_get_receiver (self->channel));
}

gboolean
catalina_cluster_put_off (CatalinaCluster *self,
                          CatalinaSessionMessage *message,
                          TribesMember *from)
{
  Question *question;

  if (!self->worker || self->questions.length >= MAX_WAITING
      || (g_queue_is_empty (&self->questions) && !is_reading (self)))
    return FALSE;
  question = g_new (Question, 1);
  question->message = catalina_session_message_ref (message);
  question->from = tribes_member_ref (from);
  question->until_ms = tribes_clock_get_us () / 1000 + MAX_WAIT_MS;
  g_queue_push_tail (&self->questions, question);
  return TRUE;
}

gint64
catalina_cluster_get_questions_deadline (CatalinaCluster *self)
{
  return g_queue_is_empty (&self->questions) ? G_MAXINT64 : tribes_clock_get_us () / 1000 + LOOK_MS;
}

/* @all: also those for which others may still say something. */
void
catalina_cluster_take_questions (CatalinaCluster *self,
                                 gboolean all,
                                 CatalinaClusterReceiveFunc receive)
{
  gint64 now_ms = tribes_clock_get_us () / 1000;
  Question *question;

  while ((question = g_queue_peek_head (&self->questions)))
    {
      if (!all && now_ms < question->until_ms && is_reading (self))
        return;
      g_queue_pop_head (&self->questions);
      receive (self, question->message, question->from);
      question_free (question);
    }
}

void
catalina_cluster_forget_questions (CatalinaCluster *self)
{
  g_queue_clear_full (&self->questions, question_free);
}
