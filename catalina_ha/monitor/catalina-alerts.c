/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules over one message at a time, and what has to be remembered for them: who belongs to the
 * cluster, who encrypts, who was asked something in plain text. All of it in tables that forget
 * what was not met for longest.
 */
#include "catalina_ha/monitor/catalina-alerts-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-dissector.h"
#include "catalina_ha/monitor/catalina-alert-classes-private.h"
#include "catalina_ha/monitor/catalina-alert-limit-private.h"
#include "catalina_ha/monitor/catalina-alert-payload-private.h"
#include "catalina_ha/monitor/catalina-tally-private.h"

enum
{
  MAX_MEMBERS = 1024,
  MAX_PEERS = 4096,
  MAX_PAIRS = 4096,
  MAX_QUESTIONS = 256,
};

/* Members that multicast are heard of twice a second, and forgotten after this
 * (McastService.dropTime): who was not heard of for so long sends no heartbeats. */
#define LEARN_US (3 * G_USEC_PER_SEC)

/* What is answered is answered sooner; who was written to within this is written to anyway. */
#define ANSWER_US (5 * G_USEC_PER_SEC)

/* A member, as others speak to it and it speaks. */
typedef struct
{
  guint64 encrypted; /* messages, to it or from it */
  guint64 plain;     /* to it, before the first encrypted one */
  CatalinaAlert first_plain;
} Peer;

/* A message in plain text to somebody who encrypts. */
typedef struct
{
  TribesEndpoint to;
  TribesEndpoint from;
  TribesEndpoint sender;
  gboolean has_sender;
  gint64 time_us;
} Question;

struct _CatalinaAlerts
{
  TribesDissector *dissector;
  CatalinaUnwrap unwrap;
  CatalinaAlertLimit limit;
  gboolean looks_for_classes;
  CatalinaTally members; /* of nothing, by endpoint */
  CatalinaTally hosts;   /* of nothing, by address */
  gboolean learns_members;
  gint64 first_heartbeat_us; /* 0: there was none */
  CatalinaTally peers;
  CatalinaTally pairs;               /* of times of the last message */
  Question questions[MAX_QUESTIONS]; /* a ring */
  guint first_question;
  guint n_questions;
  CatalinaAlertClasses classes;
};

CatalinaAlerts *
catalina_alerts_new (CatalinaAlertFunc func, gpointer user_data)
{
  CatalinaAlerts *self = g_new0 (CatalinaAlerts, 1);

  self->dissector = catalina_dissector_new ();
  catalina_unwrap_init (&self->unwrap);
  catalina_alert_limit_init (&self->limit, func, user_data);
  self->looks_for_classes = func != NULL;
  self->learns_members = TRUE;
  catalina_tally_init (&self->members, 0, MAX_MEMBERS);
  catalina_tally_init (&self->hosts, 0, 2 * MAX_MEMBERS);
  catalina_tally_init (&self->peers, sizeof (Peer), MAX_PEERS);
  catalina_tally_init (&self->pairs, sizeof (gint64), MAX_PAIRS);
  catalina_alert_classes_init (&self->classes);
  return self;
}

void
catalina_alerts_free (CatalinaAlerts *self)
{
  tribes_dissector_unref (self->dissector);
  catalina_unwrap_clear (&self->unwrap);
  catalina_alert_limit_clear (&self->limit);
  catalina_tally_clear (&self->members);
  catalina_tally_clear (&self->hosts);
  catalina_tally_clear (&self->peers);
  catalina_tally_clear (&self->pairs);
  catalina_alert_classes_clear (&self->classes);
  g_free (self);
}

void
catalina_alerts_set_baseline (CatalinaAlerts *self, CatalinaClasses *baseline)
{
  g_clear_pointer (&self->classes.baseline, catalina_classes_free);
  self->classes.baseline = baseline;
}

void
catalina_alerts_learn (CatalinaAlerts *self, CatalinaClasses *classes)
{
  self->classes.learned = classes;
}

static void
put_member (CatalinaAlerts *self, const TribesEndpoint *member)
{
  (void) catalina_tally_get (&self->members, member, sizeof *member, NULL, 0);
  (void) catalina_tally_get (&self->hosts, member->address, sizeof member->address, NULL, 0);
}

gboolean
catalina_alerts_add_member (CatalinaAlerts *self, const TribesEndpoint *member)
{
  self->learns_members = FALSE;
  if (g_hash_table_size (self->members.table) >= MAX_MEMBERS)
    return FALSE;
  put_member (self, member);
  return TRUE;
}

