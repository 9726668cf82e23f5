/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has what a request of the application changed, and who has not. Exported for the programs;
 * not API.
 */
#pragma once

#include <gio/gio.h>

#include "catalina_ha/catalina-visibility.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_OUTCOME_SENT,    /* as the send options ask for */
  CATALINA_OUTCOME_MISSING, /* to one that has no such context */
  CATALINA_OUTCOME_SLOW, /* on its way to a member that did not answer last time: not waited for */
  CATALINA_OUTCOME_FAILED, /* could not be told */
} CatalinaOutcome;

#define CATALINA_N_OUTCOMES (CATALINA_OUTCOME_FAILED + 1)

typedef struct
{
  TribesMember *member;
  CatalinaOutcome outcome; /* the worst of the request's messages */
} CatalinaTold;

typedef struct
{
  char *id;     /* nullable: of the session, where the request gave it one */
  GArray *told; /* of CatalinaTold, in the order of the members */
} CatalinaReport;

CatalinaReport *catalina_report_new (void);
void catalina_report_free (CatalinaReport *report);
void catalina_report_add (CatalinaReport *report, TribesMember *member, CatalinaOutcome outcome);

/* (transfer full): what a channel says of a message that tells of something done here, as an error
 * of CATALINA_ERROR. */
GError *catalina_report_translate (const GError *cause);

/* @result: of one of a manager's requests. (nullable): NULL where nothing came of it. */
CATALINA_API
const CatalinaReport *catalina_report_get (GAsyncResult *result);
void catalina_report_attach (CatalinaReport *report, GTask *task);

G_END_DECLS
