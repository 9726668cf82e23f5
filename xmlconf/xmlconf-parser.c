/* SPDX-License-Identifier: Apache-2.0
 *
 * XML text to elements. Reads what Tomcat's Digester reads, but of external things only files, and
 * those only where the caller allows it: a document cannot make us open a socket, or use more
 * memory than a constant times what a configuration may have.
 */
#include "xmlconf/xmlconf-element-private.h"
#include "xmlconf/xmlconf-entities-private.h"

#include <string.h>
#include <libxml/parser.h>

const XmlconfLimits xmlconf_default_limits = {
  .bytes = 4 * 1024 * 1024,
  .depth = 64,
  .elements = 50000,
  .attributes = 256,
  .files = 8,
};

#if LIBXML_VERSION >= 21200
typedef const xmlError *XmlErrorArgument;
#else
typedef xmlErrorPtr XmlErrorArgument;
#endif

typedef struct
{
  xmlParserCtxtPtr parser;
  GRefString *file;
  const XmlconfLimits *limits;
  XmlconfElement *root;
  GPtrArray *open;  /* not owned: the path from the root to the current element */
  GString *comment; /* seen since the last tag */
  guint n_elements;
  XmlconfEntities entities;
  guint n_files; /* being read, the document not counted */
  guint level;   /* of elements in the file being read */
  gsize n_bytes; /* of text, values and comments, however often they were brought in */
  GError *error; /* the first one counts: what follows is often its consequence */
} ParseState;

static guint
current_line (ParseState *state)
{
  return state->parser->input ? (guint) MAX (state->parser->input->line, 1) : 1;
}

G_GNUC_PRINTF (4, 0)
static void
record_va (ParseState *state, XmlconfError code, guint line, const char *format, va_list args)
{
  g_autofree char *what = NULL;
  g_autofree char *valid = NULL;

  if (state->error)
    return;
  what = g_strdup_vprintf (format, args);
  valid = g_utf8_make_valid (what, -1);
  state->error = g_error_new (XMLCONF_ERROR, code, "%s:%u: %s", state->file, line, valid);
}

/* From inside libxml2's own error handling the parser must not be stopped: what is still to be done
 * with the input would find it freed. Nothing is built any more, and it ends by itself. */
G_GNUC_PRINTF (4, 5)
static void
record (ParseState *state, XmlconfError code, guint line, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  record_va (state, code, line, format, args);
  va_end (args);
}

/* What stands around the text of a part is not in its file. */
static int
real_column (ParseState *state, guint line, int column)
{
  int shift = (int) strlen ("<" XMLCONF_PART_ELEMENT ">");

  return state->n_files > 0 && line == 1 && column > shift ? column - shift : column;
}

G_GNUC_PRINTF (4, 5)
static void
fail (ParseState *state, XmlconfError code, guint line, const char *format, ...)
{
  int column = state->parser->input ? real_column (state, line, state->parser->input->col) : 0;
  g_autofree char *placed = g_strdup_printf ("column %d: %s", column, format);
  va_list args;

  va_start (args, format);
  record_va (state, code, line, placed, args);
  va_end (args);
  xmlStopParser (state->parser);
}

static void
fail_error (ParseState *state, GError *error)
{
  fail (state, error->code, current_line (state), "%s", error->message);
  g_error_free (error);
}

