/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about sessions, in lines: about each session one is on its way at a time, and what is
 * said of it meanwhile waits behind that. A Tomcat lets another thread read on before it is done
 * with what it has read, so that of two that follow each other the second may be done first: a
 * change before the session that it is of, or before its new id. A session that gets another id
 * stays in its line.
 *
 * Changes that wait become one, so that a line is never longer than what has happened to a session
 * between its changes. Somebody who does not answer holds up a line for a second: the others are to
 * hear what there is, and who stands still reads in order what has come meanwhile. What fails does
 * so alone. Where nothing waits nothing is allocated.
 */
#pragma once

#include "catalina_ha/manager/catalina-outbox-private.h"

G_BEGIN_DECLS

/* How long one waits for another, in milliseconds. */
#define CATALINA_LINES_HOLD_MS 1000

typedef struct
{
  CatalinaOutbox *outbox;
  GHashTable *messages; /* number -> CatalinaOutgoing: on its way, or waiting */
  GHashTable *last;     /* session id -> CatalinaOutgoing: the last one about it */
  GQueue ready;         /* of CatalinaOutgoing, not owned: to be sent */
  guint n_waiting;
  gboolean hurries; /* nothing waits any more */
  gint64 next_ms;   /* no one has waited for long enough before this */
} CatalinaLines;

void catalina_lines_init (CatalinaLines *self, CatalinaOutbox *outbox);
void catalina_lines_clear (CatalinaLines *self);

/* Whether it is about a session, and for all: only then it may be added. */
gboolean catalina_lines_is_for (const CatalinaOutgoing *outgoing);
/* Takes @outgoing. */
void catalina_lines_add (CatalinaLines *self, CatalinaOutgoing *outgoing);
/* (nullable): the next that is to be sent, under its number. */
CatalinaOutgoing *catalina_lines_pop (CatalinaLines *self, gint64 now_ms);
/* (nullable): what is on its way under @number. Who waits for it are its own token and those in its
 * line. */
CatalinaOutgoing *catalina_lines_find (const CatalinaLines *self, guint64 number);
/* It is done, or has failed. (transfer full) */
CatalinaOutgoing *catalina_lines_take (CatalinaLines *self, guint64 number);

/* Lets go on what has waited for too long; then some may be ready. */
void catalina_lines_step (CatalinaLines *self, gint64 now_ms);
gint64 catalina_lines_get_deadline (const CatalinaLines *self);
gboolean catalina_lines_is_waiting (const CatalinaLines *self);
/* All that waits is ready, in its order, and nothing waits from now on. */
void catalina_lines_flush (CatalinaLines *self);

G_END_DECLS
