/* SPDX-License-Identifier: Apache-2.0
 *
 * An entry as a JVM of today writes it, with the table of its sessions, which Java still writes in
 * the form of Java 5: sixteen locks, of which nobody has read one for ten years.
 */
#include "catalina_ha/messages/catalina-single-sign-on-private.h"
#include "tribes/java/build/tribes-java-build.h"

#define CONCURRENT_MAP "java.util.concurrent.ConcurrentHashMap"
#define SEGMENT        CONCURRENT_MAP "$Segment"
#define SEGMENTS       "[L" SEGMENT ";"
#define LOCKS          "java.util.concurrent.locks."
#define STRING         "Ljava/lang/String;"

enum
{
  N_SEGMENTS = 16,
  SEGMENT_SHIFT = 28,
};

static TribesJavaClass *
make_class (const char *name,
            guint64 uid,
            const TribesJavaField *fields,
            gsize n_fields,
            TribesJavaClass *super)
{
  return tribes_java_class_new (name, (gint64) uid, TRIBES_JAVA_CLASS_SERIALIZABLE, fields,
                                n_fields, super);
}

/* Of a lock that nobody holds. */
static TribesJavaClass *
make_sync_class (void)
{
  static const TribesJavaField state[] = { { "state", "I" } };
  g_autoptr (TribesJavaClass) ownable
      = make_class (LOCKS "AbstractOwnableSynchronizer", 0x33dfafb9ad6d6fa9, NULL, 0, NULL);
  g_autoptr (TribesJavaClass) queued
      = make_class (LOCKS "AbstractQueuedSynchronizer", 0x6655a843753f52e3, state, 1, ownable);
  g_autoptr (TribesJavaClass) sync
      = make_class (LOCKS "ReentrantLock$Sync", 0xb81ea294aa445a7c, NULL, 0, queued);

  return make_class (LOCKS "ReentrantLock$NonfairSync", 0x658832e7537bbf0b, NULL, 0, sync);
}

static TribesJavaClass *
make_segment_class (void)
{
  static const TribesJavaField factor[] = { { "loadFactor", "F" } };
  static const TribesJavaField sync[]
      = { { "sync", "Ljava/util/concurrent/locks/ReentrantLock$Sync;" } };
  g_autoptr (TribesJavaClass) lock
      = make_class (LOCKS "ReentrantLock", 0x6655a82c2cc86aeb, sync, 1, NULL);

  return make_class (SEGMENT, 0x1f364c905893293d, factor, 1, lock);
}

static TribesJavaValue *
make_segment (TribesJavaClass *klass, TribesJavaClass *sync_class)
{
  g_autoptr (TribesJavaBuilder) sync = tribes_java_builder_new (sync_class);
  g_autoptr (TribesJavaValue) unlocked = tribes_java_builder_finish (sync);
  g_autoptr (TribesJavaBuilder) segment = tribes_java_builder_new (klass);
  g_autoptr (TribesJavaValue) factor = tribes_java_value_new_float (0.75f);

  tribes_java_builder_set (segment, "loadFactor", factor);
  tribes_java_builder_set (segment, "sync", unlocked);
  return tribes_java_builder_finish (segment);
}

static TribesJavaValue *
make_segments (void)
{
  g_autoptr (TribesJavaClass) sync_class = make_sync_class ();
  g_autoptr (TribesJavaClass) klass = make_segment_class ();
  g_autoptr (GPtrArray) items
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);

  for (guint i = 0; i < N_SEGMENTS; i++)
    g_ptr_array_add (items, make_segment (klass, sync_class));
  return tribes_java_value_new_array (SEGMENTS, (TribesJavaValue **) items->pdata, items->len);
}

static TribesJavaValue *
make_key (CatalinaSingleSignOnSessionKey *key)
{
  static const TribesJavaField fields[]
      = { { "contextName", STRING }, { "hostName", STRING }, { "sessionId", STRING } };
  g_autoptr (TribesJavaClass) klass
      = make_class ("org.apache.catalina.authenticator.SingleSignOnSessionKey", 1, fields,
                    G_N_ELEMENTS (fields), NULL);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);

  tribes_java_builder_set_string (builder, "contextName",
                                  catalina_single_sign_on_session_key_get_context_name (key));
  tribes_java_builder_set_string (builder, "hostName",
                                  catalina_single_sign_on_session_key_get_host_name (key));
  tribes_java_builder_set_string (builder, "sessionId",
                                  catalina_single_sign_on_session_key_get_session_id (key));
  return tribes_java_builder_finish (builder);
}

/* Each is key and value. */
static TribesJavaValue *
make_sessions (GPtrArray *sessions)
{
  static const TribesJavaField fields[]
      = { { "segmentMask", "I" },
          { "segmentShift", "I" },
          { "segments", "[Ljava/util/concurrent/ConcurrentHashMap$Segment;" } };
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new (CONCURRENT_MAP, 0x6499de129d87293d,
                               TRIBES_JAVA_CLASS_SERIALIZABLE | TRIBES_JAVA_CLASS_WRITE_METHOD,
                               fields, G_N_ELEMENTS (fields), NULL);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  g_autoptr (TribesJavaValue) segments = make_segments ();
  g_autoptr (TribesJavaValue) end = tribes_java_value_new_null ();

  tribes_java_builder_set_int (builder, "segmentMask", N_SEGMENTS - 1);
  tribes_java_builder_set_int (builder, "segmentShift", SEGMENT_SHIFT);
  tribes_java_builder_set (builder, "segments", segments);
  for (guint i = 0; i < sessions->len; i++)
    {
      g_autoptr (TribesJavaValue) key = make_key (sessions->pdata[i]);

      tribes_java_builder_add_object (builder, key);
      tribes_java_builder_add_object (builder, key);
    }
  tribes_java_builder_add_object (builder, end);
  tribes_java_builder_add_object (builder, end);
  return tribes_java_builder_finish (builder);
}

/* Whom Tomcat logs in again with the password. */
static gboolean
can_reauthenticate (const char *auth_type)
{
  return g_strcmp0 (auth_type, "BASIC") == 0 || g_strcmp0 (auth_type, "FORM") == 0;
}

TribesJavaValue *
catalina_single_sign_on_build (const char *auth_type,
                               TribesJavaValue *password,
                               const char *username,
                               GPtrArray *sessions,
                               TribesJavaValue *principal)
{
  static const TribesJavaField fields[] = { { "canReauthenticate", "Z" },
                                            { "authType", STRING },
                                            { "password", STRING },
                                            { "sessionKeys", "Ljava/util/Map;" },
                                            { "username", STRING } };
  const guint8 has_principal = principal != NULL;
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new (CATALINA_SINGLE_SIGN_ON_ENTRY_CLASS, 1,
                               TRIBES_JAVA_CLASS_SERIALIZABLE | TRIBES_JAVA_CLASS_WRITE_METHOD,
                               fields, G_N_ELEMENTS (fields), NULL);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  g_autoptr (TribesJavaValue) keys = make_sessions (sessions);

  tribes_java_builder_set_boolean (builder, "canReauthenticate", can_reauthenticate (auth_type));
  tribes_java_builder_set (builder, "sessionKeys", keys);
  if (auth_type)
    tribes_java_builder_set_string (builder, "authType", auth_type);
  if (password)
    tribes_java_builder_set (builder, "password", password);
  if (username)
    tribes_java_builder_set_string (builder, "username", username);
  tribes_java_builder_add_data (builder, &has_principal, 1);
  if (principal)
    tribes_java_builder_add_object (builder, principal);
  return tribes_java_builder_finish (builder);
}
