/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-farm-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"

/* As long as a name with the marks of one that is being written may be. */
#define MAX_NAME 200
/* Of a part as Tomcat makes them, and of one that is still taken. */
#define PART_BYTES     10240
#define MAX_PART_BYTES (1024 * 1024)

const CatalinaToolFarmLimits catalina_tool_farm_limits = {
  .file_bytes = G_GUINT64_CONSTANT (512) * 1024 * 1024,
  .all_bytes = G_GUINT64_CONSTANT (1024) * 1024 * 1024,
  .waiting_bytes = 16 * 1024 * 1024,
  .files = 8,
  .max_valid_us = G_GINT64_CONSTANT (300) * G_USEC_PER_SEC,
};

typedef struct
{
  guint64 id;
  char *key; /* sender and name */
  char *name;
  char *context;
  char *sender;
  gint64 total;
  gint64 done;         /* parts that were handed out */
  guint64 bytes;       /* of them */
  GHashTable *waiting; /* number -> GBytes, that come later */
  gsize waiting_bytes;
  gint64 heard_us;
  gboolean refused; /* stays, so that its other parts are refused silently */
} Transfer;

struct _CatalinaToolFarm
{
  CatalinaToolFarmLimits limits;
  GHashTable *transfers; /* by key */
  GQueue steps;
  guint64 last_id;
  guint64 bytes;       /* of all transfers */
  gsize waiting_bytes; /* of all */
};

void
catalina_tool_farm_step_clear (CatalinaToolFarmStep *step)
{
  g_clear_pointer (&step->name, g_free);
  g_clear_pointer (&step->context, g_free);
  g_clear_pointer (&step->sender, g_free);
  g_clear_pointer (&step->data, g_bytes_unref);
  g_clear_pointer (&step->reason, g_free);
}

static void
transfer_free (gpointer data)
{
  Transfer *transfer = data;

  g_free (transfer->key);
  g_free (transfer->name);
  g_free (transfer->context);
  g_free (transfer->sender);
  g_hash_table_unref (transfer->waiting);
  g_free (transfer);
}

CatalinaToolFarm *
catalina_tool_farm_new (const CatalinaToolFarmLimits *limits)
{
  CatalinaToolFarm *self = g_new0 (CatalinaToolFarm, 1);

  self->limits = *limits;
  self->transfers = g_hash_table_new_full (tribes_str_hash, g_str_equal, NULL, transfer_free);
  g_queue_init (&self->steps);
  return self;
}

void
catalina_tool_farm_free (CatalinaToolFarm *self)
{
  CatalinaToolFarmStep step;

  while (catalina_tool_farm_pop (self, &step))
    catalina_tool_farm_step_clear (&step);
  g_hash_table_unref (self->transfers);
  g_free (self);
}

gboolean
catalina_tool_farm_is_name (const char *name)
{
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._#-";
  gsize size = strlen (name);

  return size <= MAX_NAME && size > strlen (".war") && name[0] != '.' && name[0] != '-'
         && g_str_has_suffix (name, ".war") && strspn (name, allowed) == size;
}

char *
catalina_tool_farm_name_of (const char *context)
{
  const char *path = context[0] == '/' ? context + 1 : context;
  gboolean is_root = path[0] == '\0' || g_str_has_prefix (path, "##");
  g_autofree char *name = g_strconcat (is_root ? "ROOT" : "", path, ".war", NULL);

  g_strdelimit (name, "/", '#');
  return catalina_tool_farm_is_name (name) ? g_steal_pointer (&name) : NULL;
}

static CatalinaToolFarmStep *
push (CatalinaToolFarm *self, Transfer *transfer, CatalinaToolFarmStepKind kind)
{
  CatalinaToolFarmStep *step = g_new0 (CatalinaToolFarmStep, 1);

  step->kind = kind;
  step->id = transfer->id;
  step->name = g_strdup (transfer->name);
  step->context = g_strdup (transfer->context);
  step->sender = g_strdup (transfer->sender);
  g_queue_push_tail (&self->steps, step);
  return step;
}

gboolean
catalina_tool_farm_pop (CatalinaToolFarm *self, CatalinaToolFarmStep *step)
{
  g_autofree CatalinaToolFarmStep *head = g_queue_pop_head (&self->steps);

  if (!head)
    return FALSE;
  *step = *head;
  return TRUE;
}