static gboolean
is_host (CatalinaAlerts *self, const TribesEndpoint *endpoint)
{
  return catalina_tally_find (&self->hosts, endpoint->address, sizeof endpoint->address, NULL, 0)
         != NULL;
}

static gboolean
is_member (CatalinaAlerts *self, const TribesEndpoint *endpoint)
{
  TribesEndpoint any = *endpoint;

  any.port = 0;
  return catalina_tally_find (&self->members, endpoint, sizeof *endpoint, NULL, 0)
         || catalina_tally_find (&self->members, &any, sizeof any, NULL, 0);
}

/* Whether it is known who belongs to the cluster. */
static gboolean
knows_members (const CatalinaAlerts *self, gint64 now_us)
{
  return !self->learns_members
         || (self->first_heartbeat_us > 0 && now_us - self->first_heartbeat_us >= LEARN_US);
}

static CatalinaAlert
alert_of (const TribesCapturedMessage *message, CatalinaAlertKind kind, gsize offset)
{
  CatalinaAlert alert = { .kind = kind,
                          .time_us = message->time_us,
                          .packet = message->packet,
                          .from = *message->from,
                          .to = *message->to,
                          .offset = offset,
                          .count = 1 };

  alert.has_sender
      = message->has_sender && tribes_endpoint_of_member (&message->sender, &alert.sender);
  return alert;
}

static void
tell (CatalinaAlerts *self, CatalinaAlert alert, const char *detail)
{
  alert.detail = detail;
  catalina_alert_limit_raise (&self->limit, &alert);
}

/* Where the payload begins in the frame; what is decoded lies nowhere in it. */
static gsize
offset_of_payload (const TribesCapturedMessage *message)
{
  return message->fields.payload ? (gsize) (message->fields.payload - message->frame) : 0;
}

/* One alert a message: the first of these that holds. */
static void
check_members (CatalinaAlerts *self, const TribesCapturedMessage *message)
{
  const CatalinaAlert alert = alert_of (message, CATALINA_ALERT_OUTSIDER, 0);

  if (!knows_members (self, message->time_us))
    return;
  if (!is_host (self, message->from))
    tell (self, alert, "comes from the address of no member");
  else if (message->has_sender && !(alert.has_sender && is_member (self, &alert.sender)))
    tell (self, alert, "names a sender that is no member");
  else if (!message->is_udp && !is_member (self, message->to))
    tell (self, alert, "goes to an address that is no member's");
}

static Peer *
get_peer (CatalinaAlerts *self, const TribesEndpoint *endpoint)
{
  return catalina_tally_get (&self->peers, endpoint, sizeof *endpoint, NULL, 0);
}

/* What came before anybody could know. */
static void
note_encrypted (CatalinaAlerts *self, const TribesEndpoint *endpoint)
{
  Peer *peer = get_peer (self, endpoint);

  if (peer->encrypted++ > 0 || peer->plain == 0)
    return;
  peer->first_plain.count = peer->plain;
  tell (self, peer->first_plain, "was plain text, and others send encrypted");
}

static void
ask (CatalinaAlerts *self, const CatalinaAlert *alert)
{
  Question *question = &self->questions[(self->first_question + self->n_questions) % MAX_QUESTIONS];

  if (self->n_questions == MAX_QUESTIONS)
    self->first_question = (self->first_question + 1) % MAX_QUESTIONS;
  else
    self->n_questions++;
  *question
      = (Question){ alert->to, alert->from, alert->sender, alert->has_sender, alert->time_us };
}

static void
note_plain (CatalinaAlerts *self,
            const TribesCapturedMessage *message,
            CatalinaSeen seen,
            CatalinaPayload payload)
{
  const CatalinaAlert alert
      = alert_of (message, CATALINA_ALERT_PLAINTEXT, offset_of_payload (message));
  Peer *peer = get_peer (self, message->to);
  g_autofree char *detail = NULL;

  if (peer->encrypted == 0)
    {
      /* Others than these may be of an interceptor that nobody knows here. */
      if (payload == CATALINA_PAYLOAD_PLAIN && peer->plain++ == 0)
        peer->first_plain = alert;
      return;
    }
  detail = g_strdup_printf ("%s in plain text, where others send encrypted",
                            payload == CATALINA_PAYLOAD_PLAIN ? catalina_seen_to_string (seen)
                                                              : "what is no ciphertext");
  tell (self, alert, detail);
  ask (self, &alert);
}

