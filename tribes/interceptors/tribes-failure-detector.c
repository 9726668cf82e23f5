/* SPDX-License-Identifier: Apache-2.0
 *
 * Which member is there, decided from checks alone. No member is reported twice in a row as the
 * same thing, and one result counts for the check that asked for it only.
 */
#include "tribes/interceptors/tribes-failure-detector-private.h"

#include "tribes/wire/tribes-member-private.h"

typedef struct
{
  TribesMember *member;
  gboolean up;         /* those above were told that it is there */
  guint64 check;       /* the check under way; 0: none */
  gint64 suspected_us; /* when somebody last said it is gone; 0: nobody does */
  gboolean unlisted;   /* the layers below say that it is gone */
} Entry;

static void
entry_clear (gpointer data)
{
  tribes_member_unref (((Entry *) data)->member);
}

void
tribes_failure_detector_init (TribesFailureDetector *detector)
{
  detector->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (detector->entries, entry_clear);
  g_queue_init (&detector->events);
  detector->last_check = 0;
  detector->suspect_timeout_us = 300 * G_USEC_PER_SEC;
}

void
tribes_failure_detector_clear (TribesFailureDetector *detector)
{
  TribesFailureDetectorEvent event;

  while (tribes_failure_detector_pop_event (detector, &event))
    tribes_member_unref (event.member);
  g_clear_pointer (&detector->entries, g_array_unref);
}

static void
push_event (TribesFailureDetector *detector,
            TribesFailureDetectorEventKind kind,
            TribesMember *member,
            guint64 check)
{
  TribesFailureDetectorEvent *event = g_new (TribesFailureDetectorEvent, 1);

  event->kind = kind;
  event->member = tribes_member_ref (member);
  event->check = check;
  g_queue_push_tail (&detector->events, event);
}

gboolean
tribes_failure_detector_pop_event (TribesFailureDetector *detector,
                                   TribesFailureDetectorEvent *event)
{
  g_autofree TribesFailureDetectorEvent *first = g_queue_pop_head (&detector->events);

  if (!first)
    return FALSE;
  *event = *first;
  return TRUE;
}

static Entry *
find (TribesFailureDetector *detector, TribesMember *member)
{
  for (guint i = 0; i < detector->entries->len; i++)
    {
      Entry *entry = &g_array_index (detector->entries, Entry, i);

      if (tribes_member_equal (entry->member, member))
        return entry;
    }
  return NULL;
}

/* One that was looked for in vain goes first where there are too many. */
static void
make_room (TribesFailureDetector *detector)
{
  for (guint i = 0;
       detector->entries->len >= TRIBES_FAILURE_DETECTOR_MAX && i < detector->entries->len; i++)
    {
      Entry *entry = &g_array_index (detector->entries, Entry, i);

      if (!entry->up && entry->check == 0)
        g_array_remove_index (detector->entries, i);
    }
}

/* NULL: there are too many already. */
static Entry *
find_or_add (TribesFailureDetector *detector, TribesMember *member)
{
  Entry *entry = find (detector, member);
  Entry fresh = { .member = member };

  if (entry)
    {
      /* What it says of itself today, its alive time above all. */
      tribes_member_ref (member);
      tribes_member_unref (entry->member);
      entry->member = member;
      return entry;
    }
  make_room (detector);
  if (detector->entries->len >= TRIBES_FAILURE_DETECTOR_MAX)
    return NULL;
  tribes_member_ref (member);
  g_array_append_val (detector->entries, fresh);
  return &g_array_index (detector->entries, Entry, detector->entries->len - 1);
}

static void
start_check (TribesFailureDetector *detector, Entry *entry)
{
  if (entry->check != 0)
    return;
  entry->check = ++detector->last_check;
  push_event (detector, TRIBES_FAILURE_DETECTOR_CHECK, entry->member, entry->check);
}

void
tribes_failure_detector_add (TribesFailureDetector *detector, TribesMember *member)
{
  Entry *entry = find_or_add (detector, member);

  if (!entry)
    return;
  entry->suspected_us = 0;
  entry->unlisted = FALSE;
  if (!entry->up)
    start_check (detector, entry);
}

void
tribes_failure_detector_suspect (TribesFailureDetector *detector,
                                 TribesMember *member,
                                 gint64 now_us)
{
  Entry *entry = find (detector, member);

  if (!entry || !entry->up)
    return;
  entry->suspected_us = now_us;
  start_check (detector, entry);
}

