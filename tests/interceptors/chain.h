/* SPDX-License-Identifier: Apache-2.0
 *
 * An interceptor between a fake one above and a fake one below, which keep what comes by.
 */
#pragma once

#include "tribes/channel/tribes-interceptor-private.h"

G_BEGIN_DECLS

struct _Fake
{
  TribesInterceptor parent_instance;
  GPtrArray *deliveries;
  GPtrArray *messages;
  GPtrArray *added;
  GPtrArray *disappeared;
  GPtrArray *members; /* that the lower one lists */
  TribesMember *local;
};

#define TYPE_FAKE (fake_get_type ())
G_DECLARE_FINAL_TYPE (Fake, fake, TEST, FAKE, TribesInterceptor)

typedef struct
{
  Fake *top;
  TribesInterceptor *middle;
  Fake *bottom;
  GPtrArray *destinations;
  TribesMember *other;
  guint n_ended;
} Chain;

/* @class_name: of Tomcat's, without its package */
void chain_setup (Chain *chain, gconstpointer class_name);
void chain_teardown (Chain *chain, gconstpointer class_name);
TribesDelivery *chain_send (Chain *chain, const char *text, TribesSendOptions options);
TribesDelivery *chain_send_bytes (Chain *chain, GBytes *payload, TribesSendOptions options);
void chain_receive (Chain *chain, TribesMember *from, const char *text);
/* What the lower one was given to send, and what the upper one received. */
void chain_assert_sent (Chain *chain, guint index, GBytes *payload);
void chain_assert_received (Chain *chain, guint index, GBytes *payload);
/* What the lower one was given to send, of which all destinations end well now. */
void chain_complete (Chain *chain, guint index);
guint64 chain_get_counter (Chain *chain, const char *name);

G_END_DECLS
