/* SPDX-License-Identifier: Apache-2.0
 *
 * A main loop source from its making to its end: whoever holds the pointer holds a reference, and
 * after the end the callback does not run again.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): @source, which is taken, at work in @context */
G_GNUC_UNUSED static inline GSource *
tribes_source_attach_to (
    GSource *source, GMainContext *context, const char *name, GSourceFunc callback, gpointer data)
{
  g_source_set_callback (source, callback, data, NULL);
  g_source_set_static_name (source, name);
  g_source_attach (source, context);
  return source;
}

/* The same in the context that is the thread's default now: what an object starts stays where it
 * was started. */
G_GNUC_UNUSED static inline GSource *
tribes_source_attach (GSource *source, const char *name, GSourceFunc callback, gpointer data)
{
  return tribes_source_attach_to (source, g_main_context_get_thread_default (), name, callback,
                                  data);
}

static inline void
tribes_source_clear (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

G_END_DECLS
