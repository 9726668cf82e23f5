/* SPDX-License-Identifier: Apache-2.0
 *
 * From a capture to lines, a list of classes and a capture of what is worth keeping.
 */
#include "catalina_ha/tools/catalina-tool-alerts-private.h"

#include <string.h>

#include "catalina_ha/monitor/catalina-monitor-counts-private.h"
#include "catalina_ha/tools/catalina-tool-config-private.h"
#include "catalina_ha/tools/catalina-tool-keep-private.h"
#include "catalina_ha/tools/catalina-tool-lines-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-host-private.h"

/* As grep(1) and diff(1) have them. */
enum
{
  ALERTS_NONE = 0,
  ALERTS_RAISED = 1,
  ALERTS_TROUBLE = 2,
};

/* More is no list of classes. */
#define MAX_CLASSES_BYTES (16 * 1024 * 1024)
#define DEFAULT_KEEP_MB   64.0
#define MAX_KEEP_MB       1e6

typedef struct
{
  CatalinaAlerts *alerts;
  TribesCapture *capture;
  CatalinaClasses *learned; /* nullable */
  CatalinaToolKeep *keep;   /* nullable */
  CatalinaToolLines lines;
  gboolean is_json;
  gboolean is_live;
  guint64 packet; /* that is read */
} Alerts;

void
catalina_tool_alert_options_init (CatalinaToolAlertOptions *self)
{
  *self = (CatalinaToolAlertOptions){ .keep_mb = DEFAULT_KEEP_MB };
}

void
catalina_tool_alert_options_clear (CatalinaToolAlertOptions *self)
{
  g_clear_pointer (&self->members, g_free);
  g_clear_pointer (&self->config, g_free);
  g_clear_pointer (&self->baseline, g_free);
  g_clear_pointer (&self->learn, g_free);
  g_clear_pointer (&self->keep, g_free);
}

const char *
catalina_tool_alert_options_find_mistake (const CatalinaToolAlertOptions *self)
{
  if (!self->wanted
      && (self->members || self->config || self->baseline || self->learn || self->keep))
    return "--members, --config, --baseline, --learn and --keep are for --alerts";
  if (self->baseline && self->learn)
    return "--baseline or --learn, not both";
  if (!(self->keep_mb > 0 && self->keep_mb <= MAX_KEEP_MB))
    return "--keep-size takes a positive number of megabytes";
  return NULL;
}

static void
alerts_clear (Alerts *self)
{
  g_clear_pointer (&self->capture, tribes_capture_free);
  g_clear_pointer (&self->alerts, catalina_alerts_free);
  g_clear_pointer (&self->learned, catalina_classes_free);
  catalina_tool_lines_clear (&self->lines);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Alerts, alerts_clear)

static void
write_line (Alerts *self, const CatalinaAlert *alert)
{
  TribesJson json = { .out = g_string_new (NULL),
                      .style = self->is_json ? TRIBES_JSON_COMPACT : TRIBES_JSON_LINE };

  catalina_alert_write (alert, &json);
  catalina_tool_lines_put (&self->lines, json.out->str, json.out->len, NULL);
  g_string_free (json.out, TRUE);
}

static void
on_alert (const CatalinaAlert *alert, gpointer user_data)
{
  Alerts *self = user_data;
  CatalinaAlert told = *alert;
  g_autofree char *comment = NULL;

  if (!told.is_held_back && told.packet == 0)
    told.packet = self->packet;
  write_line (self, &told);
  if (!self->keep || told.is_held_back)
    return;
  comment = g_strdup_printf ("%s %s: %s", catalina_alert_kind_get_severity (told.kind),
                             catalina_alert_kind_to_string (told.kind), told.detail);
  catalina_tool_keep_mark (self->keep, &told.from, &told.to, told.packet, comment);
}

static void
on_packet (gint64 time_us, const guint8 *data, gsize size, gsize sent, gpointer user_data)
{
  Alerts *self = user_data;

  self->packet++;
  if (self->keep)
    catalina_tool_keep_packet (self->keep, self->packet, time_us, data, size, sent);
}

static gboolean
on_progress (gint64 now_us, gpointer user_data)
{
  Alerts *self = user_data;

  catalina_alerts_advance (self->alerts, now_us);
  if (self->is_live || self->lines.folded)
    catalina_tool_lines_flush (&self->lines);
  return self->lines.error == 0;
}

