/* SPDX-License-Identifier: Apache-2.0 */
/* Included by every public header of libxmlconf, so what holds for all of them stands here. */
#pragma once

#if !defined(XMLCONF_INSIDE) && !defined(XMLCONF_COMPILATION)
#error "Only <xmlconf/xmlconf.h> can be included directly."
#endif

#include <glib-object.h>

/* Everything is compiled with hidden visibility; this exports a symbol of libxmlconf. */
#define XMLCONF_API __attribute__ ((visibility ("default"))) extern
