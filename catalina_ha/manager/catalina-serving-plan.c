/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-serving-plan-private.h"

#include "catalina_ha/manager/catalina-class-trust-private.h"
#include "tribes/java/value/tribes-java-classes-private.h"

/* Tomcat takes any number of messages, and none of ours is so large that writing it holds up
 * anything. */
#define BATCH_BYTES (1024 * 1024)

/* So many messages for sessions of which one may fail alone, at about 0.1 ms each: above that,
 * several share one. */
#define SMALL_MESSAGES 10000

/* Sets of classes that are told apart. Each is a message at least. */
#define MAX_KINDS 1024

/* Classes of one session that are looked at. One with more is odd. */
#define MAX_CLASSES 1024

/* Behind all others. */
#define TRUST_OF_REST (CATALINA_CLASS_PLATFORM + 1)
#define TRUST_OF_ODD  (CATALINA_CLASS_PLATFORM + 2)

/* What one step looks at. */
#define STEP_SESSIONS 512
#define STEP_CLASSES  8192

/* Sessions that need the same classes. */
typedef struct
{
  guint64 key;
  guint trust; /* CatalinaClassTrust, the least of its classes' */
  GPtrArray *sessions;
} Kind;

/* What is known of a class. */
typedef struct
{
  CatalinaClassTrust trust;
  guint seen; /* the last session that needs it, by its number */
} Known;

struct _CatalinaServingPlan
{
  GPtrArray *sessions; /* NULL for those that were looked at */
  GHashTable *failed;  /* nullable, borrowed */
  guint looked_at;
  GHashTable *known;  /* TribesJavaClass -> Known */
  GHashTable *by_key; /* key of Kind -> Kind */
  GPtrArray *kinds;   /* of Kind, in the end in their order */
  Kind *rest;         /* of sessions whose kinds are too many to be told apart */
  Kind *odd;          /* of those that stand alone */
  GPtrArray *extras;  /* borrowed from the kinds */
  guint n_small;      /* sessions of which one may fail alone */
  guint kind;         /* whose turn it is */
  guint at;           /* its next session */
};

/* The session that is looked at. */
typedef struct
{
  CatalinaServingPlan *plan;
  guint64 key;
  CatalinaClassTrust trust;
  guint budget;
} Look;

static Kind *
kind_new (guint64 key, guint trust)
{
  Kind *kind = g_new0 (Kind, 1);

  kind->key = key;
  kind->trust = trust;
  kind->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_session_unref);
  return kind;
}

static void
kind_free (gpointer data)
{
  Kind *kind = data;

  g_ptr_array_unref (kind->sessions);
  g_free (kind);
}

static void
clear_session (gpointer data)
{
  if (data)
    catalina_session_unref (data);
}

CatalinaServingPlan *
catalina_serving_plan_new (GPtrArray *sessions, GHashTable *failed)
{
  CatalinaServingPlan *self = g_new0 (CatalinaServingPlan, 1);

  self->sessions = sessions;
  g_ptr_array_set_free_func (sessions, clear_session);
  self->failed = failed;
  self->known = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->by_key = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->kinds = g_ptr_array_new_with_free_func (kind_free);
  self->extras = g_ptr_array_new ();
  self->rest = kind_new (0, TRUST_OF_REST);
  self->odd = kind_new (0, TRUST_OF_ODD);
  g_ptr_array_add (self->kinds, self->rest);
  g_ptr_array_add (self->kinds, self->odd);
  return self;
}

void
catalina_serving_plan_free (CatalinaServingPlan *self)
{
  g_hash_table_unref (self->known);
  g_hash_table_unref (self->by_key);
  g_ptr_array_unref (self->extras);
  g_ptr_array_unref (self->kinds);
  g_ptr_array_unref (self->sessions);
  g_free (self);
}

guint
catalina_serving_plan_get_n (CatalinaServingPlan *self)
{
  return self->sessions->len;
}

/* A set of pointers as a number: the same in any order. Equal numbers of two sets would only put
 * them into one message. */
static guint64
scramble (gconstpointer pointer)
{
  guint64 bits = (guint64) (guintptr) pointer;

  bits = (bits ^ bits >> 31) * G_GUINT64_CONSTANT (0x7fb5d329728ea185);
  bits = (bits ^ bits >> 27) * G_GUINT64_CONSTANT (0x81dadef4bc2dd44d);
  return bits ^ bits >> 33;
}

static void
look_at_class (TribesJavaClass *klass, gpointer user_data)
{
  Look *look = user_data;
  Known *known = g_hash_table_lookup (look->plan->known, klass);
  guint number = look->plan->looked_at + 1;

  if (!known)
    {
      known = g_new0 (Known, 1);
      known->trust = catalina_class_trust (klass);
      g_hash_table_insert (look->plan->known, klass, known);
    }
  if (known->seen == number || known->trust == CATALINA_CLASS_EVERYWHERE)
    return;
  known->seen = number;
  look->key += scramble (klass);
  look->trust = MAX (look->trust, known->trust);
}

