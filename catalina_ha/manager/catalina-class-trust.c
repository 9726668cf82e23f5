/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-class-trust-private.h"

#include <string.h>

/* Classes of every Java that a Tomcat with our protocol runs on, which read whatever they wrote.
 * Sorted. */
static const char *const everywhere[] = {
  "java.lang.Boolean",
  "java.lang.Byte",
  "java.lang.Character",
  "java.lang.Double",
  "java.lang.Enum",
  "java.lang.Float",
  "java.lang.Integer",
  "java.lang.Long",
  "java.lang.Number",
  "java.lang.Object",
  "java.lang.Short",
  "java.lang.String",
  "java.math.BigDecimal",
  "java.math.BigInteger",
  "java.net.URI",
  "java.util.ArrayDeque",
  "java.util.ArrayList",
  "java.util.Arrays$ArrayList",
  "java.util.BitSet",
  "java.util.Collections$EmptyList",
  "java.util.Collections$EmptyMap",
  "java.util.Collections$EmptySet",
  "java.util.Collections$SingletonList",
  "java.util.Collections$SynchronizedCollection",
  "java.util.Collections$SynchronizedList",
  "java.util.Collections$SynchronizedMap",
  "java.util.Collections$SynchronizedRandomAccessList",
  "java.util.Collections$UnmodifiableCollection",
  "java.util.Collections$UnmodifiableList",
  "java.util.Collections$UnmodifiableMap",
  "java.util.Collections$UnmodifiableRandomAccessList",
  "java.util.Collections$UnmodifiableSet",
  "java.util.Currency",
  "java.util.Date",
  "java.util.HashMap",
  "java.util.HashSet",
  "java.util.Hashtable",
  "java.util.LinkedHashMap",
  "java.util.LinkedHashSet",
  "java.util.LinkedList",
  "java.util.Locale",
  "java.util.Properties",
  "java.util.Stack",
  "java.util.TreeMap",
  "java.util.TreeSet",
  "java.util.UUID",
  "java.util.Vector",
  "java.util.concurrent.ConcurrentHashMap",
  "java.util.concurrent.ConcurrentHashMap$Segment",
  "java.util.concurrent.CopyOnWriteArrayList",
  "java.util.concurrent.atomic.AtomicBoolean",
  "java.util.concurrent.atomic.AtomicInteger",
  "java.util.concurrent.atomic.AtomicLong",
  "java.util.concurrent.locks.AbstractOwnableSynchronizer",
  "java.util.concurrent.locks.AbstractQueuedSynchronizer",
  "java.util.concurrent.locks.ReentrantLock",
  "java.util.concurrent.locks.ReentrantLock$NonfairSync",
  "java.util.concurrent.locks.ReentrantLock$Sync",
  /* As which every Tomcat from 8.0 on writes who is logged in. */
  "org.apache.catalina.realm.GenericPrincipal$SerializablePrincipal",
};

static int
compare (const void *name, const void *entry)
{
  return strcmp (name, *(const char *const *) entry);
}

/* An array's name is that of its elements, more or less; NULL for one of primitives. */
static char *
element_name (const char *name)
{
  gsize length;

  if (name[0] != '[')
    return g_strdup (name);
  while (name[0] == '[')
    name++;
  length = strlen (name);
  return name[0] == 'L' && length > 2 ? g_strndup (name + 1, length - 2) : NULL;
}

CatalinaClassTrust
catalina_class_trust (TribesJavaClass *klass)
{
  g_autofree char *name = NULL;

  /* What stands behind its interfaces is an application's business. */
  if (tribes_java_class_is_proxy (klass))
    return CATALINA_CLASS_APPLICATION;
  name = element_name (tribes_java_class_get_name (klass));
  if (!name || bsearch (name, everywhere, G_N_ELEMENTS (everywhere), sizeof everywhere[0], compare))
    return CATALINA_CLASS_EVERYWHERE;
  if (g_str_has_prefix (name, "java."))
    return CATALINA_CLASS_JAVA;
  if (g_str_has_prefix (name, "jakarta.") || g_str_has_prefix (name, "javax."))
    return CATALINA_CLASS_PLATFORM;
  return CATALINA_CLASS_APPLICATION;
}
