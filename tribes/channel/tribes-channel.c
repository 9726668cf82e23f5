/* SPDX-License-Identifier: Apache-2.0
 *
 * The top of the chain of interceptors, and the face an application sees of it.
 */
#include "tribes/channel/tribes-channel-private.h"

#include "tribes/channel/tribes-coordinator-private.h"
#include "tribes/channel/tribes-rpc-desk-private.h"
#include "tribes/channel/tribes-state-directory-private.h"
#include "tribes/membership/tribes-membership-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/membership/tribes-membership-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/wire/tribes-message-private.h"

struct _TribesChannel
{
  TribesInterceptor parent_instance;

  gboolean heartbeat;
  guint heartbeat_sleeptime;
  gboolean option_check;

  GPtrArray *interceptors; /* (element-type TribesInterceptor), top to bottom, without both ends */
  TribesCoordinator *coordinator;
  TribesStateDirectory *state; /* (nullable) */
  char *name;                  /* (nullable) */
  GSource *heartbeat_source;
  GArray *listeners; /* of Listener */
  guint telling;     /* how many messages are being told, one from within another */
  GHookList beats;
  gboolean answer_rpc;
  TribesRpcDesk desk;
};

typedef struct
{
  TribesChannelListener func; /* (nullable): removed while messages are told */
  gpointer data;
} Listener;

G_DEFINE_FINAL_TYPE (TribesChannel, tribes_channel, TRIBES_TYPE_INTERCEPTOR)

