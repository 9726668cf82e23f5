/* SPDX-License-Identifier: Apache-2.0
 *
 * While it is paused the tables stay what they are, those of the other views and of all the time,
 * too: one can look around in a moment that has passed.
 */
#include "catalina_ha/monitor/catalina-top-screen-private.h"

#include <string.h>

#include "catalina_ha/monitor/catalina-monitor-filter-private.h"

/* Bytes of a filter that is being written: more than anybody types. */
#define MAX_TYPED    1024
#define CTRL(letter) ((letter) &0x1f)

void
catalina_top_screen_init (CatalinaTopScreen *self, const char *source, gboolean utf8)
{
  *self = (CatalinaTopScreen){ .source = source, .utf8 = utf8 };
}

/* As it is shown now. */
static CatalinaTopTable **
find_table (CatalinaTopScreen *self)
{
  return &self->tables[self->is_whole ? 1 : 0][self->view];
}

static void
forget_tables (CatalinaTopScreen *self)
{
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    {
      g_clear_pointer (&self->tables[0][i], catalina_top_table_free);
      g_clear_pointer (&self->tables[1][i], catalina_top_table_free);
    }
}

void
catalina_top_screen_clear (CatalinaTopScreen *self)
{
  forget_tables (self);
  g_clear_pointer (&self->problem, g_free);
  g_clear_pointer (&self->filter, g_free);
  g_clear_pointer (&self->mistake, g_free);
  g_clear_pointer (&self->wanted, catalina_filter_free);
  g_clear_pointer (&self->wanted_text, g_free);
  if (self->typed)
    g_string_free (g_steal_pointer (&self->typed), TRUE);
}

static void
sort (CatalinaTopScreen *self)
{
  const CatalinaTopPlace *place = &self->places[self->view];
  CatalinaTopTable *table = *find_table (self);

  if (table)
    catalina_top_table_sort (table, place->column, place->reversed);
}

void
catalina_top_screen_take (CatalinaTopScreen *self, const CatalinaTop *top)
{
  if (self->is_paused && self->has_all)
    return;
  forget_tables (self);
  self->has_all = self->is_paused;
  if (!self->is_paused)
    *find_table (self) = catalina_top_take (top, self->view, self->is_whole);
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS && self->is_paused; i++)
    {
      self->tables[0][i] = catalina_top_take (top, (CatalinaTopView) i, FALSE);
      self->tables[1][i] = catalina_top_take (top, (CatalinaTopView) i, TRUE);
    }
  sort (self);
}

void
catalina_top_screen_sort (CatalinaTopScreen *self, CatalinaTopColumn column)
{
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    self->places[i].column = column;
}

static void
show (CatalinaTopScreen *self, guint view)
{
  self->view = (CatalinaTopView) (view % CATALINA_TOP_N_VIEWS);
  sort (self);
}

/* The next column that there is room for. */
static void
sort_beside (CatalinaTopScreen *self, guint by)
{
  CatalinaTopPlace *place = &self->places[self->view];
  guint at;

  do
    place->column = (CatalinaTopColumn) ((place->column + by) % CATALINA_TOP_N_COLUMNS);
  while (!catalina_top_place_column (self->view, place->column, self->columns, &at));
  place->reversed = FALSE;
  place->first = 0;
  sort (self);
}

static guint
last_first (CatalinaTopScreen *self)
{
  CatalinaTopTable *table = *find_table (self);
  guint n = table ? table->rows->len : 0;

  return n > self->page ? n - self->page : 0;
}

static void
scroll (CatalinaTopScreen *self, gint64 by)
{
  gint64 first = (gint64) self->places[self->view].first + by;

  self->places[self->view].first = (guint) CLAMP (first, 0, (gint64) last_first (self));
}

