/* SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is remembered of members: whoever is asked for them asks those below and leaves out those
 * of other domains, so that nobody from outside can make this grow.
 */
#include "tribes/interceptors/tribes-domain-filter-interceptor.h"

#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/wire/tribes-member-private.h"
#include "tribes/wire/tribes-message-private.h"

struct _TribesDomainFilterInterceptor
{
  TribesInterceptor parent_instance;

  GBytes *domain; /* (nullable): of members without one */
  int log_interval;

  guint64 messages_refused;
  guint64 members_refused;
  int unlogged; /* messages refused since the last line */
  TribesRateLimit lines;
};

G_DEFINE_FINAL_TYPE (TribesDomainFilterInterceptor,
                     tribes_domain_filter_interceptor,
                     TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_domain_filter_interceptor_parent_class)

static gboolean
is_in_domain (TribesDomainFilterInterceptor *self, TribesMember *member)
{
  TribesMemberFields fields;
  gsize size = 0;
  const void *domain = self->domain ? g_bytes_get_data (self->domain, &size) : NULL;

  tribes_member_peek_fields (member, &fields);
  return fields.domain_size == size && (size == 0 || memcmp (fields.domain, domain, size) == 0);
}

/* Every member of the other domain would otherwise fill the log. */
static void
complain (TribesDomainFilterInterceptor *self, const char *what, TribesMember *member)
{
  g_autofree char *name = NULL;
  guint suppressed;

  if (!tribes_rate_limit_allow (&self->lines, tribes_clock_get_us (), &suppressed))
    return;
  name = tribes_member_to_string (member);
  if (suppressed > 0)
    g_message ("%s of another domain: %s (and %u times before that)", what, name, suppressed);
  else
    g_message ("%s of another domain: %s", what, name);
}

static gboolean
domain_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  TribesDomainFilterInterceptor *self = TRIBES_DOMAIN_FILTER_INTERCEPTOR (interceptor);
  TribesMember *sender = tribes_message_peek_address (message);

  if (is_in_domain (self, sender))
    return PARENT->message_received (interceptor, message, error);
  if (self->messages_refused++ == 0 || ++self->unlogged >= self->log_interval)
    {
      self->unlogged = 0;
      complain (self, "refused a message from a member", sender);
    }
  /* Tomcat acknowledges it, too: who sends has done nothing wrong. */
  return TRUE;
}

static void
domain_member_added (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesDomainFilterInterceptor *self = TRIBES_DOMAIN_FILTER_INTERCEPTOR (interceptor);

  if (is_in_domain (self, member))
    {
      PARENT->member_added (interceptor, member);
      return;
    }
  self->members_refused++;
  complain (self, "hid a member", member);
}

static void
domain_member_disappeared (TribesInterceptor *interceptor, TribesMember *member)
{
  if (is_in_domain (TRIBES_DOMAIN_FILTER_INTERCEPTOR (interceptor), member))
    PARENT->member_disappeared (interceptor, member);
}

static GPtrArray *
domain_list_members (TribesInterceptor *interceptor)
{
  TribesDomainFilterInterceptor *self = TRIBES_DOMAIN_FILTER_INTERCEPTOR (interceptor);
  g_autoptr (GPtrArray) below = PARENT->list_members (interceptor);
  GPtrArray *members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < below->len; i++)
    if (is_in_domain (self, below->pdata[i]))
      g_ptr_array_add (members, tribes_member_ref (below->pdata[i]));
  return members;
}

/**
 * tribes_domain_filter_interceptor_new:
 *
 * Returns: (transfer full): an interceptor that lets members without domain through
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_domain_filter_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_DOMAIN_FILTER_INTERCEPTOR, NULL);
}

static void
tribes_domain_filter_interceptor_finalize (GObject *object)
{
  g_clear_pointer (&TRIBES_DOMAIN_FILTER_INTERCEPTOR (object)->domain, g_bytes_unref);
  G_OBJECT_CLASS (tribes_domain_filter_interceptor_parent_class)->finalize (object);
}

static void
install_settings (GObjectClass *klass)
{
  const TribesField fields[] = {
    /**
     * TribesDomainFilterInterceptor:domain:
     *
     * The domain of the members that are let through; none or an empty one: those that are in none.
     * Tomcat counterpart: `domain`.
     *
     * Since: 0.1
     */
    { g_param_spec_boxed ("domain", NULL, NULL, G_TYPE_BYTES,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
      G_STRUCT_OFFSET (TribesDomainFilterInterceptor, domain) },
    /**
     * TribesDomainFilterInterceptor:log-interval:
     *
     * Messages of other domains from one line in the log to the next; the first has one. There are
     * no more than five lines in ten seconds all the same. Tomcat counterpart: `logInterval`.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("log-interval", NULL, NULL, 0, G_MAXINT32, 100, TRIBES_FIELD_FLAGS),
      G_STRUCT_OFFSET (TribesDomainFilterInterceptor, log_interval) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
install_counters (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const TribesField fields[] = {
    /**
     * TribesDomainFilterInterceptor:messages-refused:
     *
     * Messages of members of other domains.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("messages-refused", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesDomainFilterInterceptor, messages_refused) },
    /**
     * TribesDomainFilterInterceptor:members-refused:
     *
     * How often a member of another domain was found.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("members-refused", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesDomainFilterInterceptor, members_refused) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
tribes_domain_filter_interceptor_class_init (TribesDomainFilterInterceptorClass *klass)
{
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = tribes_domain_filter_interceptor_finalize;
  interceptor_class->message_received = domain_message_received;
  interceptor_class->member_added = domain_member_added;
  interceptor_class->member_disappeared = domain_member_disappeared;
  interceptor_class->list_members = domain_list_members;
  install_settings (G_OBJECT_CLASS (klass));
  install_counters (G_OBJECT_CLASS (klass));
}

static void
tribes_domain_filter_interceptor_init (TribesDomainFilterInterceptor *self)
{
}
