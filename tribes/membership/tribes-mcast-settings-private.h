/* SPDX-License-Identifier: Apache-2.0
 *
 * The properties of TribesMcastService: their values, and what GObject needs to know of them.
 */
#pragma once

#include <glib-object.h>

#include "tribes/membership/tribes-mcast-core-private.h"

G_BEGIN_DECLS

typedef struct
{
  char *address;  /* owned */
  char *bind;     /* owned; (nullable) */
  GBytes *domain; /* owned; (nullable) */
  guint port;
  int ttl;
  gboolean local_loopback_disabled;
  guint frequency_ms;
  guint drop_ms;
  guint max_members;
  gboolean recovery_enabled;
  guint recovery_counter;
  guint recovery_sleep_ms;
} TribesMcastSettings;

enum
{
  TRIBES_MCAST_PROP_ADDRESS = 1,
  TRIBES_MCAST_PROP_PORT,
  TRIBES_MCAST_PROP_FREQUENCY,
  TRIBES_MCAST_PROP_DROP_TIME,
  TRIBES_MCAST_PROP_BIND,
  TRIBES_MCAST_PROP_TTL,
  TRIBES_MCAST_PROP_DOMAIN,
  TRIBES_MCAST_PROP_LOCAL_LOOPBACK_DISABLED,
  TRIBES_MCAST_PROP_RECOVERY_ENABLED,
  TRIBES_MCAST_PROP_RECOVERY_COUNTER,
  TRIBES_MCAST_PROP_RECOVERY_SLEEP_TIME,
  TRIBES_MCAST_PROP_MAX_MEMBERS,
  TRIBES_MCAST_PROP_REFUSED, /* not a setting */
  TRIBES_MCAST_N_PROPS
};

void tribes_mcast_settings_install (GObjectClass *klass);
void tribes_mcast_settings_clear (TribesMcastSettings *settings);

/* %FALSE if @id is none of a setting. */
gboolean tribes_mcast_settings_set (TribesMcastSettings *settings, guint id, const GValue *value);
gboolean tribes_mcast_settings_get (const TribesMcastSettings *settings, guint id, GValue *value);

TribesMcastConfig tribes_mcast_settings_get_config (const TribesMcastSettings *settings);

G_END_DECLS
