/* SPDX-License-Identifier: Apache-2.0
 *
 * Session ids for logs, events and messages of errors. Whoever has an id has the session, so none
 * leaves the process this way: a hash stands for it, the same in every process and for ever, so
 * that lines of several members can be joined. Exported for the programs; not API.
 */
#pragma once

#include <glib.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

/* Hex digits: the chance that two of a million sessions have the same is less than one half. */
#define CATALINA_SHOWN_ID_DIGITS 10

/* The first digits of the SHA-256 of @id's UTF-8; or @id itself once catalina_show_whole_ids() has
 * been called, with escapes for control characters and what is no UTF-8: it stays on its line. */
CATALINA_API
char *catalina_shown_id (const char *id);
/* The hash, whatever has been called. */
CATALINA_API
char *catalina_hash_id (const char *id);
/* The same of an id without its end. */
void
catalina_hash_id_into (const char *id, gsize size, char hash[CATALINA_SHOWN_ID_DIGITS + 1]);
/* For this process, before it has threads. */
CATALINA_API
void catalina_show_whole_ids (gboolean whole);
CATALINA_API
gboolean catalina_whole_ids_are_shown (void);

G_END_DECLS
