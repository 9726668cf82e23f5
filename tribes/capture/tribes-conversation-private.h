/* SPDX-License-Identifier: Apache-2.0
 *
 * The two directions of one TCP connection: messages one way, their acknowledgements the other.
 */
#pragma once

#include "tribes/capture/tribes-capture-private.h"
#include "tribes/capture/tribes-frames-private.h"

G_BEGIN_DECLS

/* What all conversations of a capture share. */
typedef struct
{
  TribesCaptureLimits limits;
  TribesCaptureCounts counts;
  const TribesCaptureSink *sink;
  gpointer user_data;
  gint64 now_us; /* of the packet that is read */
} TribesConversations;

typedef struct _TribesConversation TribesConversation;

typedef struct
{
  gint64 time_us;
  guint tag;
  gboolean is_cut; /* nobody knows whether its end was sent */
} TribesWaiting;

typedef struct
{
  TribesConversation *conversation;
  TribesSegments segments;
  TribesFrames frames;
  TribesWaiting *waiting; /* nullable: messages whose acknowledgement has not come; a ring */
  guint first_waiting;
  guint n_waiting;
  gboolean expects_frame; /* what comes next has to be one */
} TribesDirection;

/* The end points in the order of their bytes, for a table. */
typedef struct
{
  TribesEndpoint low;
  TribesEndpoint high;
} TribesConversationKey;

struct _TribesConversation
{
  TribesConversationKey key;
  TribesConversations *all;
  GList link;                    /* in the order of use */
  gsize held;                    /* bytes, as counted last */
  TribesDirection directions[2]; /* from the lower end point, from the higher */
};

TribesConversation *tribes_conversation_new (TribesConversations *all,
                                             const TribesConversationKey *key);
/* Tells what it has of unfinished frames and acknowledgements. */
void tribes_conversation_end (TribesConversation *self);
void tribes_conversation_free (TribesConversation *self);
void tribes_conversation_add (TribesConversation *self, guint from, const TribesPacket *packet);

/* What a frame that is no acknowledgement says, to the sink. Returns what it is to be known by if
 * it is acknowledged; @wants_ack says whether it should be. */
guint tribes_conversations_tell (TribesConversations *all,
                                 const TribesCapturedFrame *frame,
                                 const TribesEndpoint *from,
                                 const TribesEndpoint *to,
                                 gboolean is_udp,
                                 gboolean *wants_ack);

G_END_DECLS
