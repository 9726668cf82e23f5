/* SPDX-License-Identifier: Apache-2.0
 *
 * A short cut. Nearly every session message begins with the same 250 bytes, the descriptors of its
 * two classes, and has strings and a byte array behind them; one that does is read here in a few
 * comparisons. Whatever looks different in any way is left to the Java codec.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint32 event;
  gint64 timestamp;
  char *context_name; /* (nullable), like the others: owned */
  char *session_id;
  char *unique_id;
  GBytes *data;
} CatalinaSessionTemplate;

/* @prefix: what a message of this version begins with, up to its fields. FALSE: it is not of the
 * usual shape, and nothing is set. */
gboolean
catalina_session_template_read (GBytes *payload, GBytes *prefix, CatalinaSessionTemplate *out);

/* Size of the fields of a message in which all objects are null: what follows the prefix then. */
#define CATALINA_SESSION_TEMPLATE_FIELDS (8 + 4 + 8 + 1 + 4)

/* What a message of the class of this serialVersionUID, 1 or 2, begins with; stays. */
GBytes *catalina_session_message_peek_prefix (guint serial_version);

G_END_DECLS
