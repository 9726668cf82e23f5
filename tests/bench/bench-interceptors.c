/* SPDX-License-Identifier: Apache-2.0
 *
 * What an interceptor costs, sending and receiving, beside Tomcat's class on the same payload in
 * the same run: nanoseconds of CPU for each message, without those of a chain that does nothing.
 * Encryption stands beside OpenSSL alone, too: what it costs to do the same with its functions.
 *
 *   bench-interceptors PAYLOAD SCRATCH-FILE [COMMAND OF InterceptorLoop...]
 *
 * Larger payloads are made of the first one, with some random bytes in each copy.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tribes/channel/tribes-interceptor-private.h"
#include "tribes/interceptors/tribes-interceptors.h"

#define PACKAGE "org.apache.catalina.tribes.group.interceptors."
#define ENCRYPT "EncryptInterceptor"
#define KEY     "5f8e0c3a917b42d6a8e1f09b7c64d325"
#define SECOND  1000000000

/* Above: counts; below: hands what is sent to the receiver, and says that it has arrived. */
struct _Wire
{
  TribesInterceptor parent_instance;
  TribesInterceptor *receiver; /* (nullable) */
  guint64 received;
};

#define TYPE_WIRE (wire_get_type ())
G_DECLARE_FINAL_TYPE (Wire, wire, BENCH, WIRE, TribesInterceptor)
G_DEFINE_TYPE (Wire, wire, TRIBES_TYPE_INTERCEPTOR)

static void
wire_send_message (TribesInterceptor *self, TribesDelivery *delivery)
{
  g_autoptr (GError) error = NULL;

  if (!tribes_interceptor_message_received (BENCH_WIRE (self)->receiver,
                                            tribes_delivery_get_message (delivery), &error))
    g_error ("%s", error->message);
  tribes_delivery_complete_all (delivery, NULL);
}

static gboolean
wire_message_received (TribesInterceptor *self, TribesMessage *message, GError **error)
{
  BENCH_WIRE (self)->received++;
  return TRUE;
}

static void
wire_class_init (WireClass *klass)
{
  TRIBES_INTERCEPTOR_CLASS (klass)->send_message = wire_send_message;
  TRIBES_INTERCEPTOR_CLASS (klass)->message_received = wire_message_received;
}

static void
wire_init (Wire *self)
{
}

static gint64
cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * SECOND + now.tv_nsec;
}

static TribesInterceptor *
make (const char *name)
{
  g_autofree char *full = g_strconcat (PACKAGE, name, NULL);
  g_autoptr (GError) error = NULL;
  TribesInterceptor *made = tribes_interceptor_new_for_class (full, &error);

  if (!made)
    g_error ("%s", error->message);
  if (g_str_equal (name, ENCRYPT))
    g_object_set (made, "encryption-key", KEY, NULL);
  return made;
}

static void
start (TribesInterceptor *interceptor)
{
  g_autoptr (GError) error = NULL;

  if (!tribes_interceptor_start (interceptor, TRIBES_SERVICES_SND_RX, &error))
    g_error ("%s", error->message);
}

static void
send_one (TribesInterceptor *sender, TribesMember *member, GPtrArray *destinations, GBytes *payload)
{
  g_autoptr (TribesMessage) message
      = tribes_message_new (member, payload, TRIBES_SEND_OPTIONS_NONE, g_get_real_time () / 1000);
  g_autoptr (TribesDelivery) delivery = tribes_delivery_new (message, destinations);

  tribes_interceptor_send_message (sender, delivery);
}

/* @name: (nullable): of nothing between both ends. */
static gint64
measure (const char *name, GBytes *payload)
{
  g_autoptr (Wire) top = g_object_new (TYPE_WIRE, NULL);
  g_autoptr (Wire) bottom = g_object_new (TYPE_WIRE, NULL);
  g_autoptr (TribesInterceptor) sender
      = name ? make (name) : g_object_ref (TRIBES_INTERCEPTOR (bottom));
  g_autoptr (TribesInterceptor) receiver
      = name ? make (name) : g_object_ref (TRIBES_INTERCEPTOR (top));
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GPtrArray) destinations = g_ptr_array_new ();
  gint64 begin = cpu_ns (), now = begin;
  guint64 sent = 0;

  g_ptr_array_add (destinations, member);
  if (name)
    {
      tribes_interceptor_link (sender, TRIBES_INTERCEPTOR (bottom));
      tribes_interceptor_link (TRIBES_INTERCEPTOR (top), receiver);
      start (sender);
      start (receiver);
    }
  bottom->receiver = receiver;
  for (; now - begin < SECOND; now = cpu_ns ())
    for (guint i = 0; i < 20; i++, sent++)
      send_one (sender, member, destinations, payload);
  if (top->received != sent)
    g_error ("%s: %" G_GUINT64_FORMAT " sent, %" G_GUINT64_FORMAT " received", name, sent,
             top->received);
  return (now - begin) / (gint64) sent;
}

