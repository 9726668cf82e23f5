/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/membership/tribes-mcast-settings-private.h"

void
tribes_mcast_settings_clear (TribesMcastSettings *settings)
{
  g_clear_pointer (&settings->address, g_free);
  g_clear_pointer (&settings->bind, g_free);
  g_clear_pointer (&settings->domain, g_bytes_unref);
}

TribesMcastConfig
tribes_mcast_settings_get_config (const TribesMcastSettings *settings)
{
  return (TribesMcastConfig){
    .frequency_us = (gint64) settings->frequency_ms * 1000,
    .drop_us = (gint64) settings->drop_ms * 1000,
    .max_members = settings->max_members,
    .recovery_enabled = settings->recovery_enabled,
    .recovery_counter = settings->recovery_counter,
    .recovery_sleep_us = (gint64) settings->recovery_sleep_ms * 1000,
  };
}

gboolean
tribes_mcast_settings_set (TribesMcastSettings *settings, guint id, const GValue *value)
{
  switch (id)
    {
    case TRIBES_MCAST_PROP_ADDRESS:
      g_free (settings->address);
      settings->address = g_value_dup_string (value);
      return TRUE;
    case TRIBES_MCAST_PROP_PORT:
      settings->port = g_value_get_uint (value);
      return TRUE;
    case TRIBES_MCAST_PROP_FREQUENCY:
      settings->frequency_ms = g_value_get_uint (value);
      return TRUE;
    case TRIBES_MCAST_PROP_DROP_TIME:
      settings->drop_ms = g_value_get_uint (value);
      return TRUE;
    case TRIBES_MCAST_PROP_BIND:
      g_free (settings->bind);
      settings->bind = g_value_dup_string (value);
      return TRUE;
    case TRIBES_MCAST_PROP_TTL:
      settings->ttl = g_value_get_int (value);
      return TRUE;
    case TRIBES_MCAST_PROP_DOMAIN:
      g_clear_pointer (&settings->domain, g_bytes_unref);
      settings->domain = g_value_dup_boxed (value);
      return TRUE;
    case TRIBES_MCAST_PROP_LOCAL_LOOPBACK_DISABLED:
      settings->local_loopback_disabled = g_value_get_boolean (value);
      return TRUE;
    case TRIBES_MCAST_PROP_RECOVERY_ENABLED:
      settings->recovery_enabled = g_value_get_boolean (value);
      return TRUE;
    case TRIBES_MCAST_PROP_RECOVERY_COUNTER:
      settings->recovery_counter = g_value_get_uint (value);
      return TRUE;
    case TRIBES_MCAST_PROP_RECOVERY_SLEEP_TIME:
      settings->recovery_sleep_ms = g_value_get_uint (value);
      return TRUE;
    case TRIBES_MCAST_PROP_MAX_MEMBERS:
      settings->max_members = g_value_get_uint (value);
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
tribes_mcast_settings_get (const TribesMcastSettings *settings, guint id, GValue *value)
{
  switch (id)
    {
    case TRIBES_MCAST_PROP_ADDRESS:
      g_value_set_string (value, settings->address);
      return TRUE;
    case TRIBES_MCAST_PROP_PORT:
      g_value_set_uint (value, settings->port);
      return TRUE;
    case TRIBES_MCAST_PROP_FREQUENCY:
      g_value_set_uint (value, settings->frequency_ms);
      return TRUE;
    case TRIBES_MCAST_PROP_DROP_TIME:
      g_value_set_uint (value, settings->drop_ms);
      return TRUE;
    case TRIBES_MCAST_PROP_BIND:
      g_value_set_string (value, settings->bind);
      return TRUE;
    case TRIBES_MCAST_PROP_TTL:
      g_value_set_int (value, settings->ttl);
      return TRUE;
    case TRIBES_MCAST_PROP_DOMAIN:
      g_value_set_boxed (value, settings->domain);
      return TRUE;
    case TRIBES_MCAST_PROP_LOCAL_LOOPBACK_DISABLED:
      g_value_set_boolean (value, settings->local_loopback_disabled);
      return TRUE;
    case TRIBES_MCAST_PROP_RECOVERY_ENABLED:
      g_value_set_boolean (value, settings->recovery_enabled);
      return TRUE;
    case TRIBES_MCAST_PROP_RECOVERY_COUNTER:
      g_value_set_uint (value, settings->recovery_counter);
      return TRUE;
    case TRIBES_MCAST_PROP_RECOVERY_SLEEP_TIME:
      g_value_set_uint (value, settings->recovery_sleep_ms);
      return TRUE;
    case TRIBES_MCAST_PROP_MAX_MEMBERS:
      g_value_set_uint (value, settings->max_members);
      return TRUE;
    default:
      return FALSE;
    }
}

#define PROP_FLAGS (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS)

static void
install_network_properties (GParamSpec **props)
{
  /**
   * TribesMcastService:address:
   *
   * The multicast group, an IPv4 or IPv6 address in text form.
   *
   * Tomcat counterpart: attribute `address`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_ADDRESS]
      = g_param_spec_string ("address", NULL, NULL, "228.0.0.4", PROP_FLAGS);
  /**
   * TribesMcastService:port:
   *
   * The UDP port of the group; processes on one machine share it.
   *
   * Tomcat counterpart: attribute `port`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_PORT]
      = g_param_spec_uint ("port", NULL, NULL, 1, 65535, 45564, PROP_FLAGS);
  /**
   * TribesMcastService:bind:
   *
   * An address of the interface to use, in text form; %NULL for the one the routing table names.
   * `127.0.0.1` keeps everything on this machine.
   *
   * Tomcat counterpart: attribute `bind`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_BIND] = g_param_spec_string ("bind", NULL, NULL, NULL, PROP_FLAGS);
  /**
   * TribesMcastService:ttl:
   *
   * Time to live of the datagrams, in hops; -1 for the system's default.
   *
   * Tomcat counterpart: attribute `ttl`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_TTL] = g_param_spec_int ("ttl", NULL, NULL, -1, 255, -1, PROP_FLAGS);
  /**
   * TribesMcastService:local-loopback-disabled:
   *
   * Whether other processes of this machine shall not hear this one.
   *
   * Tomcat counterpart: attribute `localLoopbackDisabled`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_LOCAL_LOOPBACK_DISABLED]
      = g_param_spec_boolean ("local-loopback-disabled", NULL, NULL, FALSE, PROP_FLAGS);
}

static void
install_member_properties (GParamSpec **props)
{
  /**
   * TribesMcastService:frequency:
   *
   * Milliseconds between two heartbeats.
   *
   * Tomcat counterpart: attribute `frequency`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_FREQUENCY]
      = g_param_spec_uint ("frequency", NULL, NULL, 1, G_MAXINT32, 500, PROP_FLAGS);
  /**
   * TribesMcastService:drop-time:
   *
   * Milliseconds of silence after which a member is gone.
   *
   * Tomcat counterpart: attribute `dropTime`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_DROP_TIME]
      = g_param_spec_uint ("drop-time", NULL, NULL, 1, G_MAXINT32, 3000, PROP_FLAGS);
  /**
   * TribesMcastService:domain:
   *
   * The membership domain that the local member announces; %NULL for the one it was given.
   *
   * Tomcat counterpart: attribute `domain`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_DOMAIN]
      = g_param_spec_boxed ("domain", NULL, NULL, G_TYPE_BYTES, PROP_FLAGS);
  /**
   * TribesMcastService:max-members:
   *
   * How many members are kept; heartbeats of more are refused. Bounds the memory that forged
   * heartbeats can take, to 64 KiB each.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_MAX_MEMBERS]
      = g_param_spec_uint ("max-members", NULL, NULL, 1, G_MAXINT32, TRIBES_MEMBER_TABLE_MAX,
                           PROP_FLAGS);
  /**
   * TribesMcastService:refused:
   *
   * Number of datagrams that were refused since the service was made.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_REFUSED]
      = g_param_spec_uint64 ("refused", NULL, NULL, 0, G_MAXUINT64, 0,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
install_recovery_properties (GParamSpec **props)
{
  /**
   * TribesMcastService:recovery-enabled:
   *
   * Whether a socket that fails is opened anew.
   *
   * Tomcat counterpart: attribute `recoveryEnabled`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_RECOVERY_ENABLED]
      = g_param_spec_boolean ("recovery-enabled", NULL, NULL, TRUE, PROP_FLAGS);
  /**
   * TribesMcastService:recovery-counter:
   *
   * How many times in a row the socket has to fail before it is opened anew.
   *
   * Tomcat counterpart: attribute `recoveryCounter`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_RECOVERY_COUNTER]
      = g_param_spec_uint ("recovery-counter", NULL, NULL, 0, G_MAXINT32, 10, PROP_FLAGS);
  /**
   * TribesMcastService:recovery-sleep-time:
   *
   * Milliseconds between two attempts to open the socket anew.
   *
   * Tomcat counterpart: attribute `recoverySleepTime`.
   *
   * Since: 0.1
   */
  props[TRIBES_MCAST_PROP_RECOVERY_SLEEP_TIME]
      = g_param_spec_uint ("recovery-sleep-time", NULL, NULL, 1, G_MAXINT32, 5000, PROP_FLAGS);
}

void
tribes_mcast_settings_install (GObjectClass *klass)
{
  GParamSpec *props[TRIBES_MCAST_N_PROPS] = { NULL };

  install_network_properties (props);
  install_member_properties (props);
  install_recovery_properties (props);
  g_object_class_install_properties (klass, TRIBES_MCAST_N_PROPS, props);
}
