/* SPDX-License-Identifier: Apache-2.0
 *
 * Eighty columns are enough for all lines; of a screen that is smaller what does not fit is left
 * away, at the right and at the bottom.
 */
#include "catalina_ha/monitor/catalina-top-screen-private.h"

#include <string.h>

#include "catalina_ha/monitor/catalina-monitor-lines-private.h"

/* Lines above the rows. */
#define ABOVE 5

/* Pieces as they are made. */
typedef struct
{
  CatalinaTopScreen *screen;
  GArray *pieces;
  guint lines;
  guint columns;
  guint line;
  guint column; /* behind the last piece */
} Drawing;

static void
piece_clear (gpointer piece)
{
  g_free (((CatalinaTopPiece *) piece)->text);
}

/* What is beside the screen is left away. Takes the text. */
static void
put_at (Drawing *self, guint line, guint column, CatalinaTopStyle style, GString *text)
{
  g_autoptr (GString) whole = text;
  g_autoptr (GString) fitting = g_string_new (NULL);
  CatalinaTopPiece piece = { line, column, style, NULL };

  if (line >= self->lines || column >= self->columns)
    return;
  self->line = line;
  self->column = column
                 + catalina_top_append_start (fitting, whole->str, self->columns - column,
                                              self->screen->utf8);
  piece.text = g_strdup (fitting->str);
  g_array_append_val (self->pieces, piece);
}

