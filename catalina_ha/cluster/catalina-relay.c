/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/cluster/catalina-relay-private.h"

/* Tomcats that start ask for a few contexts each. */
#define MAX_QUESTIONS 256
/* Of answers that wait: those of 100,000 small sessions have 13 MB. */
#define MAX_BYTES (256 * 1024 * 1024)
/* When the next one is asked: whoever has not begun to answer by then may be stopped. */
#define NEXT_MS 2500
/* Between parts of an answer; a Tomcat that sends them one by one rests for two seconds. */
#define PART_MS 10000
/* How long those who were silent are asked again. Tomcat waits 60 seconds. */
#define PATIENCE_MS 20000

typedef struct
{
  char *context;
  GBytes *payload;
  TribesMember *asker;
  GPtrArray *left;     /* of TribesMember: to be asked */
  GPtrArray *silent;   /* of those who were asked and did not answer */
  TribesMember *donor; /* nullable: who was asked; without one it waits for its turn */
  gboolean has_begun;  /* some of the answer has come */
  gint64 began_ms;
  gint64 deadline_ms; /* with a donor */
} Question;

void
catalina_relayed_free (CatalinaRelayed *relayed)
{
  tribes_member_unref (relayed->to);
  g_free (relayed->context);
  g_clear_pointer (&relayed->payload, g_bytes_unref);
  g_free (relayed);
}

static GPtrArray *
new_members (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
}

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->context);
  g_bytes_unref (question->payload);
  tribes_member_unref (question->asker);
  g_ptr_array_unref (question->left);
  g_ptr_array_unref (question->silent);
  g_clear_pointer (&question->donor, tribes_member_unref);
  g_free (question);
}

void
catalina_relay_init (CatalinaRelay *self)
{
  *self = (CatalinaRelay){ 0 };
  g_queue_init (&self->questions);
  g_queue_init (&self->out);
  self->busy = new_members ();
}

void
catalina_relay_clear (CatalinaRelay *self)
{
  g_queue_clear_full (&self->questions, question_free);
  g_queue_clear_full (&self->out, (GDestroyNotify) catalina_relayed_free);
  g_clear_pointer (&self->busy, g_ptr_array_unref);
}

static gsize
get_bytes (const CatalinaRelayed *relayed)
{
  return relayed->payload ? g_bytes_get_size (relayed->payload) : 0;
}

static void
push (CatalinaRelay *self,
      CatalinaRelayedKind kind,
      TribesMember *to,
      const char *context,
      GBytes *payload)
{
  CatalinaRelayed *relayed = g_new (CatalinaRelayed, 1);

  *relayed = (CatalinaRelayed){ kind, tribes_member_ref (to), g_strdup (context),
                                payload ? g_bytes_ref (payload) : NULL };
  self->bytes += get_bytes (relayed);
  g_queue_push_tail (&self->out, relayed);
}

static gboolean
is_about (const Question *question, const char *context)
{
  return g_str_equal (question->context, context);
}

/* The one of a context that is asked. */
static Question *
find_active (CatalinaRelay *self, const char *context)
{
  for (GList *link = self->questions.head; link; link = link->next)
    {
      Question *question = link->data;

      if (question->donor && is_about (question, context))
        return question;
    }
  return NULL;
}

static gboolean
asks_too (CatalinaRelay *self, TribesMember *member, const char *context)
{
  for (GList *link = self->questions.head; link; link = link->next)
    {
      Question *question = link->data;

      if (is_about (question, context) && tribes_member_equal (question->asker, member))
        return TRUE;
    }
  return FALSE;
}

static void
drop (CatalinaRelay *self, Question *question)
{
  g_queue_remove (&self->questions, question);
  question_free (question);
}

static void
refuse (CatalinaRelay *self, Question *question)
{
  push (self, CATALINA_RELAYED_REFUSAL, question->asker, question->context, NULL);
  self->refused++;
  drop (self, question);
}

/* Those who ask themselves come last: a Tomcat that fetches its sessions answers nobody. */
static TribesMember *
take_left (CatalinaRelay *self, Question *question)
{
  for (guint i = 0; i < question->left->len; i++)
    if (!asks_too (self, question->left->pdata[i], question->context))
      return g_ptr_array_steal_index (question->left, i);
  return question->left->len > 0 ? g_ptr_array_steal_index (question->left, 0) : NULL;
}

