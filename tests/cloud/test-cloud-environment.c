/* SPDX-License-Identifier: Apache-2.0
 *
 * What the environment variables of a Tomcat mean.
 */
#include "tribes/cloud/tribes-cloud-environment-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

/* NAME=VALUE pairs, divided by spaces. */
static const char *variables;

static const char *
get (const char *name)
{
  g_auto (GStrv) pairs = g_strsplit (variables, " ", 0);

  for (guint i = 0; pairs[i]; i++)
    if (g_str_has_prefix (pairs[i], name) && pairs[i][strlen (name)] == '=')
      return g_intern_string (pairs[i] + strlen (name) + 1);
  return NULL;
}

#define SERVER  "KUBERNETES_SERVICE_HOST=10.96.0.1 KUBERNETES_SERVICE_PORT=443 "
#define SECRETS "/var/run/secrets/kubernetes.io/serviceaccount/"

typedef struct
{
  const char *variables;
  const char *url;   /* or a part of the error */
  const char *files; /* ca token certificate key; NULL for an error */
} Kubernetes;

static const Kubernetes kubernetes[] = {
  { SERVER, "https://10.96.0.1:443/api/v1/namespaces/tomcat/pods",
    SECRETS "ca.crt " SECRETS "token - -" },
  { SERVER "KUBERNETES_NAMESPACE=shop KUBERNETES_LABELS=app=shop,tier!=test",
    "https://10.96.0.1:443/api/v1/namespaces/shop/pods?labelSelector=app%3Dshop%2Ctier%21%3Dtest",
    SECRETS "ca.crt " SECRETS "token - -" },
  { SERVER "KUBERNETES_LABELS= KUBERNETES_NAMESPACE=",
    "https://10.96.0.1:443/api/v1/namespaces/tomcat/pods", SECRETS "ca.crt " SECRETS "token - -" },
  { "KUBERNETES_SERVICE_HOST=fd00::1 KUBERNETES_SERVICE_PORT=6443",
    "https://[fd00::1]:6443/api/v1/namespaces/tomcat/pods", SECRETS "ca.crt " SECRETS "token - -" },
  { SERVER "OPENSHIFT_KUBE_PING_MASTER_HOST=api OPENSHIFT_KUBE_PING_MASTER_PORT=1 "
           "OPENSHIFT_KUBE_PING_MASTER_PROTOCOL=http OPENSHIFT_KUBE_PING_API_VERSION=v2 "
           "OPENSHIFT_KUBE_PING_NAMESPACE=a/b KUBERNETES_NAMESPACE=c "
           "OPENSHIFT_KUBE_PING_LABELS=l KUBERNETES_LABELS=m "
           "OPENSHIFT_KUBE_PING_CA_CERT_FILE=/ca OPENSHIFT_KUBE_PING_SA_TOKEN_FILE=/token",
    "http://api:1/api/v2/namespaces/a%2Fb/pods?labelSelector=l", "/ca /token - -" },
  { SERVER "KUBERNETES_CLIENT_CERTIFICATE_FILE=/cert KUBERNETES_CLIENT_KEY_FILE=/key "
           "KUBERNETES_CA_CERTIFICATE_FILE=/ca SA_TOKEN_FILE=/token",
    "https://10.96.0.1:443/api/v1/namespaces/tomcat/pods", "/ca - /cert /key" },
  { "", "expected the API server's address in the environment variable KUBERNETES_SERVICE_HOST",
    NULL },
  { "KUBERNETES_SERVICE_HOST=", "KUBERNETES_SERVICE_HOST", NULL },
  { "KUBERNETES_SERVICE_HOST=h",
    "the API server's port in the environment variable "
    "KUBERNETES_SERVICE_PORT",
    NULL },
  { "KUBERNETES_SERVICE_HOST=h KUBERNETES_SERVICE_PORT=http", "https://h:http/api/v1", NULL },
  { SERVER "KUBERNETES_MASTER_PROTOCOL=file", "file://10.96.0.1:443/api", NULL },
  { SERVER "KUBERNETES_CLIENT_CERTIFICATE_FILE=/cert",
    "KUBERNETES_CLIENT_KEY_FILE names, found "
    "none",
    NULL },
  { SERVER "KUBERNETES_CLIENT_CERTIFICATE_FILE=/cert KUBERNETES_CLIENT_KEY_FILE=/key "
           "KUBERNETES_CLIENT_KEY_PASSWORD=hidden",
    "https://10.96.0.1:443/api/v1/namespaces/tomcat/pods", SECRETS "ca.crt - /cert /key" },
};

