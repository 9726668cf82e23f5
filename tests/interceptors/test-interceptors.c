/* SPDX-License-Identifier: Apache-2.0
 *
 * Single interceptors between a fake one above and a fake one below.
 */
#include "tests/interceptors/chain.h"

#include <string.h>

#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"
#include "tribes/base/tribes-error.h"

static void
test_dispatch (Chain *fixture, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) sync = chain_send (fixture, "sync", TRIBES_SEND_OPTIONS_USE_ACK);
  g_autoptr (TribesDelivery) async = NULL;
  TribesMessageDispatchInterceptor *dispatch
      = TRIBES_MESSAGE_DISPATCH_INTERCEPTOR (fixture->middle);

  g_assert_cmpuint (fixture->n_ended, ==, 0);
  tribes_delivery_complete (fixture->bottom->deliveries->pdata[0], fixture->other, NULL);
  g_assert_cmpuint (fixture->n_ended, ==, 1);
  /* The sender of an asynchronous one goes on while it is still under way. */
  async = chain_send (fixture, "async", TRIBES_SEND_OPTIONS_ASYNCHRONOUS);
  g_assert_cmpuint (fixture->n_ended, ==, 2);
  g_assert_cmpint (tribes_message_dispatch_interceptor_get_current_size (dispatch), ==, 5);
  tribes_delivery_complete (fixture->bottom->deliveries->pdata[1], fixture->other, NULL);
  g_assert_cmpint (tribes_message_dispatch_interceptor_get_current_size (dispatch), ==, 0);
}

static void
test_dispatch_full (Chain *fixture, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) first = NULL;
  g_autoptr (TribesDelivery) waiting = NULL;
  g_autoptr (TribesDelivery) refused = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (fixture->middle, "max-queue-size", (gint64) 4, NULL);
  first = chain_send (fixture, "1234", TRIBES_SEND_OPTIONS_ASYNCHRONOUS);
  waiting = chain_send (fixture, "5", TRIBES_SEND_OPTIONS_ASYNCHRONOUS);
  g_assert_cmpuint (fixture->bottom->deliveries->len, ==, 2);
  g_assert_cmpuint (fixture->n_ended, ==, 1);
  g_object_set (fixture->middle, "always-send", FALSE, NULL);
  refused = chain_send (fixture, "6", TRIBES_SEND_OPTIONS_ASYNCHRONOUS);
  g_assert_cmpuint (fixture->bottom->deliveries->len, ==, 2);
  g_assert_false (tribes_delivery_propagate_error (refused, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_BUSY);
  tribes_delivery_complete_all (fixture->bottom->deliveries->pdata[0], NULL);
  tribes_delivery_complete_all (fixture->bottom->deliveries->pdata[1], NULL);
}

/* A static member without id is whoever announces itself from its address; one with an id is only
 * the one that has it. */
static void
test_static_announcements (Chain *fixture, gconstpointer class_name)
{
  TribesInterceptor *middle = fixture->middle;
  const char *id = "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}";
  g_autoptr (TribesMember) restarted = tribes_member_new ("127.0.0.1", 4001, id, NULL);
  g_autoptr (TribesMember) with_id = tribes_member_new ("127.0.0.1", 4002, id, NULL);
  g_autoptr (TribesMember) impostor = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  g_autoptr (TribesMember) stranger = tribes_member_new ("127.0.0.1", 4003, NULL, NULL);

  g_assert_true (tribes_interceptor_add_static_member (middle, fixture->other, NULL));
  g_assert_true (tribes_interceptor_add_static_member (middle, with_id, NULL));
  chain_receive (fixture, restarted, "Local StaticMember Notification Data");
  g_assert_cmpuint (fixture->top->added->len, ==, 1);
  g_assert_true (tribes_member_equal (fixture->top->added->pdata[0], fixture->other));
  chain_receive (fixture, impostor, "Local StaticMember Notification Data");
  chain_receive (fixture, stranger, "Local StaticMember Notification Data");
  g_assert_cmpuint (fixture->top->added->len, ==, 1);
  chain_receive (fixture, with_id, "Local StaticMember Shutdown Data");
  g_assert_cmpuint (fixture->top->disappeared->len, ==, 1);
  /* Announcements are not for the application, whoever they come from. */
  g_assert_cmpuint (fixture->top->messages->len, ==, 0);
  chain_receive (fixture, with_id, "Local StaticMember Shutdown Data.");
  g_assert_cmpuint (fixture->top->messages->len, ==, 1);
}

