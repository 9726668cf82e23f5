/* SPDX-License-Identifier: Apache-2.0
 *
 * EncryptInterceptor: where it stands, its key, its cipher. A key is never part of a message.
 */
#include "xmlconf/xmlconf-check-private.h"

#include <string.h>

/* Sixteen random bytes all but never have fewer different ones: at most one key in ten thousand
 * million does. */
#define MIN_DIFFERENT_BYTES 8

static void
check_order (XmlconfReport *report, GPtrArray *interceptors)
{
  XmlconfNode *detector = NULL;

  for (guint i = 0; i < interceptors->len; i++)
    {
      XmlconfNode *node = g_ptr_array_index (interceptors, i);

      if (xmlconf_node_is_a (node, "TcpFailureDetector"))
        detector = node;
      else if (detector && xmlconf_node_is_a (node, "EncryptInterceptor"))
        xmlconf_report_at (report, XMLCONF_RULE_ENCRYPT_ORDER, node, NULL,
                           "EncryptInterceptor comes after the TcpFailureDetector on line %u",
                           detector->line);
    }
}

static guint
bytes_of_key (const char *hex, guint8 *key, guint max)
{
  guint n = (guint) strlen (hex) / 2;

  for (guint i = 0; i < n && i < max; i++)
    key[i]
        = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return n;
}

/* Few different bytes, or all at the same distance from each other. */
static gboolean
has_pattern (const guint8 *key, guint n)
{
  gboolean seen[256] = { FALSE };
  guint different = 0;
  gboolean steps = n > 2;

  for (guint i = 0; i < n; i++)
    {
      different += !seen[key[i]];
      seen[key[i]] = TRUE;
      if (i > 1 && (guint8) (key[i] - key[i - 1]) != (guint8) (key[1] - key[0]))
        steps = FALSE;
    }
  return steps || different < MIN_DIFFERENT_BYTES;
}

static gboolean
is_known_key (const char *hex)
{
  static const char *const known[] = {
    "cafebabedeadbeefbeefcafecafebabe", "cafebabedeadbeefbeefcafecafebabecafebabedeadbeef",
    "0123456789abcdef0123456789abcdef", "00112233445566778899aabbccddeeff",
    "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
    "deadbeefdeadbeefdeadbeefdeadbeef", "0123456789abcdeffedcba9876543210",
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_ascii_strncasecmp (hex, known[i], strlen (known[i])) == 0)
      return TRUE;
  return FALSE;
}

static void
check_key (XmlconfReport *report, XmlconfNode *node, const char *cipher)
{
  gboolean aes = g_ascii_strcasecmp (cipher, "AES") == 0;
  guint least = g_ascii_strcasecmp (cipher, "DES") == 0 ? 8 : 16;
  const char *hex = xmlconf_node_get_string (node, "encryptionKey");
  guint8 key[64] = { 0 };
  guint n;

  if (!hex)
    {
      xmlconf_report_at (report, XMLCONF_RULE_ENCRYPT_NO_KEY, node, "encryptionKey",
                         "EncryptInterceptor has no encryptionKey that can be used");
      return;
    }
  n = bytes_of_key (hex, key, sizeof key);
  if (n < least || (aes && n != 16 && n != 24 && n != 32))
    xmlconf_report_at (report, XMLCONF_RULE_ENCRYPT_KEY_LENGTH, node, "encryptionKey",
                       "encryptionKey has %u bytes%s", n,
                       aes ? ", and AES takes 16, 24 or 32" : "");
  else if (is_known_key (hex) || has_pattern (key, MIN (n, sizeof key)))
    xmlconf_report_at (report, XMLCONF_RULE_ENCRYPT_EXAMPLE_KEY, node, "encryptionKey",
                       "encryptionKey is a well-known one or has a pattern");
}

/* Which modes a version takes: the newer ones name what they refuse, the older ones what they take.
 */
static gboolean
mode_is_accepted (const char *mode, const char *padding, XmlconfVersion version)
{
  static const char *const refused[] = { "NONE", "ECB", "PCBC", "CTS", "KW", "KWP", "CTR", NULL };
  static const char *const old[] = { "GCM", "CBC", "OFB", "CFB", NULL };
  gboolean plain = strcmp (padding, "NOPADDING") == 0;

  if (!xmlconf_version_reaches (version, "9.0.119,10.1.56,11.0.23"))
    return g_strv_contains (old, mode) && (plain || strcmp (mode, "GCM") != 0);
  if (g_strv_contains (refused, mode))
    return FALSE;
  if (strcmp (mode, "GCM") == 0)
    return plain;
  if (strcmp (mode, "CBC") == 0)
    return !plain;
  if (g_str_has_prefix (mode, "CFB") || g_str_has_prefix (mode, "OFB"))
    return mode[3] == '\0' && !plain;
  return TRUE;
}

static void
check_cipher (XmlconfReport *report, XmlconfNode *node, char **parts)
{
  g_autofree char *mode = g_ascii_strup (parts[1], -1);
  g_autofree char *padding = g_ascii_strup (parts[2], -1);
  g_autofree char *version = xmlconf_version_to_string (node->version);
  static const char *const unprotected[] = { "CBC", "CFB", "OFB", NULL };

  if (!mode_is_accepted (mode, padding, node->version))
    xmlconf_report_at (report, XMLCONF_RULE_ENCRYPT_MODE, node, "encryptionAlgorithm",
                       "Tomcat %s does not accept %s/%s for encryption", version, parts[1],
                       parts[2]);
  else if (g_strv_contains (unprotected, mode))
    xmlconf_report_at (report, XMLCONF_RULE_ENCRYPT_CBC, node, "encryptionAlgorithm",
                       "%s encrypts with %s%s, which does not protect against changed messages",
                       node->name, mode,
                       xmlconf_node_is_set (node, "encryptionAlgorithm")
                           ? ""
                           : " unless told otherwise");
}

void
xmlconf_check_encryption (XmlconfReport *report, XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) interceptors = xmlconf_cluster_interceptors (cluster);

  check_order (report, interceptors);
  for (guint i = 0; i < interceptors->len; i++)
    {
      XmlconfNode *node = g_ptr_array_index (interceptors, i);
      const char *algorithm;
      g_auto (GStrv) parts = NULL;

      if (!xmlconf_node_is_a (node, "EncryptInterceptor"))
        continue;
      algorithm = xmlconf_node_get_string (node, "encryptionAlgorithm");
      parts = g_strsplit (algorithm ? algorithm : "", "/", 3);
      check_key (report, node, parts[0] ? parts[0] : "");
      if (g_strv_length (parts) == 3)
        check_cipher (report, node, parts);
    }
}
