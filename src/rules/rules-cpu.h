/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the three files of rules about CPUs share.
 */
#pragma once

#include "rules/rules-internal.h"

#define LIBVIRT_ASKS_USABLE 10009000 /* whether QEMU calls the model usable */

gboolean vmc_is_x86(const VmcRequirement *req);
gboolean vmc_cpu_mode_is(const VmcRequirement *req, const char *mode);
gboolean vmc_cpu_is_custom(const VmcRequirement *req);    /* a named model */
gboolean vmc_cpu_is_unchecked(const VmcRequirement *req); /* check='none' */

/* The policy that the definition has for a feature, or NULL: it does not name it. */
const char *vmc_cpu_policy_of(const VmcRequirement *req, const char *name);
gboolean vmc_cpu_is_written(const VmcRequirement *req, const char *name);
gboolean vmc_cpu_policy_asks(const char *policy);

/* Features the guest needs and the destination can't give, sorted; NULL: none.
 * g_free() the array only. */
char **vmc_cpu_missing_features(const VmcRequirement *req,
                                const VmcOffer *offer,
                                const VmcDomcaps *domcaps);

/* Puts what the finding just added may come from before its remedy. */
void vmc_cpu_explain(const VmcRequirement *req, const VmcOffer *offer, VmcFindings *findings);

/* Whether two hosts' physical CPUs are known to differ, in microcode at least. */
gboolean vmc_hosts_cpus_differ(const VmcHost *source, const VmcHost *destination);
