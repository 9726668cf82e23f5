/* SPDX-License-Identifier: Apache-2.0
 *
 * What java.time.Ser writes, as ISO 8601 text in the form of each type's toString().
 */
#include "tribes/java/build/tribes-java-time-private.h"
#include "tribes/java/show/tribes-java-json-private.h"

typedef struct
{
  gint64 year;
  guint month, day, hour, minute, second, nanosecond;
} DateTime;

enum
{
  SECONDS_PER_DAY = 86400,
  NANOS_PER_SECOND = 1000000000,
  MAX_OFFSET = 18 * 3600,
};

static void
append_year (GString *out, gint64 year, gboolean with_plus)
{
  if (year > -1000 && year < 1000)
    g_string_append_printf (out, year < 0 ? "-%04d" : "%04d", ABS ((int) year));
  else
    g_string_append_printf (out, "%s%" G_GINT64_FORMAT, with_plus && year > 9999 ? "+" : "", year);
}

static void
append_date (GString *out, const DateTime *at)
{
  append_year (out, at->year, TRUE);
  g_string_append_printf (out, "-%02u-%02u", at->month, at->day);
}

/* Three, six or nine digits. */
static void
append_fraction (GString *out, guint nanosecond)
{
  if (nanosecond == 0)
    return;
  if (nanosecond % 1000000 == 0)
    g_string_append_printf (out, ".%03u", nanosecond / 1000000);
  else if (nanosecond % 1000 == 0)
    g_string_append_printf (out, ".%06u", nanosecond / 1000);
  else
    g_string_append_printf (out, ".%09u", nanosecond);
}

static void
append_time (GString *out, const DateTime *at, gboolean with_second)
{
  g_string_append_printf (out, "%02u:%02u", at->hour, at->minute);
  if (with_second || at->second > 0 || at->nanosecond > 0)
    g_string_append_printf (out, ":%02u", at->second);
  append_fraction (out, at->nanosecond);
}

/* The date of a day since 1970, in the calendar that has no end (H. Hinnant's algorithm: years
 * begin in March, eras have 400 years). */
static void
set_day (DateTime *at, gint64 day)
{
  const gint64 days_per_era = 146097;
  const gint64 first_era = 719468;
  gint64 era, day_of_era, year_of_era, day_of_year, month;

  day += first_era;
  era = (day >= 0 ? day : day - (days_per_era - 1)) / days_per_era;
  day_of_era = day - era * days_per_era;
  year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  month = (5 * day_of_year + 2) / 153;
  at->day = (guint) (day_of_year - (153 * month + 2) / 5 + 1);
  at->month = (guint) (month < 10 ? month + 3 : month - 9);
  at->year = year_of_era + era * 400 + (at->month <= 2 ? 1 : 0);
}

void
java_time_append_instant (GString *out, gint64 seconds, guint32 nanoseconds)
{
  gint64 day = seconds / SECONDS_PER_DAY;
  gint64 rest = seconds % SECONDS_PER_DAY;
  DateTime at = { .nanosecond = nanoseconds };

  if (rest < 0)
    {
      rest += SECONDS_PER_DAY;
      day--;
    }
  set_day (&at, day);
  at.hour = (guint) (rest / 3600);
  at.minute = (guint) (rest / 60 % 60);
  at.second = (guint) (rest % 60);
  append_date (out, &at);
  g_string_append_c (out, 'T');
  append_time (out, &at, TRUE);
  g_string_append_c (out, 'Z');
}

static void
append_duration (GString *out, gint64 seconds, guint32 nanos)
{
  gboolean borrows = seconds < 0 && nanos > 0;
  gint64 whole = seconds + (borrows ? 1 : 0);
  gsize start = out->len + 2;

  g_string_append (out, "PT");
  if (whole / 3600 != 0)
    g_string_append_printf (out, "%" G_GINT64_FORMAT "H", whole / 3600);
  if (whole / 60 % 60 != 0)
    g_string_append_printf (out, "%dM", (int) (whole / 60 % 60));
  if (whole % 60 == 0 && nanos == 0 && out->len > start)
    return;
  if (borrows && whole % 60 == 0)
    g_string_append (out, "-0");
  else
    g_string_append_printf (out, "%d", (int) (whole % 60));
  if (nanos > 0)
    {
      g_string_append_printf (out, ".%09u", seconds < 0 ? NANOS_PER_SECOND - nanos : nanos);
      while (out->str[out->len - 1] == '0')
        g_string_truncate (out, out->len - 1);
    }
  g_string_append_c (out, 'S');
}