static gboolean
has_address (const TribesEndpoint *one, const TribesEndpoint *other)
{
  return memcmp (one->address, other->address, sizeof one->address) == 0;
}

/* Of one who is written to anyway nothing can be said. */
static gboolean
answers (CatalinaAlerts *self,
         const Question *question,
         const TribesCapturedMessage *message,
         const TribesEndpoint *speaker,
         gint64 last_us)
{
  gboolean is_back
      = question->has_sender && memcmp (&question->sender, message->to, sizeof *message->to) == 0;

  if (message->time_us - question->time_us > ANSWER_US || message->time_us < question->time_us
      || memcmp (&question->to, speaker, sizeof *speaker) != 0)
    return FALSE;
  is_back |= has_address (&question->from, message->to) && !has_address (message->to, speaker);
  return is_back && (last_us == 0 || question->time_us - last_us > ANSWER_US);
}

static void
check_answer (CatalinaAlerts *self,
              const TribesCapturedMessage *message,
              const TribesEndpoint *speaker,
              CatalinaSeen seen)
{
  gint64 *last_us = catalina_tally_get (&self->pairs, speaker, sizeof *speaker, message->to,
                                        sizeof *message->to);

  for (guint i = 0; i < self->n_questions; i++)
    {
      Question *question = &self->questions[(self->first_question + i) % MAX_QUESTIONS];
      CatalinaAlert alert = alert_of (message, CATALINA_ALERT_ANSWERED, 0);
      g_autofree char *detail = NULL;

      if (!answers (self, question, message, speaker, *last_us))
        continue;
      detail = g_strdup_printf ("plain text to a member that encrypts was answered after %.1f ms "
                                "with %s, %" G_GSIZE_FORMAT " bytes",
                                (double) (message->time_us - question->time_us) / 1000.0,
                                catalina_seen_to_string (seen), message->full_size);
      tell (self, alert, detail);
      question->time_us = G_MAXINT64;
    }
  *last_us = message->time_us;
}

static void
check_encryption (CatalinaAlerts *self, const TribesCapturedMessage *message, CatalinaSeen seen)
{
  CatalinaPayload payload = catalina_payload_classify (message, seen);
  TribesEndpoint speaker;

  if (payload == CATALINA_PAYLOAD_OUTSIDE || message->is_udp)
    return;
  if (message->has_sender && tribes_endpoint_of_member (&message->sender, &speaker))
    {
      if (self->n_questions > 0)
        check_answer (self, message, &speaker, seen);
      else
        *(gint64 *) catalina_tally_get (&self->pairs, &speaker, sizeof speaker, message->to,
                                        sizeof *message->to)
            = message->time_us;
      if (payload == CATALINA_PAYLOAD_ENCRYPTED)
        note_encrypted (self, &speaker);
    }
  if (payload == CATALINA_PAYLOAD_ENCRYPTED)
    note_encrypted (self, message->to);
  else
    note_plain (self, message, seen, payload);
}

static void
check_root (CatalinaAlerts *self, const TribesCapturedMessage *message)
{
  const TribesMessageFields *fields = &message->fields;
  gsize size = 0;
  const char *root = catalina_classes_peek_root (fields->payload, fields->payload_size, &size);
  g_autofree char *detail = NULL;

  if (root && catalina_class_is_message (root, size))
    return;
  detail = root ? g_strdup_printf ("an object of the class %.*s", (int) size, root)
                : g_strdup ("a Java stream that begins with no object");
  tell (self, alert_of (message, CATALINA_ALERT_FOREIGN_OBJECT, offset_of_payload (message)),
        detail);
}

static void
tell_found (CatalinaAlerts *self,
            const TribesCapturedMessage *message,
            CatalinaAlertKind kind,
            const CatalinaFoundClasses *found)
{
  g_autofree char *names = NULL;

  if (found->n == 0)
    return;
  names = found->n > found->n_named
              ? g_strdup_printf ("%s and %u more", found->names->str, found->n - found->n_named)
              : g_strdup (found->names->str);
  tell (self, alert_of (message, kind, offset_of_payload (message) + found->offset), names);
}

