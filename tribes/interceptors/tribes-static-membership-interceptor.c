/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that are configured and not found. They are told when this process comes and goes, in the
 * words that Tomcat uses; who is not one of them is the business of those below. A member whose
 * name nobody knows yet is looked for at each heartbeat, and nothing waits for it.
 */
#include "tribes/interceptors/tribes-static-membership-interceptor.h"

#include <string.h>

#include "tribes/base/tribes-host-private.h"
#include "tribes/channel/tribes-interceptor-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/interceptors/tribes-markers-private.h"
#include "tribes/wire/tribes-member-private.h"

/* A member without an address. */
typedef struct
{
  char *host;
  TribesMember *member; /* all but the address */
  gboolean asked;       /* and not answered yet */
} Unresolved;

struct _TribesStaticMembershipInterceptor
{
  TribesInterceptor parent_instance;

  GPtrArray *members;    /* (element-type TribesMember) */
  GPtrArray *unresolved; /* (element-type Unresolved) */
  GCancellable *look_ups;
  gboolean is_announced; /* whoever is added from now on is told by itself */
  GBytes *unique_id;     /* (nullable): TRIBES_MEMBER_ID_SIZE bytes */
  GBytes *domain;        /* (nullable) */
  GSource *announce;     /* (nullable): until the members have been told that this process starts */
};

G_DEFINE_FINAL_TYPE (TribesStaticMembershipInterceptor,
                     tribes_static_membership_interceptor,
                     TRIBES_TYPE_INTERCEPTOR)

enum
{
  MEMBER_STARTS,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_static_membership_interceptor_parent_class)

/* A static member without unique id is whoever listens at its address: what it sends carries the
 * random id of its last start. */
static TribesMember *
find_static (TribesStaticMembershipInterceptor *self, TribesMember *sender)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      TribesMember *member = g_ptr_array_index (self->members, i);

      if (tribes_member_equal (member, sender)
          || (!tribes_member_has_id (member) && tribes_member_is_at (member, sender)))
        return member;
    }
  return NULL;
}

/* A file that every node has a copy of may list the node itself. */
static gboolean
is_local (TribesStaticMembershipInterceptor *self, TribesMember *member)
{
  g_autoptr (TribesMember) local = PARENT->dup_local_member (TRIBES_INTERCEPTOR (self));

  return local && tribes_member_is_at (local, member);
}

static gboolean
static_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);
  gboolean starts = tribes_marker_is (TRIBES_MARKER_MEMBER_START, message);
  gboolean stops = !starts && tribes_marker_is (TRIBES_MARKER_MEMBER_STOP, message);
  g_autoptr (TribesMember) sender = NULL;
  TribesMember *member;

  if (!starts && !stops)
    return PARENT->message_received (interceptor, message, error);
  sender = tribes_message_dup_address (message);
  member = find_static (self, sender);
  if (member && starts)
    {
      g_signal_emit (self, signals[MEMBER_STARTS], 0, member);
      PARENT->member_added (interceptor, member);
    }
  if (member && stops)
    {
      g_autoptr (TribesMember) leaving = tribes_member_with_shutdown (member);

      PARENT->member_disappeared (interceptor, leaving);
    }
  return TRUE;
}

static int
compare_order (gconstpointer a, gconstpointer b)
{
  return tribes_member_compare_order (*(TribesMember *const *) a, *(TribesMember *const *) b);
}

static GPtrArray *
static_list_members (TribesInterceptor *interceptor)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);
  GPtrArray *members = PARENT->list_members (interceptor);

  if (self->members->len == 0)
    return members;
  for (guint i = 0; i < self->members->len; i++)
    {
      TribesMember *member = g_ptr_array_index (self->members, i);

      if (!is_local (self, member))
        g_ptr_array_add (members, tribes_member_ref (member));
    }
  g_ptr_array_sort (members, compare_order);
  return members;
}

static TribesMember *
static_dup_local_member (TribesInterceptor *interceptor)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);
  g_autoptr (TribesMember) local = PARENT->dup_local_member (interceptor);
  TribesMemberFields fields;

  if (!local || (!self->unique_id && !self->domain))
    return g_steal_pointer (&local);
  tribes_member_peek_fields (local, &fields);
  if (self->unique_id)
    fields.unique_id = g_bytes_get_data (self->unique_id, NULL);
  if (self->domain)
    fields.domain = g_bytes_get_data (self->domain, &fields.domain_size);
  return tribes_member_new_from_fields (&fields);
}

static TribesInterceptor *
top_of (TribesInterceptor *interceptor)
{
  while (tribes_interceptor_get_previous (interceptor))
    interceptor = tribes_interceptor_get_previous (interceptor);
  return interceptor;
}

static void
send_announcement (TribesStaticMembershipInterceptor *self,
                   GPtrArray *destinations,
                   TribesMarker marker)
{
  TribesInterceptor *interceptor = TRIBES_INTERCEPTOR (self);
  gsize size;
  const guint8 *bytes = tribes_marker_peek (marker, &size);

  tribes_interceptor_send_own (interceptor, destinations, bytes, size,
                               tribes_interceptor_get_option_flag (interceptor));
}

