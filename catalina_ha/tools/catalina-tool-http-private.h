/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP interface of a node, and of whoever looks on. It lives in the main loop of the cluster
 * and must not hold it up, so what a client can cost is bounded: the size of headers and bodies,
 * the number of connections, their idle time, the length of a page of a list. What serves, the page
 * included, knows nothing of what is shown.
 */
#pragma once

#include <libsoup/soup.h>

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/tools/catalina-tool-events-private.h"
#include "catalina_ha/tools/catalina-tool-options-private.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolHttp CatalinaToolHttp;

/* What is shown. */
typedef struct
{
  /* Answers a request, at once or later. */
  void (*route) (gpointer shown, SoupServerMessage *message, const char *path, GHashTable *query);
  /* Answers those who wait; before the server goes. */
  void (*free) (gpointer shown);
} CatalinaToolShownClass;

/* Takes @shown. @token: (nullable): what requests have to bear. Without it the interface keeps to
 * loopback addresses, and to clients that are no web page. @certificate: (nullable): with its key;
 * TLS. */
CatalinaToolHttp *catalina_tool_http_new_showing (const CatalinaToolShownClass *klass,
                                                  gpointer shown,
                                                  const char *token,
                                                  GTlsCertificate *certificate);
void catalina_tool_http_free (CatalinaToolHttp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolHttp, catalina_tool_http_free)

/* catalina-tool-http-cluster.c: a cluster is shown. */
CatalinaToolHttp *
catalina_tool_http_new (CatalinaCluster *cluster, const char *token, GTlsCertificate *certificate);
/* Whose lost lines are counted, as long as it is there; NULL: nobody's. Of one that shows a
 * cluster.
 * @events: (nullable) (transfer none) */
void catalina_tool_http_set_events (CatalinaToolHttp *self, CatalinaToolEvents *events);
gpointer catalina_tool_http_peek_shown (CatalinaToolHttp *self);

