/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption without a channel: what Tomcat's class wrote, both ways, and what may not be taken.
 */
#include <string.h>

#include "tribes/interceptors/tribes-encrypt-core-private.h"
#include "tribes/interceptors/tribes-replay-window-private.h"
#include "tribes/base/tribes-error.h"
#include "tests/wire/vector.h"

#define NOW    G_GINT64_CONSTANT (1700000000123)
#define WINDOW 10000

static const guint8 seed[TRIBES_ENCRYPT_SEED_SIZE] = { 1, 2, 3, 4, 5 };
static const guint8 other_seed[TRIBES_ENCRYPT_SEED_SIZE] = { 6, 7, 8, 9 };
static const guint8 some_key[16] = "sixteen letters";
static const guint8 other_key[16] = "another of them";
/* A serialized String. */
static const guint8 java[] = { 0xac, 0xed, 0, 5, 't', 0, 3, 'a', 'b', 'c' };

static TribesEncryptCodec *
new_codec (const char *algorithm, const guint8 *key, const guint8 *random)
{
  g_autoptr (GError) error = NULL;
  TribesEncryptCodec *codec = tribes_encrypt_codec_new (algorithm, key, 16, random, &error);

  g_assert_no_error (error);
  return codec;
}

static void
assert_bytes (GBytes *bytes, const guint8 *data, gsize size)
{
  gsize found_size;
  const guint8 *found = g_bytes_get_data (bytes, &found_size);

  g_assert_cmpmem (found, found_size, data, size);
}

/* Tomcat's bytes are opened, and are what comes out for the same vector and time. */
static void
test_vector (gconstpointer path)
{
  g_autoptr (Vector) vector = vector_load (path);
  g_autoptr (GBytes) payload = vector_get_bytes (vector, "", "payload");
  g_autoptr (GBytes) bytes = g_bytes_ref (vector->bytes);
  const char *algorithm = vector_get_text (vector, "", "algorithm");
  gboolean is_old = strstr (path, "@9.0.70") != NULL;
  guint8 key[TRIBES_CIPHER_MAX_KEY_SIZE];
  g_autoptr (GError) error = NULL;
  gsize key_size = tribes_encrypt_parse_key (vector_get_text (vector, "", "key"), key, &error);
  g_autoptr (TribesEncryptCodec) codec = NULL;
  g_autoptr (TribesCipher) cipher = NULL;
  g_autofree guint8 *sealed = NULL;
  guint8 stamp[8];
  gsize size, plain_size, iv_size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  const guint8 *plain = g_bytes_get_data (payload, &plain_size);
  TribesOpened opened;

  g_assert_no_error (error);
  codec = tribes_encrypt_codec_new (algorithm, key, key_size, seed, &error);
  g_assert_no_error (error);
  tribes_encrypt_codec_open (codec, data, size, TRIBES_GENERATION_NONE, NOW, WINDOW, &opened);
  g_assert_cmpint (opened.generation, ==, is_old ? TRIBES_GENERATION_A : TRIBES_GENERATION_C);
  g_assert_true (opened.is_sure);
  assert_bytes (opened.payload, plain, plain_size);
  g_bytes_unref (opened.payload);

  cipher = tribes_cipher_new (algorithm, key, key_size, &error);
  g_assert_no_error (error);
  iv_size = tribes_cipher_get_iv_size (cipher);
  for (guint i = 0; i < sizeof stamp; i++)
    stamp[i] = (guint8) (NOW >> (56 - 8 * i));
  g_assert_cmpuint (iv_size
                        + tribes_cipher_measure (cipher, (is_old ? 0 : sizeof stamp) + plain_size),
                    ==, size);
  sealed = g_malloc (size);
  memcpy (sealed, data, iv_size);
  g_assert_true (tribes_cipher_seal (cipher, data, stamp, is_old ? 0 : sizeof stamp, plain,
                                     plain_size, sealed + iv_size));
  g_assert_cmpmem (sealed, size, data, size);
}

