/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The parts of a document that are texts of their own: cut out before the document
 * is parsed, so that only what is asked for has to be.
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *start; /* "<name …>…</name>" */
    size_t length;
    size_t open, close; /* lengths of its tags */
} VmcSlice;

typedef struct {
    GString *rest;  /* the document, with a number for the content of each slice */
    GArray *slices; /* VmcSlice, by number; they point into the document's text */
} VmcSlices;

/* Is this child of <host> to be cut out? */
typedef gboolean VmcSliceWanted(const char *name, size_t length);

/* NULL: the document is not written as vmcompat writes it, or nothing was cut; then it
 * is to be parsed as a whole. */
VmcSlices *vmc_slices_cut(const char *xml, size_t length, VmcSliceWanted *wanted);
void vmc_slices_free(VmcSlices *slices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcSlices, vmc_slices_free)

/* The slice whose number an element of the rest holds; NULL: it holds none.
 * @slices may be NULL. */
const VmcSlice *vmc_slices_get(const VmcSlices *slices, const char *number);
