/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around the core: properties, a message on its way down and up, and the log. The key is
 * in this object and in OpenSSL's memory, is wiped in both, and leaves neither.
 */
#include "tribes/interceptors/tribes-encrypt-interceptor.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "tribes/interceptors/tribes-encrypt-core-private.h"
#include "tribes/interceptors/tribes-encrypt-questions-private.h"
#include "tribes/interceptors/tribes-tcp-failure-detector.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/wire/tribes-message-private.h"

struct _TribesEncryptInterceptor
{
  TribesInterceptor parent_instance;

  char *encryption_algorithm; /* (nullable) */
  char *generation;           /* (nullable) */
  gint64 replay_window_time;
  guint replay_window_message_count;
  guint8 key[TRIBES_CIPHER_MAX_KEY_SIZE];
  gsize key_size;
  GError *key_error; /* (nullable): the last one that was set was none */

  TribesEncryptCore *core;           /* (nullable): while started */
  TribesEncryptQuestions *questions; /* (nullable): while there is somebody to ask */
  TribesServices started;
  TribesRateLimit limits[TRIBES_ENCRYPT_N_VERDICTS];
  guint64 messages_refused;
};

G_DEFINE_FINAL_TYPE (TribesEncryptInterceptor, tribes_encrypt_interceptor, TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_encrypt_interceptor_parent_class)

/* What comes through a detector's connections is not encrypted: it has to be below. */
static gboolean
check_order (TribesEncryptInterceptor *self, GError **error)
{
  TribesInterceptor *above = tribes_interceptor_get_previous (TRIBES_INTERCEPTOR (self));

  for (; above; above = tribes_interceptor_get_previous (above))
    if (TRIBES_IS_TCP_FAILURE_DETECTOR (above))
      {
        g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                             "EncryptInterceptor: expected in front of TcpFailureDetector, found "
                             "behind it");
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_key (TribesEncryptInterceptor *self, GError **error)
{
  if (self->key_error)
    {
      g_propagate_error (error, g_error_copy (self->key_error));
      return FALSE;
    }
  if (self->key_size > 0)
    return TRUE;
  g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                       "EncryptInterceptor: expected an encryption key, found none");
  return FALSE;
}

static gboolean
parse_generation (TribesEncryptInterceptor *self, TribesGeneration *generation, GError **error)
{
  *generation = TRIBES_GENERATION_NONE;
  if (!self->generation)
    return TRUE;
  *generation = tribes_generation_from_string (self->generation);
  if (*generation != TRIBES_GENERATION_NONE)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "EncryptInterceptor: generation: expected A, B or C, found \"%s\"",
               self->generation);
  return FALSE;
}

static gboolean
make_core (TribesEncryptInterceptor *self, GError **error)
{
  TribesEncryptSettings settings = { .window_ms = self->replay_window_time,
                                     .window_messages = self->replay_window_message_count };
  guint8 seed[TRIBES_ENCRYPT_SEED_SIZE];
  TribesEncryptCodec *codec;

  if (!check_order (self, error) || !check_key (self, error)
      || !parse_generation (self, &settings.generation, error))
    return FALSE;
  if (RAND_bytes (seed, sizeof seed) != 1)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_FAILED,
                           "EncryptInterceptor: OpenSSL has no random bytes");
      return FALSE;
    }
  codec = tribes_encrypt_codec_new (self->encryption_algorithm, self->key, self->key_size, seed,
                                    error);
  OPENSSL_cleanse (seed, sizeof seed);
  if (!codec)
    {
      g_prefix_error_literal (error, "EncryptInterceptor: ");
      return FALSE;
    }
  self->core = tribes_encrypt_core_new (codec, &settings, tribes_clock_get_wall_ms ());
  return TRUE;
}

static const TribesEncryptQuestionsFuncs question_funcs;

