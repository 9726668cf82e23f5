/* SPDX-License-Identifier: Apache-2.0
 *
 * What `tribes probe` found out of one member, and how that is printed.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-gather-private.h"
#include "catalina_ha/tools/catalina-tool-observer-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_PROBE_REACH,   /* connected, and the first message acknowledged */
  CATALINA_PROBE_ACK,     /* a message acknowledged */
  CATALINA_PROBE_PROCESS, /* a message processed */
  CATALINA_PROBE_ANSWER,  /* a question answered, on a connection of its own to us */
  CATALINA_PROBE_STEPS,
} CatalinaProbeStep;

/* As Nagios numbers them: the exit code. */
typedef enum
{
  CATALINA_PROBE_OK = 0,
  CATALINA_PROBE_WARNING = 1,
  CATALINA_PROBE_CRITICAL = 2,
  CATALINA_PROBE_UNKNOWN = 3,
} CatalinaProbeVerdict;

/* What is known of something that may be hidden. */
typedef enum
{
  CATALINA_PROBE_NOBODY_KNOWS,
  CATALINA_PROBE_NO,
  CATALINA_PROBE_YES,
} CatalinaProbeAnswer;

/* Of a member as another one sees it. */
typedef struct
{
  char *place;                  /* of the other one: "HOST:PORT" */
  CatalinaProbeAnswer lists;    /* whether it knows the other one, and so sends to it */
  double ms;                    /* after which it did */
  CatalinaProbeAnswer is_heard; /* by multicast; NOBODY_KNOWS where there is none */
} CatalinaProbeHeard;

typedef struct
{
  char *name;                      /* as it was given */
  double ms[CATALINA_PROBE_STEPS]; /* negative: not done */
  CatalinaProbeVerdict verdict;
  char *reason;                   /* nullable: for the verdict */
  TribesMember *said;             /* nullable: what it calls itself */
  CatalinaToolGathered *contexts; /* nullable */
  CatalinaProbeHeard *heard;      /* nullable */
} CatalinaProbeResult;

CatalinaProbeResult *catalina_probe_result_new (const char *name);
/* The first reason for the worst verdict stays. */
void catalina_probe_result_judge (CatalinaProbeResult *result,
                                  CatalinaProbeVerdict verdict,
                                  const char *format,
                                  ...) G_GNUC_PRINTF (3, 4);

typedef enum
{
  CATALINA_PROBE_TEXT,
  CATALINA_PROBE_JSON,
  CATALINA_PROBE_NAGIOS,
  CATALINA_PROBE_PROMETHEUS,
} CatalinaProbeFormat;

/* @warning_ms, @critical_ms: infinite for none; Nagios gets them with its figures.
 * @results: (element-type CatalinaProbeResult) */
char *catalina_probe_format (GPtrArray *results,
                             CatalinaProbeFormat format,
                             double warning_ms,
                             double critical_ms);

/* The worst of them. */
CatalinaProbeVerdict catalina_probe_judge (GPtrArray *results);

void catalina_probe_result_free (CatalinaProbeResult *result);

/* catalina-tool-heard.c: whether the node of a server.xml is heard by the others, and hears them.
 * @look: looks at one of them over a channel. @wait_s: how long a member may take to send
 * something. Returns (element-type CatalinaProbeResult) */
typedef void (*CatalinaProbeLook) (TribesChannel *channel,
                                   TribesMember *member,
                                   CatalinaProbeResult *result,
                                   gpointer data);

GPtrArray *catalina_probe_heard (const CatalinaToolJoin *join,
                                 double wait_s,
                                 CatalinaProbeLook look,
                                 gpointer data,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
