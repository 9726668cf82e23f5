/* SPDX-License-Identifier: Apache-2.0
 *
 * One table of what can be set: a limit is in it only where setting it makes a difference.
 */
#include "catalina_ha/tools/catalina-tool-limits-private.h"

#include "tribes/base/tribes-limits-private.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *unit; /* "" for a number */
  gsize offset;
  gboolean is_size; /* gsize, otherwise guint */
  const char *meaning;
} Limit;

#define CHANNEL(field)  G_STRUCT_OFFSET (CatalinaToolLimits, channel.field)
#define SESSIONS(field) G_STRUCT_OFFSET (CatalinaToolLimits, sessions.field)

static const Limit table[] = {
  { "frame-bytes", "bytes", CHANNEL (frame_bytes), TRUE, "of one message, a state transfer's too" },
  { "pending-bytes", "bytes", CHANNEL (pending_bytes), TRUE,
    "of unfinished messages on all connections" },
  { "connections", "", CHANNEL (connections), FALSE, "from other members at a time" },
  { "frame-ms", "milliseconds", CHANNEL (frame_ms), FALSE, "to finish a message that has begun" },
  { "contexts", "", SESSIONS (contexts), FALSE, "web applications of which sessions are held" },
  { "sessions", "", SESSIONS (sessions), FALSE, "of one context" },
  { "session-bytes", "bytes", SESSIONS (session_bytes), TRUE, "of one session" },
  { "session-attributes", "", SESSIONS (session_attributes), FALSE, "of one session" },
  { "context-bytes", "bytes", SESSIONS (context_bytes), TRUE, "of all sessions of a context" },
  { "early-bytes", "bytes", SESSIONS (early_bytes), TRUE,
    "of messages whose sessions are not known yet" },
  { "early-ms", "milliseconds", SESSIONS (early_ms), FALSE,
    "that a message waits for the session it is about" },
  { "ended-ids", "", SESSIONS (ended_ids), FALSE, "of ended sessions that nobody brings back" },
  { "ended-ms", "milliseconds", SESSIONS (ended_ms), FALSE, "that these are remembered" },
  { "replay-messages", "", SESSIONS (replay_messages), FALSE, "kept during a state transfer" },
  { "replay-bytes", "bytes", SESSIONS (replay_bytes), TRUE, "of messages kept during one" },
  { "loading-bytes", "bytes", SESSIONS (loading_bytes), TRUE,
    "of sessions that came and are still to be taken in" },
};

void
catalina_tool_limits_init (CatalinaToolLimits *limits)
{
  limits->channel = *tribes_limits_get_default ();
  limits->sessions = *catalina_limits_get_default ();
}

static guint64
get_value (const CatalinaToolLimits *limits, const Limit *limit)
{
  gconstpointer field = G_STRUCT_MEMBER_P (limits, limit->offset);

  return limit->is_size ? *(const gsize *) field : *(const guint *) field;
}

static const Limit *
find_limit (const char *name, gsize size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      if (strlen (table[i].name) == size && memcmp (table[i].name, name, size) == 0)
        return &table[i];
    }
  return NULL;
}

static gboolean
fail_unknown (const char *text, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", table[i].name);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--limit: expected NAME=VALUE with a name of %s; found \"%s\"", names->str, text);
  return FALSE;
}

/* The 2^n that a letter stands for, taken off the end of the digits. */
static guint
take_unit (const char *digits, gsize *size)
{
  static const char units[] = "KMG";
  const char *unit = *size > 1 ? strchr (units, digits[*size - 1]) : NULL;

  if (!unit)
    return 0;
  (*size)--;
  return 10 * (guint) (unit - units + 1);
}

static gboolean
parse_value (const char *text, guint64 max, guint64 *value)
{
  gsize size = strlen (text);
  guint shift = take_unit (text, &size);
  g_autofree char *digits = g_strndup (text, size);

  if (!g_ascii_string_to_unsigned (digits, 10, 1, max >> shift, value, NULL))
    return FALSE;
  *value <<= shift;
  return TRUE;
}

gboolean
catalina_tool_limits_set (CatalinaToolLimits *limits, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  const Limit *limit = equals ? find_limit (text, (gsize) (equals - text)) : NULL;
  guint64 max, value;

  if (!limit)
    return fail_unknown (text, error);
  /* What is added to one of these must not overflow. */
  max = limit->is_size ? G_MAXSSIZE : G_MAXINT32;
  if (!parse_value (equals + 1, max, &value))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--limit %s: expected a number from 1 to %" G_GUINT64_FORMAT
                   ", with or without K, M or G, found \"%s\"",
                   limit->name, max, equals + 1);
      return FALSE;
    }
  if (limit->is_size)
    *(gsize *) G_STRUCT_MEMBER_P (limits, limit->offset) = (gsize) value;
  else
    *(guint *) G_STRUCT_MEMBER_P (limits, limit->offset) = (guint) value;
  return TRUE;
}

static char *
format_default (guint64 value)
{
  static const char *const units[] = { "", "K", "M", "G" };
  guint unit = 0;

  while (unit + 1 < G_N_ELEMENTS (units) && value % 1024 == 0)
    {
      value /= 1024;
      unit++;
    }
  return g_strdup_printf ("%" G_GUINT64_FORMAT "%s", value, units[unit]);
}

char *
catalina_tool_limits_describe (void)
{
  CatalinaToolLimits defaults;
  GString *text = g_string_new (NULL);

  catalina_tool_limits_init (&defaults);
  /* Not what they are on this machine. */
  defaults.channel = *tribes_limits_get_full ();
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *value = format_default (get_value (&defaults, &table[i]));

      g_string_append_printf (text, "  %-19s %s%s%s (%s)\n", table[i].name, table[i].unit,
                              table[i].unit[0] != '\0' ? " " : "", table[i].meaning, value);
    }
  return g_string_free (text, FALSE);
}
