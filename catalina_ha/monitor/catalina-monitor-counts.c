/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-monitor-counts-private.h"

void
catalina_monitor_add_counts (TribesJson *json, const TribesCaptureCounts *counts)
{
  const struct
  {
    const char *name;
    guint64 value;
  } all[] = {
    { "packets", counts->packets },
    { "packetBytes", counts->bytes },
    { "messages", counts->messages },
    { "acks", counts->acks },
    { "heartbeats", counts->heartbeats },
    { "connections", counts->conversations },
    { "joinedConnections", counts->joined },
    { "foreignConnections", counts->foreign },
    { "foreignDatagrams", counts->foreign_datagrams },
    { "otherPackets", counts->kinds[TRIBES_PACKET_OTHER] },
    { "fragments", counts->kinds[TRIBES_PACKET_FRAGMENT] },
    { "joinedFragments", counts->fragments.joined },
    { "overlappingFragments", counts->fragments.overlapping },
    { "incompleteFragments", counts->fragments.incomplete },
    { "brokenPackets", counts->kinds[TRIBES_PACKET_BROKEN] },
    { "snappedPackets", counts->snapped },
    { "retransmittedBytes", counts->segments.retransmitted },
    { "reorderedSegments", counts->segments.reordered },
    { "gaps", counts->segments.n_gaps },
    { "missingBytes", counts->segments.missing },
    { "skippedBytes", counts->skipped },
    { "cutMessages", counts->cut },
    { "brokenMessages", counts->broken },
    { "strayAcks", counts->stray_acks },
    { "forgottenConnections", counts->forgotten },
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].value > 0 || json->style != TRIBES_JSON_LINE)
      tribes_json_add_uint (json, all[i].name, all[i].value);
}