enum
{
  MEMBER_ADDED,
  MEMBER_DISAPPEARED,
  MESSAGE_RECEIVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/**
 * tribes_channel_new:
 *
 * Makes a channel with a receiver and a sender with Tomcat's defaults, and neither membership
 * service nor interceptors.
 *
 * Tomcat counterpart: `new GroupChannel()`.
 *
 * Returns: (transfer full): the channel
 *
 * Since: 0.1
 */
TribesChannel *
tribes_channel_new (void)
{
  return g_object_new (TRIBES_TYPE_CHANNEL, NULL);
}

static void
link_chain (TribesChannel *self)
{
  TribesInterceptor *above = TRIBES_INTERCEPTOR (self);

  for (guint i = 0; i < self->interceptors->len; i++)
    {
      TribesInterceptor *interceptor = g_ptr_array_index (self->interceptors, i);

      tribes_interceptor_link (above, interceptor);
      above = interceptor;
    }
  tribes_interceptor_link (above, TRIBES_INTERCEPTOR (self->coordinator));
}

/**
 * tribes_channel_add_interceptor:
 * @self: a channel that is not started
 * @interceptor: an interceptor that is in no channel
 *
 * Adds an interceptor below those added before: the first one added is the first to see what is
 * sent, and the last to see what is received.
 *
 * Tomcat counterpart: `GroupChannel.addInterceptor`.
 *
 * Since: 0.1
 */
void
tribes_channel_add_interceptor (TribesChannel *self, TribesInterceptor *interceptor)
{
  g_return_if_fail (TRIBES_IS_CHANNEL (self));
  g_return_if_fail (TRIBES_IS_INTERCEPTOR (interceptor));
  g_return_if_fail (!tribes_channel_is_started (self));
  g_return_if_fail (tribes_interceptor_get_previous (interceptor) == NULL);

  g_ptr_array_add (self->interceptors, g_object_ref (interceptor));
  link_chain (self);
}

/**
 * tribes_channel_set_name:
 * @self: a channel that is not started
 * @name: (nullable): its name
 *
 * Sets the name. It matters where a StaticMembershipService asks its likes: those of a cluster have
 * one name. A Tomcat takes that of its cluster, which is that of its engine if nothing else is said,
 * with `-Channel` behind it: `Catalina-Channel`.
 *
 * Tomcat counterpart: `GroupChannel.setName`.
 *
 * Since: 0.1
 */
void
tribes_channel_set_name (TribesChannel *self, const char *name)
{
  char *copy = g_strdup (name);

  g_free (self->name);
  self->name = copy;
}

/**
 * tribes_channel_get_name:
 * @self: a channel
 *
 * Tomcat counterpart: `GroupChannel.getName`.
 *
 * Returns: (nullable): its name
 *
 * Since: 0.1
 */
const char *
tribes_channel_get_name (TribesChannel *self)
{
  return self->name;
}

/**
 * tribes_channel_set_receiver:
 * @self: a channel that is not started
 * @receiver: its receiver from now on
 *
 * Since: 0.1
 */
void
tribes_channel_set_receiver (TribesChannel *self, TribesReceiver *receiver)
{
  tribes_coordinator_set_receiver (self->coordinator, receiver);
}

/**
 * tribes_channel_get_receiver:
 * @self: a channel
 *
 * Returns: (transfer none): its receiver
 *
 * Since: 0.1
 */
TribesReceiver *
tribes_channel_get_receiver (TribesChannel *self)
{
  return tribes_coordinator_get_receiver (self->coordinator);
}

/**
 * tribes_channel_set_sender:
 * @self: a channel that is not started
 * @sender: its sender from now on
 *
 * Since: 0.1
 */
void
tribes_channel_set_sender (TribesChannel *self, TribesSender *sender)
{
  tribes_coordinator_set_sender (self->coordinator, sender);
}

/**
 * tribes_channel_get_sender:
 * @self: a channel
 *
 * Returns: (transfer none): its sender
 *
 * Since: 0.1
 */
TribesSender *
tribes_channel_get_sender (TribesChannel *self)
{
  return tribes_coordinator_get_sender (self->coordinator);
}

/**
 * tribes_channel_set_membership:
 * @self: a channel that is not started
 * @membership: (nullable): where it learns of members, beside interceptors that know some
 *
 * Since: 0.1
 */
void
tribes_channel_set_membership (TribesChannel *self, TribesMembership *membership)
{
  TribesMembership *before = tribes_coordinator_get_membership (self->coordinator);

  if (before)
    tribes_membership_set_channel (before, NULL);
  tribes_coordinator_set_membership (self->coordinator, membership);
  if (membership)
    tribes_membership_set_channel (membership, G_OBJECT (self));
}

/**
 * tribes_channel_get_membership:
 * @self: a channel
 *
 * Returns: (transfer none) (nullable): its membership service
 *
 * Since: 0.1
 */
TribesMembership *
tribes_channel_get_membership (TribesChannel *self)
{
  return tribes_coordinator_get_membership (self->coordinator);
}

/**
 * tribes_channel_set_unique_id:
 * @self: a channel
 * @unique_id: 16 bytes as server.xml has them (`{0,1,2,…}`) or 32 hex digits
 * @error: return location
 *
 * Sets the id this process has as a member. Without it the id is random, so that the others tell a
 * restarted process from the one before.
 *
 * Errors: %TRIBES_ERROR_CONFIG.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_channel_set_unique_id (TribesChannel *self, const char *unique_id, GError **error)
{
  guint8 id[TRIBES_MEMBER_ID_SIZE];

  if (!tribes_unique_id_parse (unique_id, id, error))
    return FALSE;
  tribes_coordinator_set_unique_id (self->coordinator, id);
  return TRUE;
}

void
tribes_channel_set_unique_id_bytes (TribesChannel *self, const guint8 *unique_id)
{
  tribes_coordinator_set_unique_id (self->coordinator, unique_id);
}

/**
 * tribes_channel_keep_unique_id:
 * @self: a channel that is not started
 * @directory: (type filename): a folder, which is made if it is not there
 * @error: return location
 *
 * Takes the id that this process had as a member when it last ran with @directory, or keeps there
 * the one that it has now. So a process that was killed and started again is the same member, and
 * is not listed twice until the others notice that the old one is gone. An id that an interceptor
 * gives (`LocalMember`) comes first.
 *
 * The folder is the channel's until the channel is freed: of two living processes only one has it.
 * It has to belong to this user, and nobody else may be able to write to it.
 *
 * Errors: %TRIBES_ERROR_CONFIG, where it cannot be read or written, is somebody else's, another
 * process uses it, or what is in it is no id.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_channel_keep_unique_id (TribesChannel *self, const char *directory, GError **error)
{
  g_autoptr (TribesStateDirectory) state = NULL;
  guint8 id[TRIBES_MEMBER_ID_SIZE];

  g_return_val_if_fail (TRIBES_IS_CHANNEL (self) && directory, FALSE);
  if (self->state && tribes_state_directory_is (self->state, directory))
    return TRUE;
  tribes_coordinator_get_unique_id (self->coordinator, id);
  state = tribes_state_directory_open (directory, error);
  if (!state || !tribes_state_directory_keep_unique_id (state, id, error))
    return FALSE;
  tribes_coordinator_set_unique_id (self->coordinator, id);
  g_clear_pointer (&self->state, tribes_state_directory_free);
  self->state = g_steal_pointer (&state);
  return TRUE;
}

/**
 * tribes_channel_set_domain:
 * @self: a channel
 * @domain: (nullable): the membership domain this process announces
 *
 * Since: 0.1
 */
void
tribes_channel_set_domain (TribesChannel *self, GBytes *domain)
{
  tribes_coordinator_set_domain (self->coordinator, domain);
}

/**
 * tribes_channel_set_payload:
 * @self: a channel
 * @payload: (nullable): bytes this process announces with its membership
 *
 * Since: 0.1
 */
void
tribes_channel_set_payload (TribesChannel *self, GBytes *payload)
{
  tribes_coordinator_set_payload (self->coordinator, payload);
}

/**
 * tribes_channel_is_started:
 * @self: a channel
 *
 * Returns: whether any of its services is started
 *
 * Since: 0.1
 */
gboolean
tribes_channel_is_started (TribesChannel *self)
{
  return tribes_coordinator_get_started (self->coordinator) != TRIBES_SERVICES_NONE;
}

/* Where one has all the bits of the other; the Tomcat counterpart says so, too. */
static gboolean
is_conflict (guint flag, guint other)
{
  return flag != 0 && other != 0 && ((flag & other) == flag || (flag & other) == other);
}

/* Two interceptors selected by the same bits would both take each other's messages for theirs; the
 * bits of the usual send options are the coordinator's. All conflicts are named, so that nobody has
 * to mend one to hear of the next. */
static gboolean
check_option_flags (TribesChannel *self, GError **error)
{
  g_autoptr (GString) conflicts = g_string_new (NULL);

  for (guint i = 0; i < self->interceptors->len; i++)
    {
      TribesInterceptor *upper = g_ptr_array_index (self->interceptors, i);
      guint flag = tribes_interceptor_get_option_flag (upper);

      for (TribesInterceptor *lower = tribes_interceptor_get_next (upper); lower;
           lower = tribes_interceptor_get_next (lower))
        {
          guint other = tribes_interceptor_get_option_flag (lower);

          if (is_conflict (flag, other))
            g_string_append_printf (conflicts, "%soptionFlag %u of %s conflicts with %u of %s",
                                    conflicts->len > 0 ? "; " : "", flag,
                                    G_OBJECT_TYPE_NAME (upper), other, G_OBJECT_TYPE_NAME (lower));
        }
    }
  if (conflicts->len == 0)
    return TRUE;
  g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, conflicts->str);
  return FALSE;
}

