/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions that Tomcat wrote are understood, and answered with the very bytes Tomcat would write.
 */
#include "tests/wire/vector.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/java/build/tribes-java-build.h"

static Vector *
load (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".bin", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", file, NULL);

  return vector_load (path);
}

static gboolean
parse (GBytes *bytes, gsize size, TribesRpcIds *question)
{
  /* A copy of its own, so that a sanitizer sees who reads beyond it. */
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), size);

  return tribes_rpc_parse (copy, size, question) == TRIBES_RPC_QUESTION;
}

static void
test_answer (gconstpointer data)
{
  g_autofree char *question_name = g_strconcat ("rpc-question", data, NULL);
  g_autofree char *answer_name = g_strconcat ("rpc-no-channel", data, NULL);
  g_autoptr (Vector) asked = load (question_name);
  g_autoptr (Vector) expected = load (answer_name);
  g_autoptr (GBytes) uuid = vector_get_bytes (asked, "", "uuid");
  g_autoptr (GBytes) id = vector_get_bytes (asked, "", "id");
  g_autoptr (GBytes) answer = NULL;
  TribesRpcIds question;

  g_assert_true (parse (asked->bytes, g_bytes_get_size (asked->bytes), &question));
  g_assert_cmpmem (question.uuid, question.uuid_size, g_bytes_get_data (uuid, NULL),
                   g_bytes_get_size (uuid));
  g_assert_cmpmem (question.id, question.id_size, g_bytes_get_data (id, NULL),
                   g_bytes_get_size (id));
  answer = tribes_rpc_no_channel_reply (&question);
  g_assert_cmpmem (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer),
                   g_bytes_get_data (expected->bytes, NULL), g_bytes_get_size (expected->bytes));
}

/* As Tomcat asks. */
static void
test_question (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  g_autoptr (TribesJavaValue) asked = tribes_java_value_new_string ("anybody there?");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  TribesRpcIds question;

  g_assert_true (parse (vector->bytes, g_bytes_get_size (vector->bytes), &question));
  bytes = tribes_rpc_write (&question, TRIBES_RPC_QUESTION, asked, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bytes, vector->bytes));
}

/* What is asked has come whole, whatever it is. */
static void
test_read (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) asked = tribes_rpc_read (vector->bytes, &error);
  g_autoptr (GBytes) again = NULL;
  TribesRpcIds ids;
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);
  TribesRpcKind kind = tribes_rpc_parse (data, size, &ids);

  g_assert_no_error (error);
  again = tribes_rpc_write (&ids, kind, asked, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (again, NULL), g_bytes_get_size (again), data, size);
}

/* An answer to an answer would go on for ever. */
static void
test_no_question (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  TribesRpcIds question;

  g_assert_false (parse (vector->bytes, g_bytes_get_size (vector->bytes), &question));
}

/* The ids have to be there; what is asked may be cut off. */
static void
test_prefixes (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  g_autoptr (GBytes) id = vector_get_bytes (vector, "", "id");
  gsize size = g_bytes_get_size (vector->bytes);
  gsize enough = 0;

  for (gsize i = 0; i <= size; i++)
    {
      TribesRpcIds question;
      gboolean complete = parse (vector->bytes, i, &question);

      if (complete && enough == 0)
        enough = i;
      g_assert_cmpint (complete, ==, enough != 0);
    }
  g_assert_cmpuint (enough, >, g_bytes_get_size (id));
  g_assert_cmpuint (enough, <, size);
}

/* Whatever one byte is, nothing is read or written where it should not be. */
static void
test_mutants (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);

  for (gsize i = 0; i < size; i++)
    for (guint value = 0; value < 256; value++)
      {
        g_autofree guint8 *copy = g_memdup2 (data, size);
        TribesRpcIds question;

        copy[i] = (guint8) value;
        if (tribes_rpc_parse (copy, size, &question) == TRIBES_RPC_NONE)
          continue;
        g_assert_cmpuint (question.uuid_size, <=, TRIBES_RPC_MAX_UUID);
        g_assert_cmpuint (question.id_size, <=, TRIBES_RPC_MAX_ID);
      }
}

/* Blocks of nothing are legal, and end with the input. */
static void
test_empty_blocks (void)
{
  g_autoptr (Vector) vector = load ("rpc-question");
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);
  const guint8 *block = memchr (data + 60, 0x77, size - 60);
  gsize head = (gsize) (block - data);
  const gsize n = 100000;
  g_autofree guint8 *padded = g_malloc (size + 2 * n);
  TribesRpcIds question;

  memcpy (padded, data, head);
  for (gsize i = 0; i < n; i++)
    memcpy (padded + head + 2 * i, "\x77", 2);
  memcpy (padded + head + 2 * n, block, size - head);
  g_assert_cmpint (tribes_rpc_parse (padded, size + 2 * n, &question), ==, TRIBES_RPC_QUESTION);
  g_assert_cmpint (tribes_rpc_parse (padded, head + 2 * n, &question), ==, TRIBES_RPC_NONE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/channel/rpc/answer", "", test_answer);
  g_test_add_data_func ("/channel/rpc/answer-long", "-long", test_answer);
  g_test_add_data_func ("/channel/rpc/question", "rpc-question", test_question);
  g_test_add_data_func ("/channel/rpc/read-question", "rpc-question", test_read);
  g_test_add_data_func ("/channel/rpc/read-question-long", "rpc-question-long", test_read);
  g_test_add_data_func ("/channel/rpc/read-list", "rpc-question-list", test_read);
  g_test_add_data_func ("/channel/rpc/read-reply", "rpc-reply", test_read);
  g_test_add_data_func ("/channel/rpc/read-start", "rpc-question-member@9.0.70", test_read);
  g_test_add_data_func ("/channel/rpc/read-pong", "rpc-reply-member@10.1.60", test_read);
  g_test_add_data_func ("/channel/rpc/reply", "rpc-reply", test_no_question);
  g_test_add_data_func ("/channel/rpc/no-channel", "rpc-no-channel", test_no_question);
  g_test_add_data_func ("/channel/rpc/other", "session-get-all", test_no_question);
  g_test_add_data_func ("/channel/rpc/prefixes", "rpc-question", test_prefixes);
  g_test_add_data_func ("/channel/rpc/prefixes-long", "rpc-question-long", test_prefixes);
  g_test_add_data_func ("/channel/rpc/mutants", "rpc-question", test_mutants);
  g_test_add_func ("/channel/rpc/empty-blocks", test_empty_blocks);
  return g_test_run ();
}
