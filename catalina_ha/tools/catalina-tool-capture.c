/* SPDX-License-Identifier: Apache-2.0
 *
 * libpcap reads files of both formats and captures; nothing of a packet is looked at here.
 */
#include "catalina_ha/tools/catalina-tool-capture-private.h"

#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Whole packets, also those that a network card is still to cut up. */
#define SNAP_LENGTH 262144
/* So much waits while we write; what comes then is counted as dropped. */
#define BUFFER_BYTES (32 * 1024 * 1024)
/* How long packets of a live capture are collected before we are woken. */
#define WAKE_MS 100
/* Packets of a file between two looks at who wants more; of a pipe, where the next may be long in
 * coming, each is looked at. */
#define BATCH 256

struct _CatalinaToolCapture
{
  pcap_t *pcap;
  gboolean is_live;
  int batch;
  guint link_type;
  TribesCapture *capture; /* while it runs */
  pthread_t thread;       /* in which it does; with @runs */
  int runs;
  int stopped;
  CatalinaToolPacketFunc tap; /* nullable */
  gpointer tap_data;
  guint64 packets;
  gint64 first_us;
  gint64 last_us;
};

static volatile sig_atomic_t was_stopped;

static void
on_signal (int number)
{
  was_stopped = 1;
}

static gboolean
fail (GError **error, const char *what, const char *reason)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", what, reason);
  return FALSE;
}

static gboolean
activate (pcap_t *pcap, const char *interface, GError **error)
{
  int code;

  pcap_set_snaplen (pcap, SNAP_LENGTH);
  pcap_set_timeout (pcap, WAKE_MS);
  pcap_set_buffer_size (pcap, BUFFER_BYTES);
  code = pcap_activate (pcap);
  if (code == PCAP_ERROR_PERM_DENIED)
    return fail (error, interface, "capturing needs the capability CAP_NET_RAW, or root");
  if (code < 0)
    return fail (error, interface,
                 code == PCAP_ERROR || code == PCAP_ERROR_NO_SUCH_DEVICE ? pcap_geterr (pcap)
                                                                         : pcap_statustostr (code));
  return TRUE;
}

static gboolean
open_interface (CatalinaToolCapture *self, const char *interface, GError **error)
{
  char reason[PCAP_ERRBUF_SIZE] = "";

  self->is_live = TRUE;
  self->pcap = pcap_create (interface, reason);
  if (!self->pcap)
    return fail (error, interface, reason);
  return activate (self->pcap, interface, error)
         && (pcap_setnonblock (self->pcap, 1, reason) == 0 || fail (error, interface, reason));
}

static gboolean
open_file (CatalinaToolCapture *self, const char *file, GError **error)
{
  char reason[PCAP_ERRBUF_SIZE] = "";
  struct stat found;

  self->pcap = pcap_open_offline_with_tstamp_precision (file, PCAP_TSTAMP_PRECISION_MICRO, reason);
  self->batch = self->pcap && fstat (fileno (pcap_file (self->pcap)), &found) == 0
                        && S_ISREG (found.st_mode)
                    ? BATCH
                    : 1;
  /* Most of its complaints begin with the name. */
  if (!self->pcap && g_str_has_prefix (reason, file))
    return fail (error, file, reason + MIN (strlen (file) + 2, strlen (reason)));
  return self->pcap != NULL || fail (error, file, reason);
}

