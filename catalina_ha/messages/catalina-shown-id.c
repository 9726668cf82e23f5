/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-shown-id-private.h"

#include <string.h>

#include "tribes/base/tribes-json-writer-private.h"

static gboolean show_whole;

void
catalina_show_whole_ids (gboolean whole)
{
  show_whole = whole;
}

gboolean
catalina_whole_ids_are_shown (void)
{
  return show_whole;
}

void
catalina_hash_id_into (const char *id, gsize size, char hash[CATALINA_SHOWN_ID_DIGITS + 1])
{
  /* What is printed is a string, too: both end at a zero byte. */
  g_autofree char *digits = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guint8 *) id,
                                                         strnlen (id, size));

  memcpy (hash, digits, CATALINA_SHOWN_ID_DIGITS);
  hash[CATALINA_SHOWN_ID_DIGITS] = '\0';
}

char *
catalina_hash_id (const char *id)
{
  char hash[CATALINA_SHOWN_ID_DIGITS + 1];

  catalina_hash_id_into (id, strlen (id), hash);
  return g_strdup (hash);
}

char *
catalina_shown_id (const char *id)
{
  TribesJson text = { .style = TRIBES_JSON_LINE };

  if (!show_whole)
    return catalina_hash_id (id);
  text.out = g_string_new (NULL);
  tribes_json_string (&text, id);
  return g_string_free (text.out, FALSE);
}
