/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/wire/tribes-error.h"

G_DEFINE_QUARK (tribes - error - quark, tribes_error)
