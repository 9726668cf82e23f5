/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fuzz target is: one function over bytes. A fuzzing engine calls it with whatever it
 * thinks of, fuzz-driver.c with the files of the target's corpus and variations of them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
