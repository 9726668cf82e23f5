/* SPDX-License-Identifier: Apache-2.0
 *
 * Which attributes leave this process, as `sessionAttributeNameFilter` and
 * `sessionAttributeValueClassNameFilter` of a <Manager> say.
 */
#pragma once

#include "catalina_ha/manager/catalina-manager-settings-private.h"
#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-state-private.h"

G_BEGIN_DECLS

/* (transfer full) (nullable): a filter for catalina_manager_settings, of the whole of a text as
 * Java's matches(); NULL for an empty @pattern, which filters nothing. */
GRegex *catalina_attribute_filter_new (const char *pattern,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full): what the others are told of @delta */
CatalinaDelta *catalina_attribute_filter_delta (const CatalinaManagerSettings *settings,
                                                CatalinaDelta *delta);
/* (transfer full) (nullable): the attributes that are handed over; the names and values are those
 * of @attributes and end with it. */
GArray *catalina_attribute_filter_values (const CatalinaManagerSettings *settings,
                                          GArray *attributes);

G_END_DECLS