static void put (Drawing *self, CatalinaTopStyle style, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
put (Drawing *self, CatalinaTopStyle style, const char *format, ...)
{
  GString *text = g_string_new (NULL);
  va_list arguments;

  va_start (arguments, format);
  g_string_vprintf (text, format, arguments);
  va_end (arguments);
  put_at (self, self->line, self->column, style, text);
}

static void
put_right (Drawing *self, guint line, CatalinaTopStyle style, const char *text)
{
  guint width = (guint) strlen (text);

  put_at (self, line, self->columns - MIN (self->columns, width), style, g_string_new (text));
}

static void
go_to (Drawing *self, guint line)
{
  self->line = line;
  self->column = 0;
}

/* "14:03:22", of "2026-02-28T14:03:22.250000Z". */
static void
append_time_of_day (GString *out, gint64 time_us)
{
  g_autoptr (GString) whole = g_string_new (NULL);

  catalina_monitor_append_time (whole, time_us);
  g_string_append_len (out, whole->str, 10);
  g_string_append_c (out, ' ');
  g_string_append_len (out, whole->str + 11, 8);
  g_string_append (out, " UTC");
}

/* Two of its units. */
static void
append_duration (GString *out, gint64 us)
{
  gint64 s = us / G_USEC_PER_SEC;

  if (s < 60)
    {
      g_string_append_printf (out, "%" G_GINT64_FORMAT ".%d s", s,
                              (int) (us % G_USEC_PER_SEC / (G_USEC_PER_SEC / 10)));
      return;
    }
  if (s < 3600)
    g_string_append_printf (out, "%d min %02d s", (int) (s / 60), (int) (s % 60));
  else
    g_string_append_printf (out, "%" G_GINT64_FORMAT " h %02d min", s / 3600, (int) (s / 60 % 60));
}

static void
draw_title (Drawing *self, const CatalinaTopTable *table)
{
  const CatalinaTopScreen *screen = self->screen;
  g_autoptr (GString) when = g_string_new (NULL);

  put (self, CATALINA_TOP_STRONG, "tribes top");
  put (self, CATALINA_TOP_PLAIN, "  %s", screen->source);
  if (table->now_us > 0)
    {
      append_time_of_day (when, table->now_us);
      g_string_append (when, ", ");
      append_duration (when, table->now_us - table->since_us);
      put (self, CATALINA_TOP_PLAIN, "  %s", when->str);
    }
  if (screen->is_paused)
    put_right (self, 0, CATALINA_TOP_SELECTED, " paused ");
  else if (screen->has_ended)
    put_right (self, 0, CATALINA_TOP_SELECTED, " ended ");
}

static void
draw_amounts (Drawing *self, const CatalinaTopRow *all)
{
  g_autoptr (GString) text = g_string_new (NULL);

  catalina_top_append_rate (text, all->rate);
  g_string_append (text, " messages/s, ");
  catalina_top_append_rate (text, all->byte_rate);
  g_string_append (text, " bytes/s; all: ");
  catalina_top_append_count (text, all->messages);
  g_string_append (text, " messages, ");
  catalina_top_append_count (text, all->bytes);
  g_string_append (text, " bytes");
  put (self, CATALINA_TOP_PLAIN, "%s", text->str);
}

static void
draw_acks (Drawing *self, const CatalinaTopTable *table)
{
  const CatalinaTopRow *all = &table->all;
  CatalinaTopStyle style = all->fails ? CATALINA_TOP_ALERT : CATALINA_TOP_PLAIN;
  g_autoptr (GString) text = g_string_new ("acks: p50 ");

  if (all->acks > 0)
    {
      catalina_top_append_ms (text, all->p50_us);
      g_string_append (text, " ms, p95 ");
      catalina_top_append_ms (text, all->p95_us);
      g_string_append (text, ", p99 ");
      catalina_top_append_ms (text, all->p99_us);
      put (self, CATALINA_TOP_PLAIN, "%s; ", text->str);
    }
  put (self, all->missing > 0 ? style : CATALINA_TOP_PLAIN, "%" G_GUINT64_FORMAT " missing",
       all->missing);
  put (self, CATALINA_TOP_PLAIN, ", ");
  put (self, all->failed > 0 ? style : CATALINA_TOP_PLAIN, "%" G_GUINT64_FORMAT " failed",
       all->failed);
  if (self->screen->dropped > 0)
    put (self, CATALINA_TOP_ALERT, "; %" G_GUINT64_FORMAT " packets dropped",
         self->screen->dropped);
}

static void
draw_views (Drawing *self, const CatalinaTopTable *table)
{
  const CatalinaTopScreen *screen = self->screen;
  g_autoptr (GString) what = g_string_new (NULL);

  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    put (self, i == screen->view ? CATALINA_TOP_SELECTED : CATALINA_TOP_PLAIN, " %u %s ", i + 1,
         catalina_top_view_to_string ((CatalinaTopView) i));
  if (table->is_whole)
    g_string_append (what, "all the time");
  else
    {
      g_string_append (what, "last ");
      append_duration (what, screen->window_us);
    }
  if (self->column + 2 + what->len <= self->columns)
    put_right (self, self->line, CATALINA_TOP_STRONG, what->str);
}

static void
draw_head (Drawing *self, const CatalinaTopTable *table)
{
  GString *head = g_string_new (NULL);
  const char *name;
  guint at;

  catalina_top_append_head (head, table, self->columns);
  while (head->len < self->columns)
    g_string_append_c (head, ' ');
  put_at (self, self->line, 0, CATALINA_TOP_BAR, head);
  name = catalina_top_place_column (table->view, table->column, self->columns, &at);
  if (name)
    put_at (self, self->line, at, CATALINA_TOP_BAR_SELECTED, g_string_new (name));
}

static void
draw_rows (Drawing *self, const CatalinaTopTable *table)
{
  CatalinaTopPlace *place = &self->screen->places[self->screen->view];
  guint n = table->rows->len;

  /* There may be less room than before, or less rows. */
  place->first = MIN (place->first, n > self->screen->page ? n - self->screen->page : 0);
  for (guint i = 0; i < self->screen->page && place->first + i < n; i++)
    {
      guint row = place->first + i;
      GString *text = g_string_new (NULL);

      catalina_top_append_row (text, table, row, self->columns, self->screen->utf8);
      put_at (self, ABOVE + i, 0,
              g_array_index (table->rows, CatalinaTopRow, row).fails ? CATALINA_TOP_ALERT
                                                                     : CATALINA_TOP_PLAIN,
              text);
    }
  if (n > self->screen->page && self->screen->page > 0)
    {
      g_autofree char *where = g_strdup_printf ("%u-%u of %u ", place->first + 1,
                                                place->first + self->screen->page, n);

      if (self->columns >= 80)
        put_right (self, ABOVE - 1, CATALINA_TOP_BAR, where);
    }
  if (n == 0)
    {
      go_to (self, ABOVE);
      put (self, CATALINA_TOP_FAINT, self->screen->has_ended ? "Nothing." : "Nothing yet.");
    }
}

static void
draw_keys (Drawing *self)
{
  static const char *const keys[][2] = {
    { "q", "Quit" },    { "h", "Help" },   { "Tab", "View" }, { "< >", "Sort" },
    { "r", "Reverse" }, { "t", "Totals" }, { "p", "Pause" },  { "/", "Filter" },
  };

  go_to (self, self->lines - 1);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      put (self, CATALINA_TOP_STRONG, "%s", keys[i][0]);
      put (self, CATALINA_TOP_PLAIN, " %s  ", keys[i][1]);
    }
}

