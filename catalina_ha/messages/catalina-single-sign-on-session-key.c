/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-single-sign-on-entry.h"

#include <string.h>

struct _CatalinaSingleSignOnSessionKey
{
  char *session_id;
  char *context_name;
  char *host_name;
};

G_DEFINE_BOXED_TYPE (CatalinaSingleSignOnSessionKey,
                     catalina_single_sign_on_session_key,
                     catalina_single_sign_on_session_key_ref,
                     catalina_single_sign_on_session_key_unref)

/**
 * catalina_single_sign_on_session_key_new:
 * @session_id: of a session
 * @context_name: of its context within the host, as `/shop`
 * @host_name: of its virtual host, as `localhost`
 *
 * Returns: (transfer full): a session of one who is logged in
 *
 * Since: 0.1
 */
CatalinaSingleSignOnSessionKey *
catalina_single_sign_on_session_key_new (const char *session_id,
                                         const char *context_name,
                                         const char *host_name)
{
  CatalinaSingleSignOnSessionKey *key = g_atomic_rc_box_new (CatalinaSingleSignOnSessionKey);

  key->session_id = g_strdup (session_id);
  key->context_name = g_strdup (context_name);
  key->host_name = g_strdup (host_name);
  return key;
}

/**
 * catalina_single_sign_on_session_key_ref:
 * @key: a session
 *
 * Returns: (transfer full): @key
 *
 * Since: 0.1
 */
CatalinaSingleSignOnSessionKey *
catalina_single_sign_on_session_key_ref (CatalinaSingleSignOnSessionKey *key)
{
  return g_atomic_rc_box_acquire (key);
}

static void
key_clear (gpointer data)
{
  CatalinaSingleSignOnSessionKey *key = data;

  g_free (key->session_id);
  g_free (key->context_name);
  g_free (key->host_name);
}

/**
 * catalina_single_sign_on_session_key_unref:
 * @key: (transfer full): a session
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
catalina_single_sign_on_session_key_unref (CatalinaSingleSignOnSessionKey *key)
{
  g_atomic_rc_box_release_full (key, key_clear);
}

/**
 * catalina_single_sign_on_session_key_get_session_id:
 * @key: a session
 *
 * Returns: its id
 *
 * Since: 0.1
 */
const char *
catalina_single_sign_on_session_key_get_session_id (CatalinaSingleSignOnSessionKey *key)
{
  return key->session_id;
}

/**
 * catalina_single_sign_on_session_key_get_context_name:
 * @key: a session
 *
 * Returns: the name of its context within the host; empty for the root context
 *
 * Since: 0.1
 */
const char *
catalina_single_sign_on_session_key_get_context_name (CatalinaSingleSignOnSessionKey *key)
{
  return key->context_name;
}

/**
 * catalina_single_sign_on_session_key_get_host_name:
 * @key: a session
 *
 * Returns: the name of its virtual host
 *
 * Since: 0.1
 */
const char *
catalina_single_sign_on_session_key_get_host_name (CatalinaSingleSignOnSessionKey *key)
{
  return key->host_name;
}

/**
 * catalina_single_sign_on_session_key_equal:
 * @a: a session
 * @b: a session
 *
 * Returns: whether they are the same
 *
 * Since: 0.1
 */
gboolean
catalina_single_sign_on_session_key_equal (CatalinaSingleSignOnSessionKey *a,
                                           CatalinaSingleSignOnSessionKey *b)
{
  return strcmp (a->session_id, b->session_id) == 0
         && strcmp (a->context_name, b->context_name) == 0
         && strcmp (a->host_name, b->host_name) == 0;
}