void
tribes_failure_detector_lose (TribesFailureDetector *detector, TribesMember *member, gint64 now_us)
{
  Entry *entry = find (detector, member);

  if (entry)
    entry->unlisted = TRUE;
  tribes_failure_detector_suspect (detector, member, now_us);
}

void
tribes_failure_detector_shutdown (TribesFailureDetector *detector, TribesMember *member)
{
  Entry *entry = find (detector, member);

  if (!entry)
    return;
  /* A check that found its receiver still open says nothing now. */
  entry->check = 0;
  entry->suspected_us = 0;
  if (!entry->up)
    return;
  entry->up = FALSE;
  push_event (detector, TRIBES_FAILURE_DETECTOR_DISAPPEARED, member, 0);
}

static gboolean
contains (GPtrArray *members, TribesMember *member)
{
  return g_ptr_array_find_with_equal_func (members, member, (GEqualFunc) tribes_member_equal, NULL);
}

void
tribes_failure_detector_heartbeat (TribesFailureDetector *detector,
                                   GPtrArray *below,
                                   gboolean forced,
                                   gint64 now_us)
{
  for (guint i = 0; i < below->len; i++)
    {
      Entry *entry = find_or_add (detector, g_ptr_array_index (below, i));

      if (entry && (forced || !entry->up))
        start_check (detector, entry);
    }
  for (guint i = detector->entries->len; i > 0; i--)
    {
      Entry *entry = &g_array_index (detector->entries, Entry, i - 1);

      entry->unlisted = !contains (below, entry->member);
      if (!entry->up && entry->check == 0 && entry->unlisted)
        {
          g_array_remove_index (detector->entries, i - 1);
          continue;
        }
      if (entry->suspected_us == 0)
        continue;
      if (entry->up)
        start_check (detector, entry);
      /* One that the layers below do not list stays suspect for as long as it is up: nobody else
       * would ever notice that it is gone. */
      if (now_us - entry->suspected_us > detector->suspect_timeout_us && !entry->unlisted)
        entry->suspected_us = 0;
    }
}

static void
set_up (TribesFailureDetector *detector, Entry *entry, gboolean up)
{
  if (entry->up != up)
    push_event (detector, up ? TRIBES_FAILURE_DETECTOR_ADDED : TRIBES_FAILURE_DETECTOR_DISAPPEARED,
                entry->member, 0);
  entry->up = up;
  if (!up)
    entry->suspected_us = 0;
}

/* Who takes a connection where @a listens is @b, and @a is gone. */
static gboolean
is_replaced (const Entry *a, const Entry *b)
{
  return a != b && a->up && a->unlisted && b->up && !b->unlisted
         && tribes_member_is_at (a->member, b->member);
}

static void
drop_replaced (TribesFailureDetector *detector)
{
  for (guint i = 0; i < detector->entries->len; i++)
    {
      Entry *entry = &g_array_index (detector->entries, Entry, i);

      for (guint j = 0; j < detector->entries->len; j++)
        if (is_replaced (entry, &g_array_index (detector->entries, Entry, j)))
          {
            entry->check = 0;
            set_up (detector, entry, FALSE);
          }
    }
}

void
tribes_failure_detector_result (TribesFailureDetector *detector, guint64 check, gboolean alive)
{
  for (guint i = 0; i < detector->entries->len; i++)
    {
      Entry *entry = &g_array_index (detector->entries, Entry, i);

      if (entry->check != check)
        continue;
      entry->check = 0;
      set_up (detector, entry, alive);
      drop_replaced (detector);
      return;
    }
}

static int
older_first (gconstpointer a, gconstpointer b)
{
  gint64 x = tribes_member_get_alive_time (*(TribesMember *const *) a);
  gint64 y = tribes_member_get_alive_time (*(TribesMember *const *) b);

  return (y > x) - (y < x);
}

GPtrArray *
tribes_failure_detector_list_members (TribesFailureDetector *detector)
{
  GPtrArray *members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < detector->entries->len; i++)
    {
      Entry *entry = &g_array_index (detector->entries, Entry, i);

      if (entry->up)
        g_ptr_array_add (members, tribes_member_ref (entry->member));
    }
  /* Stable, as Tomcat's is: static members all have the alive time 0 and stay as they came. */
  g_ptr_array_sort (members, older_first);
  return members;
}
