/* SPDX-License-Identifier: Apache-2.0
 *
 * BigInteger and BigDecimal, from decimal text.
 */
#include "tribes/java/build/tribes-java-make-private.h"

enum
{
  /* Conversion takes time with the square of the length; no sensible number is longer. */
  MAX_DIGITS = 10000,
};

/* Appends big-endian bytes without leading zeros. */
static void
append_magnitude (TribesWriter *out, const char *digits, gsize n_digits)
{
  g_autofree guint32 *words = g_new0 (guint32, n_digits / 9 + 1);
  gsize n_words = 0;
  gboolean leading = TRUE;

  for (gsize i = 0; i < n_digits; i++)
    {
      guint64 carry = (guint64) (digits[i] - '0');

      for (gsize j = 0; j < n_words; j++)
        {
          carry += (guint64) words[j] * 10;
          words[j] = (guint32) carry;
          carry >>= 32;
        }
      if (carry > 0)
        words[n_words++] = (guint32) carry;
    }
  for (gsize i = n_words; i > 0; i--)
    for (gint shift = 24; shift >= 0; shift -= 8)
      {
        guint8 byte = (guint8) (words[i - 1] >> shift);

        leading = leading && byte == 0;
        if (!leading)
          tribes_writer_u8 (out, byte);
      }
}

static TribesJavaValue *
make_integer (gboolean is_negative, const char *digits, gsize n_digits)
{
  g_auto (TribesWriter) bytes = TRIBES_WRITER_INIT;
  JavaMake make;

  append_magnitude (&bytes, digits, n_digits);
  java_make_init (&make);
  java_make_object (&make, java_jdk_class (JDK_BIG_INTEGER));
  tribes_writer_u8 (&make.out, JAVA_MODE_FIELDS);
  /* Fields of old versions: "not known". */
  tribes_writer_u32 (&make.out, (guint32) -1);
  tribes_writer_u32 (&make.out, (guint32) -1);
  tribes_writer_u32 (&make.out, (guint32) -2);
  tribes_writer_u32 (&make.out, (guint32) -2);
  tribes_writer_u32 (&make.out, bytes.size == 0 ? 0 : is_negative ? (guint32) -1 : 1);
  tribes_writer_u8 (&make.out, TC_ARRAY);
  java_make_class (&make, java_jdk_class (JDK_BYTES));
  make.n_objects++;
  tribes_writer_u32 (&make.out, (guint32) bytes.size);
  tribes_writer_bytes (&make.out, bytes.data, bytes.size);
  java_make_end (&make);
  return java_make_finish (&make);
}

/* Takes a sign. */
static gboolean
read_sign (const char **text)
{
  gboolean is_negative = **text == '-';

  if (**text == '-' || **text == '+')
    (*text)++;
  return is_negative;
}

/**
 * tribes_java_value_new_big_integer:
 * @decimal: digits, perhaps behind a sign; 10,000 at most
 *
 * Returns: (transfer full) (nullable): a `java.math.BigInteger`, or %NULL if this is none
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_big_integer (const char *decimal)
{
  gboolean is_negative = read_sign (&decimal);
  gsize n_digits = strspn (decimal, "0123456789");

  if (n_digits == 0 || decimal[n_digits] != '\0' || n_digits > MAX_DIGITS)
    return NULL;
  return make_integer (is_negative, decimal, n_digits);
}

/* Takes digits and a point; @scale becomes the number of digits behind it. */
static GString *
read_digits (const char **text, gint64 *scale)
{
  GString *digits = g_string_new (NULL);
  gboolean seen_point = FALSE;

  *scale = 0;
  for (; g_ascii_isdigit (**text) || (**text == '.' && !seen_point); (*text)++)
    if (**text == '.')
      seen_point = TRUE;
    else
      {
        g_string_append_c (digits, **text);
        *scale += seen_point ? 1 : 0;
      }
  return digits;
}

/**
 * tribes_java_value_new_big_decimal:
 * @decimal: digits, perhaps with a sign, a point and an exponent; 10,000 at most
 *
 * A decimal number, exactly: 1.50 has two digits behind the point.
 *
 * Returns: (transfer full) (nullable): a `java.math.BigDecimal`, or %NULL if this is none
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_big_decimal (const char *decimal)
{
  gboolean is_negative = read_sign (&decimal);
  gint64 scale;
  g_autoptr (GString) digits = read_digits (&decimal, &scale);
  g_autoptr (TribesJavaValue) unscaled = NULL;
  JavaMake make;

  if (*decimal == 'e' || *decimal == 'E')
    {
      char *end;
      gint64 exponent = g_ascii_strtoll (decimal + 1, &end, 10);

      if (end == decimal + 1 || ABS (exponent) > G_MAXINT32)
        return NULL;
      scale -= exponent;
      decimal = end;
    }
  if (digits->len == 0 || *decimal != '\0' || digits->len > MAX_DIGITS || scale > G_MAXINT32
      || scale < G_MININT32)
    return NULL;
  unscaled = make_integer (is_negative, digits->str, digits->len);
  java_make_init (&make);
  java_make_object (&make, java_jdk_class (JDK_BIG_DECIMAL));
  tribes_writer_u8 (&make.out, JAVA_MODE_FIELDS);
  tribes_writer_u32 (&make.out, (guint32) scale);
  java_make_value (&make, unscaled);
  java_make_end (&make);
  return java_make_finish (&make);
}
