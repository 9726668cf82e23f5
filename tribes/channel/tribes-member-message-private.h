/* SPDX-License-Identifier: Apache-2.0
 *
 * What members of a StaticMembershipService ask and tell each other.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"
#include "tribes/membership/tribes-static-core-private.h"

G_BEGIN_DECLS

#define TRIBES_MEMBER_MESSAGE_CLASS                                                                \
  "org.apache.catalina.tribes.membership.StaticMembershipProvider$MemberMessage"

typedef struct
{
  TribesStaticKind kind; /* as it came: it need not be one of them */
  GBytes *id;            /* owned; of those who ask each other */
  TribesMember *member;  /* owned; of whom it tells */
} TribesMemberMessage;

#define TRIBES_MEMBER_MESSAGE_INIT                                                                 \
  {                                                                                                \
    0, NULL, NULL                                                                                  \
  }

TRIBES_API
gboolean tribes_member_message_read (TribesJavaValue *value,
                                     TribesMemberMessage *message,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "start", "stop", "ping"; NULL for others. */
TRIBES_API
const char *tribes_member_message_kind_to_string (TribesStaticKind kind);
/* Of those who ask each other, as text: bytes of ISO-8859-1. NULL where it is nothing that can be
 * read. (transfer full) */
TRIBES_API
char *tribes_member_message_dup_id (const TribesMemberMessage *message);
TRIBES_API
void tribes_member_message_clear (TribesMemberMessage *message);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesMemberMessage, tribes_member_message_clear)

TRIBES_API
TribesJavaValue *
tribes_member_message_write (TribesStaticKind kind, GBytes *id, TribesMember *member);

G_END_DECLS
