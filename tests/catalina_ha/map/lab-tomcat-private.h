/* SPDX-License-Identifier: Apache-2.0
 *
 * What the model of a Tomcat's map consists of. What runs in a thread of its own there runs on a
 * stack of its own here, so that it can wait in the middle of a method for what it has sent.
 */
#pragma once

#include <ucontext.h>

#include "tests/catalina_ha/map/lab-tomcat.h"

G_BEGIN_DECLS

typedef struct _LabThread LabThread;
typedef void (*LabThreadFunc) (LabTomcat *self, LabThread *thread);

struct _LabThread
{
  ucontext_t context;
  guint8 *stack;
  LabThreadFunc run;
  char *key;
  TribesMember *member;
  CatalinaMapPacket packet; /* that came in */
  GBytes *owner;            /* of what it is borrowed from */
  gpointer value;           /* that is put */
  guint32 question;         /* that is answered */
  guint32 waits_for;        /* an output; 0: it runs */
  gboolean is_done;
  GPtrArray *failed;  /* of TribesMember: whom that did not reach */
  GPtrArray *sources; /* of TribesMember: who answered */
  GPtrArray *answers; /* (element-type GBytes) (nullable) */
};

struct _LabTomcat
{
  LabTomcatSettings settings;
  CatalinaMapState state;
  gboolean is_broken;  /* the map did not start */
  gboolean is_dead;    /* whatever is sent fails */
  GHashTable *entries; /* key -> LabTomcatEntry */
  GPtrArray *channel;  /* of TribesMember */
  GPtrArray *members;  /* of TribesMember: those of the map */
  GHashTable *seen;    /* TribesMember -> when, in microseconds */
  gint64 now_us;
  guint current_node;
  guint32 last_id;
  GPtrArray *threads; /* of LabThread, but for the one that runs */
  LabThread *thread;  /* the one that runs, or NULL */
  ucontext_t caller;
  GHashTable *requests; /* key -> CatalinaMapFinding, of get() */
  GQueue outputs;
};

/* Runs until it waits, or is done. Takes @thread. */
void lab_thread_run (LabTomcat *self, LabThread *thread);
LabThread *lab_thread_new (LabThreadFunc run, const char *key, TribesMember *member);

/* The thread that runs waits until it is sent. FALSE: it has not reached all, as thread->failed
 * tells. Takes @output. */
gboolean lab_tomcat_send (LabTomcat *self, CatalinaMapOutput *output, GPtrArray *to);
/* The same with a question, and its answers. */
gboolean lab_tomcat_ask (LabTomcat *self, CatalinaMapOutput *output, GPtrArray *to, gboolean all);
CatalinaMapOutput *lab_tomcat_say (LabTomcat *self,
                                   CatalinaMapMessageType type,
                                   const char *key,
                                   GBytes *value,
                                   TribesMember *primary,
                                   GPtrArray *nodes);
void lab_tomcat_fill (LabTomcat *self,
                      CatalinaMapPacket *packet,
                      CatalinaMapMessageType type,
                      const char *key,
                      GBytes *value);

/* Tomcat's methods. */
void lab_tomcat_init (LabTomcat *self, LabThread *thread);
void lab_tomcat_ping (LabTomcat *self, LabThread *thread);
void lab_tomcat_message_received (LabTomcat *self, const CatalinaMapMessage *message);
void lab_tomcat_member_disappeared (LabTomcat *self, TribesMember *member);
void lab_tomcat_map_member_added (LabTomcat *self, TribesMember *member);
void lab_tomcat_member_alive (LabTomcat *self, TribesMember *member);
GPtrArray *lab_tomcat_publish (LabTomcat *self, const char *key, GBytes *value);

/* (transfer full): those of @list who are not in @except, which may be NULL. */
GPtrArray *lab_tomcat_list_without (const GPtrArray *list, const GPtrArray *except);

/* (transfer full): nobody's yet. */
LabTomcatEntry *lab_tomcat_entry_new (LabTomcat *self);
LabTomcatEntry *lab_tomcat_entry_ref (LabTomcatEntry *entry);
void lab_tomcat_entry_unref (gpointer entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LabTomcatEntry, lab_tomcat_entry_unref)
void lab_tomcat_entry_set_role (LabTomcatEntry *entry, CatalinaMapRole role);
void lab_tomcat_entry_set_value (LabTomcat *self, LabTomcatEntry *entry, CatalinaMapBytes object);
void lab_tomcat_entry_set (LabTomcatEntry *entry, TribesMember *primary, GPtrArray *nodes);
GBytes *lab_tomcat_write (LabTomcat *self, const LabTomcatEntry *entry);

G_END_DECLS
