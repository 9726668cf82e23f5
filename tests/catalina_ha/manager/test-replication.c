/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about single sessions, in every order.
 */
#include "catalina_ha/manager/catalina-attribute-filter-private.h"
#include "catalina_ha/session/catalina-error.h"
#include "tests/catalina_ha/manager/lab.h"
#include "tests/catalina_ha/support.h"
#include "tribes/java/build/tribes-java-build.h"

/* Two nodes that have nothing and know it. */
static Lab *
pair (Node **a, Node **b)
{
  Lab *lab = lab_new ();

  *a = lab_add (lab, NULL, NULL);
  *b = lab_add (lab, NULL, NULL);
  node_start (*a);
  lab_introduce (lab);
  node_start (*b);
  lab_run (lab);
  return lab;
}

static void
test_life (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  CatalinaSession *session;

  node_create (a, "S1");
  lab_run (lab);
  g_assert_cmpuint (b->created, ==, 1);
  session = catalina_delta_core_lookup (b->core, "S1");
  g_assert_nonnull (session);
  g_assert_cmpint (catalina_session_get_creation_time (session), ==, lab->now.wall_ms);
  g_assert_cmpint (catalina_session_get_max_inactive_interval (session), ==, 1800);
  g_assert_false (catalina_session_is_new (session));
  g_assert_false (catalina_session_is_primary (session));
  g_assert_true (catalina_session_is_primary (catalina_delta_core_lookup (a->core, "S1")));

  node_set (a, "S1", "x", 1);
  lab_run (lab);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, 1);
  g_assert_cmpstr (b->last_names, ==, "x");
  /* Made, filled and changed; nobody else did anything to what @a has. */
  g_assert_cmpuint (b->told, ==, 3);
  g_assert_cmpuint (b->brought, ==, 0);
  g_assert_cmpuint (b->last_bytes, >, strlen ("S1x"));
  g_assert_cmpuint (a->told, ==, 0);
  /* The other side takes over. */
  lab_pass (lab, 500);
  node_set (b, "S1", "x", 2);
  lab_run (lab);
  g_assert_cmpint (node_get (a, "S1", "x"), ==, 2);
  g_assert_false (catalina_session_is_primary (catalina_delta_core_lookup (a->core, "S1")));
  g_assert_cmpint (catalina_session_get_last_accessed_time (
                       catalina_delta_core_lookup (a->core, "S1")),
                   ==, lab->now.wall_ms);
  node_set (b, "S1", "x", G_MININT);
  lab_run (lab);
  g_assert_cmpint (node_get (a, "S1", "x"), ==, G_MININT);

  g_assert_true (catalina_delta_core_change_id (b->core, "S1", "S2", 0, lab->now, NULL));
  lab_run (lab);
  g_assert_null (catalina_delta_core_lookup (a->core, "S1"));
  g_assert_nonnull (catalina_delta_core_lookup (a->core, "S2"));
  g_assert_cmpuint (a->id_changed, ==, 1);

  g_assert_true (catalina_delta_core_invalidate (a->core, "S2", 0, lab->now, NULL));
  lab_run (lab);
  g_assert_cmpuint (node_n (a) + node_n (b), ==, 0);
  g_assert_cmpuint (b->expired, ==, 1);
  g_assert_cmpuint (a->problems + b->problems, ==, 0);
}

static gboolean
has (Node *node, const char *id, const char *name)
{
  return node_get (node, id, name) != G_MININT;
}

/* What a filter keeps back stays here, whether it is sent or handed over; what others have comes.
 */
