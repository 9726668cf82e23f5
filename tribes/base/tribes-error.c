/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-error.h"

G_DEFINE_QUARK (tribes - error - quark, tribes_error)
