/* SPDX-License-Identifier: Apache-2.0
 *
 * Somebody who asks members of a cluster and is none: it announces nothing, is in nobody's list,
 * and is gone when it has its answers, for which it listens at a port of its own.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-options-private.h"
#include "tribes/channel/tribes-channel-private.h"

G_BEGIN_DECLS

typedef struct
{
  double timeout; /* seconds, for each answer */
  char *domain;   /* nullable: what a DomainFilterInterceptor there lets through */
  char *local;    /* nullable: HOST:PORT where answers are to come to */
  char *channel;  /* nullable: a server.xml whose interceptors the members have, too */
  /* (nullable): what chooses a cluster of that file, and stands for what in it; somebody else's. */
  const char *cluster;
  char **definitions;
} CatalinaToolVisit;

/* The options that all who visit have, for a GOptionEntry table. */
#define CATALINA_TOOL_VISIT_ENTRIES(visit)                                                         \
  { "timeout",                                                                                     \
    't',                                                                                           \
    0,                                                                                             \
    G_OPTION_ARG_DOUBLE,                                                                           \
    &(visit)->timeout,                                                                             \
    "how long to wait for each answer (3)",                                                        \
    "SECONDS" },                                                                                   \
      { "domain",                                                                                  \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_STRING,                                                                       \
        &(visit)->domain,                                                                          \
        "be of this domain, for members with a DomainFilterInterceptor",                           \
        "NAME" },                                                                                  \
      { "channel",                                                                                 \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_FILENAME,                                                                     \
        &(visit)->channel,                                                                         \
        "encrypt, compress and divide as the channel of this server.xml",                          \
        "FILE" },                                                                                  \
  {                                                                                                \
    "receiver", 'r', 0, G_OPTION_ARG_STRING, &(visit)->local,                                      \
        "where the answers of members are to come to (a free port of the address that "            \
        "reaches them)",                                                                           \
        "HOST:PORT"                                                                                \
  }

void catalina_tool_visit_clear (CatalinaToolVisit *visit);
/* What is wrong with the values. */
gboolean catalina_tool_visit_check (const CatalinaToolVisit *visit,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The member at HOST:PORT; a name is looked up, which may take its time. */
TribesMember *catalina_tool_visit_parse (const char *text,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A started channel from which @members can be reached, and which they can answer.
 * @members: (element-type TribesMember) */
TribesChannel *catalina_tool_visit_begin (const CatalinaToolVisit *visit,
                                          GPtrArray *members,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_tool_visit_end (TribesChannel *channel);

/* Asks for a channel that nobody has, which every Tomcat answers by saying so: that changes nothing.
 * FALSE if it does not take the question. @ms: (out): what the answer took; less than 0: there was
 * none within the time-out. @said: (out) (optional) (nullable): as whom it answers. */
gboolean catalina_tool_visit_ask_nobody (const CatalinaToolVisit *visit,
                                         TribesChannel *channel,
                                         TribesMember *member,
                                         double *ms,
                                         TribesMember **said,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What it may be that does not answer that, for who is told of it. */
char *catalina_tool_visit_dup_silence (const CatalinaToolVisit *visit, TribesChannel *channel);

/* Sends and waits, @seconds at most, for the acknowledgement that @options want. @ms: (out)
 * (optional): how long that took. */
gboolean catalina_tool_visit_send (TribesChannel *channel,
                                   TribesMember *member,
                                   GBytes *payload,
                                   TribesSendOptions options,
                                   double seconds,
                                   double *ms,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Waits until @is_done is TRUE; FALSE if it is not for @seconds. What happens meanwhile may put
 * that off: @us, if not 0, is when something last did, as g_get_monotonic_time() tells it. */
gboolean catalina_tool_visit_wait (double seconds,
                                   gboolean (*is_done) (gpointer data),
                                   const gint64 *us,
                                   gpointer data) G_GNUC_WARN_UNUSED_RESULT;

/* How a member is called on a command line. */
char *catalina_tool_visit_dup_name (TribesMember *member);

G_END_DECLS