static void
test_filter (void)
{
  g_autoptr (Lab) lab = lab_new ();
  CatalinaManagerSettings settings;
  Node *a, *b;

  catalina_manager_settings_init (&settings);
  settings.name_filter = catalina_attribute_filter_new ("user.*|n", NULL);
  settings.value_class_filter = catalina_attribute_filter_new ("java\\.lang\\..*", NULL);
  a = lab_add (lab, &settings, NULL);
  b = lab_add (lab, NULL, NULL);
  node_start (a);
  node_create (a, "S1");
  node_set (a, "S1", "user1", 1);
  node_set (a, "S1", "superuser", 2);
  node_set (a, "S1", "n", 3);
  node_set (a, "S1", "nn", 4);
  lab_introduce (lab);
  node_start (b);
  lab_run (lab);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (has (b, "S1", "user1") && has (b, "S1", "n"));
      g_assert_false (has (b, "S1", "superuser") || has (b, "S1", "nn"));
      g_assert_true (has (a, "S1", "superuser") && has (a, "S1", "nn"));
      node_set (a, "S1", "superuser", 5);
      node_set (a, "S1", "user1", 6);
      lab_run (lab);
    }
  g_assert_cmpint (node_get (b, "S1", "user1"), ==, 6);
  node_set (b, "S1", "other", 7);
  lab_run (lab);
  g_assert_true (has (a, "S1", "other"));
  g_assert_cmpuint (a->problems + b->problems, ==, 0);
  g_regex_unref (settings.name_filter);
  g_regex_unref (settings.value_class_filter);
}

static void
test_value_class_filter (void)
{
  g_autoptr (Lab) lab = lab_new ();
  CatalinaManagerSettings settings;
  Node *a, *b;

  catalina_manager_settings_init (&settings);
  settings.value_class_filter = catalina_attribute_filter_new ("com\\.example\\..*", NULL);
  a = lab_add (lab, &settings, NULL);
  b = lab_add (lab, NULL, NULL);
  node_start (a);
  lab_introduce (lab);
  node_start (b);
  lab_run (lab);
  node_create (a, "S1");
  node_set (a, "S1", "x", 1);
  lab_run (lab);
  g_assert_nonnull (catalina_delta_core_lookup (b->core, "S1"));
  g_assert_false (has (b, "S1", "x"));
  /* That something is gone has no class. */
  node_set (b, "S1", "x", 2);
  node_set (a, "S1", "x", G_MININT);
  lab_run (lab);
  g_assert_false (has (b, "S1", "x"));
  g_regex_unref (settings.value_class_filter);
}

static void
test_max_active (void)
{
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (GError) error = NULL;
  CatalinaManagerSettings settings;
  Node *a, *b;

  catalina_manager_settings_init (&settings);
  settings.max_active_sessions = 2;
  a = lab_add (lab, &settings, NULL);
  b = lab_add (lab, NULL, NULL);
  node_start (a);
  lab_introduce (lab);
  node_start (b);
  lab_run (lab);
  node_create (a, "S1");
  node_create (b, "S2");
  lab_run (lab);
  g_assert_false (catalina_delta_core_create (a->core, "S3", NULL, 0, lab->now, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT);
  node_create (b, "S4");
  lab_run (lab);
  g_assert_cmpuint (node_n (a), ==, 3);
}

static void
test_access (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();

  node_create (a, "S1");
  lab_run (lab);
  /* Whoever has the session tells nobody that it is used, until it would otherwise end there. */
  g_assert_true (catalina_delta_core_change (a->core, "S1", nothing, 0, lab->now, NULL));
  lab_run (lab);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_RECEIVED_ACCESSED), ==, 0);
  g_assert_true (catalina_delta_core_change (b->core, "S1", nothing, 0, lab->now, NULL));
  lab_run (lab);
  g_assert_cmpuint (node_count (a, CATALINA_COUNTER_RECEIVED_ACCESSED), ==, 1);
  g_assert_false (catalina_session_is_primary (catalina_delta_core_lookup (a->core, "S1")));
}

