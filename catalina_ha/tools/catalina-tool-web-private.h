/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of those who look on and serve what they see.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-capture-private.h"
#include "catalina_ha/tools/catalina-tool-lines-private.h"
#include "catalina_ha/tools/catalina-tool-view-private.h"

G_BEGIN_DECLS

typedef struct
{
  char *http; /* nullable: nothing is served */
  char *token_file;
  char *certificate;
  char *key;

  CatalinaToolAddress address;
  char *path;
  CatalinaToolDoor door;
} CatalinaToolWeb;

/* For a GOptionEntry table. */
#define CATALINA_TOOL_WEB_ENTRIES(web)                                                             \
  { "http",                                                                                        \
    0,                                                                                             \
    0,                                                                                             \
    G_OPTION_ARG_STRING,                                                                           \
    &(web)->http,                                                                                  \
    "show what is seen as a page for browsers",                                                    \
    "[ADDRESS:]PORT|unix:PATH" },                                                                  \
      { "http-token-file",                                                                         \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_FILENAME,                                                                     \
        &(web)->token_file,                                                                        \
        "a file with the token that HTTP requests have to bear",                                   \
        "FILE" },                                                                                  \
      { "http-certificate",                                                                        \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_FILENAME,                                                                     \
        &(web)->certificate,                                                                       \
        "serve HTTPS with this certificate, in PEM",                                               \
        "FILE" },                                                                                  \
  {                                                                                                \
    "http-key", 0, 0, G_OPTION_ARG_FILENAME, &(web)->key,                                          \
        "its key, where the certificate's file does not have it", "FILE"                           \
  }

void catalina_tool_web_clear (CatalinaToolWeb *web);
/* Returns an exit code, and has complained. */
int catalina_tool_web_prepare (CatalinaToolWeb *web) G_GNUC_WARN_UNUSED_RESULT;

/* What whoever has a source read wants to do meanwhile, in the thread that reads it. */
typedef struct
{
  /* It is @now_us. */
  void (*progress) (gint64 now_us, gpointer data);
  /* No more packets come; what the view is told now is the last. */
  void (*finish) (gpointer data);
  /* The view was told all. */
  void (*ended) (const TribesCaptureCounts *counts, gpointer data);
  gpointer data;
} CatalinaToolWebHooks;

/* Serves what @source brings, and goes on with that when nothing more comes, until a signal.
 * @view: through which it goes. Returns an exit code. */
int catalina_tool_web_run (const CatalinaToolWeb *web,
                           CatalinaToolCapture *source,
                           CatalinaToolView *view,
                           CatalinaToolLines *lines,
                           double duration_s,
                           const CatalinaToolWebHooks *hooks);

G_END_DECLS
