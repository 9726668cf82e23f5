/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of an API server, good ones and others.
 */
#include "tribes/cloud/tribes-cloud-pods-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hex-private.h"

#define CREATED "2018-10-10T13:05:29Z"
/* 2018-10-10T13:05:29Z */
#define CREATED_MS G_GINT64_CONSTANT (1539176729000)

#define POD(uid, phase, address)                                                                   \
  "{\"metadata\":{\"name\":\"shop-1\",\"labels\":{\"name\":\"x\",\"uid\":\"y\"},\"uid\":\"" uid    \
  "\",\"creationTimestamp\":\"" CREATED                                                            \
  "\",\"ownerReferences\":[{\"uid\":\"z\",\"name\":\"q\"}]},"                                      \
  "\"spec\":{\"volumes\":[]},\"status\":{\"phase\":\"" phase                                       \
  "\",\"hostIP\":\"10.9.9.9\",\"podIP\":"                                                          \
  "\"" address "\",\"podIPs\":[{\"ip\":\"" address "\"}]}}"
#define LIST(pods)                                                                                 \
  "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},"          \
  "\"items\":"                                                                                     \
  "[" pods "]}"
#define UID "29cc7dec-cc8d-11e8-943e-02ec8e61afcf"
/* Its md5sum. */
#define ID "d978e1ac86f3b45cf52ad45f3a88c050"

static GArray *
parse (const char *text, gsize size, GError **error)
{
  g_autofree char *copy = g_memdup2 (text, size);

  return tribes_cloud_pods_parse (copy, size, CREATED_MS + 1500, error);
}

static GArray *
parse_good (const char *text)
{
  g_autoptr (GError) error = NULL;
  GArray *entries = parse (text, strlen (text), &error);

  g_assert_no_error (error);
  return entries;
}

/* As Tomcat's KubernetesMembershipProvider takes them. */
static void
test_list (void)
{
  g_autoptr (GArray) entries = parse_good (
      LIST (POD (UID, "Running", "10.130.140.153") "," POD ("b", "Running", "fd00::7") "," POD (
          "c", "Pending", "10.0.0.3") "," POD ("d", "Succeeded", "10.0.0.4")));
  const TribesCloudEntry *first = &g_array_index (entries, TribesCloudEntry, 0);
  g_autofree char *id = tribes_hex_dup (first->unique_id, sizeof first->unique_id);

  g_assert_cmpuint (entries->len, ==, 2);
  g_assert_cmpstr (id, ==, ID);
  g_assert_cmpint (first->alive_ms, ==, 1500);
  g_assert_cmpmem (first->host, first->host_size, ((guint8[]){ 10, 130, 140, 153 }), 4);
  g_assert_cmpuint (g_array_index (entries, TribesCloudEntry, 1).host_size, ==, 16);
}

/* Without a uid a pod is known by its address. */
static void
test_no_uid (void)
{
  g_autoptr (GArray) entries
      = parse_good (LIST ("{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\",\"creationTimestamp\":"
                          "\"2018-10-10T13:05:31.25Z\"},\"status\":{\"phase\":\"Running\",\"podIP\""
                          ":\"10.0.0.1\"}}"));
  const TribesCloudEntry *entry = &g_array_index (entries, TribesCloudEntry, 0);
  g_autofree char *id = tribes_hex_dup (entry->unique_id, sizeof entry->unique_id);

  g_assert_cmpstr (id, ==, "190dafab69706a67221c1226360de7dc");
  g_assert_cmpint (entry->alive_ms, ==, -750);
}

static void
test_no_members (void)
{
  static const char *const lists[] = {
    LIST (""),
    "{\"items\":[]}",
    LIST ("1,null,\"a\",[],{}"),
    LIST ("{\"kind\":\"Service\",\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"" CREATED
          "\"},\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.1\"}}"),
    LIST ("{\"metadata\":{\"creationTimestamp\":\"" CREATED
          "\"},\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.1\"}}"),
    LIST ("{\"metadata\":{\"name\":\"a\"},\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.1\""
          "}}"),
    LIST ("{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"yesterday\"},\"status\":"
          "{\"phase\":\"Running\",\"podIP\":\"10.0.0.1\"}}"),
    LIST ("{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"" CREATED
          "\"},\"status\":{\"phase\":\"Running\"}}"),
    LIST ("{\"metadata\":\"a\",\"status\":[\"Running\"]}"),
    LIST (POD ("a", "Running", "host.example")),
    LIST (POD ("a", "Running", "10.0.0.1\\u0000")),
    LIST (POD ("a", "running", "10.0.0.1")),
    LIST (POD ("\\u00e4", "Running", "10.0.0.1")),
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (GArray) entries = parse_good (lists[i]);

      g_assert_cmpuint (entries->len, ==, 0);
    }
}

static void
test_no_list (void)
{
  static const char *const texts[] = {
    "",
    "[]",
    "{}",
    "null",
    "{\"items\":{}}",
    "{\"items\":null}",
    "{\"items\":[]}{}",
    "{\"items\":[],\"items\":[]}",
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":403}",
    "<html>",
    "{\"items\":[{\"metadata\":{\"name\":\"a\"}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (texts[i], strlen (texts[i]), &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
    }
}

/* An answer that breaks off drops nobody. */
static void
test_every_prefix_fails (void)
{
  static const char text[]
      = LIST (POD (UID, "Running", "10.0.0.1") "," POD ("b", "Running", "::1"));

  for (gsize size = 0; size < sizeof text - 1; size++)
    g_assert_null (parse (text, size, NULL));
}

static void
test_too_many (void)
{
  g_autoptr (GString) text = g_string_new ("{\"items\":[" POD ("a", "Running", "10.0.0.1"));
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < TRIBES_CLOUD_PODS_MAX; i++)
    g_string_append (text, "," POD ("a", "Running", "10.0.0.1"));
  g_string_append (text, "]}");
  g_assert_null (parse (text->str, text->len, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
}

/* Time is linear, and the stack is not touched. */
static void
test_deep (void)
{
  g_autofree char *text = g_malloc (1000000);

  memset (text, '[', 1000000);
  memcpy (text, "{\"a\":", 5);
  g_assert_null (parse (text, 1000000, NULL));
  memcpy (text, "{\"items\":[", 10);
  g_assert_null (parse (text, 1000000, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/pods/list", test_list);
  g_test_add_func ("/cloud/pods/no-uid", test_no_uid);
  g_test_add_func ("/cloud/pods/no-members", test_no_members);
  g_test_add_func ("/cloud/pods/no-list", test_no_list);
  g_test_add_func ("/cloud/pods/every-prefix-fails", test_every_prefix_fails);
  g_test_add_func ("/cloud/pods/too-many", test_too_many);
  g_test_add_func ("/cloud/pods/deep", test_deep);
  return g_test_run ();
}
