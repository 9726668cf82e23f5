/* SPDX-License-Identifier: Apache-2.0 */
/* Included by every public header of libcatalina-ha, so what holds for all of them stands here. */
#pragma once

#if !defined(CATALINA_INSIDE) && !defined(CATALINA_COMPILATION)
#error "Only <catalina-ha/catalina-ha.h> can be included directly."
#endif

#include <glib.h>

/* Everything is compiled with hidden visibility; this exports a symbol of libcatalina-ha. */
#define CATALINA_API __attribute__ ((visibility ("default"))) extern
