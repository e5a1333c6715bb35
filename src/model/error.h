/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What every folder needs to say that something failed.
 */
#pragma once

#include <vmcompat/vmcompat.h>

#ifdef GETTEXT_PACKAGE
# include <glib/gi18n-lib.h>
#else
# define GETTEXT_PACKAGE "vmcompat"
# include <glib/gi18n-lib.h>
#endif

/* Caps on what comes from outside, in bytes. */
#define VMC_MAX_XML (4u * 1024 * 1024)       /* libvirt's own RPC limit for a string */
#define VMC_MAX_DOCUMENT (64u * 1024 * 1024) /* a blob's original payload */
