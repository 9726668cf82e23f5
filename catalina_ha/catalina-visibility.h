/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* Everything is compiled with hidden visibility; this exports a symbol of libcatalina-ha. */
#define CATALINA_API __attribute__ ((visibility ("default"))) extern
