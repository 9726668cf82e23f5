/* SPDX-License-Identifier: Apache-2.0
 *
 * The bottom of every chain of interceptors: receiver, sender and membership, started and stopped
 * together and, where one fails to start, not at all.
 */
#include "tribes/channel/tribes-coordinator-private.h"

#include <string.h>

#include "tribes/membership/tribes-membership-private.h"
#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/transport/tribes-sender-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-frame-private.h"
#include "tribes/wire/tribes-member-private.h"

/* What a stop may take to get announcements out, for all destinations together. */
#define STOP_FLUSH_MS 500

struct _TribesCoordinator
{
  TribesInterceptor parent_instance;

  TribesReceiver *receiver;
  TribesSender *sender;
  TribesMembership *membership; /* (nullable) */
  TribesServices started;
  guint8 unique_id[TRIBES_MEMBER_ID_SIZE];
  GBytes *domain;                                      /* (nullable) */
  GBytes *payload;                                     /* (nullable) */
  TribesMember *local_member;                          /* (nullable): while the receiver listens */
  void (*tap) (TribesMessage *message, gpointer data); /* (nullable) */
  gpointer tap_data;
};

G_DEFINE_FINAL_TYPE (TribesCoordinator, tribes_coordinator, TRIBES_TYPE_INTERCEPTOR)

static TribesInterceptor *
top_of (TribesCoordinator *self)
{
  TribesInterceptor *top = TRIBES_INTERCEPTOR (self);

  while (tribes_interceptor_get_previous (top))
    top = tribes_interceptor_get_previous (top);
  return top;
}

/* The interceptors may present this process otherwise than it stands here. */
static void
announce_local_member (TribesCoordinator *self)
{
  g_autoptr (TribesMember) member = tribes_interceptor_dup_local_member (top_of (self));

  if (self->membership && member)
    tribes_membership_set_local_member (self->membership, member);
}

/* (transfer full) (nullable): as in Tomcat, whose membership service holds the local member, what
 * that one announces is what frames say, too. */
static GBytes *
dup_domain (TribesCoordinator *self)
{
  GBytes *domain = NULL;

  if (self->membership
      && g_object_class_find_property (G_OBJECT_GET_CLASS (self->membership), "domain"))
    g_object_get (self->membership, "domain", &domain, NULL);
  if (!domain && self->domain)
    domain = g_bytes_ref (self->domain);
  return domain;
}

static gboolean
update_local_member (TribesCoordinator *self, GError **error)
{
  const char *host = tribes_receiver_get_host (self->receiver);
  g_autoptr (GBytes) domain = dup_domain (self);
  g_autoptr (TribesMember) bare = NULL;
  g_autoptr (TribesMember) with_domain = NULL;
  g_autoptr (TribesMember) with_payload = NULL;
  TribesMemberFields fields;
  int secure_port, udp_port;

  bare = tribes_member_new (host, tribes_receiver_get_port (self->receiver), NULL, error);
  if (!bare)
    return FALSE;
  g_object_get (self->receiver, "secure-port", &secure_port, "udp-port", &udp_port, NULL);
  with_domain = tribes_member_with_domain (bare, domain);
  with_payload = tribes_member_with_payload (with_domain, self->payload);
  tribes_member_peek_fields (with_payload, &fields);
  fields.unique_id = self->unique_id;
  fields.secure_port = secure_port;
  fields.udp_port = udp_port;
  g_clear_pointer (&self->local_member, tribes_member_unref);
  self->local_member = tribes_member_new_from_fields (&fields);
  announce_local_member (self);
  return TRUE;
}

static void
show (TribesCoordinator *self, TribesMessage *message)
{
  if (self->tap)
    self->tap (message, self->tap_data);
}

static gboolean
on_message (TribesMessage *message, gpointer data, GError **error)
{
  show (data, message);
  return tribes_interceptor_message_received (data, message, error);
}

