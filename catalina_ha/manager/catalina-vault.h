/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_VAULT (catalina_vault_get_type ())

/**
 * CatalinaVault:
 * @CATALINA_VAULT_NONE: it has what others give it, as a Tomcat
 * @CATALINA_VAULT_PULL: it asks for a copy of every session, and once a minute for those that
 *   changed. The others notice nothing. What changed since is lost with those that have it
 * @CATALINA_VAULT_FOLLOW: it asks to be told of every change, and nothing is lost. A Tomcat then
 *   counts it among those that have the copy, and takes being told for an access: a session of its
 *   own that nobody uses ends only after twice its time
 *
 * What a [class@CatalinaHa.BackupManager] has of sessions that other members have among themselves:
 * with a vault a cluster survives the end of all the others. Tomcat has nothing of the kind.
 *
 * Since: 0.1
 */
typedef enum
{
  CATALINA_VAULT_NONE,
  CATALINA_VAULT_PULL,
  CATALINA_VAULT_FOLLOW,
} CatalinaVault;

CATALINA_API
GType catalina_vault_get_type (void) G_GNUC_CONST;

G_END_DECLS
