/* SPDX-License-Identifier: Apache-2.0
 *
 * What bytes say, part by part. Reading: the functions up to tribes_dissection_to_json(). Building,
 * for layers that a TribesDissector calls: those behind them.
 */
#pragma once

#include "tribes/wire/tribes-message.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_DISSECTION (tribes_dissection_get_type ())

/**
 * TRIBES_DISSECTION_NONE:
 *
 * The index of no node.
 *
 * Since: 0.1
 */
#define TRIBES_DISSECTION_NONE G_MAXUINT

/**
 * TribesDissectionKind:
 * @TRIBES_DISSECTION_KIND_PART: consists of the nodes below it
 * @TRIBES_DISSECTION_KIND_NUMBER: a number
 * @TRIBES_DISSECTION_KIND_BOOLEAN: yes or no
 * @TRIBES_DISSECTION_KIND_TIME: milliseconds since 1970
 * @TRIBES_DISSECTION_KIND_TEXT: a text
 * @TRIBES_DISSECTION_KIND_BYTES: bytes that mean nothing to this library
 * @TRIBES_DISSECTION_KIND_JSON: a value that is shown as JSON
 * @TRIBES_DISSECTION_KIND_PROBLEM: what could not be understood; its meaning says why
 *
 * What kind of value a node has.
 *
 * Since: 0.1
 */
typedef enum
{
  TRIBES_DISSECTION_KIND_PART,
  TRIBES_DISSECTION_KIND_NUMBER,
  TRIBES_DISSECTION_KIND_BOOLEAN,
  TRIBES_DISSECTION_KIND_TIME,
  TRIBES_DISSECTION_KIND_TEXT,
  TRIBES_DISSECTION_KIND_BYTES,
  TRIBES_DISSECTION_KIND_JSON,
  TRIBES_DISSECTION_KIND_PROBLEM,
} TribesDissectionKind;

/**
 * TribesDissection:
 *
 * Bytes taken apart into a tree of nodes, each with a name, the place it was found at, a value and
 * what that means. Taking apart never fails: what is broken is a node that says where and why, and
 * what came before it is there.
 *
 * Nodes are numbered from 0 in the order in which a person would read them: a node comes before
 * those below it. Where a layer of the channel had to unwrap something, such as compressed data,
 * the nodes inside lie in a buffer of their own.
 *
 * Since: 0.1
 */
typedef struct _TribesDissection TribesDissection;

TRIBES_API
GType tribes_dissection_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesDissection *tribes_dissection_ref (TribesDissection *dissection);
TRIBES_API
void tribes_dissection_unref (TribesDissection *dissection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesDissection, tribes_dissection_unref)

TRIBES_API
guint tribes_dissection_get_n_nodes (TribesDissection *dissection);
TRIBES_API
guint tribes_dissection_get_n_problems (TribesDissection *dissection);
TRIBES_API
guint tribes_dissection_get_n_buffers (TribesDissection *dissection);
TRIBES_API
GBytes *tribes_dissection_get_buffer (TribesDissection *dissection, guint buffer);

TRIBES_API
TribesDissectionKind tribes_dissection_get_kind (TribesDissection *dissection, guint node);
TRIBES_API
const char *tribes_dissection_get_name (TribesDissection *dissection, guint node);
TRIBES_API
guint tribes_dissection_get_node_buffer (TribesDissection *dissection, guint node);
TRIBES_API
gsize tribes_dissection_get_offset (TribesDissection *dissection, guint node);
TRIBES_API
gsize tribes_dissection_get_size (TribesDissection *dissection, guint node);
TRIBES_API
guint tribes_dissection_get_depth (TribesDissection *dissection, guint node);
TRIBES_API
guint tribes_dissection_get_parent (TribesDissection *dissection, guint node);
TRIBES_API
guint tribes_dissection_get_end (TribesDissection *dissection, guint node);
TRIBES_API
gint64 tribes_dissection_get_number (TribesDissection *dissection, guint node);
TRIBES_API
GBytes *tribes_dissection_dup_bytes (TribesDissection *dissection, guint node);
TRIBES_API
char *tribes_dissection_dup_value (TribesDissection *dissection, guint node);
TRIBES_API
char *tribes_dissection_dup_meaning (TribesDissection *dissection, guint node);
TRIBES_API
guint tribes_dissection_find (TribesDissection *dissection, guint parent, const char *path);

TRIBES_API
char *tribes_dissection_to_summary (TribesDissection *dissection);
TRIBES_API
char *tribes_dissection_to_text (TribesDissection *dissection);
TRIBES_API
char *tribes_dissection_to_json (TribesDissection *dissection);

TRIBES_API
gboolean tribes_dissection_is_full (TribesDissection *dissection);
TRIBES_API
gsize tribes_dissection_get_value_room (TribesDissection *dissection);
TRIBES_API
gsize tribes_dissection_get_derived_room (TribesDissection *dissection);
TRIBES_API
void
tribes_dissection_begin (TribesDissection *dissection, const char *name, gsize offset, gsize size);
TRIBES_API
void tribes_dissection_trim (TribesDissection *dissection, gsize end);
TRIBES_API
void tribes_dissection_end (TribesDissection *dissection, const char *meaning);
TRIBES_API
void tribes_dissection_add_number (TribesDissection *dissection,
                                   const char *name,
                                   gsize offset,
                                   gsize size,
                                   gint64 number,
                                   const char *meaning);
TRIBES_API
void tribes_dissection_add_boolean (TribesDissection *dissection,
                                    const char *name,
                                    gsize offset,
                                    gsize size,
                                    gboolean value,
                                    const char *meaning);
TRIBES_API
void tribes_dissection_add_time (TribesDissection *dissection,
                                 const char *name,
                                 gsize offset,
                                 gsize size,
                                 gint64 time_ms,
                                 const char *meaning);
TRIBES_API
void tribes_dissection_add_text (TribesDissection *dissection,
                                 const char *name,
                                 gsize offset,
                                 gsize size,
                                 const char *text,
                                 gssize length,
                                 const char *meaning);
TRIBES_API
void tribes_dissection_add_bytes (
    TribesDissection *dissection, const char *name, gsize offset, gsize size, const char *meaning);
TRIBES_API
void tribes_dissection_add_blob (TribesDissection *dissection,
                                 const char *name,
                                 gsize offset,
                                 GBytes *bytes,
                                 const char *meaning);
TRIBES_API
void tribes_dissection_add_json (TribesDissection *dissection,
                                 const char *name,
                                 gsize offset,
                                 gsize size,
                                 const char *json,
                                 const char *meaning);
TRIBES_API
void tribes_dissection_add_problem (TribesDissection *dissection,
                                    gsize offset,
                                    gsize size,
                                    const char *reason);
TRIBES_API
void tribes_dissection_add_payload (TribesDissection *dissection,
                                    const char *name,
                                    gsize offset,
                                    gsize size,
                                    TribesSendOptions options);
TRIBES_API
void tribes_dissection_add_payload_as (TribesDissection *dissection,
                                       const char *layer,
                                       const char *name,
                                       gsize offset,
                                       gsize size,
                                       TribesSendOptions options);
TRIBES_API
void tribes_dissection_add_derived (TribesDissection *dissection,
                                    const char *name,
                                    GBytes *bytes,
                                    TribesSendOptions options);

G_END_DECLS
