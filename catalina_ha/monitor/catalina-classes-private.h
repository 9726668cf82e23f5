/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of Java classes: those that a stream mentions, sets of them, and those that are known for
 * what they do to who reads them. Sets and what is looked at are bounded. Exported for the
 * programs; not API.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _CatalinaClasses CatalinaClasses;

CATALINA_API
CatalinaClasses *catalina_classes_new (void);
CATALINA_API
void catalina_classes_free (CatalinaClasses *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaClasses, catalina_classes_free)

/* FALSE: there is no room for another, which is counted. */
gboolean catalina_classes_add (CatalinaClasses *self, const char *name, gsize size);
gboolean catalina_classes_has (const CatalinaClasses *self, const char *name, gsize size);
CATALINA_API
guint catalina_classes_get_n (const CatalinaClasses *self);
/* Those that there was no room for. */
CATALINA_API
guint64 catalina_classes_get_refused (const CatalinaClasses *self);

/* A name a line; what follows a # is a comment. An error says which line is none. */
CATALINA_API
CatalinaClasses *
catalina_classes_parse (const char *text, gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same form, sorted. (transfer full) */
CATALINA_API
char *catalina_classes_to_text (const CatalinaClasses *self);

typedef void (*CatalinaClassFunc) (const char *name, gsize size, gsize offset, gpointer user_data);

/* Calls @func for each description of a class and each interface of a proxy in @data, with its
 * offset: also in streams within a stream and in what breaks off. An array is told as the class of
 * its elements; one of numbers is not. Takes linear time. */
void
catalina_classes_scan (const guint8 *data, gsize size, CatalinaClassFunc func, gpointer user_data);

/* The class of the object, or of an array's elements, with which a Java stream begins; NULL where
 * it begins otherwise. */
const char *catalina_classes_peek_root (const guint8 *data, gsize size, gsize *name_size);
/* Whether messages of Tomcat's own begin with such an object. */
gboolean catalina_class_is_message (const char *name, gsize size);
/* Whether it is of Tomcat's clustering, or one of Java's that it cannot do without. */
gboolean catalina_class_is_own (const char *name, gsize size);
/* Whether it is of those with which streams are built that run what their writer wants. */
gboolean catalina_class_is_gadget (const char *name, gsize size);

G_END_DECLS
