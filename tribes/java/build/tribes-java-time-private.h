/* SPDX-License-Identifier: Apache-2.0
 *
 * What java.time.Ser calls its types.
 */
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

G_END_DECLS