gboolean catalina_tool_http_listen (CatalinaToolHttp *self,
                                    GInetAddress *address,
                                    guint16 port,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A Unix socket, which nobody but this user can connect to, in place of one that nobody listens at
 * any more. */
gboolean catalina_tool_http_listen_unix (CatalinaToolHttp *self,
                                         const char *path,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where it listens. */
char *catalina_tool_http_dup_uri (CatalinaToolHttp *self);

/* A token as a file holds it, without the white space around it. */
char *catalina_tool_http_read_token (const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* catalina-tool-http-door.c: what the command line says of where to serve, and for whom. */
typedef struct
{
  const CatalinaToolAddress *address; /* its text NULL: no address */
  const char *path;                   /* nullable: of a Unix socket, in place of an address */
  const char *token_file;             /* nullable */
  const char *certificate_file;       /* nullable */
  const char *key_file;               /* nullable: it is in the same file */

  char *token;                  /* nullable */
  GTlsCertificate *certificate; /* nullable */
  GInetAddress *found;          /* nullable */
} CatalinaToolDoor;

void catalina_tool_door_clear (CatalinaToolDoor *door);
/* Reads the files and looks up the name. Returns an exit code, and has complained. */
int catalina_tool_door_prepare (CatalinaToolDoor *door) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_tool_door_is_wanted (const CatalinaToolDoor *door);
gboolean catalina_tool_door_open (const CatalinaToolDoor *door,
                                  CatalinaToolHttp *http,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* catalina-tool-http-connection.c: hands connections to the server, as many as may be, and ends
 * those that take too long. @certificate: (nullable) */
typedef struct _CatalinaToolConnections CatalinaToolConnections;
/* One is over. */
typedef void (*CatalinaToolRoomFunc) (gpointer data);

CatalinaToolConnections *catalina_tool_connections_new (SoupServer *server,
                                                        GTlsCertificate *certificate,
                                                        CatalinaToolRoomFunc on_room,
                                                        gpointer data);
/* Whether no more are to be accepted. */
gboolean catalina_tool_connections_are_full (CatalinaToolConnections *self);
/* Ends one, if there is one that may be. */
void catalina_tool_connections_make_room (CatalinaToolConnections *self);
/* Ends them all. */
void catalina_tool_connections_free (CatalinaToolConnections *self);
gboolean catalina_tool_connections_accept (CatalinaToolConnections *self,
                                           GSocketConnection *stream,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the connection of a request. */
void catalina_tool_http_cut (SoupServerMessage *message);
/* How far the request is; @trusted: it may be looked at, and is not ended to make room. */
void catalina_tool_http_head_read (SoupServerMessage *message, gboolean trusted);
void catalina_tool_http_body_read (SoupServerMessage *message);
/* Whether an answer of so many bytes can be kept until the client has taken it; FALSE if too many
 * wait for that. */
gboolean catalina_tool_http_has_room (SoupServerMessage *message, gsize size);

/* catalina-tool-http-answer.c */
void catalina_tool_http_refuse (SoupServerMessage *message, guint status, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* Takes the text of @json. */
void catalina_tool_http_answer_json (SoupServerMessage *message, guint status, TribesJson *json);
/* @size: of @text, which it takes. */
void catalina_tool_http_answer_text (
    SoupServerMessage *message, guint status, const char *type, char *text, gsize size);
void catalina_tool_http_answer_error (SoupServerMessage *message, const GError *error);
/* Of a request that changed something: with who has it, where not everybody does. */
void catalina_tool_http_answer_failure (SoupServerMessage *message,
                                        GAsyncResult *result,
                                        const GError *error);

/* catalina-tool-http-guard.c: whether the request may be looked at; otherwise it has been answered.
 */
gboolean
catalina_tool_http_guard (SoupServerMessage *message, const char *token, gboolean is_secure);

/* catalina-tool-http-path.c: the parts of a path between its slashes, percent-decoded. */
char **catalina_tool_http_split_path (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* catalina-tool-http-page.c: whether a request is for a file of the page, and its answer. */
gboolean catalina_tool_http_is_page (SoupServerMessage *message);
void catalina_tool_http_answer_page (SoupServerMessage *message);

/* catalina-tool-http-feed.c: what happens, for those who ask. */
typedef struct _CatalinaToolFeed CatalinaToolFeed;

/* Called when somebody begins to ask, and when nobody has asked for some time. */
typedef void (*CatalinaToolFeedFunc) (CatalinaToolFeed *feed, gboolean is_watched, gpointer data);

/* @watch: (nullable): NULL: the last events are kept in any case. */
CatalinaToolFeed *catalina_tool_feed_new (CatalinaToolFeedFunc watch, gpointer data);
/* An event, as an object in one line. */
void catalina_tool_feed_put (CatalinaToolFeed *self, const char *line, gsize size);
/* Answers those who wait. */
void catalina_tool_feed_free (CatalinaToolFeed *self);
/* Answers with what came since the event that the request names, or waits for something. */
void
catalina_tool_feed_answer (CatalinaToolFeed *self, SoupServerMessage *message, GHashTable *query);

typedef struct _CatalinaToolRequest CatalinaToolRequest;
typedef void (*CatalinaToolHandler) (const CatalinaToolRequest *request);

/* A pattern's `*` stands for one part. */
typedef struct
{
  const char *pattern[7];
  const char *allow;
  CatalinaToolHandler get, put, post, patch, delete;
  gboolean is_plain; /* its first `*` is no context */
} CatalinaToolRoute;

/* What there is; the last one has no methods. */
typedef struct
{
  const CatalinaToolRoute *routes;
  /* Finds the context of a request; FALSE: it has been answered. */
  gboolean (*resolve) (CatalinaToolRequest *request);
  const char *expected; /* paths, in words */
} CatalinaToolTable;

/* catalina-tool-http-table.c: answers a request, at once or later: each path that there is answers
 * each method, if only by saying which it takes. */
void catalina_tool_http_dispatch (const CatalinaToolTable *table,
                                  CatalinaToolRequest *request,
                                  const char *path);
/* What there is, for whoever looks at it without the manual. */
void catalina_tool_http_get_paths (const CatalinaToolRequest *request);
/* A page of a list, as the query asks for it; FALSE: it makes no sense, and has been answered. */
gboolean
catalina_tool_http_get_slice (const CatalinaToolRequest *request, guint *offset, guint *limit);

/* catalina-tool-http-route.c */
void catalina_tool_http_route (CatalinaCluster *cluster,
                               CatalinaToolFeed *feed,
                               guint64 events_lost,
                               SoupServerMessage *message,
                               const char *path,
                               GHashTable *query);

/* What handlers need to know of a request. */
struct _CatalinaToolRequest
{
  gpointer shown;           /* of who looks on */
  CatalinaCluster *cluster; /* of a node, with what follows */
  guint64 events_lost;
  CatalinaManager *manager;

  const CatalinaToolTable *table;
  CatalinaToolFeed *feed;
  SoupServerMessage *message;
  const char *context;
  const char *session;   /* nullable */
  const char *attribute; /* nullable */
  GHashTable *query;     /* nullable */
};

/* catalina-tool-http-map.c */
void catalina_tool_http_get_map (const CatalinaToolRequest *request);
/* Adds who has a session, where not all members have all. */
void catalina_tool_http_add_place (TribesJson *json, CatalinaManager *manager, const char *id);
/* Adds who has such a map, and how much is in it. */
void catalina_tool_http_add_map (TribesJson *json, CatalinaManager *manager);
void catalina_tool_http_add_replicated_contexts (TribesJson *json, CatalinaCluster *cluster);
/* catalina-tool-http-maps.c: the id of a login is the request's context, and the name of a context's
 * attribute its session: the first and the second `*`. */
void catalina_tool_http_list_logins (const CatalinaToolRequest *request);
void catalina_tool_http_delete_login (const CatalinaToolRequest *request);
void catalina_tool_http_list_context_attributes (const CatalinaToolRequest *request);
void catalina_tool_http_put_context_attribute (const CatalinaToolRequest *request);
void catalina_tool_http_delete_context_attribute (const CatalinaToolRequest *request);

void catalina_tool_http_list_sessions (const CatalinaToolRequest *request);
void catalina_tool_http_create_session (const CatalinaToolRequest *request);
void catalina_tool_http_get_session (const CatalinaToolRequest *request);
void catalina_tool_http_patch_session (const CatalinaToolRequest *request);
void catalina_tool_http_delete_session (const CatalinaToolRequest *request);
void catalina_tool_http_get_attribute (const CatalinaToolRequest *request);
void catalina_tool_http_put_attribute (const CatalinaToolRequest *request);
void catalina_tool_http_delete_attribute (const CatalinaToolRequest *request);

/* catalina-tool-http-body.c: NULL if there is none; the request has been answered then. */
TribesJavaValue *catalina_tool_http_read_value (const CatalinaToolRequest *request);
/* Of {"attributes": {...}, "maxInactiveInterval": ...}, either of which may be missing. */
CatalinaDelta *catalina_tool_http_read_changes (const CatalinaToolRequest *request);

/* Bytes of the body of a request. An attribute larger than this is none that somebody types. */
#define CATALINA_TOOL_HTTP_MAX_BODY (1024 * 1024)

G_END_DECLS