static void
unresolved_free (gpointer data)
{
  Unresolved *unresolved = data;

  g_free (unresolved->host);
  tribes_member_unref (unresolved->member);
  g_free (unresolved);
}

/* What an answer is about; outlives neither the interceptor nor the member by holding it. */
typedef struct
{
  GWeakRef interceptor;
  TribesMember *member;
} LookUp;

static void
look_up_free (LookUp *look_up)
{
  g_weak_ref_clear (&look_up->interceptor);
  tribes_member_unref (look_up->member);
  g_free (look_up);
}

static TribesMember *
with_address (TribesMember *member, GInetAddress *address)
{
  TribesMemberFields fields;

  tribes_member_peek_fields (member, &fields);
  fields.host = g_inet_address_to_bytes (address);
  fields.host_size = g_inet_address_get_native_size (address);
  return tribes_member_new_from_fields (&fields);
}

/* As if it had been there from the start. */
static void
add_resolved (TribesStaticMembershipInterceptor *self, TribesMember *member)
{
  g_autoptr (GPtrArray) others
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  if (g_ptr_array_find_with_equal_func (self->members, member, (GEqualFunc) tribes_member_equal,
                                        NULL))
    return;
  g_ptr_array_add (self->members, tribes_member_ref (member));
  if (!self->is_announced || is_local (self, member))
    return;
  g_ptr_array_add (others, tribes_member_ref (member));
  send_announcement (self, others, TRIBES_MARKER_MEMBER_START);
  PARENT->member_added (TRIBES_INTERCEPTOR (self), member);
}

static void
take_answer (TribesStaticMembershipInterceptor *self, guint index, GInetAddress *address)
{
  Unresolved *unresolved = g_ptr_array_index (self->unresolved, index);
  g_autofree char *text = NULL;
  g_autoptr (TribesMember) member = NULL;

  unresolved->asked = FALSE;
  if (!address)
    return;
  text = g_inet_address_to_string (address);
  g_message ("the static member %s is known now: %s", unresolved->host, text);
  member = with_address (unresolved->member, address);
  g_ptr_array_remove_index (self->unresolved, index);
  add_resolved (self, member);
}

static void
on_looked_up (GObject *resolver, GAsyncResult *result, gpointer data)
{
  LookUp *look_up = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInetAddress) address = tribes_host_look_up_finish (resolver, result, &error);
  g_autoptr (TribesStaticMembershipInterceptor) self = g_weak_ref_get (&look_up->interceptor);

  if (error)
    g_debug ("%s", error->message);
  for (guint i = 0; self && i < self->unresolved->len; i++)
    if (((Unresolved *) g_ptr_array_index (self->unresolved, i))->member == look_up->member)
      {
        take_answer (self, i, address);
        break;
      }
  look_up_free (look_up);
}

static void
static_heartbeat (TribesInterceptor *interceptor)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);

  for (guint i = 0; i < self->unresolved->len; i++)
    {
      Unresolved *unresolved = g_ptr_array_index (self->unresolved, i);
      LookUp *look_up;

      if (unresolved->asked)
        continue;
      unresolved->asked = TRUE;
      look_up = g_new0 (LookUp, 1);
      g_weak_ref_init (&look_up->interceptor, self);
      look_up->member = tribes_member_ref (unresolved->member);
      tribes_host_look_up_async (unresolved->host, self->look_ups, on_looked_up, look_up);
    }
  PARENT->heartbeat (interceptor);
}

static gboolean
on_announce (gpointer data)
{
  TribesStaticMembershipInterceptor *self = data;
  g_autoptr (GPtrArray) others
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  g_clear_pointer (&self->announce, g_source_unref);
  self->is_announced = TRUE;
  for (guint i = 0; i < self->members->len; i++)
    {
      TribesMember *member = g_ptr_array_index (self->members, i);

      if (!is_local (self, member))
        g_ptr_array_add (others, tribes_member_ref (member));
    }
  /* Those that are not there will announce themselves when they come. */
  send_announcement (self, others, TRIBES_MARKER_MEMBER_START);
  for (guint i = 0; i < others->len; i++)
    PARENT->member_added (TRIBES_INTERCEPTOR (self), g_ptr_array_index (others, i));
  return G_SOURCE_REMOVE;
}

static gboolean
static_start (TribesInterceptor *interceptor, TribesServices services, GError **error)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);

  if (!PARENT->start (interceptor, services, error))
    return FALSE;
  if ((services & TRIBES_SERVICES_SND_TX) && !self->announce)
    {
      self->announce = tribes_source_attach (g_idle_source_new (), "[tribes] static members",
                                             on_announce, self);
      g_source_set_priority (self->announce, G_PRIORITY_DEFAULT);
    }
  return TRUE;
}

