/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines, and entries made of them: one begins with a line that has a time stamp and ends where the
 * next begins. What is in between belongs to its message, up to the first that looks like an
 * exception, and then to that.
 */
#include "catalina_ha/monitor/catalina-log-private.h"

#include <string.h>

#include "catalina_ha/monitor/catalina-log-json-private.h"
#include "catalina_ha/monitor/catalina-log-time-private.h"

enum
{
  /* Of a line; what is longer loses its end. */
  MAX_LINE = 65536,
  MAX_MESSAGE = 2048,
  MAX_NAME = 256,
  /* Lines of a stack that are kept, and their bytes. */
  MAX_FRAMES = 4,
  MAX_STACK = 2048,
};

/* What of an entry there is. */
typedef struct
{
  gboolean is_open;
  gboolean is_wanted;   /* as far as that is known */
  gboolean wants_level; /* the next line has it: SimpleFormatter's second */
  gint64 time_us;
  gint64 step_us;
  guint64 line;
  const char *level; /* nullable */
  GString *class_name;
  GString *message;
  GString *exception;
  GString *reason;
  GString *cause;
  GString *stack;
  guint frames;
} Entry;

struct _CatalinaLog
{
  GTimeZone *zone;
  CatalinaLogFunc func;
  gpointer user_data;
  GString *line; /* that has not ended */
  gboolean is_cut;
  Entry entry;
  CatalinaLogCounts counts;
};

/* java.util.logging has its levels translated into these languages. */
static const struct
{
  const char *name;
  const char *level;
} levels[] = {
  { "SEVERE", "SEVERE" },   { "SCHWERWIEGEND", "SEVERE" }, { "GRAVE", "SEVERE" },
  { "严重", "SEVERE" },     { "重大", "SEVERE" },          { "심각", "SEVERE" },
  { "WARNING", "WARNING" }, { "WARNUNG", "WARNING" },      { "AVERTISSEMENT", "WARNING" },
  { "警告", "WARNING" },    { "ADVERTENCIA", "WARNING" },  { "AVVERTENZA", "WARNING" },
  { "경고", "WARNING" },
};

CatalinaLog *
catalina_log_new (GTimeZone *zone, CatalinaLogFunc func, gpointer user_data)
{
  CatalinaLog *self = g_new0 (CatalinaLog, 1);
  Entry *entry = &self->entry;

  self->zone = g_time_zone_ref (zone);
  self->func = func;
  self->user_data = user_data;
  self->line = g_string_new (NULL);
  entry->class_name = g_string_new (NULL);
  entry->message = g_string_new (NULL);
  entry->exception = g_string_new (NULL);
  entry->reason = g_string_new (NULL);
  entry->cause = g_string_new (NULL);
  entry->stack = g_string_new (NULL);
  return self;
}

void
catalina_log_free (CatalinaLog *self)
{
  Entry *entry = &self->entry;

  g_time_zone_unref (self->zone);
  g_string_free (self->line, TRUE);
  g_string_free (entry->class_name, TRUE);
  g_string_free (entry->message, TRUE);
  g_string_free (entry->exception, TRUE);
  g_string_free (entry->reason, TRUE);
  g_string_free (entry->cause, TRUE);
  g_string_free (entry->stack, TRUE);
  g_free (self);
}

const CatalinaLogCounts *
catalina_log_get_counts (const CatalinaLog *self)
{
  return &self->counts;
}

/* As much of @text as there is room for, in whole letters. */
static void
append (GString *to, const char *text, gsize size, gsize max)
{
  gsize room = max - MIN (max, to->len);

  if (size > room)
    {
      size = room;
      while (size > 0 && (text[size] & 0xc0) == 0x80)
        size--;
    }
  g_string_append_len (to, text, (gssize) size);
}

static void
append_text (GString *to, const char *text, gsize max)
{
  append (to, text, strlen (text), max);
}

static const char *
null_if_empty (const GString *text)
{
  return text->len > 0 ? text->str : NULL;
}

