/* SPDX-License-Identifier: Apache-2.0
 *
 * The one file that knows ncurses. What it would do on a signal is not left to it: who waits for
 * keys takes signals out of a file descriptor. A crash leaves by the way that is prepared for it,
 * without asking ncurses, whose state nobody knows then.
 */
#include "catalina_ha/tools/catalina-tool-screen-private.h"

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* How long an escape may be the beginning of a longer key. */
#define ESCAPE_MS 50

struct _CatalinaToolScreen
{
  SCREEN *screen;
  FILE *keys;
  int fd; /* of these */
  attr_t styles[CATALINA_TOP_N_STYLES];
};

/* What a crash does with the terminal. */
static struct
{
  volatile sig_atomic_t is_open;
  struct termios modes;
  char text[256];
  gsize size;
} rescue;

static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };

/* Nothing here but what may be called in a handler. */
static void
on_crash (int number)
{
  if (rescue.is_open)
    {
      rescue.is_open = 0;
      (void) !write (STDOUT_FILENO, rescue.text, rescue.size);
      tcsetattr (STDOUT_FILENO, TCSANOW, &rescue.modes);
    }
  raise (number); /* as if nobody had been here */
}

static void
prepare_text (const char *capability)
{
  const char *text = tigetstr (capability);
  gsize size = text && text != (const char *) -1 ? strlen (text) : 0;

  if (rescue.size + size > sizeof rescue.text)
    return;
  if (size > 0)
    memcpy (rescue.text + rescue.size, text, size);
  rescue.size += size;
}

static void
prepare_for_crashes (void)
{
  struct sigaction action = { .sa_handler = on_crash, .sa_flags = (int) SA_RESETHAND };

  rescue.size = 0;
  prepare_text ("sgr0");
  prepare_text ("cnorm");
  prepare_text ("rmkx");
  prepare_text ("rmcup");
  rescue.is_open = 1;
  sigemptyset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (crashes); i++)
    sigaction (crashes[i], &action, NULL);
}

static gboolean
fail (GError **error, const char *format, const char *what)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, format, what);
  return FALSE;
}

static gboolean
open_keys (CatalinaToolScreen *self, GError **error)
{
  int fd = isatty (STDIN_FILENO) ? fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                 : open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    return fail (error, "no terminal to read keys from: %s", g_strerror (errno));
  self->keys = fdopen (fd, "r");
  if (!self->keys)
    {
      close (fd);
      return fail (error, "no terminal to read keys from: %s", g_strerror (errno));
    }
  self->fd = fd;
  return TRUE;
}

static void
choose_styles (CatalinaToolScreen *self)
{
  const char *no_colour = g_getenv ("NO_COLOR");
  gboolean has_colour = has_colors () && (!no_colour || no_colour[0] == '\0');

  self->styles[CATALINA_TOP_STRONG] = A_BOLD;
  self->styles[CATALINA_TOP_FAINT] = A_DIM;
  self->styles[CATALINA_TOP_BAR] = A_REVERSE;
  self->styles[CATALINA_TOP_BAR_SELECTED] = A_BOLD | A_UNDERLINE;
  self->styles[CATALINA_TOP_SELECTED] = A_REVERSE | A_BOLD;
  self->styles[CATALINA_TOP_ALERT] = A_BOLD;
  if (!has_colour || start_color () == ERR)
    return;
  use_default_colors ();
  init_pair (1, COLOR_BLACK, COLOR_GREEN);
  init_pair (2, COLOR_BLACK, COLOR_CYAN);
  init_pair (3, COLOR_RED, -1);
  self->styles[CATALINA_TOP_BAR] = COLOR_PAIR (1);
  self->styles[CATALINA_TOP_BAR_SELECTED] = self->styles[CATALINA_TOP_SELECTED] = COLOR_PAIR (2);
  self->styles[CATALINA_TOP_ALERT] = COLOR_PAIR (3) | A_BOLD;
}

static void
set_modes (CatalinaToolScreen *self)
{
  cbreak ();
  noecho ();
  nonl ();
  curs_set (0);
  keypad (stdscr, TRUE);
  nodelay (stdscr, TRUE);
  set_escdelay (ESCAPE_MS);
  choose_styles (self);
}

static gboolean
fail_by_name (GError **error)
{
  const char *term = g_getenv ("TERM");

  return fail (error, "TERM is \"%s\", which is no terminal whose screen can be filled", term ? term : "");
}

/* Text can be put anywhere on it: a teletype is known, too. */
static gboolean
can_be_drawn_on (void)
{
  const char *move = tigetstr ("cup");

  return move && move != (const char *) -1;
}

