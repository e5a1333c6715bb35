/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A fuzz target is this one function.  With clang -fsanitize=fuzzer libFuzzer
 * brings main(); without, link fuzz-main.c, which runs over files.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
