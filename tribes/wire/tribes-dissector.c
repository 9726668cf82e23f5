/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry of layers. Whatever layers hand back to it, it goes only so deep, and what a layer
 * left open it closes.
 */
#include "tribes/wire/tribes-dissection-private.h"

#include <string.h>

enum
{
  /* A state transfer of 20,000 sessions with ten attributes each, in 13 MB. */
  DEFAULT_NODES = 1 << 19,
  /* Frame, message, session message, state, session, attributes, attribute, value: and interceptors
   * in between. */
  DEFAULT_DEPTH = 32,
  DEFAULT_TEXT = 64 * 1024 * 1024,
  DEFAULT_VALUE = 16 * 1024 * 1024,
  /* As much as the largest frame. */
  DEFAULT_DERIVED = 256 * 1024 * 1024,
};

typedef struct
{
  char *name;
  GBytes *prefix; /* nullable */
  guint32 options;
  gboolean is_outer;             /* never a payload */
  TribesRecognizeFunc recognize; /* nullable */
  TribesDissectFunc dissect;
  gpointer user_data;
  GDestroyNotify destroy; /* nullable */
} Layer;

struct _TribesDissector
{
  GPtrArray *layers;
  TribesDissectionLimits limits;
};

G_DEFINE_BOXED_TYPE (TribesDissector,
                     tribes_dissector,
                     tribes_dissector_ref,
                     tribes_dissector_unref)

static void
layer_free (gpointer data)
{
  Layer *layer = data;

  if (layer->destroy)
    layer->destroy (layer->user_data);
  g_clear_pointer (&layer->prefix, g_bytes_unref);
  g_free (layer->name);
  g_free (layer);
}

/**
 * tribes_dissection_limits_init:
 * @limits: (out caller-allocates): limits
 *
 * Sets the defaults.
 *
 * Since: 0.1
 */
void
tribes_dissection_limits_init (TribesDissectionLimits *limits)
{
  *limits = (TribesDissectionLimits){ .nodes = DEFAULT_NODES,
                                      .depth = DEFAULT_DEPTH,
                                      .text_bytes = DEFAULT_TEXT,
                                      .value_bytes = DEFAULT_VALUE,
                                      .derived_bytes = DEFAULT_DERIVED };
}

/**
 * tribes_dissector_new:
 *
 * Makes a registry that knows no layer yet. tribes_dissector_add_wire() adds what Tribes has around
 * every message; tribes_dissector_add_java() and tribes_dissector_add_markers() what may be in it.
 *
 * Returns: (transfer full): the registry
 *
 * Since: 0.1
 */
TribesDissector *
tribes_dissector_new (void)
{
  TribesDissector *dissector = g_atomic_rc_box_new0 (TribesDissector);

  dissector->layers = g_ptr_array_new_with_free_func (layer_free);
  tribes_dissection_limits_init (&dissector->limits);
  return dissector;
}

/**
 * tribes_dissector_ref:
 * @dissector: a registry
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @dissector
 *
 * Since: 0.1
 */
TribesDissector *
tribes_dissector_ref (TribesDissector *dissector)
{
  return g_atomic_rc_box_acquire (dissector);
}

static void
dissector_clear (gpointer data)
{
  TribesDissector *dissector = data;

  g_ptr_array_unref (dissector->layers);
}

/**
 * tribes_dissector_unref:
 * @dissector: (transfer full): a registry
 *
 * Drops a reference; the last one frees the registry.
 *
 * Since: 0.1
 */
void
tribes_dissector_unref (TribesDissector *dissector)
{
  g_atomic_rc_box_release_full (dissector, dissector_clear);
}

/**
 * tribes_dissector_set_limits:
 * @dissector: a registry
 * @limits: limits of its dissections
 *
 * Sets how much a dissection may take.
 *
 * Since: 0.1
 */
void
tribes_dissector_set_limits (TribesDissector *dissector, const TribesDissectionLimits *limits)
{
  dissector->limits = *limits;
  dissector->limits.nodes = MAX (limits->nodes, 2);
  dissector->limits.depth = CLAMP (limits->depth, 2, 256);
}

/**
 * tribes_dissector_add_layer:
 * @dissector: a registry
 * @name: name of the layer
 * @prefix: (nullable): what bytes of this kind begin with
 * @options: send options all of which a message with them has; 0 if that says nothing
 * @recognize: (nullable) (scope notified) (closure user_data): looks closer
 * @dissect: (scope notified) (closure user_data) (destroy destroy): takes them apart
 * @user_data: for @recognize and @dissect
 * @destroy: (nullable): frees @user_data
 *
 * Registers a layer. It is asked where all of @prefix, @options and @recognize that are given hold;
 * of several the one that was added last. With none of the three it is only found by its name.
 *
 * Since: 0.1
 */