static gboolean
on_heartbeat (gpointer data)
{
  /* Whoever hears of it may let go of the channel. */
  g_autoptr (TribesChannel) self = g_object_ref (data);

  tribes_channel_heartbeat (self);
  return G_SOURCE_CONTINUE;
}

/**
 * tribes_channel_start:
 * @self: a channel
 * @services: what to start, usually %TRIBES_SERVICES_DEFAULT
 * @error: return location
 *
 * Starts receiving, sending, listening for members and announcing this process, as far as
 * @services say. Everything then happens in the main context that is the thread's default now.
 * Nothing blocks; members are reported as they are found.
 *
 * Errors: %TRIBES_ERROR_CONFIG where an address or a port cannot be had. Nothing is left started.
 *
 * Tomcat counterpart: `GroupChannel.start`; @services is its `channelStartOptions`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_channel_start (TribesChannel *self, TribesServices services, GError **error)
{
  g_return_val_if_fail (TRIBES_IS_CHANNEL (self), FALSE);

  if (self->option_check && !check_option_flags (self, error))
    return FALSE;
  if (!tribes_interceptor_start (TRIBES_INTERCEPTOR (self), services, error))
    {
      tribes_interceptor_stop (TRIBES_INTERCEPTOR (self), services);
      return FALSE;
    }
  if (self->heartbeat && !self->heartbeat_source)
    self->heartbeat_source
        = tribes_source_attach (tribes_clock_timeout_new (self->heartbeat_sleeptime),
                                "[tribes] heartbeat", on_heartbeat, self);
  return TRUE;
}

/**
 * tribes_channel_stop:
 * @self: a channel
 * @services: what to stop, usually %TRIBES_SERVICES_DEFAULT
 *
 * Leaves the cluster: the others see a shutdown, not a failure. What is queued has half a second to
 * leave; that is the only time a channel blocks.
 *
 * Tomcat counterpart: `GroupChannel.stop`.
 *
 * Since: 0.1
 */