static void
end_entry (CatalinaLog *self)
{
  Entry *entry = &self->entry;
  const CatalinaLogEntry told = { .time_us = entry->time_us,
                                  .last_us = entry->time_us + entry->step_us - 1,
                                  .line = entry->line,
                                  .level = entry->level,
                                  .class_name = entry->class_name->str,
                                  .message = entry->message->str,
                                  .exception = null_if_empty (entry->exception),
                                  .reason = null_if_empty (entry->reason),
                                  .cause = null_if_empty (entry->cause),
                                  .stack = null_if_empty (entry->stack) };

  if (entry->is_open && entry->is_wanted && entry->level)
    self->func (&told, self->user_data);
  entry->is_open = FALSE;
}

static void
begin_entry (CatalinaLog *self, gint64 time_us, gint64 step_us)
{
  Entry *entry = &self->entry;

  end_entry (self);
  self->counts.entries++;
  entry->is_open = TRUE;
  entry->is_wanted = FALSE;
  entry->wants_level = FALSE;
  entry->time_us = time_us;
  entry->step_us = step_us;
  entry->line = self->counts.lines;
  entry->level = NULL;
  entry->frames = 0;
  g_string_truncate (entry->class_name, 0);
  g_string_truncate (entry->message, 0);
  g_string_truncate (entry->exception, 0);
  g_string_truncate (entry->reason, 0);
  g_string_truncate (entry->cause, 0);
  g_string_truncate (entry->stack, 0);
}

/* NULL: another one. */
static const char *
find_level (const char *name, gsize size)
{
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (strlen (levels[i].name) == size && memcmp (levels[i].name, name, size) == 0)
      return levels[i].level;
  return NULL;
}

static gboolean
is_ours (const char *class_name)
{
  return g_str_has_prefix (class_name, "org.apache.catalina.ha.")
         || g_str_has_prefix (class_name, "org.apache.catalina.tribes.");
}

static void
set_source (Entry *entry, const char *class_name, gsize size)
{
  append (entry->class_name, class_name, size, MAX_NAME);
  entry->is_wanted = is_ours (entry->class_name->str);
}

/* "LEVEL [thread] class.method message", behind the stamp. Names of threads may have brackets, and
 * no blank behind one. FALSE: that is another line. */
static gboolean
read_one_line (Entry *entry, const char *text)
{
  const char *blank = strchr (text, ' ');
  const char *source = blank && blank[1] == '[' ? strstr (blank, "] ") : NULL;
  const char *end;
  const char *method;

  if (!source)
    return FALSE;
  entry->level = find_level (text, (gsize) (blank - text));
  source += 2;
  end = source + strcspn (source, " ");
  method = end;
  while (method > source && *method != '.')
    method--;
  set_source (entry, source, (gsize) ((method > source ? method : end) - source));
  append_text (entry->message, *end == ' ' ? end + 1 : end, MAX_MESSAGE);
  return TRUE;
}

/* "class method", behind the stamp; the level is in the next line. */
static gboolean
read_first_of_two (Entry *entry, const char *text)
{
  gsize size = strcspn (text, " ");

  if (size == 0 || !memchr (text, '.', size))
    return FALSE;
  set_source (entry, text, size);
  entry->wants_level = TRUE;
  return TRUE;
}

static gboolean
read_second_of_two (Entry *entry, const char *text)
{
  const char *colon = strstr (text, ": ");

  if (!colon)
    colon = strchr (text, ':');
  if (!colon)
    return FALSE;
  entry->level = find_level (text, (gsize) (colon - text));
  append_text (entry->message, colon[1] == ' ' ? colon + 2 : colon + 1, MAX_MESSAGE);
  return TRUE;
}

/* The class with which the description of an exception begins; 0: this is none. */
static gsize
measure_class (const char *text)
{
  gboolean has_dot = FALSE;
  gsize size = 0;

  while (g_ascii_isalnum (text[size]) || text[size] == '_' || text[size] == '$'
         || text[size] == '.')
    has_dot |= text[size++] == '.';
  return has_dot && size > 2 && (text[size] == '\0' || text[size] == ':') ? size : 0;
}

static void
add_exception (Entry *entry, const char *text)
{
  gsize size = measure_class (text);

  append (entry->exception, text, size, MAX_NAME);
  text += size;
  append_text (entry->reason, g_str_has_prefix (text, ": ") ? text + 2 : text, MAX_MESSAGE);
}