static gboolean
encrypt_start (TribesInterceptor *interceptor, TribesServices services, GError **error)
{
  TribesEncryptInterceptor *self = TRIBES_ENCRYPT_INTERCEPTOR (interceptor);

  if (!self->core && !make_core (self, error))
    return FALSE;
  if (!self->questions && (services & TRIBES_SERVICES_SND_TX))
    self->questions = tribes_encrypt_questions_new (self->core, &question_funcs, self);
  self->started |= services;
  return PARENT->start (interceptor, services, error);
}

static void
encrypt_stop (TribesInterceptor *interceptor, TribesServices services)
{
  TribesEncryptInterceptor *self = TRIBES_ENCRYPT_INTERCEPTOR (interceptor);

  /* From here on nobody can answer. */
  if (self->questions && (services & TRIBES_SERVICES_SND_TX))
    tribes_encrypt_questions_free (g_steal_pointer (&self->questions));
  PARENT->stop (interceptor, services);
  self->started &= ~services;
  if (self->started == TRIBES_SERVICES_NONE)
    g_clear_pointer (&self->core, tribes_encrypt_core_free);
}

static TribesMessage *
seal_once (TribesEncryptInterceptor *self, TribesMessage *message, TribesGeneration generation)
{
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);
  g_autoptr (GBytes) sealed
      = tribes_encrypt_core_seal (self->core, generation, data, size, tribes_clock_get_wall_ms ());

  return sealed
             ? tribes_message_with_payload (message, sealed, tribes_message_get_options (message))
             : NULL;
}

/* A message in the clear, and how it was sealed. */
typedef struct
{
  TribesEncryptInterceptor *self; /* owned */
  TribesMessage *message;         /* owned */
  TribesGeneration generation;
} Sealing;

static TribesMessage *
seal_again (gpointer data)
{
  Sealing *sealing = data;

  return sealing->self->core ? seal_once (sealing->self, sealing->message, sealing->generation)
                             : NULL;
}

static void
sealing_free (gpointer data)
{
  Sealing *sealing = data;

  tribes_message_unref (sealing->message);
  g_object_unref (sealing->self);
  g_free (sealing);
}

/* A Tomcat refuses what has a time stamp when it comes late or twice: whoever sends it then gets it
 * sealed anew. */
static TribesMessage *
seal (TribesEncryptInterceptor *self, TribesMessage *message, TribesGeneration generation)
{
  g_autoptr (TribesMessage) sealed = seal_once (self, message, generation);
  Sealing *sealing;

  if (!sealed || generation == TRIBES_GENERATION_A)
    return g_steal_pointer (&sealed);
  sealing = g_new (Sealing, 1);
  *sealing = (Sealing){ g_object_ref (self), tribes_message_ref (message), generation };
  return tribes_message_with_remake (sealed, MIN (self->replay_window_time, G_MAXINT32) * 100,
                                     seal_again, sealing, sealing_free);
}

static void
fail (TribesDelivery *delivery, const char *why)
{
  g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_FAILED, why);

  tribes_delivery_complete_all (delivery, error);
}

static void
send_sealed (TribesEncryptInterceptor *self, TribesDelivery *delivery, TribesGeneration generation)
{
  g_autoptr (TribesMessage) sealed
      = seal (self, tribes_delivery_get_message (delivery), generation);

  if (!sealed)
    {
      fail (delivery, "the message could not be encrypted");
      return;
    }
  tribes_delivery_set_message (delivery, sealed);
  PARENT->send_message (TRIBES_INTERCEPTOR (self), delivery);
}

/* Of a delivery to some of the destinations of another one. */
static void
on_part_ended (TribesDelivery *part, gpointer data)
{
  TribesDelivery *whole = data;
  GPtrArray *destinations = tribes_delivery_get_destinations (part);

  for (guint i = 0; i < destinations->len; i++)
    {
      const GError *cause = NULL;

      for (guint j = 0; !cause && j < tribes_delivery_get_n_faulty (part); j++)
        if (tribes_delivery_get_faulty (part, j) == destinations->pdata[i])
          cause = tribes_delivery_get_cause (part, j);
      tribes_delivery_complete (whole, destinations->pdata[i], cause);
    }
}

