/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Third answers and the states of a system.
 */
#pragma once

#include <vmcompat/vmcompat.h>

/* Zero-initialised means "not known"; nothing turns it into yes or no. */
typedef enum {
    VMC_UNKNOWN = 0,
    VMC_NO = 1,
    VMC_YES = 2,
} VmcTristate;

VmcTristate vmc_tristate_from_text(const char *text); /* yes|on|no|off, else unknown */
const char *vmc_tristate_to_text(VmcTristate value);  /* yes|no|unknown */

/* virDomainState + reason + managed save → EnabledState (design.md section 3).
 * @state, @reason: libvirt's numbers, which are ABI. */
VmcEnabledState vmc_enabled_state_from_libvirt(int state,
                                               int reason,
                                               gboolean managed_save,
                                               const char *job);

/* 6 → 32769 and the like, for what readers are given. */
VmcEnabledState vmc_enabled_state_normalize(unsigned int value);

/* VMC_STATE_NONE: in transition, or not a state of a guest. */
VmcState vmc_enabled_state_class(VmcEnabledState state);

const char *vmc_state_name(VmcState state);                /* live|saved|off, NULL */
VmcState vmc_state_from_name(const char *name);            /* VMC_STATE_NONE: no such */
char *vmc_version_text(guint64 version);                   /* 7002022 → "7.2.22"; g_free() */
const char *vmc_severity_name(VmcSeverity severity);       /* "blocker" … */
VmcSeverity vmc_severity_from_name(const char *name);      /* 0: no such */
const char *vmc_verdict_name(VmcVerdict verdict);          /* "compatible" … */
const char *vmc_enabled_state_name(VmcEnabledState state); /* "Enabled", "Disabled", … */