/* Of what follows the first line. */
static void
add_line (Entry *entry, const char *text)
{
  while (*text == '\t' || *text == ' ')
    text++;
  if (entry->exception->len == 0)
    {
      if (measure_class (text) > 0)
        add_exception (entry, text);
      else if (*text != '\0')
        {
          append_text (entry->message, " ", MAX_MESSAGE);
          append_text (entry->message, text, MAX_MESSAGE);
        }
      return;
    }
  if (g_str_has_prefix (text, "Caused by: "))
    {
      g_string_truncate (entry->cause, 0);
      append_text (entry->cause, text + strlen ("Caused by: "), MAX_MESSAGE);
    }
  else if (g_str_has_prefix (text, "at ") && entry->frames < MAX_FRAMES)
    {
      entry->frames++;
      append_text (entry->stack, text, MAX_STACK - 1);
      append_text (entry->stack, "\n", MAX_STACK);
    }
}

/* An exception and its frames in one list, and then those of what caused it. */
static void
add_throwable (const char *text, gsize size, gpointer user_data)
{
  Entry *entry = user_data;
  g_autofree char *copy = g_strndup (text, size);
  g_autofree char *line = NULL;

  if (text[0] == ' ')
    line = g_strconcat ("at", copy, NULL);
  else
    line = entry->exception->len == 0 ? g_strdup (copy) : g_strconcat ("Caused by: ", copy, NULL);
  add_line (entry, line);
}

static void
add_member (const char *name, const char *text, gsize size, gpointer user_data)
{
  CatalinaLog *self = user_data;
  Entry *entry = &self->entry;

  if (g_str_equal (name, "level"))
    entry->level = find_level (text, size);
  else if (g_str_equal (name, "class"))
    set_source (entry, text, size);
  else if (g_str_equal (name, "message"))
    append (entry->message, text, size, MAX_MESSAGE);
  else if (g_str_equal (name, "throwable"))
    add_throwable (text, size, entry);
}

static gboolean
read_json (CatalinaLog *self, const char *text)
{
  g_autofree char *stamp = catalina_log_json_dup (text, "time");
  gint64 time_us, step_us;

  if (!stamp || !catalina_log_time_read (stamp, self->zone, &time_us, &step_us))
    return FALSE;
  begin_entry (self, time_us, step_us);
  catalina_log_json_each (text, add_member, self);
  return TRUE;
}

/* Whether an entry begins here. */
static gboolean
read_head (CatalinaLog *self, const char *text)
{
  const char *behind;
  gint64 time_us, step_us;

  if (text[0] == '{')
    return read_json (self, text);
  if (!g_ascii_isalnum (text[0]))
    return FALSE;
  behind = catalina_log_time_read (text, self->zone, &time_us, &step_us);
  if (!behind || *behind != ' ')
    return FALSE;
  while (*behind == ' ')
    behind++;
  begin_entry (self, time_us, step_us);
  /* Of another form, or another program's: its time is known, and no more. */
  return read_one_line (&self->entry, behind) || read_first_of_two (&self->entry, behind) || TRUE;
}

static void
take_line (CatalinaLog *self)
{
  Entry *entry = &self->entry;

  self->counts.lines++;
  self->counts.cut += self->is_cut;
  if (self->line->len > 0 && self->line->str[self->line->len - 1] == '\r')
    g_string_truncate (self->line, self->line->len - 1);
  if (entry->is_open && entry->wants_level)
    {
      entry->wants_level = FALSE;
      if (read_second_of_two (entry, self->line->str))
        return;
    }
  if (!read_head (self, self->line->str) && entry->is_open && entry->is_wanted)
    add_line (entry, self->line->str);
}

void
catalina_log_feed (CatalinaLog *self, const char *data, gsize size)
{
  while (size > 0)
    {
      const char *end = memchr (data, '\n', size);
      gsize taken = end ? (gsize) (end - data) : size;
      gsize room = MAX_LINE - MIN (MAX_LINE, self->line->len);

      self->is_cut |= taken > room;
      g_string_append_len (self->line, data, (gssize) MIN (taken, room));
      if (end)
        {
          take_line (self);
          g_string_truncate (self->line, 0);
          self->is_cut = FALSE;
          taken++;
        }
      data += taken;
      size -= taken;
    }
}

void
catalina_log_flush (CatalinaLog *self)
{
  end_entry (self);
}

void
catalina_log_restart (CatalinaLog *self)
{
  end_entry (self);
  g_string_truncate (self->line, 0);
  self->is_cut = FALSE;
  self->counts.lines = 0;
}