static TribesDelivery *
part_new (TribesDelivery *whole, GPtrArray *destinations)
{
  TribesDelivery *part = tribes_delivery_new (tribes_delivery_get_message (whole), destinations);

  tribes_delivery_watch (part, on_part_ended, tribes_delivery_ref (whole),
                         (GDestroyNotify) tribes_delivery_unref);
  return part;
}

static void
ask (gpointer data, TribesMember *member, GBytes *question, TribesGeneration generation)
{
  TribesEncryptInterceptor *self = data;
  g_autoptr (TribesMember) local = tribes_interceptor_dup_local_member (TRIBES_INTERCEPTOR (self));
  g_autoptr (GPtrArray) destinations = NULL;
  g_autoptr (TribesMessage) message = NULL;
  g_autoptr (TribesDelivery) delivery = NULL;

  if (!local)
    return;
  destinations = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_ptr_array_add (destinations, tribes_member_ref (member));
  message
      = tribes_message_new (local, question, TRIBES_SEND_OPTIONS_NONE, tribes_clock_get_wall_ms ());
  delivery = tribes_delivery_new (message, destinations);
  send_sealed (self, delivery, generation);
}

static void
release (gpointer data, TribesDelivery *delivery)
{
  TribesEncryptInterceptor *self = data;
  TribesMember *member = g_ptr_array_index (tribes_delivery_get_destinations (delivery), 0);

  send_sealed (self, delivery, tribes_encrypt_core_choose (self->core, member));
}

static const TribesEncryptQuestionsFuncs question_funcs = { ask, release };

/* To a member of which nobody knows how it encrypts. */
static void
hold (TribesEncryptInterceptor *self, TribesDelivery *whole, TribesMember *member)
{
  g_autoptr (GPtrArray) destinations
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (TribesDelivery) part = NULL;

  g_ptr_array_add (destinations, tribes_member_ref (member));
  part = part_new (whole, destinations);
  tribes_encrypt_questions_hold (self->questions, part);
}

static void
send_part (TribesEncryptInterceptor *self,
           TribesDelivery *whole,
           GPtrArray *destinations,
           TribesGeneration generation)
{
  g_autoptr (TribesDelivery) part = part_new (whole, destinations);

  send_sealed (self, part, generation);
}

/* One encryption for each generation that is spoken among the destinations. */
static void
encrypt_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  TribesEncryptInterceptor *self = TRIBES_ENCRYPT_INTERCEPTOR (interceptor);
  GPtrArray *destinations = tribes_delivery_get_destinations (delivery);
  GPtrArray *parts[TRIBES_GENERATION_C + 1] = { NULL };
  TribesGeneration generation = TRIBES_GENERATION_C;
  guint n_parts = 0, n_held = 0;

  if (!self->core)
    {
      fail (delivery, "the channel is not started");
      return;
    }
  for (guint i = 0; i < destinations->len; i++)
    {
      if (self->questions
          && tribes_encrypt_questions_is_open (self->questions, destinations->pdata[i]))
        {
          hold (self, delivery, destinations->pdata[i]);
          n_held++;
          continue;
        }
      generation = tribes_encrypt_core_choose (self->core, destinations->pdata[i]);
      if (!parts[generation])
        {
          parts[generation] = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
          n_parts++;
        }
      g_ptr_array_add (parts[generation], tribes_member_ref (destinations->pdata[i]));
    }
  if (n_parts == 1 && n_held == 0)
    send_sealed (self, delivery, generation);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (n_parts + n_held > 1 && parts[i])
        send_part (self, delivery, parts[i], (TribesGeneration) i);
      g_clear_pointer (&parts[i], g_ptr_array_unref);
    }
}

static void
complain (TribesEncryptInterceptor *self, TribesEncryptVerdict verdict, const GError *error)
{
  guint suppressed;

  self->messages_refused++;
  if (!tribes_rate_limit_allow (&self->limits[verdict], tribes_clock_get_us (), &suppressed))
    return;
  if (suppressed > 0)
    g_message ("%s (and %u more before)", error->message, suppressed);
  else
    g_message ("%s", error->message);
}

