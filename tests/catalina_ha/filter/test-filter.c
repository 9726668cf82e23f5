/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/filter/catalina-filter-error-private.h"
#include "catalina_ha/filter/catalina-filter-program-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/base/tribes-error.h"

#include <string.h>

static const char *const events[] = { "delta", "created", "expired", "change-id", NULL };
static const char *const acks[] = { "ok", "failed", "missing", NULL };
static const char *const types[] = { "backup", "proxy", "remove", NULL };
static const CatalinaFilterWords words
    = { (1u << CATALINA_FILTER_N_FIELDS) - 1, events, acks, types };

/* What TAP takes. */
static void
note (const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);

  g_test_message ("%s", escaped);
}

static CatalinaFilter *
compile (const char *text)
{
  g_autoptr (GError) error = NULL;
  CatalinaFilter *filter = catalina_filter_new (text, &words, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (filter);
  return filter;
}

static void
add_text (const CatalinaFilter *filter,
          CatalinaFilterFacts *facts,
          CatalinaFilterField field,
          const char *text)
{
  /* A copy of its own, without a zero byte behind it. */
  g_autofree char *exact = g_memdup2 (text, strlen (text));

  catalina_filter_add_text (filter, facts, field, exact ? exact : "", strlen (text));
}

/* delta from=10.0.0.1:4000 to=[fd00::2]:4001 context=localhost#/shop session=ABC.node1 with two
 * attributes, of 1536 bytes, acknowledged after 2.5 ms. */
static CatalinaFilterFacts
tell (const CatalinaFilter *filter)
{
  CatalinaFilterFacts facts = { 0 };

  add_text (filter, &facts, CATALINA_FILTER_EVENT, "delta");
  add_text (filter, &facts, CATALINA_FILTER_FROM, "10.0.0.1:4000");
  add_text (filter, &facts, CATALINA_FILTER_TO, "[fd00::2]:4001");
  add_text (filter, &facts, CATALINA_FILTER_CONTEXT, "localhost#/shop");
  add_text (filter, &facts, CATALINA_FILTER_SESSION, "ABC.node1");
  add_text (filter, &facts, CATALINA_FILTER_ATTRIBUTE, "cart");
  add_text (filter, &facts, CATALINA_FILTER_ATTRIBUTE, "my user");
  add_text (filter, &facts, CATALINA_FILTER_CLASS, "com.shop.Cart");
  add_text (filter, &facts, CATALINA_FILTER_CLASS, "[Ljava.lang.String;");
  add_text (filter, &facts, CATALINA_FILTER_TYPE, "backup");
  add_text (filter, &facts, CATALINA_FILTER_PRIMARY, "10.0.0.5:4000");
  add_text (filter, &facts, CATALINA_FILTER_NODE, "10.0.0.6:4000");
  add_text (filter, &facts, CATALINA_FILTER_NODE, "[fd00::7]:4000");
  catalina_filter_add_number (filter, &facts, CATALINA_FILTER_SIZE, 1536);
  add_text (filter, &facts, CATALINA_FILTER_ACK, "ok");
  catalina_filter_add_number (filter, &facts, CATALINA_FILTER_LATENCY, 2500);
  return facts;
}

static void
test_verdicts (void)
{
  static const struct
  {
    const char *text;
    gboolean verdict;
  } cases[] = {
    { "event = delta", TRUE },
    { "event == delta", TRUE },
    { "  event='delta'  ", TRUE },
    { "event = \"delta\"", TRUE },
    { "event != delta", FALSE },
    { "event = created", FALSE },
    { "event = created, expired", FALSE },
    { "event = created,delta", TRUE },
    { "event != created, delta", FALSE },
    { "event != created, expired", TRUE },
    { "event ~ d*", TRUE },
    { "event ~ e*, change-*", FALSE },
    { "event !~ d*", FALSE },
    { "event !~ e*", TRUE },
    { "context = localhost#/shop", TRUE },
    { "context = /shop", TRUE },
    { "context = localhost", FALSE },
    { "context = shop", FALSE },
    { "context ~ *shop", TRUE },
    { "context ~ localhost*", TRUE },
    { "context ~ /s?op", TRUE },
    { "session = ABC.node1", TRUE },
    { "session = abc.node1", FALSE },
    { "session = ABC", FALSE },
    { "session ~ *.node1", TRUE },
    { "session ~ *.node2", FALSE },
    { "from = 10.0.0.1", TRUE },
    { "from = 10.0.0.1:4000", TRUE },
    { "from = 10.0.0.1:4001", FALSE },
    { "from = 10.0.0", FALSE },
    { "from ~ 10.0.*", TRUE },
    { "from ~ *:4000", TRUE },
    { "to = [fd00::2]:4001", TRUE },
    { "to = [fd00::2]", TRUE },
    { "to = fd00::2", TRUE },
    { "to = 10.0.0.1", FALSE },
    { "member = 10.0.0.1", TRUE },
    { "member = fd00::2", TRUE },
    { "member = 10.0.0.3", FALSE },
    { "member != 10.0.0.1", FALSE },
    { "member != 10.0.0.3", TRUE },
    { "member = 10.0.0.5", FALSE },
    { "type = backup", TRUE },
    { "type = proxy, remove", FALSE },
    { "primary = 10.0.0.5 and node = 10.0.0.6", TRUE },
    { "nodes = fd00::7", TRUE },
    { "node = 10.0.0.5", FALSE },
    { "attribute = cart", TRUE },
    { "attribute = \"my user\"", TRUE },
    { "attribute = 'my user'", TRUE },
    { "attribute = user", FALSE },
    { "attribute != cart", FALSE },
    { "attribute != other", TRUE },
    { "attribute ~ *user", TRUE },
    { "attribute = cart and attribute = 'my user'", TRUE },
    { "class = com.shop.Cart", TRUE },
    { "class ~ com.shop.*", TRUE },
    { "class ~ java.*", FALSE },
    { "class = [Ljava.lang.String;", TRUE },
    { "class ~ [L*", TRUE },
    { "has attribute", TRUE },
    { "has latency and has session", TRUE },
    { "not has class", FALSE },
    { "ack = ok", TRUE },
    { "ack = failed, missing", FALSE },
    { "ack != ok", FALSE },
    { "size = 1536", TRUE },
    { "bytes = 1.5K", TRUE },
    { "size != 1.5k", FALSE },
    { "size > 1536", FALSE },
    { "size >= 1536", TRUE },
    { "size > 1K", TRUE },
    { "size < 1M", TRUE },
    { "size <= 1535", FALSE },
    { "size < 1G", TRUE },
    { "size = 7, 1536", TRUE },
    { "latency = 2.5", TRUE },
    { "latency = 2500us", TRUE },
    { "latency = 2.5ms", TRUE },
    { "latency > 2ms", TRUE },
    { "latency > 3", FALSE },
    { "latency < 0.0026s", TRUE },
    { "not event = delta", FALSE },
    { "! event = delta", FALSE },
    { "!(event = delta)", FALSE },
    { "not not event = delta", TRUE },
    { "NOT event = created AND size > 0", TRUE },
    { "event = created or event = delta and size > 1M", FALSE },
    { "event = delta or event = created and size > 1M", TRUE },
    { "(event = delta or event = created) and size > 1M", FALSE },
    { "event = delta && size > 1 || ack = failed", TRUE },
    { "not event = created and not (ack = failed or size < 1K)", TRUE },
    { "not (not (not (event = delta)))", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CatalinaFilter) filter = compile (cases[i].text);
      CatalinaFilterFacts facts = tell (filter);

      note (cases[i].text);
      g_assert_cmpint (catalina_filter_judge (filter, &facts, 0), ==,
                       cases[i].verdict ? CATALINA_FILTER_YES : CATALINA_FILTER_NO);
    }
}

/* Nothing is true of what is not there. */
static void
test_absent (void)
{
  static const char *const no[] = { "session = x", "session != x", "session ~ *",   "session !~ x",
                                    "size > 0",    "size != 5",    "size <= 9",     "has session",
                                    "ack != ok",   "latency < 1s", "attribute != x" };

  for (guint i = 0; i < G_N_ELEMENTS (no); i++)
    {
      g_autoptr (CatalinaFilter) filter = compile (no[i]);
      g_autofree char *opposite = g_strdup_printf ("not (%s)", no[i]);
      g_autoptr (CatalinaFilter) inverse = compile (opposite);
      CatalinaFilterFacts facts = { 0 };

      note (no[i]);
      /* NULL is nothing. */
      catalina_filter_add_text (filter, &facts, CATALINA_FILTER_SESSION, NULL, 0);
      g_assert_cmpint (catalina_filter_judge (filter, &facts, 0), ==, CATALINA_FILTER_NO);
      g_assert_cmpint (catalina_filter_judge (inverse, &facts, 0), ==, CATALINA_FILTER_YES);
    }
}

/* What is decided without the acknowledgement does not wait for it. */
static void
test_pending (void)
{
  static const struct
  {
    const char *text;
    CatalinaFilterVerdict before;
    CatalinaFilterVerdict after;
  } cases[] = {
    { "latency > 5ms", CATALINA_FILTER_MAYBE, CATALINA_FILTER_YES },
    { "latency > 50ms", CATALINA_FILTER_MAYBE, CATALINA_FILTER_NO },
    { "not latency > 5ms", CATALINA_FILTER_MAYBE, CATALINA_FILTER_NO },
    { "latency != 7ms", CATALINA_FILTER_MAYBE, CATALINA_FILTER_NO },
    { "ack = ok", CATALINA_FILTER_MAYBE, CATALINA_FILTER_NO },
    { "ack != ok", CATALINA_FILTER_MAYBE, CATALINA_FILTER_YES },
    { "has ack", CATALINA_FILTER_MAYBE, CATALINA_FILTER_YES },
    { "event = delta and ack = failed", CATALINA_FILTER_MAYBE, CATALINA_FILTER_YES },
    { "event = created and ack = failed", CATALINA_FILTER_NO, CATALINA_FILTER_NO },
    { "event = delta or ack = ok", CATALINA_FILTER_YES, CATALINA_FILTER_YES },
    { "not (event = delta or ack = ok)", CATALINA_FILTER_NO, CATALINA_FILTER_NO },
    { "event = created or ack = ok", CATALINA_FILTER_MAYBE, CATALINA_FILTER_NO },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CatalinaFilter) filter = compile (cases[i].text);
      CatalinaFilterFacts facts = { 0 };
      guint pending = CATALINA_FILTER_BIT (CATALINA_FILTER_ACK)
                      | CATALINA_FILTER_BIT (CATALINA_FILTER_LATENCY);

      note (cases[i].text);
      add_text (filter, &facts, CATALINA_FILTER_EVENT, "delta");
      g_assert_cmpint (catalina_filter_judge (filter, &facts, pending), ==, cases[i].before);
      add_text (filter, &facts, CATALINA_FILTER_ACK, "failed");
      catalina_filter_add_number (filter, &facts, CATALINA_FILTER_LATENCY, 7000);
      g_assert_cmpint (catalina_filter_judge (filter, &facts, 0), ==, cases[i].after);
    }
}

