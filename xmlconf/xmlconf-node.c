/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements with a class: what Tomcat's Digester makes of them. An effective value is the last one
 * of the file that Tomcat's setter takes, or else the default of that version.
 */
#include "xmlconf/xmlconf-node-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (XmlconfNode, xmlconf_node, xmlconf_node_ref, xmlconf_node_unref)

static void
setting_clear (gpointer data)
{
  XmlconfSetting *setting = data;

  g_free (setting->name);
  g_free (setting->value);
  g_free (setting->unresolved);
}

static XmlconfNode *
node_new (
    const char *name, const char *class_name, GRefString *file, guint line, XmlconfVersion version)
{
  XmlconfNode *self = g_atomic_rc_box_new0 (XmlconfNode);

  self->name = g_strdup (name);
  self->class_name = g_strdup (class_name);
  self->spec = class_name ? xmlconf_table_find (name, class_name) : NULL;
  self->version = version;
  self->file = g_ref_string_acquire (file);
  self->line = line;
  self->settings = g_array_new (FALSE, TRUE, sizeof (XmlconfSetting));
  g_array_set_clear_func (self->settings, setting_clear);
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_node_unref);
  return self;
}

static void
node_clear (gpointer data)
{
  XmlconfNode *self = data;

  g_free (self->name);
  g_free (self->class_name);
  g_clear_pointer (&self->element, xmlconf_element_unref);
  g_clear_pointer (&self->properties, xmlconf_properties_unref);
  g_ref_string_release (self->file);
  g_array_unref (self->settings);
  g_ptr_array_unref (self->children);
}

/**
 * xmlconf_node_ref:
 * @self: a node
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_node_ref (XmlconfNode *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * xmlconf_node_unref:
 * @self: (transfer full): a node
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
xmlconf_node_unref (XmlconfNode *self)
{
  g_atomic_rc_box_release_full (self, node_clear);
}

/* No options at all was an invalid name until Tomcat looked for it. */
#define EMPTY_OPTIONS "9.0.121,10.1.58,11.0.25"

/* Whether Tomcat's setter takes the value; one that throws leaves the default in place. */
static gboolean
attribute_accepts (const XmlconfAttributeSpec *spec, const char *value, XmlconfVersion version)
{
  g_autoptr (GBytes) bytes = NULL;
  gint64 number;

  switch (spec->kind)
    {
    case XMLCONF_KIND_INT:
    case XMLCONF_KIND_LONG:
      if (!xmlconf_value_parse_int (value, spec->kind == XMLCONF_KIND_INT ? G_MININT32 : G_MININT64,
                                    spec->kind == XMLCONF_KIND_INT ? G_MAXINT32 : G_MAXINT64,
                                    &number))
        return FALSE;
      return (spec->flags & XMLCONF_FLAG_REJECT_BELOW) == 0 || number >= spec->min;
    case XMLCONF_KIND_OPTIONS:
      return (value[0] != '\0' || xmlconf_version_reaches (version, EMPTY_OPTIONS))
             && xmlconf_value_parse_send_options (value, &number);
    case XMLCONF_KIND_BYTES:
      if ((spec->flags & XMLCONF_FLAG_BYTES_OR_TEXT) != 0 && value[0] != '{')
        return TRUE;
      bytes = xmlconf_value_parse_byte_array (value);
      return bytes && ((spec->flags & XMLCONF_FLAG_SIXTEEN) == 0 || g_bytes_get_size (bytes) == 16);
    case XMLCONF_KIND_STRING:
      if ((spec->flags & XMLCONF_FLAG_HEX) != 0)
        return strlen (value) % 2 == 0
               && strspn (value, "0123456789abcdefABCDEF") == strlen (value);
      if ((spec->flags & XMLCONF_FLAG_CIPHER) != 0)
        return strchr (value, '/') && strchr (strchr (value, '/') + 1, '/');
      if ((spec->flags & XMLCONF_FLAG_REGEX) != 0)
        return xmlconf_regex_compiles (value, NULL);
      return TRUE;
    case XMLCONF_KIND_BOOLEAN:
    case XMLCONF_KIND_ADDRESS:
      return TRUE;
    default:
      g_return_val_if_reached (FALSE);
    }
}

