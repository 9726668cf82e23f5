/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-cloud-entry-private.h"

#include <arpa/inet.h>
#include <string.h>

void
tribes_cloud_entry_set_bytes (TribesCloudEntry *entry, const guint8 *host, gsize host_size)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };

  if (host_size == 16 && memcmp (host, mapped, sizeof mapped) == 0)
    {
      host += sizeof mapped;
      host_size -= sizeof mapped;
    }
  entry->host_size = (guint8) MIN (host_size, sizeof entry->host);
  memcpy (entry->host, host, entry->host_size);
}

gboolean
tribes_cloud_entry_set_host (TribesCloudEntry *entry, const char *text)
{
  guint8 host[16];

  if (inet_pton (AF_INET, text, host) == 1)
    tribes_cloud_entry_set_bytes (entry, host, 4);
  else if (inet_pton (AF_INET6, text, host) == 1)
    tribes_cloud_entry_set_bytes (entry, host, 16);
  else
    return FALSE;
  return TRUE;
}

void
tribes_cloud_address_print (const guint8 *host, gsize host_size, char *text)
{
  char *to = text;

  if (host_size != 16)
    {
      g_snprintf (text, TRIBES_CLOUD_ADDRESS_TEXT, "%u.%u.%u.%u", host[0], host[1], host[2],
                  host[3]);
      return;
    }
  for (guint i = 0; i < 16; i += 2)
    to += g_snprintf (to, (gulong) (TRIBES_CLOUD_ADDRESS_TEXT - (to - text)), "%s%x",
                      i > 0 ? ":" : "", (guint) (host[i] << 8 | host[i + 1]));
}

void
tribes_cloud_id_of_text (const char *text, guint8 *unique_id)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  gsize size = TRIBES_MEMBER_ID_SIZE;

  g_checksum_update (checksum, (const guchar *) text, -1);
  g_checksum_get_digest (checksum, unique_id, &size);
}

void
tribes_cloud_id_of_address (const guint8 *host, gsize host_size, guint8 *unique_id)
{
  char text[TRIBES_CLOUD_ADDRESS_TEXT];

  tribes_cloud_address_print (host, host_size, text);
  tribes_cloud_id_of_text (text, unique_id);
}
