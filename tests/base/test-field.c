/* SPDX-License-Identifier: Apache-2.0
 *
 * A class whose properties are fields of every kind, one below it with its own, and one property
 * that is more than its field.
 */
#include "tribes/base/tribes-field-private.h"

#define TYPE_THING (thing_get_type ())
G_DECLARE_DERIVABLE_TYPE (Thing, thing, TEST, THING, GObject)

struct _ThingClass
{
  GObjectClass parent_class;
};

typedef struct
{
  gboolean flag;
  int number;
  guint count;
  gint64 large;
  guint64 counter;
  char *text;
  GBytes *bytes;
  GObject *other;
  guint n_texts;
} ThingPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (Thing, thing, G_TYPE_OBJECT)

static void
thing_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  tribes_field_set_property (object, id, value, spec);
  if (g_str_equal (spec->name, "text"))
    ((ThingPrivate *) thing_get_instance_private (TEST_THING (object)))->n_texts++;
}

static void
thing_finalize (GObject *object)
{
  ThingPrivate *priv = thing_get_instance_private (TEST_THING (object));

  g_free (priv->text);
  g_clear_pointer (&priv->bytes, g_bytes_unref);
  g_clear_object (&priv->other);
  G_OBJECT_CLASS (thing_parent_class)->finalize (object);
}

static void
thing_class_init (ThingClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    { g_param_spec_boolean ("flag", NULL, NULL, TRUE, flags), G_PRIVATE_OFFSET (Thing, flag) },
    { g_param_spec_int ("number", NULL, NULL, -5, 5, -1, flags), G_PRIVATE_OFFSET (Thing, number) },
    { g_param_spec_uint ("count", NULL, NULL, 1, 9, 7, flags), G_PRIVATE_OFFSET (Thing, count) },
    { g_param_spec_int64 ("large", NULL, NULL, G_MININT64, G_MAXINT64, G_MININT64, flags),
      G_PRIVATE_OFFSET (Thing, large) },
    { g_param_spec_uint64 ("counter", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE),
      G_PRIVATE_OFFSET (Thing, counter) },
    { g_param_spec_string ("text", NULL, NULL, "auto", flags), G_PRIVATE_OFFSET (Thing, text) },
    { g_param_spec_boxed ("bytes", NULL, NULL, G_TYPE_BYTES, flags),
      G_PRIVATE_OFFSET (Thing, bytes) },
    { g_param_spec_object ("other", NULL, NULL, G_TYPE_OBJECT, flags),
      G_PRIVATE_OFFSET (Thing, other) },
  };

  tribes_field_install (G_OBJECT_CLASS (klass), fields, G_N_ELEMENTS (fields));
  G_OBJECT_CLASS (klass)->set_property = thing_set_property;
  G_OBJECT_CLASS (klass)->finalize = thing_finalize;
}

static void
thing_init (Thing *self)
{
}

typedef struct
{
  Thing parent_instance;

  guint more;
} Child;

typedef struct
{
  ThingClass parent_class;
} ChildClass;

GType child_get_type (void);
G_DEFINE_TYPE (Child, child, TYPE_THING)

static void
child_class_init (ChildClass *klass)
{
  const TribesField field = { g_param_spec_uint ("more", NULL, NULL, 0, 99, 3, TRIBES_FIELD_FLAGS),
                              G_STRUCT_OFFSET (Child, more) };

  tribes_field_install (G_OBJECT_CLASS (klass), &field, 1);
}

static void
child_init (Child *self)
{
}

static void
check_fields (gpointer object,
              gboolean flag,
              int number,
              guint count,
              gint64 large,
              const char *text,
              GBytes *bytes)
{
  ThingPrivate *priv = thing_get_instance_private (object);
  gboolean got_flag;
  int got_number;
  guint got_count;
  gint64 got_large;
  g_autofree char *got_text = NULL;
  g_autoptr (GBytes) got_bytes = NULL;

  g_object_get (object, "flag", &got_flag, "number", &got_number, "count", &got_count, "large",
                &got_large, "text", &got_text, "bytes", &got_bytes, NULL);
  g_assert_cmpint (got_flag, ==, flag);
  g_assert_cmpint (got_number, ==, number);
  g_assert_cmpuint (got_count, ==, count);
  g_assert_cmpint (got_large, ==, large);
  g_assert_cmpstr (got_text, ==, text);
  g_assert_true (got_bytes == bytes);
  g_assert_cmpint (priv->number, ==, number);
  g_assert_cmpint (priv->large, ==, large);
  g_assert_cmpstr (priv->text, ==, text);
}

static void
test_kinds (void)
{
  g_autoptr (Thing) thing = g_object_new (TYPE_THING, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  ThingPrivate *priv = thing_get_instance_private (thing);
  guint64 counter;

  check_fields (thing, TRUE, -1, 7, G_MININT64, "auto", NULL);
  g_object_set (thing, "flag", FALSE, "number", 4, "count", 9u, "large", G_MAXINT64, "text", "b",
                "bytes", bytes, NULL);
  check_fields (thing, FALSE, 4, 9, G_MAXINT64, "b", bytes);
  g_object_set (thing, "text", NULL, "bytes", NULL, NULL);
  check_fields (thing, FALSE, 4, 9, G_MAXINT64, NULL, NULL);
  priv->counter = G_MAXUINT64;
  g_object_get (thing, "counter", &counter, NULL);
  g_assert_cmpuint (counter, ==, G_MAXUINT64);
  g_assert_cmpuint (priv->n_texts, ==, 3);
}

/* The thing holds what it was given as long as it has it, and no longer. */
static void
test_object (void)
{
  GObject *other = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GObject) got = NULL;
  g_autoptr (Thing) thing = g_object_new (TYPE_THING, "other", other, NULL);

  g_object_add_weak_pointer (other, (gpointer *) &other);
  g_object_unref (other);
  g_object_get (thing, "other", &got, NULL);
  g_assert_nonnull (got);
  g_assert_true (got == other);
  g_clear_object (&got);
  g_object_set (thing, "other", other, NULL);
  g_assert_nonnull (other);
  g_object_set (thing, "other", NULL, NULL);
  g_assert_null (other);
}

/* Each property belongs to the class that lists it. */
static void
test_inherited (void)
{
  g_autoptr (Thing) thing = g_object_new (child_get_type (), "more", 8u, "number", 2, NULL);
  guint more;

  check_fields (thing, TRUE, 2, 7, G_MININT64, "auto", NULL);
  g_object_get (thing, "more", &more, NULL);
  g_assert_cmpuint (more, ==, 8);
  g_assert_cmpuint (((Child *) thing)->more, ==, 8);
}

/* What a test of configurations asks: the default, without any object. */
static void
test_defaults (void)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (child_get_type ());
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_CLASS (klass), "count");

  g_assert_cmpuint (g_value_get_uint (g_param_spec_get_default_value (spec)), ==, 7);
  spec = g_object_class_find_property (G_OBJECT_CLASS (klass), "more");
  g_assert_cmpuint (g_value_get_uint (g_param_spec_get_default_value (spec)), ==, 3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/field/kinds", test_kinds);
  g_test_add_func ("/base/field/object", test_object);
  g_test_add_func ("/base/field/inherited", test_inherited);
  g_test_add_func ("/base/field/defaults", test_defaults);
  return g_test_run ();
}