static void
add_setting (XmlconfNode *self, XmlconfElement *element, guint index, XmlconfProperties *properties)
{
  XmlconfSetting setting = { 0 };

  setting.name = g_strdup (xmlconf_element_get_attribute_name (element, index));
  setting.value
      = xmlconf_properties_substitute (properties,
                                       xmlconf_element_get_attribute_value (element, index),
                                       &setting.unresolved);
  setting.line = xmlconf_element_get_attribute_line (element, index);
  if (self->spec)
    setting.spec = xmlconf_table_attribute (self->spec, setting.name, self->version);
  /* The one value that Tomcat reads without the blanks around it. */
  if (setting.spec && (setting.spec->flags & XMLCONF_FLAG_HEX) != 0)
    g_strstrip (setting.value);
  setting.valid = setting.spec && attribute_accepts (setting.spec, setting.value, self->version);
  g_array_append_val (self->settings, setting);
}

XmlconfNode *
xmlconf_node_new_from_element (XmlconfElement *element, XmlconfProperties *properties)
{
  g_autoptr (GRefString) file = g_ref_string_new (xmlconf_element_get_file (element));
  const char *written = xmlconf_element_get_attribute (element, "className");
  const char *name = xmlconf_element_get_name (element);
  g_autofree char *class_name = written ? xmlconf_properties_substitute (properties, written, NULL)
                                        : g_strdup (xmlconf_table_default_class (name));
  XmlconfNode *self = node_new (name, class_name, file, xmlconf_element_get_line (element),
                                xmlconf_properties_get_version (properties));

  self->element = xmlconf_element_ref (element);
  self->properties = xmlconf_properties_ref (properties);
  for (guint i = 0; i < xmlconf_element_get_n_attributes (element); i++)
    add_setting (self, element, i, properties);
  return self;
}

XmlconfNode *
xmlconf_node_new_implicit (XmlconfNode *parent, const char *name, const char *class_name)
{
  return node_new (name, class_name, parent->file, parent->line, parent->version);
}

/* NULL if the class has no such attribute in this version. */
static const XmlconfAttributeSpec *
node_spec (XmlconfNode *self, const char *attribute)
{
  const XmlconfAttributeSpec *spec = NULL;

  if (self->spec)
    spec = xmlconf_table_attribute (self->spec, attribute, self->version);
  return spec;
}

void
xmlconf_node_imply (XmlconfNode *self, const char *attribute, const char *value)
{
  XmlconfSetting setting
      = { .name = g_strdup (attribute), .value = g_strdup (value), .valid = TRUE };

  setting.spec = node_spec (self, attribute);
  g_array_append_val (self->settings, setting);
}

static const char *
canonical (const char *name, const XmlconfAttributeSpec *spec)
{
  return spec && spec->alias_of ? spec->alias_of : name;
}

/* The setting that counts: the last one in the file that Tomcat's setter takes. A name may be there
 * twice with another case of its first letter, or under an alias. */
static const XmlconfSetting *
node_setting (XmlconfNode *self, const char *attribute)
{
  const char *wanted = canonical (attribute, node_spec (self, attribute));

  for (guint i = self->settings->len; i > 0; i--)
    {
      const XmlconfSetting *setting = &g_array_index (self->settings, XmlconfSetting, i - 1);
      gint64 number;

      if (!setting->valid
          || !xmlconf_table_same_name (canonical (setting->name, setting->spec), wanted))
        continue;
      if ((setting->spec->flags & XMLCONF_FLAG_POSITIVE) != 0
          && xmlconf_value_parse_send_options (setting->value, &number) && number <= 0)
        continue;
      return setting;
    }
  return NULL;
}

/* Without a spec (a class that is not in the table) what is written still counts as text. */
static const char *
text_of (XmlconfNode *self, const char *attribute, const XmlconfAttributeSpec **spec)
{
  const XmlconfSetting *setting = node_setting (self, attribute);

  *spec = node_spec (self, attribute);
  if (setting)
    return setting->value;
  if (*spec)
    return (*spec)->value;
  for (guint i = 0; i < self->settings->len; i++)
    {
      setting = &g_array_index (self->settings, XmlconfSetting, i);
      if (!setting->spec && strcmp (setting->name, attribute) == 0)
        return setting->value;
    }
  return NULL;
}

