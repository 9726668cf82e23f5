/* SPDX-License-Identifier: Apache-2.0
 *
 * Between what a request is and what an authenticator does with one.
 */
#pragma once

#include "catalina_ha/manager/catalina-request.h"

G_BEGIN_DECLS

/* The session has a new id: the one that FORM login expects the browser to come back with is that
 * one, where it is noted. @expected: (nullable): the one that it must be; NULL: any. */
void catalina_request_follow_id (CatalinaRequest *self, const char *expected);

G_END_DECLS