/* The list may contain the node itself. */
static void
test_static_lists_itself (Chain *fixture, gconstpointer class_name)
{
  TribesInterceptor *middle = fixture->middle;
  g_autoptr (GPtrArray) members = NULL;

  g_assert_true (tribes_interceptor_add_static_member (middle, fixture->other, NULL));
  g_assert_true (tribes_interceptor_add_static_member (middle, fixture->bottom->local, NULL));
  members = tribes_interceptor_list_members (fixture->middle);
  g_assert_cmpuint (members->len, ==, 1);
  g_assert_true (tribes_member_equal (members->pdata[0], fixture->other));
}

/* Answers when it is told to, and never blocks. */
struct _LateResolver
{
  GResolver parent_instance;
  GPtrArray *questions; /* of GTask */
};

#define TYPE_LATE_RESOLVER (late_resolver_get_type ())
G_DECLARE_FINAL_TYPE (LateResolver, late_resolver, TEST, LATE_RESOLVER, GResolver)
G_DEFINE_TYPE (LateResolver, late_resolver, G_TYPE_RESOLVER)

static void
late_look_up (GResolver *resolver,
              const char *host,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, data);

  g_assert_cmpstr (host, ==, "later.example");
  g_ptr_array_add (TEST_LATE_RESOLVER (resolver)->questions, task);
}

static GList *
late_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
late_resolver_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_LATE_RESOLVER (object)->questions);
  G_OBJECT_CLASS (late_resolver_parent_class)->finalize (object);
}

static void
late_resolver_class_init (LateResolverClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = late_resolver_finalize;
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = late_look_up;
  G_RESOLVER_CLASS (klass)->lookup_by_name_finish = late_finish;
}

static void
late_resolver_init (LateResolver *self)
{
  self->questions = g_ptr_array_new_with_free_func (g_object_unref);
}

