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

#define LATE_VOID(name, parameters, arguments) \
 void name parameters \
 { \
  void(*real) parameters = find(#name); \
  real arguments; \
 }

#define LATE(type, name, parameters, arguments) \
 type name parameters \
 { \
  type(*real) parameters = find(#name); \
  return real arguments; \
 }
