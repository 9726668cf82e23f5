/* SPDX-License-Identifier: Apache-2.0
 *
 * Member packages: what is accepted encodes to the very bytes it was decoded from.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/wire/tribes-member-private.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) package = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMember) member = tribes_member_decode (package, &error);
  g_autoptr (TribesMember) rebuilt = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autofree char *text = NULL;
  TribesMemberFields fields;

  if (!member)
    {
      g_assert_nonnull (error);
      g_assert_true (g_str_has_prefix (error->message, "offset "));
      return 0;
    }
  g_assert_no_error (error);
  again = tribes_member_encode (member);
  g_assert_true (g_bytes_equal (package, again));
  tribes_member_peek_fields (member, &fields);
  rebuilt = tribes_member_new_from_fields (&fields);
  g_assert_true (tribes_member_is_package (rebuilt, data, size));
  g_assert_true (tribes_member_equal (member, rebuilt));
  g_assert_cmpuint (tribes_member_hash (member), ==, tribes_member_hash (rebuilt));
  g_assert_cmpint (tribes_member_compare_order (member, rebuilt), ==, 0);
  text = tribes_member_to_string (member);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  return 0;
}