/* As the interceptors see it: some of them list members of their own. */
static gboolean
knows_member (TribesMember *member, gpointer data)
{
  g_autoptr (GPtrArray) members = tribes_interceptor_list_members (top_of (data));

  for (guint i = 0; i < members->len; i++)
    if (tribes_member_is_at (members->pdata[i], member))
      return TRUE;
  return FALSE;
}

static void
on_member_added (TribesMembership *membership, TribesMember *member, gpointer data)
{
  tribes_interceptor_member_added (data, member);
}

static void
on_member_disappeared (TribesMembership *membership, TribesMember *member, gpointer data)
{
  tribes_interceptor_member_disappeared (data, member);
}

/* An id that the list of members gave this process comes before any that it was given here. */
static void
on_identified (TribesMembership *membership, GBytes *unique_id, gpointer data)
{
  g_return_if_fail (g_bytes_get_size (unique_id) == TRIBES_MEMBER_ID_SIZE);

  tribes_coordinator_set_unique_id (data, g_bytes_get_data (unique_id, NULL));
}

static void
coordinator_heartbeat (TribesInterceptor *interceptor)
{
  TribesCoordinator *self = TRIBES_COORDINATOR (interceptor);

  if (self->membership)
    tribes_membership_heartbeat (self->membership);
}

/* A frame that came by multicast. */
static void
on_broadcast (TribesMembership *membership, GBytes *bytes, gpointer data)
{
  gsize size;
  const guint8 *frame_bytes = g_bytes_get_data (bytes, &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (TribesMessage) message = NULL;
  TribesFrame frame;

  if (tribes_frame_parse (frame_bytes, size, 0, size, &frame, &error) == TRIBES_FRAME_COMPLETE
      && frame.size == size && frame.kind == TRIBES_FRAME_MESSAGE)
    {
      body = g_bytes_new_from_bytes (bytes, TRIBES_FRAME_HEAD_SIZE, frame.body_size);
      message = tribes_message_decode (body, &error);
    }
  if (!message)
    {
      g_debug ("multicast datagram is no frame: %s", error ? error->message : "wrong length");
      return;
    }
  show (data, message);
  if (!tribes_interceptor_message_received (data, message, &error))
    g_debug ("multicast message not processed: %s", error->message);
}

static gboolean
coordinator_start (TribesInterceptor *interceptor, TribesServices services, GError **error)
{
  TribesCoordinator *self = TRIBES_COORDINATOR (interceptor);
  TribesServices members = services & (TRIBES_SERVICES_MBR_RX | TRIBES_SERVICES_MBR_TX);

  services &= ~self->started;
  /* The receiver first: its port is what the membership announces. */
  if (services & TRIBES_SERVICES_SND_RX)
    {
      tribes_receiver_set_callback (self->receiver, on_message, self);
      tribes_receiver_set_knows (self->receiver, knows_member);
      if (!tribes_receiver_start (self->receiver, error))
        return FALSE;
      self->started |= TRIBES_SERVICES_SND_RX;
      if (!update_local_member (self, error))
        return FALSE;
    }
  if (services & TRIBES_SERVICES_SND_TX)
    {
      tribes_sender_start (self->sender);
      self->started |= TRIBES_SERVICES_SND_TX;
    }
  members &= services;
  if (members && self->membership)
    {
      if (!tribes_membership_start (self->membership, members, error))
        return FALSE;
      self->started |= members;
    }
  return TRUE;
}

static void
coordinator_stop (TribesInterceptor *interceptor, TribesServices services)
{
  TribesCoordinator *self = TRIBES_COORDINATOR (interceptor);
  TribesServices members;

  services &= self->started;
  members = services & (TRIBES_SERVICES_MBR_RX | TRIBES_SERVICES_MBR_TX);
  if (members && self->membership)
    tribes_membership_stop (self->membership, members);
  if (services & TRIBES_SERVICES_SND_TX)
    tribes_sender_stop (self->sender, STOP_FLUSH_MS);
  if (services & TRIBES_SERVICES_SND_RX)
    {
      tribes_receiver_stop (self->receiver);
      tribes_receiver_set_callback (self->receiver, NULL, NULL);
      g_clear_pointer (&self->local_member, tribes_member_unref);
    }
  self->started &= ~services;
}

typedef struct
{
  TribesDelivery *delivery;
  TribesMember *member;
} Leg;

static void
leg_done (gpointer data, const GError *error)
{
  Leg *leg = data;

  tribes_delivery_complete (leg->delivery, leg->member, error);
  tribes_member_unref (leg->member);
  tribes_delivery_unref (leg->delivery);
  g_free (leg);
}

/* From this size on a payload is sent from where it lies. */
#define LARGE_PAYLOAD 65536

/* The frame around @message, in as many pieces as it says. */
static guint
encode_frame (TribesMessage *message, GBytes **pieces)
{
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  gsize payload_size, head_size;

  tribes_message_peek_payload (message, &payload_size);
  if (payload_size < LARGE_PAYLOAD)
    {
      tribes_writer_grow (&writer, payload_size + 256);
      tribes_frame_write_message (&writer, message);
      pieces[0] = tribes_writer_steal_bytes (&writer);
      return 1;
    }
  tribes_frame_write_head (&writer, 0);
  tribes_message_write_head (message, &writer);
  head_size = writer.size - TRIBES_FRAME_HEAD_SIZE;
  tribes_writer_patch_u32 (&writer, TRIBES_FRAME_HEAD_SIZE - 4,
                           (guint32) (head_size + payload_size));
  pieces[0] = tribes_writer_steal_bytes (&writer);
  pieces[1] = tribes_message_dup_payload (message);
  tribes_frame_write_tail (&writer);
  pieces[2] = tribes_writer_steal_bytes (&writer);
  return 3;
}

static void
broadcast (TribesCoordinator *self, TribesMessage *message, GError **error)
{
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  g_autoptr (GBytes) frame = NULL;

  if (!self->membership)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                           "the channel has no membership service to multicast with");
      return;
    }
  tribes_frame_write_message (&writer, message);
  frame = tribes_writer_steal_bytes (&writer);
  tribes_membership_broadcast (self->membership, frame, error);
}

