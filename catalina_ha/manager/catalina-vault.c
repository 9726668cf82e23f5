/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-vault.h"

G_DEFINE_ENUM_TYPE (CatalinaVault,
                    catalina_vault,
                    G_DEFINE_ENUM_VALUE (CATALINA_VAULT_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (CATALINA_VAULT_PULL, "pull"),
                    G_DEFINE_ENUM_VALUE (CATALINA_VAULT_FOLLOW, "follow"))
