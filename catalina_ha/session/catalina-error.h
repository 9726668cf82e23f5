/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

/**
 * CATALINA_ERROR:
 *
 * Error domain of what is asked of a cluster and its managers; codes are of
 * [enum@CatalinaHa.Error].
 *
 * Since: 0.1
 */
#define CATALINA_ERROR (catalina_error_quark ())

/**
 * CatalinaError:
 * @CATALINA_ERROR_NO_SESSION: there is no such session (any more); nothing was done
 * @CATALINA_ERROR_STOPPED: the cluster is not started, or was stopped meanwhile, or the request has
 *   ended
 * @CATALINA_ERROR_OVER_LIMIT: it would exceed a limit; nothing was done. See
 *   [struct@CatalinaHa.Limits]
 * @CATALINA_ERROR_INVALID: a value, name or id cannot be written as Java does; nothing was done
 * @CATALINA_ERROR_NOT_EVERYWHERE: done here, but another member could not be told
 * @CATALINA_ERROR_UNCONFIRMED: done here, but another member did not confirm in time that it has
 *   it; it may
 * @CATALINA_ERROR_BUSY: done here, but too much is waiting to be sent; another member was not told
 * @CATALINA_ERROR_MISSING: done here, but no other member has such a context
 * @CATALINA_ERROR_ELSEWHERE: another member has the session, which has to be fetched first; nothing
 *   was done. See [method@CatalinaHa.Manager.begin_request_async]
 *
 * What went wrong, named by what a caller can do about it: where it is "done here" the session is
 * changed in this member.
 *
 * Since: 0.1
 */
typedef enum
{
  CATALINA_ERROR_NO_SESSION,
  CATALINA_ERROR_STOPPED,
  CATALINA_ERROR_OVER_LIMIT,
  CATALINA_ERROR_INVALID,
  CATALINA_ERROR_NOT_EVERYWHERE,
  CATALINA_ERROR_UNCONFIRMED,
  CATALINA_ERROR_BUSY,
  CATALINA_ERROR_MISSING,
  CATALINA_ERROR_ELSEWHERE,
} CatalinaError;

CATALINA_API
GQuark catalina_error_quark (void);

G_END_DECLS
