/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be set, with Tomcat's names, units and defaults.
 */
#include "tribes/membership/tribes-mcast-settings-private.h"

#include "tribes/base/tribes-field-private.h"

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

/* @base: where the settings are in the object */
#define SETTING(field) (base + G_STRUCT_OFFSET (TribesMcastSettings, field))

static void
install_network_properties (GObjectClass *klass, gssize base)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesMcastService:address:
     *
     * The multicast group, an IPv4 or IPv6 address in text form.
     *
     * Tomcat counterpart: attribute `address`.
     *
     * Since: 0.1
     */
    { g_param_spec_string ("address", NULL, NULL, "228.0.0.4", flags), SETTING (address) },
    /**
     * TribesMcastService:port:
     *
     * The UDP port of the group; processes on one machine share it.
     *
     * Tomcat counterpart: attribute `port`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("port", NULL, NULL, 1, 65535, 45564, flags), SETTING (port) },
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
    { g_param_spec_string ("bind", NULL, NULL, NULL, flags), SETTING (bind) },
    /**
     * TribesMcastService:ttl:
     *
     * Time to live of the datagrams, in hops; -1 for the system's default.
     *
     * Tomcat counterpart: attribute `ttl`.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("ttl", NULL, NULL, -1, 255, -1, flags), SETTING (ttl) },
    /**
     * TribesMcastService:local-loopback-disabled:
     *
     * Whether other processes of this machine shall not hear this one.
     *
     * Tomcat counterpart: attribute `localLoopbackDisabled`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("local-loopback-disabled", NULL, NULL, FALSE, flags),
      SETTING (local_loopback_disabled) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
install_member_properties (GObjectClass *klass, gssize base)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesMcastService:frequency:
     *
     * Milliseconds between two heartbeats.
     *
     * Tomcat counterpart: attribute `frequency`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("frequency", NULL, NULL, 1, G_MAXINT32, 500, flags),
      SETTING (frequency_ms) },
    /**
     * TribesMcastService:drop-time:
     *
     * Milliseconds of silence after which a member is gone.
     *
     * Tomcat counterpart: attribute `dropTime`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("drop-time", NULL, NULL, 1, G_MAXINT32, 3000, flags), SETTING (drop_ms) },
    /**
     * TribesMcastService:domain:
     *
     * The membership domain that the local member announces; %NULL for the one it was given.
     *
     * Tomcat counterpart: attribute `domain`.
     *
     * Since: 0.1
     */
    { g_param_spec_boxed ("domain", NULL, NULL, G_TYPE_BYTES, flags), SETTING (domain) },
    /**
     * TribesMcastService:max-members:
     *
     * How many members are kept; heartbeats of more are refused. Bounds the memory that forged
     * heartbeats can take, to 64 KiB each.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("max-members", NULL, NULL, 1, G_MAXINT32, TRIBES_MEMBER_TABLE_MAX, flags),
      SETTING (max_members) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
install_recovery_properties (GObjectClass *klass, gssize base)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesMcastService:recovery-enabled:
     *
     * Whether a socket that fails is opened anew.
     *
     * Tomcat counterpart: attribute `recoveryEnabled`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("recovery-enabled", NULL, NULL, TRUE, flags),
      SETTING (recovery_enabled) },
    /**
     * TribesMcastService:recovery-counter:
     *
     * How many times in a row the socket has to fail before it is opened anew.
     *
     * Tomcat counterpart: attribute `recoveryCounter`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("recovery-counter", NULL, NULL, 0, G_MAXINT32, 10, flags),
      SETTING (recovery_counter) },
    /**
     * TribesMcastService:recovery-sleep-time:
     *
     * Milliseconds between two attempts to open the socket anew.
     *
     * Tomcat counterpart: attribute `recoverySleepTime`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("recovery-sleep-time", NULL, NULL, 1, G_MAXINT32, 5000, flags),
      SETTING (recovery_sleep_ms) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

void
tribes_mcast_settings_install (GObjectClass *klass, gssize base)
{
  install_network_properties (klass, base);
  install_member_properties (klass, base);
  install_recovery_properties (klass, base);
}
