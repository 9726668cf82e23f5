/* SPDX-License-Identifier: Apache-2.0
 *
 * Which generation a member speaks that has said nothing yet. It is asked, in one generation after
 * the other, a question that no application takes: every Tomcat says so at once, to what it can
 * read, and logs nothing. What is to be sent to that member waits for its answer, which costs a
 * member that speaks what the others do one more round trip before the first message to it.
 */
#pragma once

#include "tribes/channel/tribes-delivery.h"
#include "tribes/interceptors/tribes-encrypt-core-private.h"

G_BEGIN_DECLS

/* What a question may take. Then the next generation is tried, and after the last one C is spoken:
 * who is silent does not hold up anybody for longer. */
#define TRIBES_ENCRYPT_QUESTION_MS 500

typedef struct _TribesEncryptQuestions TribesEncryptQuestions;

typedef struct
{
  /* Sends @question to @member in @generation. */
  void (*ask) (gpointer data, TribesMember *member, GBytes *question, TribesGeneration generation);
  /* Sends what has waited to its only destination. */
  void (*release) (gpointer data, TribesDelivery *delivery);
} TribesEncryptQuestionsFuncs;

/* @core: has to live as long. */
TribesEncryptQuestions *tribes_encrypt_questions_new (TribesEncryptCore *core,
                                                      const TribesEncryptQuestionsFuncs *funcs,
                                                      gpointer data);
/* What waits fails. */
void tribes_encrypt_questions_free (TribesEncryptQuestions *self);

/* Whether nobody knows what @member speaks, so that what goes there has to wait. */
gboolean tribes_encrypt_questions_is_open (TribesEncryptQuestions *self, TribesMember *member);
/* Keeps a delivery to such a member, and asks. */
void tribes_encrypt_questions_hold (TribesEncryptQuestions *self, TribesDelivery *delivery);
/* @member has said something that was believed. TRUE: only the answer to a question of ours. */
gboolean tribes_encrypt_questions_heard (TribesEncryptQuestions *self,
                                         TribesMember *member,
                                         GBytes *payload);
/* @member came or went: it is somebody else, and what waits is sent as it is best. */
void tribes_encrypt_questions_forget (TribesEncryptQuestions *self, TribesMember *member);

G_END_DECLS
