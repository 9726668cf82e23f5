/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames, messages and member packages, taken apart. What tribes_frame_parse(),
 * tribes_message_parse() and tribes_member_parse() refuse has a node here that says why, with all
 * that came before it.
 */
#include "tribes/wire/tribes-dissection-private.h"
#include "tribes/wire/tribes-frame-private.h"

#include <string.h>

#include "tribes/base/tribes-hex-private.h"

/* Beginnings and ends of frames and of member packages are texts. */
#define FRAME_MARKER_SIZE  7
#define MEMBER_MARKER_SIZE 10
#define MEMBER_TEXT_SIZE   8 /* a version of two bytes follows */

static const struct
{
  guint32 bit;
  const char *name;
} option_names[] = {
  { TRIBES_SEND_OPTIONS_BYTE_MESSAGE, "byte" },     { TRIBES_SEND_OPTIONS_USE_ACK, "ack" },
  { TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK, "sync" }, { TRIBES_SEND_OPTIONS_ASYNCHRONOUS, "async" },
  { TRIBES_SEND_OPTIONS_SECURE, "secure" },         { TRIBES_SEND_OPTIONS_UDP, "udp" },
  { TRIBES_SEND_OPTIONS_MULTICAST, "multicast" },
};

/* A cursor that leaves a node for what it goes over. */
typedef struct
{
  TribesDissection *dissection;
  TribesReader in;
} Walk;

static char *
describe_options (guint32 options)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (option_names); i++)
    {
      if (!(options & option_names[i].bit))
        continue;
      g_string_append_printf (text, "%s%s", text->len > 0 ? "+" : "", option_names[i].name);
      options &= ~option_names[i].bit;
    }
  if (options != 0 || text->len == 0)
    g_string_append_printf (text, "%s0x%x", text->len > 0 ? "+" : "", options);
  return g_string_free (text, FALSE);
}

/* The one line about a message. @sender: (nullable) */
static char *
describe_message (const TribesMessageFields *fields, const char *sender)
{
  g_autofree char *options = describe_options (fields->options);
  GString *text = g_string_new (NULL);

  tribes_hex_append (text, fields->unique_id, MIN (fields->unique_id_size, 4));
  g_string_append_printf (text, " from %s, options %s, %" G_GSIZE_FORMAT " bytes",
                          sender ? sender : "nobody", options, fields->payload_size);
  return g_string_free (text, FALSE);
}

/**
 * tribes_message_to_string:
 * @message: a message
 *
 * Returns: (transfer full): sender, options, id and payload size in one line, for logs and people
 *
 * Since: 0.1
 */
char *
tribes_message_to_string (TribesMessage *message)
{
  g_autofree char *sender = tribes_member_to_string (tribes_message_peek_address (message));
  TribesMessageFields fields = { .options = (guint32) tribes_message_get_options (message) };
  g_autofree char *text = NULL;

  fields.unique_id = tribes_message_peek_unique_id (message, &fields.unique_id_size);
  tribes_message_peek_payload (message, &fields.payload_size);
  text = describe_message (&fields, sender);
  return g_strconcat ("message ", text, NULL);
}

static gsize
offset_of (const Walk *walk)
{
  return tribes_reader_offset (&walk->in);
}

/* Takes @error and the rest of the bytes. */
static gboolean
walk_stop (Walk *walk, GError *error)
{
  tribes_dissection_add_problem (walk->dissection, offset_of (walk), tribes_reader_left (&walk->in),
                                 error->message);
  g_error_free (error);
  return FALSE;
}

/* A node comes from the caller, who knows the meaning; @at is its offset. */
static gboolean
walk_take (Walk *walk, const char *what, gsize size, const guint8 **bytes, gsize *at)
{
  GError *error = NULL;

  *at = offset_of (walk);
  return tribes_reader_bytes (&walk->in, what, size, bytes, &error) || walk_stop (walk, error);
}

static gboolean
walk_number (Walk *walk, const char *what, guint size, gint64 *number)
{
  const guint8 *bytes;
  gsize at;

  if (!walk_take (walk, what, size, &bytes, &at))
    return FALSE;
  *number = size == 1   ? bytes[0]
            : size == 4 ? (gint32) tribes_peek_u32 (bytes)
                        : (gint64) tribes_peek_u64 (bytes);
  return TRUE;
}

