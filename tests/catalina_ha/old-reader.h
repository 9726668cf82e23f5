/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a session state as Tomcats did that know of no authentication notes, with their casts: what
 * they would throw at is an error here.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  OLD_READER_9_0_65, /* DeltaSession.doReadObject() of 9.0.65, 8.5.82, 10.0.23 */
  OLD_READER_7_0,    /* DeltaSession.readObject() of 7.0 */
} OldReader;

/* "id user attribute,attribute" of each session, of which the user may be "-"; NULL with @error
 * set where that Tomcat would have started empty. */
GPtrArray *old_reader_read (OldReader version, GBytes *state, GError **error);

G_END_DECLS