/**
 * xmlconf_node_get_name:
 * @self: a node
 *
 * Gets the name of the element: `Interceptor`.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
xmlconf_node_get_name (XmlconfNode *self)
{
  return self->name;
}

/**
 * xmlconf_node_get_class_name:
 * @self: a node
 *
 * Gets the full name of the Java class.
 *
 * Returns: (nullable): the class, or %NULL if the file names none and Tomcat has no default
 *
 * Since: 0.1
 */
const char *
xmlconf_node_get_class_name (XmlconfNode *self)
{
  return self->class_name;
}

/**
 * xmlconf_node_is_a:
 * @self: a node
 * @simple_class_name: a class name without its package: `TcpFailureDetector`
 *
 * Tells whether the object is of a class of Tomcat's with this name.
 *
 * Returns: %TRUE if it is; %FALSE also for a class of the same name in another package
 *
 * Since: 0.1
 */
gboolean
xmlconf_node_is_a (XmlconfNode *self, const char *simple_class_name)
{
  const char *dot = self->spec ? strrchr (self->class_name, '.') : NULL;

  return dot && strcmp (dot + 1, simple_class_name) == 0;
}

/**
 * xmlconf_node_is_known:
 * @self: a node
 *
 * Tells whether the class is one of the table of known classes.
 *
 * Returns: %FALSE for somebody's own class, whose attributes are then only text
 *
 * Since: 0.1
 */
gboolean
xmlconf_node_is_known (XmlconfNode *self)
{
  return self->spec != NULL;
}

/**
 * xmlconf_node_is_implicit:
 * @self: a node
 *
 * Tells whether Tomcat makes this object itself, because the file has none.
 *
 * Returns: %TRUE if no element of the file stands for it
 *
 * Since: 0.1
 */
gboolean
xmlconf_node_is_implicit (XmlconfNode *self)
{
  return self->element == NULL;
}

/**
 * xmlconf_node_get_file:
 * @self: a node
 *
 * Gets the file in which the object is configured.
 *
 * Returns: (type filename): the file name
 *
 * Since: 0.1
 */
const char *
xmlconf_node_get_file (XmlconfNode *self)
{
  return self->file;
}

/**
 * xmlconf_node_get_line:
 * @self: a node
 *
 * Gets the line of the element, or of the nearest one around it for an implicit object.
 *
 * Returns: the line, counted from 1
 *
 * Since: 0.1
 */
guint
xmlconf_node_get_line (XmlconfNode *self)
{
  return self->line;
}

/**
 * xmlconf_node_get_element:
 * @self: a node
 *
 * Gets the element as it was written.
 *
 * Returns: (transfer none) (nullable): the element, or %NULL for an implicit object
 *
 * Since: 0.1
 */
XmlconfElement *
xmlconf_node_get_element (XmlconfNode *self)
{
  return self->element;
}

typedef struct
{
  GPtrArray *names;
  XmlconfNode *node;
} ListAttributes;

static void
list_attribute (const XmlconfAttributeSpec *attribute, gpointer data)
{
  ListAttributes *list = data;
  XmlconfNode *node = list->node;

  if ((attribute->flags & XMLCONF_FLAG_OWN) != 0 && !xmlconf_node_is_set (node, attribute->name))
    return;
  if (attribute->use != XMLCONF_USE_INTERNAL && !attribute->alias_of
      && xmlconf_table_attribute (node->spec, attribute->name, node->version) == attribute)
    g_ptr_array_add (list->names, g_strdup (attribute->name));
}

/**
 * xmlconf_node_list_attributes:
 * @self: a node
 *
 * Lists the attributes that the class has in the Tomcat version in question, without those that
 * Tomcat sets itself and without second names; those that no Tomcat has where they are set.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 *
 * Since: 0.1
 */
char **
xmlconf_node_list_attributes (XmlconfNode *self)
{
  ListAttributes list = { g_ptr_array_new (), self };

  if (self->spec)
    xmlconf_table_foreach_attribute (self->spec, list_attribute, &list);
  g_ptr_array_add (list.names, NULL);
  return (char **) g_ptr_array_free (list.names, FALSE);
}

