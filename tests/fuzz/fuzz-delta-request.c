/* SPDX-License-Identifier: Apache-2.0
 *
 * Deltas. One that is accepted can be applied to a session, stays within the limits, and, encoded
 * and decoded again, has the same actions.
 */
#include "catalina_ha/session/catalina-session-private.h"
#include "tests/fuzz/fuzz-target.h"

static void
assert_same (CatalinaDelta *a, CatalinaDelta *b)
{
  g_assert_cmpuint (a->actions->len, ==, b->actions->len);
  for (guint i = 0; i < a->actions->len; i++)
    {
      CatalinaDeltaAction *of_a = &g_array_index (a->actions, CatalinaDeltaAction, i);
      CatalinaDeltaAction *of_b = &g_array_index (b->actions, CatalinaDeltaAction, i);

      g_assert_cmpint (of_a->type, ==, of_b->type);
      g_assert_cmpint (of_a->action, ==, of_b->action);
      g_assert_cmpstr (of_a->name, ==, of_b->name);
      g_assert_true ((of_a->value == NULL) == (of_b->value == NULL));
      if (of_a->value)
        g_assert_cmpint (tribes_java_value_get_kind (of_a->value), ==,
                         tribes_java_value_get_kind (of_b->value));
    }
}

static void
apply (CatalinaDelta *delta)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (CatalinaSession) session = catalina_session_new ("S1", 1, 1800);
  g_autoptr (CatalinaSession) copy = NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) changed = NULL;
  g_autofree char *name = NULL;
  g_auto (GStrv) roles = NULL;

  limits.session_attributes = 8;
  catalina_session_apply (session, delta, &limits, names);
  changed = g_strv_builder_end (names);
  g_assert_cmpuint (catalina_session_get_n_attributes (session), <=, 8);
  name = catalina_session_dup_principal_name (session);
  roles = catalina_session_dup_roles (session);
  copy = catalina_session_copy (session);
  catalina_session_apply (copy, delta, &limits, NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) delta = catalina_delta_decode (bytes, &error);
  g_autoptr (CatalinaDelta) again = NULL;
  g_autoptr (GBytes) encoded = NULL;

  if (!delta)
    {
      g_assert_nonnull (error);
      return 0;
    }
  apply (delta);
  encoded = catalina_delta_encode (delta, delta->session_id, &error);
  /* What nobody could read may be impossible to write into another stream. */
  if (!encoded)
    return 0;
  again = catalina_delta_decode (encoded, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->session_id, ==, delta->session_id);
  assert_same (delta, again);
  return 0;
}
