/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions of a library that is loaded when the first of them is called.  Each
 * has the name and type of the real one and passes on; the compiler compares them
 * with the library's headers.  A function that is called and not listed fails at
 * link time: add its line.
 *
 * The file that lists them has "static void *find(const char *name)".
 */
#pragma once

#include <glib.h>

static void *find(const char *name);

/* It is looked for once: some are called a thousand times. */
static inline void *
late_function(void **kept, const char *name)
{
    if (!g_atomic_pointer_get(kept))
        g_atomic_pointer_set(kept, find(name));
    return g_atomic_pointer_get(kept);
}

#define LATE_VOID(name, parameters, arguments) \
 void name parameters \
 { \
  static void *kept; \
  void(*real) parameters = late_function(&kept, #name); \
  real arguments; \
 }

#define LATE(type, name, parameters, arguments) \
 type name parameters \
 { \
  static void *kept; \
  type(*real) parameters = late_function(&kept, #name); \
  return real arguments; \
 }
