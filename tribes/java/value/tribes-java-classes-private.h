/* SPDX-License-Identifier: Apache-2.0
 *
 * Which classes somebody must have who is to read a value. Exported for libcatalina-ha; not API.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

typedef void (*TribesJavaClassFunc) (TribesJavaClass *klass, gpointer user_data);

/* Calls @func for each class that @value names, super classes too, from tables that the value has:
 * nothing in it is walked over. A class may come more than once, and where @value is an object of a
 * larger one or refers to one, the classes of all of that come.
 *
 * @budget: how many classes and tables are still to be looked at; what was is taken from it. FALSE
 * if it was too little, or if the writing of something in the value failed and left an exception. */
TRIBES_API
gboolean tribes_java_value_foreach_class (TribesJavaValue *value,
                                          guint *budget,
                                          TribesJavaClassFunc func,
                                          gpointer user_data);

G_END_DECLS