static void
check_classes (CatalinaAlerts *self, const TribesCapturedMessage *message)
{
  g_auto (CatalinaFoundClasses) gadgets = { 0 };
  g_auto (CatalinaFoundClasses) unknown = { 0 };
  gboolean is_new;

  if (!self->looks_for_classes || !message->fields.payload)
    return;
  is_new = catalina_alert_classes_look (&self->classes, message->fields.payload,
                                        message->fields.payload_size, &gadgets, &unknown);
  tell_found (self, message, CATALINA_ALERT_GADGET, &gadgets);
  /* One that is used all the time from now on is told once, and counted. */
  if (unknown.n > 0 && !is_new)
    catalina_alert_limit_hold_back (&self->limit);
  tell_found (self, message, CATALINA_ALERT_UNKNOWN_CLASS, &unknown);
}

void
catalina_alerts_add_message (CatalinaAlerts *self,
                             const TribesCapturedMessage *message,
                             CatalinaSeen seen)
{
  check_members (self, message);
  check_encryption (self, message, seen);
  if (seen == CATALINA_SEEN_JAVA)
    check_root (self, message);
  else if (seen == CATALINA_SEEN_BROKEN)
    tell (self, alert_of (message, CATALINA_ALERT_PROBE, 0), "a frame that holds no message");
  check_classes (self, message);
}

void
catalina_alerts_add_heartbeat (CatalinaAlerts *self,
                               gint64 time_us,
                               const TribesEndpoint *from,
                               const TribesEndpoint *to,
                               const TribesMemberFields *fields)
{
  CatalinaAlert alert = {
    .kind = CATALINA_ALERT_OUTSIDER, .time_us = time_us, .from = *from, .to = *to, .count = 1
  };

  alert.has_sender = fields && tribes_endpoint_of_member (fields, &alert.sender);
  if (!alert.has_sender)
    return;
  if (self->learns_members)
    {
      put_member (self, &alert.sender);
      /* A host may have other addresses than the one its member listens at. */
      (void) catalina_tally_get (&self->hosts, from->address, sizeof from->address, NULL, 0);
      if (self->first_heartbeat_us == 0)
        self->first_heartbeat_us = time_us;
    }
  else if (!is_host (self, from))
    tell (self, alert, "a heartbeat from the address of no member");
  else if (!is_member (self, &alert.sender))
    tell (self, alert, "a heartbeat of one that is no member");
}

/* Whoever else listens somewhere is none of our business. */
void
catalina_alerts_add_stray (CatalinaAlerts *self, const TribesCapturedStray *stray)
{
  const CatalinaAlert alert = { .kind = CATALINA_ALERT_PROBE,
                                .time_us = stray->time_us,
                                .packet = stray->packet,
                                .from = *stray->from,
                                .to = *stray->to,
                                .count = 1 };
  g_autofree char *detail = NULL;

  if (!stray->is_frame && !is_member (self, stray->to)
      && !catalina_tally_find (&self->peers, stray->to, sizeof *stray->to, NULL, 0))
    return;
  detail = catalina_alert_dup_stray (stray);
  tell (self, alert, detail);
}

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  CatalinaAlerts *self = user_data;
  g_auto (CatalinaSkim) skim = { 0 };
  CatalinaSeen outer;

  (void) catalina_seen_recognize (message, self->dissector, &self->unwrap, &skim, &outer);
  catalina_alerts_add_message (self, message, outer);
  return 0;
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
}

static void
on_heartbeat (gint64 time_us,
              const TribesEndpoint *from,
              const TribesEndpoint *to,
              const guint8 *data,
              gsize size,
              const TribesMemberFields *fields,
              gpointer user_data)
{
  catalina_alerts_add_heartbeat (user_data, time_us, from, to, fields);
}

static void
on_stray (const TribesCapturedStray *stray, gpointer user_data)
{
  catalina_alerts_add_stray (user_data, stray);
}

const TribesCaptureSink *
catalina_alerts_get_sink (void)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat, on_stray };

  return &sink;
}

void
catalina_alerts_advance (CatalinaAlerts *self, gint64 now_us)
{
  catalina_alert_limit_advance (&self->limit, now_us);
}

void
catalina_alerts_finish (CatalinaAlerts *self)
{
  catalina_alert_limit_advance (&self->limit, G_MAXINT64);
}

const CatalinaAlertCount *
catalina_alerts_get_count (const CatalinaAlerts *self, CatalinaAlertKind kind)
{
  return &self->limit.counts[kind];
}

guint64
catalina_alerts_get_suppressed (const CatalinaAlerts *self)
{
  return self->limit.suppressed;
}
