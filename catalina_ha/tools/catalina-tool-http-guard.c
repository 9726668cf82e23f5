/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may ask at all. This is decided from the head of a request, before a body is read.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"

#define SCHEME "Bearer "
/* Bytes of the body of a refused request that are read, so that most clients see the answer. */
#define MAX_DISCARDED (16 * 1024 * 1024)

/* Takes as long for a token that is wrong in its first byte as for one wrong in its last: both are
 * hashed, and all of the hashes is compared. */
static gboolean
equal_in_constant_time (const char *a, const char *b)
{
  g_autofree char *hash_a = g_compute_checksum_for_string (G_CHECKSUM_SHA256, a, -1);
  g_autofree char *hash_b = g_compute_checksum_for_string (G_CHECKSUM_SHA256, b, -1);
  guint difference = 0;

  for (gsize i = 0; hash_a[i] != '\0'; i++)
    difference |= (guint) (hash_a[i] ^ hash_b[i]);
  return difference == 0;
}

static gboolean
check_token (SoupServerMessage *message, const char *token)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *given = soup_message_headers_get_one (headers, "Authorization");

  if (given && g_ascii_strncasecmp (given, SCHEME, strlen (SCHEME)) == 0
      && equal_in_constant_time (given + strlen (SCHEME), token))
    return TRUE;
  soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                "WWW-Authenticate", "Bearer");
  catalina_tool_http_refuse (message, SOUP_STATUS_UNAUTHORIZED,
                             "expected Authorization: Bearer with the token of --http-token-file");
  return FALSE;
}

static gboolean
names_loopback (const char *authority)
{
  static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gsize size = strlen (names[i]);

      if (g_ascii_strncasecmp (authority, names[i], size) == 0
          && (authority[size] == '\0'
              || (authority[size] == ':'
                  && g_ascii_string_to_unsigned (authority + size + 1, 10, 0, G_MAXUINT16, NULL,
                                                 NULL))))
        return TRUE;
    }
  return FALSE;
}

/* A web page may point a name of its own at 127.0.0.1 and then ask under that name. */
static gboolean
check_host (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *host = soup_message_headers_get_one (headers, "Host");

  if (host && names_loopback (host))
    return TRUE;
  catalina_tool_http_refuse (message, SOUP_STATUS_FORBIDDEN,
                             "expected localhost, 127.0.0.1 or [::1] in Host, found \"%s\"",
                             host ? host : "");
  return FALSE;
}

/* A web page may make a browser send a request whose answer the page will never see. */
static gboolean
check_origin (SoupServerMessage *message, gboolean is_secure)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *origin = soup_message_headers_get_list (headers, "Origin");
  const char *host = soup_message_headers_get_one (headers, "Host");
  const char *method = soup_server_message_get_method (message);
  g_autofree char *own = g_strconcat (is_secure ? "https://" : "http://", host, NULL);

  if (!origin || strcmp (method, "GET") == 0 || strcmp (method, "HEAD") == 0
      || g_ascii_strcasecmp (origin, own) == 0)
    return TRUE;
  catalina_tool_http_refuse (message, SOUP_STATUS_FORBIDDEN, "a page of %s may not change anything",
                             origin);
  return FALSE;
}

static gboolean
check_body (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  /* Its size would be known only when it is too late. */
  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED)
    {
      catalina_tool_http_refuse (message, SOUP_STATUS_LENGTH_REQUIRED, "expected Content-Length");
      return FALSE;
    }
  if (soup_message_headers_get_content_length (headers) > CATALINA_TOOL_HTTP_MAX_BODY)
    {
      catalina_tool_http_refuse (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE,
                                 "expected a body of at most %d bytes",
                                 CATALINA_TOOL_HTTP_MAX_BODY);
      return FALSE;
    }
  return TRUE;
}

static void
on_unwanted_chunk (SoupServerMessage *message, GBytes *chunk, gpointer data)
{
  gsize *left = data;
  gsize size = g_bytes_get_size (chunk);

  if (size > *left)
    catalina_tool_http_cut (message);
  *left -= MIN (size, *left);
}

static void
free_left (gpointer data, GClosure *closure)
{
  g_free (data);
}

/* libsoup reads a body to its end before it answers. It is not kept, and one that does not end soon
 * costs its connection. */
static void
discard_body (SoupServerMessage *message)
{
  gsize *left = g_new (gsize, 1);

  *left = MAX_DISCARDED;
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  g_signal_connect_data (message, "got-chunk", G_CALLBACK (on_unwanted_chunk), left, free_left, 0);
}

gboolean
catalina_tool_http_guard (SoupServerMessage *message, const char *token, gboolean is_secure)
{
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);

  /* Sessions are nobody's business but the client's: no cache, no page that shows them as a frame
   * or guesses at their type. */
  soup_message_headers_replace (answer, "Cache-Control", "no-store");
  soup_message_headers_replace (answer, "X-Content-Type-Options", "nosniff");
  /* libsoup reads no second request from a stream that it was given; clients have to know. */
  soup_message_headers_replace (answer, "Connection", "close");
  if (token ? catalina_tool_http_is_page (message) || check_token (message, token)
            : check_host (message))
    {
      if (check_origin (message, is_secure) && check_body (message))
        return TRUE;
    }
  discard_body (message);
  return FALSE;
}