static gboolean
set_filter (CatalinaToolCapture *self, const char *filter, GError **error)
{
  struct bpf_program program;
  int code;

  if (pcap_compile (self->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
    return fail (error, "filter", pcap_geterr (self->pcap));
  code = pcap_setfilter (self->pcap, &program);
  pcap_freecode (&program);
  return code == 0 || fail (error, "filter", pcap_geterr (self->pcap));
}

CatalinaToolCapture *
catalina_tool_capture_open (const char *file,
                            const char *interface,
                            const char *filter,
                            GError **error)
{
  g_autoptr (CatalinaToolCapture) self = g_new0 (CatalinaToolCapture, 1);

  if (!(file ? open_file (self, file, error) : open_interface (self, interface, error))
      || (filter && !set_filter (self, filter, error)))
    return NULL;
  self->link_type = (guint) pcap_datalink (self->pcap);
  /* Systems differ in the number of this one; files have that of linktypes. */
  if (self->link_type == DLT_RAW)
    self->link_type = TRIBES_LINK_RAW;
  if (!tribes_packet_is_link_type (self->link_type))
    {
      const char *name = pcap_datalink_val_to_name ((int) self->link_type);

      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   "%s: packets of link type %u (%s) are not understood", file ? file : interface,
                   self->link_type, name ? name : "?");
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
catalina_tool_capture_close (CatalinaToolCapture *self)
{
  g_clear_pointer (&self->pcap, pcap_close);
  g_free (self);
}

guint
catalina_tool_capture_get_link_type (const CatalinaToolCapture *self)
{
  return self->link_type;
}

void
catalina_tool_capture_set_tap (CatalinaToolCapture *self,
                               CatalinaToolPacketFunc func,
                               gpointer user_data)
{
  self->tap = func;
  self->tap_data = user_data;
}

static void
on_packet (guint8 *user_data, const struct pcap_pkthdr *head, const guint8 *data)
{
  CatalinaToolCapture *self = (CatalinaToolCapture *) user_data;

  self->last_us = (gint64) head->ts.tv_sec * G_USEC_PER_SEC + head->ts.tv_usec;
  if (self->packets++ == 0 && !self->is_live)
    self->first_us = self->last_us;
  if (self->tap)
    self->tap (self->last_us, data, head->caplen, head->len, self->tap_data);
  tribes_capture_add (self->capture, self->last_us, self->link_type, data, head->caplen, head->len);
}

/* libpcap says what is wrong; the place is that of the file's reader. */
static gboolean
fail_at (CatalinaToolCapture *self, GError **error)
{
  long offset = self->is_live ? -1 : ftell (pcap_file (self->pcap));
  g_autofree char *place = offset < 0
                               ? g_strdup_printf ("behind packet %" G_GUINT64_FORMAT, self->packets)
                               : g_strdup_printf ("behind packet %" G_GUINT64_FORMAT ", offset %ld",
                                                  self->packets, offset);

  return fail (error, place, pcap_geterr (self->pcap));
}

static gboolean
is_over (const CatalinaToolCapture *self, gint64 now_us, double duration_s)
{
  return duration_s > 0 && self->first_us > 0
         && (double) (now_us - self->first_us) >= duration_s * G_USEC_PER_SEC;
}

static void
on_wake (int number)
{
}

/* Without SA_RESTART: who waits for standard input is to be woken. The second one ends the process,
 * whatever holds it up. */
static void
watch_signals (void)
{
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };
  struct sigaction wake = { .sa_handler = on_wake };

  sigemptyset (&action.sa_mask);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  sigemptyset (&wake.sa_mask);
  sigaction (SIGUSR2, &wake, NULL);
}

static gboolean
is_stopped (CatalinaToolCapture *self)
{
  return was_stopped || g_atomic_int_get (&self->stopped);
}

/* Up to the end, or a signal. */
static gboolean
run_file (CatalinaToolCapture *self,
          double duration_s,
          CatalinaToolCaptureFunc func,
          gpointer user_data,
          GError **error)
{
  int n;

  do
    {
      n = pcap_dispatch (self->pcap, self->batch, on_packet, (guint8 *) self);
      if (n < 0 && !is_stopped (self))
        return fail_at (self, error);
    }
  while (n > 0 && !is_stopped (self) && func (self->last_us, user_data)
         && !is_over (self, self->last_us, duration_s));
  return TRUE;
}

/* What was captured before we were stopped comes in blocks, each some time after its packets. */
static gboolean
is_drained (const CatalinaToolCapture *self, gint64 stopped_us, int n)
{
  return self->last_us >= stopped_us
         || (n == 0 && g_get_real_time () - stopped_us > 2 * WAKE_MS * 1000);
}

static gboolean
run_interface (CatalinaToolCapture *self,
               double duration_s,
               CatalinaToolCaptureFunc func,
               gpointer user_data,
               GError **error)
{
  struct pollfd source = { pcap_get_selectable_fd (self->pcap), POLLIN, 0 };
  gint64 stopped_us = 0;

  /* It may be silent from the beginning. */
  self->first_us = g_get_real_time ();
  while (TRUE)
    {
      int n = pcap_dispatch (self->pcap, BATCH, on_packet, (guint8 *) self);
      gint64 now_us = n == 0 ? g_get_real_time () : self->last_us;

      if (n < 0)
        return fail_at (self, error);
      if (is_stopped (self) && stopped_us == 0)
        stopped_us = g_get_real_time ();
      if (!func (now_us, user_data) || is_over (self, now_us, duration_s)
          || (stopped_us > 0 && is_drained (self, stopped_us, n)))
        return TRUE;
      if (n == 0)
        (void) poll (&source, 1, WAKE_MS);
    }
}

gboolean
catalina_tool_capture_run (CatalinaToolCapture *self,
                           TribesCapture *capture,
                           double duration_s,
                           CatalinaToolCaptureFunc func,
                           gpointer user_data,
                           GError **error)
{
  watch_signals ();
  self->capture = capture;
  self->thread = pthread_self ();
  g_atomic_int_set (&self->runs, 1);
  return self->is_live ? run_interface (self, duration_s, func, user_data, error)
                       : run_file (self, duration_s, func, user_data, error);
}

void
catalina_tool_capture_stop (CatalinaToolCapture *self)
{
  g_atomic_int_set (&self->stopped, 1);
  if (g_atomic_int_get (&self->runs))
    pthread_kill (self->thread, SIGUSR2);
}

gboolean
catalina_tool_capture_was_stopped (void)
{
  return was_stopped != 0;
}

void
catalina_tool_capture_get_drops (CatalinaToolCapture *self,
                                 guint64 *dropped,
                                 guint64 *interface_dropped)
{
  struct pcap_stat stat = { 0 };

  if (self->is_live)
    (void) pcap_stats (self->pcap, &stat);
  *dropped = stat.ps_drop;
  *interface_dropped = stat.ps_ifdrop;
}