/**
 * xmlconf_node_is_set:
 * @self: a node
 * @attribute: name of an attribute
 *
 * Tells whether the file sets the attribute to a value that Tomcat takes.
 *
 * Returns: %FALSE if the effective value is the default
 *
 * Since: 0.1
 */
gboolean
xmlconf_node_is_set (XmlconfNode *self, const char *attribute)
{
  const XmlconfSetting *setting = node_setting (self, attribute);

  return setting && setting->line != 0;
}

/**
 * xmlconf_node_get_attribute_line:
 * @self: a node
 * @attribute: name of an attribute
 *
 * Gets the line on which the attribute stands.
 *
 * Returns: the line, or that of the element for a default
 *
 * Since: 0.1
 */
guint
xmlconf_node_get_attribute_line (XmlconfNode *self, const char *attribute)
{
  const XmlconfSetting *setting = node_setting (self, attribute);

  /* One that does not count has a place nevertheless. */
  for (guint i = self->settings->len; !setting && i > 0; i--)
    {
      const XmlconfSetting *other = &g_array_index (self->settings, XmlconfSetting, i - 1);

      if (xmlconf_table_same_name (other->name, attribute))
        setting = other;
    }
  return setting && setting->line != 0 ? setting->line : self->line;
}

/**
 * xmlconf_node_get_string:
 * @self: a node
 * @attribute: name of an attribute
 *
 * Gets the effective value as text, `${...}` replaced.
 *
 * Returns: (nullable): the value, or %NULL if there is neither a value nor a default
 *
 * Since: 0.1
 */
const char *
xmlconf_node_get_string (XmlconfNode *self, const char *attribute)
{
  const XmlconfAttributeSpec *spec;

  return text_of (self, attribute, &spec);
}

/**
 * xmlconf_node_get_int64:
 * @self: a node
 * @attribute: name of an attribute
 *
 * Gets the effective value as a number; names of send options become their bits. A value that
 * Tomcat would not take leaves the default, as there.
 *
 * Returns: the value, 0 if there is none
 *
 * Since: 0.1
 */
gint64
xmlconf_node_get_int64 (XmlconfNode *self, const char *attribute)
{
  const XmlconfAttributeSpec *spec;
  const char *text = text_of (self, attribute, &spec);
  gint64 value = 0;

  if (!text)
    return 0;
  if (spec && spec->kind == XMLCONF_KIND_OPTIONS)
    {
      if (!xmlconf_value_parse_send_options (text, &value))
        return 0;
    }
  else if (!xmlconf_value_parse_int (text, G_MININT64, G_MAXINT64, &value))
    return 0;
  if (spec && (spec->flags & XMLCONF_FLAG_CLAMP) != 0)
    value = MAX (value, spec->min);
  return value;
}

/**
 * xmlconf_node_get_int:
 * @self: a node
 * @attribute: name of an attribute
 *
 * As [method@Xmlconf.Node.get_int64], within the range of an int.
 *
 * Returns: the value, 0 if there is none
 *
 * Since: 0.1
 */
int
xmlconf_node_get_int (XmlconfNode *self, const char *attribute)
{
  return (int) CLAMP (xmlconf_node_get_int64 (self, attribute), G_MININT, G_MAXINT);
}

/**
 * xmlconf_node_get_boolean:
 * @self: a node
 * @attribute: name of an attribute
 *
 * Gets the effective value as Java reads a boolean: true is `true` in any case of letters,
 * everything else is false.
 *
 * Returns: the value, %FALSE if there is none
 *
 * Since: 0.1
 */
gboolean
xmlconf_node_get_boolean (XmlconfNode *self, const char *attribute)
{
  const XmlconfAttributeSpec *spec;
  const char *text = text_of (self, attribute, &spec);

  return text && xmlconf_value_parse_boolean (text);
}

/**
 * xmlconf_node_dup_bytes:
 * @self: a node
 * @attribute: name of an attribute
 *
 * Gets the effective value as bytes: `{1,2,3}` as these bytes, other text as its own in ISO 8859-1,
 * as Tomcat does for the domain of a member.
 *
 * Returns: (transfer full) (nullable): the bytes, or %NULL if there is no value
 *
 * Since: 0.1
 */