static gboolean
encrypt_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  TribesEncryptInterceptor *self = TRIBES_ENCRYPT_INTERCEPTOR (interceptor);
  g_autoptr (TribesMessage) opened = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) problem = NULL;
  TribesEncryptVerdict verdict;
  const guint8 *data;
  gsize size;

  if (!self->core)
    return TRUE;
  data = tribes_message_peek_payload (message, &size);
  payload = tribes_encrypt_core_open (self->core, tribes_message_peek_address (message), data, size,
                                      tribes_clock_get_wall_ms (), &verdict, &problem);
  if (!payload)
    {
      /* As if it had been processed: Tomcat answers so, and who guesses learns nothing. */
      complain (self, verdict, problem);
      return TRUE;
    }
  if (self->questions
      && tribes_encrypt_questions_heard (self->questions, tribes_message_peek_address (message),
                                         payload))
    return TRUE;
  opened = tribes_message_with_payload (message, payload, tribes_message_get_options (message));
  return PARENT->message_received (interceptor, opened, error);
}

static void
encrypt_member_added (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesEncryptInterceptor *self = TRIBES_ENCRYPT_INTERCEPTOR (interceptor);

  if (self->core)
    tribes_encrypt_core_member_added (self->core, member);
  if (self->questions)
    tribes_encrypt_questions_forget (self->questions, member);
  PARENT->member_added (interceptor, member);
}

static void
encrypt_member_disappeared (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesEncryptInterceptor *self = TRIBES_ENCRYPT_INTERCEPTOR (interceptor);

  if (self->core)
    tribes_encrypt_core_member_disappeared (self->core, member);
  if (self->questions)
    tribes_encrypt_questions_forget (self->questions, member);
  PARENT->member_disappeared (interceptor, member);
}

