/* SPDX-License-Identifier: Apache-2.0
 *
 * What the interceptors of the channel count: whichever there are, with what each has as properties
 * that can only be read.
 */
#include "catalina_ha/tools/catalina-tool-metrics-private.h"

#include <string.h>

/* As in Tomcat. */
static const char *
class_name (TribesInterceptor *interceptor)
{
  const char *name = G_OBJECT_TYPE_NAME (interceptor);

  return g_str_has_prefix (name, "Tribes") ? name + strlen ("Tribes") : name;
}

static void
append_interceptor (GString *text, TribesInterceptor *interceptor, guint position, GType type)
{
  guint n = 0;
  g_autofree GParamSpec **specs
      = g_object_class_list_properties (G_OBJECT_GET_CLASS (interceptor), &n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_autofree char *number = NULL;

      if (specs[i]->value_type != type || !(specs[i]->flags & G_PARAM_READABLE)
          || (specs[i]->flags & G_PARAM_WRITABLE))
        continue;
      g_object_get_property (G_OBJECT (interceptor), specs[i]->name, &value);
      number = type == G_TYPE_UINT64
                   ? g_strdup_printf ("%" G_GUINT64_FORMAT, g_value_get_uint64 (&value))
                   : g_strdup_printf ("%u", g_value_get_uint (&value));
      g_string_append_printf (
          text, "tribes_interceptor_%s{interceptor=\"%s\",position=\"%u\",what=\"%s\"} %s\n",
          type == G_TYPE_UINT64 ? "total" : "now", class_name (interceptor), position,
          specs[i]->name, number);
    }
}

static void
append_kind (GString *text, TribesChannel *channel, GType type)
{
  TribesInterceptor *interceptor = TRIBES_INTERCEPTOR (channel);

  for (guint position = 1; (interceptor = tribes_interceptor_get_next (interceptor)); position++)
    append_interceptor (text, interceptor, position, type);
}

void
catalina_tool_metrics_add_interceptors (GString *text, TribesChannel *channel)
{
  g_string_append (text, "# HELP tribes_interceptor_total What an interceptor counted, by its "
                         "class, its place from the top and what it is.\n"
                         "# TYPE tribes_interceptor_total counter\n");
  append_kind (text, channel, G_TYPE_UINT64);
  g_string_append (text, "# HELP tribes_interceptor_now What an interceptor has right now.\n"
                         "# TYPE tribes_interceptor_now gauge\n");
  append_kind (text, channel, G_TYPE_UINT);
}
