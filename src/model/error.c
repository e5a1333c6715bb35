/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two error domains.
 */
#include "model/error.h"

GQuark
vmc_error_quark(void)
{
    return g_quark_from_static_string("vmc-error");
}

GQuark
vmc_virt_error_quark(void)
{
    return g_quark_from_static_string("vmc-virt-error");
}
