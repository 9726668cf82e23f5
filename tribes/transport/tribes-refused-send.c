/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/transport/tribes-refused-send-private.h"

#include "tribes/base/tribes-source-private.h"

typedef struct
{
  TribesSenderCallback callback;
  gpointer data;
  GError *error;
} RefusedSend;

static gboolean
report (gpointer data)
{
  g_autofree RefusedSend *refused = data;

  refused->callback (refused->data, refused->error);
  g_clear_error (&refused->error);
  return G_SOURCE_REMOVE;
}

void
tribes_refused_send_report (GMainContext *context,
                            TribesSenderCallback callback,
                            gpointer data,
                            GError *error)
{
  RefusedSend *refused = g_new0 (RefusedSend, 1);
  g_autoptr (GSource) source = NULL;

  refused->callback = callback;
  refused->data = data;
  refused->error = error;
  source = tribes_source_attach_to (g_idle_source_new (),
                                    context ? context : g_main_context_get_thread_default (),
                                    "[tribes] refused send", report, refused);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
}
