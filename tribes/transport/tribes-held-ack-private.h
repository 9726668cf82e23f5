/* SPDX-License-Identifier: Apache-2.0
 *
 * Acknowledgements that are kept back, because who handles a message is not done with it when it
 * returns. An acknowledgement does not say which message it is for, so what comes after one on the
 * same connection waits behind it. None is kept longer than was said when it was.
 */
#pragma once

#include <gio/gio.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* One of them; whoever has it lets it go, maybe long after its connection is closed. */
typedef struct _TribesHeldAck TribesHeldAck;

/* Lets the acknowledgement leave, if it has not by itself. */
TRIBES_API
void tribes_held_ack_free (TribesHeldAck *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesHeldAck, tribes_held_ack_free)

/* FALSE: it was kept as long as it may be, or whoever waits for it is gone. */
TRIBES_API
gboolean tribes_held_ack_is_held (const TribesHeldAck *self);

/* Those of one connection, in order: what is kept, and what waits behind it. */
typedef struct
{
  GQueue slots; /* of TribesHeldAck */
  /* Called when one that was kept may leave. */
  void (*released) (gpointer data);
  gpointer data;
} TribesHeldAcks;

/* @max_ms: how long at most, in @context. */
TribesHeldAck *tribes_held_ack_new (GMainContext *context, guint max_ms);
TribesHeldAck *tribes_held_ack_ref (TribesHeldAck *self);
/* @self: (nullable): it is kept all the same. */
void tribes_held_ack_unref (TribesHeldAck *self);

void tribes_held_acks_init (TribesHeldAcks *self, void (*released) (gpointer data), gpointer data);
/* The connection is closed. */
void tribes_held_acks_clear (TribesHeldAcks *self);
/* @held: (nullable) (transfer full): kept until it is let go, as it may have been by now; else it
 * waits for those before only. @bytes: static */
void tribes_held_acks_add (TribesHeldAcks *self, TribesHeldAck *held, const guint8 *bytes);
/* (nullable): the next that may leave. */
const guint8 *tribes_held_acks_pop (TribesHeldAcks *self);
guint tribes_held_acks_get_length (const TribesHeldAcks *self);

G_END_DECLS
