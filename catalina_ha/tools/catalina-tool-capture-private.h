/* SPDX-License-Identifier: Apache-2.0
 *
 * Where packets come from: a file, standard input, or an interface of this machine.
 */
#pragma once

#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolCapture CatalinaToolCapture;

/* Called now and then with the time of the packets, or on an interface that is silent with the time
 * of the clock. FALSE: no more is wanted. */
typedef gboolean (*CatalinaToolCaptureFunc) (gint64 now_us, gpointer user_data);

/* @file: (nullable): its name, "-" for standard input; else @interface. @filter: (nullable): which
 * packets, in the language of pcap-filter(7); others cost nothing. */
CatalinaToolCapture *catalina_tool_capture_open (const char *file,
                                                 const char *interface,
                                                 const char *filter,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_tool_capture_close (CatalinaToolCapture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolCapture, catalina_tool_capture_close)

/* The packets' numbers of https://www.tcpdump.org/linktypes.html. */
guint catalina_tool_capture_get_link_type (const CatalinaToolCapture *self);

typedef void (*CatalinaToolPacketFunc) (
    gint64 time_us, const guint8 *data, gsize size, gsize sent, gpointer user_data);

/* @func: called for each packet before the capture has it. */
void catalina_tool_capture_set_tap (CatalinaToolCapture *self,
                                    CatalinaToolPacketFunc func,
                                    gpointer user_data);

/* Gives packets to @capture until there are no more, @func says so, SIGINT or SIGTERM comes, or
 * @duration_s seconds of capture are over (0: no limit). FALSE: what follows could not be read; the
 * error says from where on. */
gboolean catalina_tool_capture_run (CatalinaToolCapture *self,
                                    TribesCapture *capture,
                                    double duration_s,
                                    CatalinaToolCaptureFunc func,
                                    gpointer user_data,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* From another thread, while it runs: that there are no more. Who waits for standard input may not
 * have noticed before it is said again. */
void catalina_tool_capture_stop (CatalinaToolCapture *self);

/* Of an interface: packets that this process was too slow for, and those the interface lost. */
void catalina_tool_capture_get_drops (CatalinaToolCapture *self,
                                      guint64 *dropped,
                                      guint64 *interface_dropped);

/* Whether a signal has asked for the end, or somebody by catalina_tool_capture_stop(). */
gboolean catalina_tool_capture_was_stopped (void);

G_END_DECLS
