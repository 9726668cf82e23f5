/* SPDX-License-Identifier: Apache-2.0
 *
 * The pods that a Kubernetes API server lists, as members. No I/O, no clock; nothing is taken on
 * trust, and an answer that is not a whole list of pods is none.
 */
#pragma once

#include "tribes/cloud/tribes-cloud-entry-private.h"

G_BEGIN_DECLS

/* A pod takes a few KiB of JSON, so this is for thousands, and a namespace with more needs a label
 * selector. */
#define TRIBES_CLOUD_ANSWER_MAX (32 * 1024 * 1024)
/* Far more than can be members. */
#define TRIBES_CLOUD_PODS_MAX 4096

/* (transfer full) (element-type TribesCloudEntry): the pods that run. A pod without name, address
 * or time of creation is not one of them. @started_ms: on the wall clock; alive times refer to it.
 */
GArray *tribes_cloud_pods_parse (const char *data, gsize size, gint64 started_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
