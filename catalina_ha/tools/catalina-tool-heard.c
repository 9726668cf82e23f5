/* SPDX-License-Identifier: Apache-2.0
 *
 * "Am I heard": takes the place of the node of a server.xml for some seconds, as a member that only
 * looks on. Whoever knows that node looks for it as soon as it is there, or within the five seconds
 * of a failure detector's round; whoever sends nothing does not know it, or cannot reach it. Tomcat
 * 7.0 looks for it with a message that names this node as its sender: then somebody knows it, and
 * where there are several nobody knows who.
 */
#include "catalina_ha/tools/catalina-tool-probe-private.h"

#include <string.h>

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/tools/catalina-tool-config-private.h"
#include "tribes/base/tribes-hex-private.h"
#include "tribes/base/tribes-host-private.h"
#include "tribes/capture/tribes-observed-private.h"
#include "tribes/membership/tribes-mcast-service.h"

/* Anyone can invent as many. */
#define MAX_PEERS 256
/* By multicast members are known after some heartbeats. */
#define SETTLE_S 2.5

/* A member that should be there, or was. */
typedef struct
{
  TribesMember *member;
  TribesEndpoint endpoint;
  gboolean is_listed; /* in the file */
  gboolean has_id;    /* there */
  guint64 messages;
  guint64 heartbeats;
  gint64 first_us; /* of the messages, in real time */
} Peer;

typedef struct
{
  GPtrArray *peers; /* of Peer */
  gint64 began_us;
  TribesEndpoint local;
  gboolean is_multicast;
  guint64 unnamed;   /* messages that came here as if from here */
  gint64 unnamed_us; /* of the first */
} Hearing;

static void
peer_free (gpointer data)
{
  Peer *peer = data;

  tribes_member_unref (peer->member);
  g_free (peer);
}

static Peer *
find_peer (Hearing *self, const TribesEndpoint *endpoint)
{
  for (guint i = 0; i < self->peers->len; i++)
    {
      Peer *peer = g_ptr_array_index (self->peers, i);

      if (memcmp (&peer->endpoint, endpoint, sizeof *endpoint) == 0)
        return peer;
    }
  return NULL;
}

/* Takes @member. */
static Peer *
add_peer (Hearing *self, TribesMember *member)
{
  Peer *peer = g_new0 (Peer, 1);

  peer->member = member;
  peer->endpoint = tribes_observed_endpoint (member);
  g_ptr_array_add (self->peers, peer);
  return peer;
}

/* Whoever speaks, whether or not the file has it; not this one itself. */
static Peer *
hear (Hearing *self, const TribesMemberFields *fields)
{
  TribesEndpoint endpoint;
  Peer *peer;

  if (!tribes_endpoint_of_member (fields, &endpoint)
      || memcmp (&endpoint, &self->local, sizeof endpoint) == 0)
    return NULL;
  peer = find_peer (self, &endpoint);
  if (peer || self->peers->len >= MAX_PEERS)
    return peer;
  return add_peer (self, tribes_observed_member (fields));
}

static gboolean
is_local (const Hearing *self, const TribesMemberFields *fields)
{
  TribesEndpoint endpoint;

  return tribes_endpoint_of_member (fields, &endpoint)
         && memcmp (&endpoint, &self->local, sizeof endpoint) == 0;
}

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  Hearing *self = user_data;
  Peer *peer = message->has_sender ? hear (self, &message->sender) : NULL;

  if (message->has_sender && is_local (self, &message->sender) && self->unnamed++ == 0)
    self->unnamed_us = message->time_us;
  if (peer && peer->messages++ == 0)
    peer->first_us = message->time_us;
  return 0;
}

static void
on_heartbeat (gint64 time_us,
              const TribesEndpoint *from,
              const TribesEndpoint *to,
              const guint8 *data,
              gsize size,
              const TribesMemberFields *fields,
              gpointer user_data)
{
  Peer *peer = fields ? hear (user_data, fields) : NULL;

  if (peer)
    peer->heartbeats++;
}

static const TribesCaptureSink hearing_sink = { on_message, NULL, on_heartbeat };