void
tribes_channel_stop (TribesChannel *self, TribesServices services)
{
  g_return_if_fail (TRIBES_IS_CHANNEL (self));

  tribes_source_clear (&self->heartbeat_source);
  tribes_interceptor_stop (TRIBES_INTERCEPTOR (self), services);
}

/**
 * tribes_channel_list_members:
 * @self: a channel
 *
 * Tomcat counterpart: `Channel.getMembers`.
 *
 * Returns: (transfer container) (element-type TribesMember): the other members, in Tomcat's order: the
 *   first one is asked for the sessions
 *
 * Since: 0.1
 */
GPtrArray *
tribes_channel_list_members (TribesChannel *self)
{
  return tribes_interceptor_list_members (TRIBES_INTERCEPTOR (self));
}

/**
 * tribes_channel_dup_local_member:
 * @self: a channel
 *
 * Tomcat counterpart: `Channel.getLocalMember`.
 *
 * Returns: (transfer full) (nullable): this process; %NULL until the receiver listens
 *
 * Since: 0.1
 */
TribesMember *
tribes_channel_dup_local_member (TribesChannel *self)
{
  return tribes_interceptor_dup_local_member (TRIBES_INTERCEPTOR (self));
}

/**
 * tribes_channel_heartbeat:
 * @self: a started channel
 *
 * Lets the interceptors do what they do regularly, such as looking for members that failed. Done
 * every [property@Channel:heartbeat-sleeptime] unless [property@Channel:heartbeat] is off.
 *
 * Tomcat counterpart: `GroupChannel.heartbeat`.
 *
 * Since: 0.1
 */
void
tribes_channel_heartbeat (TribesChannel *self)
{
  tribes_interceptor_heartbeat (TRIBES_INTERCEPTOR (self));
  g_hook_list_invoke (&self->beats, FALSE);
}

void
tribes_channel_add_heartbeat (TribesChannel *self, TribesChannelBeat beat, gpointer data)
{
  GHook *hook = g_hook_alloc (&self->beats);

  hook->func = (gpointer) beat;
  hook->data = data;
  g_hook_append (&self->beats, hook);
}

void
tribes_channel_remove_heartbeat (TribesChannel *self, gpointer data)
{
  GHook *hook = g_hook_find_data (&self->beats, TRUE, data);

  if (hook)
    g_hook_destroy_link (&self->beats, hook);
}

void
tribes_channel_add_listener (TribesChannel *self, TribesChannelListener listener, gpointer data)
{
  const Listener added = { listener, data };

  g_array_append_val (self->listeners, added);
}

void
tribes_channel_remove_listener (TribesChannel *self, TribesChannelListener listener, gpointer data)
{
  for (guint i = 0; i < self->listeners->len; i++)
    {
      Listener *at = &g_array_index (self->listeners, Listener, i);

      if (at->func != listener || at->data != data)
        continue;
      if (self->telling > 0)
        at->func = NULL;
      else
        g_array_remove_index (self->listeners, i);
      return;
    }
}