/**
 * tribes_encrypt_interceptor_new:
 *
 * Returns: (transfer full): an interceptor with Tomcat's defaults, and no key
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_encrypt_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_ENCRYPT_INTERCEPTOR, NULL);
}

static void
clear_key (TribesEncryptInterceptor *self)
{
  OPENSSL_cleanse (self->key, sizeof self->key);
  self->key_size = 0;
  g_clear_error (&self->key_error);
}

/**
 * tribes_encrypt_interceptor_set_encryption_key:
 * @self: an interceptor of a channel that is not started
 * @key: (array length=size): the key
 * @size: 16, 24 or 32
 * @error: return location
 *
 * Sets the key as bytes, which are copied. [property@Tribes.EncryptInterceptor:encryption-key] sets
 * it as a text.
 *
 * Errors: %TRIBES_ERROR_CONFIG for another size.
 *
 * Tomcat counterpart: `setEncryptionKey(byte[])`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_encrypt_interceptor_set_encryption_key (TribesEncryptInterceptor *self,
                                               const guint8 *key,
                                               gsize size,
                                               GError **error)
{
  g_return_val_if_fail (TRIBES_IS_ENCRYPT_INTERCEPTOR (self), FALSE);

  if (size != 16 && size != 24 && size != 32)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "encryption key: expected 16, 24 or 32 bytes, found %" G_GSIZE_FORMAT, size);
      return FALSE;
    }
  clear_key (self);
  memcpy (self->key, key, size);
  self->key_size = size;
  return TRUE;
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (g_str_equal (spec->name, "encryption-key"))
    {
      g_value_set_string (value, NULL);
      return;
    }
  tribes_field_get_property (object, id, value, spec);
  if (g_str_equal (spec->name, "encryption-algorithm") && !g_value_get_string (value))
    g_value_set_static_string (value, TRIBES_ENCRYPT_DEFAULT);
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  TribesEncryptInterceptor *self = TRIBES_ENCRYPT_INTERCEPTOR (object);
  const char *text;

  if (!g_str_equal (spec->name, "encryption-key"))
    {
      tribes_field_set_property (object, id, value, spec);
      return;
    }
  text = g_value_get_string (value);
  clear_key (self);
  if (text)
    self->key_size = tribes_encrypt_parse_key (text, self->key, &self->key_error);
}

static void
tribes_encrypt_interceptor_finalize (GObject *object)
{
  TribesEncryptInterceptor *self = TRIBES_ENCRYPT_INTERCEPTOR (object);

  g_clear_pointer (&self->questions, tribes_encrypt_questions_free);
  g_clear_pointer (&self->core, tribes_encrypt_core_free);
  clear_key (self);
  g_free (self->encryption_algorithm);
  g_free (self->generation);
  G_OBJECT_CLASS (tribes_encrypt_interceptor_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesEncryptInterceptor:encryption-algorithm:
     *
     * Cipher, mode and padding as Java has them: `AES/GCM/NoPadding`, `AES/CBC/PKCS5Padding`, or
     * CFB or OFB with `PKCS5Padding` or `NoPadding`; all else is refused. With an algorithm that
     * was set no other one is taken. As long as none was, each generation has its default: GCM,
     * which it reads as, for C and CBC for A and B. Tomcat counterpart: `encryptionAlgorithm`.
     *
     * Since: 0.1
     */
    { g_param_spec_string ("encryption-algorithm", NULL, NULL, NULL, flags),
      G_STRUCT_OFFSET (TribesEncryptInterceptor, encryption_algorithm) },
    /**
     * TribesEncryptInterceptor:generation:
     *
     * `A`, `B` or `C`, to speak and to take nothing but that; %NULL to speak to each member as that
     * does, and C to those that have said nothing yet. Tomcat counterpart: its version.
     *
     * Since: 0.1
     */
    { g_param_spec_string ("generation", NULL, NULL, NULL, flags),
      G_STRUCT_OFFSET (TribesEncryptInterceptor, generation) },
    /**
     * TribesEncryptInterceptor:replay-window-time:
     *
     * Milliseconds that a message of generation B or C may be on its way, and that its sender's
     * clock may be fast. Tomcat counterpart: `replayWindowTime`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("replay-window-time", NULL, NULL, 1, G_MAXINT64, 10000, flags),
      G_STRUCT_OFFSET (TribesEncryptInterceptor, replay_window_time) },
    /**
     * TribesEncryptInterceptor:replay-window-message-count:
     *
     * How many messages are remembered, to refuse one that comes again; what is older than all of
     * them is refused, too. More than arrive in the time that messages may overtake each other.
     * Tomcat counterpart: `replayWindowMessageCount`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("replay-window-message-count", NULL, NULL, 1, G_MAXINT32, 8192, flags),
      G_STRUCT_OFFSET (TribesEncryptInterceptor, replay_window_message_count) },
    /**
     * TribesEncryptInterceptor:messages-refused:
     *
     * Messages that could not be decrypted or were not believed; the log says why.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("messages-refused", NULL, NULL, 0, G_MAXUINT64, 0,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS),
      G_STRUCT_OFFSET (TribesEncryptInterceptor, messages_refused) },
    /**
     * TribesEncryptInterceptor:encryption-key:
     *
     * The key in 32, 48 or 64 hexadecimal digits, the same on all members. It reads as
     * %NULL. Tomcat counterpart: `encryptionKey`.
     *
     * Since: 0.1
     */
    { g_param_spec_string ("encryption-key", NULL, NULL, NULL,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
      G_STRUCT_OFFSET (TribesEncryptInterceptor, key) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
  klass->get_property = get_property;
  klass->set_property = set_property;
}

static void
tribes_encrypt_interceptor_class_init (TribesEncryptInterceptorClass *klass)
{
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = tribes_encrypt_interceptor_finalize;
  interceptor_class->start = encrypt_start;
  interceptor_class->stop = encrypt_stop;
  interceptor_class->send_message = encrypt_send_message;
  interceptor_class->message_received = encrypt_message_received;
  interceptor_class->member_added = encrypt_member_added;
  interceptor_class->member_disappeared = encrypt_member_disappeared;
  install_properties (G_OBJECT_CLASS (klass));
}

static void
tribes_encrypt_interceptor_init (TribesEncryptInterceptor *self)
{
}
