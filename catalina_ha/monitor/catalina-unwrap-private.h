/* SPDX-License-Identifier: Apache-2.0
 *
 * What interceptors did to messages, undone for those who watch: compressed ones are expanded,
 * encrypted ones opened where there is a key, and pieces kept until the message is whole. Memory is
 * bounded, whatever the bytes say.
 */
#pragma once

#include "tribes/capture/tribes-capture-private.h"
#include "tribes/channel/tribes-wrapping-private.h"
#include "tribes/interceptors/tribes-fragment-assembler-private.h"
#include "tribes/interceptors/tribes-key-ring-private.h"
#include "tribes/wire/tribes-gzip-private.h"

G_BEGIN_DECLS

typedef struct
{
  TribesGzip *gzip;
  TribesKeyRing *keys; /* nullable */
  TribesFragmentAssembler *pieces;
} CatalinaUnwrap;

void catalina_unwrap_init (CatalinaUnwrap *self);
void catalina_unwrap_clear (CatalinaUnwrap *self);

/* (transfer full) (nullable): what is in a payload that is compressed. @wrapping: what stands
 * behind that. */
GBytes *catalina_unwrap_expand (CatalinaUnwrap *self,
                                const TribesMessageFields *fields,
                                TribesWrapping *wrapping);

/* (transfer full) (nullable): what is in a payload that is encrypted, if this process has the key.
 * @wrapping: which one, and what stands behind. */
GBytes *catalina_unwrap_open (CatalinaUnwrap *self,
                              const TribesMessageFields *fields,
                              TribesWrapping *wrapping);

/* (transfer full) (nullable): the message of which the payload is the last piece that was missing.
 * @wrapping: of the payload. @is_kept: it is a piece that was not there before. */
GBytes *catalina_unwrap_join (CatalinaUnwrap *self,
                              const TribesCapturedMessage *message,
                              const TribesMessageFields *fields,
                              const TribesWrapping *wrapping,
                              gboolean *is_kept);

G_END_DECLS
