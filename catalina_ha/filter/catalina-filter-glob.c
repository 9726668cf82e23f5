/* SPDX-License-Identifier: Apache-2.0
 *
 * Only the last asterisk is ever tried again: what those in front of it took is as good as
 * anything else they could take.
 */
#include "catalina_ha/filter/catalina-filter-program-private.h"

/* The bytes of the character that begins here; of what is no UTF-8 one. */
static gsize
skip_character (const char *text, gsize size)
{
  gsize skip = (gsize) g_utf8_skip[(guint8) *text];

  if (skip > size)
    return 1;
  for (gsize i = 1; i < skip; i++)
    if (((guint8) text[i] & 0xc0) != 0x80)
      return 1;
  return skip;
}

/* One character of @glob that is no asterisk against what @text begins with. */
static gboolean
match_one (const char *glob, gsize glob_size, gsize *g, const char *text, gsize text_size, gsize *t)
{
  gsize at = *g;

  if (at == glob_size || *t == text_size)
    return FALSE;
  if (glob[at] == '?')
    {
      *t += skip_character (text + *t, text_size - *t);
      *g = at + 1;
      return TRUE;
    }
  if (glob[at] == '\\' && at + 1 < glob_size)
    at++;
  if (glob[at] != text[*t])
    return FALSE;
  *g = at + 1;
  *t += 1;
  return TRUE;
}

gboolean
catalina_filter_glob (const char *glob, gsize glob_size, const char *text, gsize text_size)
{
  gsize g = 0, t = 0;
  gsize after_star = G_MAXSIZE; /* in @glob */
  gsize tried = 0;              /* how far in @text what follows the asterisk was tried */

  while (t < text_size || g < glob_size)
    {
      if (g < glob_size && glob[g] == '*')
        {
          after_star = ++g;
          tried = t;
          if (g == glob_size)
            return TRUE;
        }
      else if (!match_one (glob, glob_size, &g, text, text_size, &t))
        {
          if (after_star == G_MAXSIZE || tried == text_size)
            return FALSE;
          t = ++tried;
          g = after_star;
        }
    }
  return TRUE;
}
