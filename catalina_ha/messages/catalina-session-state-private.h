/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions as a state transfer carries them: a count, then one session after the other, all in one
 * Java stream. Reader and writer stop after each session, so that a transfer of any size can be
 * spread over many turns of a main loop. A replicated map has each session as an object of its own,
 * which consists of the same.
 */
#pragma once

#include "catalina_ha/messages/catalina-principal-private.h"

G_BEGIN_DECLS

typedef struct
{
  char *name; /* a GRefString: the names of one application's attributes are few */
  TribesJavaValue *value;
} CatalinaNamedValue;

typedef struct
{
  gint64 creation_time;
  gint64 last_accessed_time;
  gint64 this_accessed_time;
  gint64 version;
  gint32 max_inactive_interval;
  gboolean is_new;
  gboolean is_valid;
  char *id;
  CatalinaPrincipal *principal;     /* nullable */
  TribesJavaValue *session_id_note; /* nullable */
  TribesJavaValue *request_note;    /* nullable */
  GArray *attributes;               /* of CatalinaNamedValue; NULL for none */
  GPtrArray *listeners;             /* of TribesJavaValue; NULL for none */
} CatalinaSessionState;

CATALINA_API
void catalina_session_state_clear (CatalinaSessionState *state);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaSessionState, catalina_session_state_clear)

/* An array of CatalinaNamedValue that owns what is in it. */
GArray *catalina_named_values_new (void);

typedef struct _CatalinaStateReader CatalinaStateReader;

CATALINA_API
CatalinaStateReader *catalina_state_reader_new (GBytes *bytes,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One session, as a replicated map has it for its value: an object that writes the same itself. What
 * an observer and an error call its place is not one in @bytes then. */
CATALINA_API
CatalinaStateReader *
catalina_state_reader_new_for_session (GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* That of the object's class. */
CATALINA_API
gint64 catalina_state_reader_get_uid (const CatalinaStateReader *self);
CATALINA_API
void catalina_state_reader_free (CatalinaStateReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaStateReader, catalina_state_reader_free)

/* Called with each part of the state once it was read: where it is in the stream, and the object, or
 * NULL for what is none. */
typedef void (*CatalinaStateObserver) (const char *what,
                                       gsize offset,
                                       gsize end,
                                       TribesJavaValue *value,
                                       gpointer user_data);
CATALINA_API
void catalina_state_reader_set_observer (CatalinaStateReader *self,
                                         CatalinaStateObserver observer,
                                         gpointer user_data);
CATALINA_API
gsize catalina_state_reader_get_offset (CatalinaStateReader *self);

/* Frees a part of a reader that is done; whether there is more. A reader has a reference to each
 * object of the stream, and freeing a million takes 40 ms. */
gboolean catalina_state_reader_release (CatalinaStateReader *self);

/* Sessions still to be read. */
CATALINA_API
guint catalina_state_reader_get_left (CatalinaStateReader *self);
/* Fills in @state, which must be empty; it needs clearing in either case. */
CATALINA_API
gboolean catalina_state_reader_next (CatalinaStateReader *self,
                                     CatalinaSessionState *state,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum
{
  CATALINA_STATE_WITH_NOTES,
  /* Without the two authentication notes, as Tomcat before 8.5 and, unless it is told otherwise,
   * 9.0 writes it, and as every Tomcat from 8.0 on reads it: those from 9.0.66 and 8.5.83 on tell by
   * type, those before know of no notes and fail at the first. */
  CATALINA_STATE_WITHOUT_NOTES,
  /* Tomcat 7.0: without notes, and with its own form of a principal. */
  CATALINA_STATE_7_0,
} CatalinaStateForm;

typedef struct _CatalinaStateWriter CatalinaStateWriter;

CATALINA_API
CatalinaStateWriter *catalina_state_writer_new (guint n_sessions, CatalinaStateForm form);
/* For one session, as a replicated map has it for its value. @uid: the serialVersionUID of
 * DeltaSession, which names none, so that Java computes another one where a method comes or goes; a
 * Tomcat reads only its own. 0: that of 8.5.83, 9.0.66, 10.0.24, 10.1 and later, or of 7.0. */
CATALINA_API
CatalinaStateWriter *catalina_state_writer_new_for_session (CatalinaStateForm form, gint64 uid);
CATALINA_API
void catalina_state_writer_free (CatalinaStateWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaStateWriter, catalina_state_writer_free)

/* Exactly as many as were announced must be added. After an error the writer is of no use. */
CATALINA_API
gboolean catalina_state_writer_add (CatalinaStateWriter *self,
                                    const CatalinaSessionState *state,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
GBytes *catalina_state_writer_finish (CatalinaStateWriter *self);

G_END_DECLS
