/* SPDX-License-Identifier: Apache-2.0
 *
 * Web applications that members send in parts, without files and without clock: parts come in any
 * order and more than once; what comes out are steps, in the order in which somebody with a folder
 * has to take them. Tomcat counterpart: FileMessageFactory, and FarmWarDeployer's list of them.
 *
 * A name is a name of a file and nothing else. What others can make this hold is bounded for one
 * file and for all together, and what is not finished is given up: as Tomcat does, five minutes
 * after its last part, or when its sender goes.
 */
#pragma once

#include "catalina_ha/messages/catalina-deploy-message-private.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 file_bytes;    /* of one file */
  guint64 all_bytes;     /* of all that are unfinished */
  gsize waiting_bytes;   /* of parts that came before their turn, in all */
  guint files;           /* at once */
  gint64 max_valid_us;   /* since the last part */
} CatalinaToolFarmLimits;

extern const CatalinaToolFarmLimits catalina_tool_farm_limits;

typedef enum
{
  CATALINA_TOOL_FARM_BEGIN,
  CATALINA_TOOL_FARM_WRITE,
  CATALINA_TOOL_FARM_FINISH,
  CATALINA_TOOL_FARM_DROP, /* @reason says why */
} CatalinaToolFarmStepKind;

typedef struct
{
  CatalinaToolFarmStepKind kind;
  guint64 id;    /* which transfer; never used again */
  char *name;    /* of the file */
  char *context; /* that it is for */
  char *sender;
  GBytes *data; /* to write behind what was written before */
  char *reason;
} CatalinaToolFarmStep;

void catalina_tool_farm_step_clear (CatalinaToolFarmStep *step);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaToolFarmStep, catalina_tool_farm_step_clear)

typedef struct _CatalinaToolFarm CatalinaToolFarm;

CatalinaToolFarm *catalina_tool_farm_new (const CatalinaToolFarmLimits *limits);
void catalina_tool_farm_free (CatalinaToolFarm *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolFarm, catalina_tool_farm_free)

/* FALSE: refused; the first time for one transfer @error is set, then no more. */
gboolean catalina_tool_farm_receive (CatalinaToolFarm *self,
                                     const CatalinaDeployMessage *part,
                                     const char *sender,
                                     gint64 now_us,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Nothing of it could be written: there will be no more steps of it. */
void catalina_tool_farm_failed (CatalinaToolFarm *self, guint64 id);
void catalina_tool_farm_sender_gone (CatalinaToolFarm *self, const char *sender);
/* G_MAXINT64: nothing is unfinished. */
gint64 catalina_tool_farm_deadline (CatalinaToolFarm *self);
void catalina_tool_farm_expire (CatalinaToolFarm *self, gint64 now_us);
gboolean catalina_tool_farm_pop (CatalinaToolFarm *self, CatalinaToolFarmStep *step);

/* Whether this may be the name of a file in the folder. */
gboolean catalina_tool_farm_is_name (const char *name);
/* (transfer full) (nullable): the file of a context, as Tomcat names it: "/a/b##2" is "a#b##2.war";
 * NULL for what makes no name. */
char *catalina_tool_farm_name_of (const char *context);

G_END_DECLS
