/* SPDX-License-Identifier: Apache-2.0
 *
 * Member messages of both Tomcats are read, with the members in them; what is written here is one
 * form, without the class on which they do not agree.
 */
#include "tests/wire/vector.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-java-member-private.h"
#include "tribes/channel/tribes-member-message-private.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"

#define MEMBERSHIP "Catalina-Channel-StaticMembership"

static Vector *
load (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".bin", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", file, NULL);

  return vector_load (path);
}

/* What is in a message, be it a question or not. */
static TribesJavaValue *
open_payload (GBytes *bytes, GError **error)
{
  TribesRpcIds ids;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return tribes_rpc_parse (data, size, &ids) == TRIBES_RPC_NONE
             ? tribes_java_value_deserialize (bytes, error)
             : tribes_rpc_read (bytes, error);
}

static void
assert_message (const TribesMemberMessage *message, TribesStaticKind kind)
{
  static const guint8 first_id_byte = 0x10;
  g_autofree char *host = tribes_member_dup_host (message->member);
  g_autoptr (GBytes) domain = tribes_member_dup_domain (message->member);

  g_assert_cmpint (message->kind, ==, kind);
  g_assert_cmpmem (g_bytes_get_data (message->id, NULL), g_bytes_get_size (message->id), MEMBERSHIP,
                   strlen (MEMBERSHIP));
  g_assert_cmpstr (host, ==, "10.1.2.3");
  g_assert_cmpint (tribes_member_get_port (message->member), ==, 4000);
  g_assert_cmpint (tribes_member_get_secure_port (message->member), ==, 8443);
  g_assert_cmpint (tribes_member_get_alive_time (message->member), ==, 1234);
  g_assert_cmpint (tribes_member_get_unique_id (message->member)[0], ==, first_id_byte);
  g_assert_cmpmem (g_bytes_get_data (domain, NULL), g_bytes_get_size (domain), "east", 4);
  g_assert_cmpint (tribes_member_is_shutdown (message->member), ==, kind == TRIBES_STATIC_STOP);
}

static void
test_read (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  g_auto (TribesMemberMessage) message = TRIBES_MEMBER_MESSAGE_INIT;
  g_auto (TribesMemberMessage) again = TRIBES_MEMBER_MESSAGE_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) value = open_payload (vector->bytes, &error);
  g_autoptr (TribesJavaValue) ours = NULL;
  g_autoptr (TribesJavaValue) read = NULL;
  g_autoptr (GBytes) bytes = NULL;
  TribesStaticKind kind = strstr (name, "question") ? TRIBES_STATIC_START
                          : strstr (name, "stop")   ? TRIBES_STATIC_STOP
                                                    : TRIBES_STATIC_PING;

  g_assert_no_error (error);
  g_assert_true (tribes_member_message_read (value, &message, &error));
  g_assert_no_error (error);
  assert_message (&message, kind);
  /* What is written here says the same. */
  ours = tribes_member_message_write (message.kind, message.id, message.member);
  bytes = tribes_java_value_serialize (ours, &error);
  g_assert_no_error (error);
  read = tribes_java_value_deserialize (bytes, &error);
  g_assert_no_error (error);
  g_assert_true (tribes_member_message_read (read, &again, &error));
  assert_message (&again, kind);
}

/* A message of Tomcat without the descriptor of MemberImpl is, byte for byte, what is written
 * here. */
static void
test_one_form (gconstpointer name)
{
  static const char inherited[] = "org.apache.catalina.tribes.membership.MemberImpl";
  g_autoptr (Vector) vector = load (name);
  g_auto (TribesMemberMessage) message = TRIBES_MEMBER_MESSAGE_INIT;
  g_autoptr (TribesJavaValue) value = open_payload (vector->bytes, NULL);
  g_autoptr (TribesJavaValue) ours = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GByteArray) expected = g_byte_array_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);
  const guint8 *at = memmem (data, size, inherited, strlen (inherited));
  const guint8 *behind = at + strlen (inherited) + 8 + 1 + 2 + 1;

  /* Tag and length in front of the name. */
  g_byte_array_append (expected, data, (guint) (at - 3 - data));
  g_byte_array_append (expected, behind, (guint) (data + size - behind));
  g_assert_true (tribes_member_message_read (value, &message, NULL));
  ours = tribes_member_message_write (message.kind, message.id, message.member);
  bytes = tribes_java_value_serialize (ours, NULL);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected->data,
                   expected->len);
}

static void
test_other (void)
{
  g_autoptr (TribesJavaValue) text = tribes_java_value_new_string ("no member");
  g_autoptr (TribesJavaValue) null = tribes_java_value_new_null ();
  g_auto (TribesMemberMessage) message = TRIBES_MEMBER_MESSAGE_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) null_error = NULL;
  g_autoptr (GError) member_error = NULL;

  g_assert_false (tribes_member_message_read (text, &message, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_assert_false (tribes_member_message_read (null, &message, &null_error));
  g_assert_error (null_error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_assert_null (tribes_member_from_java (text, &member_error));
  g_assert_error (member_error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
}

/* Whatever one byte is, and wherever it ends. */
static void
test_mutants (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);

  for (gsize i = 0; i < size; i++)
    for (guint bit = 0; bit <= 8; bit++)
      {
        g_autofree guint8 *copy = g_memdup2 (data, size);
        g_autoptr (GBytes) bytes = NULL;
        g_autoptr (TribesJavaValue) value = NULL;
        g_autoptr (GError) error = NULL;
        g_auto (TribesMemberMessage) message = TRIBES_MEMBER_MESSAGE_INIT;

        copy[i] ^= (guint8) (1 << bit);
        bytes = g_bytes_new (copy, bit == 8 ? i : size);
        value = open_payload (bytes, &error);
        if (value && tribes_member_message_read (value, &message, &error))
          g_assert_nonnull (message.member);
        else
          g_assert_nonnull (error);
      }
}

static void
add (const char *test, const char *vector, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/channel/member-message/%s/%s", test, vector);

  g_test_add_data_func (path, vector, func);
}

int
main (int argc, char *argv[])
{
  static const char *const vectors[]
      = { "rpc-question-member@9.0.70", "rpc-question-member@10.1.60", "rpc-reply-member@9.0.70",
          "rpc-reply-member@10.1.60",   "static-stop@9.0.70",          "static-stop@10.1.60" };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    add ("read", vectors[i], test_read);
  add ("one-form", vectors[4], test_one_form);
  add ("one-form", vectors[5], test_one_form);
  add ("mutants", vectors[1], test_mutants);
  add ("mutants", vectors[4], test_mutants);
  g_test_add_func ("/channel/member-message/other", test_other);
  return g_test_run ();
}