/* Who is not told yet may be the member. */
static void
test_pending_member (void)
{
  g_autoptr (CatalinaFilter) filter = compile ("member = 10.0.0.1");
  CatalinaFilterFacts facts = { 0 };

  add_text (filter, &facts, CATALINA_FILTER_FROM, "10.0.0.2:4000");
  g_assert_cmpint (catalina_filter_judge (filter, &facts, CATALINA_FILTER_BIT (CATALINA_FILTER_TO)),
                   ==, CATALINA_FILTER_MAYBE);
  add_text (filter, &facts, CATALINA_FILTER_TO, "10.0.0.1:4000");
  g_assert_cmpint (catalina_filter_judge (filter, &facts, 0), ==, CATALINA_FILTER_YES);
}

/* A session is known by its id and by what is printed for it, and by nothing else. */
static void
test_hash (void)
{
  static const char *const ids[] = { "ABC.node1", "0123456789ABCDEF.node2" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *hash = catalina_hash_id (ids[i]);
      g_autofree char *equal = g_strdup_printf ("session = %s", hash);
      g_autofree char *glob = g_strdup_printf ("session ~ %.6s*", hash);

      for (guint n = 0; n < G_N_ELEMENTS (ids); n++)
        {
          g_autoptr (CatalinaFilter) by_hash = compile (equal);
          g_autoptr (CatalinaFilter) by_part = compile (glob);
          CatalinaFilterFacts first = { 0 }, second = { 0 };

          add_text (by_hash, &first, CATALINA_FILTER_SESSION, ids[n]);
          add_text (by_part, &second, CATALINA_FILTER_SESSION, ids[n]);
          g_assert_cmpint (catalina_filter_judge (by_hash, &first, 0) == CATALINA_FILTER_YES, ==,
                           i == n);
          g_assert_cmpint (catalina_filter_judge (by_part, &second, 0) == CATALINA_FILTER_YES, ==,
                           i == n);
        }
    }
}

