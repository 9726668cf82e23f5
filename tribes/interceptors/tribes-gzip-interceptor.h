/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed messages, as Tomcat's GzipInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_GZIP_INTERCEPTOR (tribes_gzip_interceptor_get_type ())

/**
 * TribesGzipInterceptor:
 *
 * Compresses the messages it sends and marks them with its option flag, as Tomcat 9 and later do.
 * What it receives it expands whether or not it is marked: Tomcat 7 and 8.5 compress every message
 * and mark none. They cannot read one that is not compressed, so with
 * [property@GzipInterceptor:compression-min-size] above 0 they lose the small ones.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.GzipInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (
    TribesGzipInterceptor, tribes_gzip_interceptor, TRIBES, GZIP_INTERCEPTOR, TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_gzip_interceptor_new (void);
TRIBES_API
void tribes_gzip_interceptor_report (TribesGzipInterceptor *self);
TRIBES_API
void tribes_gzip_interceptor_reset (TribesGzipInterceptor *self);

G_END_DECLS
