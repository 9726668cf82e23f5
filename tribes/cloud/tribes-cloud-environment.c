/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-cloud-environment-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

#define PACKAGE   "org.apache.catalina.tribes.membership.cloud."
#define OPENSHIFT "OPENSHIFT_KUBE_PING_"
#define SECRETS   "/var/run/secrets/kubernetes.io/serviceaccount/"

gboolean
tribes_cloud_provider_parse (const char *class_name, TribesCloudProvider *provider, GError **error)
{
  static const struct
  {
    const char *name;
    TribesCloudProvider provider;
  } known[] = {
    { "kubernetes", TRIBES_CLOUD_KUBERNETES },
    { PACKAGE "KubernetesMembershipProvider", TRIBES_CLOUD_KUBERNETES },
    { "dns", TRIBES_CLOUD_DNS },
    { PACKAGE "DNSMembershipProvider", TRIBES_CLOUD_DNS },
  };

  *provider = TRIBES_CLOUD_KUBERNETES;
  for (guint i = 0; class_name && i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (class_name, known[i].name))
      {
        *provider = known[i].provider;
        return TRUE;
      }
  if (!class_name)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "membershipProviderClassName: expected kubernetes or dns, found \"%s\"", class_name);
  return FALSE;
}

/* Tomcat asks for OpenShift's name of a variable first. */
static const char *
get_either (TribesCloudGetenv get, const char *openshift, const char *kubernetes)
{
  const char *value = get (openshift);

  return value ? value : get (kubernetes);
}

static const char *
get_needed (TribesCloudGetenv get,
            const char *openshift,
            const char *kubernetes,
            const char *meaning,
            GError **error)
{
  const char *value = get_either (get, openshift, kubernetes);

  if (value && *value)
    return value;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "KubernetesMembershipProvider: expected %s in the environment variable %s or %s, "
               "found none; Kubernetes sets the former in every pod",
               meaning, kubernetes, openshift);
  return NULL;
}

static void
read_namespace (TribesCloudEnvironment *environment, TribesCloudGetenv get)
{
  const char *name = get_either (get, OPENSHIFT "NAMESPACE", "KUBERNETES_NAMESPACE");

  environment->namespace_assumed = !name || !*name;
  environment->name = g_strdup (environment->namespace_assumed ? "tomcat" : name);
}

static gboolean
read_url (TribesCloudEnvironment *environment, TribesCloudGetenv get, GError **error)
{
  const char *protocol
      = get_either (get, OPENSHIFT "MASTER_PROTOCOL", "KUBERNETES_MASTER_PROTOCOL");
  const char *version = get_either (get, OPENSHIFT "API_VERSION", "KUBERNETES_API_VERSION");
  const char *labels = get_either (get, OPENSHIFT "LABELS", "KUBERNETES_LABELS");
  const char *host = get_needed (get, OPENSHIFT "MASTER_HOST", "KUBERNETES_SERVICE_HOST",
                                 "the API server's address", error);
  const char *port = host ? get_needed (get, OPENSHIFT "MASTER_PORT", "KUBERNETES_SERVICE_PORT",
                                        "the API server's port", error)
                          : NULL;
  g_autofree char *name = g_uri_escape_string (environment->name, NULL, FALSE);
  g_autofree char *selector = labels ? g_uri_escape_string (labels, NULL, FALSE) : NULL;
  gboolean raw_ipv6 = host && strchr (host, ':');

  if (!port)
    return FALSE;
  environment->url = g_strdup_printf ("%s://%s%s%s:%s/api/%s/namespaces/%s/pods%s%s",
                                      protocol ? protocol : "https", raw_ipv6 ? "[" : "", host,
                                      raw_ipv6 ? "]" : "", port, version ? version : "v1", name,
                                      labels && *labels ? "?labelSelector=" : "",
                                      labels && *labels ? selector : "");
  if ((g_str_has_prefix (environment->url, "https://")
       || g_str_has_prefix (environment->url, "http://"))
      && g_uri_is_valid (environment->url, G_URI_FLAGS_NONE, NULL))
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "KubernetesMembershipProvider: the environment makes %s of its variables, which is "
               "no address that can be asked",
               environment->url);
  return FALSE;
}

/* A client certificate where one is named, else the token of the pod's service account. */
static gboolean
read_credentials (TribesCloudEnvironment *environment, TribesCloudGetenv get, GError **error)
{
  const char *ca = get_either (get, OPENSHIFT "CA_CERT_FILE", "KUBERNETES_CA_CERTIFICATE_FILE");
  const char *token = get_either (get, OPENSHIFT "SA_TOKEN_FILE", "SA_TOKEN_FILE");
  const char *certificate
      = get_either (get, OPENSHIFT "CLIENT_CERT_FILE", "KUBERNETES_CLIENT_CERTIFICATE_FILE");
  const char *key = get ("KUBERNETES_CLIENT_KEY_FILE");
  const char *password = get ("KUBERNETES_CLIENT_KEY_PASSWORD");

  environment->ca_file = g_strdup (ca ? ca : SECRETS "ca.crt");
  if (!certificate)
    {
      environment->token_file = g_strdup (token ? token : SECRETS "token");
      return TRUE;
    }
  if (!key)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "KubernetesMembershipProvider: a client certificate is named, expected its key "
                   "in a file that KUBERNETES_CLIENT_KEY_FILE names, found none");
      return FALSE;
    }
  environment->certificate_file = g_strdup (certificate);
  environment->key_file = g_strdup (key);
  environment->key_password = password && *password ? g_strdup (password) : NULL;
  return TRUE;
}

gboolean
tribes_cloud_environment_read (TribesCloudEnvironment *environment,
                               TribesCloudProvider provider,
                               TribesCloudGetenv get,
                               GError **error)
{
  const char *service = get ("DNS_MEMBERSHIP_SERVICE_NAME");

  *environment = (TribesCloudEnvironment){ .provider = provider };
  if (provider == TRIBES_CLOUD_DNS && service)
    {
      environment->name = g_strdup (service);
      return TRUE;
    }
  read_namespace (environment, get);
  return provider == TRIBES_CLOUD_DNS
         || (read_url (environment, get, error) && read_credentials (environment, get, error));
}

void
tribes_cloud_environment_clear (TribesCloudEnvironment *environment)
{
  g_clear_pointer (&environment->name, g_free);
  g_clear_pointer (&environment->url, g_free);
  g_clear_pointer (&environment->ca_file, g_free);
  g_clear_pointer (&environment->token_file, g_free);
  g_clear_pointer (&environment->certificate_file, g_free);
  g_clear_pointer (&environment->key_file, g_free);
  if (environment->key_password)
    explicit_bzero (environment->key_password, strlen (environment->key_password));
  g_clear_pointer (&environment->key_password, g_free);
}