static void
test_unknown (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  g_assert_false (catalina_delta_core_change (a->core, "none", delta, 0, lab->now, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  node_receive (b, a, CATALINA_SESSION_EVENT_ACCESSED, "none", 1, NULL);
  node_receive (b, a, 99, "none", 1, NULL);
  g_assert_cmpuint (b->problems, ==, 0);
}

/* The delta overtakes the creation, as it does between Tomcats with asynchronous options. */
static void
test_early_delta (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);

  lab->hold = TRUE;
  node_create (a, "S1");
  node_set (a, "S1", "x", 1);
  node_set (a, "S1", "x", 2);
  lab_run (lab);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, b);
  g_assert_cmpuint (node_n (b), ==, 0);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_EARLY_KEPT), ==, 3);
  lab_pass (lab, 2000);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CREATED, b);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, 2);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_EARLY_APPLIED), ==, 3);
  g_assert_cmpuint (b->created, ==, 1);
  g_assert_cmpuint (b->changed, ==, 3);
}

static void
test_early_end (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);

  lab->hold = TRUE;
  node_create (a, "S1");
  g_assert_true (catalina_delta_core_invalidate (a->core, "S1", 0, lab->now, NULL));
  lab_run (lab);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_EXPIRED, b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CREATED, b);
  g_assert_cmpuint (node_n (b), ==, 0);
  /* A session that is made anew with the same id is another. */
  lab_pass (lab, 100);
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, "S1", lab->now.wall_ms, NULL);
  g_assert_cmpuint (node_n (b), ==, 1);
}

/* An end that comes late does not end the session that was made in the meantime. */
static void
test_earlier_life (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  gint64 then = lab->now.wall_ms;

  node_receive (b, a, CATALINA_SESSION_EVENT_EXPIRED, "S1", then, NULL);
  lab_pass (lab, 1000);
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, "S1", lab->now.wall_ms, NULL);
  g_assert_cmpuint (node_n (b), ==, 1);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_EARLY_DROPPED), ==, 1);
}

static void
test_early_new_id (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);

  lab->hold = TRUE;
  node_create (a, "S1");
  node_set (a, "S1", "x", 1);
  g_assert_true (catalina_delta_core_change_id (a->core, "S1", "S2", 0, lab->now, NULL));
  node_set (a, "S2", "x", 2);
  g_assert_true (catalina_delta_core_change_id (a->core, "S2", "S3", 0, lab->now, NULL));
  node_set (a, "S3", "y", 3);
  lab_run (lab);
  /* Everything but the creation, last things first. */
  for (guint i = 0; i < 2; i++)
    lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, b);
  for (guint i = 0; i < 4; i++)
    lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, b);
  g_assert_cmpuint (node_n (b), ==, 0);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CREATED, b);
  g_assert_cmpint (node_get (b, "S3", "x"), ==, 2);
  g_assert_cmpint (node_get (b, "S3", "y"), ==, 3);
  g_assert_cmpuint (node_n (b), ==, 1);
}

/* A delta with the old id comes after the change of id. */
static void
test_late_delta (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);

  node_create (a, "S1");
  lab_run (lab);
  lab->hold = TRUE;
  node_set (a, "S1", "x", 7);
  g_assert_true (catalina_delta_core_change_id (a->core, "S1", "S2", 0, lab->now, NULL));
  lab_run (lab);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, b);
  g_assert_cmpint (node_get (b, "S2", "x"), ==, 7);
  /* Not for ever. */
  lab_pass (lab, 6000);
  node_receive (b, a, CATALINA_SESSION_EVENT_EXPIRED, "S1", lab->now.wall_ms, NULL);
  g_assert_cmpuint (node_n (b), ==, 1);
}

static void
test_early_is_given_up (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (Lab) lab = lab_new ();
  Node *a, *b;
  g_autoptr (GBytes) delta = delta_of ("S1", "x", 1);

  limits.early_messages = 10;
  a = lab_add (lab, NULL, NULL);
  b = lab_add (lab, NULL, &limits);
  lab_introduce (lab);
  for (guint i = 0; i < 25; i++)
    node_receive (b, a, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, delta);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_EARLY_DROPPED), ==, 15);
  lab_pass (lab, 4900);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_EARLY_DROPPED), ==, 15);
  lab_pass (lab, 200);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_EARLY_DROPPED), ==, 25);
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, "S1", lab->now.wall_ms, NULL);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, G_MININT);
}