/* Those who were silent come again, for some time. */
static TribesMember *
take_donor (CatalinaRelay *self, Question *question, gint64 now_ms)
{
  if (question->left->len == 0 && now_ms - question->began_ms < PATIENCE_MS)
    {
      GPtrArray *empty = question->left;

      question->left = question->silent;
      question->silent = empty;
    }
  return take_left (self, question);
}

/* The first of a context has its turn when none is asked. */
static void
begin (CatalinaRelay *self, Question *question, gint64 now_ms)
{
  question->donor = take_donor (self, question, now_ms);
  if (!question->donor)
    {
      refuse (self, question);
      return;
    }
  question->has_begun = FALSE;
  question->deadline_ms = now_ms + NEXT_MS;
  push (self, CATALINA_RELAYED_QUESTION, question->donor, question->context, question->payload);
}

static Question *
find_idle (CatalinaRelay *self)
{
  for (GList *link = self->questions.head; link; link = link->next)
    {
      Question *question = link->data;

      if (!question->donor && !find_active (self, question->context))
        return question;
    }
  return NULL;
}

static void
begin_all (CatalinaRelay *self, gint64 now_ms)
{
  Question *question;

  while ((question = find_idle (self)))
    begin (self, question, now_ms);
}

/* To the next one. @again: (nullable): where the one before is kept to be asked again. */
static void
move_on (CatalinaRelay *self, Question *question, GPtrArray *again, gint64 now_ms)
{
  g_autoptr (TribesMember) donor = g_steal_pointer (&question->donor);

  if (again)
    g_ptr_array_add (again, g_steal_pointer (&donor));
  begin (self, question, now_ms);
}

static Question *
find_of_asker (CatalinaRelay *self, const char *context, TribesMember *asker)
{
  for (GList *link = self->questions.head; link; link = link->next)
    {
      Question *question = link->data;

      if (is_about (question, context) && tribes_member_equal (question->asker, asker))
        return question;
    }
  return NULL;
}

void
catalina_relay_ask (CatalinaRelay *self,
                    const char *context,
                    GBytes *payload,
                    TribesMember *asker,
                    GPtrArray *members,
                    gint64 now_ms)
{
  Question *active;
  Question *question = find_of_asker (self, context, asker);

  /* It has started anew, or lost patience. */
  if (question)
    drop (self, question);
  if (self->questions.length >= MAX_QUESTIONS)
    {
      push (self, CATALINA_RELAYED_REFUSAL, asker, context, NULL);
      self->refused++;
      return;
    }
  question = g_new (Question, 1);
  *question = (Question){ .context = g_strdup (context),
                          .payload = g_bytes_ref (payload),
                          .asker = tribes_member_ref (asker),
                          .left = new_members (),
                          .silent = new_members (),
                          .began_ms = now_ms };
  for (guint i = 0; i < members->len; i++)
    if (!tribes_member_equal (members->pdata[i], asker))
      g_ptr_array_add (question->left, tribes_member_ref (members->pdata[i]));
  g_queue_push_tail (&self->questions, question);
  active = find_active (self, context);
  if (active && tribes_member_equal (active->donor, asker))
    move_on (self, active, active->has_begun ? NULL : active->left, now_ms);
  begin_all (self, now_ms);
}

static void
pass_on (CatalinaRelay *self, Question *question, GBytes *payload)
{
  push (self, CATALINA_RELAYED_ANSWER, question->asker, question->context, payload);
  self->passed_on++;
}

gboolean
catalina_relay_answer (CatalinaRelay *self,
                       CatalinaSessionEvent event,
                       const char *context,
                       GBytes *payload,
                       TribesMember *from,
                       gint64 now_ms)
{
  Question *question = find_active (self, context);

  if (!question || !tribes_member_equal (question->donor, from))
    return FALSE;
  if (event == CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER)
    move_on (self, question, NULL, now_ms);
  /* Whoever does not take it has to ask again. */
  else if (self->bytes + g_bytes_get_size (payload) > MAX_BYTES)
    drop (self, question);
  else
    {
      pass_on (self, question, payload);
      question->has_begun = TRUE;
      question->deadline_ms = now_ms + PART_MS;
      if (event == CATALINA_SESSION_EVENT_TRANSFER_COMPLETE)
        drop (self, question);
    }
  begin_all (self, now_ms);
  return TRUE;
}

