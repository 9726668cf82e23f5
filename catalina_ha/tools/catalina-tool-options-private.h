/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of `tribes node`, checked as far as that can be done without touching anything.
 */
#pragma once

#include <gio/gio.h>

#include "catalina_ha/manager/catalina-vault.h"
#include "catalina_ha/tools/catalina-tool-limits-private.h"

G_BEGIN_DECLS

/* A host, which may be a name, and a port, of which 0 leaves the choice to the kernel. */
typedef struct
{
  char *text; /* as it was given; NULL for an address that was not */
  char *host;
  guint16 port;
} CatalinaToolAddress;

typedef struct
{
  gboolean help; /* its text has been printed */
  char *config;
  char *cluster; /* NULL: the first one */
  char **definitions;
  char *catalina_properties;
  char *tomcat;
  CatalinaToolAddress receiver;
  char *unique_id;
  char *state_directory; /* NULL: none */
  char **contexts;       /* NULL: those of the file */
  char *deploy_to;       /* NULL: nothing is deployed */
  gboolean heal;
  CatalinaVault vault;
  gboolean json;
  char **events; /* NULL: all */
  char *filter;  /* NULL: all of these */
  gboolean quiet;
  guint64 count; /* of events, then it ends; 0: never */
  CatalinaToolAddress http;
  char *http_path; /* of a Unix socket, instead of an address */
  char *http_token_file;
  char *http_certificate;
  char *http_key; /* NULL: in the same file */
  gboolean show_ids;
  guint verbosity;
  CatalinaToolLimits limits;
  gboolean has_limits; /* other than the defaults */
} CatalinaToolOptions;

gboolean catalina_tool_address_parse (CatalinaToolAddress *address,
                                      const char *option,
                                      const char *text,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where to serve HTTP: an address, whose host is this machine's if there is a port only, or the path
 * of a Unix socket behind "unix:". */
gboolean catalina_tool_place_parse (const char *text,
                                    CatalinaToolAddress *address,
                                    char **path,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

CatalinaToolOptions *
catalina_tool_options_parse (int argc, char **argv, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_tool_options_free (CatalinaToolOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolOptions, catalina_tool_options_free)

G_END_DECLS