static void
test_created_twice (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  gint64 then = lab->now.wall_ms;

  node_create (a, "S1");
  node_set (a, "S1", "x", 1);
  lab_run (lab);
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, "S1", then, NULL);
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, "S1", then - 5000, NULL);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, 1);
  g_assert_cmpuint (b->created, ==, 1);
  /* Made anew: what it had is gone. */
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, "S1", then + 5000, NULL);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, G_MININT);
  g_assert_cmpuint (b->created, ==, 2);
  g_assert_cmpuint (b->expired, ==, 1);
  g_assert_cmpuint (node_n (b), ==, 1);
}

static void
test_new_id_taken (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  g_autoptr (GBytes) taken = catalina_new_id_encode ("S2", NULL);
  g_autoptr (GBytes) own = catalina_new_id_encode ("S1", NULL);

  node_create (a, "S1");
  node_set (a, "S1", "x", 1);
  node_create (a, "S2");
  node_set (a, "S2", "x", 2);
  lab_run (lab);
  node_receive (b, a, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", lab->now.wall_ms, own);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, 1);
  node_receive (b, a, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", lab->now.wall_ms, taken);
  g_assert_cmpuint (node_n (b), ==, 1);
  g_assert_cmpint (node_get (b, "S2", "x"), ==, 1);
}

static void
test_malformed (void)
{
  static const char *const kinds[] = { "no data", "noise", "another session's", "cut" };
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  g_autoptr (GBytes) noise = g_bytes_new_static ("noise", 5);
  g_autoptr (GBytes) other = delta_of ("S2", "x", 1);
  g_autoptr (GBytes) whole = delta_of ("S1", "x", 1);
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (whole, 0, g_bytes_get_size (whole) - 1);
  GBytes *data[] = { NULL, noise, other, cut };

  node_create (a, "S1");
  lab_run (lab);
  for (guint i = 0; i < G_N_ELEMENTS (data); i++)
    {
      guint before = b->problems;

      node_receive (b, a, CATALINA_SESSION_EVENT_DELTA, "S1", 1, data[i]);
      if (b->problems != before + 1)
        g_error ("not reported: %s", kinds[i]);
    }
  node_receive (b, a, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", 1, noise);
  node_receive (b, a, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", 1, NULL);
  node_receive (b, a, CATALINA_SESSION_EVENT_ALL_DATA, "S1", 1, NULL);
  node_receive (b, a, CATALINA_SESSION_EVENT_ALL_DATA, "S1", 1, noise);
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, NULL, 1, NULL);
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, "", 1, NULL);
  lab_run (lab);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_MALFORMED), ==, G_N_ELEMENTS (data) + 6);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, G_MININT);
}

/* An action of a type that nobody knows, and one with a value of the wrong class, cost themselves
 * only. */
static void
test_odd_actions (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (TribesJavaValue) text = tribes_java_value_new_string ("text");
  g_autoptr (GBytes) bytes = NULL;

  node_create (a, "S1");
  lab_run (lab);
  catalina_delta_add (delta, 77, CATALINA_DELTA_SET, "later", one);
  catalina_delta_add (delta, CATALINA_DELTA_MAX_INACTIVE, CATALINA_DELTA_SET, "wrong", text);
  catalina_delta_add (delta, CATALINA_DELTA_AUTH_TYPE, CATALINA_DELTA_SET, "auth", one);
  catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_SET, "note", text);
  catalina_delta_add (delta, CATALINA_DELTA_LISTENER, CATALINA_DELTA_SET, "listener", text);
  catalina_delta_add (delta, CATALINA_DELTA_ATTRIBUTE, CATALINA_DELTA_SET, "x", one);
  bytes = catalina_delta_encode (delta, "S1", NULL);
  node_receive (b, a, CATALINA_SESSION_EVENT_DELTA, "S1", 1, bytes);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, 1);
  g_assert_cmpuint (b->problems, ==, 1);
}

