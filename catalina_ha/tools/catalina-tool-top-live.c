/* SPDX-License-Identifier: Apache-2.0
 *
 * The screen of `tribes top`. Packets are read in a thread of their own, which may wait for a pipe
 * as long as it likes; they and the screen meet under one lock, that a message holds for as long as
 * it is counted. Signals come out of a file descriptor, so that none finds the terminal half drawn.
 */
#include "catalina_ha/tools/catalina-tool-top-private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "catalina_ha/tools/catalina-tool-screen-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

/* Of so long the latencies are that are shown; or of twice that. */
#define PERIOD_US (30 * G_USEC_PER_SEC)
/* Between two looks at what was dropped, and between two tries to wake the reader. */
#define DROPS_US (G_USEC_PER_SEC / 2)
#define WAKE_US  (20 * 1000)
/* As often a terminal may say that there is a key where there is none before it is taken for one
 * that has gone. */
#define MAX_SILENCE 10

typedef struct
{
  const CatalinaToolTopOptions *options;
  int ended_fd; /* readable when the reader is through */

  GMutex mutex; /* for all below */
  GCond ended;
  CatalinaTop *top;
  gint64 packets_us; /* the time of the capture, */
  gint64 told_us;    /* and when it was that, by the monotonic clock */
  gint64 drops_us;   /* when it was looked for these */
  guint64 dropped;
  gboolean has_ended;
  GError *error; /* nullable: with which */
} Reader;

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  Reader *self = user_data;
  guint tag;

  g_mutex_lock (&self->mutex);
  tag = catalina_top_get_sink ()->message (message, wants_ack, self->top);
  g_mutex_unlock (&self->mutex);
  return tag;
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  Reader *self = user_data;

  g_mutex_lock (&self->mutex);
  catalina_top_get_sink ()->fate (tag, fate, latency_us, self->top);
  g_mutex_unlock (&self->mutex);
}

static void
on_heartbeat (gint64 time_us,
              const TribesEndpoint *from,
              const TribesEndpoint *to,
              const guint8 *data,
              gsize size,
              const TribesMemberFields *fields,
              gpointer user_data)
{
}

static gboolean
on_progress (gint64 now_us, gpointer user_data)
{
  Reader *self = user_data;
  gint64 clock_us = g_get_monotonic_time ();
  guint64 dropped, interface_dropped;

  g_mutex_lock (&self->mutex);
  self->packets_us = now_us;
  self->told_us = clock_us;
  if (now_us > 0)
    catalina_top_advance (self->top, now_us);
  if (clock_us - self->drops_us > DROPS_US)
    {
      catalina_tool_capture_get_drops (self->options->capture, &dropped, &interface_dropped);
      self->dropped = dropped + interface_dropped;
      self->drops_us = clock_us;
    }
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

static gpointer
read_packets (gpointer user_data)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat };
  Reader *self = user_data;
  g_autoptr (TribesCapture) capture = tribes_capture_new (NULL, &sink, self);
  g_autoptr (GError) error = NULL;
  gboolean ok
      = catalina_tool_capture_run (self->options->capture, capture, 0, on_progress, self, &error);

  tribes_capture_finish (capture);
  g_mutex_lock (&self->mutex);
  self->has_ended = TRUE;
  if (!ok)
    self->error = g_steal_pointer (&error);
  g_cond_signal (&self->ended);
  g_mutex_unlock (&self->mutex);
  (void) eventfd_write (self->ended_fd, 1);
  return NULL;
}

/* A signal may come before who reads begins to wait. */
static void
stop (Reader *self, GThread *thread)
{
  g_mutex_lock (&self->mutex);
  while (!self->has_ended)
    {
      catalina_tool_capture_stop (self->options->capture);
      (void) g_cond_wait_until (&self->ended, &self->mutex, g_get_monotonic_time () + WAKE_US);
    }
  g_mutex_unlock (&self->mutex);
  g_thread_join (thread);
}

/* With the lock. */
static void
advance (Reader *self)
{
  if (self->has_ended || self->options->kind == CATALINA_TOOL_TOP_FILE)
    return;
  if (self->options->kind == CATALINA_TOOL_TOP_INTERFACE)
    catalina_top_advance (self->top, g_get_real_time ());
  else if (self->packets_us > 0)
    catalina_top_advance (self->top, self->packets_us + g_get_monotonic_time () - self->told_us);
}

