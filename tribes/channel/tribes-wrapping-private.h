/* SPDX-License-Identifier: Apache-2.0
 *
 * What interceptors put around a payload, as far as the bytes tell it to somebody who does not have
 * the configuration. Nothing is undone here but what stands behind a payload that has an end of its
 * own. What can be read without an interceptor is never taken for one's.
 */
#pragma once

#include "tribes/tribes-visibility.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* More pieces nobody makes: they would be those of a message larger than any frame. */
#define TRIBES_WRAPPING_MAX_FRAGMENTS (1 << 20)

typedef struct
{
  gsize inner_size; /* without what stands behind */
  gboolean has_order;
  guint32 order;       /* OrderInterceptor's number */
  gboolean has_mark;   /* FragmentationInterceptor's, on whole messages, too */
  guint32 fragment;    /* from 0 */
  guint32 n_fragments; /* 0: whole */
  gboolean is_compressed;
  char generation; /* of EncryptInterceptor's messages: 'A' to 'C'; 0: not opened */
  guint key_line;  /* where the key stood that opened it */
} TribesWrapping;

/* What stands behind the @end of something that says itself where it ends. FALSE: nothing that an
 * interceptor of Tomcat's puts there. */
TRIBES_API
gboolean tribes_wrapping_read (const guint8 *data, gsize size, gsize end, TribesWrapping *wrapping);
/* Whether it ends as a piece of a message does; of what can be read otherwise it says nothing. */
TRIBES_API
gboolean tribes_wrapping_read_fragment (const guint8 *data, gsize size, TribesWrapping *wrapping);
TRIBES_API
gboolean tribes_wrapping_is_gzip (const guint8 *data, gsize size);
/* Whether the bytes look like those of a cipher: every value is as likely as any other. What else
 * is compressed well looks so, too. */
TRIBES_API
gboolean tribes_wrapping_is_random (const guint8 *data, gsize size);
/* Where the object ends with which a Java stream begins; 0 if it does not. */
TRIBES_API
gsize tribes_wrapping_measure_java (const guint8 *data, gsize size);

/* Nodes for what stands behind. */
void
tribes_wrapping_dissect (TribesDissection *dissection, const TribesWrapping *wrapping, gsize size);

/* The layers `random` and `gzip`, in front of all others: whoever knows bytes better is asked
 * first. */
TRIBES_API
void tribes_dissector_add_wrappings (TribesDissector *dissector);
/* The layers `trailed`, for Java streams with something behind them, and `fragment`, for pieces of
 * whatever it is; behind all others. */
TRIBES_API
void tribes_dissector_add_trailed (TribesDissector *dissector);

G_END_DECLS
