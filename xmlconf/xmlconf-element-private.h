/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-element.h"

G_BEGIN_DECLS

/* What a configuration may cost. Tomcat's own server.xml has 170 lines; the largest met in bug
 * reports are some thousand lines of virtual hosts. */
typedef struct
{
  gsize bytes;    /* of a file: read whole, so this bounds memory */
  guint depth;    /* of elements: Server/Service/Engine/Host/Context/... is 10; we recurse on it */
  guint elements; /* in a file: a hundred bytes of memory each */
  guint attributes; /* of one element: the largest class of the table has 60 */
  guint files;      /* that name each other as entities: the stack of our parsers */
} XmlconfLimits;

extern const XmlconfLimits xmlconf_default_limits;

typedef struct
{
  char *name;
  char *value;
  guint line;
} XmlconfRawAttribute;

struct _XmlconfElement
{
  char *name;
  GRefString *file;
  guint line;
  GArray *attributes;  /* of XmlconfRawAttribute, in the order of the file */
  GPtrArray *children; /* of XmlconfElement */
  GString *text;       /* NULL if there is none but white space */
  GString *comment;    /* what stands before the element and inside it, outside its children */
};

/* The mutable half, for the parser only. */
XmlconfElement *xmlconf_element_new (const char *name, GRefString *file, guint line);
void xmlconf_element_take_attribute (XmlconfElement *self, char *name, char *value, guint line);

typedef enum
{
  XMLCONF_ENTITIES_NONE,  /* a declaration is an error */
  XMLCONF_ENTITIES_TEXT,  /* only what stands in the document itself */
  XMLCONF_ENTITIES_FILES, /* also other files of this host; nothing else ever */
} XmlconfEntityMode;

XmlconfElement *xmlconf_element_parse_as (GBytes *bytes,
                                          const char *filename,
                                          XmlconfEntityMode entities,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
XmlconfElement *xmlconf_element_load_as (const char *filename,
                                         XmlconfEntityMode entities,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

GBytes *
xmlconf_read_file (const char *filename, gsize max_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
