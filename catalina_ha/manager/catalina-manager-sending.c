/* SPDX-License-Identifier: Apache-2.0
 *
 * What leaves a manager, and what becomes of it for those who wait: a message that is in a line is
 * sent when it has its turn, and may stand for several.
 */
#include "catalina_ha/manager/catalina-manager-internal-private.h"

#include "catalina_ha/manager/catalina-pending-private.h"
#include "tribes/base/tribes-clock-private.h"

/* What has its turn; whoever hears that one was sent may have done something that has it, too. */
void
catalina_manager_send_lines (CatalinaManager *self)
{
  const CatalinaOutgoing *next;

  if (self->sending)
    return;
  self->sending = TRUE;
  while (self->owner && (next = catalina_lines_pop (&self->lines, tribes_clock_get_us () / 1000)))
    {
      /* It is over with the answer, which may come at once. */
      g_autoptr (CatalinaSessionMessage) message = catalina_session_message_ref (next->message);
      const CatalinaOutgoing sent = {
        .message = message, .options = next->options, .in_order = TRUE, .token = next->line.number
      };

      self->port->send (self->owner, self, &sent);
    }
  self->sending = FALSE;
  /* However long that may take. */
  if (self->owner && catalina_lines_is_waiting (&self->lines))
    self->port->wake (self->owner, self);
}

/* Nothing else is to be sent for it. */
static void
end_one (CatalinaManager *self, CatalinaOutgoing *outgoing)
{
  CatalinaPending *pending = catalina_pending_find (self->pendings, outgoing->token);

  if (!pending)
    return;
  pending->found = g_steal_pointer (&outgoing->found);
  catalina_pending_release (self->pendings, pending, g_steal_pointer (&outgoing->error));
}

void
catalina_manager_send (CatalinaManager *self, CatalinaOutgoing *outgoing)
{
  CatalinaPending *pending = catalina_pending_find (self->pendings, outgoing->token);

  if (outgoing->message && pending)
    catalina_pending_hold (pending);
  if (outgoing->message && self->owner && catalina_lines_is_for (outgoing))
    {
      catalina_lines_add (&self->lines, outgoing);
      catalina_manager_send_lines (self);
      return;
    }
  if (!outgoing->message)
    end_one (self, outgoing);
  else if (self->owner)
    self->port->send (self->owner, self, outgoing);
  catalina_outgoing_free (outgoing);
}

/* What waits for the message of @token, which may be several: what they waited for became one. */
static void
for_each_pending (CatalinaManager *self,
                  const CatalinaOutgoing *outgoing,
                  guint64 token,
                  void (*func) (CatalinaManager *, CatalinaPending *, gpointer),
                  gpointer data)
{
  const GArray *others = outgoing ? outgoing->line.tokens : NULL;

  for (guint i = 0; i <= (others ? others->len : 0); i++)
    {
      guint64 one = i > 0      ? g_array_index (others, guint64, i - 1)
                    : outgoing ? outgoing->token
                               : token;
      CatalinaPending *pending = catalina_pending_find (self->pendings, one);

      if (pending)
        func (self, pending, data);
    }
}

typedef struct
{
  TribesMember *member;
  CatalinaOutcome outcome;
} Told;

static void
add_outcome (CatalinaManager *self, CatalinaPending *pending, gpointer data)
{
  const Told *told = data;

  catalina_report_add (pending->report, told->member, told->outcome);
}

void
catalina_manager_told (CatalinaManager *self,
                       guint64 token,
                       TribesMember *member,
                       CatalinaOutcome outcome)
{
  Told told = { member, outcome };

  for_each_pending (self, catalina_lines_find (&self->lines, token), token, add_outcome, &told);
}

static void
note_error (CatalinaManager *self, CatalinaPending *pending, gpointer error)
{
  catalina_pending_note (pending, catalina_report_translate (error));
}

void
catalina_manager_failed (CatalinaManager *self, guint64 token, const GError *error)
{
  for_each_pending (self, catalina_lines_find (&self->lines, token), token, note_error,
                    (gpointer) error);
}

static void
release_one (CatalinaManager *self, CatalinaPending *pending, gpointer error)
{
  catalina_pending_release (self->pendings, pending,
                            error ? catalina_report_translate (error) : NULL);
}

void
catalina_manager_release (CatalinaManager *self,
                          const CatalinaOutgoing *outgoing,
                          guint64 token,
                          const GError *error)
{
  for_each_pending (self, outgoing, token, release_one, (gpointer) error);
}

void
catalina_manager_let_off (CatalinaManager *self, guint64 token)
{
  CatalinaOutgoing *outgoing = catalina_lines_find (&self->lines, token);
  g_autoptr (CatalinaManager) kept = g_object_ref (self);
  CatalinaOutgoing waited = { 0 };

  if (!outgoing)
    return;
  waited.token = outgoing->token;
  waited.line.tokens = g_steal_pointer (&outgoing->line.tokens);
  outgoing->token = 0;
  catalina_manager_release (self, &waited, 0, NULL);
  g_clear_pointer (&waited.line.tokens, g_array_unref);
}