static char *
dup_id (XmlconfNode *node)
{
  g_autoptr (GBytes) bytes = xmlconf_node_dup_bytes (node, "uniqueId");
  gsize size = 0;
  const guint8 *data = bytes ? g_bytes_get_data (bytes, &size) : NULL;
  g_autoptr (GString) text = NULL;

  if (size != TRIBES_MEMBER_ID_SIZE)
    return NULL;
  text = g_string_new (NULL);
  tribes_hex_append (text, data, size);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_listed (Hearing *self, const char *host, int port, XmlconfNode *node)
{
  g_autoptr (GInetAddress) address = host && port > 0 ? tribes_host_look_up (host, NULL) : NULL;
  g_autofree char *text = address ? g_inet_address_to_string (address) : NULL;
  g_autofree char *id = node ? dup_id (node) : NULL;
  TribesMember *member = text ? tribes_member_new (text, port, id, NULL) : NULL;
  TribesEndpoint endpoint;
  Peer *peer;

  if (!member)
    return;
  endpoint = tribes_observed_endpoint (member);
  if (find_peer (self, &endpoint))
    {
      tribes_member_unref (member);
      return;
    }
  peer = add_peer (self, member);
  peer->is_listed = TRUE;
  peer->has_id = id != NULL;
}

static void
add_members_of (Hearing *self, XmlconfNode *parent)
{
  g_autoptr (GPtrArray) members = xmlconf_node_list_children (parent, "Member");

  for (guint i = 0; i < members->len; i++)
    add_listed (self, xmlconf_node_get_string (members->pdata[i], "host"),
                xmlconf_node_get_int (members->pdata[i], "port"), members->pdata[i]);
}

/* Those that the file has. */
static void
add_all_listed (Hearing *self, XmlconfNode *channel)
{
  for (guint i = 0; channel && i < xmlconf_node_get_n_children (channel); i++)
    {
      XmlconfNode *child = xmlconf_node_get_child_at (channel, i);

      if (xmlconf_node_is_a (child, "StaticMembershipInterceptor")
          || xmlconf_node_is_a (child, "StaticMembershipService"))
        add_members_of (self, child);
    }
}

static gboolean
has_heard_all (gpointer data)
{
  Hearing *self = data;
  gboolean is_early = self->is_multicast
                      && g_get_real_time () - self->began_us < (gint64) (SETTLE_S * G_USEC_PER_SEC);

  for (guint i = 0; i < self->peers->len; i++)
    if (((Peer *) g_ptr_array_index (self->peers, i))->messages == 0)
      return FALSE;
  return !is_early && self->peers->len > 0;
}

static CatalinaToolObserver *
join_at (const CatalinaToolJoin *join, const char *receiver, Hearing *hearing, GError **error)
{
  CatalinaToolJoin at = *join;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CatalinaToolObserver) observer = NULL;

  at.receiver = (char *) receiver;
  observer = catalina_tool_observer_new (&at, &hearing_sink, hearing, notes, error);
  return observer && catalina_tool_observer_start (observer, error) ? g_steal_pointer (&observer)
                                                                    : NULL;
}

static char *
dup_free_place (XmlconfNode *receiver)
{
  const char *host = receiver ? xmlconf_node_get_string (receiver, "address") : NULL;
  g_autoptr (GInetAddress) address
      = host && strcmp (host, "auto") != 0 ? tribes_host_look_up (host, NULL) : NULL;
  g_autofree char *text = address ? g_inet_address_to_string (address) : NULL;

  return text ? g_strdup_printf (strchr (text, ':') ? "[%s]:0" : "%s:0", text) : NULL;
}

/* The process whose file it is may run. */
static CatalinaToolObserver *
stand_in (const CatalinaToolJoin *join,
          XmlconfNode *receiver,
          Hearing *hearing,
          gboolean *is_elsewhere,
          GError **error)
{
  g_autoptr (GError) taken = NULL;
  g_autofree char *place = NULL;
  CatalinaToolObserver *observer = join_at (join, join->receiver, hearing, &taken);

  *is_elsewhere = FALSE;
  place = observer || join->receiver ? NULL : dup_free_place (receiver);
  if (place)
    {
      *is_elsewhere = TRUE;
      observer = join_at (join, place, hearing, NULL);
    }
  if (!observer)
    g_propagate_error (error, g_steal_pointer (&taken));
  return observer;
}

static gboolean
is_at (TribesMember *said, const TribesEndpoint *endpoint)
{
  TribesEndpoint own = tribes_observed_endpoint (said);

  return memcmp (&own, endpoint, sizeof own) == 0;
}