static gboolean
walk_marker (Walk *walk, const char *name, const char *marker, gsize size, gsize text_size)
{
  gsize at = offset_of (walk);
  GError *error = NULL;

  if (!tribes_reader_expect (&walk->in, name, marker, size, &error))
    return walk_stop (walk, error);
  tribes_dissection_add_text (walk->dissection, name, at, size, marker, (gssize) text_size, NULL);
  return TRUE;
}

/* A length and the bytes it counts, which get a node with @meaning by the caller. */
static gboolean
walk_counted (Walk *walk, const char *what, gsize cap, const guint8 **bytes, gsize *size, gsize *at)
{
  GError *error = NULL;
  gsize counted;

  if (!tribes_reader_length (&walk->in, what, cap, &counted, &error))
    return walk_stop (walk, error);
  if (!walk_take (walk, what, counted, bytes, at))
    return FALSE;
  *size = counted;
  return TRUE;
}

/* Command, domain and payload are bytes that mostly are a text. */
static gboolean
walk_blob (Walk *walk, const char *name, const guint8 **bytes, gsize *size)
{
  g_autoptr (GBytes) blob = NULL;
  gsize at;

  if (!walk_counted (walk, name, G_MAXINT32, bytes, size, &at))
    return FALSE;
  blob = g_bytes_new_static (*bytes, *size);
  tribes_dissection_add_blob (walk->dissection, name, at, blob,
                              strcmp (name, "command") == 0
                                      && tribes_member_is_shutdown_command (*bytes, *size)
                                  ? "the member leaves"
                                  : NULL);
  return TRUE;
}

static gboolean
walk_port (Walk *walk, const char *name, gint32 *port)
{
  gsize at = offset_of (walk);
  gint64 number;

  if (!walk_number (walk, name, 4, &number))
    return FALSE;
  *port = (gint32) number;
  tribes_dissection_add_number (walk->dissection, name, at, 4, number,
                                number == -1 ? "none" : NULL);
  return TRUE;
}

static gboolean
walk_host (Walk *walk, TribesMemberFields *fields)
{
  gint64 size;
  gsize at;

  if (!walk_number (walk, "host length", 1, &size))
    return FALSE;
  if (size > TRIBES_MEMBER_HOST_MAX)
    {
      g_autofree char *reason
          = g_strdup_printf ("host length: expected at most %d, found %" G_GINT64_FORMAT,
                             TRIBES_MEMBER_HOST_MAX, size);

      tribes_dissection_add_problem (walk->dissection, offset_of (walk) - 1,
                                     tribes_reader_left (&walk->in) + 1, reason);
      return FALSE;
    }
  fields->host_size = (gsize) size;
  if (!walk_take (walk, "host", fields->host_size, &fields->host, &at))
    return FALSE;
  if (fields->host_size == 4 || fields->host_size == 16)
    {
      g_autofree char *host = tribes_member_fields_dup_host (fields);

      tribes_dissection_add_text (walk->dissection, "host", at, fields->host_size, host, -1, NULL);
    }
  else
    tribes_dissection_add_bytes (walk->dissection, "host", at, fields->host_size,
                                 "neither IPv4 nor IPv6");
  return TRUE;
}

static gboolean
walk_member_body (Walk *walk, TribesMemberFields *fields)
{
  gsize at = offset_of (walk);
  GError *error = NULL;

  if (!walk_number (walk, "alive time", 8, &fields->alive_ms))
    return FALSE;
  tribes_dissection_add_number (walk->dissection, "alive time", at, 8, fields->alive_ms,
                                "milliseconds");
  if (!walk_port (walk, "port", &fields->port)
      || !walk_port (walk, "secure port", &fields->secure_port)
      || !walk_port (walk, "UDP port", &fields->udp_port) || !walk_host (walk, fields)
      || !walk_blob (walk, "command", &fields->command, &fields->command_size)
      || !walk_blob (walk, "domain", &fields->domain, &fields->domain_size)
      || !walk_take (walk, "unique id", TRIBES_MEMBER_ID_SIZE, &fields->unique_id, &at))
    return FALSE;
  tribes_dissection_add_bytes (walk->dissection, "unique id", at, TRIBES_MEMBER_ID_SIZE, NULL);
  if (!walk_blob (walk, "payload", &fields->payload, &fields->payload_size))
    return FALSE;
  return tribes_reader_finish (&walk->in, "member", &error) || walk_stop (walk, error);
}

