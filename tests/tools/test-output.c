/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "catalina_ha/tools/catalina-tool-output-private.h"

static char *
read_all (int fd)
{
  GString *text = g_string_new (NULL);
  char buffer[4096];
  gssize size;

  while ((size = read (fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, size);
  return g_string_free (text, FALSE);
}

static void
test_lines (void)
{
  int ends[2];
  CatalinaToolOutput *output;
  g_autofree char *text = NULL;

  g_assert_cmpint (pipe (ends), ==, 0);
  output = catalina_tool_output_new (ends[1], 1000, NULL, NULL);
  g_assert_true (catalina_tool_output_write (output, "one", strlen ("one")));
  g_assert_true (catalina_tool_output_write (output, "", strlen ("")));
  g_assert_true (catalina_tool_output_write (output, "three", strlen ("three")));
  catalina_tool_output_close (output, 60000);
  close (ends[1]);
  text = read_all (ends[0]);
  g_assert_cmpstr (text, ==, "one\n\nthree\n");
  close (ends[0]);
}

/* Nobody reads, ever: nothing waits for it, and what does not fit is lost. */
static void
test_slow_reader (void)
{
  const gsize room = 100000;
  int ends[2];
  CatalinaToolOutput *output;
  gsize capacity, taken = 0;
  g_autofree char *line = g_strnfill (room, 'x');

  g_assert_cmpint (pipe (ends), ==, 0);
  capacity = (gsize) fcntl (ends[1], F_GETPIPE_SZ);
  output = catalina_tool_output_new (ends[1], room, NULL, NULL);
  for (guint i = 0; i < 10000; i++)
    taken += catalina_tool_output_write (output, line, 99);
  g_assert_cmpuint (taken, >=, room / 100);
  g_assert_cmpuint (taken, <=, (room + capacity) / 100 + 1);
  g_assert_false (catalina_tool_output_write (output, line, room));
  catalina_tool_output_close (output, 10);
  /* Lets the thread end. */
  close (ends[0]);
}

static void
test_gone_reader (void)
{
  int ends[2];
  CatalinaToolOutput *output;

  g_assert_cmpint (pipe (ends), ==, 0);
  close (ends[0]);
  output = catalina_tool_output_new (ends[1], 1000, NULL, NULL);
  g_assert_true (catalina_tool_output_write (output, "one", strlen ("one")));
  /* Returns as soon as the failure is known. */
  g_assert_cmpint (catalina_tool_output_close (output, 60000), ==, EPIPE);
  close (ends[1]);
}

static void
on_broken (int error, gpointer data)
{
  *(int *) data = error;
}

/* Whoever prints hears of it without printing more. */
static void
test_told (void)
{
  int full = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  CatalinaToolOutput *output;
  int error = 0;

  output = catalina_tool_output_new (full, 1000, on_broken, &error);
  g_assert_true (catalina_tool_output_write (output, "one", 3));
  while (error == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (error, ==, ENOSPC);
  g_assert_false (catalina_tool_output_write (output, "two", 3));
  g_assert_cmpint (catalina_tool_output_close (output, 60000), ==, ENOSPC);
  close (full);
}

/* Nor after it has closed. */
static void
test_not_told (void)
{
  int full = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  int error = 0;
  CatalinaToolOutput *output = catalina_tool_output_new (full, 1000, on_broken, &error);

  g_assert_true (catalina_tool_output_write (output, "one", 3));
  g_assert_cmpint (catalina_tool_output_close (output, 60000), ==, ENOSPC);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (error, ==, 0);
  close (full);
}

/* A full pipe that does not block is slow, not broken. */
static void
test_non_blocking (void)
{
  int ends[2];
  CatalinaToolOutput *output;
  g_autofree char *line = g_strnfill (200000, 'x');
  char buffer[4096];
  gsize left = 200001;

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_assert_cmpint (fcntl (ends[1], F_SETFL, O_NONBLOCK), ==, 0);
  output = catalina_tool_output_new (ends[1], 300000, NULL, NULL);
  g_assert_true (catalina_tool_output_write (output, line, 200000));
  while (left > 0)
    {
      gssize size = read (ends[0], buffer, sizeof buffer);

      g_assert_cmpint (size, >, 0);
      left -= (gsize) size;
    }
  g_assert_cmpint (catalina_tool_output_close (output, 60000), ==, 0);
  close (ends[0]);
  close (ends[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/tools/output/lines", test_lines);
  g_test_add_func ("/tools/output/slow-reader", test_slow_reader);
  g_test_add_func ("/tools/output/gone-reader", test_gone_reader);
  g_test_add_func ("/tools/output/told", test_told);
  g_test_add_func ("/tools/output/not-told", test_not_told);
  g_test_add_func ("/tools/output/non-blocking", test_non_blocking);
  return g_test_run ();
}
