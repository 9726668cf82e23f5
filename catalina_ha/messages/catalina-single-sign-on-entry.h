/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

/**
 * CatalinaSingleSignOnSessionKey:
 *
 * Where one who is logged in has a session. Immutable and atomically reference counted.
 *
 * Tomcat counterpart: `org.apache.catalina.authenticator.SingleSignOnSessionKey`.
 *
 * Since: 0.1
 */
typedef struct _CatalinaSingleSignOnSessionKey CatalinaSingleSignOnSessionKey;

#define CATALINA_TYPE_SINGLE_SIGN_ON_SESSION_KEY (catalina_single_sign_on_session_key_get_type ())

CATALINA_API
GType catalina_single_sign_on_session_key_get_type (void) G_GNUC_CONST;

CATALINA_API
CatalinaSingleSignOnSessionKey *catalina_single_sign_on_session_key_new (const char *session_id,
                                                                         const char *context_name,
                                                                         const char *host_name);
CATALINA_API
CatalinaSingleSignOnSessionKey *
catalina_single_sign_on_session_key_ref (CatalinaSingleSignOnSessionKey *key);
CATALINA_API
void catalina_single_sign_on_session_key_unref (CatalinaSingleSignOnSessionKey *key);
CATALINA_API
const char *
catalina_single_sign_on_session_key_get_session_id (CatalinaSingleSignOnSessionKey *key);
CATALINA_API
const char *
catalina_single_sign_on_session_key_get_context_name (CatalinaSingleSignOnSessionKey *key);
CATALINA_API
const char *catalina_single_sign_on_session_key_get_host_name (CatalinaSingleSignOnSessionKey *key);
CATALINA_API
gboolean catalina_single_sign_on_session_key_equal (CatalinaSingleSignOnSessionKey *a,
                                                    CatalinaSingleSignOnSessionKey *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaSingleSignOnSessionKey,
                               catalina_single_sign_on_session_key_unref)

/**
 * CatalinaSingleSignOnEntry:
 *
 * One who is logged in to all applications of a cluster. Immutable and atomically reference
 * counted.
 *
 * An entry has the password its user logged in with, for Tomcats that log him in again
 * (`requireReauthentication`). It goes to other members as it came, is in one place in memory,
 * which is wiped with the entry, and there is no way to ask for it.
 *
 * Tomcat counterpart: `org.apache.catalina.authenticator.SingleSignOnEntry`.
 *
 * Since: 0.1
 */
typedef struct _CatalinaSingleSignOnEntry CatalinaSingleSignOnEntry;

#define CATALINA_TYPE_SINGLE_SIGN_ON_ENTRY (catalina_single_sign_on_entry_get_type ())

CATALINA_API
GType catalina_single_sign_on_entry_get_type (void) G_GNUC_CONST;

CATALINA_API
CatalinaSingleSignOnEntry *catalina_single_sign_on_entry_new (const char *name,
                                                              const char *const *roles,
                                                              const char *auth_type,
                                                              const char *username,
                                                              const char *password);
CATALINA_API
CatalinaSingleSignOnEntry *catalina_single_sign_on_entry_ref (CatalinaSingleSignOnEntry *entry);
CATALINA_API
void catalina_single_sign_on_entry_unref (CatalinaSingleSignOnEntry *entry);

CATALINA_API
const char *catalina_single_sign_on_entry_get_name (CatalinaSingleSignOnEntry *entry);
CATALINA_API
const char *const *catalina_single_sign_on_entry_get_roles (CatalinaSingleSignOnEntry *entry);
CATALINA_API
const char *catalina_single_sign_on_entry_get_auth_type (CatalinaSingleSignOnEntry *entry);
CATALINA_API
const char *catalina_single_sign_on_entry_get_username (CatalinaSingleSignOnEntry *entry);
CATALINA_API
gboolean catalina_single_sign_on_entry_get_can_reauthenticate (CatalinaSingleSignOnEntry *entry);
CATALINA_API
GPtrArray *catalina_single_sign_on_entry_list_sessions (CatalinaSingleSignOnEntry *entry);

CATALINA_API
CatalinaSingleSignOnEntry *
catalina_single_sign_on_entry_add_session (CatalinaSingleSignOnEntry *entry,
                                           CatalinaSingleSignOnSessionKey *key);
CATALINA_API
CatalinaSingleSignOnEntry *
catalina_single_sign_on_entry_remove_session (CatalinaSingleSignOnEntry *entry,
                                              CatalinaSingleSignOnSessionKey *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaSingleSignOnEntry, catalina_single_sign_on_entry_unref)

G_END_DECLS