static const char *const algorithms[] = {
  "AES/GCM/NoPadding", "AES/CBC/PKCS5Padding", "AES/CFB/PKCS5Padding",
  "AES/CFB/NoPadding", "AES/OFB/PKCS5Padding", "aes/ofb/nopadding",
};

/* Every size around the blocks, each way. */
static void
test_sizes (void)
{
  guint8 data[80];

  memset (data, 0x5c, sizeof data);
  memcpy (data, java, sizeof java);
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    for (gsize size = 10; size < sizeof data; size++)
      for (int generation = TRIBES_GENERATION_A; generation <= TRIBES_GENERATION_C; generation += 2)
        {
          g_autoptr (TribesEncryptCodec) codec = new_codec (algorithms[i], some_key, seed);
          g_autoptr (TribesEncryptCodec) other = new_codec (algorithms[i], some_key, other_seed);
          g_autoptr (GBytes) sealed
              = tribes_encrypt_codec_seal (codec, (TribesGeneration) generation, data, size, NOW);
          TribesOpened opened;
          gsize sealed_size;
          const guint8 *bytes = g_bytes_get_data (sealed, &sealed_size);

          tribes_encrypt_codec_open (other, bytes, sealed_size, TRIBES_GENERATION_NONE, NOW, WINDOW,
                                     &opened);
          g_assert_cmpint (opened.generation, ==, generation);
          assert_bytes (opened.payload, data, size);
          g_bytes_unref (opened.payload);
        }
}

