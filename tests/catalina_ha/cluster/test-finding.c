/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is asked, without the name of a context, and when.
 */
#include "catalina_ha/cluster/catalina-finding-private.h"

#define SETTLE_MS 300

typedef struct
{
  CatalinaFinding finding;
  TribesMember *members[4];
  GPtrArray *here;
  gint64 now_ms;
  guint asked[4]; /* how often */
} Lab;

static void
set_members (Lab *lab, guint mask)
{
  g_ptr_array_set_size (lab->here, 0);
  for (guint i = 0; i < G_N_ELEMENTS (lab->members); i++)
    if (mask & (1u << i))
      g_ptr_array_add (lab->here, lab->members[i]);
  catalina_finding_set_members (&lab->finding, lab->here, lab->now_ms);
}

static Lab *
lab_new (guint mask)
{
  Lab *lab = g_new0 (Lab, 1);

  for (guint i = 0; i < G_N_ELEMENTS (lab->members); i++)
    lab->members[i] = tribes_member_new ("127.0.0.1", 4000 + (int) i, NULL, NULL);
  lab->here = g_ptr_array_new ();
  lab->now_ms = 1000;
  catalina_finding_init (&lab->finding);
  catalina_finding_start (&lab->finding, SETTLE_MS, lab->now_ms);
  set_members (lab, mask);
  return lab;
}

static void
lab_free (Lab *lab)
{
  catalina_finding_clear (&lab->finding);
  for (guint i = 0; i < G_N_ELEMENTS (lab->members); i++)
    tribes_member_unref (lab->members[i]);
  g_ptr_array_unref (lab->here);
  g_free (lab);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lab, lab_free)

static void
pass (Lab *lab, gint64 ms)
{
  gint64 end_ms = lab->now_ms + ms;

  while (catalina_finding_get_deadline (&lab->finding) <= end_ms)
    {
      g_autoptr (GPtrArray) whom = NULL;

      lab->now_ms = MAX (lab->now_ms, catalina_finding_get_deadline (&lab->finding));
      whom = catalina_finding_step (&lab->finding, lab->now_ms);
      for (guint i = 0; whom && i < whom->len; i++)
        for (guint j = 0; j < G_N_ELEMENTS (lab->members); j++)
          lab->asked[j] += whom->pdata[i] == lab->members[j] ? 1 : 0;
    }
  lab->now_ms = end_ms;
}

static void
check_asked (Lab *lab, guint a, guint b, guint c, guint d)
{
  g_assert_cmpuint (lab->asked[0], ==, a);
  g_assert_cmpuint (lab->asked[1], ==, b);
  g_assert_cmpuint (lab->asked[2], ==, c);
  g_assert_cmpuint (lab->asked[3], ==, d);
}

static gboolean
heard (Lab *lab, guint index)
{
  return catalina_finding_heard (&lab->finding, lab->members[index], lab->now_ms);
}

static void
test_two (void)
{
  g_autoptr (Lab) lab = lab_new (15);

  pass (lab, SETTLE_MS - 1);
  check_asked (lab, 0, 0, 0, 0);
  g_assert_false (heard (lab, 0));
  pass (lab, 1);
  check_asked (lab, 1, 1, 0, 0);
  g_assert_true (heard (lab, 0));
  g_assert_false (heard (lab, 2));
  pass (lab, 3600 * 1000);
  check_asked (lab, 1, 1, 0, 0);
  /* Long after that it is no answer any more. */
  g_assert_false (heard (lab, 0));
}

/* The first two say nothing; then the next, and then all again, more and more rarely. */
static void
test_silence (void)
{
  g_autoptr (Lab) lab = lab_new (15);

  pass (lab, SETTLE_MS + 3000);
  check_asked (lab, 1, 1, 1, 1);
  pass (lab, 10000);
  check_asked (lab, 2, 2, 1, 1);
  pass (lab, 3000 + 20000);
  check_asked (lab, 3, 3, 2, 2);
  g_assert_true (heard (lab, 2));
  pass (lab, 3600 * 1000);
  check_asked (lab, 3, 3, 2, 2);
}

static void
test_alone (void)
{
  g_autoptr (Lab) lab = lab_new (0);

  pass (lab, 60000);
  check_asked (lab, 0, 0, 0, 0);
  set_members (lab, 1);
  pass (lab, SETTLE_MS);
  check_asked (lab, 1, 0, 0, 0);
  g_assert_true (heard (lab, 0));
  /* Whoever comes when somebody has answered is left alone. */
  set_members (lab, 7);
  pass (lab, 60000);
  check_asked (lab, 1, 0, 0, 0);
}

