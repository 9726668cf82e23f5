/* SPDX-License-Identifier: Apache-2.0
 *
 * Who knows what: the layers that take bytes apart, and how each recognises its own.
 */
#pragma once

#include "tribes/wire/tribes-dissection.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_DISSECTOR (tribes_dissector_get_type ())

/**
 * TribesDissectionLimits:
 * @nodes: nodes of one dissection; each takes some 60 bytes
 * @depth: levels of nodes within nodes, and of layers within layers
 * @text_bytes: texts of one dissection together, in bytes
 * @value_bytes: text of one value, in bytes; 0 to leave values away
 * @derived_bytes: bytes that layers unwrapped, of all buffers together
 *
 * Bounds on what a dissection takes, whatever the bytes say.
 *
 * Since: 0.1
 */
typedef struct
{
  guint nodes;
  guint depth;
  gsize text_bytes;
  gsize value_bytes;
  gsize derived_bytes;
} TribesDissectionLimits;

/**
 * TribesDissector:
 *
 * A registry of layers, each of which recognises bytes of one kind and takes them apart, and hands
 * what is wrapped in them back to the registry. Register first, then dissect: from the first
 * dissection on it may be used from any thread, and no layer may be added.
 *
 * Since: 0.1
 */
typedef struct _TribesDissector TribesDissector;

/**
 * TribesRecognizeFunc:
 * @data: (array length=size): bytes
 * @size: how many
 * @options: send options of the message they are in, interceptors' bits included
 * @user_data: what was registered with the function
 *
 * Looks whether bytes are of the kind a layer knows. Should be cheap: it is asked about every
 * payload.
 *
 * Returns: whether they are
 *
 * Since: 0.1
 */
typedef gboolean (*TribesRecognizeFunc) (const guint8 *data,
                                         gsize size,
                                         TribesSendOptions options,
                                         gpointer user_data);

/**
 * TribesDissectFunc:
 * @dissection: where nodes are added
 * @bytes: what is to be taken apart; offsets count from its beginning
 * @options: send options of the message it is in
 * @user_data: what was registered with the function
 *
 * Takes bytes apart. Says what is wrong by tribes_dissection_add_problem().
 *
 * Since: 0.1
 */
typedef void (*TribesDissectFunc) (TribesDissection *dissection,
                                   GBytes *bytes,
                                   TribesSendOptions options,
                                   gpointer user_data);

TRIBES_API
GType tribes_dissector_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesDissector *tribes_dissector_new (void);
TRIBES_API
TribesDissector *tribes_dissector_ref (TribesDissector *dissector);
TRIBES_API
void tribes_dissector_unref (TribesDissector *dissector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesDissector, tribes_dissector_unref)

TRIBES_API
void tribes_dissection_limits_init (TribesDissectionLimits *limits);
TRIBES_API
void tribes_dissector_set_limits (TribesDissector *dissector, const TribesDissectionLimits *limits);
TRIBES_API
void tribes_dissector_add_layer (TribesDissector *dissector,
                                 const char *name,
                                 GBytes *prefix,
                                 TribesSendOptions options,
                                 TribesRecognizeFunc recognize,
                                 TribesDissectFunc dissect,
                                 gpointer user_data,
                                 GDestroyNotify destroy);
TRIBES_API
void tribes_dissector_add_wire (TribesDissector *dissector);
TRIBES_API
char **tribes_dissector_list_layers (TribesDissector *dissector);
TRIBES_API
const char *tribes_dissector_recognize (TribesDissector *dissector, GBytes *bytes);

TRIBES_API
TribesDissection *tribes_dissector_dissect (TribesDissector *dissector, GBytes *bytes);
TRIBES_API
TribesDissection *
tribes_dissector_dissect_as (TribesDissector *dissector, const char *layer, GBytes *bytes);

G_END_DECLS
