/* SPDX-License-Identifier: Apache-2.0
 *
 * A delta as it goes over the wire, which Java writes without a class of its own: session id, a
 * flag, and a list of actions whose values are objects of any class.
 */
#pragma once

#include "catalina_ha/messages/catalina-delta.h"
#include "catalina_ha/messages/catalina-principal-private.h"

G_BEGIN_DECLS

typedef struct
{
  gint32 type;
  gint32 action;
  char *name;
  TribesJavaValue *value; /* NULL for Java's null */
  /* Where it was read: it begins, its value begins, it ends. */
  gsize offset;
  gsize value_offset;
  gsize end;
} CatalinaDeltaAction;

struct _CatalinaDelta
{
  gboolean record_all;
  char *session_id;
  GArray *actions; /* of CatalinaDeltaAction */
  /* Names of the actions, once many have been added; the keys are the actions'. */
  GHashTable *names;
};

/* As catalina_delta_decode(), into an empty delta: after an error @delta has what came before it.
 */
gboolean catalina_delta_read (CatalinaDelta *delta,
                              TribesJavaReader *reader,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same in pieces. */
typedef struct _CatalinaDeltaReader CatalinaDeltaReader;

CatalinaDeltaReader *catalina_delta_reader_new (GBytes *bytes,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_delta_reader_free (CatalinaDeltaReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaDeltaReader, catalina_delta_reader_free)

const char *catalina_delta_reader_get_session_id (CatalinaDeltaReader *self);
/* How many actions are still to come. */
guint catalina_delta_reader_get_left (CatalinaDeltaReader *self);
/* The next actions, as a delta of their own: about as many as one of the bounds allows. */
CatalinaDelta *catalina_delta_reader_next (CatalinaDeltaReader *self,
                                           guint max_actions,
                                           gsize max_bytes,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Frees a part of a reader that is done; whether there is more. */
gboolean catalina_delta_reader_release (CatalinaDeltaReader *self);

/* As @session_id's. NULL only where a value or a name cannot be written: names are limited to
 * 65,535 bytes. */
CATALINA_API
GBytes *catalina_delta_encode (CatalinaDelta *delta,
                               const char *session_id,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The bytes of a delta as Tomcat 7.0 can read them: who logged in is of its own class, and there are
 * no notes. What cannot be turned stays as it is. */
CATALINA_API
GBytes *catalina_delta_translate_to_7_0 (GBytes *bytes);

/* Adds an action and removes an earlier one of the same name, as Tomcat does: whatever its type. */
CATALINA_API
void catalina_delta_add (
    CatalinaDelta *delta, gint32 type, gint32 action, const char *name, TribesJavaValue *value);
/* Who is logged in, as catalina_principal_get_value() has it. */
CATALINA_API
void catalina_delta_set_principal_value (CatalinaDelta *delta, TribesJavaValue *value);
void catalina_delta_set_new (CatalinaDelta *delta, gboolean is_new);
/* Puts the actions of @other behind those that are there. */
void catalina_delta_append (CatalinaDelta *delta, CatalinaDelta *other);

/* Takes out the actions that @keeps does not want kept; whether there was one. */
gboolean catalina_delta_keep (CatalinaDelta *delta,
                              gboolean (*keeps) (const CatalinaDeltaAction *action, gpointer data),
                              gpointer data);

/* A new session id, as a change of id carries it. */
GBytes *catalina_new_id_encode (const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *catalina_new_id_decode (GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