static gboolean
read_span (TribesReader *in, gint64 *seconds, guint32 *nanos)
{
  return tribes_reader_i64 (in, "seconds", seconds, NULL)
         && tribes_reader_u32 (in, "nanoseconds", nanos, NULL) && *nanos < NANOS_PER_SECOND;
}

static gboolean
read_month_day (TribesReader *in, DateTime *at)
{
  guint8 month, day;

  if (!tribes_reader_u8 (in, "month", &month, NULL) || !tribes_reader_u8 (in, "day", &day, NULL))
    return FALSE;
  at->month = month;
  at->day = day;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static gboolean
read_date (TribesReader *in, DateTime *at)
{
  gint32 year;

  if (!tribes_reader_i32 (in, "year", &year, NULL))
    return FALSE;
  at->year = year;
  return read_month_day (in, at);
}

/* A complemented part says that the parts behind it are zero. */
static gboolean
read_time (TribesReader *in, DateTime *at)
{
  guint *parts[] = { &at->hour, &at->minute, &at->second };
  static const guint limits[] = { 24, 60, 60 };
  guint32 nanos;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      guint8 byte;
      gboolean is_last;

      if (!tribes_reader_u8 (in, "time", &byte, NULL))
        return FALSE;
      is_last = byte >= 0x80;
      *parts[i] = is_last ? (guint8) ~byte : byte;
      if (*parts[i] >= limits[i])
        return FALSE;
      if (is_last)
        return TRUE;
    }
  if (!tribes_reader_u32 (in, "nanoseconds", &nanos, NULL) || nanos >= NANOS_PER_SECOND)
    return FALSE;
  at->nanosecond = nanos;
  return TRUE;
}

static gboolean
read_offset (TribesReader *in, gint32 *offset)
{
  guint8 byte;

  if (!tribes_reader_u8 (in, "offset", &byte, NULL))
    return FALSE;
  *offset = (gint8) byte * 900;
  /* 127 quarters of an hour: the exact number follows. */
  if (byte == 127 && !tribes_reader_i32 (in, "offset", offset, NULL))
    return FALSE;
  return *offset >= -MAX_OFFSET && *offset <= MAX_OFFSET;
}

static void
append_offset (GString *out, gint32 offset)
{
  guint seconds = (guint) ABS (offset);

  if (offset == 0)
    {
      g_string_append_c (out, 'Z');
      return;
    }
  g_string_append_printf (out, "%c%02u:%02u", offset < 0 ? '-' : '+', seconds / 3600,
                          seconds / 60 % 60);
  if (seconds % 60 > 0)
    g_string_append_printf (out, ":%02u", seconds % 60);
}

static gboolean
append_region (GString *out, TribesReader *in)
{
  guint16 size;
  const guint8 *name;
  g_autofree char *text = NULL;

  if (!tribes_reader_u16 (in, "zone", &size, NULL)
      || !tribes_reader_bytes (in, "zone", size, &name, NULL))
    return FALSE;
  text = java_utf_to_utf8 (name, size, NULL);
  g_string_append (out, text);
  return TRUE;
}

static gboolean
append_zoned (GString *out, TribesReader *in)
{
  DateTime at = { 0 };
  gint32 offset, zone;
  guint8 type;

  if (!read_date (in, &at) || !read_time (in, &at) || !read_offset (in, &offset)
      || !tribes_reader_u8 (in, "zone", &type, NULL))
    return FALSE;
  append_date (out, &at);
  g_string_append_c (out, 'T');
  append_time (out, &at, FALSE);
  append_offset (out, offset);
  if (type == JAVA_TIME_ZONE_OFFSET)
    return read_offset (in, &zone) && zone == offset;
  g_string_append_c (out, '[');
  if (type != JAVA_TIME_ZONE_REGION || !append_region (out, in))
    return FALSE;
  g_string_append_c (out, ']');
  return TRUE;
}

