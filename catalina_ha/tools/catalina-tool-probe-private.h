/* SPDX-License-Identifier: Apache-2.0
 *
 * What `tribes probe` found out of one member, and how that is printed.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-gather-private.h"

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

typedef struct
{
  char *name;                      /* as it was given */
  double ms[CATALINA_PROBE_STEPS]; /* negative: not done */
  CatalinaProbeVerdict verdict;
  char *reason;                   /* nullable: for the verdict */
  TribesMember *said;             /* nullable: what it calls itself */
  CatalinaToolGathered *contexts; /* nullable */
} CatalinaProbeResult;

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

G_END_DECLS