static gboolean
is_xml_space (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Lines of the attributes of the start tag that ends at the parser's position. libxml2 tells only
 * where the tag ends. A '<' cannot occur inside a tag (it must be written as &lt; in values), so
 * the nearest one backwards begins it; names and quotes then follow each other without surprises,
 * because libxml2 has already found the tag well-formed. */
static guint
scan_tag_lines (ParseState *state, GArray *lines)
{
  const xmlParserInput *input = state->parser->input;
  const char *base = (const char *) input->base;
  const char *end = (const char *) input->cur;
  const char *p = end;
  guint line = current_line (state);
  char quote = 0;
  gboolean in_name = FALSE;

  while (p > base && *p != '<')
    if (*--p == '\n')
      line--;
  guint first = line;

  while (p < end && !is_xml_space (*p))
    p++;
  for (; p < end; p++)
    {
      if (*p == '\n')
        line++;
      if (quote != 0)
        {
          if (*p == quote)
            quote = 0;
        }
      else if (*p == '"' || *p == '\'')
        quote = *p;
      else if (*p == '=')
        in_name = FALSE;
      else if (!is_xml_space (*p) && !in_name)
        {
          in_name = TRUE;
          g_array_append_val (lines, line);
        }
    }
  return first;
}

static char *
qualified_name (const xmlChar *prefix, const xmlChar *local)
{
  return prefix ? g_strconcat ((const char *) prefix, ":", (const char *) local, NULL)
                : g_strdup ((const char *) local);
}

static guint
line_of (const GArray *lines, guint index, guint otherwise)
{
  return index < lines->len ? g_array_index (lines, guint, index) : otherwise;
}

/* The document and the files that it names have this much at most; text that is named often is not
 * limited by what is read. */
static gboolean
charge (ParseState *state, gsize size)
{
  if (state->error)
    return FALSE;
  state->n_bytes += size;
  if (state->n_bytes <= 2 * state->limits->bytes)
    return TRUE;
  fail (state, XMLCONF_ERROR_LIMIT, current_line (state),
        "entities bring in more than a configuration may have");
  return FALSE;
}

/* Namespace declarations are attributes for the Digester's purposes, but libxml2 hands them out
 * apart; where both are present their order is lost and lines may be off by the tag's height. */
static void
add_attributes (ParseState *state,
                XmlconfElement *element,
                int n_attributes,
                const xmlChar **attributes,
                const GArray *lines,
                guint skip)
{
  for (int i = 0; i < n_attributes; i++)
    {
      const xmlChar **a = attributes + 5 * i;
      GError *error = NULL;
      char *value = xmlconf_entities_expand (&state->entities, (const char *) a[3],
                                             (gsize) (a[4] - a[3]), &error);

      if (!value)
        {
          fail_error (state, error);
          return;
        }
      if (!charge (state, strlen (value)))
        {
          g_free (value);
          return;
        }
      xmlconf_element_take_attribute (element, qualified_name (a[1], a[0]), value,
                                      line_of (lines, skip + (guint) i, element->line));
    }
}

static void
append_comment (XmlconfElement *element, GString *comment)
{
  if (comment->len == 0)
    return;
  if (!element->comment)
    element->comment = g_string_new (NULL);
  else
    g_string_append_c (element->comment, '\n');
  g_string_append_len (element->comment, comment->str, (gssize) comment->len);
  g_string_truncate (comment, 0);
}

static gboolean
within_limits (ParseState *state, const char *name, int n_attributes)
{
  const XmlconfLimits *limits = state->limits;

  if (state->open->len >= limits->depth)
    fail (state, XMLCONF_ERROR_LIMIT, current_line (state),
          "<%s> is nested more than %u elements deep", name, limits->depth);
  else if (++state->n_elements > limits->elements)
    fail (state, XMLCONF_ERROR_LIMIT, current_line (state), "more than %u elements",
          limits->elements);
  else if ((guint) n_attributes > limits->attributes)
    fail (state, XMLCONF_ERROR_LIMIT, current_line (state), "<%s> has more than %u attributes",
          name, limits->attributes);
  return state->error == NULL;
}

/* The element around the text of a part. */
static gboolean
is_wrapper (ParseState *state)
{
  return state->n_files > 0 && state->level == 1;
}

static void
start_element (void *data,
               const xmlChar *local,
               const xmlChar *prefix,
               const xmlChar *uri,
               int n_namespaces,
               const xmlChar **namespaces,
               int n_attributes,
               int n_defaulted,
               const xmlChar **attributes)
{
  ParseState *state = data;
  g_autofree char *name = qualified_name (prefix, local);
  g_autoptr (GArray) lines = g_array_new (FALSE, FALSE, sizeof (guint));
  XmlconfElement *element;

  state->level++;
  if (state->error || is_wrapper (state) || !within_limits (state, name, n_attributes))
    return;
  element = xmlconf_element_new (name, state->file, scan_tag_lines (state, lines));
  add_attributes (state, element, n_attributes, attributes, lines, (guint) n_namespaces);
  append_comment (element, state->comment);
  if (state->open->len > 0)
    {
      XmlconfElement *parent = g_ptr_array_index (state->open, state->open->len - 1);

      g_ptr_array_add (parent->children, element);
    }
  else if (!state->root)
    state->root = element;
  g_ptr_array_add (state->open, element);
}

static void
end_element (void *data, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
  ParseState *state = data;
  XmlconfElement *element;

  gboolean wrapper = is_wrapper (state);

  state->level--;
  if (state->error || wrapper || state->open->len == 0)
    return;
  element = g_ptr_array_index (state->open, state->open->len - 1);
  append_comment (element, state->comment);
  if (element->text)
    {
      g_strstrip (element->text->str);
      element->text->len = strlen (element->text->str);
      if (element->text->len == 0)
        g_string_free (g_steal_pointer (&element->text), TRUE);
    }
  g_ptr_array_set_size (state->open, (int) state->open->len - 1);
}

static void
characters (void *data, const xmlChar *text, int len)
{
  ParseState *state = data;
  XmlconfElement *element;

  if (state->open->len == 0 || !charge (state, (gsize) len))
    return;
  element = g_ptr_array_index (state->open, state->open->len - 1);
  if (!element->text)
    element->text = g_string_new (NULL);
  g_string_append_len (element->text, (const char *) text, len);
}

static void
comment (void *data, const xmlChar *value)
{
  ParseState *state = data;

  if (!charge (state, strlen ((const char *) value)))
    return;
  if (state->comment->len > 0)
    g_string_append_c (state->comment, '\n');
  g_string_append (state->comment, (const char *) value);
}

static void
entity_declaration (void *data,
                    const xmlChar *name,
                    int type,
                    const xmlChar *public_id,
                    const xmlChar *system_id,
                    xmlChar *content)
{
  ParseState *state = data;
  GError *error = NULL;

  if (!state->error
      && !xmlconf_entities_declare (&state->entities, state->file, (const char *) name, type,
                                    (const char *) system_id, (const char *) content, &error))
    fail_error (state, error);
}

static xmlEntityPtr
get_entity (void *data, const xmlChar *name)
{
  ParseState *state = data;

  return xmlconf_entities_find (&state->entities, (const char *) name);
}

/* What a word processor makes of a quotation mark, in UTF-8: all that libxml2 says is that it
 * misses one. */
static gboolean
is_typographic_quote (const char *at)
{
  static const char *const quotes[]
      = { "\xe2\x80\x98", "\xe2\x80\x99", "\xe2\x80\x9a", "\xe2\x80\x9c",
          "\xe2\x80\x9d", "\xe2\x80\x9e", "\xc2\xab",     "\xc2\xbb" };

  for (guint i = 0; i < G_N_ELEMENTS (quotes); i++)
    if (g_str_has_prefix (at, quotes[i]))
      return TRUE;
  return FALSE;
}

/* A usual mistake in words that say what to do, or NULL. The parser's input ends with a zero byte.
 */
static const char *
explain (const ParseState *state, XmlErrorArgument problem)
{
  int code = problem->code;

  const xmlParserInput *input = state->parser->input;
  const char *at = input ? (const char *) input->cur : "";

  if (code == XML_ERR_ATTRIBUTE_NOT_STARTED && is_typographic_quote (at))
    return "a typographic quotation mark around a value: write \" or '";
  if (code == XML_ERR_TAG_NAME_MISMATCH && problem->str2
      && strcmp (problem->str2, XMLCONF_PART_ELEMENT) == 0)
    return "an element that begins in this file does not end in it";
  if (code == XML_ERR_NAME_REQUIRED && state->open->len > 0 && g_str_has_prefix (at, "<!--"))
    return "a comment inside a tag: put it before the tag or behind it";
  return NULL;
}

static void
xml_error (void *data, XmlErrorArgument problem)
{
  ParseState *state = data;
  const char *known = explain (state, problem);
  g_autofree char *text = g_strdup (known              ? known
                                    : problem->message ? problem->message
                                                       : "not XML");
  gboolean undeclared = problem->code == XML_WAR_UNDECLARED_ENTITY;

  if (problem->level < XML_ERR_ERROR && !undeclared)
    return;
  g_strdelimit (g_strchomp (text), "\r\n", ' ');
  record (state, undeclared ? XMLCONF_ERROR_FORBIDDEN : XMLCONF_ERROR_SYNTAX,
          problem->line > 0 ? (guint) problem->line : current_line (state), "column %d: %s",
          real_column (state, (guint) MAX (problem->line, 0), problem->int2), text);
}

static void reference (void *data, const xmlChar *name);

static const xmlSAXHandler handler = {
  .initialized = XML_SAX2_MAGIC,
  .startElementNs = start_element,
  .endElementNs = end_element,
  .characters = characters,
  .cdataBlock = characters,
  .comment = comment,
  .entityDecl = entity_declaration,
  .getEntity = get_entity,
  .reference = reference,
  .serror = xml_error,
};

/* Errors of converting an encoding know no parser and would go to standard error; this thread's own
 * handler takes them while we parse. */
static void
parse_caught (ParseState *state, const char *data, gsize size, const char *encoding)
{
  xmlStructuredErrorFunc handler_before = xmlStructuredError;
  void *context_before = xmlStructuredErrorContext;

  xmlSetStructuredErrorFunc (state, (xmlStructuredErrorFunc) xml_error);
  /* For a declared entity libxml2 makes a document even though nobody asked for one. */
  xmlFreeDoc (
      xmlCtxtReadMemory (state->parser, data, (int) size, state->file, encoding, XML_PARSE_NONET));
  xmlSetStructuredErrorFunc (context_before, handler_before);
}

static void
set_parser (ParseState *state, xmlParserCtxtPtr parser)
{
  state->parser = parser;
  *parser->sax = handler;
  parser->userData = state;
}

/* The elements of another file, in the place of the reference; they keep the name of their file. */
static void
parse_part (ParseState *state, const char *path, const XmlconfPart *part)
{
  xmlParserCtxtPtr outer = state->parser;
  GRefString *outer_file = state->file;
  guint outer_level = state->level;
  guint n_open = state->open->len;

  set_parser (state, xmlNewParserCtxt ());
  state->file = g_ref_string_new (path);
  state->level = 0;
  state->n_files++;
  parse_caught (state, part->text, part->size, part->encoding);
  if (!state->error && (!state->parser->wellFormed || state->open->len != n_open))
    fail (state, XMLCONF_ERROR_SYNTAX, current_line (state), "not well-formed XML");
  state->n_files--;
  xmlFreeParserCtxt (state->parser);
  g_ref_string_release (state->file);
  state->parser = outer;
  state->file = outer_file;
  state->level = outer_level;
  if (state->error)
    xmlStopParser (state->parser);
}

/* libxml2 has read what is text by itself; files it would open by other rules than ours. */
static void
reference (void *data, const xmlChar *name)
{
  ParseState *state = data;
  const char *path
      = state->error ? NULL : xmlconf_entities_get_path (&state->entities, (const char *) name);
  g_auto (XmlconfPart) part = { 0 };
  GError *error = NULL;

  if (!path)
    return;
  if (state->n_files >= state->limits->files)
    fail (state, XMLCONF_ERROR_LIMIT, current_line (state),
          "&%s;: more than %u files name each other, or one names itself", (const char *) name,
          state->limits->files);
  else if (xmlconf_entities_read (&state->entities, path, &part, &error))
    parse_part (state, path, &part);
  else
    {
      fail (state, error->code, current_line (state), "&%s;: %s", (const char *) name,
            error->message);
      g_error_free (error);
    }
}

static void
run_parser (ParseState *state, GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  if (size == 0)
    {
      fail (state, XMLCONF_ERROR_SYNTAX, 1, "file is empty");
      return;
    }
  set_parser (state, state->parser);
  parse_caught (state, data, size, NULL);
  if (!state->error && (!state->parser->wellFormed || !state->root))
    fail (state, XMLCONF_ERROR_SYNTAX, current_line (state), "not well-formed XML");
}

XmlconfElement *
xmlconf_element_parse_as (GBytes *bytes,
                          const char *filename,
                          XmlconfEntityMode entities,
                          GError **error)
{
  ParseState state = { .limits = &xmlconf_default_limits };

  if (g_bytes_get_size (bytes) > state.limits->bytes)
    {
      g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_LIMIT,
                   "%s:1: more than %" G_GSIZE_FORMAT " bytes", filename, state.limits->bytes);
      return NULL;
    }
  xmlconf_entities_init (&state.entities, entities, state.limits->bytes);
  state.parser = xmlNewParserCtxt ();
  state.file = g_ref_string_new (filename);
  state.open = g_ptr_array_new ();
  state.comment = g_string_new (NULL);
  run_parser (&state, bytes);
  xmlFreeParserCtxt (state.parser);
  xmlconf_entities_clear (&state.entities);
  g_ptr_array_unref (state.open);
  g_string_free (state.comment, TRUE);
  g_ref_string_release (state.file);
  if (!state.error)
    return state.root;
  g_clear_pointer (&state.root, xmlconf_element_unref);
  g_propagate_error (error, state.error);
  return NULL;
}

