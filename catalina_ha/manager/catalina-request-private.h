/* SPDX-License-Identifier: Apache-2.0
 *
 * Between what a request is, how it begins, and what an authenticator does with one.
 */
#pragma once

#include "catalina_ha/manager/catalina-open-requests-private.h"
#include "catalina_ha/manager/catalina-request.h"

G_BEGIN_DECLS

struct _CatalinaRequest
{
  GObject parent_instance;

  CatalinaManager *manager;
  CatalinaOpenRequest open;
  guint64 token;     /* 0: it has ended */
  char *original_id; /* nullable */
  gboolean was_primary;
  gboolean is_filtered;
  gboolean has_changed; /* something that it has to tell */
};

/* Its session is this one from now on; (nullable): none. */
void catalina_request_set_session (CatalinaRequest *self, const char *id);
/* Here only, until the end. */
gboolean catalina_request_apply (CatalinaRequest *self, CatalinaDelta *delta, GError **error);
/* Told at once, under the old id; what has changed follows under the new one. */
gboolean catalina_request_rename (CatalinaRequest *self, const char *new_id, GError **error);
/* The session has a new id: the one that FORM login expects the browser to come back with is that
 * one, where it is noted. @expected: (nullable): the one that it must be; NULL: any. */
void catalina_request_follow_id (CatalinaRequest *self, const char *expected);

G_END_DECLS
