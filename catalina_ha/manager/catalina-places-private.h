/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has which session of a manager that does not have them all. Exported for the programs; not
 * API.
 */
#pragma once

#include "catalina_ha/manager/catalina-manager.h"

G_BEGIN_DECLS

typedef struct
{
  const char *id;
  const char *role;      /* "primary", "backup", "proxy" */
  TribesMember *primary; /* nullable */
  GPtrArray *backups;    /* nullable: of TribesMember */
  gboolean held;         /* it is here */
} CatalinaPlace;

typedef struct
{
  const char *state;  /* "new", "transferred", "initialized", "destroyed" */
  GPtrArray *members; /* of TribesMember: those that have the context */
  GArray *places;     /* of CatalinaPlace; the ids are the manager's */
  guint total;
} CatalinaPlaces;

CATALINA_API
void catalina_places_free (CatalinaPlaces *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaPlaces, catalina_places_free)

CATALINA_API
void catalina_place_clear (CatalinaPlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaPlace, catalina_place_clear)

/* FALSE: all members have all sessions, or there is none with this id; @place is empty then. Its id
 * is the manager's. */
CATALINA_API
gboolean catalina_manager_find_place (CatalinaManager *self, const char *id, CatalinaPlace *place);

/* (nullable) (transfer full): a part of all; NULL: all members have all sessions. */
CATALINA_API
CatalinaPlaces *catalina_manager_list_places (CatalinaManager *self, guint offset, guint limit);

G_END_DECLS
