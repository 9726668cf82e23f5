/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interceptors/chain.h"

#include <string.h>

#include "tribes/interceptors/tribes-interceptors.h"

G_DEFINE_TYPE (Fake, fake, TRIBES_TYPE_INTERCEPTOR)

static void
fake_send_message (TribesInterceptor *self, TribesDelivery *delivery)
{
  g_ptr_array_add (TEST_FAKE (self)->deliveries, tribes_delivery_ref (delivery));
}

static gboolean
fake_message_received (TribesInterceptor *self, TribesMessage *message, GError **error)
{
  g_ptr_array_add (TEST_FAKE (self)->messages, tribes_message_ref (message));
  return TRUE;
}

static void
fake_member_added (TribesInterceptor *self, TribesMember *member)
{
  g_ptr_array_add (TEST_FAKE (self)->added, tribes_member_ref (member));
}

static void
fake_member_disappeared (TribesInterceptor *self, TribesMember *member)
{
  g_ptr_array_add (TEST_FAKE (self)->disappeared, tribes_member_ref (member));
}

static TribesMember *
fake_dup_local_member (TribesInterceptor *self)
{
  return tribes_member_ref (TEST_FAKE (self)->local);
}

static GPtrArray *
fake_list_members (TribesInterceptor *self)
{
  GPtrArray *members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < TEST_FAKE (self)->members->len; i++)
    g_ptr_array_add (members, tribes_member_ref (TEST_FAKE (self)->members->pdata[i]));
  return members;
}

static void
fake_finalize (GObject *object)
{
  Fake *self = TEST_FAKE (object);

  g_ptr_array_unref (self->deliveries);
  g_ptr_array_unref (self->messages);
  g_ptr_array_unref (self->added);
  g_ptr_array_unref (self->disappeared);
  g_ptr_array_unref (self->members);
  tribes_member_unref (self->local);
  G_OBJECT_CLASS (fake_parent_class)->finalize (object);
}

static void
fake_class_init (FakeClass *klass)
{
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fake_finalize;
  interceptor_class->message_received = fake_message_received;
  interceptor_class->member_added = fake_member_added;
  interceptor_class->member_disappeared = fake_member_disappeared;
}

static void
fake_init (Fake *self)
{
  self->deliveries = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_delivery_unref);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_message_unref);
  self->added = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->disappeared = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->local = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
}

/* The bottom also answers for the channel below it. */
typedef struct
{
  Fake parent;
} Bottom;

typedef struct
{
  FakeClass parent_class;
} BottomClass;

static GType bottom_get_type (void);
G_DEFINE_TYPE (Bottom, bottom, TYPE_FAKE)

static void
bottom_class_init (BottomClass *klass)
{
  TRIBES_INTERCEPTOR_CLASS (klass)->send_message = fake_send_message;
  TRIBES_INTERCEPTOR_CLASS (klass)->dup_local_member = fake_dup_local_member;
  TRIBES_INTERCEPTOR_CLASS (klass)->list_members = fake_list_members;
}

static void
bottom_init (Bottom *self)
{
}

void
chain_setup (Chain *chain, gconstpointer class_name)
{
  g_autofree char *full
      = g_strconcat ("org.apache.catalina.tribes.group.interceptors.", class_name, NULL);
  g_autoptr (GError) error = NULL;

  chain->top = g_object_new (TYPE_FAKE, NULL);
  chain->bottom = g_object_new (bottom_get_type (), NULL);
  chain->middle = tribes_interceptor_new_for_class (full, &error);
  g_assert_no_error (error);
  tribes_interceptor_link (TRIBES_INTERCEPTOR (chain->top), chain->middle);
  tribes_interceptor_link (chain->middle, TRIBES_INTERCEPTOR (chain->bottom));
  chain->other = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);
  chain->destinations = g_ptr_array_new ();
  g_ptr_array_add (chain->destinations, chain->other);
}

void
chain_teardown (Chain *chain, gconstpointer class_name)
{
  g_ptr_array_unref (chain->destinations);
  g_assert_finalize_object (chain->middle);
  g_assert_finalize_object (chain->top);
  g_assert_finalize_object (chain->bottom);
  tribes_member_unref (chain->other);
}

static void
on_ended (TribesDelivery *delivery, gpointer data)
{
  ((Chain *) data)->n_ended++;
}

TribesDelivery *
chain_send (Chain *chain, const char *text, TribesSendOptions options)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));

  return chain_send_bytes (chain, payload, options);
}

TribesDelivery *
chain_send_bytes (Chain *chain, GBytes *payload, TribesSendOptions options)
{
  g_autoptr (TribesMessage) message
      = tribes_message_new (chain->bottom->local, payload, options, 0);
  TribesDelivery *delivery = tribes_delivery_new (message, chain->destinations);

  tribes_delivery_watch (delivery, on_ended, chain, NULL);
  tribes_interceptor_send_message (chain->middle, delivery);
  return delivery;
}

void
chain_receive (Chain *chain, TribesMember *from, const char *text)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  g_autoptr (TribesMessage) message = tribes_message_new (from, payload, 0, 0);

  g_assert_true (tribes_interceptor_message_received (chain->middle, message, NULL));
}

static void
assert_payload (TribesMessage *message, GBytes *payload)
{
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  g_assert_cmpmem (data, size, g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
}

void
chain_assert_sent (Chain *chain, guint index, GBytes *payload)
{
  g_assert_cmpuint (chain->bottom->deliveries->len, >, index);
  assert_payload (tribes_delivery_get_message (chain->bottom->deliveries->pdata[index]), payload);
}

void
chain_assert_received (Chain *chain, guint index, GBytes *payload)
{
  g_assert_cmpuint (chain->top->messages->len, >, index);
  assert_payload (chain->top->messages->pdata[index], payload);
}

void
chain_complete (Chain *chain, guint index)
{
  tribes_delivery_complete_all (chain->bottom->deliveries->pdata[index], NULL);
}

guint64
chain_get_counter (Chain *chain, const char *name)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_object_get_property (G_OBJECT (chain->middle), name, &value);
  return G_VALUE_HOLDS_UINT (&value) ? g_value_get_uint (&value) : g_value_get_uint64 (&value);
}
