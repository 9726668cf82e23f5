/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a cloud's list of members is to be had: a Tomcat is told by environment variables, and read
 * here are the same ones, of the same meaning. What they say is fetched from a function, so that
 * they are read once, at a time of the caller's choice.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  TRIBES_CLOUD_KUBERNETES,
  TRIBES_CLOUD_DNS,
} TribesCloudProvider;

typedef struct
{
  TribesCloudProvider provider;
  gboolean namespace_assumed; /* no variable named one: it is Tomcat's default */
  char *name;                 /* what DNS is asked for, or the namespace */
  char *url;                  /* (nullable): the list of pods */
  char *ca_file;              /* (nullable) */
  char *token_file;           /* (nullable): where a certificate says who asks */
  char *certificate_file;     /* (nullable) */
  char *key_file;             /* (nullable) */
  char *key_password;         /* (nullable): never printed, and wiped */
} TribesCloudEnvironment;

/* A variable's value or NULL, as g_getenv(). */
typedef const char *(*TribesCloudGetenv) (const char *name);

/* @class_name: (nullable): what the configuration names as the provider: "kubernetes", "dns" or the
 * name of a class with its package */
gboolean tribes_cloud_provider_parse (const char *class_name,
                                      TribesCloudProvider *provider,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All or nothing. @environment is to be cleared either way. */
gboolean tribes_cloud_environment_read (TribesCloudEnvironment *environment,
                                        TribesCloudProvider provider,
                                        TribesCloudGetenv get,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void tribes_cloud_environment_clear (TribesCloudEnvironment *environment);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesCloudEnvironment, tribes_cloud_environment_clear)

G_END_DECLS
