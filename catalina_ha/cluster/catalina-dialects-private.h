/* SPDX-License-Identifier: Apache-2.0
 *
 * Which form of session messages each member speaks: Tomcat 7.0 writes serialVersionUID 1, later
 * ones 2, and neither understands the other's. Each message that was received tells about its
 * sender. One that has said nothing since it came may be told much before it does: it is taken for a
 * later one, but for a Tomcat 7.0 where nobody has been anything else.
 * Bounded, and keyed by host and port: the unique id in a message may be another than in the list
 * of members.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef struct _CatalinaDialects CatalinaDialects;

CatalinaDialects *catalina_dialects_new (void);
void catalina_dialects_free (CatalinaDialects *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaDialects, catalina_dialects_free)

/* @member wrote @version; anything but 1 counts as 2. Whether that is news. */
gboolean catalina_dialects_heard (CatalinaDialects *self, TribesMember *member, guint version);
/* @member is gone; at its place may come another Tomcat. */
void catalina_dialects_forget (CatalinaDialects *self, TribesMember *member);

/* The version in which to write to @member. */
guint catalina_dialects_get (CatalinaDialects *self, TribesMember *member);
/* The same for a question. One that was asked before and is silent may not have understood it: it
 * is asked in the other form then, in turns. */
guint catalina_dialects_get_to_ask (CatalinaDialects *self, TribesMember *member, gint64 now_ms);

G_END_DECLS
