/* SPDX-License-Identifier: Apache-2.0
 *
 * How a dissection lies in memory: an array of nodes of a fixed size in reading order, and one
 * arena for their texts. What is cheap to say is said only when somebody asks: numbers, times and
 * bytes have no text until they are printed.
 */
#pragma once

#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  union
  {
    gint64 number;
    const char *text;
  } value;
  const char *meaning; /* nullable */
  guint32 offset;      /* in its buffer */
  guint32 size;
  guint32 parent;
  guint32 end; /* index behind the last node below it */
  guint16 depth;
  guint16 buffer;
  guint8 kind;
  guint8 is_payload; /* where a summary goes on */
} TribesDissectionNode;

struct _TribesDissection
{
  GArray *nodes; /* of TribesDissectionNode */
  GStringChunk *texts;
  GPtrArray *buffers; /* of GBytes; the first is what was to be dissected */
  guint n_problems;

  /* While it is built. */
  TribesDissector *dissector; /* borrowed */
  TribesDissectionLimits limits;
  gsize text_left;
  gsize derived_left;
  guint32 current; /* the part that is open */
  guint32 floor;   /* the part that the layer that runs is in */
  guint swallowed; /* parts that were begun behind a limit */
  guint nesting;   /* of layers */
  gboolean full;
  gboolean payload_next;
  guint16 buffer; /* of the layer that runs */
  gsize base;     /* where in it the layer's bytes begin */
};

/* Of a dissection that nobody builds yet. */
TribesDissection *tribes_dissection_new (TribesDissector *dissector,
                                         const TribesDissectionLimits *limits,
                                         GBytes *bytes);

static inline TribesDissectionNode *
tribes_dissection_peek (const TribesDissection *dissection, guint node)
{
  return &g_array_index (dissection->nodes, TribesDissectionNode, node);
}

/* Gives @offset and @size in the buffer that is read, inside what is open. */
void tribes_dissection_clamp (const TribesDissection *dissection, gsize *offset, gsize *size);

/* Changes what is shown of a node: both may be freed and set anew or to NULL. */
typedef void (*TribesDissectionShowFunc) (TribesDissection *dissection,
                                          guint node,
                                          char **value,
                                          char **meaning);

/* As tribes_dissection_to_text(), of the first @max_nodes nodes. @show: (nullable). Each line has
 * @indent in front. Exported for libcatalina-ha; not API. */
TRIBES_API
void tribes_dissection_append_text (TribesDissection *dissection,
                                    GString *out,
                                    const char *indent,
                                    guint max_nodes,
                                    TribesDissectionShowFunc show);

/* A member package that lies somewhere in the @size bytes at @offset of the layer, with a tree of
 * its own; however broken it is. FALSE: it is not there in one piece, and nothing was added.
 * Exported for the libraries above; not API. */
TRIBES_API
gboolean tribes_dissection_add_member (TribesDissection *dissection,
                                       const char *name,
                                       gsize offset,
                                       gsize size,
                                       GBytes *package);

/* A layer that is known by @prefix where nothing is around it: as the payload of a message these
 * bytes mean nothing. */
void tribes_dissector_add_outer_layer (TribesDissector *dissector,
                                       const char *name,
                                       GBytes *prefix,
                                       TribesDissectFunc dissect);

G_END_DECLS
