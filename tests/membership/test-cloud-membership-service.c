/* SPDX-License-Identifier: Apache-2.0
 *
 * The service with a resolver that answers what the test wants, when it wants, and with a clock
 * that the test moves.
 */
#include "tribes/membership/tribes-cloud-membership-service.h"

#include <gio/gio.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hex-private.h"
#include "tribes/cloud/tribes-cloud-entry-private.h"
#include "tribes/membership/tribes-membership-private.h"

/* The resolver */

#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)

struct _TestResolver
{
  GResolver parent;

  GTask *question; /* (nullable) */
  char *name;      /* of the last one */
  guint n_asked;
};

G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
resolver_ask (GResolver *resolver,
              const char *name,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer data)
{
  TestResolver *self = TEST_RESOLVER (resolver);

  g_assert_null (self->question);
  self->question = g_task_new (resolver, cancellable, callback, data);
  self->n_asked++;
  g_free (self->name);
  self->name = g_strdup (name);
}

static GList *
resolver_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_init (TestResolver *self)
{
}

static void
test_resolver_finalize (GObject *object)
{
  g_free (TEST_RESOLVER (object)->name);
  G_OBJECT_CLASS (test_resolver_parent_class)->finalize (object);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_resolver_finalize;

  resolver_class->lookup_by_name_async = resolver_ask;
  resolver_class->lookup_by_name_finish = resolver_finish;
}

static void
free_addresses (gpointer addresses)
{
  g_list_free_full (addresses, g_object_unref);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* @addresses: divided by spaces */
static void
answer (TestResolver *self, const char *addresses)
{
  g_auto (GStrv) words = g_strsplit (addresses, " ", 0);
  g_autoptr (GTask) question = g_steal_pointer (&self->question);
  GList *list = NULL;

  for (guint i = 0; words[i]; i++)
    list = g_list_append (list, g_inet_address_new_from_string (words[i]));
  g_task_return_pointer (question, list, free_addresses);
  settle ();
}

static void
answer_error (TestResolver *self, GResolverError code)
{
  g_autoptr (GTask) question = g_steal_pointer (&self->question);

  g_task_return_new_error (question, G_RESOLVER_ERROR, code, "no answer");
  settle ();
}

/* The service */

typedef struct
{
  TestResolver *resolver;
  TribesVirtualClock *clock;
  TribesMembership *membership;
  GString *events;
} Lab;

static void
on_added (TribesMembership *membership, TribesMember *member, gpointer data)
{
  g_autofree char *host = tribes_member_dup_host (member);

  g_string_append_printf (data, "+%s:%d ", host, tribes_member_get_port (member));
}

static void
on_disappeared (TribesMembership *membership, TribesMember *member, gpointer data)
{
  g_autofree char *host = tribes_member_dup_host (member);

  g_string_append_printf (data, "-%s:%d ", host, tribes_member_get_port (member));
}

static void
on_identified (TribesMembership *membership, GBytes *id, gpointer data)
{
  g_string_append_c (data, '!');
  tribes_hex_append (data, g_bytes_get_data (id, NULL), 2);
  g_string_append_c (data, ' ');
}

static void
lab_assert (Lab *lab, const char *expected)
{
  g_assert_cmpstr (lab->events->str, ==, expected);
  g_string_truncate (lab->events, 0);
}

static void
lab_set_up (Lab *lab, gconstpointer data)
{
  g_autoptr (TribesMember) local = tribes_member_new ("10.0.0.1", 4000, NULL, NULL);
  g_autoptr (GResolver) resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);

  g_resolver_set_default (resolver);
  lab->resolver = TEST_RESOLVER (resolver);
  lab->clock = tribes_virtual_clock_new (G_USEC_PER_SEC, 0);
  lab->events = g_string_new (NULL);
  lab->membership = TRIBES_MEMBERSHIP (tribes_cloud_membership_service_new ());
  g_object_set (lab->membership, "membership-provider-class-name", "dns", NULL);
  g_signal_connect (lab->membership, "member-added", G_CALLBACK (on_added), lab->events);
  g_signal_connect (lab->membership, "member-disappeared", G_CALLBACK (on_disappeared),
                    lab->events);
  g_signal_connect (lab->membership, "identified", G_CALLBACK (on_identified), lab->events);
  tribes_membership_set_local_member (lab->membership, local);
}