/**
 * xmlconf_element_parse:
 * @bytes: an XML document
 * @filename: (type filename): what to call it in errors
 * @error: return location for an error of %XMLCONF_ERROR
 *
 * Parses an XML document. Document type declarations are skipped, entity declarations are an error,
 * nothing but @bytes is read. More than 4 MiB, 64 levels, 50,000 elements or 256 attributes of one
 * element are an error.
 *
 * Returns: (transfer full): the document element
 *
 * Since: 0.1
 */
XmlconfElement *
xmlconf_element_parse (GBytes *bytes, const char *filename, GError **error)
{
  g_return_val_if_fail (bytes && filename, NULL);
  return xmlconf_element_parse_as (bytes, filename, XMLCONF_ENTITIES_NONE, error);
}

/**
 * xmlconf_element_load:
 * @filename: (type filename): path of an XML file
 * @error: return location for an error of %XMLCONF_ERROR
 *
 * Reads and parses an XML file as [func@Xmlconf.Element.parse] does, but with entities: their text
 * stands for them, and where one is a file of this host its content does, as in Tomcat. Nothing is
 * fetched from elsewhere. All files together may have twice as many bytes as one.
 *
 * Only regular files are read: a directory, FIFO or device is an error at once.
 *
 * Returns: (transfer full): the document element
 *
 * Since: 0.1
 */
XmlconfElement *
xmlconf_element_load (const char *filename, GError **error)
{
  return xmlconf_element_load_as (filename, XMLCONF_ENTITIES_FILES, error);
}

XmlconfElement *
xmlconf_element_load_as (const char *filename, XmlconfEntityMode entities, GError **error)
{
  g_autoptr (GBytes) bytes = xmlconf_read_file (filename, xmlconf_default_limits.bytes, error);

  return bytes ? xmlconf_element_parse_as (bytes, filename, entities, error) : NULL;
}