static void
look (Reader *self, CatalinaTopScreen *top)
{
  g_mutex_lock (&self->mutex);
  advance (self);
  top->dropped = self->dropped;
  if (self->has_ended && !top->has_ended)
    {
      top->has_ended = TRUE;
      /* Nothing happens any more: what has happened is of interest. */
      top->is_whole = TRUE;
      if (self->error)
        top->problem = g_strdup (self->error->message);
    }
  catalina_top_screen_take (top, self->top);
  g_mutex_unlock (&self->mutex);
}

static void
press_keys (CatalinaToolScreen *screen, CatalinaTopScreen *top, guint *silence)
{
  gunichar key = catalina_tool_screen_read_key (screen);

  *silence = key != 0 ? 0 : *silence + 1;
  for (; key != 0 && !top->is_done; key = catalina_tool_screen_read_key (screen))
    catalina_top_screen_press (top, key);
  top->is_done |= *silence > MAX_SILENCE;
}

static void
take_signal (int fd, CatalinaToolScreen *screen, CatalinaTopScreen *top)
{
  struct signalfd_siginfo signal;

  if (read (fd, &signal, sizeof signal) != sizeof signal)
    return;
  if (signal.ssi_signo == SIGWINCH || signal.ssi_signo == SIGCONT)
    catalina_tool_screen_resize (screen);
  else if (signal.ssi_signo == SIGTSTP)
    catalina_tool_screen_suspend (screen);
  else
    top->is_done = TRUE;
}

static void
loop (Reader *self, CatalinaToolScreen *screen, CatalinaTopScreen *top, int signals_fd)
{
  struct pollfd sources[] = { { catalina_tool_screen_get_fd (screen), POLLIN, 0 },
                              { signals_fd, POLLIN, 0 },
                              { self->ended_fd, POLLIN, 0 } };
  gint64 next_us = 0;
  guint silence = 0;

  while (!top->is_done)
    {
      gint64 now_us = g_get_monotonic_time ();

      if (now_us >= next_us)
        next_us = now_us + self->options->interval_us;
      look (self, top);
      catalina_tool_screen_draw (screen, top);
      if (poll (sources, G_N_ELEMENTS (sources), (int) ((next_us - now_us + 999) / 1000)) < 0)
        continue;
      if ((sources[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        top->is_done = TRUE;
      else if (sources[0].revents != 0)
        press_keys (screen, top, &silence);
      if (sources[1].revents != 0)
        take_signal (signals_fd, screen, top);
      /* Once is enough. */
      if (sources[2].revents != 0)
        sources[2].fd = -1;
    }
}

/* For all threads that are to come. */
static int
hold_signals (void)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT };
  sigset_t set;

  sigemptyset (&set);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    sigaddset (&set, numbers[i]);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  return signalfd (-1, &set, SFD_CLOEXEC);
}

static gboolean
run (Reader *self, GError **error)
{
  g_autoptr (CatalinaToolScreen) screen = catalina_tool_screen_open (error);
  g_auto (CatalinaTopScreen) top;
  GThread *thread;
  int signals_fd;

  catalina_top_screen_init (&top, self->options->name, g_get_charset (NULL));
  if (!screen)
    return FALSE;
  signals_fd = hold_signals ();
  top.view = self->options->view;
  top.window_us = self->options->interval_us;
  top.is_whole = self->options->kind == CATALINA_TOOL_TOP_FILE;
  catalina_top_screen_sort (&top, self->options->column);
  thread = g_thread_new ("packets", read_packets, self);
  loop (self, screen, &top, signals_fd);
  stop (self, thread);
  close (signals_fd);
  return TRUE;
}

int
catalina_tool_top_run_screen (const CatalinaToolTopOptions *options)
{
  g_autoptr (CatalinaTop) top
      = catalina_top_new (options->interval_us, MAX (options->interval_us, PERIOD_US));
  Reader reader = { .options = options, .top = top, .ended_fd = eventfd (0, EFD_CLOEXEC) };
  g_autoptr (GError) error = NULL;
  gboolean ok = run (&reader, &error);
  int code = CATALINA_TOOL_OK;

  if (reader.ended_fd >= 0)
    close (reader.ended_fd);
  if (!ok)
    code = catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  else if (reader.error)
    code = catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", reader.error->message);
  g_clear_error (&reader.error);
  return code;
}