/* What is encrypted and decrypted again by OpenSSL alone, as a Tomcat of today does it. */
static gint64
measure_openssl (GBytes *payload)
{
  static const guint8 key[16] = { 1 }, iv[12] = { 2 };
  gsize length;
  const guint8 *data = g_bytes_get_data (payload, &length);
  int size = (int) length, n;
  g_autofree guint8 *sealed = g_malloc (length), *opened = g_malloc (length);
  EVP_CIPHER_CTX *sealing = EVP_CIPHER_CTX_new (), *opening = EVP_CIPHER_CTX_new ();
  guint8 tag[16];
  gint64 begin, now, sent = 0;
  gboolean ok = EVP_CipherInit_ex2 (sealing, EVP_aes_128_gcm (), key, iv, 1, NULL) == 1
                && EVP_CipherInit_ex2 (opening, EVP_aes_128_gcm (), key, iv, 0, NULL) == 1;

  begin = now = cpu_ns ();
  for (; ok && now - begin < SECOND; now = cpu_ns ())
    for (guint i = 0; ok && i < 20; i++, sent++)
      ok = EVP_CipherInit_ex2 (sealing, NULL, NULL, iv, -1, NULL) == 1
           && EVP_CipherUpdate (sealing, sealed, &n, data, size) == 1
           && EVP_CipherFinal_ex (sealing, tag, &n) == 1
           && EVP_CIPHER_CTX_ctrl (sealing, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) == 1
           && EVP_CipherInit_ex2 (opening, NULL, NULL, iv, -1, NULL) == 1
           && EVP_CipherUpdate (opening, opened, &n, sealed, size) == 1
           && EVP_CIPHER_CTX_ctrl (opening, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1
           && EVP_CipherFinal_ex (opening, tag, &n) == 1;
  EVP_CIPHER_CTX_free (sealing);
  EVP_CIPHER_CTX_free (opening);
  if (!ok || memcmp (data, opened, length) != 0)
    g_error ("OpenSSL");
  return (now - begin) / sent;
}

/* 0: there is none. */
static gint64
measure_tomcat (const char *name, GBytes *payload, const char *file, char **command)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;

  if (!command[0])
    return 0;
  if (!g_file_set_contents (file, g_bytes_get_data (payload, NULL),
                            (gssize) g_bytes_get_size (payload), &error))
    g_error ("%s", error->message);
  for (guint i = 0; command[i]; i++)
    g_ptr_array_add (argv, command[i]);
  g_ptr_array_add (argv, (gpointer) (name ? name : "none"));
  g_ptr_array_add (argv, (gpointer) file);
  g_ptr_array_add (argv, (gpointer) KEY);
  g_ptr_array_add (argv, NULL);
  if (!g_spawn_sync (NULL, (char **) argv->pdata, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, NULL,
                     &error))
    g_error ("%s", error->message);
  return g_ascii_strtoll (out, NULL, 10);
}

static GBytes *
enlarge (const char *data, gsize size, gsize copies)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  guint8 *bytes = g_malloc (size * copies);

  for (gsize i = 0; i < copies; i++)
    {
      memcpy (bytes + i * size, data, size);
      for (gsize k = 0; i > 0 && k < size / 4; k++)
        bytes[i * size + (gsize) g_rand_int_range (random, 0, (gint32) size)]
            = (guint8) g_rand_int (random);
    }
  return g_bytes_new_take (bytes, size * copies);
}

int
main (int argc, char **argv)
{
  static const char *const names[]
      = { "OrderInterceptor", "FragmentationInterceptor", "GzipInterceptor", ENCRYPT };
  static const gsize copies[] = { 1, 10, 1000 };
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  if (argc < 3 || !g_file_get_contents (argv[1], &data, &size, &error))
    g_error ("%s", error ? error->message : "PAYLOAD SCRATCH-FILE [COMMAND...]");
  for (gsize i = 0; i < G_N_ELEMENTS (copies); i++)
    {
      g_autoptr (GBytes) payload = enlarge (data, size, copies[i]);
      gint64 ours_alone = measure (NULL, payload);
      gint64 theirs_alone = measure_tomcat (NULL, payload, argv[2], argv + 3);

      for (gsize k = 0; k < G_N_ELEMENTS (names); k++)
        {
          gint64 ours = measure (names[k], payload) - ours_alone;
          gint64 theirs = measure_tomcat (names[k], payload, argv[2], argv + 3) - theirs_alone;

          printf ("%-25s %8" G_GSIZE_FORMAT " bytes: %9.2f us", names[k],
                  g_bytes_get_size (payload), (double) ours / 1000);
          if (theirs > 0)
            printf (", Tomcat %9.2f us, %.1f times", (double) theirs / 1000,
                    (double) theirs / (double) MAX (ours, 1));
          if (g_str_equal (names[k], ENCRYPT))
            {
              gint64 openssl = measure_openssl (payload);

              printf (", OpenSSL %9.2f us, %.2f times", (double) openssl / 1000,
                      (double) openssl / (double) MAX (ours, 1));
            }
          printf ("\n");
          fflush (stdout);
        }
    }
  return 0;
}
