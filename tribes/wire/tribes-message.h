/* SPDX-License-Identifier: Apache-2.0
 *
 * What travels between members: a payload, its sender, an id and option bits. Immutable; a received
 * one keeps the bytes it came in alive, and nothing else.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_MESSAGE (tribes_message_get_type ())

/**
 * TribesSendOptions:
 * @TRIBES_SEND_OPTIONS_NONE: nothing special
 * @TRIBES_SEND_OPTIONS_BYTE_MESSAGE: the payload is bytes, not a serialized Java object
 * @TRIBES_SEND_OPTIONS_USE_ACK: the receiver acknowledges; alone: when it has received
 * @TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK: the receiver acknowledges after it has processed; with
 *   %TRIBES_SEND_OPTIONS_USE_ACK
 * @TRIBES_SEND_OPTIONS_ASYNCHRONOUS: the sender does not wait
 * @TRIBES_SEND_OPTIONS_SECURE: over the secure port
 * @TRIBES_SEND_OPTIONS_UDP: over UDP
 * @TRIBES_SEND_OPTIONS_MULTICAST: over multicast
 *
 * How a message travels. The bits go over the wire; an interceptor may define bits of its own from
 * 0x100 up.
 *
 * Tomcat counterpart: `Channel.SEND_OPTIONS_*`.
 *
 * Since: 0.1
 */
typedef enum /*< flags >*/
{
  TRIBES_SEND_OPTIONS_NONE = 0,
  TRIBES_SEND_OPTIONS_BYTE_MESSAGE = 0x01,
  TRIBES_SEND_OPTIONS_USE_ACK = 0x02,
  TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK = 0x04,
  TRIBES_SEND_OPTIONS_ASYNCHRONOUS = 0x08,
  TRIBES_SEND_OPTIONS_SECURE = 0x10,
  TRIBES_SEND_OPTIONS_UDP = 0x20,
  TRIBES_SEND_OPTIONS_MULTICAST = 0x40,
} TribesSendOptions;

/**
 * TribesMessage:
 *
 * One message as it travels between members: options, time stamp, id, sender and payload.
 * Immutable.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.io.ChannelData`.
 *
 * Since: 0.1
 */
typedef struct _TribesMessage TribesMessage;

TRIBES_API
GType tribes_message_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesMessage *tribes_message_new (TribesMember *address,
                                   GBytes *payload,
                                   TribesSendOptions options,
                                   gint64 timestamp_ms);
TRIBES_API
TribesMessage *
tribes_message_with_payload (TribesMessage *message, GBytes *payload, TribesSendOptions options);
TRIBES_API
TribesMessage *tribes_message_ref (TribesMessage *message);
TRIBES_API
void tribes_message_unref (TribesMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesMessage, tribes_message_unref)

TRIBES_API
TribesSendOptions tribes_message_get_options (TribesMessage *message);
TRIBES_API
gint64 tribes_message_get_timestamp (TribesMessage *message);
TRIBES_API
GBytes *tribes_message_dup_unique_id (TribesMessage *message);
TRIBES_API
TribesMember *tribes_message_dup_address (TribesMessage *message);
TRIBES_API
GBytes *tribes_message_dup_payload (TribesMessage *message);
TRIBES_API
const guint8 *tribes_message_peek_payload (TribesMessage *message, gsize *size);
TRIBES_API
char *tribes_message_to_string (TribesMessage *message);

TRIBES_API
TribesMessage *tribes_message_decode (GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
GBytes *tribes_message_encode (TribesMessage *message);

G_END_DECLS
