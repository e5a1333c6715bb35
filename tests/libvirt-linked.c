/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In place of collect/libvirt-late.c: this test calls libvirt itself and is
 * linked with it.
 */
#include "collect/libvirt-late.h"

gboolean
vmc_libvirt_load(void)
{
    return TRUE;
}
