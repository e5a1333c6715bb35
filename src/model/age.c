/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ages as people write them.
 */
#include "model/age.h"

gboolean
vmc_age_from_text(const char *text, guint64 *ret_seconds)
{
    static const struct {
        const char *unit;
        guint64 seconds;
    } units[] = {
        { "", 1 },     { "s", 1 },     { "m", 60 },     { "min", 60 },
        { "h", 3600 }, { "d", 86400 }, { "w", 604800 },
    };
    char *unit = NULL;
    guint64 number = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &unit, 10) : 0;

    for (size_t i = 0; unit && number <= G_MAXINT32 && i < G_N_ELEMENTS(units); i++) {
        if (g_str_equal(unit, units[i].unit)) {
            *ret_seconds = number * units[i].seconds;
            return TRUE;
        }
    }
    return FALSE;
}