static gboolean
look_at_value (Look *look, TribesJavaValue *value)
{
  return !value || tribes_java_value_foreach_class (value, &look->budget, look_at_class, look);
}

/* FALSE for one that is odd. */
static gboolean
look_at_session (Look *look, CatalinaSession *session)
{
  CatalinaSessionState *state = &session->state;

  if (look->plan->failed && g_hash_table_contains (look->plan->failed, state->id))
    return FALSE;
  if (state->principal && !look_at_value (look, catalina_principal_get_value (state->principal)))
    return FALSE;
  for (guint i = 0; state->attributes && i < state->attributes->len; i++)
    if (!look_at_value (look, g_array_index (state->attributes, CatalinaNamedValue, i).value))
      return FALSE;
  for (guint i = 0; state->listeners && i < state->listeners->len; i++)
    if (!look_at_value (look, state->listeners->pdata[i]))
      return FALSE;
  return TRUE;
}

static Kind *
find_kind (CatalinaServingPlan *self, const Look *look)
{
  Kind *kind = g_hash_table_lookup (self->by_key, &look->key);

  if (kind)
    return kind;
  if (self->kinds->len >= MAX_KINDS)
    return self->rest;
  kind = kind_new (look->key, look->trust);
  g_hash_table_insert (self->by_key, &kind->key, kind);
  g_ptr_array_add (self->kinds, kind);
  return kind;
}

/* Those that most can read first, and of these those that are most. */
static int
compare_kinds (gconstpointer a, gconstpointer b)
{
  const Kind *first = *(const Kind *const *) a;
  const Kind *second = *(const Kind *const *) b;

  if (first->trust != second->trust)
    return first->trust < second->trust ? -1 : 1;
  return (first->sessions->len < second->sessions->len)
         - (first->sessions->len > second->sessions->len);
}

static gboolean
is_small (const Kind *kind)
{
  return kind->trust >= CATALINA_CLASS_APPLICATION;
}

static void
finish (CatalinaServingPlan *self)
{
  g_ptr_array_sort (self->kinds, compare_kinds);
  for (guint i = 0; i < self->kinds->len; i++)
    {
      Kind *kind = self->kinds->pdata[i];

      self->n_small += is_small (kind) ? kind->sessions->len : 0;
    }
}

gboolean
catalina_serving_plan_step (CatalinaServingPlan *self)
{
  guint looked = 0;

  for (guint i = 0;
       i < STEP_SESSIONS && looked < STEP_CLASSES && self->looked_at < self->sessions->len; i++)
    {
      CatalinaSession *session = self->sessions->pdata[self->looked_at];
      Look look = { self, 0, CATALINA_CLASS_EVERYWHERE, MAX_CLASSES };
      Kind *kind = look_at_session (&look, session) ? find_kind (self, &look) : self->odd;

      g_ptr_array_add (kind->sessions, session);
      if (catalina_session_has_extras (session))
        g_ptr_array_add (self->extras, session);
      self->sessions->pdata[self->looked_at++] = NULL;
      looked += MAX_CLASSES - look.budget;
    }
  if (self->looked_at < self->sessions->len)
    return TRUE;
  finish (self);
  return FALSE;
}

/* Above which a message of this kind has no session more. */
static guint
batch_size (CatalinaServingPlan *self, const Kind *kind)
{
  if (kind == self->odd)
    return 1;
  return is_small (kind) ? (self->n_small + SMALL_MESSAGES - 1) / SMALL_MESSAGES : G_MAXUINT;
}

/* To the next kind that has something left; FALSE if there is none. */
gboolean
catalina_serving_plan_has_more (CatalinaServingPlan *self)
{
  while (self->kind < self->kinds->len
         && self->at >= ((Kind *) self->kinds->pdata[self->kind])->sessions->len)
    {
      self->kind++;
      self->at = 0;
    }
  return self->kind < self->kinds->len;
}

gboolean
catalina_serving_plan_next (CatalinaServingPlan *self, guint max, CatalinaBatch *batch)
{
  Kind *kind;
  gsize bytes = 0;

  if (!catalina_serving_plan_has_more (self))
    return FALSE;
  kind = self->kinds->pdata[self->kind];
  max = MIN (max, batch_size (self, kind));
  batch->sessions = (CatalinaSession **) &kind->sessions->pdata[self->at];
  for (batch->n = 0; batch->n < max && self->at < kind->sessions->len; batch->n++, self->at++)
    {
      bytes += batch->sessions[batch->n]->size;
      if (bytes > BATCH_BYTES && batch->n > 0)
        break;
    }
  return TRUE;
}

GPtrArray *
catalina_serving_plan_get_extras (CatalinaServingPlan *self)
{
  return self->extras;
}

void
catalina_serving_plan_put_back (CatalinaServingPlan *self, guint n)
{
  self->at -= n;
}