static void
remove_member (GPtrArray *members, TribesMember *member)
{
  for (guint i = members->len; i > 0; i--)
    if (tribes_member_equal (members->pdata[i - 1], member))
      g_ptr_array_remove_index (members, i - 1);
}

/* What was for @member, and not sent yet. */
static void
drop_out (CatalinaRelay *self, TribesMember *member)
{
  for (GList *link = self->out.head, *next; link; link = next)
    {
      CatalinaRelayed *relayed = link->data;

      next = link->next;
      if (!tribes_member_equal (relayed->to, member))
        continue;
      self->bytes -= get_bytes (relayed);
      g_queue_delete_link (&self->out, link);
      catalina_relayed_free (relayed);
    }
}

void
catalina_relay_forget (CatalinaRelay *self, TribesMember *member, gint64 now_ms)
{
  drop_out (self, member);
  for (GList *link = self->questions.head, *next; link; link = next)
    {
      Question *question = link->data;

      next = link->next;
      if (tribes_member_equal (question->asker, member))
        {
          drop (self, question);
          continue;
        }
      remove_member (question->left, member);
      remove_member (question->silent, member);
      if (question->donor && tribes_member_equal (question->donor, member))
        move_on (self, question, NULL, now_ms);
    }
  begin_all (self, now_ms);
}

void
catalina_relay_step (CatalinaRelay *self, gint64 now_ms)
{
  for (GList *link = self->questions.head, *next; link; link = next)
    {
      Question *question = link->data;

      next = link->next;
      if (question->donor && question->deadline_ms <= now_ms)
        move_on (self, question,
                 asks_too (self, question->donor, question->context) ? NULL : question->silent,
                 now_ms);
    }
  begin_all (self, now_ms);
}

gint64
catalina_relay_get_deadline (const CatalinaRelay *self)
{
  gint64 deadline_ms = G_MAXINT64;

  for (GList *link = self->questions.head; link; link = link->next)
    {
      Question *question = link->data;

      if (question->donor)
        deadline_ms = MIN (deadline_ms, question->deadline_ms);
    }
  return deadline_ms;
}

static gboolean
is_one_of (GPtrArray *members, TribesMember *member)
{
  for (guint i = 0; i < members->len; i++)
    if (tribes_member_equal (members->pdata[i], member))
      return TRUE;
  return FALSE;
}

CatalinaRelayed *
catalina_relay_pop (CatalinaRelay *self)
{
  for (GList *link = self->out.head; link; link = link->next)
    {
      CatalinaRelayed *relayed = link->data;

      if (is_one_of (self->busy, relayed->to))
        continue;
      g_queue_delete_link (&self->out, link);
      self->bytes -= get_bytes (relayed);
      g_ptr_array_add (self->busy, tribes_member_ref (relayed->to));
      return relayed;
    }
  return NULL;
}

void
catalina_relay_sent (CatalinaRelay *self,
                     const CatalinaRelayed *relayed,
                     gboolean arrived,
                     gint64 now_ms)
{
  Question *question = find_active (self, relayed->context);

  remove_member (self->busy, relayed->to);
  if (arrived)
    return;
  if (relayed->kind != CATALINA_RELAYED_QUESTION)
    {
      /* It is gone, or does not want it. */
      question = find_of_asker (self, relayed->context, relayed->to);
      drop_out (self, relayed->to);
      if (question)
        drop (self, question);
    }
  else if (question && !question->has_begun && tribes_member_equal (question->donor, relayed->to))
    move_on (self, question, NULL, now_ms);
  begin_all (self, now_ms);
}

gboolean
catalina_relay_is_busy (const CatalinaRelay *self)
{
  return self->questions.length > 0 || self->out.length > 0 || self->busy->len > 0;
}
