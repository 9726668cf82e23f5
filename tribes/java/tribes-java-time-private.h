/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The byte that tells types of java.time apart. */
typedef enum
{
  JAVA_TIME_DURATION = 1,
  JAVA_TIME_INSTANT = 2,
  JAVA_TIME_LOCAL_DATE = 3,
  JAVA_TIME_LOCAL_TIME = 4,
  JAVA_TIME_LOCAL_DATE_TIME = 5,
  JAVA_TIME_ZONED_DATE_TIME = 6,
  JAVA_TIME_ZONE_REGION = 7,
  JAVA_TIME_ZONE_OFFSET = 8,
  JAVA_TIME_OFFSET_TIME = 9,
  JAVA_TIME_OFFSET_DATE_TIME = 10,
  JAVA_TIME_YEAR = 11,
  JAVA_TIME_YEAR_MONTH = 12,
  JAVA_TIME_MONTH_DAY = 13,
  JAVA_TIME_PERIOD = 14,
} JavaTime;

/* The ISO 8601 text of what java.time.Ser wrote; FALSE if it is nothing known. */
gboolean java_time_append (GString *out, const guint8 *data, gsize size);

/* The text of an instant, as java.time.Instant has it. */
void java_time_append_instant (GString *out, gint64 seconds, guint32 nanoseconds);

G_END_DECLS
