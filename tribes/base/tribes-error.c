/* SPDX-License-Identifier: Apache-2.0
 *
 * The quark alone: what the codes mean is in the header.
 */
#include "tribes/base/tribes-error.h"

G_DEFINE_QUARK (tribes - error - quark, tribes_error)