static void
forget_parts (CatalinaToolFarm *self, Transfer *transfer)
{
  self->waiting_bytes -= transfer->waiting_bytes;
  self->bytes -= transfer->bytes;
  transfer->waiting_bytes = 0;
  transfer->bytes = 0;
  g_hash_table_remove_all (transfer->waiting);
}

static void
drop (CatalinaToolFarm *self, Transfer *transfer, const char *reason)
{
  if (!transfer->refused)
    push (self, transfer, CATALINA_TOOL_FARM_DROP)->reason = g_strdup (reason);
  forget_parts (self, transfer);
  g_hash_table_remove (self->transfers, transfer->key);
}

/* Gives a transfer up that has begun, and remembers that until its last part has come. */
static gboolean
refuse (CatalinaToolFarm *self, Transfer *transfer, GError *reason, GError **error)
{
  push (self, transfer, CATALINA_TOOL_FARM_DROP)->reason = g_strdup (reason->message);
  forget_parts (self, transfer);
  transfer->refused = TRUE;
  g_propagate_error (error, reason);
  return FALSE;
}

static gboolean
check_part (CatalinaToolFarm *self, const CatalinaDeployMessage *part, GError **error)
{
  gint64 max_total = (gint64) (self->limits.file_bytes / PART_BYTES) + 1;

  if (!catalina_tool_farm_is_name (part->file))
    {
      g_autofree char *shown = g_strescape (part->file, NULL);

      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "expected the name of a .war file of letters, digits and ._#-, found \"%.100s\"",
                   shown);
      return FALSE;
    }
  if (part->total < 1 || part->total > max_total || part->number < 1 || part->number > part->total)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "%s: expected 1 to %" G_GINT64_FORMAT " parts, found part %d of "
                   "%" G_GINT64_FORMAT,
                   part->file, max_total, part->number, part->total);
      return FALSE;
    }
  if (g_bytes_get_size (part->data) > MAX_PART_BYTES)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "%s: expected at most %d bytes in a part, found %" G_GSIZE_FORMAT, part->file,
                   MAX_PART_BYTES, g_bytes_get_size (part->data));
      return FALSE;
    }
  return TRUE;
}

/* (nullable) */
static Transfer *
find_or_begin (CatalinaToolFarm *self,
               const CatalinaDeployMessage *part,
               const char *sender,
               GError **error)
{
  g_autofree char *key = g_strconcat (sender, "/", part->file, NULL);
  Transfer *transfer = g_hash_table_lookup (self->transfers, key);

  if (transfer && transfer->total != part->total && part->number == 1)
    {
      drop (self, transfer, "its sender began anew, with another size");
      transfer = NULL;
    }
  if (transfer)
    return transfer;
  if (g_hash_table_size (self->transfers) >= self->limits.files)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "%s: expected at most %u files at a time, found one more", part->file,
                   self->limits.files);
      return NULL;
    }
  transfer = g_new0 (Transfer, 1);
  transfer->id = ++self->last_id;
  transfer->key = g_steal_pointer (&key);
  transfer->name = g_strdup (part->file);
  transfer->context = g_strdup (part->context);
  transfer->sender = g_strdup (sender);
  transfer->total = part->total;
  transfer->waiting
      = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, (GDestroyNotify) g_bytes_unref);
  g_hash_table_insert (self->transfers, transfer->key, transfer);
  push (self, transfer, CATALINA_TOOL_FARM_BEGIN);
  return transfer;
}

static gboolean
keep_for_later (CatalinaToolFarm *self,
                Transfer *transfer,
                const CatalinaDeployMessage *part,
                GError **error)
{
  gsize size = g_bytes_get_size (part->data);

  if (size + sizeof (Transfer) > self->limits.waiting_bytes - self->waiting_bytes)
    return refuse (self, transfer,
                   g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                                "%s: expected at most %" G_GSIZE_FORMAT
                                " bytes of parts before their turn, found part %d while part "
                                "%" G_GINT64_FORMAT " is missing",
                                transfer->name, self->limits.waiting_bytes, part->number,
                                transfer->done + 1),
                   error);
  /* What one costs beside its bytes counts, too: they may be empty. */
  transfer->waiting_bytes += size + sizeof (Transfer);
  self->waiting_bytes += size + sizeof (Transfer);
  g_hash_table_insert (transfer->waiting, GINT_TO_POINTER (part->number),
                       g_bytes_ref (part->data));
  return TRUE;
}

