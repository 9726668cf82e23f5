/* SPDX-License-Identifier: Apache-2.0
 *
 * The screen of `tribes top`. Signals come out of a file descriptor, so that none finds the
 * terminal half drawn.
 */
#include "catalina_ha/tools/catalina-tool-top-private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "catalina_ha/tools/catalina-tool-screen-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

/* Of so long the latencies are that are shown; or of twice that. */
#define PERIOD_US (30 * G_USEC_PER_SEC)
/* As often a terminal may say that there is a key where there is none before it is taken for one
 * that has gone. */
#define MAX_SILENCE 10

typedef struct
{
  const CatalinaToolTopOptions *options;
  CatalinaToolTopSource *source;
  CatalinaToolScreen *screen;
  CatalinaTopScreen top;
  int signals_fd;
  guint silence;
} Live;

/* What there is to be shown. */
static void
look (Live *self)
{
  CatalinaTopScreen *top = &self->top;
  CatalinaToolTopState state = catalina_tool_top_source_lock (self->source);

  /* Nothing happens any more: what has happened is of interest. */
  if (state.has_ended && !top->has_ended)
    top->is_whole = TRUE;
  top->has_ended = state.has_ended;
  top->dropped = state.dropped;
  g_free (top->problem);
  top->problem = g_strdup (state.problem);
  catalina_top_screen_take (top, state.top);
  catalina_tool_top_source_unlock (self->source);
}

static void
take_filter (Live *self)
{
  CatalinaTopScreen *top = &self->top;
  g_autoptr (GError) error = NULL;
  gboolean ok
      = catalina_tool_top_source_filter (self->source, g_steal_pointer (&top->wanted), &error);

  catalina_top_screen_answer (top, ok ? NULL : error->message);
}

static void
press_keys (Live *self)
{
  gunichar key = catalina_tool_screen_read_key (self->screen);

  self->silence = key != 0 ? 0 : self->silence + 1;
  for (; key != 0 && !self->top.is_done; key = catalina_tool_screen_read_key (self->screen))
    {
      catalina_top_screen_press (&self->top, key);
      if (self->top.wants_a_filter)
        take_filter (self);
    }
  self->top.is_done |= self->silence > MAX_SILENCE;
}

static void
take_signal (Live *self)
{
  struct signalfd_siginfo signal;

  if (read (self->signals_fd, &signal, sizeof signal) != sizeof signal)
    return;
  if (signal.ssi_signo == SIGWINCH || signal.ssi_signo == SIGCONT)
    catalina_tool_screen_resize (self->screen);
  else if (signal.ssi_signo == SIGTSTP && self->options->kind == CATALINA_TOOL_TOP_CLUSTER)
    catalina_top_screen_say (&self->top, "a member does not stand still: others would wait for it");
  else if (signal.ssi_signo == SIGTSTP)
    catalina_tool_screen_suspend (self->screen);
  else
    self->top.is_done = TRUE;
}

static void
loop (Live *self)
{
  struct pollfd sources[] = { { catalina_tool_screen_get_fd (self->screen), POLLIN, 0 },
                              { self->signals_fd, POLLIN, 0 },
                              { catalina_tool_top_source_get_fd (self->source), POLLIN, 0 } };
  gint64 next_us = 0;

  while (!self->top.is_done)
    {
      gint64 now_us = g_get_monotonic_time ();

      if (now_us >= next_us)
        next_us = now_us + self->options->interval_us;
      look (self);
      catalina_tool_screen_draw (self->screen, &self->top);
      /* Once is enough, until it is read again. */
      sources[2].fd = self->top.has_ended ? -1 : catalina_tool_top_source_get_fd (self->source);
      if (poll (sources, G_N_ELEMENTS (sources), (int) ((next_us - now_us + 999) / 1000)) < 0)
        continue;
      if ((sources[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        self->top.is_done = TRUE;
      else if (sources[0].revents != 0)
        press_keys (self);
      if (sources[1].revents != 0)
        take_signal (self);
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
  signal (SIGPIPE, SIG_IGN);
  return signalfd (-1, &set, SFD_CLOEXEC);
}

static void
set_up (Live *self)
{
  const CatalinaToolTopOptions *options = self->options;

  catalina_top_screen_init (&self->top, options->name, g_get_charset (NULL));
  self->top.view = options->view;
  self->top.window_us = options->interval_us;
  self->top.is_whole = options->kind == CATALINA_TOOL_TOP_FILE;
  self->top.filter = g_strdup (options->filter);
  catalina_top_screen_sort (&self->top, options->column);
}

static gboolean
run (Live *self, GError **error)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  CatalinaToolTopState state;

  self->signals_fd = hold_signals ();
  if (!catalina_tool_top_source_start (self->source, notes, error))
    return FALSE;
  for (guint i = 0; i < notes->len; i++)
    g_printerr ("%s\n", (const char *) g_ptr_array_index (notes, i));
  self->screen = catalina_tool_screen_open (error);
  if (!self->screen)
    return FALSE;
  set_up (self);
  loop (self);
  g_clear_pointer (&self->screen, catalina_tool_screen_close);
  catalina_top_screen_clear (&self->top);
  state = catalina_tool_top_source_lock (self->source);
  if (state.problem)
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, state.problem);
  catalina_tool_top_source_unlock (self->source);
  return !state.problem;
}

int
catalina_tool_top_run_screen (const CatalinaToolTopOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolTopSource) source
      = catalina_tool_screen_check (&error)
            ? catalina_tool_top_source_new (options, MAX (options->interval_us, PERIOD_US), &error)
            : NULL;
  Live self = { .options = options, .source = source, .signals_fd = -1 };
  gboolean ok = source && run (&self, &error);

  if (self.signals_fd >= 0)
    close (self.signals_fd);
  return ok ? CATALINA_TOOL_OK
            : catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
}