static void
lab_tear_down (Lab *lab, gconstpointer data)
{
  tribes_membership_stop (lab->membership, TRIBES_SERVICES_DEFAULT);
  g_object_unref (lab->membership);
  /* Nobody waits for what it is asked still. */
  if (lab->resolver->question)
    answer_error (lab->resolver, G_RESOLVER_ERROR_TEMPORARY_FAILURE);
  settle ();
  g_string_free (lab->events, TRUE);
  tribes_virtual_clock_free (lab->clock);
}

static void
lab_start (Lab *lab)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_membership_start (lab->membership, TRIBES_SERVICES_DEFAULT, &error));
  g_assert_no_error (error);
}

/* @ms later the channel has a heartbeat. */
static void
lab_heartbeat (Lab *lab, gint64 ms)
{
  tribes_virtual_clock_advance (lab->clock, tribes_clock_get_us () + ms * 1000);
  settle ();
  tribes_membership_heartbeat (lab->membership);
}

static void
test_members (Lab *lab, gconstpointer data)
{
  lab_start (lab);
  g_assert_cmpstr (lab->resolver->name, ==, "shop.example");
  lab_assert (lab, "!190d ");
  answer (lab->resolver, "10.0.0.1 10.0.0.2");
  lab_assert (lab, "!190d +10.0.0.2:4000 ");
  lab_heartbeat (lab, 5000);
  answer (lab->resolver, "10.0.0.1");
  lab_assert (lab, "");
  lab_heartbeat (lab, 5000);
  answer (lab->resolver, "10.0.0.1");
  lab_assert (lab, "-10.0.0.2:4000 ");
}

/* A server that is down says nothing of the members: Tomcat drops them all. */
static void
test_trouble_drops_nobody (Lab *lab, gconstpointer data)
{
  lab_start (lab);
  answer (lab->resolver, "10.0.0.2");
  lab_assert (lab, "!190d +10.0.0.2:4000 ");
  g_test_expect_message ("tribes-membership", G_LOG_LEVEL_WARNING, "*shop.example*those who are*");
  for (guint i = 0; i < 10; i++)
    {
      lab_heartbeat (lab, 5000);
      answer_error (lab->resolver, G_RESOLVER_ERROR_TEMPORARY_FAILURE);
    }
  lab_assert (lab, "");
  g_test_expect_message ("tribes-membership", G_LOG_LEVEL_MESSAGE, "*answered again");
  lab_heartbeat (lab, 5000);
  answer (lab->resolver, "10.0.0.2 10.0.0.3");
  g_test_assert_expected_messages ();
  lab_assert (lab, "+10.0.0.3:4000 ");
}

/* There is no such name any more: that is an answer. */
static void
test_no_such_name (Lab *lab, gconstpointer data)
{
  lab_start (lab);
  answer (lab->resolver, "10.0.0.2");
  lab_heartbeat (lab, 5001);
  answer_error (lab->resolver, G_RESOLVER_ERROR_NOT_FOUND);
  lab_assert (lab, "!190d +10.0.0.2:4000 -10.0.0.2:4000 ");
}

/* One question at a time, however long it takes. */
static void
test_hang (Lab *lab, gconstpointer data)
{
  lab_start (lab);
  answer (lab->resolver, "10.0.0.2");
  lab_heartbeat (lab, 5000);
  g_test_expect_message ("tribes-membership", G_LOG_LEVEL_WARNING, "*no answer for 5.0 s*");
  for (guint i = 0; i < 20; i++)
    lab_heartbeat (lab, 5000);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (lab->resolver->n_asked, ==, 2);
  lab_assert (lab, "!190d +10.0.0.2:4000 ");
  g_test_expect_message ("tribes-membership", G_LOG_LEVEL_MESSAGE, "*answered again");
  answer (lab->resolver, "10.0.0.2");
  g_test_assert_expected_messages ();
  lab_assert (lab, "");
}