static gboolean
add_member (CatalinaAlerts *alerts, const char *host, guint16 port, GError **error)
{
  g_autoptr (GInetAddress) address = tribes_host_look_up (host, error);
  TribesEndpoint member = { .port = port };

  if (!address)
    return FALSE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    {
      member.address[10] = member.address[11] = 0xff;
      memcpy (member.address + 12, g_inet_address_to_bytes (address), 4);
    }
  else
    memcpy (member.address, g_inet_address_to_bytes (address), 16);
  if (catalina_alerts_add_member (alerts, &member))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "too many members");
  return FALSE;
}

/* A host without a port is one whose ports are all welcome. */
static gboolean
add_listed (CatalinaAlerts *alerts, const char *list, GError **error)
{
  g_auto (GStrv) words = g_strsplit (list, ",", -1);

  for (guint i = 0; words[i]; i++)
    {
      const char *word = g_strstrip (words[i]);
      CatalinaToolAddress address = { NULL };
      gboolean ok;

      if (word[0] == '\0')
        continue;
      if (g_hostname_is_ip_address (word) || (!strchr (word, ':') && word[0] != '['))
        ok = add_member (alerts, word, 0, error);
      else
        ok = catalina_tool_address_parse (&address, "--members", word, error)
             && add_member (alerts, address.host, address.port, error);
      g_free (address.text);
      g_free (address.host);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

/* A value that this machine does not know, such as an address of "auto", names nobody. */
static gboolean
add_node (CatalinaAlerts *alerts, XmlconfNode *node, const char *host_name, GError **error)
{
  const char *host = xmlconf_node_get_string (node, host_name);
  int port = xmlconf_node_get_int (node, "port");

  if (!host || g_str_equal (host, "auto") || port < 0 || port > G_MAXUINT16)
    return TRUE;
  if (add_member (alerts, host, (guint16) port, error))
    return TRUE;
  g_prefix_error (error, "%s:%u: ", xmlconf_node_get_file (node), xmlconf_node_get_line (node));
  return FALSE;
}

/* Members and the node's own receiver, wherever below the cluster they stand. */
static gboolean
add_nodes (CatalinaAlerts *alerts, XmlconfNode *node, guint *n_members, GError **error)
{
  for (guint i = 0; i < xmlconf_node_get_n_children (node); i++)
    {
      XmlconfNode *child = xmlconf_node_get_child_at (node, i);
      const char *name = xmlconf_node_get_name (child);

      if (g_str_equal (name, "Member"))
        ++*n_members;
      if (g_str_equal (name, "Member") || g_str_equal (name, "LocalMember"))
        {
          if (!add_node (alerts, child, "host", error))
            return FALSE;
        }
      else if (g_str_equal (name, "Receiver") && !add_node (alerts, child, "address", error))
        return FALSE;
      if (!add_nodes (alerts, child, n_members, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_configured (CatalinaAlerts *alerts, const char *file, GError **error)
{
  g_autoptr (XmlconfConfig) config = catalina_tool_load_config (file, NULL, NULL, NULL, error);
  XmlconfCluster *cluster = config ? catalina_tool_choose_cluster (config, NULL, error) : NULL;
  guint n_members = 0;

  if (!cluster || !add_nodes (alerts, xmlconf_cluster_get_node (cluster), &n_members, error))
    return FALSE;
  if (n_members > 0)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "%s: it lists no static members; without --config they are learned from heartbeats",
               file);
  return FALSE;
}

/* @may_be_missing: then there are none yet. */
static CatalinaClasses *
load_classes (const char *file, gboolean may_be_missing, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = NULL;
  CatalinaClasses *classes;
  gsize size;

  if (!g_file_get_contents (file, &text, &size, &reason))
    {
      if (may_be_missing && g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return catalina_classes_new ();
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  if (size > MAX_CLASSES_BYTES)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: too large for a list of classes",
                   file);
      return NULL;
    }
  classes = catalina_classes_parse (text, size, error);
  if (!classes)
    g_prefix_error (error, "%s: ", file);
  return classes;
}

static gboolean
set_up_classes (Alerts *self, const CatalinaToolAlertOptions *options, GError **error)
{
  CatalinaClasses *baseline;

  if (options->learn)
    {
      self->learned = load_classes (options->learn, TRUE, error);
      if (!self->learned)
        return FALSE;
      catalina_alerts_learn (self->alerts, self->learned);
    }
  if (!options->baseline)
    return TRUE;
  baseline = load_classes (options->baseline, FALSE, error);
  if (baseline)
    catalina_alerts_set_baseline (self->alerts, baseline);
  return baseline != NULL;
}

static gboolean
set_up (Alerts *self,
        const CatalinaToolAlertOptions *options,
        CatalinaToolCapture *source,
        GError **error)
{
  if ((options->members && !add_listed (self->alerts, options->members, error))
      || (options->config && !add_configured (self->alerts, options->config, error))
      || !set_up_classes (self, options, error))
    return FALSE;
  if (options->keep)
    self->keep = catalina_tool_keep_open (options->keep, (guint64) (options->keep_mb * 1024 * 1024),
                                          catalina_tool_capture_get_link_type (source), error);
  return !options->keep || self->keep;
}

static guint64
count_alerts (const Alerts *self)
{
  guint64 n = 0;

  for (guint i = 0; i < CATALINA_N_ALERTS; i++)
    n += catalina_alerts_get_count (self->alerts, (CatalinaAlertKind) i)->n;
  return n;
}

static void
add_counts (const Alerts *self, TribesJson *json)
{
  guint64 kept, refused;

  tribes_json_add_uint (json, "alerts", count_alerts (self));
  tribes_json_add_uint (json, "heldBackAlerts", catalina_alerts_get_suppressed (self->alerts));
  if (self->learned)
    tribes_json_add_uint (json, "classes", catalina_classes_get_n (self->learned));
  if (!self->keep)
    return;
  catalina_tool_keep_get_counts (self->keep, &kept, &refused);
  tribes_json_add_uint (json, "keptPackets", kept);
  tribes_json_add_uint (json, "refusedPackets", refused);
}

static void
write_end (Alerts *self, CatalinaToolCapture *source)
{
  TribesJson json = catalina_tool_lines_open_note (&self->lines, "capture-ended");
  guint64 dropped, interface_dropped;

  catalina_tool_capture_get_drops (source, &dropped, &interface_dropped);
  add_counts (self, &json);
  catalina_monitor_add_counts (&json, tribes_capture_get_counts (self->capture));
  if (self->is_live)
    {
      tribes_json_add_uint (&json, "droppedPackets", dropped);
      tribes_json_add_uint (&json, "interfaceDroppedPackets", interface_dropped);
    }
  catalina_tool_lines_close_note (&self->lines, &json);
}

/* What was learned and kept is written, whatever else went wrong. */
static gboolean
finish (Alerts *self, const CatalinaToolAlertOptions *options, GError **error)
{
  g_autofree char *text = self->learned ? catalina_classes_to_text (self->learned) : NULL;
  CatalinaToolKeep *keep = g_steal_pointer (&self->keep);
  /* The first error is the one that is told. */
  gboolean ok = !keep || catalina_tool_keep_close (keep, error);

  if (text && !g_file_set_contents (options->learn, text, -1, ok ? error : NULL))
    ok = FALSE;
  if (self->lines.error != 0 && ok)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (self->lines.error),
                   "standard output: %s", g_strerror (self->lines.error));
      ok = FALSE;
    }
  return ok;
}

int
catalina_tool_alerts_run (const CatalinaToolAlertOptions *options,
                          CatalinaToolCapture *source,
                          gboolean is_live,
                          gboolean is_json,
                          double duration_s)
{
  g_auto (Alerts) self = { .is_json = is_json, .is_live = is_live };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) last_error = NULL;
  gboolean ok;

  catalina_tool_lines_init (&self.lines, !is_json);
  self.alerts = catalina_alerts_new (on_alert, &self);
  if (!set_up (&self, options, source, &error))
    return catalina_tool_complain (ALERTS_TROUBLE, "%s", error->message);
  self.capture = tribes_capture_new (NULL, catalina_alerts_get_sink (), self.alerts);
  catalina_tool_capture_set_tap (source, on_packet, &self);
  ok = catalina_tool_capture_run (source, self.capture, duration_s, on_progress, &self, &error);
  tribes_capture_finish (self.capture);
  catalina_alerts_finish (self.alerts);
  write_end (&self, source);
  catalina_tool_lines_flush (&self.lines);
  if (!finish (&self, options, &last_error))
    return catalina_tool_complain (ALERTS_TROUBLE, "%s", last_error->message);
  if (!ok)
    return catalina_tool_complain (ALERTS_TROUBLE, "%s", error->message);
  return count_alerts (&self) > 0 ? ALERTS_RAISED : ALERTS_NONE;
}
