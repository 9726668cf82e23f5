/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/session/catalina-error.h"

G_DEFINE_QUARK (catalina - error - quark, catalina_error)