static void
draw_help (Drawing *self)
{
  static const char *const lines[] = {
    "Keys",
    "  1-5, Tab, Shift+Tab  pairs of members, contexts, sessions, attributes, classes",
    "  Left, Right, < >     sort by the column beside",
    "  r                    the smallest first, or the largest again",
    "  t                    all the time, or lately",
    "  /                    count only what a filter holds for (tribes-filter(7)), anew;",
    "                       Enter takes it, an empty one takes it away, Esc does nothing",
    "  p, Space             pause: stand still, while counting goes on",
    "  Up, Down, j, k       move; PgUp, PgDn, Home, End, g, G, too",
    "  h, ?                 this help",
    "  q                    quit",
    "",
    "Columns",
    "  MSG/S, B/S           messages and bytes in a second",
    "  MSGS, BYTES          of all the time; BYTES need 90 columns",
    "  P50, P95, P99        so many of a hundred acknowledgements took no longer, in",
    "                       milliseconds: of the last minute, or of all the time",
    "  MISS, FAIL           acknowledgements that did not come, and those that told of",
    "                       a failure; marked if that was in the last minute",
    "",
    "Bytes of pairs, contexts and sessions are those of whole frames, those of",
    "attributes and classes those of values. K is 1000, M is 1000 K, and so on.",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      go_to (self, i + 1);
      put (self, lines[i][0] == ' ' ? CATALINA_TOP_PLAIN : CATALINA_TOP_STRONG, "%s", lines[i]);
    }
  go_to (self, self->lines - 1);
  put (self, CATALINA_TOP_FAINT, "Any key goes back.");
}

static void
draw_table (Drawing *self, const CatalinaTopTable *table)
{
  draw_title (self, table);
  go_to (self, 1);
  draw_amounts (self, &table->all);
  go_to (self, 2);
  draw_acks (self, table);
  go_to (self, 3);
  draw_views (self, table);
  go_to (self, 4);
  draw_head (self, table);
  draw_rows (self, table);
}

/* What there is to say below the rows, from the bottom up; as many lines as it has. */
static guint
count_below (const CatalinaTopScreen *screen)
{
  return 1 + (screen->filter || screen->typed ? 1 : 0) + (screen->mistake ? 1 : 0)
         + (screen->problem ? 1 : 0);
}

/* Of what is typed the end, with a place for the next letter. */
static void
draw_typed (Drawing *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint room;

  put (self, CATALINA_TOP_STRONG, "Filter: ");
  room = self->columns - MIN (self->columns, self->column + 1);
  catalina_top_append_end (text, self->screen->typed->str, room, self->screen->utf8);
  put (self, CATALINA_TOP_PLAIN, "%s", text->str);
  put (self, CATALINA_TOP_SELECTED, " ");
}

static void
draw_below (Drawing *self, guint below)
{
  const CatalinaTopScreen *screen = self->screen;

  if (self->lines < below)
    below = 1;
  go_to (self, self->lines - below);
  if (below > 1 && screen->problem)
    {
      put (self, CATALINA_TOP_ALERT, "%s", screen->problem);
      go_to (self, self->line + 1);
    }
  if (below > 1 && screen->mistake)
    {
      put (self, CATALINA_TOP_ALERT, "%s", screen->mistake);
      go_to (self, self->line + 1);
    }
  if (below > 1 && screen->typed)
    draw_typed (self);
  else if (below > 1 && screen->filter)
    {
      put (self, CATALINA_TOP_STRONG, "Filter: ");
      put (self, CATALINA_TOP_PLAIN, "%s", screen->filter);
    }
  draw_keys (self);
}

GArray *
catalina_top_screen_draw (CatalinaTopScreen *self, guint lines, guint columns)
{
  const CatalinaTopTable *table = self->tables[self->is_whole ? 1 : 0][self->view];
  guint below = count_below (self);
  Drawing drawing = { .screen = self,
                      .pieces = g_array_new (FALSE, FALSE, sizeof (CatalinaTopPiece)),
                      .lines = lines,
                      .columns = columns };

  g_array_set_clear_func (drawing.pieces, piece_clear);
  self->page = lines > ABOVE + below ? lines - ABOVE - below : 0;
  self->columns = columns;
  if (self->shows_help)
    {
      draw_help (&drawing);
      return drawing.pieces;
    }
  if (table)
    draw_table (&drawing, table);
  if (lines > 0)
    draw_below (&drawing, below);
  return drawing.pieces;
}