static Leg *
leg_new (TribesDelivery *delivery, guint index)
{
  Leg *leg = g_new (Leg, 1);

  leg->delivery = tribes_delivery_ref (delivery);
  leg->member = tribes_member_ref (tribes_delivery_get_destinations (delivery)->pdata[index]);
  return leg;
}

static gboolean
wants_ack (TribesMessage *message)
{
  return (tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_USE_ACK) != 0;
}

/* Who asks for an acknowledgement behind the work goes by it. */
static TribesAck
get_ack (TribesMessage *message)
{
  if (!wants_ack (message))
    return TRIBES_ACK_NONE;
  return tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK
             ? TRIBES_ACK_DONE
             : TRIBES_ACK_READ;
}

static void
send_datagram_to_each (TribesCoordinator *self, TribesDelivery *delivery)
{
  TribesMessage *message = tribes_delivery_get_message (delivery);
  guint n = tribes_delivery_get_destinations (delivery)->len;
  g_autoptr (GBytes) frame = tribes_frame_encode_message (message);

  for (guint i = 0; i < n; i++)
    {
      Leg *leg = leg_new (delivery, i);

      tribes_sender_send_datagram (self->sender, leg->member, frame, wants_ack (message), leg_done,
                                   leg);
    }
}

static guint
remake_frame (gpointer data, GBytes **pieces)
{
  g_autoptr (TribesMessage) message = tribes_message_remake (data);

  return message ? encode_frame (message, pieces) : 0;
}