/* Of the heartbeats of this node. */
static char *
dup_domain (TribesMembership *membership)
{
  g_autoptr (GBytes) domain = NULL;
  gsize size = 0;
  const char *text;

  if (TRIBES_IS_MCAST_SERVICE (membership))
    g_object_get (membership, "domain", &domain, NULL);
  text = domain ? g_bytes_get_data (domain, &size) : NULL;
  return g_strndup (size > 0 ? text : "", size);
}

/* What it says of itself, against what the file or its heartbeats say. */
static void
compare (CatalinaProbeResult *result, const Peer *peer, const char *own)
{
  g_autofree char *name = result->said ? catalina_tool_visit_dup_name (result->said) : NULL;
  g_autoptr (GBytes) domain = tribes_member_dup_domain (peer->member);
  gsize size;
  const char *text = g_bytes_get_data (domain, &size);

  if (result->said && !is_at (result->said, &peer->endpoint))
    catalina_probe_result_judge (result, CATALINA_PROBE_CRITICAL,
                                 "it calls itself %s: others do not take it for the member at %s",
                                 name, result->name);
  else if (result->said && peer->has_id
           && memcmp (tribes_member_get_unique_id (result->said),
                      tribes_member_get_unique_id (peer->member), TRIBES_MEMBER_ID_SIZE)
                  != 0)
    catalina_probe_result_judge (result, CATALINA_PROBE_CRITICAL,
                                 "its unique id is another than the file says");
  else if (peer->heartbeats > 0
           && (size != strlen (own) || (size > 0 && memcmp (text, own, size) != 0)))
    catalina_probe_result_judge (result, CATALINA_PROBE_WARNING,
                                 "its domain is \"%.*s\", that of this node \"%s\"", (int) size,
                                 size > 0 ? text : "", own);
}

static void
judge_silence (CatalinaProbeResult *result, const Hearing *self, double wait_s)
{
  const CatalinaProbeHeard *heard = result->heard;
  gboolean answers = result->ms[CATALINA_PROBE_ANSWER] >= 0;

  if (heard->is_heard == CATALINA_PROBE_NO)
    catalina_probe_result_judge (result, CATALINA_PROBE_CRITICAL,
                                 "it hears this node, but its heartbeats do not arrive here");
  if (heard->lists != CATALINA_PROBE_NO)
    return;
  if (!answers)
    catalina_probe_result_judge (result, CATALINA_PROBE_CRITICAL,
                                 "nothing comes from it: it cannot reach %s", heard->place);
  else if (self->is_multicast)
    catalina_probe_result_judge (result, CATALINA_PROBE_CRITICAL,
                                 "it does not hear the heartbeats of %s, or is of another domain: "
                                 "it has sent nothing within %g s",
                                 heard->place, wait_s);
  else
    catalina_probe_result_judge (result, CATALINA_PROBE_CRITICAL,
                                 "it does not list %s: it has sent nothing within %g s",
                                 heard->place, wait_s);
}

typedef struct
{
  TribesChannel *channel;
  Hearing *hearing;
  gboolean is_elsewhere;
  double wait_s;
  CatalinaProbeLook look;
  gpointer data;
} Looking;

/* When it was heard of first; 0: never. */
static gint64
first_us (const Hearing *self, const Peer *peer, guint64 messages)
{
  if (messages > 0)
    return peer->first_us;
  return self->unnamed > 0 && self->peers->len == 1 ? self->unnamed_us : 0;
}

static CatalinaProbeAnswer
lists (const Looking *self, gint64 heard_us)
{
  if (heard_us > 0)
    return CATALINA_PROBE_YES;
  /* Static members list no place that the file does not have. */
  return self->hearing->unnamed > 0 || (self->is_elsewhere && !self->hearing->is_multicast)
             ? CATALINA_PROBE_NOBODY_KNOWS
             : CATALINA_PROBE_NO;
}

static CatalinaProbeResult *
look_at (const Looking *self, const Peer *peer, guint64 messages)
{
  g_autofree char *name = catalina_tool_visit_dup_name (peer->member);
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (self->channel);
  g_autofree char *domain = dup_domain (tribes_channel_get_membership (self->channel));
  CatalinaProbeResult *result = catalina_probe_result_new (name);
  CatalinaProbeHeard *heard = g_new0 (CatalinaProbeHeard, 1);
  gint64 heard_us = first_us (self->hearing, peer, messages);

  heard->place = catalina_tool_visit_dup_name (local);
  heard->lists = lists (self, heard_us);
  heard->ms = heard_us > 0 ? (double) MAX (heard_us - self->hearing->began_us, 0) / 1000 : 0;
  if (self->hearing->is_multicast && !peer->is_listed)
    heard->is_heard = peer->heartbeats > 0 ? CATALINA_PROBE_YES : CATALINA_PROBE_NO;
  result->heard = heard;
  self->look (self->channel, peer->member, result, self->data);
  compare (result, peer, domain);
  judge_silence (result, self->hearing, self->wait_s);
  return result;
}

