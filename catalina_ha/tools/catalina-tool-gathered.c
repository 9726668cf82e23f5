/* SPDX-License-Identifier: Apache-2.0
 *
 * What members said of their sessions, as states of a transfer; and the same in a file. A file is
 * whatever somebody made of it: all lengths are checked by those who read frames from sockets.
 */
#include <string.h>

#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/messages/catalina-state-each-private.h"
#include "catalina_ha/tools/catalina-tool-gather-private.h"
#include "catalina_ha/tools/catalina-tool-unpack-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-frame-private.h"

/* More than any JVM serializes. */
#define CONTEXTS_MAX 4096
#define SIZE_MAX_ALL ((gsize) 4 * 1024 * 1024 * 1024)

/* Of a session message that carries a state. */
#define STATE_ID "SESSION-STATE"
/* Of one that says that there are no more. */
#define COMPLETE_ID "SESSION-STATE-TRANSFERRED"

static void
context_free (gpointer data)
{
  CatalinaToolContext *context = data;

  g_free (context->name);
  g_ptr_array_unref (context->states);
  g_free (context);
}

CatalinaToolGathered *
catalina_tool_gathered_new (void)
{
  CatalinaToolGathered *gathered = g_new0 (CatalinaToolGathered, 1);

  gathered->contexts = g_ptr_array_new_with_free_func (context_free);
  gathered->clock_min_ms = G_MININT64;
  gathered->clock_max_ms = G_MAXINT64;
  return gathered;
}

void
catalina_tool_gathered_free (CatalinaToolGathered *gathered)
{
  if (gathered->member)
    tribes_member_unref (gathered->member);
  g_ptr_array_unref (gathered->contexts);
  g_free (gathered);
}

void
catalina_tool_gathered_note_clock (CatalinaToolGathered *gathered,
                                   gint64 timestamp,
                                   gint64 asked_ms,
                                   gint64 heard_ms)
{
  /* Whatever it says, what is counted with it later stays a number. */
  gint64 said = CLAMP (timestamp, 0, G_MAXINT64 / 4);

  gathered->clock_min_ms = MAX (gathered->clock_min_ms, said - heard_ms);
  gathered->clock_max_ms = MIN (gathered->clock_max_ms, said - asked_ms);
}

CatalinaToolContext *
catalina_tool_gathered_peek (const CatalinaToolGathered *gathered, const char *name)
{
  for (guint i = 0; i < gathered->contexts->len; i++)
    {
      CatalinaToolContext *context = g_ptr_array_index (gathered->contexts, i);

      if (strcmp (context->name, name) == 0)
        return context;
    }
  return NULL;
}

CatalinaToolContext *
catalina_tool_gathered_find (CatalinaToolGathered *gathered, const char *name)
{
  CatalinaToolContext *context = catalina_tool_gathered_peek (gathered, name);

  if (context)
    return context;
  if (gathered->contexts->len >= CONTEXTS_MAX)
    return NULL;
  context = g_new0 (CatalinaToolContext, 1);
  context->name = g_strdup (name);
  context->states = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (gathered->contexts, context);
  return context;
}

gboolean
catalina_tool_gathered_add (CatalinaToolGathered *gathered,
                            CatalinaToolContext *context,
                            GBytes *state)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (state, &size);

  if (size > SIZE_MAX_ALL - gathered->size)
    return FALSE;
  gathered->size += size;
  /* Of its own: it may be a part of a larger buffer. */
  g_ptr_array_add (context->states, g_bytes_new (data, size));
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(CatalinaToolContext *const *) a)->name,
                 (*(CatalinaToolContext *const *) b)->name);
}

void
catalina_tool_gathered_sort (CatalinaToolGathered *gathered)
{
  g_ptr_array_sort (gathered->contexts, compare_names);
}

/* @state: (nullable): what there is none of where @event says that all has been sent */
static gboolean
write_message (const CatalinaToolGathered *gathered,
               const CatalinaToolContext *context,
               CatalinaSessionEvent event,
               GBytes *state,
               FILE *out)
{
  const char *id = state ? STATE_ID : COMPLETE_ID;
  g_autofree char *unique_id = g_strconcat (id, "-", context->name, NULL);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, context->name, id, unique_id, context->timestamp,
                                      state);
  g_autoptr (GBytes) payload = catalina_session_message_encode (message, 2);
  g_autoptr (TribesMessage) envelope
      = tribes_message_new (gathered->member, payload, TRIBES_SEND_OPTIONS_NONE,
                            context->timestamp);
  g_autoptr (GBytes) frame = tribes_frame_encode_message (envelope);
  gsize size;
  gconstpointer data = g_bytes_get_data (frame, &size);

  return fwrite (data, 1, size, out) == size;
}

static gboolean
write_states (const CatalinaToolGathered *gathered, const CatalinaToolContext *context, FILE *out)
{
  for (guint i = 0; i < context->states->len; i++)
    {
      if (!write_message (gathered, context, CATALINA_SESSION_EVENT_ALL_DATA,
                          g_ptr_array_index (context->states, i), out))
        return FALSE;
    }
  return TRUE;
}

