/* SPDX-License-Identifier: Apache-2.0
 *
 * The page, which is in the program: files that say nothing of the cluster, and so need no token.
 * What they show they ask for like any other client.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-page.h"

#define FOLDER "/catalina-ha/page/"

/* Nothing of others, nothing in line, in no frame. */
#define POLICY                                                                                     \
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "  \
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct
{
  const char *path;
  const char *file;
  const char *type;
} files[] = {
  { "/", "index.html", "text/html; charset=utf-8" },
  { "/page.css", "page.css", "text/css; charset=utf-8" },
  { "/page.js", "page.js", "text/javascript; charset=utf-8" },
  { "/icon.svg", "icon.svg", "image/svg+xml" },
};

/* A browser says that it wants one; other clients get the list of paths. */
static gboolean
wants_page (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *accept = soup_message_headers_get_list (headers, "Accept");

  return accept && strstr (accept, "text/html");
}

/* G_N_ELEMENTS (files): none. */
static gsize
find_file (SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));
  gsize i = 0;

  if (strcmp (method, "GET") != 0 && strcmp (method, "HEAD") != 0)
    return G_N_ELEMENTS (files);
  while (i < G_N_ELEMENTS (files) && strcmp (files[i].path, path) != 0)
    i++;
  return i == 0 && !wants_page (message) ? G_N_ELEMENTS (files) : i;
}

gboolean
catalina_tool_http_is_page (SoupServerMessage *message)
{
  return find_file (message) < G_N_ELEMENTS (files);
}

void
catalina_tool_http_answer_page (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  gsize i = find_file (message);
  g_autofree char *path = g_strconcat (FOLDER, files[i].file, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = g_resource_lookup_data (catalina_tool_page_get_resource (), path,
                                                       G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  gsize size;
  const char *data;

  if (!content)
    {
      catalina_tool_http_answer_error (message, error);
      return;
    }
  data = g_bytes_get_data (content, &size);
  soup_message_headers_replace (headers, "Content-Security-Policy", POLICY);
  soup_message_headers_replace (headers, "Referrer-Policy", "no-referrer");
  if (i == 0)
    soup_message_headers_replace (headers, "Vary", "Accept");
  catalina_tool_http_answer_text (message, SOUP_STATUS_OK, files[i].type, g_memdup2 (data, size),
                                  size);
}