static void
test_refused_algorithms (void)
{
  static const struct
  {
    const char *name;
    int code;
  } refused[] = {
    { "AES", TRIBES_ERROR_CONFIG },
    { "AES/ECB", TRIBES_ERROR_CONFIG },
    { "", TRIBES_ERROR_CONFIG },
    { "AES/ECB/PKCS5Padding", TRIBES_ERROR_UNSUPPORTED },
    { "AES/CBC/NoPadding", TRIBES_ERROR_UNSUPPORTED },
    { "AES/GCM/PKCS5Padding", TRIBES_ERROR_UNSUPPORTED },
    { "AES/CFB8/NoPadding", TRIBES_ERROR_UNSUPPORTED },
    { "AES/CTR/NoPadding", TRIBES_ERROR_UNSUPPORTED },
    { "AES/GCM/NoPadding/", TRIBES_ERROR_UNSUPPORTED },
    { "DESede/CBC/PKCS5Padding", TRIBES_ERROR_UNSUPPORTED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      TribesCipher *cipher = tribes_cipher_new (refused[i].name, some_key, 16, &error);

      g_assert_null (cipher);
      g_assert_error (error, TRIBES_ERROR, refused[i].code);
    }
}

static void
test_keys (void)
{
  static const char *const refused[]
      = { "",
          "0011",
          "00112233445566778899aabbccddee",
          "00112233445566778899aabbccddeefg",
          "00112233445566778899aabbccddeef",
          "00112233445566778899aabbccddeeff00",
          "00112233445566778899aabbccddeeff 00112233445566778899aabbccddeeff",
          "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20" };
  guint8 key[TRIBES_CIPHER_MAX_KEY_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (tribes_encrypt_parse_key (refused[i], key, &error), ==, 0);
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
      g_assert_true (*refused[i] == '\0' || !strstr (error->message, refused[i]));
    }
  g_assert_cmpuint (tribes_encrypt_parse_key (" 00112233445566778899AABBccddeeff\n", key, NULL), ==,
                    16);
  g_assert_cmpuint (key[10], ==, 0xaa);
}

/* None of ours has a vector that another one has; the last message of four billion has another
 * prefix. */
static void
test_nonces (void)
{
  static const char *const some[] = { "AES/GCM/NoPadding", "AES/CBC/PKCS5Padding" };

  for (guint i = 0; i < G_N_ELEMENTS (some); i++)
    {
      g_autoptr (TribesEncryptCodec) codec = new_codec (some[i], some_key, seed);
      g_autoptr (GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                           (GDestroyNotify) g_bytes_unref, NULL);

      for (guint n = 0; n < 5000; n++)
        {
          g_autoptr (GBytes) sealed
              = tribes_encrypt_codec_seal (codec, TRIBES_GENERATION_C, java, sizeof java, NOW);

          g_assert_true (
              g_hash_table_add (seen, g_bytes_new_from_bytes (sealed, 0, i == 0 ? 12 : 16)));
        }
    }
}

/* Of a message with GCM no bit is free, of any other none makes it crash. */
static void
test_flipped (void)
{
  for (int generation = TRIBES_GENERATION_A; generation <= TRIBES_GENERATION_C; generation++)
    {
      g_autoptr (TribesEncryptCodec) codec = new_codec (NULL, some_key, seed);
      g_autoptr (TribesEncryptCodec) other = new_codec (NULL, some_key, other_seed);
      g_autoptr (GBytes) sealed = tribes_encrypt_codec_seal (codec, (TribesGeneration) generation,
                                                             java, sizeof java, NOW);
      gsize size;
      const guint8 *data = g_bytes_get_data (sealed, &size);
      g_autofree guint8 *copy = g_memdup2 (data, size);
      TribesOpened opened;

      for (gsize bit = 0; bit < 8 * size; bit++)
        {
          copy[bit / 8] ^= (guint8) (1 << bit % 8);
          tribes_encrypt_codec_open (other, copy, size, TRIBES_GENERATION_NONE, NOW, WINDOW,
                                     &opened);
          if (generation == TRIBES_GENERATION_C)
            g_assert_cmpint (opened.generation, ==, TRIBES_GENERATION_NONE);
          g_clear_pointer (&opened.payload, g_bytes_unref);
          copy[bit / 8] ^= (guint8) (1 << bit % 8);
        }
      for (gsize n = 0; n < size; n++)
        {
          /* As long as it is, so that a read beyond the end is noticed. */
          g_autofree guint8 *cut = g_memdup2 (data, n);

          tribes_encrypt_codec_open (other, cut, n, TRIBES_GENERATION_NONE, NOW, WINDOW, &opened);
          g_assert_cmpint (opened.generation, ==, TRIBES_GENERATION_NONE);
        }
    }
}

/* A wrong key gives nothing in any generation, however often it is tried. */
static void
test_wrong_key (void)
{
  g_autoptr (TribesEncryptCodec) codec = new_codec (NULL, some_key, seed);
  g_autoptr (TribesEncryptCodec) other = new_codec (NULL, other_key, other_seed);

  for (guint i = 0; i < 20000; i++)
    for (int generation = TRIBES_GENERATION_A; generation <= TRIBES_GENERATION_C; generation++)
      {
        g_autoptr (GBytes) sealed = tribes_encrypt_codec_seal (codec, (TribesGeneration) generation,
                                                               java, sizeof java, NOW);
        TribesOpened opened;
        gsize size;
        const guint8 *data = g_bytes_get_data (sealed, &size);

        tribes_encrypt_codec_open (other, data, size, TRIBES_GENERATION_NONE, NOW, WINDOW, &opened);
        g_assert_false (opened.is_sure);
        g_clear_pointer (&opened.payload, g_bytes_unref);
      }
}

typedef struct
{
  TribesEncryptCore *core;   /* of this node */
  TribesEncryptCodec *codec; /* of another one */
  TribesMember *member, *stranger;
} Fixture;

static TribesEncryptCore *
new_core (TribesGeneration generation, guint messages)
{
  TribesEncryptSettings settings
      = { .generation = generation, .window_ms = WINDOW, .window_messages = messages };

  return tribes_encrypt_core_new (new_codec (NULL, some_key, seed), &settings, NOW);
}

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->core = new_core (TRIBES_GENERATION_NONE, 4);
  fixture->codec = new_codec (NULL, some_key, other_seed);
  fixture->member = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);
  fixture->stranger = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  tribes_encrypt_core_member_added (fixture->core, fixture->member);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  tribes_encrypt_core_free (fixture->core);
  tribes_encrypt_codec_free (fixture->codec);
  tribes_member_unref (fixture->member);
  tribes_member_unref (fixture->stranger);
}

