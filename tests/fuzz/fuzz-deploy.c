/* SPDX-License-Identifier: Apache-2.0
 *
 * What a FarmWarDeployer sends: a row of messages, each behind its size in two bytes, to one that
 * puts parts together. However they come, each transfer begins, is written and ends in this order,
 * under a name that is one, and within its limits.
 */
#include "catalina_ha/tools/catalina-tool-farm-private.h"
#include "tests/fuzz/fuzz-target.h"

static const CatalinaToolFarmLimits limits = {
  .file_bytes = 40960,
  .all_bytes = 50000,
  .waiting_bytes = 30000,
  .files = 2,
  .max_valid_us = 10,
};

static void
check (CatalinaToolFarm *farm, guint64 *begun, gsize *written)
{
  CatalinaToolFarmStep next;

  while (catalina_tool_farm_pop (farm, &next))
    {
      g_auto (CatalinaToolFarmStep) step = next;

      g_assert_true (catalina_tool_farm_is_name (step.name));
      if (step.kind == CATALINA_TOOL_FARM_BEGIN)
        {
          g_assert_cmpuint (step.id, ==, *begun + 1);
          *begun = step.id;
        }
      g_assert_cmpuint (step.id, <=, *begun);
      if (step.kind == CATALINA_TOOL_FARM_WRITE)
        *written += g_bytes_get_size (step.data);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (CatalinaToolFarm) farm = catalina_tool_farm_new (&limits);
  guint64 begun = 0;
  gsize written = 0;
  gint64 now_us = 0;
  gsize at = 0;

  while (size - at > 2)
    {
      guint length = (guint) data[at] << 8 | data[at + 1];
      gsize part = MIN (length, size - at - 2);
      g_autoptr (GBytes) bytes = g_bytes_new (data + at + 2, part);
      g_auto (CatalinaDeployMessage) message = { 0 };

      at += 2 + part;
      if (!catalina_deploy_message_read (&message, bytes, NULL))
        continue;
      if (message.kind == CATALINA_DEPLOY_PART)
        (void) !catalina_tool_farm_receive (farm, &message, length % 2 ? "a" : "b", now_us++, NULL);
      else
        catalina_tool_farm_expire (farm, now_us);
      check (farm, &begun, &written);
      g_assert_cmpuint (written, <=, size);
    }
  return 0;
}
