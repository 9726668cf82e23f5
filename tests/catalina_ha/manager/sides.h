/* SPDX-License-Identifier: Apache-2.0
 *
 * Two managers of one context, each the other's only member, and requests at them.
 */
#pragma once

#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/manager/catalina-request.h"
#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

#define CONTEXT "localhost#/shop"

typedef struct _Side Side;

struct _Side
{
  CatalinaManager *manager;
  TribesMember *member;
  Side *other;
  GString *said;  /* the messages about sessions, a letter each */
  gboolean holds; /* its messages */
  GQueue held;    /* of tokens */
};

typedef struct
{
  Side *us;
  Side *them;
} Pair;

Pair *pair_new_with (CatalinaManagerSettings *ours, CatalinaManagerSettings *theirs);
Pair *pair_new (const char *pattern);
/* Behind a load balancer that tells them by these names. */
Pair *pair_new_routed (const char *our_route, const char *their_route, gboolean bind);
void pair_free (Pair *pair);
CatalinaRequest *side_begin (Side *side, const char *id, const char *uri);
void side_set (CatalinaRequest *request, const char *name, int number);
int side_get (Side *side, const char *id, const char *name);
gboolean side_is_primary (Side *side, const char *id);
void side_on_result (GObject *source, GAsyncResult *result, gpointer data);
/* What it says when it is over. */
void side_end_with (CatalinaRequest *request, GError **error);
/* Takes @request. */
void side_end (CatalinaRequest *request);
/* A session that both know and nobody has anything to say of. */
char *side_make (Pair *pair);
/* It knows the other. */
void side_introduce (Side *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

/* Letters of messages, see sides.c; they are forgotten then. */
#define side_assert_said(side, expected)                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_cmpstr ((side)->said->str, ==, (expected));                                           \
    g_string_truncate ((side)->said, 0);                                                           \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
