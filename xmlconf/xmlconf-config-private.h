/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-config.h"
#include "xmlconf/xmlconf-node-private.h"

G_BEGIN_DECLS

struct _XmlconfCluster
{
  XmlconfNode *node;
  XmlconfNode *engine;
  XmlconfNode *host; /* NULL: the cluster stands in the engine */
  char *jvm_route;
  char **host_names;
  GPtrArray *contexts; /* of XmlconfContext, those that the cluster covers */
  XmlconfNode *sign_on; /* NULL: none */
};

struct _XmlconfConfig
{
  char *file;
  XmlconfElement *root;
  XmlconfProperties *properties;
  GPtrArray *clusters;
  XmlconfElement *too_many; /* not owned: the first cluster over the limit, or NULL */
};

struct _XmlconfContext
{
  char *host;
  char *path;
  char *file; /* where its distributable would stand: web.xml, or the server.xml */
  guint line;
  gboolean known; /* its web.xml was found, or there is none to be found */
  gboolean distributable;
  XmlconfNode *claim;        /* a <Context> that says so, which does not count, or NULL */
  XmlconfElement *fragment; /* web-fragment.xml of a jar that is why not, or NULL */
  int session_timeout;
  XmlconfNode *manager; /* its own, or NULL: the cluster's */
  XmlconfNode *replicated; /* the <Context> where it is a ReplicatedContext, or NULL */
  GError *problem;      /* a file of it could not be read */
};

/* A <Cluster> with all its children, those that Tomcat makes itself included. */
XmlconfNode *xmlconf_build_cluster (XmlconfElement *element, XmlconfProperties *properties);

/* What the files of the application at @doc_base, a folder or a .war, say. (transfer full)
 * (nullable): its context.xml. */
XmlconfElement *
xmlconf_context_read_application (XmlconfContext *self,
                                  const char *doc_base) G_GNUC_WARN_UNUSED_RESULT;
void xmlconf_context_read_timeout (XmlconfContext *self, XmlconfElement *web_xml);

/* The web applications of a host: <Context> elements, descriptors, and folders and .war files below
 * appBase if @base (the value
 * of catalina.base, or NULL) tells where that is. */
void xmlconf_collect_contexts (XmlconfElement *host,
                               const char *engine_name,
                               const char *base,
                               XmlconfProperties *properties,
                               GPtrArray *contexts);

G_END_DECLS