static char *
describe_member (const TribesMemberFields *fields)
{
  g_autofree char *text = tribes_member_fields_to_string (fields);

  return g_strconcat (text, tribes_member_fields_say_shutdown (fields) ? ", leaves" : "", NULL);
}

/* The member package that fills @in, as a part. Returns what it is called; %NULL if it is broken.
 */
static char *
dissect_member (TribesDissection *dissection, const char *name, const TribesReader *in)
{
  Walk walk = { dissection, *in };
  TribesMemberFields fields = { 0 };
  g_autofree char *text = NULL;
  gint64 size;

  tribes_dissection_begin (dissection, name, offset_of (&walk), tribes_reader_left (in));
  if (walk_marker (&walk, "begin", (const char *) tribes_member_begin, MEMBER_MARKER_SIZE,
                   MEMBER_TEXT_SIZE)
      && walk_number (&walk, "length", 4, &size))
    {
      gsize left = tribes_reader_left (&walk.in);
      gsize body = size < 0 ? 0 : MIN ((gsize) size, left);
      Walk inner = { dissection, walk.in };
      gboolean whole;

      tribes_dissection_add_number (dissection, "length", offset_of (&walk) - 4, 4, size, NULL);
      inner.in.end = inner.in.pos + body;
      whole = walk_member_body (&inner, &fields);
      walk.in.pos += body;
      if (fields.unique_id)
        text = describe_member (&fields);
      /* Where the body was cut off, that was said already. */
      if ((whole || body < left)
          && walk_marker (&walk, "end", (const char *) tribes_member_end, MEMBER_MARKER_SIZE,
                          MEMBER_TEXT_SIZE)
          && tribes_reader_left (&walk.in) > 0)
        tribes_dissection_add_problem (dissection, offset_of (&walk), tribes_reader_left (&walk.in),
                                       "member: expected the end, found more");
    }
  tribes_dissection_end (dissection, text);
  return g_steal_pointer (&text);
}

gboolean
tribes_dissection_add_member (
    TribesDissection *dissection, const char *name, gsize offset, gsize size, GBytes *package)
{
  GBytes *buffer = dissection->buffers->pdata[dissection->buffer];
  gsize start = offset;
  g_autofree char *text = NULL;
  const guint8 *data, *wanted, *at;
  gsize wanted_size;
  TribesReader in;

  tribes_dissection_clamp (dissection, &start, &size);
  data = g_bytes_get_data (buffer, NULL);
  wanted = g_bytes_get_data (package, &wanted_size);
  at = wanted_size > 0 ? memmem (data + start, size, wanted, wanted_size) : NULL;
  if (!at)
    return FALSE;
  data += dissection->base;
  tribes_reader_init (&in, data, (gsize) (at - data) + wanted_size);
  in.pos = at;
  text = dissect_member (dissection, name, &in);
  return TRUE;
}

static gboolean
walk_head (Walk *walk, TribesMessageFields *fields)
{
  g_autofree char *options = NULL;
  gint64 number;
  gsize at = offset_of (walk);

  if (!walk_number (walk, "options", 4, &number))
    return FALSE;
  fields->options = (guint32) number;
  options = describe_options (fields->options);
  tribes_dissection_add_number (walk->dissection, "options", at, 4, fields->options, options);
  at = offset_of (walk);
  if (!walk_number (walk, "time stamp", 8, &fields->timestamp_ms))
    return FALSE;
  tribes_dissection_add_time (walk->dissection, "time stamp", at, 8, fields->timestamp_ms, NULL);
  if (!walk_counted (walk, "unique id", G_MAXINT32, &fields->unique_id, &fields->unique_id_size,
                     &at))
    return FALSE;
  tribes_dissection_add_bytes (walk->dissection, "unique id", at, fields->unique_id_size, NULL);
  return TRUE;
}