static void
test_mistakes (void)
{
  static const struct
  {
    const char *text;
    guint column;
    const char *expected;
    const char *found; /* NULL: the end */
  } cases[] = {
    { "", 1,
      "a field (event, context, session, from, to, member, attribute, class, ack, size, latency, "
      "type, primary, node)",
      NULL },
    { "   ", 4, "a field (", NULL },
    { "foo = 1", 1, "a field (event, context,", "foo" },
    { "Event = delta", 1, "a field (event, context,", "Event" },
    { "event", 6, "=, !=, ~ or !~", NULL },
    { "type = backups", 8, "a type (backup, proxy, remove)", "backups" },
    { "primary > 5", 9, "=, !=, ~ or !~", ">" },
    { "event delta", 7, "=, !=, ~ or !~", "delta" },
    { "event < delta", 7, "=, !=, ~ or !~", "<" },
    { "size ~ 5", 6, "=, !=, <, <=, > or >=", "~" },
    { "latency !~ 5", 9, "=, !=, <, <=, > or >=", "!~" },
    { "event =", 8, "a value", NULL },
    { "event = and", 9, "a value (words that mean something else need quotes)", "and" },
    { "event = )", 9, "a value", ")" },
    { "event = = delta", 9, "a value", "=" },
    { "event = detla", 9, "an event (delta, created, expired, change-id)", "detla" },
    { "event = delta, detla", 16, "an event (", "detla" },
    { "event ~ x*", 9, "an event (", "x*" },
    { "event = ''", 9, "an event (", "''" },
    { "ack = yes", 7, "an acknowledgement (ok, failed, missing)", "yes" },
    { "size > many", 8, "a number of bytes, such as 512, 64K or 1.5M", "many" },
    { "size > -1", 8, "a number of bytes", "-1" },
    { "size > 1KB", 8, "a number of bytes", "1KB" },
    { "size > 1e3", 8, "a number of bytes", "1e3" },
    { "size > 0x10", 8, "a number of bytes", "0x10" },
    { "size > 1.", 8, "a number of bytes", "1." },
    { "size > 99999999999999999999999999999", 8, "a number of bytes",
      "99999999999999999999999999999" },
    { "size > 9999999999G", 8, "a number of bytes", "9999999999G" },
    { "size > ''", 8, "a number of bytes", "''" },
    { "latency > 5m", 11, "a time, such as 250us, 5ms or 1.5s", "5m" },
    { "latency > nan", 11, "a time", "nan" },
    { "size < 1, 2", 9, "\"and\", \"or\" or the end, as this compares with one value", "," },
    { "event = delta,", 15, "a value", NULL },
    { "event = delta created", 15, "\"and\", \"or\" or the end", "created" },
    { "event = delta)", 14, "\"and\", \"or\" or the end", ")" },
    { "event = delta and", 18, "a field (", NULL },
    { "event = delta or or", 18, "a field (", "or" },
    { "event = delta & size > 1", 15, "&&", "&" },
    { "event = delta | size > 1", 15, "||", "|" },
    { "(event = delta", 15, "\"and\", \"or\" or a ) for the ( at column 1", NULL },
    { "size > 1 and (event = delta or (ack = ok)", 42, "a ) for the ( at column 14", NULL },
    { "()", 2, "a field (", ")" },
    { "not", 4, "a field (", NULL },
    { "has", 4, "a field (", NULL },
    { "has foo", 5, "a field (", "foo" },
    { "has size > 5", 10, "\"and\", \"or\" or the end", ">" },
    { "attribute = \"cart", 18, "a \" for the \" at column 13", NULL },
    { "attribute = 'cart", 18, "a ' for the ' at column 13", NULL },
    { "attribute = \"cart\\\"", 20, "a \" for the \" at column 13", NULL },
    { "attribute = 'é€' oops", 18, "\"and\", \"or\" or the end", "oops" },
    { "attribute = \xff", 13, "UTF-8", "\xef\xbf\xbd" },
    { "\"event\" = delta", 1, "a field (", "\"event\"" },
    { "attribute = a'b'", 14, "\"and\", \"or\" or the end", "'b'" },
    { "foo\x1b[31m = 1", 1, "a field (", "foo\\u001b[31m" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize offset = G_MAXSIZE;
      g_autofree char *begin = g_strdup_printf ("column %u: expected ", cases[i].column);
      g_autofree char *end = cases[i].found ? g_strdup_printf (", found \"%s\"", cases[i].found)
                                            : g_strdup (", found the end");

      note (cases[i].text);
      g_assert_null (catalina_filter_new (cases[i].text, &words, &offset, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
      note (error->message);
      g_assert_true (g_str_has_prefix (error->message, begin));
      g_assert_nonnull (strstr (error->message, cases[i].expected));
      g_assert_true (g_str_has_suffix (error->message, end));
      g_assert_cmpuint (offset, <=, strlen (cases[i].text));
    }
}

/* Another tool's events have other fields. */
static void
test_words (void)
{
  const CatalinaFilterWords few
      = { CATALINA_FILTER_BIT (CATALINA_FILTER_EVENT) | CATALINA_FILTER_BIT (CATALINA_FILTER_FROM),
          events, NULL, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaFilter) filter
      = catalina_filter_new ("member = a and from = b and event = delta", &few, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (filter);
  g_assert_true (catalina_filter_asks (filter, CATALINA_FILTER_FROM));
  g_assert_true (catalina_filter_asks (filter, CATALINA_FILTER_TO));
  g_assert_false (catalina_filter_asks (filter, CATALINA_FILTER_CLASS));
  g_assert_null (catalina_filter_new ("size > 5", &few, NULL, &error));
  g_assert_nonnull (strstr (error->message, "a field (event, from, member), found \"size\""));
}

static void
test_names_event (void)
{
  static const struct
  {
    const char *text;
    gboolean named;
  } cases[] = {
    { "event = expired", TRUE },
    { "event ~ e*", TRUE },
    { "size > 1 and (event = delta, expired)", TRUE },
    { "event != delta", FALSE },
    { "event = delta", FALSE },
    { "size > 1", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CatalinaFilter) filter = compile (cases[i].text);

      g_assert_cmpint (catalina_filter_names_event (filter, "expired"), ==, cases[i].named);
    }
}

static void
test_glob (void)
{
  static const struct
  {
    const char *glob;
    const char *text;
    gboolean matches;
  } cases[] = {
    { "", "", TRUE },           { "", "a", FALSE },         { "*", "", TRUE },
    { "*", "abc", TRUE },       { "**", "", TRUE },         { "?", "", FALSE },
    { "?", "a", TRUE },         { "?", "ab", FALSE },       { "?", "€", TRUE },
    { "??", "€", FALSE },       { "a*c", "abc", TRUE },     { "a*c", "ac", TRUE },
    { "a*c", "abcd", FALSE },   { "*bc", "abcbc", TRUE },   { "*b*d", "abcbcd", TRUE },
    { "a*b*c", "aXbXc", TRUE }, { "a*b*c", "acb", FALSE },  { "*?", "", FALSE },
    { "*?", "a", TRUE },        { "?*", "ab", TRUE },       { "a\\*b", "a*b", TRUE },
    { "a\\*b", "aXb", FALSE },  { "a\\?", "a?", TRUE },     { "a\\\\", "a\\", TRUE },
    { "a\\", "a\\", TRUE },     { "a\\", "a", FALSE },      { "[ab]", "a", FALSE },
    { "[ab]", "[ab]", TRUE },   { "*a", "aaaaab", FALSE },  { "*aab", "aaaaab", TRUE },
    { "?", "\xff", TRUE },      { "?", "\xe2\x82", FALSE }, { "??", "\xe2\x82", TRUE },
    { "*é*", "aéb", TRUE },     { "abc*", "ab", FALSE },    { "*abc", "bc", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize glob_size = strlen (cases[i].glob), text_size = strlen (cases[i].text);
      g_autofree char *glob = g_memdup2 (cases[i].glob, glob_size);
      g_autofree char *text = g_memdup2 (cases[i].text, text_size);

      note (cases[i].glob);
      note (cases[i].text);
      g_assert_cmpint (catalina_filter_glob (glob, glob_size, text, text_size), ==,
                       cases[i].matches);
    }
}

/* Exponential ones would not end. */
static void
test_glob_time (void)
{
  g_autoptr (GString) glob = g_string_new (NULL);
  g_autofree char *text = g_strnfill (50000, 'a');

  for (guint i = 0; i < 500; i++)
    g_string_append (glob, "*a");
  g_string_append (glob, "*b");
  g_assert_false (catalina_filter_glob (glob->str, glob->len, text, strlen (text)));
}

static void
append_repeated (GString *text, const char *part, guint n)
{
  while (n-- > 0)
    g_string_append (text, part);
}

static void
assert_bound (const GString *text, const char *what)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (catalina_filter_new (text->str, &words, NULL, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, what));
}

static void
test_bounds (void)
{
  g_autoptr (GString) text = g_string_new ("size>1");
  g_autoptr (CatalinaFilter) most = NULL;
  g_autoptr (CatalinaFilter) deepest = NULL;
  CatalinaFilterFacts facts;

  append_repeated (text, "&&size>1", CATALINA_FILTER_MAX_TERMS - 1);
  most = compile (text->str);
  facts = tell (most);
  g_assert_cmpint (catalina_filter_judge (most, &facts, 0), ==, CATALINA_FILTER_YES);
  g_string_append (text, "&&size>1");
  assert_bound (text, "at most 64 comparisons");

  g_string_truncate (text, 0);
  append_repeated (text, "size>1&&(", CATALINA_FILTER_MAX_DEPTH);
  g_string_append (text, "size>1");
  append_repeated (text, ")", CATALINA_FILTER_MAX_DEPTH);
  deepest = compile (text->str);
  facts = tell (deepest);
  g_assert_cmpint (catalina_filter_judge (deepest, &facts, 0), ==, CATALINA_FILTER_YES);
  g_string_truncate (text, 0);
  append_repeated (text, "!", CATALINA_FILTER_MAX_DEPTH + 1);
  g_string_append (text, "size>1");
  assert_bound (text, "at most 32 of ( and \"not\" in each other");

  g_string_assign (text, "attribute = ");
  append_repeated (text, "€", 2000);
  assert_bound (text, "expected at most 4096 bytes");
}

static void
assert_pointer (const char *text, gsize offset, const char *expected)
{
  g_autofree char *pointer = catalina_filter_dup_pointer (text, offset);

  g_assert_cmpstr (pointer, ==, expected);
}

static void
test_pointer (void)
{
  g_autofree char *spaces = g_strnfill (70, 'x');
  g_autofree char *shown
      = g_strdup_printf ("...%sy%s...\n%*s^\n", spaces + 20, spaces + 51, 53, "");
  g_autofree char *text = g_strdup_printf ("%sy%s", spaces, spaces);

  assert_pointer ("event = x", 8, "event = x\n        ^\n");
  assert_pointer ("event =", 7, "event =\n       ^\n");
  assert_pointer ("日本 = x", 9, "日本 = x\n       ^\n");
  assert_pointer ("a\n= x", 4, "a\\u000a= x\n         ^\n");
  assert_pointer (text, 70, shown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/verdicts", test_verdicts);
  g_test_add_func ("/filter/absent", test_absent);
  g_test_add_func ("/filter/pending", test_pending);
  g_test_add_func ("/filter/pending-member", test_pending_member);
  g_test_add_func ("/filter/hash", test_hash);
  g_test_add_func ("/filter/mistakes", test_mistakes);
  g_test_add_func ("/filter/words", test_words);
  g_test_add_func ("/filter/names-event", test_names_event);
  g_test_add_func ("/filter/glob", test_glob);
  g_test_add_func ("/filter/glob-time", test_glob_time);
  g_test_add_func ("/filter/bounds", test_bounds);
  g_test_add_func ("/filter/pointer", test_pointer);
  return g_test_run ();
}
