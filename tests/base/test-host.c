/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-host-private.h"

/* Looks up without any network. */
#define FAKE_TYPE_RESOLVER (fake_resolver_get_type ())
G_DECLARE_FINAL_TYPE (FakeResolver, fake_resolver, FAKE, RESOLVER, GResolver)

struct _FakeResolver
{
  GResolver parent_instance;
};

G_DEFINE_FINAL_TYPE (FakeResolver, fake_resolver, G_TYPE_RESOLVER)

static GList *
fake_look_up (GResolver *resolver, const char *host, GCancellable *cancellable, GError **error)
{
  GList *addresses = NULL;

  if (g_str_equal (host, "nobody"))
    {
      g_set_error_literal (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such host");
      return NULL;
    }
  if (g_str_equal (host, "both"))
    addresses = g_list_prepend (addresses, g_inet_address_new_from_string ("192.0.2.7"));
  addresses = g_list_prepend (addresses, g_inet_address_new_from_string ("2001:db8::2"));
  return g_list_prepend (addresses, g_inet_address_new_from_string ("2001:db8::1"));
}

static void
fake_resolver_class_init (FakeResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name = fake_look_up;
}

static void
fake_resolver_init (FakeResolver *self)
{
}

static void
check (const char *host, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GInetAddress) address = tribes_host_look_up (host, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = g_inet_address_to_string (address);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_look_up (void)
{
  g_autoptr (GResolver) fake = g_object_new (FAKE_TYPE_RESOLVER, NULL);
  g_autoptr (GError) error = NULL;

  g_resolver_set_default (fake);
  check ("both", "192.0.2.7");
  check ("only6", "2001:db8::1");
  /* Addresses are not asked about. */
  check ("192.0.2.9", "192.0.2.9");
  check ("2001:db8::9", "2001:db8::9");
  g_assert_null (tribes_host_look_up ("nobody", &error));
  g_assert_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/host/look-up", test_look_up);
  return g_test_run ();
}
