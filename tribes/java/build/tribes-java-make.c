/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts a root together: its bytes, and the tables of the classes and values it refers to.
 */
#include "tribes/java/build/tribes-java-make-private.h"

void
java_make_init (JavaMake *make)
{
  *make = (JavaMake){ .out = TRIBES_WRITER_INIT };
  make->classes = g_ptr_array_new ();
  make->externs = g_ptr_array_new ();
}

void
java_make_class (JavaMake *make, TribesJavaClass *klass)
{
  guint slot;

  if (!g_ptr_array_find (make->classes, klass, &slot))
    {
      slot = make->classes->len;
      g_ptr_array_add (make->classes, tribes_java_class_ref (klass));
    }
  tribes_writer_u8 (&make->out, CODE_CLASS);
  java_write_number (&make->out, slot);
}

void
java_make_object (JavaMake *make, TribesJavaClass *klass)
{
  tribes_writer_u8 (&make->out, TC_OBJECT);
  java_make_class (make, klass);
  make->n_objects++;
}

static guint
extern_slot (JavaMake *make, TribesJavaValue *root)
{
  guint slot;

  if (!make->slots)
    make->slots = g_hash_table_new (NULL, NULL);
  slot = GPOINTER_TO_UINT (g_hash_table_lookup (make->slots, root));
  if (slot > 0)
    return slot - 1;
  g_ptr_array_add (make->externs, tribes_java_value_ref (root));
  g_hash_table_insert (make->slots, root, GUINT_TO_POINTER (make->externs->len));
  return make->externs->len - 1;
}

void
java_make_value (JavaMake *make, TribesJavaValue *value)
{
  TribesJavaValue *root = value ? java_value_root (value) : NULL;

  make->block = 0;
  if (!root || *java_value_bytes (root) == TC_NULL)
    {
      tribes_writer_u8 (&make->out, TC_NULL);
      return;
    }
  if (*java_value_bytes (root) == CODE_CLASS && java_value_n_objects (root) == 0)
    {
      java_make_class (make, java_value_class (root, 0));
      return;
    }
  tribes_writer_u8 (&make->out, CODE_EXTERN);
  java_write_number (&make->out, extern_slot (make, root));
  java_write_number (&make->out, value->flags & JAVA_VALUE_PART ? value->part.number : 0);
}

void
java_make_string (JavaMake *make, const char *text, gsize length)
{
  gsize size = java_utf_length (text, length);

  tribes_writer_u8 (&make->out, size > G_MAXUINT16 ? TC_LONGSTRING : TC_STRING);
  if (size > G_MAXUINT16)
    tribes_writer_u64 (&make->out, size);
  else
    tribes_writer_u16 (&make->out, (guint16) size);
  java_utf_append (&make->out, text, length);
  make->n_objects++;
}

/* One block: its head is as long as its size needs. */
static void
make_block (JavaMake *make, const guint8 *data, gsize size)
{
  if (size > G_MAXUINT8)
    {
      tribes_writer_u8 (&make->out, TC_BLOCKDATALONG);
      tribes_writer_u32 (&make->out, (guint32) size);
    }
  else
    {
      tribes_writer_u8 (&make->out, TC_BLOCKDATA);
      tribes_writer_u8 (&make->out, (guint8) size);
    }
  tribes_writer_bytes (&make->out, data, size);
}

void
java_make_data (JavaMake *make, const guint8 *data, gsize size)
{
  guint8 buffer[JAVA_BLOCK_SIZE];
  gsize used = 0;

  if (make->block > 0)
    {
      /* Takes the open block back, to write it longer. */
      const guint8 *open = make->out.data + make->block;
      gsize head = *open == TC_BLOCKDATA ? 2 : 5;

      used = make->out.size - make->block - head;
      memcpy (buffer, open + head, used);
      make->out.size = make->block;
    }
  while (used + size > 0)
    {
      gsize step = MIN (size, JAVA_BLOCK_SIZE - used);

      memcpy (buffer + used, data, step);
      used += step;
      data += step;
      size -= step;
      make->block = make->out.size;
      make_block (make, buffer, used);
      used = 0;
    }
}

void
java_make_data_u32 (JavaMake *make, guint32 value)
{
  guint8 bytes[4];

  tribes_poke_u32 (bytes, value);
  java_make_data (make, bytes, sizeof bytes);
}

void
java_make_end (JavaMake *make)
{
  make->block = 0;
  tribes_writer_u8 (&make->out, TC_ENDBLOCKDATA);
}

TribesJavaValue *
java_make_finish (JavaMake *make)
{
  TribesJavaValue *value = java_value_new (&(JavaParts){
      .classes = (const gpointer *) make->classes->pdata,
      .externs = (const gpointer *) make->externs->pdata,
      .bytes = make->out.data,
      .size = make->out.size,
      .n_classes = make->classes->len,
      .n_externs = make->externs->len,
      .n_objects = make->n_objects,
      .flags = make->out.is_secret ? JAVA_VALUE_SECRET : 0,
  });

  tribes_writer_clear (&make->out);
  g_ptr_array_unref (make->classes);
  g_ptr_array_unref (make->externs);
  g_clear_pointer (&make->slots, g_hash_table_unref);
  return value;
}

TribesJavaClass *
java_array_class (const char *name)
{
  /* What the JVM takes the access flags of an array to be, by its elements' class. */
  const guint32 final_abstract = 0x410;
  const guint32 is_public = strcmp (name, "[Ljava.util.concurrent.ConcurrentHashMap$Segment;") != 0;
  g_autoptr (GChecksum) sha = g_checksum_new (G_CHECKSUM_SHA1);
  g_auto (TribesWriter) text = TRIBES_WRITER_INIT;
  guint8 digest[20];
  gsize size = sizeof digest;
  guint64 uid = 0;

  tribes_writer_u16 (&text, (guint16) java_utf_length (name, strlen (name)));
  java_utf_append (&text, name, strlen (name));
  tribes_writer_u32 (&text, final_abstract | is_public);
  g_checksum_update (sha, text.data, (gssize) text.size);
  g_checksum_get_digest (sha, digest, &size);
  for (guint i = 8; i > 0; i--)
    uid = uid << 8 | digest[i - 1];
  return tribes_java_class_new (name, (gint64) uid, TRIBES_JAVA_CLASS_SERIALIZABLE, NULL, 0, NULL);
}