static void
static_stop (TribesInterceptor *interceptor, TribesServices services)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);

  tribes_source_clear (&self->announce);
  if (services & TRIBES_SERVICES_SND_TX)
    self->is_announced = FALSE;
  if (services & TRIBES_SERVICES_SND_TX)
    {
      g_autoptr (GPtrArray) members = tribes_interceptor_list_members (top_of (interceptor));

      send_announcement (self, members, TRIBES_MARKER_MEMBER_STOP);
    }
  PARENT->stop (interceptor, services);
}

static gboolean
static_add_static_member (TribesInterceptor *interceptor, TribesMember *member, GError **error)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);

  if (!g_ptr_array_find_with_equal_func (self->members, member, (GEqualFunc) tribes_member_equal,
                                         NULL))
    g_ptr_array_add (self->members, tribes_member_ref (member));
  return TRUE;
}

static gboolean
static_set_local_identity (TribesInterceptor *interceptor,
                           GBytes *unique_id,
                           GBytes *domain,
                           GError **error)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (interceptor);

  g_clear_pointer (&self->unique_id, g_bytes_unref);
  self->unique_id = unique_id ? g_bytes_ref (unique_id) : NULL;
  g_clear_pointer (&self->domain, g_bytes_unref);
  self->domain = domain ? g_bytes_ref (domain) : NULL;
  return TRUE;
}

/**
 * tribes_static_membership_interceptor_new:
 *
 * Returns: (transfer full): an interceptor that knows no members
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_static_membership_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_STATIC_MEMBERSHIP_INTERCEPTOR, NULL);
}

/**
 * tribes_static_membership_interceptor_add_unresolved:
 * @self: the interceptor
 * @host: a name that could not be resolved
 * @member: all that is known of the member of that name, at whatever address
 *
 * Takes a member whose name nobody knows yet. It is looked up again at each heartbeat of the
 * channel, without blocking; once it is known it is a member as if it had been there from the
 * start, is told so, and is not looked up any more.
 *
 * Tomcat counterpart: a `<Member>` whose host is unknown, of which Tomcat warns before it starts.
 *
 * Since: 0.1
 */
void
tribes_static_membership_interceptor_add_unresolved (TribesStaticMembershipInterceptor *self,
                                                     const char *host,
                                                     TribesMember *member)
{
  Unresolved *unresolved;

  g_return_if_fail (TRIBES_IS_STATIC_MEMBERSHIP_INTERCEPTOR (self));
  g_return_if_fail (host && member);
  unresolved = g_new0 (Unresolved, 1);
  unresolved->host = g_strdup (host);
  unresolved->member = tribes_member_ref (member);
  g_ptr_array_add (self->unresolved, unresolved);
}

static void
tribes_static_membership_interceptor_dispose (GObject *object)
{
  tribes_source_clear (&TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (object)->announce);
  g_cancellable_cancel (TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (object)->look_ups);
  G_OBJECT_CLASS (tribes_static_membership_interceptor_parent_class)->dispose (object);
}

static void
tribes_static_membership_interceptor_finalize (GObject *object)
{
  TribesStaticMembershipInterceptor *self = TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (object);

  g_ptr_array_unref (self->members);
  g_ptr_array_unref (self->unresolved);
  g_object_unref (self->look_ups);
  g_clear_pointer (&self->unique_id, g_bytes_unref);
  g_clear_pointer (&self->domain, g_bytes_unref);
  G_OBJECT_CLASS (tribes_static_membership_interceptor_parent_class)->finalize (object);
}

static void
tribes_static_membership_interceptor_class_init (TribesStaticMembershipInterceptorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  object_class->dispose = tribes_static_membership_interceptor_dispose;
  object_class->finalize = tribes_static_membership_interceptor_finalize;
  interceptor_class->start = static_start;
  interceptor_class->stop = static_stop;
  interceptor_class->heartbeat = static_heartbeat;
  interceptor_class->message_received = static_message_received;
  interceptor_class->list_members = static_list_members;
  interceptor_class->dup_local_member = static_dup_local_member;
  interceptor_class->add_static_member = static_add_static_member;
  interceptor_class->set_local_identity = static_set_local_identity;

  /**
   * TribesStaticMembershipInterceptor::member-starts:
   * @self: the interceptor
   * @member: the member, as the configuration names it
   *
   * A member has announced that it starts, be it known to be there or not: another process than the
   * one that was there before. Tomcats do so since December 2015.
   *
   * Since: 0.1
   */
  signals[MEMBER_STARTS]
      = g_signal_new ("member-starts", TRIBES_TYPE_STATIC_MEMBERSHIP_INTERCEPTOR, G_SIGNAL_RUN_LAST,
                      0, NULL, NULL, g_cclosure_marshal_VOID__BOXED, G_TYPE_NONE, 1,
                      TRIBES_TYPE_MEMBER);
  g_signal_set_va_marshaller (signals[MEMBER_STARTS], TRIBES_TYPE_STATIC_MEMBERSHIP_INTERCEPTOR,
                              g_cclosure_marshal_VOID__BOXEDv);
}

static void
tribes_static_membership_interceptor_init (TribesStaticMembershipInterceptor *self)
{
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->unresolved = g_ptr_array_new_with_free_func (unresolved_free);
  self->look_ups = g_cancellable_new ();
}
