/* SPDX-License-Identifier: Apache-2.0
 *
 * The `tribes` command: finds the subcommand and leaves the rest to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/tribes-version.h"

static const struct
{
  const char *name;
  CatalinaToolFunc function;
  const char *summary;
} tools[] = {
  { "check", catalina_tool_check, "find the mistakes in server.xml files" },
  { "decode", catalina_tool_decode, "show what frames, messages and Java streams say" },
  { "diff", catalina_tool_diff, "say in what the sessions of members differ" },
  { "monitor", catalina_tool_monitor, "show what members of a cluster say to each other" },
  { "node", catalina_tool_node, "be a member of a cluster of Tomcats" },
  { "probe", catalina_tool_probe, "see whether members of a cluster answer, and how fast" },
  { "report", catalina_tool_report, "sum up what members of a cluster said to each other" },
  { "restore", catalina_tool_restore, "put sessions of a snapshot back into a running cluster" },
  { "snapshot", catalina_tool_snapshot, "take all sessions of a running member" },
  { "top", catalina_tool_top, "watch who sends how much about what" },
};

static void
print_usage (void)
{
  g_print ("Usage: tribes COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n");
  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    g_print ("  %-10s %s\n", tools[i].name, tools[i].summary);
  g_print ("\n\"tribes help COMMAND\" or \"man tribes\" tells more about one of them.\n");
}

static int
run_tool (const char *name, int argc, char **argv)
{
  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    {
      g_autofree char *program = NULL;

      if (strcmp (name, tools[i].name) != 0)
        continue;
      /* For its help and its complaints. */
      program = g_strconcat ("tribes ", name, NULL);
      g_set_prgname (program);
      return tools[i].function (argc, argv);
    }
  return catalina_tool_complain (CATALINA_TOOL_USAGE, "no command \"%s\"; see \"tribes --help\"",
                                 name);
}

/* A closed standard output is one that cannot be written to, and not the first socket that is
 * opened: /dev/null for the other direction keeps its number. */
static void
occupy_standard_files (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    {
      if (fcntl (fd, F_GETFD) < 0 && errno == EBADF)
        (void) !open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

static int
run_command (int argc, char **argv)
{
  if (argc < 2)
    {
      print_usage ();
      return CATALINA_TOOL_USAGE;
    }
  if (argc == 3 && strcmp (argv[1], "help") == 0)
    return run_tool (argv[2], 2, (char *[]){ argv[2], (char *) "--help", NULL });
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0
      || strcmp (argv[1], "help") == 0)
    {
      print_usage ();
      return CATALINA_TOOL_OK;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      g_print ("tribes %s\n", TRIBES_VERSION_STRING);
      return CATALINA_TOOL_OK;
    }
  return run_tool (argv[1], argc - 1, argv + 1);
}

static int exit_code;

/* Help that GOption prints ends the program by itself, so this is looked at last of all. */
static void
check_standard_output (void)
{
  if ((fflush (stdout) == 0 && !ferror (stdout)) || exit_code == CATALINA_TOOL_USAGE)
    return;
  /* What was asked for has not been printed. */
  _exit (catalina_tool_complain (CATALINA_TOOL_FAILED, "cannot write to standard output"));
}

int
main (int argc, char **argv)
{
  occupy_standard_files ();
  setlocale (LC_ALL, "");
  g_set_prgname ("tribes");
  if (atexit (check_standard_output) != 0)
    return CATALINA_TOOL_FAILED;
  exit_code = run_command (argc, argv);
  return exit_code;
}
