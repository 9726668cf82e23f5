/* SPDX-License-Identifier: Apache-2.0
 *
 * Which interceptors of Tomcat there are here. Nobody else says so: what is no row of this table is
 * neither made nor offered, and what is one needs to be named nowhere else.
 */
#include "tribes/interceptors/tribes-interceptors.h"

#include "tribes/base/tribes-error.h"

#define PACKAGE "org.apache.catalina.tribes.group.interceptors."

static const struct
{
  const char *class_name;
  TribesInterceptor *(*create) (void);
} classes[] = {
  { PACKAGE "DomainFilterInterceptor", tribes_domain_filter_interceptor_new },
  { PACKAGE "EncryptInterceptor", tribes_encrypt_interceptor_new },
  { PACKAGE "FragmentationInterceptor", tribes_fragmentation_interceptor_new },
  { PACKAGE "GzipInterceptor", tribes_gzip_interceptor_new },
  { PACKAGE "MessageDispatchInterceptor", tribes_message_dispatch_interceptor_new },
  /* Its name in Tomcat 7, where it was another implementation of the same. */
  { PACKAGE "MessageDispatch15Interceptor", tribes_message_dispatch_interceptor_new },
  { PACKAGE "NonBlockingCoordinator", tribes_non_blocking_coordinator_new },
  { PACKAGE "OrderInterceptor", tribes_order_interceptor_new },
  { PACKAGE "SimpleCoordinator", tribes_simple_coordinator_new },
  { PACKAGE "StaticMembershipInterceptor", tribes_static_membership_interceptor_new },
  { PACKAGE "TcpFailureDetector", tribes_tcp_failure_detector_new },
  { PACKAGE "TcpPingInterceptor", tribes_tcp_ping_interceptor_new },
  { PACKAGE "ThroughputInterceptor", tribes_throughput_interceptor_new },
  { PACKAGE "TwoPhaseCommitInterceptor", tribes_two_phase_commit_interceptor_new },
};

/**
 * tribes_interceptor_list_classes:
 *
 * Lists the classes of Tomcat that [ctor@Tribes.Interceptor.new_for_class] knows.
 *
 * Returns: (transfer container) (array zero-terminated=1): their names, with the package
 *
 * Since: 0.1
 */
const char **
tribes_interceptor_list_classes (void)
{
  const char **names = g_new0 (const char *, G_N_ELEMENTS (classes) + 1);

  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    names[i] = classes[i].class_name;
  return names;
}

/**
 * tribes_interceptor_new_for_class:
 * @class_name: the name of a Tomcat class, with its package
 * @error: return location
 *
 * Makes the interceptor that does what a class of Tomcat does.
 *
 * Errors: %TRIBES_ERROR_UNSUPPORTED where there is none.
 *
 * Returns: (transfer full): the interceptor, or %NULL with @error set
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_interceptor_new_for_class (const char *class_name, GError **error)
{
  g_return_val_if_fail (class_name != NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (class_name, classes[i].class_name))
      return classes[i].create ();
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "no interceptor for class %s",
               class_name);
  return NULL;
}