/* One encoding for all destinations. */
static TribesOutgoing *
make_frame (TribesMessage *message)
{
  GBytes *pieces[TRIBES_OUTGOING_MAX_PIECES];
  guint n_pieces = encode_frame (message, pieces);
  TribesOutgoing *frame = tribes_outgoing_new (pieces, n_pieces, tribes_clock_get_us ());
  gint64 keeps_us = tribes_message_get_keeps (message);

  if (keeps_us >= 0)
    tribes_outgoing_set_remake (frame, keeps_us, remake_frame, tribes_message_ref (message),
                                (GDestroyNotify) tribes_message_unref);
  for (guint i = 0; i < n_pieces; i++)
    g_bytes_unref (pieces[i]);
  return frame;
}

static void
send_to_each (TribesCoordinator *self, TribesDelivery *delivery)
{
  TribesMessage *message = tribes_delivery_get_message (delivery);
  guint n = tribes_delivery_get_destinations (delivery)->len;
  g_autoptr (TribesOutgoing) frame = make_frame (message);

  for (guint i = 0; i < n; i++)
    {
      Leg *leg = leg_new (delivery, i);

      tribes_sender_send (self->sender, leg->member, frame, get_ack (message), leg_done, leg);
    }
}

static void
coordinator_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  TribesCoordinator *self = TRIBES_COORDINATOR (interceptor);
  TribesMessage *message = tribes_delivery_get_message (delivery);
  TribesSendOptions options = tribes_message_get_options (message);
  g_autoptr (GError) error = NULL;

  if (options & TRIBES_SEND_OPTIONS_MULTICAST)
    {
      broadcast (self, message, &error);
      tribes_delivery_complete_all (delivery, error);
    }
  else if (options & TRIBES_SEND_OPTIONS_UDP)
    send_datagram_to_each (self, delivery);
  else
    send_to_each (self, delivery);
}

static GPtrArray *
coordinator_list_members (TribesInterceptor *interceptor)
{
  TribesCoordinator *self = TRIBES_COORDINATOR (interceptor);

  if (self->membership)
    return tribes_membership_list_members (self->membership);
  return g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
}

static TribesMember *
coordinator_dup_local_member (TribesInterceptor *interceptor)
{
  TribesCoordinator *self = TRIBES_COORDINATOR (interceptor);

  return self->local_member ? tribes_member_ref (self->local_member) : NULL;
}

TribesCoordinator *
tribes_coordinator_new (void)
{
  return g_object_new (TRIBES_TYPE_COORDINATOR, NULL);
}

void
tribes_coordinator_set_receiver (TribesCoordinator *self, TribesReceiver *receiver)
{
  g_return_if_fail (self->started == TRIBES_SERVICES_NONE);
  g_set_object (&self->receiver, receiver);
}

void
tribes_coordinator_set_sender (TribesCoordinator *self, TribesSender *sender)
{
  g_return_if_fail (self->started == TRIBES_SERVICES_NONE);
  g_set_object (&self->sender, sender);
}

void
tribes_coordinator_set_membership (TribesCoordinator *self, TribesMembership *membership)
{
  g_return_if_fail (self->started == TRIBES_SERVICES_NONE);

  if (self->membership)
    g_signal_handlers_disconnect_by_data (self->membership, self);
  g_set_object (&self->membership, membership);
  if (!membership)
    return;
  g_signal_connect (membership, "member-added", G_CALLBACK (on_member_added), self);
  g_signal_connect (membership, "member-disappeared", G_CALLBACK (on_member_disappeared), self);
  g_signal_connect (membership, "message-received", G_CALLBACK (on_broadcast), self);
  g_signal_connect (membership, "identified", G_CALLBACK (on_identified), self);
}

TribesReceiver *
tribes_coordinator_get_receiver (TribesCoordinator *self)
{
  return self->receiver;
}

TribesSender *
tribes_coordinator_get_sender (TribesCoordinator *self)
{
  return self->sender;
}

TribesMembership *
tribes_coordinator_get_membership (TribesCoordinator *self)
{
  return self->membership;
}

