/* SPDX-License-Identifier: Apache-2.0
 *
 * All sessions of a state, with what each of their parts takes in it. Exported for the programs;
 * not API.
 */
#pragma once

#include "catalina_ha/messages/catalina-session-state-private.h"

G_BEGIN_DECLS

typedef struct
{
  const CatalinaSessionState *state;
  gsize size;         /* that it has in the state */
  const gsize *sizes; /* of the attributes' values, one for each */
} CatalinaSizedSession;

typedef void (*CatalinaSizedSessionFunc) (const CatalinaSizedSession *session, gpointer data);

/* Calls @func with each; of a state that breaks in the middle with the first ones. */
CATALINA_API
gboolean catalina_state_each (GBytes *bytes,
                              CatalinaSizedSessionFunc func,
                              gpointer data,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of one session that wrote itself, as the entry of a replicated map has it. */
CATALINA_API
gboolean catalina_state_one (GBytes *bytes,
                             CatalinaSizedSessionFunc func,
                             gpointer data,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
