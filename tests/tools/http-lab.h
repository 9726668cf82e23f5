/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP interface of a cluster of one member, and who asks it.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tests/tools/tools-support.h"

G_BEGIN_DECLS

#define TOKEN    "abcdefghijklmnop"
#define SESSIONS "/contexts/localhost%23%2Fshop/sessions"
#define MAP      "/contexts/localhost%23%2Fshop/map"

typedef struct
{
  CatalinaCluster *cluster;
  CatalinaToolHttp *http;
  guint16 port;
} Fixture;

typedef struct
{
  guint status;
  char *head;
  char *body;
} Answer;

/* Takes @cluster. */
void fixture_serve (Fixture *self, CatalinaCluster *cluster, const char *token);
void fixture_start (Fixture *self, const char *members, const char *token);
void http_lab_set_up (Fixture *self, gconstpointer data);
void http_lab_tear_down (Fixture *self, gconstpointer data);
GSocket *http_lab_connect_to (Fixture *self);
/* The main context runs the server, so it has to turn while this waits. */
void http_lab_wait_for (GSocket *socket, GIOCondition condition);
/* Whether all of it was taken. */
gboolean http_lab_send_all (GSocket *socket, const char *data, gsize size);
/* Everything until the server closes. */
char *http_lab_receive_all (GSocket *socket);
Answer http_lab_exchange (Fixture *self, const char *data, gsize size);
/* @headers: lines with their ends, or "". @body: nullable. */
Answer http_lab_ask (
    Fixture *self, const char *method, const char *path, const char *headers, const char *body);
void http_lab_assert_status (Fixture *self,
                             const char *method,
                             const char *path,
                             const char *headers,
                             const char *body,
                             guint status);
void http_lab_assert_body (Fixture *self, const char *path, const char *body);
char *http_lab_create_session (Fixture *self);
void http_lab_answer_clear (Answer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, http_lab_answer_clear)

G_END_DECLS