static const char *
or_none (const char *text)
{
  return text ? text : "-";
}

static void
test_kubernetes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (kubernetes); i++)
    {
      const Kubernetes *row = &kubernetes[i];
      g_auto (TribesCloudEnvironment) environment = { 0 };
      g_autoptr (GError) error = NULL;
      g_autofree char *files = NULL;
      gboolean read;

      variables = row->variables;
      read = tribes_cloud_environment_read (&environment, TRIBES_CLOUD_KUBERNETES, get, &error);
      if (!row->files)
        {
          g_assert_false (read);
          g_test_message ("%s", error->message);
          g_assert_true (error->domain == TRIBES_ERROR);
          g_assert_nonnull (strstr (error->message, row->url));
          g_assert_null (strstr (error->message, "hidden"));
          continue;
        }
      g_assert_no_error (error);
      g_assert_true (read);
      g_assert_cmpstr (environment.url, ==, row->url);
      files = g_strjoin (" ", or_none (environment.ca_file), or_none (environment.token_file),
                         or_none (environment.certificate_file), or_none (environment.key_file),
                         NULL);
      g_assert_cmpstr (files, ==, row->files);
    }
}

static void
test_dns (void)
{
  static const struct
  {
    const char *variables;
    const char *name;
    gboolean assumed;
  } rows[] = {
    { "DNS_MEMBERSHIP_SERVICE_NAME=shop KUBERNETES_NAMESPACE=other", "shop", FALSE },
    { "KUBERNETES_NAMESPACE=shop", "shop", FALSE },
    { "OPENSHIFT_KUBE_PING_NAMESPACE=shop KUBERNETES_NAMESPACE=other", "shop", FALSE },
    { "", "tomcat", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (TribesCloudEnvironment) environment = { 0 };
      g_autoptr (GError) error = NULL;

      variables = rows[i].variables;
      g_assert_true (tribes_cloud_environment_read (&environment, TRIBES_CLOUD_DNS, get, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (environment.name, ==, rows[i].name);
      g_assert_cmpint (environment.namespace_assumed, ==, rows[i].assumed);
      g_assert_null (environment.url);
    }
}

static void
test_provider (void)
{
  static const struct
  {
    const char *name;
    TribesCloudProvider provider;
  } rows[] = {
    { NULL, TRIBES_CLOUD_KUBERNETES },
    { "kubernetes", TRIBES_CLOUD_KUBERNETES },
    { "org.apache.catalina.tribes.membership.cloud.KubernetesMembershipProvider",
      TRIBES_CLOUD_KUBERNETES },
    { "dns", TRIBES_CLOUD_DNS },
    { "org.apache.catalina.tribes.membership.cloud.DNSMembershipProvider", TRIBES_CLOUD_DNS },
  };
  g_autoptr (GError) error = NULL;
  TribesCloudProvider provider;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_true (tribes_cloud_provider_parse (rows[i].name, &provider, &error));
      g_assert_cmpint (provider, ==, rows[i].provider);
    }
  g_assert_false (tribes_cloud_provider_parse ("DNS", &provider, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/environment/kubernetes", test_kubernetes);
  g_test_add_func ("/cloud/environment/dns", test_dns);
  g_test_add_func ("/cloud/environment/provider", test_provider);
  return g_test_run ();
}
