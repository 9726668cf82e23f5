/* SPDX-License-Identifier: Apache-2.0
 *
 * What replicated maps say to each other: a session of a BackupManager or one who is logged in
 * everywhere goes whole or as what changed, with who has it and who else.
 *
 * Tomcat counterpart: `AbstractReplicatedMap.MapMessage`, which is the same from 7.0 on.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/java/value/tribes-java-value.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

#define CATALINA_MAP_MESSAGE_CLASS                                                                 \
  "org.apache.catalina.tribes.tipis.AbstractReplicatedMap$MapMessage"

/* Members that one message names at most: more than any cluster has. */
#define CATALINA_MAP_MAX_NODES 1024

typedef enum
{
  CATALINA_MAP_BACKUP = 1,
  CATALINA_MAP_RETRIEVE_BACKUP = 2,
  CATALINA_MAP_PROXY = 3,
  CATALINA_MAP_REMOVE = 4,
  CATALINA_MAP_STATE = 5,
  CATALINA_MAP_START = 6,
  CATALINA_MAP_STOP = 7,
  CATALINA_MAP_INIT = 8,
  CATALINA_MAP_COPY = 9,
  CATALINA_MAP_STATE_COPY = 10,
  CATALINA_MAP_ACCESS = 11,
  CATALINA_MAP_NOTIFY_MEMBER = 12,
  CATALINA_MAP_PING = 13,
} CatalinaMapMessageType;

/* As a map tells those who ask whether it is alive. */
typedef enum
{
  CATALINA_MAP_STATE_NEW,
  CATALINA_MAP_STATE_TRANSFERRED,
  CATALINA_MAP_STATE_INITIALIZED,
  CATALINA_MAP_STATE_DESTROYED,
} CatalinaMapState;

/* Bytes of somebody else; @data is NULL for Java's null. */
typedef struct
{
  const guint8 *data;
  gsize size;
} CatalinaMapBytes;

/* The bytes are borrowed from what was decoded, or given by who encodes. Key and value are Java
 * streams of their own, and so is what changed. */
typedef struct
{
  gint32 type; /* CatalinaMapMessageType, or what a newer Tomcat means */
  gboolean is_diff;
  CatalinaMapBytes map; /* name of the map, in ISO-8859-1 */
  CatalinaMapBytes key;
  CatalinaMapBytes value;
  CatalinaMapBytes diff;
  GPtrArray *nodes; /* (nullable): of TribesMember: who has a copy; shared, not to be changed */
  TribesMember *primary; /* (nullable) */
  /* When decoded: the serialVersionUID of MemberImpl where it stands; a Tomcat that has another one
   * cannot read the message. 0: every Tomcat can. */
  guint64 form;
} CatalinaMapMessage;

CATALINA_API
void catalina_map_message_clear (CatalinaMapMessage *message);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaMapMessage, catalina_map_message_clear)

/* "backup", "retrieve-backup" ...; NULL: there is no such type. */
CATALINA_API
const char *catalina_map_message_type_to_string (gint32 type);
/* The name of the map, in UTF-8; NULL without one. */
CATALINA_API
char *catalina_map_message_dup_map (const CatalinaMapMessage *message);
/* The key, where that is a string without NUL: the id of a session. Else NULL. */
CATALINA_API
char *catalina_map_message_dup_key (const CatalinaMapMessage *message);
/* The same without a copy, where it is written plainly; as nearly every key is. */
CATALINA_API
gboolean catalina_map_message_peek_key (const CatalinaMapMessage *message,
                                        const char **key,
                                        gsize *size) G_GNUC_WARN_UNUSED_RESULT;
/* What a ping was answered with. */
CATALINA_API
gboolean catalina_map_message_get_state (const CatalinaMapMessage *message,
                                         CatalinaMapState *state,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "127.0.0.1:4000", "[2001:db8::7]:4000": where @member's receiver is. */
CATALINA_API
char *catalina_map_dup_endpoint (TribesMember *member);
/* "new", "transferred", "initialized", "destroyed" */
CATALINA_API
const char *catalina_map_state_to_string (CatalinaMapState state);

/* Reads the payload of a channel message, which has to be one map message and nothing else.
 * @message is borrowed from @data, and needs clearing in any case. */
CATALINA_API
gboolean catalina_map_message_decode (const guint8 *data,
                                      gsize size,
                                      CatalinaMapMessage *message,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The entries of a map, as the answer to STATE or STATE_COPY has them for its value: one by one, so
 * that a map of any size can be taken over in many turns of a main loop. */
typedef struct _CatalinaMapReader CatalinaMapReader;

/* @data has to stay. */
CATALINA_API
CatalinaMapReader *catalina_map_reader_new_for_list (const guint8 *data,
                                                     gsize size,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
void catalina_map_reader_free (CatalinaMapReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaMapReader, catalina_map_reader_free)
/* Messages still to be read. */
CATALINA_API
guint catalina_map_reader_get_left (const CatalinaMapReader *self);
CATALINA_API
gsize catalina_map_reader_get_offset (const CatalinaMapReader *self);
/* @message is borrowed from the list, and needs clearing in any case. */
CATALINA_API
gboolean catalina_map_reader_next (CatalinaMapReader *self,
                                   CatalinaMapMessage *message,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How members are written, of which Tomcats of different versions know different forms. Where it is
 * NULL: in the one that all of them read. */
typedef TribesJavaValue *(*CatalinaMapMemberFunc) (TribesMember *member, gpointer user_data);

/* The object that goes into a question or an answer, or alone. A member that stands in @messages
 * more than once is one object. */
CATALINA_API
TribesJavaValue *catalina_map_message_build (const CatalinaMapMessage *message,
                                             CatalinaMapMemberFunc member,
                                             gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* The payload of a channel message. */
CATALINA_API
GBytes *catalina_map_message_encode (const CatalinaMapMessage *message,
                                     CatalinaMapMemberFunc member,
                                     gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* What the answer to STATE or STATE_COPY has for its value. */
CATALINA_API
GBytes *catalina_map_list_encode (const CatalinaMapMessage *messages,
                                  guint n_messages,
                                  CatalinaMapMemberFunc member,
                                  gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
/* The same, message by message, so that a map of any size can be written in many turns of a main
 * loop. Messages that follow each other and have the same bytes for their map share them. */
typedef struct _CatalinaMapListWriter CatalinaMapListWriter;

CATALINA_API
CatalinaMapListWriter *catalina_map_list_writer_new (CatalinaMapMemberFunc member,
                                                     gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
void catalina_map_list_writer_free (CatalinaMapListWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaMapListWriter, catalina_map_list_writer_free)
/* FALSE: a member cannot be written, or the list is too long to take it. */
CATALINA_API
gboolean
catalina_map_list_writer_add (CatalinaMapListWriter *self,
                              const CatalinaMapMessage *message) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
gsize catalina_map_list_writer_get_size (const CatalinaMapListWriter *self);
/* Nothing can be added any more. */
CATALINA_API
GBytes *catalina_map_list_writer_finish (CatalinaMapListWriter *self);
/* What a message has for its key: the stream of a string. */
CATALINA_API
GBytes *catalina_map_key_encode (const char *key) G_GNUC_WARN_UNUSED_RESULT;
/* What the answer to a ping has for its value. */
CATALINA_API
GBytes *catalina_map_state_encode (CatalinaMapState state) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
