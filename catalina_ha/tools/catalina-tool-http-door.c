/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the HTTP interface is served: nobody but this machine gets in without a token.
 */
#include <glib/gstdio.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-host-private.h"

void
catalina_tool_door_clear (CatalinaToolDoor *door)
{
  g_clear_pointer (&door->token, g_free);
  g_clear_object (&door->certificate);
  g_clear_object (&door->found);
}

gboolean
catalina_tool_door_is_wanted (const CatalinaToolDoor *door)
{
  return door->path || (door->address && door->address->text);
}

/* A token that everybody on this machine can read is none. */
static void
warn_of_mode (const char *file)
{
  GStatBuf status;

  if (g_stat (file, &status) == 0 && (status.st_mode & 077) != 0)
    (void) catalina_tool_complain (CATALINA_TOOL_OK,
                                   "--http-token-file %s: others than its owner have access to it "
                                   "(mode %04o; expected 0600)",
                                   file, (guint) status.st_mode & 07777);
}

/* Returns an exit code. */
static int
load_secrets (CatalinaToolDoor *door)
{
  g_autoptr (GError) error = NULL;

  if (door->token_file)
    {
      door->token = catalina_tool_http_read_token (door->token_file, &error);
      if (!door->token)
        return catalina_tool_complain (CATALINA_TOOL_USAGE, "--http-token-file: %s",
                                       error->message);
      warn_of_mode (door->token_file);
    }
  if (!door->certificate_file)
    return CATALINA_TOOL_OK;
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return catalina_tool_complain (CATALINA_TOOL_FAILED,
                                   "--http-certificate: GLib has no TLS here; glib-networking "
                                   "brings it");
  door->certificate
      = g_tls_certificate_new_from_files (door->certificate_file,
                                          door->key_file ? door->key_file : door->certificate_file,
                                          &error);
  if (!door->certificate)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "--http-certificate %s: %s",
                                   door->certificate_file, error->message);
  return CATALINA_TOOL_OK;
}

int
catalina_tool_door_prepare (CatalinaToolDoor *door)
{
  const CatalinaToolAddress *address = door->address;
  g_autoptr (GError) error = NULL;
  int code = load_secrets (door);

  if (code != CATALINA_TOOL_OK || door->path || !catalina_tool_door_is_wanted (door))
    return code;
  door->found = tribes_host_look_up (address->host, &error);
  if (!door->found)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "--http %s: %s", address->text,
                                   error->message);
  if (!door->token && !g_inet_address_get_is_loopback (door->found))
    return catalina_tool_complain (CATALINA_TOOL_USAGE,
                                   "--http %s: others could reach it, which needs "
                                   "--http-token-file",
                                   address->text);
  return CATALINA_TOOL_OK;
}

gboolean
catalina_tool_door_open (const CatalinaToolDoor *door, CatalinaToolHttp *http, GError **error)
{
  return door->path ? catalina_tool_http_listen_unix (http, door->path, error)
                    : catalina_tool_http_listen (http, door->found, door->address->port, error);
}