void
tribes_dissector_add_layer (TribesDissector *dissector,
                            const char *name,
                            GBytes *prefix,
                            TribesSendOptions options,
                            TribesRecognizeFunc recognize,
                            TribesDissectFunc dissect,
                            gpointer user_data,
                            GDestroyNotify destroy)
{
  Layer *layer = g_new0 (Layer, 1);

  g_return_if_fail (name && dissect);

  layer->name = g_strdup (name);
  layer->prefix = prefix ? g_bytes_ref (prefix) : NULL;
  layer->options = (guint32) options;
  layer->recognize = recognize;
  layer->dissect = dissect;
  layer->user_data = user_data;
  layer->destroy = destroy;
  g_ptr_array_add (dissector->layers, layer);
}

void
tribes_dissector_add_outer_layer (TribesDissector *dissector,
                                  const char *name,
                                  GBytes *prefix,
                                  TribesDissectFunc dissect)
{
  tribes_dissector_add_layer (dissector, name, prefix, TRIBES_SEND_OPTIONS_NONE, NULL, dissect,
                              NULL, NULL);
  ((Layer *) dissector->layers->pdata[dissector->layers->len - 1])->is_outer = TRUE;
}

/**
 * tribes_dissector_list_layers:
 * @dissector: a registry
 *
 * Returns: (transfer full) (array zero-terminated=1): names of its layers, as they were added
 *
 * Since: 0.1
 */
char **
tribes_dissector_list_layers (TribesDissector *dissector)
{
  char **names = g_new0 (char *, dissector->layers->len + 1);

  for (guint i = 0; i < dissector->layers->len; i++)
    names[i] = g_strdup (((Layer *) dissector->layers->pdata[i])->name);
  return names;
}

static gboolean
layer_knows (const Layer *layer, const guint8 *data, gsize size, guint32 options)
{
  if (!layer->prefix && !layer->recognize && layer->options == 0)
    return FALSE;
  if ((options & layer->options) != layer->options)
    return FALSE;
  if (layer->prefix)
    {
      gsize prefix_size;
      const guint8 *prefix = g_bytes_get_data (layer->prefix, &prefix_size);

      if (size < prefix_size || memcmp (data, prefix, prefix_size) != 0)
        return FALSE;
    }
  return !layer->recognize
         || layer->recognize (data, size, (TribesSendOptions) options, layer->user_data);
}

static const Layer *
find_layer (const TribesDissector *dissector, GBytes *bytes, guint32 options, gboolean is_payload)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (guint i = dissector->layers->len; i > 0; i--)
    {
      const Layer *layer = dissector->layers->pdata[i - 1];

      if (is_payload && layer->is_outer)
        continue;
      if (size > 0 && layer_knows (layer, data, size, options))
        return layer;
    }
  return NULL;
}

static const Layer *
find_named (const TribesDissector *dissector, const char *name)
{
  for (guint i = dissector->layers->len; i > 0; i--)
    {
      const Layer *layer = dissector->layers->pdata[i - 1];

      if (strcmp (layer->name, name) == 0)
        return layer;
    }
  return NULL;
}

/**
 * tribes_dissector_recognize:
 * @dissector: a registry
 * @bytes: bytes of any kind
 *
 * Looks which layer knows bytes that are in no message.
 *
 * Returns: (transfer none) (nullable): its name, or %NULL
 *
 * Since: 0.1
 */
const char *
tribes_dissector_recognize (TribesDissector *dissector, GBytes *bytes)
{
  const Layer *layer = find_layer (dissector, bytes, 0, FALSE);

  return layer ? layer->name : NULL;
}

/* @bytes begin at @base of @buffer. */
static void
run_layer (TribesDissection *dissection,
           const Layer *layer,
           GBytes *bytes,
           guint16 buffer,
           gsize base,
           guint32 options)
{
  guint16 outer_buffer = dissection->buffer;
  gsize outer_base = dissection->base;
  guint32 outer_floor = dissection->floor;
  guint outer_swallowed = dissection->swallowed;

  dissection->buffer = buffer;
  dissection->base = base;
  dissection->floor = dissection->current;
  dissection->nesting++;
  layer->dissect (dissection, bytes, (TribesSendOptions) options, layer->user_data);
  dissection->nesting--;
  while (dissection->swallowed > outer_swallowed || dissection->current != dissection->floor)
    tribes_dissection_end (dissection, NULL);
  dissection->floor = outer_floor;
  dissection->payload_next = FALSE;
  dissection->buffer = outer_buffer;
  dissection->base = outer_base;
}

static void
add_payload (TribesDissection *dissection,
             const Layer *layer,
             const char *name,
             GBytes *bytes,
             gsize offset,
             guint32 options)
{
  if (tribes_dissection_is_full (dissection))
    return;
  dissection->payload_next = TRUE;
  if (!layer)
    tribes_dissection_add_blob (dissection, name, offset, bytes, NULL);
  else if (dissection->nesting < dissection->limits.depth)
    run_layer (dissection, layer, bytes, dissection->buffer, dissection->base + offset, options);
  else
    {
      g_autofree char *reason
          = g_strdup_printf ("expected at most %u layers, found more", dissection->limits.depth);

      tribes_dissection_add_problem (dissection, offset, g_bytes_get_size (bytes), reason);
    }
  dissection->payload_next = FALSE;
}

