/* SPDX-License-Identifier: Apache-2.0
 *
 * A queue for each member that is being asked. It is emptied in order, once, whatever comes first:
 * an answer, anything else that the member says, or the end of patience.
 */
#include "tribes/interceptors/tribes-encrypt-questions-private.h"

#include <gio/gio.h>
#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/wire/tribes-member-private.h"

struct _TribesEncryptQuestions
{
  TribesEncryptCore *core; /* not owned */
  TribesEncryptQuestionsFuncs funcs;
  gpointer data;
  GHashTable *open;   /* (element-type TribesMember Question), by address */
  GHashTable *silent; /* (element-type TribesMember): who did not answer */
  TribesRpcIds ids;
  GBytes *question;
};

typedef struct
{
  TribesEncryptQuestions *questions; /* not owned */
  TribesMember *member;
  GQueue held; /* (element-type TribesDelivery) */
  TribesGeneration order[3];
  guint n_order, n_asked;
  GSource *timer; /* (nullable) */
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;
  g_autoptr (GError) error
      = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                             "the channel was stopped while a member was asked "
                             "how it encrypts");
  TribesDelivery *delivery;

  if (question->timer)
    g_source_destroy (question->timer);
  g_clear_pointer (&question->timer, g_source_unref);
  while ((delivery = g_queue_pop_head (&question->held)))
    {
      tribes_delivery_complete_all (delivery, error);
      tribes_delivery_unref (delivery);
    }
  tribes_member_unref (question->member);
  g_free (question);
}

static GHashTable *
new_table (GDestroyNotify free_value)
{
  return g_hash_table_new_full (tribes_member_hash_place, (GEqualFunc) tribes_member_is_at,
                                (GDestroyNotify) tribes_member_unref, free_value);
}

TribesEncryptQuestions *
tribes_encrypt_questions_new (TribesEncryptCore *core,
                              const TribesEncryptQuestionsFuncs *funcs,
                              gpointer data)
{
  static const char id[] = "EncryptInterceptor";
  TribesEncryptQuestions *self = g_new0 (TribesEncryptQuestions, 1);

  self->core = core;
  self->funcs = *funcs;
  self->data = data;
  self->open = new_table (question_free);
  self->silent = new_table (NULL);
  self->ids.uuid_size = 16;
  for (guint i = 0; i < self->ids.uuid_size; i++)
    self->ids.uuid[i] = (guint8) g_random_int ();
  self->ids.id_size = sizeof id - 1;
  memcpy (self->ids.id, id, self->ids.id_size);
  self->question = tribes_rpc_write (&self->ids, TRIBES_RPC_QUESTION, NULL, NULL);
  return self;
}

void
tribes_encrypt_questions_free (TribesEncryptQuestions *self)
{
  g_hash_table_unref (self->open);
  g_hash_table_unref (self->silent);
  g_bytes_unref (self->question);
  g_free (self);
}

gboolean
tribes_encrypt_questions_is_open (TribesEncryptQuestions *self, TribesMember *member)
{
  return tribes_encrypt_core_is_unknown (self->core, member)
         && !g_hash_table_contains (self->silent, member);
}

/* Empties the queue; nobody is asked any more. */
static void
close_question (TribesEncryptQuestions *self, TribesMember *member)
{
  gpointer key, value;
  TribesDelivery *delivery;
  Question *question;

  if (!g_hash_table_steal_extended (self->open, member, &key, &value))
    return;
  question = value;
  while ((delivery = g_queue_pop_head (&question->held)))
    {
      self->funcs.release (self->data, delivery);
      tribes_delivery_unref (delivery);
    }
  question_free (question);
  tribes_member_unref (key);
}

static void ask_next (Question *question);

static gboolean
on_silence (gpointer data)
{
  Question *question = data;
  TribesEncryptQuestions *self = question->questions;
  g_autoptr (TribesMember) member = tribes_member_ref (question->member);

  if (question->n_asked < question->n_order)
    {
      ask_next (question);
      return G_SOURCE_CONTINUE;
    }
  g_hash_table_add (self->silent, tribes_member_ref (member));
  close_question (self, member);
  return G_SOURCE_REMOVE;
}

static void
ask_next (Question *question)
{
  TribesEncryptQuestions *self = question->questions;

  self->funcs.ask (self->data, question->member, self->question,
                   question->order[question->n_asked++]);
}

/* What the last member that said something spoke, then what cannot be forged first. */
static void
choose_order (Question *question)
{
  TribesEncryptCore *core = question->questions->core;
  const TribesGeneration all[] = { tribes_encrypt_core_guess (core), TRIBES_GENERATION_C,
                                   TRIBES_GENERATION_A, TRIBES_GENERATION_B };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      TribesGeneration next = tribes_encrypt_core_normalize (core, all[i]);
      gboolean is_there = FALSE;

      for (guint j = 0; j < question->n_order; j++)
        is_there |= question->order[j] == next;
      if (!is_there)
        question->order[question->n_order++] = next;
    }
}

static Question *
open_question (TribesEncryptQuestions *self, TribesMember *member)
{
  Question *question = g_new0 (Question, 1);

  question->questions = self;
  question->member = tribes_member_ref (member);
  g_queue_init (&question->held);
  choose_order (question);
  question->timer = tribes_source_attach (tribes_clock_timeout_new (TRIBES_ENCRYPT_QUESTION_MS),
                                          "[tribes] how a member encrypts", on_silence, question);
  g_hash_table_insert (self->open, tribes_member_ref (member), question);
  ask_next (question);
  return question;
}

void
tribes_encrypt_questions_hold (TribesEncryptQuestions *self, TribesDelivery *delivery)
{
  TribesMember *member = g_ptr_array_index (tribes_delivery_get_destinations (delivery), 0);
  Question *question = g_hash_table_lookup (self->open, member);

  if (!question)
    question = open_question (self, member);
  g_queue_push_tail (&question->held, tribes_delivery_ref (delivery));
}

static gboolean
is_answer (TribesEncryptQuestions *self, GBytes *payload)
{
  g_autofree TribesRpcIds *ids = g_new (TribesRpcIds, 1);
  gsize size;
  const guint8 *data = g_bytes_get_data (payload, &size);

  return tribes_rpc_parse (data, size, ids) == TRIBES_RPC_NO_CHANNEL
         && ids->uuid_size == self->ids.uuid_size
         && memcmp (ids->uuid, self->ids.uuid, ids->uuid_size) == 0;
}

gboolean
tribes_encrypt_questions_heard (TribesEncryptQuestions *self, TribesMember *member, GBytes *payload)
{
  if (g_hash_table_size (self->open) == 0 && g_hash_table_size (self->silent) == 0)
    return FALSE;
  if (tribes_encrypt_core_get_spoken (self->core, member) == TRIBES_GENERATION_NONE)
    return FALSE;
  close_question (self, member);
  g_hash_table_remove (self->silent, member);
  return is_answer (self, payload);
}

void
tribes_encrypt_questions_forget (TribesEncryptQuestions *self, TribesMember *member)
{
  close_question (self, member);
  g_hash_table_remove (self->silent, member);
}
