/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose message a stream is, without reading it: several read what comes on a channel, and what is
 * another's may be long.
 */
#pragma once

#include <glib.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* Whether @data begins with an object that brings its class along, as the first one of a stream
 * does. @name is borrowed from @data, and has @length bytes. */
TRIBES_API
gboolean tribes_java_peek_class (const guint8 *data,
                                 gsize size,
                                 const char **name,
                                 gsize *length) G_GNUC_WARN_UNUSED_RESULT;
/* The same, and it is this class. */
TRIBES_API
gboolean tribes_java_peek_is (const guint8 *data,
                              gsize size,
                              const char *class_name) G_GNUC_WARN_UNUSED_RESULT;
/* FALSE with TRIBES_ERROR_UNSUPPORTED: it is an object of another class. TRUE says nothing more than
 * that it has to be read. */
TRIBES_API
gboolean tribes_java_peek_expect (GBytes *stream,
                                  const char *class_name,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