static TribesEncryptVerdict
take (Fixture *fixture, TribesMember *sender, GBytes *sealed, gint64 now_ms)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = tribes_member_to_string (sender);
  g_autoptr (GBytes) payload = NULL;
  TribesEncryptVerdict verdict;
  gsize size;
  const guint8 *data = g_bytes_get_data (sealed, &size);

  payload = tribes_encrypt_core_open (fixture->core, sender, data, size, now_ms, &verdict, &error);
  if (verdict == TRIBES_ENCRYPT_TAKEN)
    {
      assert_bytes (payload, java, sizeof java);
      return verdict;
    }
  g_assert_null (payload);
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_assert_true (g_str_has_prefix (error->message, name));
  return verdict;
}

static TribesEncryptVerdict
take_new (Fixture *fixture, TribesMember *sender, TribesGeneration generation, gint64 made_ms)
{
  g_autoptr (GBytes) sealed
      = tribes_encrypt_codec_seal (fixture->codec, generation, java, sizeof java, made_ms);

  return take (fixture, sender, sealed, NOW);
}

#define assert_taken(expected, ...)                                                                \
  g_assert_cmpint (take_new (fixture, __VA_ARGS__), ==, TRIBES_ENCRYPT_##expected)

static void
test_generations (Fixture *fixture, gconstpointer data)
{
  TribesEncryptCore *core = fixture->core;
  TribesMember *member = fixture->member;

  /* Nobody has said anything. */
  g_assert_cmpint (tribes_encrypt_core_choose (core, member), ==, TRIBES_GENERATION_C);
  assert_taken (TAKEN, member, TRIBES_GENERATION_A, NOW);
  g_assert_cmpint (tribes_encrypt_core_choose (core, member), ==, TRIBES_GENERATION_A);
  /* Updated, and not back from there. */
  assert_taken (TAKEN, member, TRIBES_GENERATION_B, NOW);
  assert_taken (DOWNGRADED, member, TRIBES_GENERATION_A, NOW);
  assert_taken (TAKEN, member, TRIBES_GENERATION_C, NOW);
  assert_taken (DOWNGRADED, member, TRIBES_GENERATION_B, NOW);
  g_assert_cmpint (tribes_encrypt_core_choose (core, member), ==, TRIBES_GENERATION_C);
  /* Another life. */
  tribes_encrypt_core_member_disappeared (core, member);
  tribes_encrypt_core_member_added (core, member);
  assert_taken (TAKEN, member, TRIBES_GENERATION_A, NOW);
}

static void
test_strangers (Fixture *fixture, gconstpointer data)
{
  assert_taken (STRANGER, fixture->stranger, TRIBES_GENERATION_A, NOW);
  assert_taken (STRANGER, fixture->stranger, TRIBES_GENERATION_B, NOW);
  assert_taken (TAKEN, fixture->stranger, TRIBES_GENERATION_C, NOW);
  g_assert_cmpint (tribes_encrypt_core_get_spoken (fixture->core, fixture->stranger), ==,
                   TRIBES_GENERATION_NONE);
}

static void
test_configured (Fixture *fixture, gconstpointer data)
{
  for (int own = TRIBES_GENERATION_A; own <= TRIBES_GENERATION_C; own++)
    {
      g_clear_pointer (&fixture->core, tribes_encrypt_core_free);
      fixture->core = new_core ((TribesGeneration) own, 4);
      g_assert_cmpint (tribes_encrypt_core_choose (fixture->core, fixture->member), ==, own);
      for (int other = TRIBES_GENERATION_A; other <= TRIBES_GENERATION_C; other++)
        g_assert_cmpint (take_new (fixture, fixture->stranger, (TribesGeneration) other, NOW), ==,
                         own == other ? TRIBES_ENCRYPT_TAKEN : TRIBES_ENCRYPT_GENERATION);
    }
}

static void
test_replays (Fixture *fixture, gconstpointer data)
{
  for (int generation = TRIBES_GENERATION_A; generation <= TRIBES_GENERATION_C; generation++)
    {
      g_autoptr (GBytes) sealed
          = tribes_encrypt_codec_seal (fixture->codec, (TribesGeneration) generation, java,
                                       sizeof java, NOW);

      tribes_encrypt_core_member_added (fixture->core, fixture->stranger);
      g_assert_cmpint (take (fixture, fixture->member, sealed, NOW), ==, TRIBES_ENCRYPT_TAKEN);
      g_assert_cmpint (take (fixture, fixture->member, sealed, NOW), ==, TRIBES_ENCRYPT_REPLAYED);
      /* Whoever it says it is from. */
      g_assert_cmpint (take (fixture, fixture->stranger, sealed, NOW), ==, TRIBES_ENCRYPT_REPLAYED);
    }
}

static void
test_times (Fixture *fixture, gconstpointer data)
{
  assert_taken (TAKEN, fixture->member, TRIBES_GENERATION_C, NOW - WINDOW + 1);
  assert_taken (STALE, fixture->member, TRIBES_GENERATION_C, NOW - WINDOW - 1);
  assert_taken (TAKEN, fixture->member, TRIBES_GENERATION_C, NOW + WINDOW);
  assert_taken (AHEAD, fixture->member, TRIBES_GENERATION_C, NOW + WINDOW + 1);
  assert_taken (STALE, fixture->member, TRIBES_GENERATION_C, 0);
  assert_taken (AHEAD, fixture->member, TRIBES_GENERATION_C, G_MAXINT64);
  /* Of B that is late nobody thinks that it is A, with eight bytes in front. */
  assert_taken (STALE, fixture->stranger, TRIBES_GENERATION_C, NOW - WINDOW - 1);
  assert_taken (DOWNGRADED, fixture->member, TRIBES_GENERATION_B, NOW - WINDOW - 1);
  tribes_encrypt_core_member_added (fixture->core, fixture->member);
  assert_taken (STALE, fixture->member, TRIBES_GENERATION_B, NOW - WINDOW - 1);
}

static void
test_reflected (Fixture *fixture, gconstpointer data)
{
  for (int generation = TRIBES_GENERATION_A; generation <= TRIBES_GENERATION_C; generation++)
    {
      g_autoptr (GBytes) sealed
          = tribes_encrypt_core_seal (fixture->core, (TribesGeneration) generation, java,
                                      sizeof java, NOW);

      g_assert_cmpint (take (fixture, fixture->member, sealed, NOW), ==, TRIBES_ENCRYPT_REFLECTED);
    }
}

static void
test_others (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) plain = g_bytes_new (java, sizeof java);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);

  g_assert_cmpint (take (fixture, fixture->member, plain, NOW), ==, TRIBES_ENCRYPT_PLAIN);
  g_assert_cmpint (take (fixture, fixture->member, empty, NOW), ==, TRIBES_ENCRYPT_SEALED);
}

