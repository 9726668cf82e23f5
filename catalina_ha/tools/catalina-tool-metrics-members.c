/* SPDX-License-Identifier: Apache-2.0
 *
 * What was sent to each member and how long it took, and what this process uses, under the names
 * that exporters of Prometheus have for that.
 */
#include "catalina_ha/tools/catalina-tool-metrics-private.h"

#include <dirent.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tribes/transport/tribes-sender-private.h"

#define ACK_NAME "tribes_member_ack_seconds"

static void
append_head (GString *text, const char *name, const char *help, const char *type)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* `{member="HOST:PORT"`, still open: an address has nothing to be escaped. */
static void
append_member (GString *text, const char *name, const TribesSendCounts *counts)
{
  g_autofree char *host = tribes_member_dup_host (counts->member);
  const char *form = strchr (host, ':') ? "%s{member=\"[%s]:%d\"" : "%s{member=\"%s:%d\"";

  g_string_append_printf (text, form, name, host, tribes_member_get_port (counts->member));
}

static void
append_counters (GString *text, GPtrArray *list)
{
  append_head (text, "tribes_member_frames_total", "Messages that a member was sent.", "counter");
  for (guint i = 0; i < list->len; i++)
    {
      const TribesSendCounts *counts = g_ptr_array_index (list, i);

      append_member (text, "tribes_member_frames_total", counts);
      g_string_append_printf (text, "} %" G_GUINT64_FORMAT "\n", counts->frames);
    }
  append_head (text, "tribes_member_failures_total", "Messages that a member did not get.",
               "counter");
  for (guint i = 0; i < list->len; i++)
    {
      const TribesSendCounts *counts = g_ptr_array_index (list, i);

      append_member (text, "tribes_member_failures_total", counts);
      g_string_append_printf (text, "} %" G_GUINT64_FORMAT "\n", counts->failures);
    }
}

static void
append_histogram (GString *text, const TribesSendCounts *counts)
{
  guint64 n = 0;

  for (guint i = 0; i < TRIBES_SEND_COUNTS_BUCKETS; i++)
    {
      n += counts->buckets[i];
      append_member (text, ACK_NAME "_bucket", counts);
      g_string_append_printf (text, ",le=\"%g\"} %" G_GUINT64_FORMAT "\n",
                              tribes_send_counts_bounds[i] / 1e6, n);
    }
  append_member (text, ACK_NAME "_bucket", counts);
  g_string_append_printf (text, ",le=\"+Inf\"} %" G_GUINT64_FORMAT "\n", counts->acks);
  append_member (text, ACK_NAME "_sum", counts);
  g_string_append_printf (text, "} %.6f\n", (double) counts->ack_us / 1e6);
  append_member (text, ACK_NAME "_count", counts);
  g_string_append_printf (text, "} %" G_GUINT64_FORMAT "\n", counts->acks);
}

void
catalina_tool_metrics_add_members (GString *text, TribesSender *sender)
{
  g_autoptr (GPtrArray) list = tribes_send_counts_list (tribes_sender_peek_counts (sender));

  append_counters (text, list);
  append_head (text, ACK_NAME,
               "Time from the last byte of a message to its acknowledgement, by member.",
               "histogram");
  for (guint i = 0; i < list->len; i++)
    append_histogram (text, g_ptr_array_index (list, i));
}

static void
append_value (GString *text, const char *name, const char *help, const char *type, double value)
{
  append_head (text, name, help, type);
  g_string_append_printf (text, "%s %.*f\n", name, value == (gint64) value ? 0 : 3, value);
}

static double
count_descriptors (void)
{
  DIR *folder = opendir ("/proc/self/fd");
  double n = 0;

  if (!folder)
    return 0;
  while (readdir (folder))
    n++;
  closedir (folder);
  /* Without `.`, `..` and the folder's own. */
  return MAX (n - 3, 0);
}

/* Fields of /proc/self/stat behind the name, which may have any character, counted from the state,
 * which is 3; and of /proc/self/statm. */
static gboolean
read_field (const char *file, gboolean has_name, guint field, double *value)
{
  g_autofree char *content = NULL;
  g_auto (GStrv) words = NULL;
  const char *start;

  if (!g_file_get_contents (file, &content, NULL, NULL))
    return FALSE;
  start = has_name ? strrchr (content, ')') : content;
  if (!start)
    return FALSE;
  words = g_strsplit (has_name ? start + 2 : start, " ", -1);
  if (g_strv_length (words) <= field)
    return FALSE;
  *value = g_ascii_strtod (words[field], NULL);
  return TRUE;
}

static void
append_start (GString *text)
{
  double ticks, uptime;

  /* The 22nd field, in ticks since the system started. */
  if (!read_field ("/proc/self/stat", TRUE, 22 - 3, &ticks)
      || !read_field ("/proc/uptime", FALSE, 0, &uptime))
    return;
  append_value (text, "process_start_time_seconds", "When the process started, since 1970.",
                "gauge",
                (double) g_get_real_time () / 1e6 - uptime
                    + ticks / (double) sysconf (_SC_CLK_TCK));
}

void
catalina_tool_metrics_add_process (GString *text)
{
  struct rusage usage;
  struct rlimit limit;
  double pages;

  if (getrusage (RUSAGE_SELF, &usage) == 0)
    append_value (text, "process_cpu_seconds_total", "CPU time of the process.", "counter",
                  (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                      + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
  if (read_field ("/proc/self/statm", FALSE, 1, &pages))
    append_value (text, "process_resident_memory_bytes", "Resident memory.", "gauge",
                  pages * (double) sysconf (_SC_PAGESIZE));
  append_value (text, "process_open_fds", "Open file descriptors.", "gauge", count_descriptors ());
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    append_value (text, "process_max_fds", "How many file descriptors there may be.", "gauge",
                  (double) limit.rlim_cur);
  append_start (text);
}
