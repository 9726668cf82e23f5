/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-alert-classes-private.h"

enum
{
  MAX_TOLD = 4096,
  /* Of names that are said, and of their characters. */
  MAX_NAMES = 8,
  MAX_TEXT = 512,
};

typedef struct
{
  CatalinaAlertClasses *classes;
  CatalinaFoundClasses *gadgets;
  CatalinaFoundClasses *unknown;
  gboolean is_new;
} Walk;

void
catalina_alert_classes_init (CatalinaAlertClasses *self)
{
  *self = (CatalinaAlertClasses){ .told = catalina_classes_new () };
}

void
catalina_alert_classes_clear (CatalinaAlertClasses *self)
{
  g_clear_pointer (&self->baseline, catalina_classes_free);
  g_clear_pointer (&self->told, catalina_classes_free);
}

void
catalina_found_classes_clear (CatalinaFoundClasses *self)
{
  if (self->names)
    g_string_free (g_steal_pointer (&self->names), TRUE);
}

static void
add (CatalinaFoundClasses *self, const char *name, gsize size, gsize offset)
{
  if (self->n++ == 0)
    {
      self->names = g_string_new (NULL);
      self->offset = offset;
    }
  if (self->n_named >= MAX_NAMES || self->names->len + size > MAX_TEXT)
    return;
  self->n_named++;
  g_string_append (self->names, self->names->len > 0 ? ", " : "");
  g_string_append_len (self->names, name, (gssize) size);
}

/* Whether it has not been told before. What there is no room for is told again. */
static gboolean
note_told (CatalinaClasses *told, const char *name, gsize size)
{
  if (catalina_classes_has (told, name, size))
    return FALSE;
  if (catalina_classes_get_n (told) < MAX_TOLD)
    (void) catalina_classes_add (told, name, size);
  return TRUE;
}

static void
on_class (const char *name, gsize size, gsize offset, gpointer user_data)
{
  Walk *walk = user_data;
  CatalinaAlertClasses *self = walk->classes;

  if (catalina_class_is_gadget (name, size))
    add (walk->gadgets, name, size, offset);
  if (catalina_class_is_own (name, size))
    return;
  if (self->learned)
    (void) catalina_classes_add (self->learned, name, size);
  else if (self->baseline && !catalina_classes_has (self->baseline, name, size))
    {
      add (walk->unknown, name, size, offset);
      walk->is_new |= note_told (self->told, name, size);
    }
}

gboolean
catalina_alert_classes_look (CatalinaAlertClasses *self,
                             const guint8 *data,
                             gsize size,
                             CatalinaFoundClasses *gadgets,
                             CatalinaFoundClasses *unknown)
{
  Walk walk = { self, gadgets, unknown, FALSE };

  catalina_classes_scan (data, size, on_class, &walk);
  return walk.is_new;
}