/* A message of an application that begins with the time: A's is not cut, B's is. */
static void
test_payload_like_a_time (Fixture *fixture, gconstpointer data)
{
  guint8 dated[16] = { 0 };
  gsize size;

  for (guint i = 0; i < 8; i++)
    dated[i] = (guint8) (NOW >> (56 - 8 * i));
  assert_taken (TAKEN, fixture->member, TRIBES_GENERATION_A, NOW);
  for (int generation = TRIBES_GENERATION_A; generation <= TRIBES_GENERATION_C; generation += 2)
    {
      g_autoptr (GBytes) sealed
          = tribes_encrypt_codec_seal (fixture->codec, (TribesGeneration) generation, dated,
                                       sizeof dated, NOW);
      g_autoptr (GBytes) payload = NULL;
      TribesEncryptVerdict verdict;
      const guint8 *bytes = g_bytes_get_data (sealed, &size);

      payload = tribes_encrypt_core_open (fixture->core, fixture->member, bytes, size, NOW,
                                          &verdict, NULL);
      assert_bytes (payload, dated, sizeof dated);
    }
}

/* Tomcat's tests of the window, and times that nobody has. */
static void
test_window (void)
{
  g_autoptr (TribesReplayWindow) window = tribes_replay_window_new (1000, 2, NOW);
  guint8 nonce[16] = { 0 };
  static const gint64 order[] = { 300, 100, 200, 225, 250 };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      nonce[0] = (guint8) i;
      g_assert_cmpint (tribes_replay_window_check (window, nonce, sizeof nonce, NOW + order[i],
                                                   NOW),
                       ==, TRIBES_REPLAY_NEW);
      g_assert_cmpuint (tribes_replay_window_get_size (window), <=, 2);
    }
  nonce[0] = 1;
  g_assert_cmpint (tribes_replay_window_check (window, nonce, sizeof nonce, NOW + 100, NOW), ==,
                   TRIBES_REPLAY_FORGOTTEN);
  nonce[0] = 0;
  g_assert_cmpint (tribes_replay_window_check (window, nonce, sizeof nonce, NOW + 300, NOW), ==,
                   TRIBES_REPLAY_SEEN);
  nonce[0] = 9;
  g_assert_cmpint (tribes_replay_window_check (window, nonce, sizeof nonce, G_MININT64, NOW), ==,
                   TRIBES_REPLAY_STALE);
  g_assert_cmpint (tribes_replay_window_check (window, nonce, sizeof nonce, G_MAXINT64, NOW), ==,
                   TRIBES_REPLAY_AHEAD);
}

