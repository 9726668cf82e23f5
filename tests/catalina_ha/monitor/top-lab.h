/* SPDX-License-Identifier: Apache-2.0
 *
 * A CatalinaTop whose messages are said by a test, at times that the test makes up.
 */
#pragma once

#include "catalina_ha/monitor/catalina-top-screen-private.h"

G_BEGIN_DECLS

/* When it begins. */
#define TOP_LAB_START G_GINT64_CONSTANT (1700000000000000)

typedef struct
{
  CatalinaTop *top;
  gint64 now_us; /* behind the start */
} TopLab;

/* The window is a second. */
void top_lab_init (TopLab *lab);
void top_lab_clear (TopLab *lab);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TopLab, top_lab_clear)

void top_lab_advance (TopLab *lab, gint64 us);
/* A delta from 10.0.0.@from to 10.0.0.@to, of 1,000 bytes, that sets strings; @attributes end with
 * NULL. Returns the tag of its acknowledgement. */
guint top_lab_say (TopLab *lab,
                   guint from,
                   guint to,
                   const char *context,
                   const char *session,
                   const char *const *attributes);
/* The simplest of them. */
guint top_lab_say_something (TopLab *lab);
void top_lab_tell (TopLab *lab, guint tag, TribesFate fate, gint64 latency_us);

G_END_DECLS