/* FALSE: it is no such key. */
static gboolean
press_to_move (CatalinaTopScreen *self, gunichar key)
{
  switch (key)
    {
    case CATALINA_TOP_KEY_UP:
    case 'k':
      scroll (self, -1);
      return TRUE;
    case CATALINA_TOP_KEY_DOWN:
    case 'j':
      scroll (self, 1);
      return TRUE;
    case CATALINA_TOP_KEY_PAGE_UP:
      scroll (self, -(gint64) self->page);
      return TRUE;
    case CATALINA_TOP_KEY_PAGE_DOWN:
      scroll (self, self->page);
      return TRUE;
    case CATALINA_TOP_KEY_HOME:
    case 'g':
      scroll (self, -(gint64) G_MAXUINT);
      return TRUE;
    case CATALINA_TOP_KEY_END:
    case 'G':
      scroll (self, G_MAXUINT);
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
press_to_sort (CatalinaTopScreen *self, gunichar key)
{
  CatalinaTopPlace *place = &self->places[self->view];

  switch (key)
    {
    case CATALINA_TOP_KEY_LEFT:
    case '<':
      sort_beside (self, CATALINA_TOP_N_COLUMNS - 1);
      return TRUE;
    case CATALINA_TOP_KEY_RIGHT:
    case '>':
      sort_beside (self, 1);
      return TRUE;
    case 'r':
      place->reversed = !place->reversed;
      place->first = 0;
      sort (self);
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
press_to_look (CatalinaTopScreen *self, gunichar key)
{
  if (key >= '1' && key < '1' + CATALINA_TOP_N_VIEWS)
    show (self, key - '1');
  else if (key == '\t' || key == CATALINA_TOP_KEY_NEXT_VIEW)
    show (self, self->view + 1);
  else if (key == CATALINA_TOP_KEY_PREVIOUS_VIEW)
    show (self, self->view + CATALINA_TOP_N_VIEWS - 1);
  else
    return FALSE;
  return TRUE;
}

static void
stop_typing (CatalinaTopScreen *self)
{
  g_string_free (g_steal_pointer (&self->typed), TRUE);
}

static void
finish_typing (CatalinaTopScreen *self)
{
  g_autoptr (GError) error = NULL;
  CatalinaFilter *filter = NULL;
  gboolean is_empty = self->typed->str[strspn (self->typed->str, " ")] == '\0';

  if (!is_empty)
    filter = catalina_filter_new (self->typed->str, catalina_monitor_get_filter_words (), NULL,
                                  &error);
  if (error)
    {
      self->mistake = g_strdup (error->message);
      return;
    }
  g_clear_pointer (&self->wanted, catalina_filter_free);
  self->wanted = filter;
  self->wants_a_filter = TRUE;
  g_free (self->wanted_text);
  self->wanted_text = is_empty ? NULL : g_strdup (self->typed->str);
  stop_typing (self);
}

static void
type (CatalinaTopScreen *self, gunichar key)
{
  GString *typed = self->typed;

  if (key == CATALINA_TOP_KEY_ENTER)
    finish_typing (self);
  else if (key == CATALINA_TOP_KEY_ESCAPE)
    stop_typing (self);
  else if (key == CATALINA_TOP_KEY_BACKSPACE && typed->len > 0)
    g_string_truncate (typed, (gsize) (g_utf8_prev_char (typed->str + typed->len) - typed->str));
  else if (key == CTRL ('U'))
    g_string_truncate (typed, 0);
  else if (key <= 0x10ffff && !tribes_char_steers (key) && typed->len < MAX_TYPED)
    g_string_append_unichar (typed, key);
}

void
catalina_top_screen_say (CatalinaTopScreen *self, const char *text)
{
  g_free (self->mistake);
  self->mistake = g_strdup (text);
}

void
catalina_top_screen_answer (CatalinaTopScreen *self, const char *problem)
{
  g_autofree char *text = g_steal_pointer (&self->wanted_text);

  self->wants_a_filter = FALSE;
  if (problem)
    {
      catalina_top_screen_say (self, problem);
      return;
    }
  g_free (self->filter);
  self->filter = g_steal_pointer (&text);
  /* What stood still has gone. */
  self->is_paused = FALSE;
}

void
catalina_top_screen_press (CatalinaTopScreen *self, gunichar key)
{
  g_clear_pointer (&self->mistake, g_free);
  if (self->typed)
    type (self, key);
  else if (self->shows_help && key != 'q')
    self->shows_help = FALSE;
  else if (press_to_look (self, key) || press_to_sort (self, key) || press_to_move (self, key))
    return;
  else if (key == 'q' || key == 'Q')
    self->is_done = TRUE;
  else if (key == 'h' || key == '?')
    self->shows_help = TRUE;
  else if (key == '/')
    self->typed = g_string_new (self->filter);
  else if (key == 't')
    {
      self->is_whole = !self->is_whole;
      sort (self);
    }
  else if (key == ' ' || key == 'p')
    {
      self->is_paused = !self->is_paused;
      self->has_all = FALSE;
    }
}
