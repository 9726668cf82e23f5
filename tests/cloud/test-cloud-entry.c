/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses as Java prints them and the ids made of them; the digests are of `md5sum`.
 */
#include "tribes/cloud/tribes-cloud-entry-private.h"

#include "tribes/base/tribes-hex-private.h"

static void
test_address (gconstpointer data)
{
  const char *const *row = data;
  TribesCloudEntry entry = { 0 };
  char text[TRIBES_CLOUD_ADDRESS_TEXT];

  g_assert_true (tribes_cloud_entry_set_host (&entry, row[0]));
  tribes_cloud_address_print (entry.host, entry.host_size, text);
  g_assert_cmpstr (text, ==, row[1]);
  if (row[2])
    {
      g_autofree char *id = NULL;

      tribes_cloud_id_of_address (entry.host, entry.host_size, entry.unique_id);
      id = tribes_hex_dup (entry.unique_id, sizeof entry.unique_id);
      g_assert_cmpstr (id, ==, row[2]);
    }
}

static void
test_no_address (void)
{
  static const char *const texts[] = { "",       "10.0.0", "10.0.0.256", "localhost",        "1",
                                       "::1%lo", "[::1]",  "10.0.0.1 ",  "0:0:0:0:0:0:0:0:1" };
  TribesCloudEntry entry = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_false (tribes_cloud_entry_set_host (&entry, texts[i]));
}

int
main (int argc, char **argv)
{
  static const char *const rows[][3] = {
    { "10.0.0.1", "10.0.0.1", "190dafab69706a67221c1226360de7dc" },
    { "127.0.0.2", "127.0.0.2", "ab416c39d509e72c5a0a7451a45bc65e" },
    { "::1", "0:0:0:0:0:0:0:1", "5d4905e9588912f5f2229f0428c6bc65" },
    { "FD00::a:1234", "fd00:0:0:0:0:0:a:1234", "c17965f11b592b6c5e5ca1db9905dce2" },
    { "::ffff:10.0.0.1", "10.0.0.1", "190dafab69706a67221c1226360de7dc" },
    { "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      NULL },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cloud/entry/%u", i);

      g_test_add_data_func (path, rows[i], test_address);
    }
  g_test_add_func ("/cloud/entry/no-address", test_no_address);
  return g_test_run ();
}