static gboolean
walk_sender (Walk *walk, TribesMessageFields *fields, char **sender)
{
  GError *error = NULL;
  TribesReader package;

  if (!tribes_reader_length (&walk->in, "sender", G_MAXINT32, &fields->address_size, &error)
      || !tribes_reader_child (&walk->in, "sender", fields->address_size, &package, &error))
    {
      /* As much of it as there is. */
      if (tribes_reader_left (&walk->in) > 0)
        {
          g_error_free (error);
          *sender = dissect_member (walk->dissection, "sender", &walk->in);
          return FALSE;
        }
      return walk_stop (walk, error);
    }
  *sender = dissect_member (walk->dissection, "sender", &package);
  return TRUE;
}

static void
walk_payload (Walk *walk, TribesMessageFields *fields)
{
  TribesSendOptions options = (TribesSendOptions) fields->options;
  gsize left, at;
  gint64 claimed;

  if (!walk_number (walk, "payload length", 4, &claimed))
    return;
  left = tribes_reader_left (&walk->in);
  at = offset_of (walk);
  fields->payload_size = claimed < 0 ? 0 : (gsize) claimed;
  if (claimed >= 0)
    tribes_dissection_add_payload (walk->dissection, "payload", at, MIN ((gsize) claimed, left),
                                   options);
  if (claimed < 0 || (gsize) claimed != left)
    {
      g_autofree char *reason
          = g_strdup_printf ("payload: expected %" G_GINT64_FORMAT " bytes, found %" G_GSIZE_FORMAT,
                             claimed, left);
      gsize known = claimed < 0 ? 0 : MIN ((gsize) claimed, left);

      tribes_dissection_add_problem (walk->dissection, at + known, left - known, reason);
    }
}

/* The message that fills @in. */
static void
dissect_message (TribesDissection *dissection, const TribesReader *in)
{
  Walk walk = { dissection, *in };
  TribesMessageFields fields = { 0 };
  g_autofree char *sender = NULL;
  g_autofree char *text = NULL;

  tribes_dissection_begin (dissection, "message", offset_of (&walk), tribes_reader_left (in));
  if (walk_head (&walk, &fields) && walk_sender (&walk, &fields, &sender))
    walk_payload (&walk, &fields);
  text = describe_message (&fields, sender);
  tribes_dissection_end (dissection, text);
}

/* Returns what the frame is, if that is no message. */
static const char *
dissect_body (TribesDissection *dissection, const TribesReader *body)
{
  gsize size = tribes_reader_left (body);
  gsize offset = tribes_reader_offset (body);

  switch (tribes_frame_kind_of_body (body->pos, size))
    {
    case TRIBES_FRAME_ACK:
      tribes_dissection_add_bytes (dissection, "acknowledgement", offset, size, "received");
      return "acknowledgement, received";
    case TRIBES_FRAME_FAIL_ACK:
      tribes_dissection_add_bytes (dissection, "acknowledgement", offset, size, "failed");
      return "acknowledgement, failed";
    case TRIBES_FRAME_MESSAGE:
    default:
      dissection->payload_next = TRUE;
      dissect_message (dissection, body);
      return NULL;
    }
}

/* The size that the frame at @in says it has; all there is if it does not say. */
static gsize
frame_size (const TribesReader *in)
{
  gsize left = tribes_reader_left (in);
  gint32 claimed
      = left < TRIBES_FRAME_HEAD_SIZE ? -1 : (gint32) tribes_peek_u32 (in->pos + FRAME_MARKER_SIZE);

  if (claimed < 0)
    return left;
  return MIN (left, (gsize) claimed + TRIBES_FRAME_HEAD_SIZE + TRIBES_FRAME_TAIL_SIZE);
}