gboolean
catalina_tool_gathered_write (const CatalinaToolGathered *gathered, FILE *out)
{
  /* A file without a single context has nobody who wrote it, either. */
  for (guint i = 0; i < gathered->contexts->len; i++)
    {
      if (!write_states (gathered, g_ptr_array_index (gathered->contexts, i), out))
        return FALSE;
    }
  for (guint i = 0; i < gathered->contexts->len; i++)
    {
      CatalinaToolContext *context = g_ptr_array_index (gathered->contexts, i);

      if (context->is_complete
          && !write_message (gathered, context, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, NULL,
                             out))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_message (CatalinaToolGathered *gathered,
              CatalinaSessionMessage *message,
              TribesMessage *envelope,
              GError **error)
{
  const char *name = catalina_session_message_get_context_name (message);
  GBytes *state = catalina_session_message_get_data (message);
  gboolean ends
      = catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_TRANSFER_COMPLETE;
  CatalinaToolContext *context = catalina_tool_gathered_find (gathered, name);

  if (!context || (!ends && !catalina_tool_gathered_add (gathered, context, state)))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT, "there is more in it than is kept");
      return FALSE;
    }
  context->is_complete |= ends;
  context->timestamp = catalina_session_message_get_timestamp (message);
  gathered->version = catalina_session_message_get_serial_version (message);
  if (!gathered->member)
    gathered->member = tribes_message_dup_address (envelope);
  return TRUE;
}

static gboolean
is_of_interest (CatalinaSessionMessage *message)
{
  CatalinaSessionEvent event = catalina_session_message_get_event (message);

  return catalina_session_message_get_context_name (message)
         && (event == CATALINA_SESSION_EVENT_TRANSFER_COMPLETE
             || (event == CATALINA_SESSION_EVENT_ALL_DATA
                 && catalina_session_message_get_data (message)));
}

/* Other messages than those with sessions may stand between them. */
static gboolean
take_frame (CatalinaToolGathered *gathered, const TribesFrame *frame, GError **error)
{
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (TribesMessage) envelope = NULL;
  g_autoptr (CatalinaSessionMessage) message = NULL;

  if (frame->kind != TRIBES_FRAME_MESSAGE)
    return TRUE;
  body = g_bytes_new_static (frame->body, frame->body_size);
  envelope = tribes_message_decode (body, error);
  if (!envelope)
    return FALSE;
  payload = tribes_message_dup_payload (envelope);
  message = catalina_session_message_decode (payload, NULL);
  return !message || !is_of_interest (message)
         || take_message (gathered, message, envelope, error);
}

static gboolean
take_frames (CatalinaToolGathered *gathered, GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gsize offset = 0;

  while (offset < size)
    {
      TribesFrame frame;
      TribesFrameResult result
          = tribes_frame_parse (data + offset, size - offset, offset, G_MAXINT32, &frame, error);

      if (result == TRIBES_FRAME_WANTS_MORE)
        g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED,
                     "offset %" G_GSIZE_FORMAT ": frame: expected %" G_GSIZE_FORMAT
                     " bytes, found %" G_GSIZE_FORMAT,
                     offset, frame.size, size - offset);
      if (result != TRIBES_FRAME_COMPLETE)
        return FALSE;
      if (!take_frame (gathered, &frame, error))
        {
          g_prefix_error (error, "frame at offset %" G_GSIZE_FORMAT ": ", offset);
          return FALSE;
        }
      offset += frame.size;
    }
  return TRUE;
}

CatalinaToolGathered *
catalina_tool_gather_from_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaToolGathered) gathered = catalina_tool_gathered_new ();

  if (!take_frames (gathered, bytes, error))
    return NULL;
  catalina_tool_gathered_sort (gathered);
  return g_steal_pointer (&gathered);
}

CatalinaToolGathered *
catalina_tool_gather_from_file (const char *file, GError **error)
{
  g_autoptr (GBytes) bytes = catalina_tool_read (file, CATALINA_TOOL_MAX_INPUT, error);
  CatalinaToolGathered *gathered;

  if (!bytes)
    return NULL;
  gathered = catalina_tool_gather_from_bytes (bytes, error);
  if (!gathered)
    g_prefix_error (error, "%s: ", file);
  return gathered;
}

typedef struct
{
  const char *context;
  CatalinaToolSessionFunc func;
  gpointer data;
} Each;

static void
on_session (const CatalinaSizedSession *seen, gpointer data)
{
  const Each *each = data;
  const CatalinaToolSession session = { each->context, seen->state, seen->size, seen->sizes };

  each->func (&session, each->data);
}

guint
catalina_tool_gathered_each (const CatalinaToolGathered *gathered,
                             CatalinaToolSessionFunc func,
                             gpointer data,
                             GError **error)
{
  guint n_broken = 0;

  for (guint i = 0; i < gathered->contexts->len; i++)
    {
      CatalinaToolContext *context = g_ptr_array_index (gathered->contexts, i);
      Each each = { context->name, func, data };

      for (guint j = 0; j < context->states->len; j++)
        {
          if (catalina_state_each (g_ptr_array_index (context->states, j), on_session, &each,
                                   n_broken == 0 ? error : NULL))
            continue;
          if (n_broken == 0)
            g_prefix_error (error, "%s: ", context->name);
          n_broken++;
        }
    }
  return n_broken;
}
