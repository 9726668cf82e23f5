/* SPDX-License-Identifier: Apache-2.0
 *
 * What can go wrong anywhere in this library, by what a caller can do about it. Messages name what
 * was expected and what was found, and the offset where bytes were read.
 */
#pragma once

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/**
 * TRIBES_ERROR:
 *
 * Error domain of libtribes; codes are of [enum@Tribes.Error].
 *
 * Since: 0.1
 */
#define TRIBES_ERROR (tribes_error_quark ())

/**
 * TribesError:
 * @TRIBES_ERROR_TRUNCATED: the bytes end before the thing they describe does; with more bytes it
 *   may be readable
 * @TRIBES_ERROR_MALFORMED: the bytes are not what the protocol says; drop them, and whoever sent
 * them
 * @TRIBES_ERROR_LIMIT: well formed, but over a limit; raise the limit if the sender is trusted
 * @TRIBES_ERROR_UNSUPPORTED: understood, but nothing that this library can do
 * @TRIBES_ERROR_TIMED_OUT: nothing was heard in time; may be tried again
 * @TRIBES_ERROR_REFUSED: the other member received the message and said that it failed (fail-ack)
 * @TRIBES_ERROR_NO_MEMBER: the destination is not, or no longer, a member
 * @TRIBES_ERROR_CLOSED: the object is stopped, or the other side closed the connection
 * @TRIBES_ERROR_BUSY: a queue is full; try again later
 * @TRIBES_ERROR_CONFIG: a setting makes no sense; nothing was started
 * @TRIBES_ERROR_FAILED: anything else
 *
 * What went wrong, named by what a caller can do about it.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.ChannelException` and the unchecked exceptions of
 * `XByteBuffer`, `MemberImpl` and `ObjectInputStream`.
 *
 * Since: 0.1
 */
typedef enum
{
  TRIBES_ERROR_TRUNCATED,
  TRIBES_ERROR_MALFORMED,
  TRIBES_ERROR_LIMIT,
  TRIBES_ERROR_UNSUPPORTED,
  TRIBES_ERROR_TIMED_OUT,
  TRIBES_ERROR_REFUSED,
  TRIBES_ERROR_NO_MEMBER,
  TRIBES_ERROR_CLOSED,
  TRIBES_ERROR_BUSY,
  TRIBES_ERROR_CONFIG,
  TRIBES_ERROR_FAILED,
} TribesError;

TRIBES_API
GQuark tribes_error_quark (void);

G_END_DECLS
