/* SPDX-License-Identifier: Apache-2.0 */
#include "xmlconf/xmlconf-error.h"

G_DEFINE_QUARK (xmlconf - error - quark, xmlconf_error)
