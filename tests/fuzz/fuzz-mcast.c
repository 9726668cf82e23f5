/* SPDX-License-Identifier: Apache-2.0
 *
 * The multicast core: a script of datagrams, failures and passing time. However it goes, the list
 * of members stays bounded and in order, members come before they go, and whoever waits for the
 * next deadline gets somewhere.
 *
 * The input is a row of steps: one byte says what happens, two more how long a datagram is or how
 * many milliseconds pass.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/membership/tribes-mcast-core-private.h"
#include "tribes/base/tribes-reader-private.h"

#define MAX_MEMBERS 3
#define BOTH        (TRIBES_SERVICES_MBR_RX | TRIBES_SERVICES_MBR_TX)

static const TribesMcastConfig config = {
  .frequency_us = 500000,
  .drop_us = 3000000,
  .max_members = MAX_MEMBERS,
  .recovery_enabled = TRUE,
  .recovery_counter = 2,
  .recovery_sleep_us = 5000000,
};

static void
check_order (TribesMcastCore *core)
{
  g_autoptr (GPtrArray) members = tribes_member_table_list_members (&core->table);

  g_assert_cmpuint (members->len, <=, MAX_MEMBERS);
  for (guint i = 1; i < members->len; i++)
    g_assert_cmpint (tribes_member_get_alive_time (members->pdata[i - 1]), >=,
                     tribes_member_get_alive_time (members->pdata[i]));
}

static void
drain (TribesMcastCore *core)
{
  TribesMcastEvent event;
  GBytes *datagram;

  while (tribes_mcast_core_pop_event (core, &event))
    {
      if (event.kind == TRIBES_MCAST_MESSAGE)
        g_assert_nonnull (event.frame);
      else
        g_assert_false (tribes_member_table_is_local (&core->table, event.member));
      tribes_mcast_event_clear (&event);
    }
  while ((datagram = tribes_mcast_core_pop_datagram (core)))
    {
      g_autoptr (TribesMember) sent = tribes_member_decode (datagram, NULL);

      g_assert_true (tribes_member_equal (sent, core->local));
      g_bytes_unref (datagram);
    }
}

/* The next deadline is never in the past once it has been dealt with. */
static void
tick (TribesMcastCore *core, gint64 now_us)
{
  tribes_mcast_core_tick (core, now_us);
  if (tribes_mcast_core_wants_reopen (core, now_us))
    tribes_mcast_core_reopened (core, (now_us / 1000) % 2 == 0, now_us);
  g_assert_cmpint (tribes_mcast_core_next_deadline (core), >, now_us);
}

static void
step (TribesMcastCore *core, TribesReader *reader, gint64 *now_us)
{
  const guint8 *datagram;
  guint8 what;
  guint16 number;
  gsize size;

  if (!tribes_reader_u8 (reader, "step", &what, NULL)
      || !tribes_reader_u16 (reader, "number", &number, NULL))
    {
      reader->pos = reader->end;
      return;
    }
  switch (what % 8)
    {
    case 0:
    case 1:
      size = MIN (number, tribes_reader_left (reader));
      if (tribes_reader_bytes (reader, "datagram", size, &datagram, NULL)
          && !tribes_mcast_core_receive (core, datagram, size, *now_us, NULL))
        return;
      break;
    case 2:
      tribes_mcast_core_send_failed (core, *now_us);
      break;
    case 3:
      tribes_mcast_core_sent (core, *now_us);
      break;
    case 4:
      tribes_mcast_core_read_failed (core, *now_us);
      break;
    case 5:
      tribes_mcast_core_stop (core, number & BOTH, *now_us);
      break;
    case 6:
      tribes_mcast_core_start (core, &config, number & BOTH, *now_us);
      break;
    default:
      *now_us += (gint64) number * 1000;
      tick (core, *now_us);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) local = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  gint64 now_us = 1;
  TribesReader reader;

  tribes_mcast_core_init (&core, &config);
  tribes_mcast_core_set_local (&core, local, now_us);
  tribes_mcast_core_start (&core, &config, BOTH, now_us);
  tribes_reader_init (&reader, data, size);
  while (tribes_reader_left (&reader) > 0)
    {
      step (&core, &reader, &now_us);
      check_order (&core);
      drain (&core);
    }
  return 0;
}