/* @address: (nullable): for nobody */
static void
answer (LateResolver *resolver, const char *address)
{
  GTask *task = g_ptr_array_index (resolver->questions, 0);

  if (address)
    g_task_return_pointer (task, g_list_prepend (NULL, g_inet_address_new_from_string (address)),
                           (GDestroyNotify) g_resolver_free_addresses);
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "nobody");
  g_ptr_array_remove_index (resolver->questions, 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static guint
count_listed (TribesInterceptor *interceptor)
{
  g_autoptr (GPtrArray) members = tribes_interceptor_list_members (interceptor);

  return members->len;
}

/* Each heartbeat asks once for who is not known yet, until somebody answers. */
static void
test_static_unresolved (Chain *fixture, gconstpointer class_name)
{
  TribesInterceptor *middle = fixture->middle;
  const char *id = "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}";
  g_autoptr (LateResolver) resolver = g_object_new (TYPE_LATE_RESOLVER, NULL);
  g_autoptr (GResolver) before = g_resolver_get_default ();
  g_autoptr (TribesMember) unknown = tribes_member_new ("0.0.0.0", 4005, id, NULL);
  g_autoptr (TribesMember) expected = tribes_member_new ("192.0.2.5", 4005, id, NULL);

  g_resolver_set_default (G_RESOLVER (resolver));
  tribes_static_membership_interceptor_add_unresolved (TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (
                                                           middle),
                                                       "later.example", unknown);
  g_assert_true (tribes_interceptor_start (middle, TRIBES_SERVICES_DEFAULT, NULL));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (resolver->questions->len, ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      tribes_interceptor_heartbeat (middle);
      tribes_interceptor_heartbeat (middle);
      g_assert_cmpuint (resolver->questions->len, ==, 1);
      answer (resolver, NULL);
      g_assert_cmpuint (count_listed (middle), ==, 0);
      g_assert_cmpuint (fixture->top->added->len, ==, 0);
    }
  tribes_interceptor_heartbeat (middle);
  answer (resolver, "192.0.2.5");
  g_assert_cmpuint (count_listed (middle), ==, 1);
  g_assert_cmpuint (fixture->top->added->len, ==, 1);
  g_assert_true (tribes_member_equal (fixture->top->added->pdata[0], expected));
  g_assert_cmpuint (fixture->bottom->deliveries->len, >, 0);
  tribes_interceptor_heartbeat (middle);
  g_assert_cmpuint (resolver->questions->len, ==, 0);
  tribes_interceptor_stop (middle, TRIBES_SERVICES_DEFAULT);
  g_resolver_set_default (before);
}

/* Who is not there any more is not told. */
static void
test_static_gone (Chain *fixture, gconstpointer class_name)
{
  g_autoptr (LateResolver) resolver = g_object_new (TYPE_LATE_RESOLVER, NULL);
  g_autoptr (GResolver) before = g_resolver_get_default ();
  TribesInterceptor *alone = tribes_static_membership_interceptor_new ();
  g_autoptr (TribesMember) unknown = tribes_member_new ("0.0.0.0", 4005, NULL, NULL);

  g_resolver_set_default (G_RESOLVER (resolver));
  tribes_static_membership_interceptor_add_unresolved (TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (alone),
                                                       "later.example", unknown);
  tribes_interceptor_heartbeat (alone);
  g_object_unref (alone);
  answer (resolver, "192.0.2.5");
  g_resolver_set_default (before);
}

/* An interceptor that has no use for members says so, as Tomcat's reader of the file does. */
static void
test_takes_no_members (Chain *fixture, gconstpointer class_name)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (tribes_interceptor_add_static_member (fixture->middle, fixture->other, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, "TribesTcpPingInterceptor takes no members");
  g_clear_error (&error);
  g_assert_false (tribes_interceptor_set_local_identity (fixture->middle, NULL, NULL, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
}

static void
test_static_identity (Chain *fixture, gconstpointer class_name)
{
  g_autoptr (GBytes) short_id = g_bytes_new_static ("123456789012345", 15);
  g_autoptr (GBytes) id = g_bytes_new_static ("1234567890123456", 16);
  g_autoptr (GBytes) domain = g_bytes_new_static ("dom", 3);
  g_autoptr (GBytes) found = NULL;
  g_autoptr (TribesMember) local = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (
      tribes_interceptor_set_local_identity (fixture->middle, short_id, domain, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, "unique id: expected 16 bytes, found 15");
  g_clear_error (&error);
  g_assert_true (tribes_interceptor_set_local_identity (fixture->middle, id, domain, &error));
  local = tribes_interceptor_dup_local_member (fixture->middle);
  g_assert_cmpmem (tribes_member_get_unique_id (local), 16, "1234567890123456", 16);
  found = tribes_member_dup_domain (local);
  g_assert_true (g_bytes_equal (found, domain));
}

static void
test_list_classes (void)
{
  g_autofree const char **names = tribes_interceptor_list_classes ();

  g_assert_cmpuint (g_strv_length ((char **) names), >=, 5);
  for (gsize i = 0; names[i]; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesInterceptor) interceptor
          = tribes_interceptor_new_for_class (names[i], &error);

      g_assert_no_error (error);
      g_assert_true (TRIBES_IS_INTERCEPTOR (interceptor));
    }
}

static void
test_unknown_class (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (tribes_interceptor_new_for_class ("com.example.Mine", &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED);
}

#define ADD(name, class_name, func)                                                                \
  g_test_add ("/interceptors/" name, Chain, class_name, chain_setup, func, chain_teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("message-dispatch", "MessageDispatchInterceptor", test_dispatch);
  ADD ("message-dispatch/full", "MessageDispatchInterceptor", test_dispatch_full);
  ADD ("static-membership/announcements", "StaticMembershipInterceptor", test_static_announcements);
  ADD ("static-membership/lists-itself", "StaticMembershipInterceptor", test_static_lists_itself);
  ADD ("static-membership/unresolved", "StaticMembershipInterceptor", test_static_unresolved);
  ADD ("static-membership/gone", "StaticMembershipInterceptor", test_static_gone);
  ADD ("static-membership/identity", "StaticMembershipInterceptor", test_static_identity);
  ADD ("takes-no-members", "TcpPingInterceptor", test_takes_no_members);
  g_test_add_func ("/interceptors/list-classes", test_list_classes);
  g_test_add_func ("/interceptors/unknown-class", test_unknown_class);
  return g_test_run ();
}
