/* SPDX-License-Identifier: Apache-2.0
 *
 * Members within serialized objects: of static membership, and of replicated maps. Exported for the
 * libraries above; no API.
 *
 * Tomcat's MemberImpl names no serialVersionUID, and what Java computes for it differs between 7.0,
 * 8.5 and 9.0, 10.0, and 10.1 and later; one of them refuses objects of another. All of them are
 * read here. What is written here is a StaticMember, whose serialVersionUID is the same in all of
 * them, without the descriptor of the class it inherits from: Java asks nothing of that of a class
 * that writes itself. So there is one form that every Tomcat reads, and nobody has to know which
 * Tomcat will.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* (transfer full) (nullable): the member package in an object that is a member, whatever it says;
 * %NULL for other objects and where the package is longer than any, or than @max_size. */
GBytes *tribes_java_member_dup_package (TribesJavaValue *value, gsize max_size);
/* Errors: TRIBES_ERROR_MALFORMED where it is no member, and those of tribes_member_decode(). */
TRIBES_API
TribesMember *tribes_member_from_java (TribesJavaValue *value,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
TribesJavaValue *tribes_member_to_java (TribesMember *member);

G_END_DECLS