static gboolean
append_period (GString *out, TribesReader *in)
{
  gint32 parts[3];

  for (guint i = 0; i < 3; i++)
    if (!tribes_reader_i32 (in, "period", &parts[i], NULL))
      return FALSE;
  g_string_append_c (out, 'P');
  for (guint i = 0; i < 3; i++)
    if (parts[i] != 0 || (i == 2 && parts[0] == 0 && parts[1] == 0))
      g_string_append_printf (out, "%d%c", parts[i], "YMD"[i]);
  return TRUE;
}

static gboolean
append_span (GString *out, TribesReader *in, JavaTime type)
{
  gint64 seconds;
  guint32 nanos;

  if (!read_span (in, &seconds, &nanos))
    return FALSE;
  if (type == JAVA_TIME_DURATION)
    append_duration (out, seconds, nanos);
  else
    java_time_append_instant (out, seconds, nanos);
  return TRUE;
}

static gboolean
append_part_of_year (GString *out, TribesReader *in, JavaTime type)
{
  DateTime at = { 0 };
  gint32 year;
  guint8 month;

  if (type == JAVA_TIME_MONTH_DAY)
    {
      if (!read_month_day (in, &at))
        return FALSE;
      g_string_append_printf (out, "--%02u-%02u", at.month, at.day);
      return TRUE;
    }
  if (!tribes_reader_i32 (in, "year", &year, NULL))
    return FALSE;
  if (type == JAVA_TIME_YEAR)
    {
      g_string_append_printf (out, "%d", year);
      return TRUE;
    }
  if (!tribes_reader_u8 (in, "month", &month, NULL) || month < 1 || month > 12)
    return FALSE;
  append_year (out, year, FALSE);
  g_string_append_printf (out, "-%02u", month);
  return TRUE;
}

/* Types made of a date, a time and an offset, or some of these. */
static gboolean
append_local (GString *out, TribesReader *in, JavaTime type)
{
  gboolean has_date = type == JAVA_TIME_LOCAL_DATE || type == JAVA_TIME_LOCAL_DATE_TIME
                      || type == JAVA_TIME_OFFSET_DATE_TIME;
  gboolean has_time = type != JAVA_TIME_LOCAL_DATE && type != JAVA_TIME_ZONE_OFFSET;
  gboolean has_offset = type == JAVA_TIME_OFFSET_DATE_TIME || type == JAVA_TIME_OFFSET_TIME
                        || type == JAVA_TIME_ZONE_OFFSET;
  DateTime at = { 0 };
  gint32 offset = 0;

  if ((has_date && !read_date (in, &at)) || (has_time && !read_time (in, &at))
      || (has_offset && !read_offset (in, &offset)))
    return FALSE;
  if (has_date)
    append_date (out, &at);
  if (has_date && has_time)
    g_string_append_c (out, 'T');
  if (has_time)
    append_time (out, &at, FALSE);
  if (has_offset)
    append_offset (out, offset);
  return TRUE;
}

gboolean
java_time_append (GString *out, const guint8 *data, gsize size)
{
  TribesReader in;
  guint8 type;
  gboolean ok;

  tribes_reader_init (&in, data, size);
  if (!tribes_reader_u8 (&in, "type", &type, NULL))
    return FALSE;
  switch (type)
    {
    case JAVA_TIME_DURATION:
    case JAVA_TIME_INSTANT:
      ok = append_span (out, &in, (JavaTime) type);
      break;
    case JAVA_TIME_ZONED_DATE_TIME:
      ok = append_zoned (out, &in);
      break;
    case JAVA_TIME_ZONE_REGION:
      ok = append_region (out, &in);
      break;
    case JAVA_TIME_YEAR:
    case JAVA_TIME_YEAR_MONTH:
    case JAVA_TIME_MONTH_DAY:
      ok = append_part_of_year (out, &in, (JavaTime) type);
      break;
    case JAVA_TIME_PERIOD:
      ok = append_period (out, &in);
      break;
    case JAVA_TIME_LOCAL_DATE:
    case JAVA_TIME_LOCAL_TIME:
    case JAVA_TIME_LOCAL_DATE_TIME:
    case JAVA_TIME_ZONE_OFFSET:
    case JAVA_TIME_OFFSET_TIME:
    case JAVA_TIME_OFFSET_DATE_TIME:
      ok = append_local (out, &in, (JavaTime) type);
      break;
    default:
      return FALSE;
    }
  return ok && tribes_reader_left (&in) == 0;
}
