/* SPDX-License-Identifier: Apache-2.0
 *
 * What a document declares of entities: what they stand for, and the files that some of them are.
 */
#pragma once

#include "xmlconf/xmlconf-element-private.h"

#include <libxml/tree.h>

G_BEGIN_DECLS

typedef struct
{
  XmlconfEntityMode mode;
  xmlDocPtr declared; /* owned; NULL until there is one */
  guint n_declared;
  gsize room; /* bytes that files and text may still bring */
} XmlconfEntities;

/* What the text of a file becomes so that a parser takes it: an element of this name around it. */
#define XMLCONF_PART_ELEMENT "xmlconf-part"

typedef struct
{
  char *text; /* owned */
  gsize size;
  char *encoding; /* owned; NULL: UTF-8 */
} XmlconfPart;

void xmlconf_entities_init (XmlconfEntities *self, XmlconfEntityMode mode, gsize room);
void xmlconf_entities_clear (XmlconfEntities *self);

/* @file: the one with the declaration; @type: libxml2's. Errors have no place: the caller knows. */
gboolean xmlconf_entities_declare (XmlconfEntities *self,
                                   const char *file,
                                   const char *name,
                                   int type,
                                   const char *system_id,
                                   const char *content,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer none) (nullable) */
xmlEntityPtr xmlconf_entities_find (XmlconfEntities *self, const char *name);
/* (nullable): the path of the file that the entity is; NULL if it is text. */
const char *xmlconf_entities_get_path (XmlconfEntities *self, const char *name);

/* Value of an attribute as libxml2 hands it out, with references in it, to what it means. */
char *xmlconf_entities_expand (XmlconfEntities *self, const char *value, gsize size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

gboolean xmlconf_entities_read (XmlconfEntities *self,
                                const char *path,
                                XmlconfPart *part,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
void xmlconf_part_clear (XmlconfPart *part);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XmlconfPart, xmlconf_part_clear)

G_END_DECLS
