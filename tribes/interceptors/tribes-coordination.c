/* SPDX-License-Identifier: Apache-2.0
 *
 * 16 bytes that say what it is; the leader, the source and each member of the view as member
 * packages with their lengths; an id, and 16 bytes that say of which type it is.
 */
#include "tribes/interceptors/tribes-coordination-private.h"

#include <string.h>

static const guint8 head[] = { 0xaa, 0x26, 0xde, 0xe3, 0x9e, 0x5a, 0x41, 0x3f,
                               0xaf, 0x86, 0xfa, 0x92, 0x63, 0xca, 0x0d, 0x3f };
static const guint8 request[] = { 0x68, 0xa1, 0xa4, 0xd6, 0x72, 0xdc, 0x47, 0xed,
                                  0xb1, 0x14, 0x7a, 0x65, 0xff, 0xd0, 0xcf, 0x1e };
static const guint8 confirmation[] = { 0x43, 0x58, 0x6b, 0xaa, 0x45, 0x17, 0x4c, 0xba,
                                       0xa5, 0xe9, 0xa9, 0xe7, 0x83, 0x56, 0x4b, 0x14 };
static const guint8 alive[TRIBES_COORDINATION_ALIVE_SIZE]
    = { 0x4f, 0x87, 0xe7, 0xf1, 0xc5, 0x05, 0x40, 0x5e, 0xb3, 0x71, 0x89, 0xa8, 0x34,
        0x72, 0xc8, 0xd2, 0xee, 0x66, 0x0a, 0x22, 0x81, 0xf7, 0x47, 0x73, 0xba, 0x48,
        0x9b, 0x58, 0x48, 0x84, 0x7f, 0x6f, 0x4a, 0x4c, 0x8c, 0x32, 0x6f, 0x67, 0x41,
        0x03, 0xb3, 0x33, 0xdd, 0x00, 0x77, 0x75, 0x09, 0xe6, 0x77, 0x32, 0xb5, 0x97,
        0x9a, 0x24, 0x4f, 0x25, 0xbc, 0xac, 0x85, 0x0f, 0xea, 0x93, 0x6a, 0xc9 };

TribesCoordinationKind
tribes_coordination_recognize (const guint8 *data, gsize size)
{
  if (size >= sizeof head && memcmp (data, head, sizeof head) == 0)
    return TRIBES_COORDINATION_MESSAGE;
  if (size >= sizeof alive && memcmp (data, alive, sizeof alive) == 0)
    return TRIBES_COORDINATION_ALIVE;
  return TRIBES_COORDINATION_NONE;
}

static TribesCoordination *
coordination_new (void)
{
  TribesCoordination *self = g_new0 (TribesCoordination, 1);

  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  return self;
}

void
tribes_coordination_free (TribesCoordination *self)
{
  g_clear_pointer (&self->leader, tribes_member_unref);
  g_clear_pointer (&self->source, tribes_member_unref);
  g_ptr_array_unref (self->members);
  g_free (self);
}

TribesCoordination *
tribes_coordination_new (TribesMember *leader,
                         TribesMember *source,
                         GPtrArray *members,
                         const guint8 *id,
                         gboolean is_confirmation)
{
  TribesCoordination *self = coordination_new ();

  self->leader = tribes_member_ref (leader);
  self->source = tribes_member_ref (source);
  for (guint i = 0; i < members->len; i++)
    g_ptr_array_add (self->members, tribes_member_ref (members->pdata[i]));
  memcpy (self->id, id, sizeof self->id);
  self->is_confirmation = is_confirmation;
  return self;
}

static TribesMember *
read_member (TribesReader *reader, const char *what, GError **error)
{
  TribesMemberFields fields;
  TribesReader child;
  gsize size;

  if (!tribes_reader_length (reader, what, tribes_limits_get_default ()->member_bytes, &size, error)
      || !tribes_reader_child (reader, what, size, &child, error)
      || !tribes_member_parse (&child, &fields, error))
    return NULL;
  return tribes_member_new_from_fields (&fields);
}

static gboolean
read_members (TribesReader *reader, GPtrArray *members, GError **error)
{
  gint32 n;

  if (!tribes_reader_i32 (reader, "members of the view", &n, error))
    return FALSE;
  if (n < 0 || n > TRIBES_COORDINATION_MAX_MEMBERS)
    return tribes_reader_refuse (reader, TRIBES_ERROR_LIMIT, error,
                                 "members of the view: expected at most %d, found %d",
                                 TRIBES_COORDINATION_MAX_MEMBERS, n);
  for (gint32 i = 0; i < n; i++)
    {
      TribesMember *member = read_member (reader, "member of the view", error);

      if (!member)
        return FALSE;
      g_ptr_array_add (members, member);
    }
  return TRUE;
}

TribesCoordination *
tribes_coordination_parse (const guint8 *data, gsize size, gsize *end, GError **error)
{
  g_autoptr (TribesCoordination) self = coordination_new ();
  const guint8 *id, *type;
  TribesReader reader;

  tribes_reader_init (&reader, data, size);
  if (!tribes_reader_expect (&reader, "coordination header", head, sizeof head, error)
      || !(self->leader = read_member (&reader, "leader", error))
      || !(self->source = read_member (&reader, "source", error))
      || !read_members (&reader, self->members, error)
      || !tribes_reader_bytes (&reader, "id of the view", sizeof self->id, &id, error)
      || !tribes_reader_bytes (&reader, "type of coordination", sizeof request, &type, error)
      || (!end && !tribes_reader_finish (&reader, "coordination message", error)))
    return NULL;
  if (end)
    *end = tribes_reader_offset (&reader);
  memcpy (self->id, id, sizeof self->id);
  self->is_confirmation = memcmp (type, confirmation, sizeof confirmation) == 0;
  return g_steal_pointer (&self);
}

static void
write_member (TribesWriter *writer, TribesMember *member)
{
  gsize size;
  const guint8 *package = tribes_member_peek_package (member, &size);

  tribes_writer_u32 (writer, (guint32) size);
  tribes_writer_bytes (writer, package, size);
}

GBytes *
tribes_coordination_write (const TribesCoordination *self)
{
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_writer_bytes (&writer, head, sizeof head);
  write_member (&writer, self->leader);
  write_member (&writer, self->source);
  tribes_writer_u32 (&writer, self->members->len);
  for (guint i = 0; i < self->members->len; i++)
    write_member (&writer, self->members->pdata[i]);
  tribes_writer_bytes (&writer, self->id, sizeof self->id);
  tribes_writer_bytes (&writer, self->is_confirmation ? confirmation : request, sizeof request);
  return tribes_writer_steal_bytes (&writer);
}
