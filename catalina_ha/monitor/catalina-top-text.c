/* SPDX-License-Identifier: Apache-2.0
 *
 * A row is numbers in columns of fixed width and a name behind them: however wide somebody else's
 * letters are on a terminal, the numbers stay in their places.
 */
#include "catalina_ha/monitor/catalina-top-private.h"

#include <math.h>

#include "catalina_ha/monitor/catalina-monitor-lines-private.h"
#include "tribes/base/tribes-printable-private.h"

static const struct
{
  const char *name; /* of options */
  const char *head;
  guint width;
  guint from_columns; /* it is left away where there is less room */
} columns_of_numbers[CATALINA_TOP_NAME] = {
  [CATALINA_TOP_RATE] = { "rate", "MSG/S", 5, 0 },
  [CATALINA_TOP_BYTE_RATE] = { "byte-rate", "B/S", 5, 0 },
  [CATALINA_TOP_MESSAGES] = { "messages", "MSGS", 5, 46 },
  [CATALINA_TOP_BYTES] = { "bytes", "BYTES", 5, 90 },
  [CATALINA_TOP_P50] = { "p50", "P50", 5, 60 },
  [CATALINA_TOP_P95] = { "p95", "P95", 5, 72 },
  [CATALINA_TOP_P99] = { "p99", "P99", 5, 40 },
  [CATALINA_TOP_MISSING] = { "missing", "MISS", 4, 52 },
  [CATALINA_TOP_FAILED] = { "failed", "FAIL", 4, 52 },
};

static const struct
{
  const char *name;   /* of options */
  const char *plural; /* for people */
  const char *head;
  const char *between; /* the parts of a name */
} views[CATALINA_TOP_N_VIEWS] = {
  [CATALINA_TOP_PAIRS] = { "pair", "Pairs", "FROM > TO", " > " },
  [CATALINA_TOP_CONTEXTS] = { "context", "Contexts", "CONTEXT", "" },
  [CATALINA_TOP_SESSIONS] = { "session", "Sessions", "CONTEXT SESSION", " " },
  [CATALINA_TOP_ATTRIBUTES] = { "attribute", "Attributes", "CONTEXT ATTRIBUTE", " " },
  [CATALINA_TOP_CLASSES] = { "class", "Classes", "CLASS", "" },
};

gboolean
catalina_top_find_view (const char *name, CatalinaTopView *view)
{
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    if (strcmp (views[i].name, name) == 0)
      {
        *view = (CatalinaTopView) i;
        return TRUE;
      }
  return FALSE;
}

gboolean
catalina_top_find_column (const char *name, CatalinaTopColumn *column)
{
  for (guint i = 0; i < CATALINA_TOP_NAME; i++)
    if (strcmp (columns_of_numbers[i].name, name) == 0)
      {
        *column = (CatalinaTopColumn) i;
        return TRUE;
      }
  *column = CATALINA_TOP_NAME;
  return strcmp (name, "name") == 0;
}

const char *
catalina_top_view_to_string (CatalinaTopView view)
{
  return views[view].plural;
}

/* Three digits that count, and no exponent. Not printf(): there a decimal point is a comma in some
 * languages, and so it would be in scripts. */
static void
append_digits (GString *out, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text,
                   number < 9.995   ? "%.2f"
                   : number < 99.95 ? "%.1f"
                                    : "%.0f",
                   number);
  g_string_append (out, text);
}

static void
append_large (GString *out, double number)
{
  static const char units[] = "KMGTPE";
  guint unit = 0;

  for (number /= 1000; number >= 999.5 && units[unit + 1] != '\0'; number /= 1000)
    unit++;
  append_digits (out, number);
  g_string_append_c (out, units[unit]);
}

void
catalina_top_append_count (GString *out, guint64 count)
{
  if (count < 100000)
    g_string_append_printf (out, "%u", (guint) count);
  else
    append_large (out, (double) count);
}

void
catalina_top_append_rate (GString *out, double rate)
{
  if (isnan (rate))
    g_string_append_c (out, '-');
  else if (rate == 0)
    g_string_append_c (out, '0');
  else if (rate < 99999.5)
    append_digits (out, rate);
  else
    append_large (out, rate);
}

void
catalina_top_append_ms (GString *out, gint64 us)
{
  double ms = (double) us / 1000.0;

  if (us < 0)
    g_string_append_c (out, '-');
  else if (ms < 99999.5)
    append_digits (out, ms);
  else
    {
      append_digits (out, ms / 1000.0);
      g_string_append_c (out, 's');
    }
}

