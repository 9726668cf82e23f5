/* SPDX-License-Identifier: Apache-2.0
 *
 * The error domain. Every message begins with file and line.
 */
#include "xmlconf/xmlconf-error.h"

G_DEFINE_QUARK (xmlconf - error - quark, xmlconf_error)
