/* SPDX-License-Identifier: Apache-2.0
 *
 * "26-Nov-2026 07:35:48.123" (OneLineFormatter), "2026-11-26T07:35:48.123Z" (JsonFormatter; others
 * set the same), "Nov 26, 2026 7:35:48 AM" (SimpleFormatter).
 */
#include "catalina_ha/monitor/catalina-log-time-private.h"

#include <string.h>

typedef struct
{
  const char *at;
  gboolean ok;
} Cursor;

static const char months[12][4]
    = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static int
read_number (Cursor *self, guint min_digits, guint max_digits)
{
  int value = 0;
  guint n = 0;

  for (; n < max_digits && g_ascii_isdigit (*self->at); n++)
    value = 10 * value + *self->at++ - '0';
  self->ok = self->ok && n >= min_digits;
  return value;
}

static int
read_month (Cursor *self)
{
  for (int i = 0; i < 12; i++)
    if (g_ascii_strncasecmp (self->at, months[i], 3) == 0)
      {
        self->at += 3;
        return i + 1;
      }
  self->ok = FALSE;
  return 0;
}

static gboolean
take (Cursor *self, char c)
{
  if (*self->at != c)
    return FALSE;
  self->at++;
  return TRUE;
}

static void
expect (Cursor *self, char c)
{
  self->ok = self->ok && take (self, c);
}

/* Also the narrow ones that newer Javas put in front of AM. */
static void
expect_space (Cursor *self)
{
  gunichar c = g_utf8_get_char_validated (self->at, -1);

  self->ok = self->ok && (gint32) c > 0 && (g_unichar_isspace (c) || c == 0x202f || c == 0xa0);
  if (self->ok)
    self->at = g_utf8_next_char (self->at);
}

static int
read_year (Cursor *self)
{
  return read_number (self, 4, 4);
}

/* Returns FALSE for none of the three forms. */
static gboolean
read_date (Cursor *self, int *year, int *month, int *day, gboolean *is_simple)
{
  *is_simple = g_ascii_isalpha (*self->at);
  if (*is_simple)
    {
      *month = read_month (self);
      expect (self, ' ');
      *day = read_number (self, 1, 2);
      expect (self, ',');
      expect (self, ' ');
      *year = read_year (self);
    }
  else if (strlen (self->at) > 4 && self->at[4] == '-')
    {
      *year = read_year (self);
      expect (self, '-');
      *month = read_number (self, 2, 2);
      expect (self, '-');
      *day = read_number (self, 2, 2);
    }
  else
    {
      *day = read_number (self, 1, 2);
      expect (self, '-');
      *month = read_month (self);
      expect (self, '-');
      *year = read_year (self);
    }
  return self->ok;
}

/* Of a second, in as many digits as there are. */
static gint64
read_fraction (Cursor *self, gint64 *step_us)
{
  gint64 value = 0;

  *step_us = G_USEC_PER_SEC;
  if (*self->at != '.' && *self->at != ',')
    return 0;
  self->at++;
  self->ok = self->ok && g_ascii_isdigit (*self->at);
  for (; g_ascii_isdigit (*self->at); self->at++)
    if (*step_us > 1)
      {
        *step_us /= 10;
        value += (*self->at - '0') * *step_us;
      }
  return value;
}

/* "AM" and "PM". */
static int
read_half (Cursor *self, int hour)
{
  gboolean is_afternoon = g_ascii_strncasecmp (self->at, "PM", 2) == 0;

  self->ok
      = self->ok && (is_afternoon || g_ascii_strncasecmp (self->at, "AM", 2) == 0) && hour <= 12;
  if (self->ok)
    self->at += 2;
  return hour % 12 + (is_afternoon ? 12 : 0);
}

/* "Z", "+01", "+0100", "+01:00". FALSE: there is none. */
static gboolean
read_offset (Cursor *self, gint64 *seconds)
{
  int sign = *self->at == '-' ? -1 : 1;
  int minutes = 0;
  int hours;

  *seconds = 0;
  if (take (self, 'Z'))
    return TRUE;
  if ((*self->at != '+' && *self->at != '-') || !g_ascii_isdigit (self->at[1]))
    return FALSE;
  self->at++;
  hours = read_number (self, 2, 2);
  if (take (self, ':') || g_ascii_isdigit (*self->at))
    minutes = read_number (self, 2, 2);
  *seconds = sign * (gint64) (hours * 3600 + minutes * 60);
  return self->ok;
}

/* In the hour that comes twice, the second. */
static gint64
to_utc (GTimeZone *zone, gint64 local)
{
  int interval = g_time_zone_adjust_time (zone, G_TIME_TYPE_STANDARD, &local);

  return local - g_time_zone_get_offset (zone, interval);
}

const char *
catalina_log_time_read (const char *text, GTimeZone *zone, gint64 *time_us, gint64 *step_us)
{
  Cursor in = { text, TRUE };
  int year, month, day, hour, minute, second;
  g_autoptr (GDateTime) local = NULL;
  gboolean is_simple;
  gint64 fraction, offset, seconds;

  if (!read_date (&in, &year, &month, &day, &is_simple))
    return NULL;
  if (!take (&in, 'T'))
    expect_space (&in);
  hour = read_number (&in, 1, 2);
  expect (&in, ':');
  minute = read_number (&in, 2, 2);
  expect (&in, ':');
  second = read_number (&in, 2, 2);
  fraction = read_fraction (&in, step_us);
  if (is_simple)
    {
      expect_space (&in);
      hour = read_half (&in, hour);
    }
  /* GLib wants a second that there is. */
  local = in.ok ? g_date_time_new_utc (year, month, day, hour, minute, MIN (second, 59)) : NULL;
  if (!local)
    return NULL;
  seconds = g_date_time_to_unix (local);
  seconds = read_offset (&in, &offset) ? seconds - offset : to_utc (zone, seconds);
  *time_us = seconds * G_USEC_PER_SEC + fraction;
  return in.ok ? in.at : NULL;
}
