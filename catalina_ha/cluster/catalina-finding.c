/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/cluster/catalina-finding-private.h"

/* How many are asked at a time: two, as one may have old copies. */
#define AT_A_TIME 2

/* How long one that was asked may go on to name contexts after the question or its last answer: as
 * long as a Tomcat would wait. */
#define ANSWER_MS 60000

/* When others are asked, or, if there are none, the same again and each time later: one that starts
 * has no contexts yet, and the question costs it nothing then. */
#define NEXT_MS      3000
#define RETRY_MS     10000
#define MAX_RETRY_MS 3600000

/* How often one that comes and goes is asked. */
#define COST_MS 60000

/* When one that came back is asked once more: it knows this member again only when its own failure
 * detector has looked, up to five seconds later, and tells it nothing before. */
#define LISTED_MS 10000

/* So many members that have left are remembered. */
#define MAX_KNOWN 256

typedef struct
{
  TribesMember *member;
  gboolean here;
  gboolean due;           /* to be asked */
  gboolean back;          /* whether or not somebody has answered */
  gboolean misunderstood; /* asked in a form that it cannot read: as back */
  guint version;          /* the form of the last question that it has not answered; 0: none */
  gint64 asked_ms;        /* G_MININT64: never */
  gint64 back_ms;         /* the same, when it had come back */
  gint64 heard_ms;        /* an answer, or asked */
  gint64 again_ms;        /* when it is to be asked once more; G_MAXINT64: not */
} Known;

static void
known_clear (gpointer data)
{
  tribes_member_unref (((Known *) data)->member);
}

void
catalina_finding_init (CatalinaFinding *self)
{
  *self = (CatalinaFinding){ .deadline_ms = G_MAXINT64, .pause_ms = RETRY_MS };
  self->known = g_array_new (FALSE, FALSE, sizeof (Known));
  g_array_set_clear_func (self->known, known_clear);
}

void
catalina_finding_clear (CatalinaFinding *self)
{
  g_clear_pointer (&self->known, g_array_unref);
}

static Known *
at (CatalinaFinding *self, guint index)
{
  return &g_array_index (self->known, Known, index);
}

static Known *
find (CatalinaFinding *self, TribesMember *member)
{
  for (guint i = 0; i < self->known->len; i++)
    if (tribes_member_equal (at (self, i)->member, member))
      return at (self, i);
  return NULL;
}

void
catalina_finding_start (CatalinaFinding *self, guint settle_ms, gint64 now_ms)
{
  g_array_set_size (self->known, 0);
  self->started = TRUE;
  self->settle_ms = settle_ms;
  self->answered = FALSE;
  self->pause_ms = RETRY_MS;
  self->deadline_ms = now_ms + settle_ms;
}

void
catalina_finding_stop (CatalinaFinding *self)
{
  self->started = FALSE;
  self->deadline_ms = G_MAXINT64;
}

static void
forget_oldest (CatalinaFinding *self)
{
  for (guint i = 0; i < self->known->len; i++)
    {
      if (at (self, i)->here)
        continue;
      g_array_remove_index (self->known, i);
      return;
    }
}

static void
add (CatalinaFinding *self, TribesMember *member)
{
  Known added = { .member = tribes_member_ref (member),
                  .here = TRUE,
                  .due = !self->answered,
                  .asked_ms = G_MININT64,
                  .back_ms = G_MININT64,
                  .heard_ms = G_MININT64,
                  .again_ms = G_MAXINT64 };

  g_array_append_val (self->known, added);
}

static gboolean
is_to_be_asked_again (const Known *known, gint64 now_ms)
{
  return known->here && known->again_ms <= now_ms;
}

/* Of those that came back and are still here. */
static gint64
next_again (CatalinaFinding *self)
{
  gint64 next_ms = G_MAXINT64;

  for (guint i = 0; i < self->known->len; i++)
    if (at (self, i)->here)
      next_ms = MIN (next_ms, at (self, i)->again_ms);
  return next_ms;
}

static void
come_back (Known *known)
{
  known->here = TRUE;
  known->due = TRUE;
  known->back = TRUE;
  known->misunderstood = FALSE;
}

static gboolean
has_due (CatalinaFinding *self)
{
  for (guint i = 0; i < self->known->len; i++)
    if (at (self, i)->here && at (self, i)->due)
      return TRUE;
  return FALSE;
}

void
catalina_finding_set_members (CatalinaFinding *self, GPtrArray *members, gint64 now_ms)
{
  g_autoptr (GArray) before = NULL;

  if (!self->started)
    return;
  before = self->known;
  /* In the order of the members, with those that are gone behind. */
  self->known = g_array_new (FALSE, FALSE, sizeof (Known));
  g_array_set_clear_func (self->known, known_clear);
  for (guint i = 0; i < members->len; i++)
    add (self, members->pdata[i]);
  for (guint i = 0; i < before->len; i++)
    {
      Known *known = &g_array_index (before, Known, i);
      Known *now = find (self, known->member);
      TribesMember *member = tribes_member_ref (known->member);

      if (now)
        {
          tribes_member_unref (now->member);
          *now = *known;
          now->member = member;
          if (!known->here)
            come_back (now);
          continue;
        }
      g_array_append_val (self->known, *known);
      at (self, self->known->len - 1)->here = FALSE;
      at (self, self->known->len - 1)->member = member;
    }
  while (self->known->len > MAX (MAX_KNOWN, members->len))
    forget_oldest (self);
  if (has_due (self) && self->deadline_ms == G_MAXINT64)
    self->deadline_ms = now_ms + self->settle_ms;
}

