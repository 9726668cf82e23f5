/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams are not read, they are looked through: what a reader would refuse, or would not reach,
 * names its classes all the same.
 */
#include "catalina_ha/monitor/catalina-classes-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"

enum
{
  MAX_CLASSES = 65536,
  MAX_NAME = 512,
  /* java.lang.reflect.Proxy takes as many as it likes; nobody has so many. */
  MAX_INTERFACES = 64,
  TC_CLASSDESC = 0x72,
  TC_PROXYCLASSDESC = 0x7d,
};

struct _CatalinaClasses
{
  GHashTable *names;
  guint64 refused;
};

/* Packages end with a dot; a class is meant with those in it. Sources: the chains of ysoserial and
 * marshalsec, as published. */
static const char *const gadgets[] = {
  "bsh.",
  "clojure.",
  "com.caucho.naming.",
  "com.mchange.v2.c3p0.",
  "com.rometools.rome.feed.impl.",
  "com.sun.jndi.",
  "com.sun.org.apache.xalan.internal.xsltc.",
  "com.sun.rowset.JdbcRowSetImpl",
  "com.sun.syndication.feed.impl.",
  "com.vaadin.data.util.",
  "com.zaxxer.hikari.",
  "java.lang.ProcessBuilder",
  "java.lang.Runtime",
  "java.rmi.server.",
  "java.security.SignedObject",
  "javax.management.BadAttributeValueExpException",
  "javax.management.remote.",
  "javax.script.",
  "javassist.",
  "jdk.nashorn.",
  "net.sf.json.",
  "org.apache.batik.swing.",
  "org.apache.bcel.util.",
  "org.apache.click.control.",
  "org.apache.commons.beanutils.BeanComparator",
  "org.apache.commons.collections.comparators.TransformingComparator",
  "org.apache.commons.collections.functors.",
  "org.apache.commons.collections.keyvalue.TiedMapEntry",
  "org.apache.commons.collections.map.LazyMap",
  "org.apache.commons.collections4.comparators.TransformingComparator",
  "org.apache.commons.collections4.functors.",
  "org.apache.commons.collections4.keyvalue.TiedMapEntry",
  "org.apache.commons.collections4.map.LazyMap",
  "org.apache.commons.configuration.",
  "org.apache.commons.dbcp.",
  "org.apache.commons.dbcp2.",
  "org.apache.commons.fileupload.disk.DiskFileItem",
  "org.apache.naming.factory.",
  "org.apache.naming.ResourceRef",
  "org.apache.tomcat.dbcp.",
  "org.apache.wicket.util.upload.",
  "org.apache.xalan.xsltc.",
  "org.apache.xbean.naming.",
  "org.aspectj.weaver.tools.cache.",
  "org.codehaus.groovy.runtime.",
  "org.hibernate.engine.spi.TypedValue",
  "org.hibernate.property.",
  "org.hibernate.tuple.component.",
  "org.jboss.interceptor.",
  "org.jboss.weld.interceptor.",
  "org.mozilla.javascript.",
  "org.python.core.",
  "org.springframework.aop.framework.",
  "org.springframework.beans.factory.",
  "org.springframework.core.SerializableTypeWrapper",
  "org.springframework.jndi.",
  "org.springframework.transaction.jta.",
  "sun.reflect.annotation.AnnotationInvocationHandler",
  "sun.rmi.",
};

static const char *const messages[] = {
  "org.apache.catalina.ha.deploy.FileMessage",
  "org.apache.catalina.ha.deploy.UndeployMessage",
  "org.apache.catalina.ha.session.SessionIDMessage",
  "org.apache.catalina.ha.session.SessionMessageImpl",
  "org.apache.catalina.tribes.group.RpcMessage",
  "org.apache.catalina.tribes.group.RpcMessage$NoRpcChannelReply",
  "org.apache.catalina.tribes.membership.StaticMembershipProvider$MemberMessage",
  "org.apache.catalina.tribes.tipis.AbstractReplicatedMap$MapMessage",
};

