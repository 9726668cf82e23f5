/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/java/read/tribes-java-secret-private.h"

#include "tribes/java/build/tribes-java-make-private.h"
#include "tribes/java/write/tribes-java-writer-private.h"

TribesJavaValue *
tribes_java_value_new_secret_string (const char *text)
{
  JavaMake make;

  java_make_init (&make);
  make.out.is_secret = TRUE;
  java_make_string (&make, text, strlen (text));
  return java_make_finish (&make);
}

/* The header is written already, and all there is. */
GBytes *
tribes_java_value_serialize_secret (TribesJavaValue *value, GError **error)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  GBytes *bytes = NULL;

  writer->out.is_secret = TRUE;
  if (tribes_java_writer_object (writer, value, error))
    bytes = tribes_java_writer_finish (writer);
  return bytes;
}