static void
test_login (void)
{
  static const char *const roles[] = { "author", "reader", NULL };
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  g_autoptr (CatalinaDelta) login = catalina_delta_new ();
  g_autoptr (CatalinaDelta) logout = catalina_delta_new ();
  CatalinaSession *session;
  g_autofree char *name = NULL;
  g_auto (GStrv) read_roles = NULL;

  node_create (a, "S1");
  catalina_delta_set_principal (login, "ada", roles);
  catalina_delta_set_auth_type (login, "FORM");
  g_assert_true (catalina_delta_core_change (a->core, "S1", login, 0, lab->now, NULL));
  lab_run (lab);
  session = catalina_delta_core_lookup (b->core, "S1");
  name = catalina_session_dup_principal_name (session);
  read_roles = catalina_session_dup_roles (session);
  g_assert_cmpstr (name, ==, "ada");
  g_assert_cmpstr (read_roles[1], ==, "reader");
  g_assert_cmpstr (catalina_session_get_auth_type (session), ==, "FORM");

  catalina_delta_set_principal (logout, NULL, NULL);
  catalina_delta_set_auth_type (logout, NULL);
  g_assert_true (catalina_delta_core_change (a->core, "S1", logout, 0, lab->now, NULL));
  lab_run (lab);
  session = catalina_delta_core_lookup (b->core, "S1");
  g_assert_null (catalina_session_get_principal (session));
  g_assert_null (catalina_session_get_auth_type (session));
}

/* Whoever holds a session sees it as it was. */
static void
test_view (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  g_autoptr (CatalinaSession) view = NULL;
  gint32 number;
  gsize bytes;

  node_create (a, "S1");
  node_set (a, "S1", "x", 1);
  lab_run (lab);
  view = catalina_session_ref (catalina_delta_core_lookup (b->core, "S1"));
  node_set (a, "S1", "x", 2);
  node_set (a, "S1", "y", 3);
  g_assert_true (catalina_delta_core_change_id (a->core, "S1", "S2", 0, lab->now, NULL));
  lab_run (lab);
  g_assert_cmpint (node_get (b, "S2", "y"), ==, 3);
  g_assert_cmpstr (catalina_session_get_id (view), ==, "S1");
  g_assert_cmpuint (catalina_session_get_n_attributes (view), ==, 1);
  g_assert_true (tribes_java_value_get_int (catalina_session_get_attribute (view, "x"), &number));
  g_assert_cmpint (number, ==, 1);
  g_assert_true (catalina_delta_core_invalidate (a->core, "S2", 0, lab->now, NULL));
  lab_run (lab);
  g_assert_true (catalina_session_is_valid (view));
  bytes = catalina_delta_core_get_bytes (b->core);
  g_assert_cmpuint (bytes, ==, 0);
}

static void
test_time_out (void)
{
  Node *a, *b;
  g_autoptr (Lab) lab = pair (&a, &b);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  node_create (a, "short");
  node_create (a, "long");
  node_create (a, "for ever");
  catalina_delta_set_max_inactive_interval (delta, 60);
  g_assert_true (catalina_delta_core_change (a->core, "short", delta, 0, lab->now, NULL));
  catalina_delta_set_max_inactive_interval (delta, 0);
  g_assert_true (catalina_delta_core_change (a->core, "for ever", delta, 0, lab->now, NULL));
  lab_run (lab);
  lab_pass (lab, 59000);
  g_assert_cmpuint (node_n (a), ==, 3);
  lab_pass (lab, 12000);
  g_assert_null (catalina_delta_core_lookup (a->core, "short"));
  g_assert_null (catalina_delta_core_lookup (b->core, "short"));
  g_assert_cmpuint (node_count (a, CATALINA_COUNTER_SESSIONS_TIMED_OUT), ==, 1);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_SESSIONS_TIMED_OUT), ==, 0);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_RECEIVED_EXPIRED), ==, 1);

  /* The one that has it is gone: the other waits as long again and tells nobody. */
  lab_remove (lab, a);
  a->deaf = TRUE;
  lab_pass (lab, 1800 * 1000 + 20000);
  g_assert_nonnull (catalina_delta_core_lookup (b->core, "long"));
  lab_pass (lab, 1800 * 1000);
  g_assert_null (catalina_delta_core_lookup (b->core, "long"));
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_SENT_EXPIRED), ==, 0);
  g_assert_cmpuint (node_n (b), ==, 1);
}

