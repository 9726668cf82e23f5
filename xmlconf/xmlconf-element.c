/* SPDX-License-Identifier: Apache-2.0
 *
 * An XML tree with line numbers that nothing can change after the parser has returned it.
 */
#include "xmlconf/xmlconf-element-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (XmlconfElement, xmlconf_element, xmlconf_element_ref, xmlconf_element_unref)

static void
raw_attribute_clear (gpointer data)
{
  XmlconfRawAttribute *attribute = data;

  g_free (attribute->name);
  g_free (attribute->value);
}

XmlconfElement *
xmlconf_element_new (const char *name, GRefString *file, guint line)
{
  XmlconfElement *self = g_atomic_rc_box_new0 (XmlconfElement);

  self->name = g_strdup (name);
  self->file = g_ref_string_acquire (file);
  self->line = line;
  self->attributes = g_array_new (FALSE, FALSE, sizeof (XmlconfRawAttribute));
  g_array_set_clear_func (self->attributes, raw_attribute_clear);
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_element_unref);
  return self;
}

void
xmlconf_element_take_attribute (XmlconfElement *self, char *name, char *value, guint line)
{
  XmlconfRawAttribute attribute = { name, value, line };

  g_array_append_val (self->attributes, attribute);
}

static void
element_clear (gpointer data)
{
  XmlconfElement *self = data;

  g_free (self->name);
  g_ref_string_release (self->file);
  g_array_unref (self->attributes);
  g_ptr_array_unref (self->children);
  if (self->text)
    g_string_free (self->text, TRUE);
  if (self->comment)
    g_string_free (self->comment, TRUE);
}

/**
 * xmlconf_element_ref:
 * @self: an element
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
XmlconfElement *
xmlconf_element_ref (XmlconfElement *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * xmlconf_element_unref:
 * @self: (transfer full): an element
 *
 * Drops a reference. Parents keep their children alive, not the other way round.
 *
 * Since: 0.1
 */
void
xmlconf_element_unref (XmlconfElement *self)
{
  g_atomic_rc_box_release_full (self, element_clear);
}

/**
 * xmlconf_element_get_name:
 * @self: an element
 *
 * Gets the name with its prefix, as it stands in the file: `Cluster`.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
xmlconf_element_get_name (XmlconfElement *self)
{
  return self->name;
}

/**
 * xmlconf_element_get_file:
 * @self: an element
 *
 * Gets the name of the file it was read from, as it was given to [func@Xmlconf.Element.load].
 *
 * Returns: (type filename): the file name
 *
 * Since: 0.1
 */
const char *
xmlconf_element_get_file (XmlconfElement *self)
{
  return self->file;
}

/**
 * xmlconf_element_get_line:
 * @self: an element
 *
 * Gets the line on which the element's start tag begins, counted from 1.
 *
 * Returns: the line
 *
 * Since: 0.1
 */
guint
xmlconf_element_get_line (XmlconfElement *self)
{
  return self->line;
}

/**
 * xmlconf_element_get_text:
 * @self: an element
 *
 * Gets the character data directly inside the element, without leading and trailing white space.
 *
 * Returns: (nullable): the text, or %NULL if there is none
 *
 * Since: 0.1
 */
const char *
xmlconf_element_get_text (XmlconfElement *self)
{
  return self->text ? self->text->str : NULL;
}

/**
 * xmlconf_element_get_comment:
 * @self: an element
 *
 * Gets the comments that belong to the element: those before its start tag since the tag before
 * it, and those inside it and outside its children.
 *
 * Returns: (nullable): the comments, a line break between each two, or %NULL if there are none
 *
 * Since: 0.1
 */
const char *
xmlconf_element_get_comment (XmlconfElement *self)
{
  return self->comment ? self->comment->str : NULL;
}

/**
 * xmlconf_element_get_n_attributes:
 * @self: an element
 *
 * Gets how many attributes the element has.
 *
 * Returns: the number of attributes
 *
 * Since: 0.1
 */
guint
xmlconf_element_get_n_attributes (XmlconfElement *self)
{
  return self->attributes->len;
}

static const XmlconfRawAttribute *
attribute_at (XmlconfElement *self, guint index)
{
  g_return_val_if_fail (index < self->attributes->len, NULL);
  return &g_array_index (self->attributes, XmlconfRawAttribute, index);
}

/**
 * xmlconf_element_get_attribute_name:
 * @self: an element
 * @index: which attribute, in the order of the file
 *
 * Gets the name of an attribute.
 *
 * Returns: (nullable): the name
 *
 * Since: 0.1
 */
const char *
xmlconf_element_get_attribute_name (XmlconfElement *self, guint index)
{
  const XmlconfRawAttribute *attribute = attribute_at (self, index);

  return attribute ? attribute->name : NULL;
}

/**
 * xmlconf_element_get_attribute_value:
 * @self: an element
 * @index: which attribute, in the order of the file
 *
 * Gets the value of an attribute, `${...}` and all.
 *
 * Returns: (nullable): the value
 *
 * Since: 0.1
 */
const char *
xmlconf_element_get_attribute_value (XmlconfElement *self, guint index)
{
  const XmlconfRawAttribute *attribute = attribute_at (self, index);

  return attribute ? attribute->value : NULL;
}

/**
 * xmlconf_element_get_attribute_line:
 * @self: an element
 * @index: which attribute, in the order of the file
 *
 * Gets the line on which the name of an attribute stands; a start tag may be many lines long.
 *
 * Returns: the line, counted from 1
 *
 * Since: 0.1
 */
guint
xmlconf_element_get_attribute_line (XmlconfElement *self, guint index)
{
  const XmlconfRawAttribute *attribute = attribute_at (self, index);

  return attribute ? attribute->line : self->line;
}

/**
 * xmlconf_element_get_attribute:
 * @self: an element
 * @name: name of an attribute
 *
 * Gets the value of the attribute called exactly @name, `${...}` and all.
 *
 * Returns: (nullable): the value, or %NULL if it is not there
 *
 * Since: 0.1
 */
const char *
xmlconf_element_get_attribute (XmlconfElement *self, const char *name)
{
  for (guint i = 0; i < self->attributes->len; i++)
    {
      const XmlconfRawAttribute *attribute = attribute_at (self, i);

      if (strcmp (attribute->name, name) == 0)
        return attribute->value;
    }
  return NULL;
}

/**
 * xmlconf_element_get_n_children:
 * @self: an element
 *
 * Gets how many elements are directly inside this one.
 *
 * Returns: the number of children
 *
 * Since: 0.1
 */
guint
xmlconf_element_get_n_children (XmlconfElement *self)
{
  return self->children->len;
}

/**
 * xmlconf_element_get_child:
 * @self: an element
 * @index: which child, in the order of the file
 *
 * Gets an element directly inside this one.
 *
 * Returns: (transfer none): the child
 *
 * Since: 0.1
 */
XmlconfElement *
xmlconf_element_get_child (XmlconfElement *self, guint index)
{
  g_return_val_if_fail (index < self->children->len, NULL);
  return g_ptr_array_index (self->children, index);
}

/**
 * xmlconf_element_find:
 * @self: an element
 * @name: name of a child
 *
 * Gets the first child called @name.
 *
 * Returns: (transfer none) (nullable): the child, or %NULL if there is none
 *
 * Since: 0.1
 */
XmlconfElement *
xmlconf_element_find (XmlconfElement *self, const char *name)
{
  for (guint i = 0; i < self->children->len; i++)
    {
      XmlconfElement *child = g_ptr_array_index (self->children, i);

      if (strcmp (child->name, name) == 0)
        return child;
    }
  return NULL;
}
