/* SPDX-License-Identifier: Apache-2.0
 *
 * What a FarmWarDeployer sends, for a TribesDissector.
 */
#include "catalina_ha/messages/catalina-dissect-deploy-private.h"

#include "catalina_ha/messages/catalina-deploy-message-private.h"
#include "tribes/channel/tribes-dissect-java.h"

static void
add_part (TribesDissection *dissection, const CatalinaDeployMessage *message, gsize size)
{
  tribes_dissection_add_text (dissection, "file", 0, size, message->file, -1, NULL);
  tribes_dissection_add_number (dissection, "part", 0, size, message->number, NULL);
  tribes_dissection_add_number (dissection, "parts", 0, size, message->total, NULL);
  tribes_dissection_add_number (dissection, "data size", 0, size,
                                (gint64) g_bytes_get_size (message->data), NULL);
}

static char *
describe (const CatalinaDeployMessage *message)
{
  if (message->kind == CATALINA_DEPLOY_UNDEPLOY)
    return g_strdup_printf ("undeploy %s", message->context);
  return g_strdup_printf ("part %d of %" G_GINT64_FORMAT " of %s, %" G_GSIZE_FORMAT " bytes",
                          message->number, message->total, message->file,
                          g_bytes_get_size (message->data));
}

static void
dissect_deploy (TribesDissection *dissection,
                GBytes *bytes,
                TribesSendOptions options,
                gpointer user_data)
{
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GError) error = NULL;
  g_auto (CatalinaDeployMessage) message = { 0 };
  g_autofree char *meaning = NULL;
  guint n_problems;

  tribes_dissection_begin (dissection, "deployment message", 0, size);
  if (catalina_deploy_message_read (&message, bytes, &error))
    {
      tribes_dissection_add_text (dissection, "context", 0, size, message.context, -1, NULL);
      if (message.kind == CATALINA_DEPLOY_PART)
        add_part (dissection, &message, size);
      tribes_dissection_add_time (dissection, "time stamp", 0, size, message.timestamp_ms, NULL);
      tribes_dissection_add_number (dissection, "serial version", 0, size, message.serial_version,
                                    NULL);
      meaning = describe (&message);
    }
  else
    {
      n_problems = tribes_dissection_get_n_problems (dissection);
      tribes_dissection_add_payload_as (dissection, "java", "data", 0, size, options);
      if (tribes_dissection_get_n_problems (dissection) == n_problems)
        tribes_dissection_add_problem (dissection, 0, 0, error->message);
    }
  tribes_dissection_end (dissection, meaning);
}

void
catalina_dissector_add_deployment (TribesDissector *dissector)
{
  tribes_dissector_add_java_class (dissector, "file-message", CATALINA_FILE_MESSAGE_CLASS,
                                   dissect_deploy, NULL, NULL);
  tribes_dissector_add_java_class (dissector, "undeploy-message", CATALINA_UNDEPLOY_MESSAGE_CLASS,
                                   dissect_deploy, NULL, NULL);
}
