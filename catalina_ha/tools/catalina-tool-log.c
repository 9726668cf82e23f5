/* SPDX-License-Identifier: Apache-2.0
 *
 * Files are read a piece at a time, and only as far as packets have come: what waits of each is
 * what one piece held.
 */
#include "catalina_ha/tools/catalina-tool-log-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <glib/gstdio.h>

#include "catalina_ha/tools/catalina-tools-private.h"

enum
{
  PIECE = 65536,
  /* Of what is followed, between two looks at packets. */
  MAX_POLL = 1024 * 1024,
};

/* What was logged just before the first packet and just behind the last one belongs to them. */
#define MARGIN_US (60 * G_USEC_PER_SEC)

/* Between two looks at what is followed. */
#define POLL_US (50 * 1000)
/* So long its last entry waits: an exception may still be on the way. */
#define PATIENCE_US (300 * 1000)

/* An entry that is kept until its time comes. */
typedef struct
{
  CatalinaLogEntry entry;
  char *texts[6];
} Kept;

typedef struct
{
  CatalinaToolLogs *all;
  char *file;
  int fd; /* -1: there is none at the moment */
  struct stat stat;
  CatalinaLog *reader;
  GQueue kept;    /* of Kept */
  gboolean at_end;
  gint64 grew_us; /* 0: what there is has been told */
} Log;

struct _CatalinaToolLogs
{
  GPtrArray *logs;
  gboolean is_live;
  CatalinaToolLogFunc func;
  gpointer user_data;
  gint64 first_us; /* 0: no packet yet */
  gint64 last_us;
  gint64 polled_us;
  guint64 told;
  guint64 outside;
};

void
catalina_tool_log_options_clear (CatalinaToolLogOptions *self)
{
  g_clear_pointer (&self->files, g_strfreev);
  g_clear_pointer (&self->zone, g_free);
}

static void
kept_free (gpointer data)
{
  Kept *kept = data;

  for (guint i = 0; i < G_N_ELEMENTS (kept->texts); i++)
    g_free (kept->texts[i]);
  g_free (kept);
}

static void
log_free (gpointer data)
{
  Log *self = data;

  if (self->fd >= 0)
    close (self->fd);
  g_queue_clear_full (&self->kept, kept_free);
  g_clear_pointer (&self->reader, catalina_log_free);
  g_free (self->file);
  g_free (self);
}

static void
tell (Log *self, const CatalinaLogEntry *entry)
{
  self->all->told++;
  self->all->func (self->file, entry, self->all->user_data);
}

static void
keep (Log *self, const CatalinaLogEntry *entry)
{
  Kept *kept = g_new0 (Kept, 1);

  kept->entry = *entry;
  kept->entry.class_name = kept->texts[0] = g_strdup (entry->class_name);
  kept->entry.message = kept->texts[1] = g_strdup (entry->message);
  kept->entry.exception = kept->texts[2] = g_strdup (entry->exception);
  kept->entry.reason = kept->texts[3] = g_strdup (entry->reason);
  kept->entry.cause = kept->texts[4] = g_strdup (entry->cause);
  kept->entry.stack = kept->texts[5] = g_strdup (entry->stack);
  g_queue_push_tail (&self->kept, kept);
}

static void
on_entry (const CatalinaLogEntry *entry, gpointer user_data)
{
  Log *self = user_data;

  if (self->all->is_live)
    tell (self, entry);
  else
    keep (self, entry);
}

/* FALSE: there is no such file, or it cannot be read. */
static gboolean
open_file (Log *self)
{
  self->fd = g_open (self->file, O_RDONLY | O_CLOEXEC, 0);
  return self->fd >= 0 && fstat (self->fd, &self->stat) == 0;
}

static gboolean
add_log (CatalinaToolLogs *self, const char *file, GTimeZone *zone, GError **error)
{
  Log *log = g_new0 (Log, 1);

  log->all = self;
  log->file = g_strdup (file);
  log->reader = catalina_log_new (zone, on_entry, log);
  g_ptr_array_add (self->logs, log);
  if (!open_file (log))
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", file,
                   g_strerror (errno));
      return FALSE;
    }
  if (self->is_live)
    (void) lseek (log->fd, 0, SEEK_END);
  return TRUE;
}

CatalinaToolLogs *
catalina_tool_logs_open (const CatalinaToolLogOptions *options,
                         gboolean is_live,
                         CatalinaToolLogFunc func,
                         gpointer user_data,
                         GError **error)
{
  g_autoptr (CatalinaToolLogs) self = g_new0 (CatalinaToolLogs, 1);
  g_autoptr (GTimeZone) zone
      = options->zone ? g_time_zone_new_identifier (options->zone) : g_time_zone_new_local ();

  self->logs = g_ptr_array_new_with_free_func (log_free);
  self->is_live = is_live;
  self->func = func;
  self->user_data = user_data;
  if (!zone)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--log-zone: expected a time zone such as Europe/Berlin or +02:00, found \"%s\"",
                   options->zone);
      return NULL;
    }
  for (guint i = 0; options->files && options->files[i]; i++)
    if (!add_log (self, options->files[i], zone, error))
      return NULL;
  return g_steal_pointer (&self);
}