void
tribes_channel_set_tap (TribesChannel *self, TribesChannelTap tap, gpointer data)
{
  tribes_coordinator_set_tap (self->coordinator, tap, data);
}

TribesHeldAck *
tribes_channel_hold_ack (TribesChannel *self, guint max_ms)
{
  return tribes_receiver_hold_ack (tribes_coordinator_get_receiver (self->coordinator), max_ms);
}

static void
forget_removed_listeners (TribesChannel *self)
{
  for (guint i = self->listeners->len; i > 0; i--)
    {
      if (!g_array_index (self->listeners, Listener, i - 1).func)
        g_array_remove_index (self->listeners, i - 1);
    }
}

gboolean
tribes_channel_add_rpc (
    TribesChannel *self, GBytes *id, TribesRpcTaker func, gpointer data, GError **error)
{
  return tribes_rpc_desk_add (&self->desk, id, func, data, error);
}

void
tribes_channel_remove_rpc (TribesChannel *self, GBytes *id)
{
  tribes_rpc_desk_remove (&self->desk, id);
}

static gboolean
may_answer (TribesChannel *self)
{
  const TribesServices both = TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX;

  return self->answer_rpc && (tribes_coordinator_get_started (self->coordinator) & both) == both;
}

static gboolean
tell_listeners (TribesChannel *self, TribesMessage *message)
{
  gboolean taken = FALSE;

  self->telling++;
  for (guint i = 0; i < self->listeners->len; i++)
    {
      Listener listener = g_array_index (self->listeners, Listener, i);

      if (listener.func && listener.func (message, listener.data))
        taken = TRUE;
    }
  if (--self->telling == 0)
    forget_removed_listeners (self);
  return taken;
}

static gboolean
channel_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  /* A listener may let go of it. */
  g_autoptr (TribesChannel) self = g_object_ref (TRIBES_CHANNEL (interceptor));
  TribesRpcIds ids;
  TribesRpcKind kind = tribes_rpc_desk_read (message, &ids);
  TribesMembership *membership = tribes_coordinator_get_membership (self->coordinator);
  gboolean taken;

  /* What came here no interceptor has refused, a decrypting one for instance. */
  if (membership)
    tribes_membership_heard (membership, tribes_message_peek_address (message));
  taken = kind && tribes_rpc_desk_hand_over (&self->desk, message, kind, &ids);
  if (!taken)
    taken = tell_listeners (self, message);
  if (g_signal_has_handler_pending (self, signals[MESSAGE_RECEIVED], 0, FALSE))
    g_signal_emit (self, signals[MESSAGE_RECEIVED], 0, message);
  if (!taken && kind == TRIBES_RPC_QUESTION && may_answer (self))
    tribes_rpc_desk_answer_in_absence (&self->desk, interceptor, message, &ids);
  return TRUE;
}

static void
channel_member_added (TribesInterceptor *interceptor, TribesMember *member)
{
  g_signal_emit (interceptor, signals[MEMBER_ADDED], 0, member);
}

static void
channel_member_disappeared (TribesInterceptor *interceptor, TribesMember *member)
{
  g_signal_emit (interceptor, signals[MEMBER_DISAPPEARED], 0, member);
}

static void
tribes_channel_dispose (GObject *object)
{
  TribesChannel *self = TRIBES_CHANNEL (object);

  if (self->coordinator && tribes_channel_is_started (self))
    tribes_channel_stop (self, TRIBES_SERVICES_DEFAULT);
  tribes_source_clear (&self->heartbeat_source);
  G_OBJECT_CLASS (tribes_channel_parent_class)->dispose (object);
}

static void
tribes_channel_finalize (GObject *object)
{
  TribesChannel *self = TRIBES_CHANNEL (object);

  for (guint i = 0; i < self->interceptors->len; i++)
    tribes_interceptor_unlink (g_ptr_array_index (self->interceptors, i));
  g_ptr_array_unref (self->interceptors);
  g_hook_list_clear (&self->beats);
  g_array_unref (self->listeners);
  tribes_rpc_desk_clear (&self->desk);
  g_clear_object (&self->coordinator);
  g_clear_pointer (&self->state, tribes_state_directory_free);
  g_free (self->name);
  G_OBJECT_CLASS (tribes_channel_parent_class)->finalize (object);
}

