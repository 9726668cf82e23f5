/* SPDX-License-Identifier: Apache-2.0
 *
 * A sender waits for the acknowledgement of a message before it sends the next on the same
 * connection, so the first that comes is that of the message that waits longest. Behind a hole in
 * either direction nobody knows which it is: what waited then has an unknown fate.
 */
#include "tribes/capture/tribes-conversation-private.h"

#include "tribes/wire/tribes-frame-private.h"

/* Senders other than Tomcat may send ahead; behind so many they have lost count of. */
#define MAX_WAITING 64

/* A sender gives up after this long (ReplicationTransmitter's default timeout). */
#define ACK_TIMEOUT_US (3 * G_USEC_PER_SEC)

static void
tell_fate (TribesDirection *self, TribesFate fate)
{
  TribesConversations *all = self->conversation->all;
  const TribesWaiting *first = &self->waiting[self->first_waiting];

  all->sink->fate (first->tag, fate, all->now_us - first->time_us, all->user_data);
  self->first_waiting = (self->first_waiting + 1) % MAX_WAITING;
  self->n_waiting--;
}

static void
wait_for_ack (TribesDirection *self, guint tag, gboolean is_cut)
{
  TribesConversations *all = self->conversation->all;

  if (!self->waiting)
    self->waiting = g_new (TribesWaiting, MAX_WAITING);
  if (self->n_waiting == MAX_WAITING)
    tell_fate (self, TRIBES_FATE_UNKNOWN);
  self->waiting[(self->first_waiting + self->n_waiting++) % MAX_WAITING]
      = (TribesWaiting){ all->now_us, tag, is_cut };
}

static void
settle (TribesDirection *self, gboolean is_over)
{
  TribesConversations *all = self->conversation->all;
  /* Of a connection that was captured one way nothing is missing. */
  gboolean is_heard = self->conversation->directions[0].segments.started
                      && self->conversation->directions[1].segments.started;

  while (self->n_waiting > 0)
    {
      const TribesWaiting *first = &self->waiting[self->first_waiting];
      gboolean is_late = is_over || all->now_us - first->time_us > ACK_TIMEOUT_US;

      tell_fate (self,
                 is_heard && is_late && !first->is_cut ? TRIBES_FATE_MISSING : TRIBES_FATE_UNKNOWN);
    }
}

/* Of a message that is cut: what is there, in the order in which it lies. */
static void
read_cut_message (TribesReader *in, TribesCapturedMessage *message)
{
  TribesMessageFields *fields = &message->fields;
  const TribesLimits *limits = tribes_limits_get_default ();
  TribesReader address;
  gint32 claimed;

  message->has_options = tribes_reader_u32 (in, "options", &fields->options, NULL);
  if (!message->has_options || !tribes_reader_i64 (in, "time", &fields->timestamp_ms, NULL)
      || !tribes_reader_length (in, "id", limits->unique_id_bytes, &fields->unique_id_size, NULL)
      || !tribes_reader_bytes (in, "id", fields->unique_id_size, &fields->unique_id, NULL)
      || !tribes_reader_length (in, "sender", limits->member_bytes, &fields->address_size, NULL)
      || !tribes_reader_child (in, "sender", fields->address_size, &address, NULL))
    return;
  message->has_sender = tribes_member_parse (&address, &message->sender, NULL);
  if (!tribes_reader_i32 (in, "payload", &claimed, NULL) || claimed < 0)
    return;
  message->payload_full_size = (gsize) claimed;
  fields->payload = in->pos;
  fields->payload_size = MIN (tribes_reader_left (in), message->payload_full_size);
}

static void
read_message (TribesReader *in, TribesCapturedMessage *message)
{
  TribesReader address;

  if (!tribes_message_parse (in, tribes_limits_get_default (), NULL, &message->fields, NULL))
    {
      message->is_broken = TRUE;
      return;
    }
  tribes_reader_init (&address, message->fields.address, message->fields.address_size);
  message->has_options = TRUE;
  message->has_sender = tribes_member_parse (&address, &message->sender, NULL);
  message->payload_full_size = message->fields.payload_size;
}