gboolean
catalina_tool_screen_check (GError **error)
{
  int known = 0;
  gboolean ok;

  if (!isatty (STDOUT_FILENO))
    return fail (error, "%s", "standard output is no terminal; --batch prints to anything");
  if (setupterm (NULL, STDOUT_FILENO, &known) != OK)
    return fail_by_name (error);
  ok = can_be_drawn_on ();
  del_curterm (cur_term);
  return ok || fail_by_name (error);
}

CatalinaToolScreen *
catalina_tool_screen_open (GError **error)
{
  g_autoptr (CatalinaToolScreen) self = g_new0 (CatalinaToolScreen, 1);

  if (!catalina_tool_screen_check (error) || !open_keys (self, error))
    return NULL;
  if (tcgetattr (STDOUT_FILENO, &rescue.modes) == 0)
    self->screen = newterm (NULL, stdout, self->keys);
  if (!self->screen)
    {
      (void) fail_by_name (error);
      return NULL;
    }
  prepare_for_crashes ();
  set_modes (self);
  return g_steal_pointer (&self);
}

void
catalina_tool_screen_close (CatalinaToolScreen *self)
{
  if (self->screen)
    {
      endwin ();
      rescue.is_open = 0;
      for (guint i = 0; i < G_N_ELEMENTS (crashes); i++)
        signal (crashes[i], SIG_DFL);
      delscreen (self->screen);
    }
  if (self->keys)
    fclose (self->keys);
  g_free (self);
}

int
catalina_tool_screen_get_fd (const CatalinaToolScreen *self)
{
  return self->fd;
}

static gunichar
find_key (wint_t key)
{
  switch (key)
    {
    case KEY_UP:
      return CATALINA_TOP_KEY_UP;
    case KEY_DOWN:
      return CATALINA_TOP_KEY_DOWN;
    case KEY_LEFT:
      return CATALINA_TOP_KEY_LEFT;
    case KEY_RIGHT:
      return CATALINA_TOP_KEY_RIGHT;
    case KEY_PPAGE:
      return CATALINA_TOP_KEY_PAGE_UP;
    case KEY_NPAGE:
      return CATALINA_TOP_KEY_PAGE_DOWN;
    case KEY_HOME:
      return CATALINA_TOP_KEY_HOME;
    case KEY_END:
      return CATALINA_TOP_KEY_END;
    case KEY_BACKSPACE:
      return CATALINA_TOP_KEY_BACKSPACE;
    case KEY_ENTER:
      return CATALINA_TOP_KEY_ENTER;
    case KEY_BTAB:
      return CATALINA_TOP_KEY_PREVIOUS_VIEW;
    default:
      return CATALINA_TOP_KEY_OTHER;
    }
}

gunichar
catalina_tool_screen_read_key (CatalinaToolScreen *self)
{
  wint_t key;
  int kind = wget_wch (stdscr, &key);

  if (kind == ERR)
    return 0;
  if (kind == KEY_CODE_YES)
    return find_key (key);
  switch (key)
    {
    case 0:
      return CATALINA_TOP_KEY_OTHER;
    case '\b':
    case 0x7f:
      return CATALINA_TOP_KEY_BACKSPACE;
    case '\r':
    case '\n':
      return CATALINA_TOP_KEY_ENTER;
    case 0x1b:
      return CATALINA_TOP_KEY_ESCAPE;
    default:
      return (gunichar) key;
    }
}

void
catalina_tool_screen_draw (CatalinaToolScreen *self, CatalinaTopScreen *top)
{
  g_autoptr (GArray) pieces
      = catalina_top_screen_draw (top, (guint) getmaxy (stdscr), (guint) getmaxx (stdscr));

  werase (stdscr);
  for (guint i = 0; i < pieces->len; i++)
    {
      const CatalinaTopPiece *piece = &g_array_index (pieces, CatalinaTopPiece, i);

      wattrset (stdscr, (int) self->styles[piece->style]);
      mvwaddstr (stdscr, (int) piece->line, (int) piece->column, piece->text);
    }
  wattrset (stdscr, A_NORMAL);
  wrefresh (stdscr);
}

void
catalina_tool_screen_resize (CatalinaToolScreen *self)
{
  struct winsize size = { 0 };

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
    resizeterm (size.ws_row, size.ws_col);
  clearok (stdscr, TRUE);
}

void
catalina_tool_screen_suspend (CatalinaToolScreen *self)
{
  endwin ();
  rescue.is_open = 0;
  raise (SIGSTOP);
  rescue.is_open = 1;
  catalina_tool_screen_resize (self);
}
