/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

/* Everything is compiled with hidden visibility; this exports a symbol of libcatalina-ha. */
#define XMLCONF_API __attribute__ ((visibility ("default"))) extern
