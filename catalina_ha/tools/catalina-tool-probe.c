/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes probe`: whether members of a cluster take messages, process them and answer, and how long
 * each of that takes. Nothing is asked that could change anything: a failure detector's frame,
 * which every Tomcat drops, and a question for a channel that nobody has, which every Tomcat
 * answers by saying so.
 */
#include "catalina_ha/tools/catalina-tool-probe-private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-markers-private.h"

typedef struct
{
  CatalinaToolVisit visit;
  char *format_name;
  CatalinaProbeFormat format;
  double warning_ms;
  double critical_ms;
  gboolean encrypted;
  gboolean contexts;
  int count;
  double interval;
  char **members;
  CatalinaToolJoin join; /* its receiver is that of the visit */
  double wait;
} ProbeOptions;

static void
probe_options_clear (ProbeOptions *options)
{
  catalina_tool_visit_clear (&options->visit);
  g_clear_pointer (&options->format_name, g_free);
  g_clear_pointer (&options->members, g_strfreev);
  catalina_tool_join_clear (&options->join);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ProbeOptions, probe_options_clear)

static const struct
{
  const char *name;
  CatalinaProbeFormat format;
} formats[] = {
  { "text", CATALINA_PROBE_TEXT },
  { "json", CATALINA_PROBE_JSON },
  { "nagios", CATALINA_PROBE_NAGIOS },
  { "prometheus", CATALINA_PROBE_PROMETHEUS },
};

/* The member while it is looked at. */
typedef struct
{
  const ProbeOptions *options;
  TribesChannel *channel;
  TribesMember *member;
  CatalinaProbeResult *result;
} Probe;

static gboolean
ping (Probe *self, CatalinaProbeStep step, TribesSendOptions options)
{
  gsize size;
  const guint8 *marker = tribes_marker_peek (TRIBES_MARKER_FAIL_DETECT, &size);
  g_autoptr (GBytes) payload = g_bytes_new_static (marker, size);
  g_autoptr (GError) error = NULL;
  double ms;

  if (catalina_tool_visit_send (self->channel, self->member, payload,
                                TRIBES_SEND_OPTIONS_BYTE_MESSAGE | options,
                                self->options->visit.timeout, &ms, &error))
    {
      self->result->ms[step] = ms;
      return TRUE;
    }
  catalina_probe_result_judge (self->result, CATALINA_PROBE_CRITICAL,
                               step == CATALINA_PROBE_REACH ? "not reached: %s"
                               : step == CATALINA_PROBE_ACK ? "it does not acknowledge: %s"
                                                            : "it does not process messages: %s",
                               error->message);
  return FALSE;
}

static void
judge_silence (Probe *self)
{
  g_autofree char *silence = catalina_tool_visit_dup_silence (&self->options->visit, self->channel);

  if (!self->options->encrypted)
    catalina_probe_result_judge (self->result, CATALINA_PROBE_WARNING, "%s", silence);
}

static void
ask (Probe *self)
{
  g_autoptr (TribesMember) said = NULL;
  g_autoptr (GError) error = NULL;
  double ms;

  if (!catalina_tool_visit_ask_nobody (&self->options->visit, self->channel, self->member, &ms,
                                       &said, &error))
    catalina_probe_result_judge (self->result, CATALINA_PROBE_CRITICAL,
                                 "it does not take a question: %s", error->message);
  else if (ms < 0)
    judge_silence (self);
  else
    self->result->ms[CATALINA_PROBE_ANSWER] = ms;
  if (!self->result->said)
    self->result->said = g_steal_pointer (&said);
  if (ms >= 0 && self->options->encrypted)
    catalina_probe_result_judge (self->result, CATALINA_PROBE_CRITICAL,
                                 "it takes messages that are not encrypted, and answers them");
}

static void
gather_contexts (Probe *self)
{
  g_autoptr (GError) error = NULL;

  self->result->contexts = catalina_tool_gather (&self->options->visit, self->member, NULL, &error);
  if (!self->result->contexts)
    catalina_probe_result_judge (self->result, CATALINA_PROBE_CRITICAL,
                                 "its sessions cannot be had: %s", error->message);
}

static void
compare_with_limits (Probe *self)
{
  double slowest
      = MAX (self->result->ms[CATALINA_PROBE_ACK], self->result->ms[CATALINA_PROBE_PROCESS]);

  if (slowest > self->options->critical_ms)
    catalina_probe_result_judge (self->result, CATALINA_PROBE_CRITICAL,
                                 "it took %.1f ms, more than %g ms", slowest,
                                 self->options->critical_ms);
  else if (slowest > self->options->warning_ms)
    catalina_probe_result_judge (self->result, CATALINA_PROBE_WARNING,
                                 "it took %.1f ms, more than %g ms", slowest,
                                 self->options->warning_ms);
}

static void
look_at (Probe *self)
{
  if (!ping (self, CATALINA_PROBE_REACH, TRIBES_SEND_OPTIONS_USE_ACK)
      || !ping (self, CATALINA_PROBE_ACK, TRIBES_SEND_OPTIONS_USE_ACK)
      || !ping (self, CATALINA_PROBE_PROCESS,
                TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK))
    return;
  compare_with_limits (self);
  ask (self);
  if (self->options->contexts && self->result->verdict < CATALINA_PROBE_CRITICAL)
    gather_contexts (self);
}

static CatalinaProbeResult *
probe (const ProbeOptions *options, TribesMember *member, const char *name)
{
  CatalinaProbeResult *result = catalina_probe_result_new (name);
  Probe self = { .options = options, .member = member, .result = result };
  g_autoptr (GPtrArray) members = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (members, member);
  self.channel = catalina_tool_visit_begin (&options->visit, members, &error);
  if (!self.channel)
    {
      catalina_probe_result_judge (result, CATALINA_PROBE_UNKNOWN, "%s", error->message);
      return result;
    }
  look_at (&self);
  catalina_tool_visit_end (self.channel);
  return result;
}

/* Members as they were given; one whose name is not found is looked at no further. */
static CatalinaProbeResult *
probe_named (const ProbeOptions *options, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMember) member = catalina_tool_visit_parse (name, &error);
  CatalinaProbeResult *result;

  if (member)
    return probe (options, member, name);
  result = catalina_probe_result_new (name);
  catalina_probe_result_judge (result, CATALINA_PROBE_UNKNOWN, "%s", error->message);
  return result;
}

static void
look (TribesChannel *channel, TribesMember *member, CatalinaProbeResult *result, gpointer data)
{
  Probe self = { .options = data, .channel = channel, .member = member, .result = result };

  look_at (&self);
}

/* NULL: it has been complained about. */
static GPtrArray *
probe_heard (const ProbeOptions *options)
{
  CatalinaToolJoin join = options->join;
  g_autoptr (GError) error = NULL;
  GPtrArray *results;

  join.receiver = options->visit.local;
  results = catalina_probe_heard (&join, options->wait, look, (gpointer) options, &error);
  if (!results)
    (void) catalina_tool_complain (CATALINA_PROBE_UNKNOWN, "%s", error->message);
  return results;
}

static GPtrArray *
probe_members (const ProbeOptions *options)
{
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_probe_result_free);

  for (guint i = 0; options->members[i]; i++)
    g_ptr_array_add (results, probe_named (options, options->members[i]));
  return results;
}

static CatalinaProbeVerdict
probe_all (const ProbeOptions *options)
{
  g_autoptr (GPtrArray) results
      = options->join.config ? probe_heard (options) : probe_members (options);
  g_autofree char *text = NULL;

  if (!results)
    return CATALINA_PROBE_UNKNOWN;
  text
      = catalina_probe_format (results, options->format, options->warning_ms, options->critical_ms);
  fputs (text, stdout);
  fflush (stdout);
  return catalina_probe_judge (results);
}

static CatalinaProbeVerdict
probe_often (const ProbeOptions *options)
{
  CatalinaProbeVerdict worst = CATALINA_PROBE_OK;
  CatalinaProbeVerdict now;

  for (int i = 0; i < options->count && !ferror (stdout); i++)
    {
      if (i > 0)
        g_usleep ((gulong) (options->interval * G_USEC_PER_SEC));
      now = probe_all (options);
      worst = MAX (worst, now);
    }
  return worst;
}

static int
complain (const char *reason)
{
  return catalina_tool_complain (CATALINA_PROBE_UNKNOWN, "%s", reason);
}

static gboolean
find_format (ProbeOptions *options)
{
  for (gsize i = 0; options->format_name && i < G_N_ELEMENTS (formats); i++)
    {
      if (strcmp (options->format_name, formats[i].name) != 0)
        continue;
      options->format = formats[i].format;
      return TRUE;
    }
  return !options->format_name;
}

/* In a container that says so, the node in it. */
static void
take_own_receiver (ProbeOptions *options)
{
  const char *receiver = g_getenv ("TRIBES_RECEIVER");

  if (options->members || options->join.config || !receiver || receiver[0] == '\0')
    return;
  options->members = g_new0 (char *, 2);
  /* "auto" is the address of this host's name, as for a receiver. */
  options->members[0] = g_str_has_prefix (receiver, "auto:")
                            ? g_strconcat (g_get_host_name (), receiver + strlen ("auto"), NULL)
                            : g_strdup (receiver);
}

/* NULL if all is well. */
static const char *
find_mistake (ProbeOptions *options)
{
  CatalinaToolAddress address = { NULL };

  if (!options->members && !options->join.config)
    return "which member? HOST:PORT of its receiver, or --config for those of a node";
  if (options->members && options->join.config)
    return "--config says which members: no others";
  if (!options->join.config && (options->join.cluster || options->join.definitions))
    return "--cluster and --define are of no use without --config";
  if (!(options->wait >= 0.1) || options->wait > 600)
    return "--wait: expected 0.1 to 600 seconds";
  if (!find_format (options))
    return "--format: expected text, json, nagios or prometheus";
  if (!(options->warning_ms > 0) || !(options->critical_ms > 0))
    return "--warning and --critical: expected more than 0 milliseconds";
  if (options->warning_ms > options->critical_ms)
    return "--warning: expected less than --critical";
  if (options->count < 1)
    return "--count: expected 1 or more";
  if (!(options->interval >= 0) || options->interval > 86400)
    return "--interval: expected 0 to 86400 seconds";
  if (options->count > 1 && options->format >= CATALINA_PROBE_NAGIOS)
    return "--count: expected 1 for nagios and prometheus, which look once";
  for (guint i = 0; options->members && options->members[i]; i++)
    {
      gboolean ok = catalina_tool_address_parse (&address, "member", options->members[i], NULL);

      g_free (address.text);
      g_free (address.host);
      if (!ok)
        return "which member? expected HOST:PORT or [ADDRESS]:PORT";
    }
  return NULL;
}

int
catalina_tool_probe (int argc, char **argv)
{
  g_auto (ProbeOptions) options = {
    .visit = { .timeout = 3 },
    .warning_ms = INFINITY,
    .critical_ms = INFINITY,
    .count = 1,
    .wait = 7,
    .interval = 1,
  };
  const GOptionEntry entries[] = {
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options.format_name,
      "text (the default), json, nagios or prometheus", "FORMAT" },
    { "warning", 'w', 0, G_OPTION_ARG_DOUBLE, &options.warning_ms,
      "warn of an acknowledgement that took longer", "MS" },
    { "critical", 'c', 0, G_OPTION_ARG_DOUBLE, &options.critical_ms,
      "call one critical that took longer", "MS" },
    { "encrypted", 'e', 0, G_OPTION_ARG_NONE, &options.encrypted,
      "an answer to a question that is not encrypted is critical", NULL },
    { "contexts", 'C', 0, G_OPTION_ARG_NONE, &options.contexts,
      "count the sessions of its web applications, which it has to send for that", NULL },
    { "count", 'n', 0, G_OPTION_ARG_INT, &options.count, "look so many times (1)", "N" },
    { "interval", 'i', 0, G_OPTION_ARG_DOUBLE, &options.interval,
      "with so many seconds in between (1)", "SECONDS" },
    CATALINA_TOOL_VISIT_ENTRIES (&options.visit),
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options.join.config,
      "be the node of this server.xml for a moment: is it heard, and does it hear the others?",
      "FILE" },
    { "wait", 0, 0, G_OPTION_ARG_DOUBLE, &options.wait,
      "with --config: how long a member may take to send something (7)", "SECONDS" },
    { "cluster", 0, 0, G_OPTION_ARG_STRING, &options.join.cluster, "which <Cluster> of several",
      "N|NAME" },
    { "define", 'D', 0, G_OPTION_ARG_STRING_ARRAY, &options.join.definitions,
      "what ${NAME} stands for in the file", "NAME=VALUE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.members, NULL, "HOST:PORT..." },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  const char *mistake;

  g_option_context_set_summary (
      context, "Looks whether members of a cluster take messages, process them and "
               "answer.");
  g_option_context_set_description (context,
                                    "Exit code: 0 all is well, 1 something is slow or silent, 2 a "
                                    "member is not there or does not work, 3 nobody knows.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !catalina_tool_visit_check (&options.visit, &error)
      || !catalina_tool_set_up_log (0, &error))
    return complain (error->message);
  take_own_receiver (&options);
  options.visit.cluster = options.join.cluster;
  options.visit.definitions = options.join.definitions;
  if (!options.visit.channel && g_strcmp0 (options.join.config, "-") != 0)
    options.visit.channel = g_strdup (options.join.config);
  mistake = find_mistake (&options);
  if (mistake)
    return complain (mistake);
  return (int) probe_often (&options);
}
