/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as bytes: reading the body of a frame without copying any of it, and writing one.
 */
#pragma once

#include "tribes/wire/tribes-member-private.h"
#include "tribes/wire/tribes-message.h"
#include "tribes/base/tribes-writer-private.h"

G_BEGIN_DECLS

/* Size of the ids this side writes. */
#define TRIBES_MESSAGE_ID_SIZE 16

/* What a message says, borrowed from wherever it is. */
typedef struct
{
  guint32 options;
  gint64 timestamp_ms;
  const guint8 *unique_id;
  gsize unique_id_size;
  const guint8 *address; /* a member package, checked */
  gsize address_size;
  TribesMember *known; /* (nullable): a member that says what @address says */
  const guint8 *payload;
  gsize payload_size;
} TribesMessageFields;

/* Reads a message, which must fill @reader. Checks the sender's member package too, unless it is
 * that of @known (nullable), the sender of an earlier message. */
gboolean tribes_message_parse (TribesReader *reader,
                               const TribesLimits *limits,
                               TribesMember *known,
                               TribesMessageFields *fields,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes a message that outlives what @fields borrow from. @backing: (nullable): the buffer that
 * holds the payload, kept instead of a copy. A known sender is shared. */
TribesMessage *tribes_message_new_from_fields (const TribesMessageFields *fields, GBytes *backing);

void tribes_message_write (TribesMessage *message, TribesWriter *writer);
/* Everything of the message that stands before the payload; the payload follows. */
void tribes_message_write_head (TribesMessage *message, TribesWriter *writer);

/* What an interceptor makes of @message where it puts something behind it, or sends a part of it:
 * one allocation, and one copy of @data. */
TribesMessage *tribes_message_with_trailer (TribesMessage *message,
                                            const guint8 *data,
                                            gsize size,
                                            const guint8 *trailer,
                                            gsize trailer_size);
/* The first @size bytes of its payload: what an interceptor leaves of a message when it takes its
 * own away. A large one is not copied. */
TribesMessage *tribes_message_with_head (TribesMessage *message, gsize size);

/* Makes of the same what another message carries, for the same destinations. NULL: it cannot. */
typedef TribesMessage *(*TribesMessageRemakeFunc) (gpointer data);

/* (transfer full): @message, which does not keep for longer than @keeps_us and may not be sent
 * twice. Whoever changes it has one that keeps, as nobody can make that anew. */
TRIBES_API
TribesMessage *tribes_message_with_remake (TribesMessage *message,
                                           gint64 keeps_us,
                                           TribesMessageRemakeFunc remake,
                                           gpointer data,
                                           GDestroyNotify destroy);
/* -1: for ever */
gint64 tribes_message_get_keeps (TribesMessage *message);
/* (transfer full) (nullable): in place of @message, which does not keep */
TribesMessage *tribes_message_remake (TribesMessage *message);

const guint8 *tribes_message_peek_unique_id (TribesMessage *message, gsize *size);
TribesMember *tribes_message_peek_address (TribesMessage *message);

G_END_DECLS