static void
install_signals (void)
{
  const GType member = TRIBES_TYPE_MEMBER | G_SIGNAL_TYPE_STATIC_SCOPE;
  const GType message = TRIBES_TYPE_MESSAGE | G_SIGNAL_TYPE_STATIC_SCOPE;

  /**
   * TribesChannel::member-added:
   * @self: the channel
   * @member: who is there
   *
   * A member was found, or is back. Tomcat counterpart: `MembershipListener.memberAdded`.
   *
   * Since: 0.1
   */
  signals[MEMBER_ADDED] = g_signal_new ("member-added", TRIBES_TYPE_CHANNEL, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, member);
  /**
   * TribesChannel::member-disappeared:
   * @self: the channel
   * @member: who is gone; its command tells a shutdown from a failure
   *
   * A member is gone. Tomcat counterpart: `MembershipListener.memberDisappeared`.
   *
   * Since: 0.1
   */
  signals[MEMBER_DISAPPEARED]
      = g_signal_new ("member-disappeared", TRIBES_TYPE_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, member);
  /**
   * TribesChannel::message-received:
   * @self: the channel
   * @message: the message
   *
   * A message has arrived that no interceptor took for itself. Whoever answers RPC messages here
   * turns [property@Channel:answer-rpc] off.
   * Tomcat counterpart: `ChannelListener.messageReceived`.
   *
   * Since: 0.1
   */
  signals[MESSAGE_RECEIVED]
      = g_signal_new ("message-received", TRIBES_TYPE_CHANNEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, message);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesChannel:heartbeat:
     *
     * Whether the channel calls its own heartbeat. Tomcat counterpart: `heartbeat`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("heartbeat", NULL, NULL, TRUE, flags),
      G_STRUCT_OFFSET (TribesChannel, heartbeat) },
    /**
     * TribesChannel:heartbeat-sleeptime:
     *
     * Milliseconds between heartbeats. Tomcat counterpart: `heartbeatSleeptime`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("heartbeat-sleeptime", NULL, NULL, 1, G_MAXINT32, 5000, flags),
      G_STRUCT_OFFSET (TribesChannel, heartbeat_sleeptime) },
    /**
     * TribesChannel:option-check:
     *
     * Whether to refuse to start where option flags of interceptors conflict.
     * Tomcat counterpart: `optionCheck`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("option-check", NULL, NULL, FALSE, flags),
      G_STRUCT_OFFSET (TribesChannel, option_check) },
    /**
     * TribesChannel:answer-rpc:
     *
     * Whether an RPC message is answered at once that nobody here will ever reply to it; without
     * that who asked waits until his time is over. Replies are never answered.
     *
     * Tomcat counterpart: `GroupChannel.sendNoRpcChannelReply`, which does it where no `RpcChannel`
     * took the message.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("answer-rpc", NULL, NULL, TRUE, flags),
      G_STRUCT_OFFSET (TribesChannel, answer_rpc) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
tribes_channel_class_init (TribesChannelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  object_class->dispose = tribes_channel_dispose;
  object_class->finalize = tribes_channel_finalize;
  interceptor_class->message_received = channel_message_received;
  interceptor_class->member_added = channel_member_added;
  interceptor_class->member_disappeared = channel_member_disappeared;
  install_properties (object_class);
  install_signals ();
}

static void
tribes_channel_init (TribesChannel *self)
{
  self->interceptors = g_ptr_array_new_with_free_func (g_object_unref);
  self->coordinator = tribes_coordinator_new ();
  self->listeners = g_array_new (FALSE, FALSE, sizeof (Listener));
  g_hook_list_init (&self->beats, sizeof (GHook));
  tribes_rpc_desk_init (&self->desk);
  link_chain (self);
}