/* A letter that is drawn over the one in front has no width of its own. */
static guint
width_of (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

static guint
width_of_text (const char *text)
{
  guint width = 0;

  for (; *text; text = g_utf8_next_char (text))
    width += width_of (g_utf8_get_char (text));
  return width;
}

/* What can be shown of it, escaped. */
static char *
dup_shown (const char *text, gboolean utf8)
{
  g_autofree char *printable = tribes_dup_printable (text);
  GString *out;

  if (utf8 || g_str_is_ascii (printable))
    return g_steal_pointer (&printable);
  out = g_string_new (NULL);
  for (const char *at = printable; *at; at = g_utf8_next_char (at))
    g_string_append_c (out, (guchar) *at < 0x80 ? *at : '?');
  return g_string_free (out, FALSE);
}

static guint
append_shown_end (GString *out, const char *shown, guint columns, gboolean utf8)
{
  guint width = width_of_text (shown);

  if (width > columns)
    {
      if (columns == 0)
        return 0;
      for (; width >= columns; shown = g_utf8_next_char (shown))
        width -= width_of (g_utf8_get_char (shown));
      /* What was drawn over a letter that is gone goes with it. */
      while (*shown && width_of (g_utf8_get_char (shown)) == 0)
        shown = g_utf8_next_char (shown);
      g_string_append (out, utf8 ? "…" : "~");
      width++;
    }
  g_string_append (out, shown);
  return width;
}

guint
catalina_top_append_end (GString *out, const char *text, guint columns, gboolean utf8)
{
  g_autofree char *shown = dup_shown (text, utf8);

  return append_shown_end (out, shown, columns, utf8);
}

guint
catalina_top_append_start (GString *out, const char *text, guint columns, gboolean utf8)
{
  g_autofree char *shown = dup_shown (text, utf8);
  guint width = 0;

  for (const char *at = shown; *at; at = g_utf8_next_char (at))
    {
      guint wide = width_of (g_utf8_get_char (at));

      if (width + wide > columns)
        break;
      width += wide;
      g_string_append_len (out, at, g_utf8_next_char (at) - at);
    }
  return width;
}

static gboolean
has_column (guint column, guint columns)
{
  return columns == 0 || columns >= columns_of_numbers[column].from_columns;
}

/* Numbers stand to the right of their places. */
static void
pad (GString *out, gsize since, guint width)
{
  gsize size = out->len - since;

  for (; size < width; size++)
    g_string_insert_c (out, (gssize) since, ' ');
}

const char *
catalina_top_place_column (CatalinaTopView view, CatalinaTopColumn column, guint columns, guint *at)
{
  *at = 0;
  for (guint i = 0; i < column; i++)
    if (has_column (i, columns))
      *at += columns_of_numbers[i].width + 1;
  if (column == CATALINA_TOP_NAME)
    return views[view].head;
  if (!has_column (column, columns))
    return NULL;
  *at += columns_of_numbers[column].width - (guint) strlen (columns_of_numbers[column].head);
  return columns_of_numbers[column].head;
}

void
catalina_top_append_head (GString *out, const CatalinaTopTable *table, guint columns)
{
  gsize start = out->len;

  for (guint i = 0; i < CATALINA_TOP_N_COLUMNS; i++)
    {
      guint at;
      const char *head
          = catalina_top_place_column (table->view, (CatalinaTopColumn) i, columns, &at);

      if (!head)
        continue;
      while (out->len - start < at)
        g_string_append_c (out, ' ');
      g_string_append (out, head);
    }
  if (columns > 0 && out->len - start > columns)
    g_string_truncate (out, start + columns);
}

static void
append_cell (GString *out, const CatalinaTopRow *row, guint column)
{
  switch (column)
    {
    case CATALINA_TOP_RATE:
      catalina_top_append_rate (out, row->rate);
      break;
    case CATALINA_TOP_BYTE_RATE:
      catalina_top_append_rate (out, row->byte_rate);
      break;
    case CATALINA_TOP_MESSAGES:
      catalina_top_append_count (out, row->messages);
      break;
    case CATALINA_TOP_BYTES:
      catalina_top_append_count (out, row->bytes);
      break;
    case CATALINA_TOP_P50:
      catalina_top_append_ms (out, row->p50_us);
      break;
    case CATALINA_TOP_P95:
      catalina_top_append_ms (out, row->p95_us);
      break;
    case CATALINA_TOP_P99:
      catalina_top_append_ms (out, row->p99_us);
      break;
    case CATALINA_TOP_MISSING:
      catalina_top_append_count (out, row->missing);
      break;
    case CATALINA_TOP_FAILED:
      catalina_top_append_count (out, row->failed);
      break;
    default:
      break;
    }
}

/* Each part gets at least half of the room, if it needs that. */
static void
append_name (
    GString *out, const char *between, const CatalinaTopRow *row, guint columns, gboolean utf8)
{
  guint size = (guint) strlen (between);
  g_autofree char *first = dup_shown (row->first, utf8);
  g_autofree char *second = row->second ? dup_shown (row->second, utf8) : NULL;
  guint room = columns > size ? columns - size : 0;
  guint first_width = width_of_text (first);
  guint second_room;

  if (!second)
    {
      append_shown_end (out, first, columns, utf8);
      return;
    }
  second_room = MAX (room - room / 2, room - MIN (room, first_width));
  second_room = MIN (second_room, width_of_text (second));
  append_shown_end (out, first, room - second_room, utf8);
  g_string_append_len (out, between, MIN (size, columns));
  append_shown_end (out, second, second_room, utf8);
}

void
catalina_top_append_row (
    GString *out, const CatalinaTopTable *table, guint row, guint columns, gboolean utf8)
{
  const CatalinaTopRow *found = &g_array_index (table->rows, CatalinaTopRow, row);
  guint at;

  for (guint i = 0; i < CATALINA_TOP_NAME; i++)
    {
      gsize since = out->len;

      if (!has_column (i, columns))
        continue;
      append_cell (out, found, i);
      pad (out, since, columns_of_numbers[i].width);
      g_string_append_c (out, ' ');
    }
  (void) catalina_top_place_column (table->view, CATALINA_TOP_NAME, columns, &at);
  if (columns == 0)
    append_name (out, views[table->view].between, found, G_MAXINT, utf8);
  else
    append_name (out, views[table->view].between, found, columns - MIN (columns, at), utf8);
}

static void
append_all (GString *out, const CatalinaTopTable *table)
{
  const CatalinaTopRow *all = &table->all;

  catalina_monitor_append_time (out, table->now_us);
  g_string_append (out, "  ");
  catalina_top_append_rate (out, all->rate);
  g_string_append (out, " messages/s, ");
  catalina_top_append_rate (out, all->byte_rate);
  g_string_append_printf (out,
                          " bytes/s, %" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT
                          " bytes, %" G_GUINT64_FORMAT " missing, %" G_GUINT64_FORMAT " failed\n",
                          all->messages, all->bytes, all->missing, all->failed);
}

char *
catalina_top_table_to_text (const CatalinaTopTable *table, guint top, gboolean utf8)
{
  GString *out = g_string_new (NULL);

  append_all (out, table);
  catalina_top_append_head (out, table, 0);
  g_string_append_c (out, '\n');
  for (guint i = 0; i < MIN (top, table->rows->len); i++)
    {
      catalina_top_append_row (out, table, i, 0, utf8);
      g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}

static void
add_ms (TribesJson *json, const char *name, gint64 us)
{
  tribes_json_key (json, name);
  if (us < 0)
    tribes_json_null (json);
  else
    tribes_json_double (json, (double) us / 1000.0);
}

static void
add_double (TribesJson *json, const char *name, double value)
{
  tribes_json_key (json, name);
  tribes_json_double (json, value);
}

static void
add_numbers (TribesJson *json, const CatalinaTopRow *row)
{
  add_double (json, "messagesPerSecond", row->rate);
  add_double (json, "bytesPerSecond", row->byte_rate);
  tribes_json_add_uint (json, "messages", row->messages);
  tribes_json_add_uint (json, "bytes", row->bytes);
  tribes_json_add_uint (json, "missing", row->missing);
  tribes_json_add_uint (json, "failed", row->failed);
  tribes_json_key (json, "latency");
  tribes_json_begin_object (json);
  tribes_json_add_uint (json, "count", row->acks);
  add_ms (json, "p50", row->p50_us);
  add_ms (json, "p95", row->p95_us);
  add_ms (json, "p99", row->p99_us);
  tribes_json_end_object (json);
}

static void
add_row (TribesJson *json, CatalinaTopView view, const CatalinaTopRow *row)
{
  static const char *const names[CATALINA_TOP_N_VIEWS][2] = {
    [CATALINA_TOP_PAIRS] = { "from", "to" },
    [CATALINA_TOP_CONTEXTS] = { "context" },
    [CATALINA_TOP_SESSIONS] = { "context", "session" },
    [CATALINA_TOP_ATTRIBUTES] = { "context", "name" },
    [CATALINA_TOP_CLASSES] = { "class" },
  };

  tribes_json_begin_object (json);
  tribes_json_add_string (json, names[view][0], row->first);
  if (row->second)
    tribes_json_add_string (json, names[view][1], row->second);
  add_numbers (json, row);
  tribes_json_end_object (json);
}

void
catalina_top_table_open_json (TribesJson *json, const CatalinaTopTable *table, guint top)
{
  guint n = MIN (top, table->rows->len);

  tribes_json_begin_object (json);
  tribes_json_add_int (json, "v", 1);
  tribes_json_key (json, "time");
  tribes_json_begin_value (json);
  g_string_append_c (json->out, '"');
  catalina_monitor_append_time (json->out, table->now_us);
  g_string_append_c (json->out, '"');
  add_double (json, "seconds", (double) table->rate_us / G_USEC_PER_SEC);
  tribes_json_add_string (json, "by", views[table->view].name);
  tribes_json_add_string (json, "sort",
                          table->column == CATALINA_TOP_NAME
                              ? "name"
                              : columns_of_numbers[table->column].name);
  add_numbers (json, &table->all);
  tribes_json_key (json, "rows");
  tribes_json_begin_array (json);
  for (guint i = 0; i < n; i++)
    add_row (json, table->view, &g_array_index (table->rows, CatalinaTopRow, i));
  tribes_json_end_array (json);
  tribes_json_add_uint (json, "moreRows", table->rows->len - n);
  tribes_json_add_uint (json, "forgottenRows", table->forgotten);
  if (table->is_filtered)
    tribes_json_add_uint (json, "filteredMessages", table->filtered);
}