/* FALSE: what is behind it makes no sense. */
static gboolean
walk_frame (Walk *walk, const char **meaning)
{
  gsize left = tribes_reader_left (&walk->in);
  TribesReader body;
  gsize body_size;
  gint64 claimed;

  if (!walk_marker (walk, "begin", "FLT2002", FRAME_MARKER_SIZE, FRAME_MARKER_SIZE)
      || !walk_number (walk, "length", 4, &claimed))
    return FALSE;
  tribes_dissection_add_number (walk->dissection, "length", offset_of (walk) - 4, 4, claimed, NULL);
  left = tribes_reader_left (&walk->in);
  body_size = claimed < 0 ? 0 : MIN ((gsize) claimed, left);
  body = walk->in;
  body.end = body.pos + body_size;
  if (claimed >= 0)
    *meaning = dissect_body (walk->dissection, &body);
  walk->in.pos += body_size;
  if (claimed >= 0 && (gsize) claimed <= left)
    return walk_marker (walk, "end", "TLF2003", FRAME_MARKER_SIZE, FRAME_MARKER_SIZE);
  {
    g_autofree char *reason = g_strdup_printf ("frame body: expected %" G_GINT64_FORMAT
                                               " bytes, found %" G_GSIZE_FORMAT,
                                               claimed, left);

    tribes_dissection_add_problem (walk->dissection, offset_of (walk),
                                   tribes_reader_left (&walk->in), reason);
  }
  return FALSE;
}

/* Frames, one behind the other as on a connection. */
static void
dissect_frames (TribesDissection *dissection,
                GBytes *bytes,
                TribesSendOptions options,
                gpointer data)
{
  Walk walk = { .dissection = dissection };
  gboolean goes_on = TRUE;
  gsize size;
  const guint8 *start = g_bytes_get_data (bytes, &size);

  tribes_reader_init (&walk.in, start, size);
  while (goes_on && tribes_reader_left (&walk.in) > 0 && !tribes_dissection_is_full (dissection))
    {
      Walk inner = walk;
      const char *meaning = NULL;
      gsize frame = frame_size (&walk.in);

      inner.in.end = inner.in.pos + frame;
      tribes_dissection_begin (dissection, "frame", offset_of (&walk), frame);
      goes_on = walk_frame (&inner, &meaning);
      tribes_dissection_end (dissection, meaning);
      walk.in.pos += frame;
    }
  if (tribes_reader_left (&walk.in) > 0)
    tribes_dissection_add_problem (dissection, offset_of (&walk), tribes_reader_left (&walk.in),
                                   "expected a frame, found what is behind a broken one");
}

static void
dissect_heartbeat (TribesDissection *dissection,
                   GBytes *bytes,
                   TribesSendOptions options,
                   gpointer data)
{
  g_autofree char *text = NULL;
  TribesReader in;
  gsize size;
  const guint8 *start = g_bytes_get_data (bytes, &size);

  tribes_reader_init (&in, start, size);
  text = dissect_member (dissection, "member", &in);
}

static void
dissect_bare_message (TribesDissection *dissection,
                      GBytes *bytes,
                      TribesSendOptions options,
                      gpointer data)
{
  TribesReader in;
  gsize size;
  const guint8 *start = g_bytes_get_data (bytes, &size);

  tribes_reader_init (&in, start, size);
  dissect_message (dissection, &in);
}

/**
 * tribes_dissector_add_wire:
 * @dissector: a registry
 *
 * Adds the layers `channel-data` (a message without frame, found only by name), `heartbeat` (a
 * member package, as in a datagram of the membership) and `frame` (frames with messages and
 * acknowledgements, as on a connection or in a datagram).
 *
 * Since: 0.1
 */
void
tribes_dissector_add_wire (TribesDissector *dissector)
{
  g_autoptr (GBytes) frame = g_bytes_new_static ("FLT2002", FRAME_MARKER_SIZE);
  g_autoptr (GBytes) member = g_bytes_new_static (tribes_member_begin, MEMBER_MARKER_SIZE);

  tribes_dissector_add_layer (dissector, "channel-data", NULL, 0, NULL, dissect_bare_message, NULL,
                              NULL);
  tribes_dissector_add_outer_layer (dissector, "heartbeat", member, dissect_heartbeat);
  tribes_dissector_add_outer_layer (dissector, "frame", frame, dissect_frames);
}