GBytes *
xmlconf_node_dup_bytes (XmlconfNode *self, const char *attribute)
{
  const XmlconfAttributeSpec *spec;
  const char *text = text_of (self, attribute, &spec);
  char *latin1;
  gsize size;

  if (!text)
    return NULL;
  if (text[0] == '{')
    return xmlconf_value_parse_byte_array (text);
  latin1 = g_convert_with_fallback (text, -1, "ISO-8859-1", "UTF-8", "?", NULL, &size, NULL);
  return latin1 ? g_bytes_new_take (latin1, size) : NULL;
}

/**
 * xmlconf_node_get_value:
 * @self: a node
 * @attribute: name of an attribute
 * @value: (out caller-allocates): return location, not initialized
 *
 * Gets the effective value in the type that Tomcat's setter takes: an int, a 64-bit int, a boolean,
 * bytes or a string; names of send options become their bits. An attribute that the class does not
 * have, and whatever is written for a class that is not known, is a string.
 *
 * Returns: %TRUE if there is a value; otherwise @value is left as it was
 *
 * Since: 0.1
 */
gboolean
xmlconf_node_get_value (XmlconfNode *self, const char *attribute, GValue *value)
{
  const XmlconfAttributeSpec *spec;
  const char *text = text_of (self, attribute, &spec);

  if (!text)
    return FALSE;
  switch (spec ? spec->kind : XMLCONF_KIND_STRING)
    {
    case XMLCONF_KIND_INT:
    case XMLCONF_KIND_OPTIONS:
      g_value_init (value, G_TYPE_INT);
      g_value_set_int (value, xmlconf_node_get_int (self, attribute));
      return TRUE;
    case XMLCONF_KIND_LONG:
      g_value_init (value, G_TYPE_INT64);
      g_value_set_int64 (value, xmlconf_node_get_int64 (self, attribute));
      return TRUE;
    case XMLCONF_KIND_BOOLEAN:
      g_value_init (value, G_TYPE_BOOLEAN);
      g_value_set_boolean (value, xmlconf_node_get_boolean (self, attribute));
      return TRUE;
    case XMLCONF_KIND_BYTES:
      g_value_init (value, G_TYPE_BYTES);
      g_value_take_boxed (value, xmlconf_node_dup_bytes (self, attribute));
      return TRUE;
    case XMLCONF_KIND_STRING:
    case XMLCONF_KIND_ADDRESS:
    default:
      g_value_init (value, G_TYPE_STRING);
      g_value_set_string (value, text);
      return TRUE;
    }
}

/**
 * xmlconf_node_get_n_children:
 * @self: a node
 *
 * Gets how many objects belong to this one.
 *
 * Returns: the number of children
 *
 * Since: 0.1
 */
guint
xmlconf_node_get_n_children (XmlconfNode *self)
{
  return self->children->len;
}

/**
 * xmlconf_node_get_child_at:
 * @self: a node
 * @index: which child
 *
 * Gets one of the objects that belong to this one, in the order of the file, implicit ones last.
 *
 * Returns: (transfer none): the child
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_node_get_child_at (XmlconfNode *self, guint index)
{
  g_return_val_if_fail (index < self->children->len, NULL);
  return g_ptr_array_index (self->children, index);
}

/**
 * xmlconf_node_get_child:
 * @self: a node
 * @name: element name: `Receiver`
 *
 * Gets the child that counts where Tomcat knows only one: the last of the file.
 *
 * Returns: (transfer none) (nullable): the child, or %NULL if there is none
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_node_get_child (XmlconfNode *self, const char *name)
{
  for (guint i = self->children->len; i > 0; i--)
    {
      XmlconfNode *child = g_ptr_array_index (self->children, i - 1);

      if (strcmp (child->name, name) == 0)
        return child;
    }
  return NULL;
}

/**
 * xmlconf_node_list_children:
 * @self: a node
 * @name: element name: `Interceptor`
 *
 * Gets all children of one name in order.
 *
 * Returns: (transfer container) (element-type XmlconfNode): the children
 *
 * Since: 0.1
 */
GPtrArray *
xmlconf_node_list_children (XmlconfNode *self, const char *name)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < self->children->len; i++)
    {
      XmlconfNode *child = g_ptr_array_index (self->children, i);

      if (strcmp (child->name, name) == 0)
        g_ptr_array_add (found, child);
    }
  return found;
}