/* Nobody waits a heartbeat's time for the first answer. */
static void
test_first_answer_is_tried_again (Lab *lab, gconstpointer data)
{
  lab_start (lab);
  g_test_expect_message ("tribes-membership", G_LOG_LEVEL_WARNING, "*no answer*");
  answer_error (lab->resolver, G_RESOLVER_ERROR_TEMPORARY_FAILURE);
  g_test_assert_expected_messages ();
  for (guint i = 2; i < 5; i++)
    {
      tribes_virtual_clock_advance (lab->clock, tribes_virtual_clock_get_deadline (lab->clock));
      settle ();
      g_assert_cmpuint (lab->resolver->n_asked, ==, i);
      answer_error (lab->resolver, G_RESOLVER_ERROR_TEMPORARY_FAILURE);
    }
  lab_heartbeat (lab, 0);
  g_test_expect_message ("tribes-membership", G_LOG_LEVEL_MESSAGE, "*answered again");
  answer (lab->resolver, "10.0.0.2");
  g_test_assert_expected_messages ();
  g_assert_cmpint (tribes_virtual_clock_get_deadline (lab->clock), ==, G_MAXINT64);
}

static void
test_stopped_while_asking (Lab *lab, gconstpointer data)
{
  g_autoptr (GTask) old = NULL;

  lab_start (lab);
  old = g_steal_pointer (&lab->resolver->question);
  tribes_membership_stop (lab->membership, TRIBES_SERVICES_DEFAULT);
  lab_start (lab);
  g_task_return_pointer (old, g_list_append (NULL, g_inet_address_new_from_string ("10.0.0.9")),
                         free_addresses);
  settle ();
  lab_assert (lab, "!190d !190d ");
  answer (lab->resolver, "10.0.0.2");
  lab_assert (lab, "+10.0.0.2:4000 ");
  tribes_membership_stop (lab->membership, TRIBES_SERVICES_DEFAULT);
  lab_heartbeat (lab, 5000);
  g_assert_null (lab->resolver->question);
}

static void
test_heard (Lab *lab, gconstpointer data)
{
  g_autoptr (TribesMember) sender = tribes_member_new ("10.0.0.7", 4000, NULL, NULL);

  tribes_membership_heard (lab->membership, sender);
  lab_assert (lab, "");
  lab_start (lab);
  tribes_membership_heard (lab->membership, sender);
  lab_assert (lab, "!190d +10.0.0.7:4000 ");
}

static void
on_added_stop (TribesMembership *membership, TribesMember *member, gpointer data)
{
  tribes_membership_stop (membership, TRIBES_SERVICES_DEFAULT);
}

static void
test_stopped_by_a_handler (Lab *lab, gconstpointer data)
{
  g_signal_connect (lab->membership, "member-added", G_CALLBACK (on_added_stop), NULL);
  lab_start (lab);
  answer (lab->resolver, "10.0.0.2 10.0.0.3");
  lab_assert (lab, "!190d +10.0.0.2:4000 ");
}

static void
test_settings (Lab *lab, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_object_set (lab->membership, "membership-provider-class-name", "zeroconf", NULL);
  g_assert_false (tribes_membership_check (lab->membership, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_clear_error (&error);
  g_object_set (lab->membership, "membership-provider-class-name", "kubernetes", NULL);
  g_assert_false (tribes_membership_start (lab->membership, TRIBES_SERVICES_DEFAULT, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "KUBERNETES_SERVICE_HOST"));
  g_assert_null (lab->resolver->question);
}

int
main (int argc, char **argv)
{
  g_setenv ("DNS_MEMBERSHIP_SERVICE_NAME", "shop.example", TRUE);
  g_unsetenv ("KUBERNETES_SERVICE_HOST");
  g_unsetenv ("OPENSHIFT_KUBE_PING_MASTER_HOST");
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func)                                                                            \
  g_test_add ("/cloud/service/" path, Lab, NULL, lab_set_up, func, lab_tear_down)
  ADD ("members", test_members);
  ADD ("trouble-drops-nobody", test_trouble_drops_nobody);
  ADD ("no-such-name", test_no_such_name);
  ADD ("hang", test_hang);
  ADD ("first-answer-is-tried-again", test_first_answer_is_tried_again);
  ADD ("stopped-while-asking", test_stopped_while_asking);
  ADD ("heard", test_heard);
  ADD ("stopped-by-a-handler", test_stopped_by_a_handler);
  ADD ("settings", test_settings);
  return g_test_run ();
}
