/* SPDX-License-Identifier: Apache-2.0
 *
 * Configurations to check, and parts to make them of.
 */
#pragma once

#include "xmlconf/xmlconf-report-private.h"

G_BEGIN_DECLS

#define CLASS(name) "className='org.apache.catalina." name "' "
#define INTERCEPTOR(name, attributes)                                                              \
  "<Interceptor " CLASS ("tribes.group.interceptors." name) attributes "/>"
#define PING     INTERCEPTOR ("TcpPingInterceptor", "")
#define DETECTOR INTERCEPTOR ("TcpFailureDetector", "")
#define DISPATCH INTERCEPTOR ("MessageDispatchInterceptor", "")
#define ID(n)    "uniqueId='{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0," n "}' "
#define MEMBER(host, port, more)                                                                   \
  "<Member " CLASS ("tribes.membership.StaticMember") "host='" host "' port='" port "' " more "/>"
#define LOCAL(more) "<LocalMember " CLASS ("tribes.membership.StaticMember") more "/>"
#define STATIC(members)                                                                            \
  "<Interceptor " CLASS ("tribes.group.interceptors.StaticMembershipInterceptor") ">" members      \
                                                                                  "</Interceptor>"
#define RECEIVER(attributes)                                                                       \
  "<!-- a network of its own --><Receiver " CLASS ("tribes.transport.nio.NioReceiver") attributes  \
      "/>"
#define NODE1             RECEIVER ("address='10.0.0.1' port='4000' autoBind='0'")
#define NODE2             RECEIVER ("address='10.0.0.2' port='4000' autoBind='0'")
#define MCAST(attributes) "<Membership " CLASS ("tribes.membership.McastService") attributes "/>"
#define GROUP             "address='228.1.2.3' port='45000' "
#define SENDER(attributes)                                                                         \
  "<Sender " CLASS ("tribes.transport.ReplicationTransmitter") "><Transport " CLASS (              \
      "tribes.transport.nio.PooledParallelSender") attributes "/></Sender>"
#define CHANNEL(inside) "<Channel " CLASS ("tribes.group.GroupChannel") ">" inside "</Channel>"
#define CLUSTER(attributes, inside)                                                                \
  "<Cluster " CLASS ("ha.tcp.SimpleTcpCluster") attributes ">" inside "</Cluster>"
#define SERVER(inside) "<Server port='8005'><Service name='S'>" inside "</Service></Server>"
#define ENGINE(inside)                                                                             \
  SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n1'>" inside "<Host name='h'/></Engine>")
#define LISTED    "channelSendOptions='6' channelStartOptions='3' "
#define MULTICAST "channelSendOptions='6' "

/* Two sound configurations, and places to change in them. */
#define STATIC_CHANNEL(receiver, members) CHANNEL (receiver PING DETECTOR DISPATCH STATIC (members))
#define OTHER                             MEMBER ("10.0.0.2", "4000", ID ("2"))
#define SOUND_STATIC                      ENGINE (CLUSTER (LISTED, STATIC_CHANNEL (NODE1, OTHER)))
#define WITH(attributes, inside)                                                                   \
  ENGINE (CLUSTER (LISTED attributes, inside STATIC_CHANNEL (NODE1, OTHER)))
#define WITH_CHANNEL(inside)    ENGINE (CLUSTER (LISTED, CHANNEL (inside)))
#define WITH_RECEIVER(receiver) ENGINE (CLUSTER (LISTED, STATIC_CHANNEL (receiver, OTHER)))
#define WITH_MEMBERS(members)   ENGINE (CLUSTER (LISTED, STATIC_CHANNEL (NODE1, members)))
#define WITH_MCAST(attributes)                                                                     \
  ENGINE (CLUSTER (MULTICAST, CHANNEL (MCAST (attributes) NODE1 DISPATCH DETECTOR)))
#define SOUND_MULTICAST     WITH_MCAST (GROUP)
#define KEY                 "encryptionKey='5f3a9c0d71e2b8464ad7f1059e6c38b2' "
#define ENCRYPT(attributes) INTERCEPTOR ("EncryptInterceptor", attributes)
#define WITH_ENCRYPT(attributes)                                                                   \
  WITH_CHANNEL (NODE1 ENCRYPT (attributes) PING DETECTOR DISPATCH STATIC (OTHER))
#define VALVE(name)            "<Valve " CLASS (name) "/>"
#define CLUSTER_LISTENER(name) "<ClusterListener " CLASS (name) "/>"

/* Which rules found something so far. */
extern gboolean check_lab_seen[XMLCONF_N_RULES];

/* As if @filename held @text, for a version of Tomcat; (transfer full). */
XmlconfConfig *check_lab_parse (const char *text, const char *filename, const char *tomcat);
/* Their ids in order, parted by spaces; each has a line and says what it does and what to do. */
char *check_lab_dup_ids (GPtrArray *findings);
void check_lab_assert_found (const char *text, const char *tomcat, const char *expected);

/* Tests that are beside the others in files of their own. */
void check_lab_add_applications (void);
void check_lab_add_nodes (void);

G_END_DECLS