/* By multicast nobody says who should be there. */
static CatalinaProbeResult *
nobody (TribesMembership *membership, double wait_s)
{
  g_autofree char *address = NULL;
  g_autofree char *name = NULL;
  CatalinaProbeResult *result;
  int port;

  g_object_get (membership, "address", &address, "port", &port, NULL);
  name = g_strdup_printf ("%s:%d", address, port);
  result = catalina_probe_result_new (name);
  catalina_probe_result_judge (result, CATALINA_PROBE_CRITICAL,
                               "nobody was heard in this group within %g s", wait_s);
  return result;
}

static GPtrArray *
look_at_all (const Looking *self, TribesMembership *membership)
{
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_probe_result_free);
  g_autoptr (GArray) messages = g_array_new (FALSE, FALSE, sizeof (guint64));

  /* What is answered to this one is another thing. */
  for (guint i = 0; i < self->hearing->peers->len; i++)
    {
      const Peer *peer = g_ptr_array_index (self->hearing->peers, i);

      g_array_append_val (messages, peer->messages);
    }
  for (guint i = 0; i < messages->len; i++)
    g_ptr_array_add (results, look_at (self, g_ptr_array_index (self->hearing->peers, i),
                                       g_array_index (messages, guint64, i)));
  if (results->len == 0 && self->hearing->is_multicast)
    g_ptr_array_add (results, nobody (membership, self->wait_s));
  return results;
}

static GPtrArray *
hear_and_look (Hearing *hearing,
               const CatalinaToolJoin *join,
               XmlconfCluster *config,
               double wait_s,
               CatalinaProbeLook look,
               gpointer data,
               GError **error)
{
  XmlconfNode *channel = xmlconf_node_get_child (xmlconf_cluster_get_node (config), "Channel");
  XmlconfNode *receiver = channel ? xmlconf_node_get_child (channel, "Receiver") : NULL;
  Looking self = { .hearing = hearing, .wait_s = wait_s, .look = look, .data = data };
  g_autoptr (CatalinaToolObserver) observer = NULL;
  g_autoptr (TribesMember) local = NULL;
  TribesMembership *membership;

  hearing->began_us = g_get_real_time ();
  observer = stand_in (join, receiver, hearing, &self.is_elsewhere, error);
  if (!observer)
    return NULL;
  self.channel = catalina_cluster_get_channel (catalina_tool_observer_get_cluster (observer));
  local = tribes_channel_dup_local_member (self.channel);
  hearing->local = tribes_observed_endpoint (local);
  membership = tribes_channel_get_membership (self.channel);
  hearing->is_multicast
      = TRIBES_IS_MCAST_SERVICE (membership) && catalina_tool_observer_announces (observer);
  add_all_listed (hearing, channel);
  if (self.is_elsewhere || join->receiver)
    add_listed (hearing, receiver ? xmlconf_node_get_string (receiver, "address") : NULL,
                receiver ? xmlconf_node_get_int (receiver, "port") : 0, NULL);
  (void) !catalina_tool_visit_wait (wait_s, has_heard_all, NULL, hearing);
  return look_at_all (&self, membership);
}

GPtrArray *
catalina_probe_heard (const CatalinaToolJoin *join,
                      double wait_s,
                      CatalinaProbeLook look,
                      gpointer data,
                      GError **error)
{
  g_autoptr (XmlconfConfig) file
      = catalina_tool_load_config (join->config, join->definitions, NULL, NULL, error);
  XmlconfCluster *config = file ? catalina_tool_choose_cluster (file, join->cluster, error) : NULL;
  Hearing hearing = { .peers = g_ptr_array_new_with_free_func (peer_free) };
  GPtrArray *results
      = config ? hear_and_look (&hearing, join, config, wait_s, look, data, error) : NULL;

  g_ptr_array_unref (hearing.peers);
  return results;
}
