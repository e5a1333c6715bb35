/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tables of a document, read without an XML parser where they are written the way
 * vmcompat writes them.
 */
#pragma once

#include "model/facts.h"

#include "document/slices.h"

#define VMC_MAX_COLUMNS 8 /* of a table */

/* Every child of the slice is <@row>, whose attributes are @columns (NULL at the end).
 * FALSE: it is not written like that, and @fact is not there. */
gboolean vmc_rows_read(VmcFacts *facts,
                       const char *fact,
                       const char *row,
                       const char *const *columns,
                       const VmcSlice *slice);