guint
tribes_conversations_tell (TribesConversations *all,
                           const TribesCapturedFrame *frame,
                           const TribesEndpoint *from,
                           const TribesEndpoint *to,
                           gboolean is_udp,
                           gboolean *wants_ack)
{
  TribesCapturedMessage message = { .packet = all->counts.packets,
                                    .time_us = all->now_us,
                                    .from = from,
                                    .to = to,
                                    .is_udp = is_udp,
                                    .frame = frame->data,
                                    .size = frame->size,
                                    .full_size = frame->full_size,
                                    .is_cut = frame->size < frame->full_size };
  TribesReader in;

  tribes_reader_init (&in, frame->data + TRIBES_FRAME_HEAD_SIZE,
                      frame->size - TRIBES_FRAME_HEAD_SIZE
                          - (message.is_cut ? 0 : TRIBES_FRAME_TAIL_SIZE));
  if (message.is_cut)
    read_cut_message (&in, &message);
  else
    read_message (&in, &message);
  all->counts.messages++;
  all->counts.cut += message.is_cut;
  all->counts.broken += message.is_broken;
  *wants_ack = !is_udp && message.has_options
               && (message.fields.options & TRIBES_SEND_OPTIONS_USE_ACK) != 0;
  return all->sink->message (&message, *wants_ack, all->user_data);
}

static void
take_ack (TribesDirection *self, TribesFate fate)
{
  TribesConversation *conversation = self->conversation;
  TribesDirection *other = &conversation->directions[self == conversation->directions];

  conversation->all->counts.acks++;
  if (other->n_waiting > 0)
    tell_fate (other, fate);
  else
    conversation->all->counts.stray_acks++;
}

static void
tell_stray (TribesDirection *self)
{
  TribesConversation *conversation = self->conversation;
  TribesConversations *all = conversation->all;
  gboolean is_low = self == conversation->directions;
  const TribesCapturedStray stray
      = { .packet = all->counts.packets,
          .time_us = all->now_us,
          .from = is_low ? &conversation->key.low : &conversation->key.high,
          .to = is_low ? &conversation->key.high : &conversation->key.low,
          .data = self->frames.stray,
          .size = self->frames.stray_size,
          .is_frame = self->frames.stray_is_frame };

  if (all->sink->stray)
    all->sink->stray (&stray, all->user_data);
}

/* Whether there were bytes where a frame had to be; once, as what follows belongs to them. */
static void
look_for_strays (TribesDirection *self)
{
  if (G_LIKELY (self->frames.stray_size == 0))
    return;
  if (self->expects_frame)
    tell_stray (self);
  self->expects_frame = FALSE;
  self->frames.stray_size = 0;
}

static void
on_frame (const TribesCapturedFrame *frame, gpointer user_data)
{
  TribesDirection *self = user_data;
  TribesConversation *conversation = self->conversation;
  gboolean is_low = self == conversation->directions;
  TribesFrameKind kind = TRIBES_FRAME_MESSAGE;
  gboolean wants_ack;
  guint tag;

  look_for_strays (self);
  self->expects_frame = TRUE;
  if (frame->size == frame->full_size)
    kind
        = tribes_frame_kind_of_body (frame->data + TRIBES_FRAME_HEAD_SIZE,
                                     frame->size - TRIBES_FRAME_HEAD_SIZE - TRIBES_FRAME_TAIL_SIZE);
  if (kind != TRIBES_FRAME_MESSAGE)
    {
      take_ack (self, kind == TRIBES_FRAME_ACK ? TRIBES_FATE_ACKNOWLEDGED : TRIBES_FATE_FAILED);
      return;
    }
  tag = tribes_conversations_tell (conversation->all, frame,
                                   is_low ? &conversation->key.low : &conversation->key.high,
                                   is_low ? &conversation->key.high : &conversation->key.low, FALSE,
                                   &wants_ack);
  if (wants_ack)
    wait_for_ack (self, tag, frame->size < frame->full_size);
}