static const char *const own[] = {
  "java.lang.Boolean", "java.lang.Integer", "java.lang.Long",
  "java.lang.Number",  "java.lang.Object",  "java.lang.String",
};

static gboolean
is_one_of (const char *const *names, gsize n, const char *name, gsize size)
{
  for (gsize i = 0; i < n; i++)
    if (strlen (names[i]) == size && memcmp (names[i], name, size) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
begins (const char *name, gsize size, const char *prefix)
{
  gsize length = strlen (prefix);

  return size >= length && memcmp (name, prefix, length) == 0;
}

gboolean
catalina_class_is_message (const char *name, gsize size)
{
  return is_one_of (messages, G_N_ELEMENTS (messages), name, size);
}

gboolean
catalina_class_is_own (const char *name, gsize size)
{
  return begins (name, size, "org.apache.catalina.")
         || is_one_of (own, G_N_ELEMENTS (own), name, size);
}

gboolean
catalina_class_is_gadget (const char *name, gsize size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (gadgets); i++)
    if (begins (name, size, gadgets[i]))
      {
        gsize length = strlen (gadgets[i]);

        if (gadgets[i][length - 1] == '.' || size == length || name[length] == '$')
          return TRUE;
      }
  return FALSE;
}

CatalinaClasses *
catalina_classes_new (void)
{
  CatalinaClasses *self = g_new0 (CatalinaClasses, 1);

  self->names = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
catalina_classes_free (CatalinaClasses *self)
{
  g_hash_table_unref (self->names);
  g_free (self);
}

guint
catalina_classes_get_n (const CatalinaClasses *self)
{
  return g_hash_table_size (self->names);
}

guint64
catalina_classes_get_refused (const CatalinaClasses *self)
{
  return self->refused;
}

gboolean
catalina_classes_has (const CatalinaClasses *self, const char *name, gsize size)
{
  char copy[MAX_NAME + 1];

  if (size > MAX_NAME)
    return FALSE;
  memcpy (copy, name, size);
  copy[size] = '\0';
  return g_hash_table_contains (self->names, copy);
}

gboolean
catalina_classes_add (CatalinaClasses *self, const char *name, gsize size)
{
  if (catalina_classes_has (self, name, size))
    return TRUE;
  if (size > MAX_NAME || g_hash_table_size (self->names) >= MAX_CLASSES)
    {
      self->refused++;
      return FALSE;
    }
  g_hash_table_add (self->names, g_strndup (name, size));
  return TRUE;
}

/* Of a letter, a digit or what a compiler makes names of; Java allows letters of all scripts. */
static gboolean
is_name (const char *name, gsize size)
{
  if (size == 0 || size > MAX_NAME || g_ascii_isdigit (name[0]))
    return FALSE;
  for (gsize i = 0; i < size; i++)
    {
      guint8 c = (guint8) name[i];

      if (!(g_ascii_isalnum (c) || c == '.' || c == '_' || c == '$' || c == '-' || c >= 0x80))
        return FALSE;
    }
  return g_utf8_validate (name, (gssize) size, NULL);
}

/* "[[Ljava.lang.String;" to what is in it. FALSE: that is no class, or this is no name. */
static gboolean
strip_array (const char **name, gsize *size)
{
  gsize depth = 0;

  while (depth < *size && (*name)[depth] == '[')
    depth++;
  if (depth > 0)
    {
      if (*size < depth + 3 || (*name)[depth] != 'L' || (*name)[*size - 1] != ';')
        return FALSE;
      *name += depth + 1;
      *size -= depth + 2;
    }
  return is_name (*name, *size);
}

CatalinaClasses *
catalina_classes_parse (const char *text, gsize size, GError **error)
{
  g_autoptr (CatalinaClasses) self = catalina_classes_new ();
  g_autofree char *copy = g_strndup (text, size);
  g_auto (GStrv) lines = g_strsplit (copy, "\n", MAX_CLASSES + 1);

  for (guint i = 0; lines[i]; i++)
    {
      char *comment = strchr (lines[i], '#');

      if (comment)
        *comment = '\0';
      g_strstrip (lines[i]);
      if (lines[i][0] == '\0')
        continue;
      if (!is_name (lines[i], strlen (lines[i])))
        {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                       "line %u: expected the name of a class", i + 1);
          return NULL;
        }
      (void) catalina_classes_add (self, lines[i], strlen (lines[i]));
    }
  return g_steal_pointer (&self);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
catalina_classes_to_text (const CatalinaClasses *self)
{
  GString *text = g_string_new ("# Classes that were met, for tribes monitor --baseline.\n");
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (sorted, name);
  g_ptr_array_sort (sorted, compare);
  for (guint i = 0; i < sorted->len; i++)
    g_string_append_printf (text, "%s\n", (const char *) sorted->pdata[i]);
  return g_string_free (text, FALSE);
}

static gsize
peek_u16 (const guint8 *data)
{
  return (gsize) data[0] << 8 | data[1];
}

/* What ObjectStreamClass writes behind the serialVersionUID. */
static gboolean
are_flags (guint8 flags)
{
  return flags == 0 || flags == 2 || flags == 3 || flags == 4 || flags == 12 || flags == 0x12;
}

/* @at: of the code. Returns the end of the name; 0: this is no description. */
static gsize
look_at_class (const guint8 *data, gsize size, gsize at, CatalinaClassFunc func, gpointer user_data)
{
  gsize length = size - at > 3 ? peek_u16 (data + at + 1) : 0;
  const char *name = (const char *) data + at + 3;
  gsize end = at + 3 + length;

  if (length == 0 || length > size - at - 3 || (size - end > 8 && !are_flags (data[end + 8]))
      || !strip_array (&name, &length))
    return 0;
  func (name, length, at, user_data);
  return end;
}

static gsize
look_at_proxy (const guint8 *data, gsize size, gsize at, CatalinaClassFunc func, gpointer user_data)
{
  gsize n = size - at > 5 ? peek_u16 (data + at + 3) : 0;
  gsize end = at + 5;

  if (n == 0 || n > MAX_INTERFACES)
    return 0;
  for (gsize i = 0; i < n; i++)
    {
      gsize length = size - end > 2 ? peek_u16 (data + end) : 0;
      const char *name = (const char *) data + end + 2;

      if (length == 0 || length > size - end - 2 || !is_name (name, length))
        return i > 0 ? end : 0;
      func (name, length, at, user_data);
      end += 2 + length;
    }
  return end;
}

/* The high byte of a name's length, and of the number of interfaces, is zero: so are few others. */
void
catalina_classes_scan (const guint8 *data, gsize size, CatalinaClassFunc func, gpointer user_data)
{
  gsize at = 0;

  while (at < size)
    {
      const guint8 *zero = memchr (data + at, 0, size - at);
      gsize end = 0;
      gsize code;

      if (!zero)
        return;
      code = (gsize) (zero - data);
      at = code + 1;
      if (code-- == 0)
        continue;
      if (data[code] == TC_CLASSDESC)
        end = look_at_class (data, size, code, func, user_data);
      else if (data[code] == TC_PROXYCLASSDESC && size - code > 2 && data[code + 2] == 0)
        end = look_at_proxy (data, size, code, func, user_data);
      at = MAX (at, end);
    }
}

const char *
catalina_classes_peek_root (const guint8 *data, gsize size, gsize *name_size)
{
  static const guint8 head[] = { 0xac, 0xed, 0, 5 };
  const char *name;

  if (size < sizeof head + 4 || memcmp (data, head, sizeof head) != 0
      || (data[4] != 0x73 && data[4] != 0x75) || data[5] != TC_CLASSDESC)
    return NULL;
  *name_size = peek_u16 (data + 6);
  name = (const char *) data + 8;
  return *name_size <= size - 8 && strip_array (&name, name_size) ? name : NULL;
}