/* It came back, and was asked a moment ago when it had come back, too. */
static gboolean
is_deferred (const Known *known, gint64 now_ms)
{
  return known->back && known->back_ms != G_MININT64 && known->back_ms + COST_MS > now_ms;
}

/* The next ones in their order; those that were asked a moment ago must wait. @next_ms: when. */
static GPtrArray *
choose (CatalinaFinding *self, gint64 now_ms, gint64 *next_ms)
{
  GPtrArray *chosen = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < self->known->len && chosen->len < AT_A_TIME; i++)
    {
      Known *known = at (self, i);

      gboolean again = is_to_be_asked_again (known, now_ms);

      if (!known->here || (!known->due && !again))
        continue;
      if (!again && !known->misunderstood && is_deferred (known, now_ms))
        {
          *next_ms = MIN (*next_ms, known->back_ms + COST_MS);
          continue;
        }
      if (known->back)
        known->back_ms = now_ms;
      known->again_ms = known->back && !again ? now_ms + LISTED_MS : G_MAXINT64;
      known->due = FALSE;
      known->back = FALSE;
      known->misunderstood = FALSE;
      known->asked_ms = now_ms;
      known->heard_ms = now_ms;
      g_ptr_array_add (chosen, tribes_member_ref (known->member));
    }
  return chosen;
}

/* Nobody has answered: all again, after a while. */
static void
ask_again (CatalinaFinding *self, gint64 now_ms)
{
  gboolean any = FALSE;

  for (guint i = 0; i < self->known->len; i++)
    {
      at (self, i)->due = at (self, i)->here;
      any |= at (self, i)->here;
    }
  if (!any)
    return;
  self->deadline_ms = now_ms + self->pause_ms;
  self->pause_ms = MIN (self->pause_ms * 2, MAX_RETRY_MS);
}

GPtrArray *
catalina_finding_step (CatalinaFinding *self, gint64 now_ms)
{
  g_autoptr (GPtrArray) chosen = NULL;
  gint64 next_ms = G_MAXINT64;

  if (now_ms < self->deadline_ms)
    return NULL;
  self->deadline_ms = G_MAXINT64;
  chosen = choose (self, now_ms, &next_ms);
  if (has_due (self))
    self->deadline_ms = chosen->len == AT_A_TIME ? now_ms + NEXT_MS : next_ms;
  else if (!self->answered)
    ask_again (self, now_ms);
  self->deadline_ms = MIN (self->deadline_ms, next_again (self));
  return chosen->len > 0 ? g_steal_pointer (&chosen) : NULL;
}

gint64
catalina_finding_get_deadline (CatalinaFinding *self)
{
  return self->deadline_ms;
}

void
catalina_finding_enough (CatalinaFinding *self, gint64 now_ms)
{
  self->answered = TRUE;
  self->deadline_ms = G_MAXINT64;
  for (guint i = 0; i < self->known->len; i++)
    {
      Known *known = at (self, i);

      known->due &= is_deferred (known, now_ms) || known->misunderstood;
      if (known->here && known->misunderstood)
        self->deadline_ms = now_ms;
      else if (known->here && known->due)
        self->deadline_ms = MIN (self->deadline_ms, known->back_ms + COST_MS);
    }
  self->deadline_ms = MIN (self->deadline_ms, next_again (self));
}

gboolean
catalina_finding_is_asked (CatalinaFinding *self, TribesMember *member, gint64 now_ms)
{
  Known *known = find (self, member);

  return known && known->here && known->asked_ms != G_MININT64
         && known->heard_ms + ANSWER_MS > now_ms;
}

gboolean
catalina_finding_heard (CatalinaFinding *self, TribesMember *from, gint64 now_ms)
{
  if (!catalina_finding_is_asked (self, from, now_ms))
    return FALSE;
  find (self, from)->heard_ms = now_ms;
  find (self, from)->version = 0;
  catalina_finding_enough (self, now_ms);
  return TRUE;
}

void
catalina_finding_asked (CatalinaFinding *self, TribesMember *member, guint version)
{
  Known *known = find (self, member);

  if (known)
    known->version = version;
}

void
catalina_finding_speaks (CatalinaFinding *self, TribesMember *member, guint version, gint64 now_ms)
{
  Known *known = self->started ? find (self, member) : NULL;

  if (!known || !known->here || !known->version || known->version == version)
    return;
  known->version = 0;
  known->due = TRUE;
  known->misunderstood = TRUE;
  self->deadline_ms = now_ms;
}
