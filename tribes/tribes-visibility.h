/* SPDX-License-Identifier: Apache-2.0 */
/* Included by every public header of libtribes, so what holds for all of them stands here. */
#pragma once

#if !defined(TRIBES_INSIDE) && !defined(TRIBES_COMPILATION)
#error "Only <tribes/tribes.h> can be included directly."
#endif

#include <glib.h>

/* Everything is compiled with hidden visibility; this exports a symbol of libtribes. */
#define TRIBES_API __attribute__ ((visibility ("default"))) extern