static void
on_bytes (const guint8 *data, gsize size, gpointer user_data)
{
  TribesDirection *self = user_data;
  TribesConversation *conversation = self->conversation;

  if (data)
    {
      tribes_frames_feed (&self->frames, data, size, conversation->all->limits.frame_bytes,
                          on_frame, self);
      look_for_strays (self);
      return;
    }
  tribes_frames_skip (&self->frames, size, on_frame, self);
  self->expects_frame = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (conversation->directions); i++)
    settle (&conversation->directions[i], FALSE);
}

static void
start (TribesConversation *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->directions); i++)
    {
      TribesDirection *direction = &self->directions[i];

      direction->conversation = self;
      direction->expects_frame = FALSE;
      tribes_segments_init (&direction->segments, &self->all->counts.segments, on_bytes, direction);
    }
}

TribesConversation *
tribes_conversation_new (TribesConversations *all, const TribesConversationKey *key)
{
  TribesConversation *self = g_new0 (TribesConversation, 1);

  self->key = *key;
  self->all = all;
  self->link.data = self;
  start (self);
  return self;
}

static void
count (TribesConversation *self)
{
  const TribesFrames *a = &self->directions[0].frames;
  const TribesFrames *b = &self->directions[1].frames;

  if (a->n_frames + b->n_frames > 0)
    self->all->counts.skipped += a->skipped + b->skipped;
  else if (a->skipped + b->skipped > 0)
    self->all->counts.foreign++;
}

static void
flush (TribesConversation *self, gboolean is_over)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->directions); i++)
    {
      TribesDirection *direction = &self->directions[i];

      tribes_segments_flush (&direction->segments);
      tribes_frames_skip (&direction->frames, G_MAXSIZE, on_frame, direction);
    }
  for (guint i = 0; i < G_N_ELEMENTS (self->directions); i++)
    settle (&self->directions[i], is_over);
}

void
tribes_conversation_end (TribesConversation *self)
{
  flush (self, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (self->directions); i++)
    tribes_frames_clear (&self->directions[i].frames);
  count (self);
}

void
tribes_conversation_free (TribesConversation *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->directions); i++)
    {
      tribes_segments_clear (&self->directions[i].segments);
      tribes_frames_clear (&self->directions[i].frames);
      g_free (self->directions[i].waiting);
    }
  g_free (self);
}

/* The same ports, another connection. */
static void
begin_anew (TribesConversation *self)
{
  flush (self, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (self->directions); i++)
    {
      tribes_segments_clear (&self->directions[i].segments);
      tribes_frames_clear (&self->directions[i].frames);
    }
  start (self);
  self->all->counts.conversations++;
}

static void
take_syn (TribesConversation *self, TribesDirection *direction, guint32 sequence)
{
  if (tribes_segments_is_start (&direction->segments, sequence))
    return;
  if (direction->segments.started)
    begin_anew (self);
  tribes_segments_start (&direction->segments, sequence);
  direction->expects_frame = TRUE;
}

static void
take_end (TribesConversation *self, TribesDirection *direction, const TribesPacket *packet)
{
  if ((packet->flags & TRIBES_TCP_FIN) != 0)
    tribes_segments_finish (&direction->segments,
                            packet->sequence + (guint32) (packet->payload_size + packet->missing));
  if ((packet->flags & TRIBES_TCP_RST) != 0
      || (tribes_segments_is_finished (&self->directions[0].segments)
          && tribes_segments_is_finished (&self->directions[1].segments)))
    flush (self, TRUE);
}

void
tribes_conversation_add (TribesConversation *self, guint from, const TribesPacket *packet)
{
  TribesDirection *direction = &self->directions[from];
  TribesDirection *other = &self->directions[!from];
  guint32 sequence = packet->sequence;

  if (G_UNLIKELY ((packet->flags & TRIBES_TCP_SYN) != 0))
    take_syn (self, direction, sequence++);
  if ((packet->flags & TRIBES_TCP_ACK) != 0)
    tribes_segments_acknowledge (&other->segments, packet->acknowledged, self->all->now_us);
  tribes_segments_add (&direction->segments, sequence, packet->payload, packet->payload_size,
                       packet->missing, self->all->now_us);
  if (G_UNLIKELY ((packet->flags & (TRIBES_TCP_FIN | TRIBES_TCP_RST)) != 0))
    take_end (self, direction, packet);
}