/* What of a payload lies in the part that is open; (transfer full). */
static GBytes *
payload_bytes (TribesDissection *dissection, gsize *offset, gsize size)
{
  gsize start = *offset;

  tribes_dissection_clamp (dissection, &start, &size);
  *offset = start - dissection->base;
  return g_bytes_new_from_bytes (dissection->buffers->pdata[dissection->buffer], start, size);
}

/**
 * tribes_dissection_add_payload:
 * @dissection: a dissection that is being built
 * @name: what it is called if nobody knows it
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @options: send options of the message
 *
 * Has bytes taken apart by the layer that recognises them.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_payload (TribesDissection *dissection,
                               const char *name,
                               gsize offset,
                               gsize size,
                               TribesSendOptions options)
{
  g_autoptr (GBytes) bytes = payload_bytes (dissection, &offset, size);

  add_payload (dissection, find_layer (dissection->dissector, bytes, (guint32) options, TRUE), name,
               bytes, offset, (guint32) options);
}

/**
 * tribes_dissection_add_payload_as:
 * @dissection: a dissection that is being built
 * @layer: name of a layer
 * @name: what it is called if there is no such layer
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @options: send options of the message
 *
 * Has bytes taken apart by a certain layer.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_payload_as (TribesDissection *dissection,
                                  const char *layer,
                                  const char *name,
                                  gsize offset,
                                  gsize size,
                                  TribesSendOptions options)
{
  g_autoptr (GBytes) bytes = payload_bytes (dissection, &offset, size);

  add_payload (dissection, find_named (dissection->dissector, layer), name, bytes, offset,
               (guint32) options);
}

/**
 * tribes_dissection_add_derived:
 * @dissection: a dissection that is being built
 * @name: what it is, such as `inflated`
 * @bytes: what was unwrapped, at most tribes_dissection_get_derived_room() bytes
 * @options: send options of the message
 *
 * Adds a part in a buffer of its own, and has it taken apart by the layer that recognises it: for
 * layers whose payload is not in the bytes they were given.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_derived (TribesDissection *dissection,
                               const char *name,
                               GBytes *bytes,
                               TribesSendOptions options)
{
  gsize size = g_bytes_get_size (bytes);
  guint16 outer_buffer = dissection->buffer;
  gsize outer_base = dissection->base;

  g_return_if_fail (size <= tribes_dissection_get_derived_room (dissection));

  if (tribes_dissection_is_full (dissection))
    return;
  dissection->derived_left -= size;
  g_ptr_array_add (dissection->buffers, g_bytes_ref (bytes));
  dissection->buffer = (guint16) (dissection->buffers->len - 1);
  dissection->base = 0;
  tribes_dissection_begin (dissection, name, 0, size);
  add_payload (dissection, find_layer (dissection->dissector, bytes, (guint32) options, TRUE),
               "payload", bytes, 0, (guint32) options);
  tribes_dissection_end (dissection, NULL);
  dissection->buffer = outer_buffer;
  dissection->base = outer_base;
}

static TribesDissection *
dissect (TribesDissector *dissector, const Layer *layer, GBytes *bytes)
{
  TribesDissection *dissection = tribes_dissection_new (dissector, &dissector->limits, bytes);
  gsize size = g_bytes_get_size (bytes);

  if (layer)
    run_layer (dissection, layer, bytes, 0, 0, 0);
  else
    tribes_dissection_add_bytes (dissection, "bytes", 0, size, "nothing that is known here");
  dissection->dissector = NULL;
  return dissection;
}

/**
 * tribes_dissector_dissect:
 * @dissector: a registry
 * @bytes: bytes of any kind
 *
 * Takes bytes apart by the layer that recognises them.
 *
 * Returns: (transfer full): what they say; never %NULL
 *
 * Since: 0.1
 */
TribesDissection *
tribes_dissector_dissect (TribesDissector *dissector, GBytes *bytes)
{
  return dissect (dissector, find_layer (dissector, bytes, 0, FALSE), bytes);
}

/**
 * tribes_dissector_dissect_as:
 * @dissector: a registry
 * @layer: name of a layer
 * @bytes: bytes
 *
 * Takes bytes apart as what they are said to be.
 *
 * Returns: (transfer full) (nullable): what they say; %NULL if there is no such layer
 *
 * Since: 0.1
 */
TribesDissection *
tribes_dissector_dissect_as (TribesDissector *dissector, const char *layer, GBytes *bytes)
{
  const Layer *named = find_named (dissector, layer);

  return named ? dissect (dissector, named, bytes) : NULL;
}