/* Sessions came when a manager asked. */
static void
test_enough (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  pass (lab, SETTLE_MS);
  catalina_finding_enough (&lab->finding, lab->now_ms);
  pass (lab, 60000);
  check_asked (lab, 1, 1, 0, 0);
}

static void
test_back (void)
{
  g_autoptr (Lab) lab = lab_new (7);

  pass (lab, SETTLE_MS);
  g_assert_true (heard (lab, 0));
  pass (lab, 100000);
  set_members (lab, 0);
  g_assert_false (heard (lab, 0));
  pass (lab, 100000);
  check_asked (lab, 1, 1, 0, 0);
  set_members (lab, 7);
  pass (lab, SETTLE_MS);
  check_asked (lab, 2, 2, 0, 0);
  g_assert_true (heard (lab, 1));
  /* Once more when they must know this member again, whether or not they have answered. */
  pass (lab, 9999);
  check_asked (lab, 2, 2, 0, 0);
  pass (lab, 1);
  check_asked (lab, 3, 3, 0, 0);
  g_assert_true (heard (lab, 1));
  pass (lab, 100000);
  check_asked (lab, 3, 3, 0, 0);
}

/* One that comes and goes all the time is not asked all the time. */
static void
test_flapping (void)
{
  g_autoptr (Lab) lab = lab_new (1);

  pass (lab, SETTLE_MS);
  g_assert_true (heard (lab, 0));
  for (guint i = 0; i < 120; i++)
    {
      set_members (lab, 0);
      pass (lab, 500);
      set_members (lab, 1);
      pass (lab, 500);
      heard (lab, 0);
    }
  /* At the start, at once when it is back first, and once a minute, each time with once more. */
  g_assert_cmpuint (lab->asked[0], ==, 5);
  pass (lab, 3600 * 1000);
  g_assert_cmpuint (lab->asked[0], ==, 7);
}

/* Members that come, once each, are not remembered without a bound. */
static void
test_bound (void)
{
  g_autoptr (Lab) lab = lab_new (1);

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.2", 1 + (int) i, NULL, NULL);

      g_ptr_array_set_size (lab->here, 0);
      g_ptr_array_add (lab->here, member);
      catalina_finding_set_members (&lab->finding, lab->here, lab->now_ms);
    }
  g_assert_cmpuint (lab->finding.known->len, <=, 256);
}

static void
speaks (Lab *lab, guint index, guint version)
{
  catalina_finding_speaks (&lab->finding, lab->members[index], version, lab->now_ms);
}

/* Tomcats 7.0, which say what they are when a manager has asked them in their form. They have not
 * understood the question, so whatever came there they are asked anew, once. */
static void
test_other_form (void)
{
  g_autoptr (Lab) lab = lab_new (7);

  pass (lab, SETTLE_MS);
  check_asked (lab, 1, 1, 0, 0);
  for (guint i = 0; i < 3; i++)
    catalina_finding_asked (&lab->finding, lab->members[i], 2);
  pass (lab, 100);
  speaks (lab, 0, 1);
  g_assert_true (heard (lab, 0));
  catalina_finding_enough (&lab->finding, lab->now_ms);
  pass (lab, 0);
  check_asked (lab, 2, 1, 0, 0);
  catalina_finding_asked (&lab->finding, lab->members[0], 1);
  speaks (lab, 0, 1);
  pass (lab, 60000);
  check_asked (lab, 2, 1, 0, 0);

  /* Nor is one asked that has understood, or that is not here. */
  speaks (lab, 1, 2);
  speaks (lab, 3, 1);
  pass (lab, 60000);
  check_asked (lab, 2, 1, 0, 0);
  set_members (lab, 5);
  speaks (lab, 1, 1);
  pass (lab, 60000);
  check_asked (lab, 2, 1, 0, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finding/two", test_two);
  g_test_add_func ("/finding/silence", test_silence);
  g_test_add_func ("/finding/alone", test_alone);
  g_test_add_func ("/finding/enough", test_enough);
  g_test_add_func ("/finding/back", test_back);
  g_test_add_func ("/finding/flapping", test_flapping);
  g_test_add_func ("/finding/bound", test_bound);
  g_test_add_func ("/finding/other-form", test_other_form);
  return g_test_run ();
}
