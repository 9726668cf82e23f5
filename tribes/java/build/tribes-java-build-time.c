/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of java.time. All are written through one externalizable class, java.time.Ser: a byte that
 * tells the type, and its parts.
 */
#include "tribes/java/build/tribes-java-make-private.h"
#include "tribes/java/build/tribes-java-time-private.h"

static TribesJavaValue *
make_time (const TribesWriter *data)
{
  JavaMake make;

  java_make_init (&make);
  java_make_object (&make, java_jdk_class (JDK_TIME_SER));
  java_make_data (&make, data->data, data->size);
  java_make_end (&make);
  return java_make_finish (&make);
}

static void
append_date (TribesWriter *data, gint32 year, guint8 month, guint8 day)
{
  tribes_writer_u32 (data, (guint32) year);
  tribes_writer_u8 (data, month);
  tribes_writer_u8 (data, day);
}

/* Parts that are zero are left out; the last one written is complemented to say so. */
static void
append_time (TribesWriter *data, guint8 hour, guint8 minute, guint8 second, guint32 nanosecond)
{
  guint8 parts[] = { hour, minute, second };
  guint n_parts = second > 0 ? 3 : minute > 0 ? 2 : 1;

  if (nanosecond > 0)
    {
      tribes_writer_bytes (data, parts, sizeof parts);
      tribes_writer_u32 (data, nanosecond);
      return;
    }
  parts[n_parts - 1] = (guint8) ~parts[n_parts - 1];
  tribes_writer_bytes (data, parts, n_parts);
}

/**
 * tribes_java_value_new_local_date:
 * @year: the year
 * @month: the month, from 1
 * @day: the day, from 1
 *
 * Returns: (transfer full): a `java.time.LocalDate`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_local_date (gint32 year, guint8 month, guint8 day)
{
  g_auto (TribesWriter) data = TRIBES_WRITER_INIT;

  tribes_writer_u8 (&data, JAVA_TIME_LOCAL_DATE);
  append_date (&data, year, month, day);
  return make_time (&data);
}

/**
 * tribes_java_value_new_local_date_time:
 * @year: the year
 * @month: the month, from 1
 * @day: the day, from 1
 * @hour: the hour, from 0
 * @minute: the minute
 * @second: the second
 * @nanosecond: the nanosecond
 *
 * Returns: (transfer full): a `java.time.LocalDateTime`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_local_date_time (gint32 year,
                                       guint8 month,
                                       guint8 day,
                                       guint8 hour,
                                       guint8 minute,
                                       guint8 second,
                                       guint32 nanosecond)
{
  g_auto (TribesWriter) data = TRIBES_WRITER_INIT;

  tribes_writer_u8 (&data, JAVA_TIME_LOCAL_DATE_TIME);
  append_date (&data, year, month, day);
  append_time (&data, hour, minute, second, nanosecond);
  return make_time (&data);
}

static TribesJavaValue *
make_span (JavaTime type, gint64 seconds, guint32 nanoseconds)
{
  g_auto (TribesWriter) data = TRIBES_WRITER_INIT;

  tribes_writer_u8 (&data, (guint8) type);
  tribes_writer_u64 (&data, (guint64) seconds);
  tribes_writer_u32 (&data, nanoseconds);
  return make_time (&data);
}

/**
 * tribes_java_value_new_instant:
 * @seconds: seconds since 1970-01-01T00:00:00Z
 * @nanoseconds: nanoseconds behind that, below 1,000,000,000
 *
 * Returns: (transfer full): a `java.time.Instant`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_instant (gint64 seconds, guint32 nanoseconds)
{
  return make_span (JAVA_TIME_INSTANT, seconds, nanoseconds);
}

/**
 * tribes_java_value_new_duration:
 * @seconds: seconds
 * @nanoseconds: nanoseconds more than that, below 1,000,000,000
 *
 * Returns: (transfer full): a `java.time.Duration`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_duration (gint64 seconds, guint32 nanoseconds)
{
  return make_span (JAVA_TIME_DURATION, seconds, nanoseconds);
}