static void
test_limits (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (Lab) lab = lab_new ();
  Node *a, *b;
  g_autofree guint8 *bytes = g_malloc0 (20000);
  g_autoptr (TribesJavaValue) large = tribes_java_value_new_bytes (bytes, 20000);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GError) error = NULL;

  limits.sessions = 3;
  limits.session_bytes = 10000;
  limits.session_attributes = 5;
  a = lab_add (lab, NULL, NULL);
  b = lab_add (lab, NULL, &limits);
  lab_introduce (lab);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      node_create (a, id);
    }
  lab_run (lab);
  g_assert_cmpuint (node_n (b), ==, 3);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_OVER_LIMIT), ==, 2);

  catalina_delta_set_attribute (delta, "large", large);
  g_assert_true (catalina_delta_core_change (a->core, "S0", delta, 0, lab->now, NULL));
  lab_run (lab);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_OVER_LIMIT), ==, 3);
  g_assert_cmpint (catalina_session_get_n_attributes (catalina_delta_core_lookup (b->core, "S0")),
                   ==, 0);
  for (int i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%d", i);

      node_set (a, "S1", name, i);
    }
  lab_run (lab);
  g_assert_cmpint (catalina_session_get_n_attributes (catalina_delta_core_lookup (b->core, "S1")),
                   ==, 5);
  /* One's own application is told. */
  g_assert_false (catalina_delta_core_create (b->core, "mine", NULL, 0, lab->now, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT);
}

static void
test_shutdown (void)
{
  CatalinaManagerSettings settings;
  g_autoptr (Lab) lab = lab_new ();
  Node *a, *b, *c;

  catalina_manager_settings_init (&settings);
  b = lab_add (lab, NULL, NULL);
  c = lab_add (lab, NULL, NULL);
  settings.expire_sessions_on_shutdown = TRUE;
  a = lab_add (lab, &settings, NULL);
  lab_introduce (lab);
  node_create (a, "S1");
  node_create (b, "S2");
  lab_run (lab);
  catalina_delta_core_stop (c->core, lab->now);
  lab_run (lab);
  g_assert_cmpuint (node_n (b), ==, 2);
  catalina_delta_core_stop (a->core, lab->now);
  lab_run (lab);
  g_assert_cmpuint (node_n (b), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/replication/life", test_life);
  g_test_add_func ("/manager/replication/access", test_access);
  g_test_add_func ("/manager/replication/filter", test_filter);
  g_test_add_func ("/manager/replication/value-class-filter", test_value_class_filter);
  g_test_add_func ("/manager/replication/max-active", test_max_active);
  g_test_add_func ("/manager/replication/unknown", test_unknown);
  g_test_add_func ("/manager/replication/early-delta", test_early_delta);
  g_test_add_func ("/manager/replication/early-end", test_early_end);
  g_test_add_func ("/manager/replication/earlier-life", test_earlier_life);
  g_test_add_func ("/manager/replication/early-new-id", test_early_new_id);
  g_test_add_func ("/manager/replication/late-delta", test_late_delta);
  g_test_add_func ("/manager/replication/early-is-given-up", test_early_is_given_up);
  g_test_add_func ("/manager/replication/created-twice", test_created_twice);
  g_test_add_func ("/manager/replication/new-id-taken", test_new_id_taken);
  g_test_add_func ("/manager/replication/malformed", test_malformed);
  g_test_add_func ("/manager/replication/odd-actions", test_odd_actions);
  g_test_add_func ("/manager/replication/login", test_login);
  g_test_add_func ("/manager/replication/view", test_view);
  g_test_add_func ("/manager/replication/time-out", test_time_out);
  g_test_add_func ("/manager/replication/limits", test_limits);
  g_test_add_func ("/manager/replication/shutdown", test_shutdown);
  return g_test_run ();
}