void
tribes_coordinator_set_doubtful (TribesInterceptor *interceptor,
                                 TribesMember *member,
                                 gboolean doubtful)
{
  TribesMembership *membership;

  while (tribes_interceptor_get_next (interceptor))
    interceptor = tribes_interceptor_get_next (interceptor);
  if (!TRIBES_IS_COORDINATOR (interceptor))
    return;
  membership = TRIBES_COORDINATOR (interceptor)->membership;
  if (membership)
    tribes_membership_set_doubtful (membership, member, doubtful);
}

TribesServices
tribes_coordinator_get_started (TribesCoordinator *self)
{
  return self->started;
}

static void
identity_changed (TribesCoordinator *self)
{
  g_autoptr (GError) error = NULL;

  if (self->local_member && !update_local_member (self, &error))
    g_warning ("%s", error->message);
}

void
tribes_coordinator_get_unique_id (TribesCoordinator *self, guint8 *unique_id)
{
  memcpy (unique_id, self->unique_id, sizeof self->unique_id);
}

void
tribes_coordinator_set_unique_id (TribesCoordinator *self, const guint8 *unique_id)
{
  memcpy (self->unique_id, unique_id, sizeof self->unique_id);
  identity_changed (self);
}

void
tribes_coordinator_set_domain (TribesCoordinator *self, GBytes *domain)
{
  g_clear_pointer (&self->domain, g_bytes_unref);
  self->domain = domain ? g_bytes_ref (domain) : NULL;
  identity_changed (self);
}

void
tribes_coordinator_set_payload (TribesCoordinator *self, GBytes *payload)
{
  g_clear_pointer (&self->payload, g_bytes_unref);
  self->payload = payload ? g_bytes_ref (payload) : NULL;
  identity_changed (self);
}

void
tribes_coordinator_set_tap (TribesCoordinator *self,
                            void (*tap) (TribesMessage *message, gpointer data),
                            gpointer data)
{
  self->tap = tap;
  self->tap_data = data;
}

static void
tribes_coordinator_dispose (GObject *object)
{
  TribesCoordinator *self = TRIBES_COORDINATOR (object);

  coordinator_stop (TRIBES_INTERCEPTOR (object), TRIBES_SERVICES_DEFAULT);
  tribes_coordinator_set_membership (self, NULL);
  G_OBJECT_CLASS (tribes_coordinator_parent_class)->dispose (object);
}

static void
tribes_coordinator_finalize (GObject *object)
{
  TribesCoordinator *self = TRIBES_COORDINATOR (object);

  g_clear_object (&self->receiver);
  g_clear_object (&self->sender);
  g_clear_pointer (&self->domain, g_bytes_unref);
  g_clear_pointer (&self->payload, g_bytes_unref);
  G_OBJECT_CLASS (tribes_coordinator_parent_class)->finalize (object);
}

static void
tribes_coordinator_class_init (TribesCoordinatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  object_class->dispose = tribes_coordinator_dispose;
  object_class->finalize = tribes_coordinator_finalize;
  interceptor_class->start = coordinator_start;
  interceptor_class->stop = coordinator_stop;
  interceptor_class->send_message = coordinator_send_message;
  interceptor_class->list_members = coordinator_list_members;
  interceptor_class->dup_local_member = coordinator_dup_local_member;
  interceptor_class->heartbeat = coordinator_heartbeat;
}

static void
tribes_coordinator_init (TribesCoordinator *self)
{
  self->receiver = tribes_receiver_new ();
  self->sender = tribes_sender_new ();
  /* These are its own: the check of option flags looks at it as at any other. */
  g_object_set (self, "option-flag",
                (guint) (TRIBES_SEND_OPTIONS_BYTE_MESSAGE | TRIBES_SEND_OPTIONS_USE_ACK
                         | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK),
                NULL);
  /* A new id at each start, so that others tell a restarted process from the one before. */
  for (gsize i = 0; i < sizeof self->unique_id; i += 4)
    tribes_poke_u32 (self->unique_id + i, g_random_int ());
}
