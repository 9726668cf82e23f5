/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/interceptors/tribes-interceptors.h"

#include "tribes/base/tribes-error.h"

#define PACKAGE "org.apache.catalina.tribes.group.interceptors."

static const struct
{
  const char *class_name;
  TribesInterceptor *(*create) (void);
} classes[] = {
  { "MessageDispatchInterceptor", tribes_message_dispatch_interceptor_new },
  /* Its name in Tomcat 7, where it was another implementation of the same. */
  { "MessageDispatch15Interceptor", tribes_message_dispatch_interceptor_new },
  { "StaticMembershipInterceptor", tribes_static_membership_interceptor_new },
  { "TcpFailureDetector", tribes_tcp_failure_detector_new },
  { "TcpPingInterceptor", tribes_tcp_ping_interceptor_new },
};

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

  for (gsize i = 0; g_str_has_prefix (class_name, PACKAGE) && i < G_N_ELEMENTS (classes); i++)
    {
      if (g_str_equal (class_name + sizeof PACKAGE - 1, classes[i].class_name))
        return classes[i].create ();
    }
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "no interceptor for class %s",
               class_name);
  return NULL;
}
