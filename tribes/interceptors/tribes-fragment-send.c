/* SPDX-License-Identifier: Apache-2.0
 *
 * Not all pieces at once: what other messages there are gets through between them, and who has
 * failed gets no more. More than one at a time, so that nobody waits for an answer before each.
 */
#include "tribes/interceptors/tribes-fragment-send-private.h"

#include "tribes/base/tribes-writer-private.h"
#include "tribes/interceptors/tribes-fragment-assembler-private.h"
#include "tribes/wire/tribes-message-private.h"

/* Pieces under way, and bytes of more than one. */
#define MAX_PIECES 16
#define MAX_BYTES  (1024 * 1024)

typedef struct
{
  TribesInterceptor *self;
  void (*send_message) (TribesInterceptor *self, TribesDelivery *delivery);
  TribesDelivery *delivery;
  TribesMessage *message;  /* the whole one */
  GPtrArray *destinations; /* that have not ended; never changed, but replaced */
  gsize piece_size;
  guint32 count;
  guint32 next;
  guint under_way;
  gboolean is_sending;
} Send;

static void
send_free (Send *send)
{
  tribes_message_unref (send->message);
  g_ptr_array_unref (send->destinations);
  tribes_delivery_unref (send->delivery);
  g_object_unref (send->self);
  g_free (send);
}

static TribesMessage *
make_piece (const Send *send)
{
  guint8 trailer[TRIBES_FRAGMENT_TRAILER_SIZE];
  gsize size, offset = send->next * send->piece_size;
  const guint8 *data = tribes_message_peek_payload (send->message, &size);

  tribes_poke_u32 (trailer, send->next);
  tribes_poke_u32 (trailer + 4, send->count);
  trailer[8] = 1;
  return tribes_message_with_trailer (send->message, data + offset,
                                      MIN (send->piece_size, size - offset), trailer,
                                      sizeof trailer);
}

static void
end_destination (Send *send, TribesMember *member, const GError *error)
{
  GPtrArray *others = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  gboolean found = FALSE;

  for (guint i = 0; i < send->destinations->len; i++)
    if (send->destinations->pdata[i] == member)
      found = TRUE;
    else
      g_ptr_array_add (others, tribes_member_ref (send->destinations->pdata[i]));
  g_ptr_array_unref (send->destinations);
  send->destinations = others;
  /* Else a piece before has failed, too. */
  if (found)
    tribes_delivery_complete (send->delivery, member, error);
}

static gboolean
may_send (const Send *send)
{
  return send->next < send->count && send->destinations->len > 0
         && (send->under_way == 0
             || (send->under_way < MAX_PIECES
                 && (send->under_way + 1) * send->piece_size <= MAX_BYTES));
}

static void send_pieces (Send *send);

static void
on_piece_ended (TribesDelivery *piece, gpointer data)
{
  Send *send = data;

  send->under_way--;
  for (guint i = 0; i < tribes_delivery_get_n_faulty (piece); i++)
    end_destination (send, tribes_delivery_get_faulty (piece, i),
                     tribes_delivery_get_cause (piece, i));
  if (!send->is_sending)
    send_pieces (send);
}

/* Sends what may be sent now; at the end nothing is left of @send. */
static void
send_pieces (Send *send)
{
  send->is_sending = TRUE;
  while (may_send (send))
    {
      g_autoptr (TribesMessage) message = make_piece (send);
      g_autoptr (TribesDelivery) piece = tribes_delivery_new (message, send->destinations);

      send->next++;
      send->under_way++;
      tribes_delivery_watch (piece, on_piece_ended, send, NULL);
      send->send_message (send->self, piece);
    }
  send->is_sending = FALSE;
  if (send->under_way > 0)
    return;
  while (send->destinations->len > 0)
    {
      g_autoptr (TribesMember) member = tribes_member_ref (send->destinations->pdata[0]);

      end_destination (send, member, NULL);
    }
  send_free (send);
}

void
tribes_fragment_send (TribesInterceptor *self,
                      void (*send_message) (TribesInterceptor *self, TribesDelivery *delivery),
                      TribesDelivery *delivery,
                      gsize piece_size)
{
  GPtrArray *destinations = tribes_delivery_get_destinations (delivery);
  Send *send = g_new0 (Send, 1);
  gsize size;

  send->self = g_object_ref (self);
  send->send_message = send_message;
  send->delivery = tribes_delivery_ref (delivery);
  send->message = tribes_message_ref (tribes_delivery_get_message (delivery));
  send->destinations = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  for (guint i = 0; i < destinations->len; i++)
    g_ptr_array_add (send->destinations, tribes_member_ref (destinations->pdata[i]));
  tribes_message_peek_payload (send->message, &size);
  /* No receiver takes more pieces. */
  send->piece_size = MAX (piece_size, size / TRIBES_FRAGMENT_MAX_PIECES + 1);
  send->count = (guint32) ((size + send->piece_size - 1) / send->piece_size);
  send_pieces (send);
}
