/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the three files of rules about CPUs share.
 */
#pragma once

#include "rules/rules-internal.h"

gboolean vmc_is_x86(const VmcRequirement *req);
gboolean vmc_cpu_mode_is(const VmcRequirement *req, const char *mode);
gboolean vmc_cpu_is_whole_host(const VmcRequirement *req);      /* host-passthrough, maximum */
gboolean vmc_cpu_becomes_host_model(const VmcRequirement *req); /* when it starts */
gboolean vmc_cpu_is_custom(const VmcRequirement *req);          /* a named model */
gboolean vmc_cpu_is_unchecked(const VmcRequirement *req);       /* check='none', said or not */

/* At a start the destination's libvirt compares … */
typedef enum {
    VMC_CPU_START_NONE,       /* the guest is not off, and goes on with the CPU it has */
    VMC_CPU_START_UNCOMPARED, /* nothing, or only when QEMU runs (check='full') */
    VMC_CPU_START_WHOLE,      /* all that its own CPU map has for the model, the features
                                 and the vendor, with what the hypervisor gives and, for KVM,
                                 what the physical CPU has */
    VMC_CPU_START_BLOCKERS,   /* what QEMU says that the model lacks, and the features, with
                                 what the hypervisor gives */
    VMC_CPU_START_UNKNOWN,    /* all or nothing: its version is not known */
} VmcCpuStart;

/* @domcaps: may be NULL */
VmcCpuStart vmc_cpu_start(const VmcRequirement *req,
                          const VmcOffer *offer,
                          const VmcDomcaps *domcaps);

/* A feature as the definition names it, and its policy; NULL: it does not. */
const VmcCpuFeature *vmc_cpu_feature_of(const VmcRequirement *req, const char *name);
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