static gboolean
write_part (CatalinaToolFarm *self, Transfer *transfer, GBytes *data, GError **error)
{
  guint64 size = g_bytes_get_size (data);

  if (size > self->limits.file_bytes - transfer->bytes
      || size > self->limits.all_bytes - self->bytes)
    return refuse (self, transfer,
                   g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                                "%s: expected at most %" G_GUINT64_FORMAT
                                " bytes of a file and %" G_GUINT64_FORMAT
                                " of all unfinished ones, found more",
                                transfer->name, self->limits.file_bytes, self->limits.all_bytes),
                   error);
  push (self, transfer, CATALINA_TOOL_FARM_WRITE)->data = g_bytes_ref (data);
  transfer->done++;
  transfer->bytes += size;
  self->bytes += size;
  return TRUE;
}

/* Parts whose turn it is now. */
static gboolean
write_waiting (CatalinaToolFarm *self, Transfer *transfer, GError **error)
{
  gpointer found;

  while (g_hash_table_steal_extended (transfer->waiting, GINT_TO_POINTER (transfer->done + 1), NULL,
                                      &found))
    {
      g_autoptr (GBytes) data = found;
      gsize size = g_bytes_get_size (data) + sizeof (Transfer);

      transfer->waiting_bytes -= size;
      self->waiting_bytes -= size;
      if (!write_part (self, transfer, data, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_part (CatalinaToolFarm *self,
           Transfer *transfer,
           const CatalinaDeployMessage *part,
           GError **error)
{
  if (part->number != transfer->done + 1)
    return keep_for_later (self, transfer, part, error);
  if (!write_part (self, transfer, part->data, error)
      || !write_waiting (self, transfer, error))
    return FALSE;
  if (transfer->done < transfer->total)
    return TRUE;
  push (self, transfer, CATALINA_TOOL_FARM_FINISH);
  forget_parts (self, transfer);
  g_hash_table_remove (self->transfers, transfer->key);
  return TRUE;
}

gboolean
catalina_tool_farm_receive (CatalinaToolFarm *self,
                            const CatalinaDeployMessage *part,
                            const char *sender,
                            gint64 now_us,
                            GError **error)
{
  Transfer *transfer;

  if (!check_part (self, part, error))
    return FALSE;
  transfer = find_or_begin (self, part, sender, error);
  if (!transfer)
    return FALSE;
  if (transfer->refused)
    {
      /* The last one, more or less. */
      if (part->number == part->total)
        g_hash_table_remove (self->transfers, transfer->key);
      return FALSE;
    }
  /* A part that came before: as in Tomcat it does not make the transfer younger. */
  if (part->number <= transfer->done
      || g_hash_table_contains (transfer->waiting, GINT_TO_POINTER (part->number)))
    return TRUE;
  if (part->total != transfer->total)
    return refuse (self, transfer,
                   g_error_new (TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                                "%s: expected a part of %" G_GINT64_FORMAT
                                ", found one of %" G_GINT64_FORMAT,
                                transfer->name, transfer->total, part->total),
                   error);
  transfer->heard_us = now_us;
  return take_part (self, transfer, part, error);
}

void
catalina_tool_farm_failed (CatalinaToolFarm *self, guint64 id)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Transfer *transfer = value;

      if (transfer->id != id)
        continue;
      forget_parts (self, transfer);
      transfer->refused = TRUE;
      return;
    }
}

/* @sender: (nullable): of anybody that is too old at @now_us. There are few, whoever sends. */
static void
drop_some (CatalinaToolFarm *self, const char *sender, gint64 now_us, const char *reason)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Transfer *transfer = value;

      if (sender ? strcmp (transfer->sender, sender) == 0
                 : now_us - transfer->heard_us >= self->limits.max_valid_us)
        g_ptr_array_add (gone, transfer);
    }
  for (guint i = 0; i < gone->len; i++)
    drop (self, gone->pdata[i], reason);
}

void
catalina_tool_farm_sender_gone (CatalinaToolFarm *self, const char *sender)
{
  drop_some (self, sender, 0, "its sender has gone");
}

void
catalina_tool_farm_expire (CatalinaToolFarm *self, gint64 now_us)
{
  drop_some (self, NULL, now_us, "no part has come for long");
}

gint64
catalina_tool_farm_deadline (CatalinaToolFarm *self)
{
  gint64 deadline = G_MAXINT64;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    deadline = MIN (deadline, ((Transfer *) value)->heard_us + self->limits.max_valid_us);
  return deadline;
}
