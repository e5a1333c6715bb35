/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ages as people write them.
 */
#pragma once

#include <glib.h>

/* "90", "15m", "12h", "2d", "1w" → seconds; FALSE: it is none. */
gboolean vmc_age_from_text(const char *text, guint64 *ret_seconds);
