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

/* @base: offset of the settings in the instance */
void tribes_mcast_settings_install (GObjectClass *klass, gssize base);
void tribes_mcast_settings_clear (TribesMcastSettings *settings);

TribesMcastConfig tribes_mcast_settings_get_config (const TribesMcastSettings *settings);

G_END_DECLS