/* Against a list, in any order. */
static void
test_window_model (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autoptr (TribesReplayWindow) window = tribes_replay_window_new (100000, 50, NOW);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 forgotten = NOW - 100000;

  for (guint32 i = 0; i < 3000; i++)
    {
      gint64 made = NOW + g_rand_int_range (random, 0, 5000) + i;
      TribesReplayVerdict verdict
          = tribes_replay_window_check (window, (const guint8 *) &i, sizeof i, made, NOW);
      guint oldest = 0;

      g_assert_cmpint (verdict, ==,
                       made <= forgotten ? TRIBES_REPLAY_FORGOTTEN : TRIBES_REPLAY_NEW);
      if (verdict != TRIBES_REPLAY_NEW)
        continue;
      g_array_append_val (times, made);
      for (guint j = 1; j < times->len; j++)
        if (g_array_index (times, gint64, j) < g_array_index (times, gint64, oldest))
          oldest = j;
      if (times->len <= 50)
        continue;
      forgotten = MAX (forgotten, g_array_index (times, gint64, oldest));
      g_array_remove_index_fast (times, oldest);
    }
  g_assert_cmpuint (tribes_replay_window_get_size (window), ==, 50);
}

static void
add_vectors (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "vectors", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *test = g_strdup_printf ("/encrypt/vectors/%s", name);

      if (!g_str_has_prefix (name, "encrypt-") || !g_str_has_suffix (name, ".bin"))
        continue;
      g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), test_vector, g_free);
      n++;
    }
  g_assert_cmpuint (n, >=, 24);
}

#define ADD(name, function) g_test_add ("/encrypt/" name, Fixture, NULL, setup, function, teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add_vectors ();
  g_test_add_func ("/encrypt/sizes", test_sizes);
  g_test_add_func ("/encrypt/refused-algorithms", test_refused_algorithms);
  g_test_add_func ("/encrypt/keys", test_keys);
  g_test_add_func ("/encrypt/nonces", test_nonces);
  g_test_add_func ("/encrypt/flipped", test_flipped);
  g_test_add_func ("/encrypt/wrong-key", test_wrong_key);
  g_test_add_func ("/encrypt/window", test_window);
  g_test_add_func ("/encrypt/window-model", test_window_model);
  ADD ("generations", test_generations);
  ADD ("strangers", test_strangers);
  ADD ("configured", test_configured);
  ADD ("replays", test_replays);
  ADD ("times", test_times);
  ADD ("reflected", test_reflected);
  ADD ("others", test_others);
  ADD ("payload-like-a-time", test_payload_like_a_time);
  return g_test_run ();
}
