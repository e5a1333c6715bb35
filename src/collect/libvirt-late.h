/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt, loaded late.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

/* Loads libvirt unless it is loaded already; FALSE: it is not installed.  To be
 * called before any function of libvirt's where no connection is at hand. */
gboolean vmc_libvirt_load(void);
