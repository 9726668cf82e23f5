/* SPDX-License-Identifier: Apache-2.0
 *
 * The Java codec beside Java, in one run: a state transfer of 13 MB, and deltas of some hundred
 * bytes.
 *
 *   bench-java FILE [JAVA-COMMAND...]
 *
 * The command writes the streams to FILE and measures Java on them; without one FILE must be there.
 * Speeds are per second of CPU. "store" pulls values as the session layer does; "decode" makes the
 * list of a whole stream.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tribes/java/read/tribes-java-stream.h"
#include "tribes/java/show/tribes-java-json.h"

enum
{
  N_ROUNDS = 5,
};

typedef struct
{
  const char *name;
  GPtrArray *streams; /* of GBytes */
  gsize size;
  double java_read;
  double java_write;
} Sample;

/* CPU time of the process, so that other work on the machine does not count. */
static gint64
cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gboolean
count_border (gsize offset, gsize size, TribesJavaItemKind kind, gpointer user_data)
{
  (*(gsize *) user_data)++;
  return TRUE;
}

static void
scan (GBytes *bytes)
{
  gsize n_items = 0;

  g_assert_true (tribes_java_scan (bytes, NULL, count_border, &n_items, NULL));
}

/* Everything of a stream; primitive data is read over. */
static GPtrArray *
store (GBytes *bytes)
{
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, NULL);
  GPtrArray *values = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  TribesJavaToken token;
  guint8 data[1024];

  while (tribes_java_reader_peek (reader, &token, NULL) && token != TRIBES_JAVA_TOKEN_END)
    if (token == TRIBES_JAVA_TOKEN_OBJECT)
      g_ptr_array_add (values, tribes_java_reader_object (reader, NULL));
    else
      g_assert_true (tribes_java_reader_bytes (
          reader, data, MIN (sizeof data, tribes_java_reader_get_data_left (reader)), NULL));
  return values;
}

static gsize
write_values (GPtrArray *values)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < values->len; i++)
    g_assert_true (tribes_java_writer_object (writer, values->pdata[i], NULL));
  bytes = tribes_java_writer_finish (writer);
  return g_bytes_get_size (bytes);
}

typedef enum
{
  SCAN,
  STORE,
  DECODE,
  ENCODE,
  JSON,
} Operation;

/* Only what is measured is timed: not the freeing of what it made, and not its input. */
static gint64
run_once (GBytes *bytes, Operation operation)
{
  g_autoptr (TribesJavaStream) stream = NULL;
  g_autoptr (GPtrArray) values = operation == ENCODE ? store (bytes) : NULL;
  g_autofree char *json = NULL;
  gint64 start;

  if (operation == JSON)
    stream = tribes_java_stream_decode (bytes, NULL, NULL);
  start = cpu_us ();
  if (operation == SCAN)
    scan (bytes);
  else if (operation == STORE)
    values = store (bytes);
  else if (operation == DECODE)
    stream = tribes_java_stream_decode (bytes, NULL, NULL);
  else if (operation == ENCODE)
    g_assert_cmpuint (write_values (values), >, 0);
  else
    json = tribes_java_stream_to_json (stream);
  return cpu_us () - start;
}

/* Many small streams are timed together: the clock is too coarse for one. */
static double
run_many (const Sample *sample, Operation operation)
{
  gint64 start;
  gint64 spent;
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func (
      operation == JSON ? (GDestroyNotify) tribes_java_stream_unref
                        : (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < sample->streams->len; i++)
    if (operation == ENCODE)
      g_ptr_array_add (inputs, store (sample->streams->pdata[i]));
    else if (operation == JSON)
      g_ptr_array_add (inputs, tribes_java_stream_decode (sample->streams->pdata[i], NULL, NULL));
  start = cpu_us ();
  for (guint i = 0; i < sample->streams->len; i++)
    if (operation == SCAN)
      scan (sample->streams->pdata[i]);
    else if (operation == STORE)
      g_ptr_array_unref (store (sample->streams->pdata[i]));
    else if (operation == DECODE)
      tribes_java_stream_unref (tribes_java_stream_decode (sample->streams->pdata[i], NULL, NULL));
    else if (operation == ENCODE)
      g_assert_cmpuint (write_values (inputs->pdata[i]), >, 0);
    else
      g_free (tribes_java_stream_to_json (inputs->pdata[i]));
  spent = cpu_us () - start;
  return (double) sample->size / (double) spent;
}

static double
measure (const Sample *sample, Operation operation)
{
  double best = 0;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      double speed
          = sample->streams->len > 1
                ? run_many (sample, operation)
                : (double) sample->size / (double) run_once (sample->streams->pdata[0], operation);

      best = MAX (best, speed);
    }
  return best;
}

static void
report (const Sample *sample)
{
  static const char *const names[] = { "scan", "store", "decode", "encode", "json" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      double speed = measure (sample, (Operation) i);
      double java = i == ENCODE ? sample->java_write : sample->java_read;

      g_print ("%-7s %-7s %8.1f MB/s", sample->name, names[i], speed);
      if (java > 0 && i != JSON)
        g_print ("   Java %6.1f MB/s   %5.1f times", java, speed / java);
      g_print ("\n");
    }
}

static void
load (const char *file, Sample *state, Sample *deltas)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size;
  Sample *sample = state;

  if (!g_file_get_contents (file, &data, &size, &error))
    g_error ("%s", error->message);
  for (gsize at = 0; at < size; sample = deltas)
    {
      guint32 length;

      memcpy (&length, data + at, sizeof length);
      length = GUINT32_FROM_BE (length);
      g_ptr_array_add (sample->streams, g_bytes_new (data + at + 4, length));
      sample->size += length;
      at += 4 + length;
    }
}

static void
run_java (char **command, Sample *state, Sample *deltas)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  int status;

  if (!g_spawn_sync (NULL, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status,
                     &error)
      || !g_spawn_check_wait_status (status, &error))
    g_error ("%s", error->message);
  g_assert_cmpint (sscanf (output, "state %lf %lf\ndeltas %lf %lf", &state->java_read,
                           &state->java_write, &deltas->java_read, &deltas->java_write),
                   ==, 4);
}

int
main (int argc, char *argv[])
{
  Sample state = { "state", g_ptr_array_new (), 0, 0, 0 };
  Sample deltas = { "deltas", g_ptr_array_new (), 0, 0, 0 };

  if (argc < 2)
    {
      g_printerr ("usage: bench-java FILE [JAVA-COMMAND...]\n");
      return 2;
    }
  if (argc > 2)
    run_java (argv + 2, &state, &deltas);
  load (argv[1], &state, &deltas);
  g_print ("state: %.1f MB; deltas: %u of %.0f bytes\n", (double) state.size / 1e6,
           deltas.streams->len, (double) deltas.size / (double) MAX (deltas.streams->len, 1));
  report (&state);
  report (&deltas);
  return 0;
}