void
catalina_tool_logs_close (CatalinaToolLogs *self)
{
  g_ptr_array_unref (self->logs);
  g_free (self);
}

/* Returns how much there was; 0 at the end, and where it cannot be read. */
static gsize
read_piece (Log *self)
{
  char piece[PIECE];
  gssize n;

  if (self->fd < 0)
    return 0;
  do
    n = read (self->fd, piece, sizeof piece);
  while (n < 0 && errno == EINTR);
  if (n > 0)
    catalina_log_feed (self->reader, piece, (gsize) n);
  return n > 0 ? (gsize) n : 0;
}

/* Until something is kept, or there is no more. */
static void
fill (Log *self)
{
  while (self->kept.length == 0 && !self->at_end)
    if (read_piece (self) == 0)
      {
        /* A last line without a line feed. */
        catalina_log_feed (self->reader, "\n", 1);
        catalina_log_flush (self->reader);
        self->at_end = TRUE;
      }
}

/* The one whose next entry is the earliest; NULL: there is none in front of @until_us. */
static Log *
choose (CatalinaToolLogs *self, gint64 until_us)
{
  Log *chosen = NULL;
  gint64 chosen_us = until_us;

  for (guint i = 0; i < self->logs->len; i++)
    {
      Log *log = self->logs->pdata[i];
      const Kept *first;

      fill (log);
      first = g_queue_peek_head (&log->kept);
      if (!first || first->entry.last_us >= chosen_us)
        continue;
      chosen = log;
      chosen_us = first->entry.last_us;
    }
  return chosen;
}

static void
tell_until (CatalinaToolLogs *self, gint64 until_us)
{
  Log *log;

  while ((log = choose (self, until_us)))
    {
      Kept *kept = g_queue_pop_head (&log->kept);

      if (self->first_us > 0 && kept->entry.last_us >= self->first_us - MARGIN_US
          && kept->entry.time_us <= self->last_us + MARGIN_US)
        tell (log, &kept->entry);
      else
        self->outside++;
      kept_free (kept);
    }
}

void
catalina_tool_logs_advance (CatalinaToolLogs *self, gint64 time_us)
{
  if (self->is_live)
    return;
  if (self->first_us == 0)
    self->first_us = time_us;
  self->last_us = MAX (self->last_us, time_us);
  tell_until (self, self->last_us);
}

/* Whether its name stands for another file by now, or it has been emptied. */
static gboolean
is_rotated (Log *self)
{
  struct stat now;

  if (g_stat (self->file, &now) != 0)
    return FALSE;
  return now.st_ino != self->stat.st_ino || now.st_dev != self->stat.st_dev
         || now.st_size < lseek (self->fd, 0, SEEK_CUR);
}

static void
follow (Log *self, gint64 now_us)
{
  gsize n = 0;
  gsize piece;

  while (n < MAX_POLL && (piece = read_piece (self)) > 0)
    n += piece;
  if (n > 0)
    {
      self->grew_us = now_us;
      return;
    }
  if (self->grew_us > 0 && now_us - self->grew_us > PATIENCE_US)
    {
      self->grew_us = 0;
      catalina_log_flush (self->reader);
    }
  if (!is_rotated (self))
    return;
  if (self->fd >= 0)
    close (self->fd);
  catalina_log_restart (self->reader);
  (void) open_file (self);
}

void
catalina_tool_logs_poll (CatalinaToolLogs *self, gint64 now_us)
{
  if (!self->is_live || now_us - self->polled_us < POLL_US)
    return;
  self->polled_us = now_us;
  for (guint i = 0; i < self->logs->len; i++)
    follow (self->logs->pdata[i], now_us);
}

/* Somebody took another file for a log, or has its time stamps written in a way of their own. */
static void
complain_of_foreign (const CatalinaToolLogs *self)
{
  for (guint i = 0; i < self->logs->len; i++)
    {
      const Log *log = self->logs->pdata[i];
      const CatalinaLogCounts *counts = catalina_log_get_counts (log->reader);

      if (counts->lines > 0 && counts->entries == 0)
        (void) catalina_tool_complain (CATALINA_TOOL_OK,
                                       "%s: no line of it begins as those of a Tomcat's log do",
                                       log->file);
    }
}

void
catalina_tool_logs_finish (CatalinaToolLogs *self)
{
  if (self->is_live)
    {
      catalina_tool_logs_poll (self, G_MAXINT64);
      for (guint i = 0; i < self->logs->len; i++)
        catalina_log_flush (((Log *) self->logs->pdata[i])->reader);
      return;
    }
  tell_until (self, G_MAXINT64);
  complain_of_foreign (self);
}

void
catalina_tool_logs_add_counts (const CatalinaToolLogs *self, TribesJson *json)
{
  tribes_json_add_uint (json, "logged", self->told);
  tribes_json_add_uint (json, "loggedOutside", self->outside);
}
