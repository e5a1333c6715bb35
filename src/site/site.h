/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules of the site: programs that are asked about each guest, and answer with
 * findings.  Each is bounded in time and output; one that fails is an unknown.
 *
 * vmcompat.conf(5) has the contract with the programs.
 */
#pragma once

#include "document/document.h"
#include "rules/rules.h"

/* Which programs, and how. */
typedef struct {
    GPtrArray *folders;      /* char *: absolute, in the order of asking */
    char *extchecks;         /* folder of libvirt-cim's checks, or NULL */
    char **extchecks_params; /* its CheckParameters, or NULL */
    unsigned int timeout;    /* seconds for each program; 0: the default of its kind */
    gint64 deadline;         /* for all of them (monotonic time); 0: none */
} VmcSitePrograms;

void vmc_site_programs_clear(VmcSitePrograms *programs);

#define VMC_SITE_TIMEOUT 5u       /* seconds */
#define VMC_EXTCHECKS_TIMEOUT 10u /* as in libvirt-cim */

/* "site/NAME" or "extcheck/NAME": the rule of a program, here or elsewhere. */
gboolean vmc_site_is_rule_id(const char *id);

/* One check: the programs found, the offer written down for them, and which of
 * them did not end in time (they are not asked again). */
typedef struct _VmcSiteCheck VmcSiteCheck;

/* Called now and then while a program runs. */
typedef void (*VmcTickFunc)(void *opaque);

/* NULL without @error set where there is no program to ask.  Borrows all it is
 * given. */
VmcSiteCheck *vmc_site_check_new(const VmcSitePrograms *programs,
                                 const VmcFacts *offer,
                                 VmcTickFunc tick,
                                 void *opaque,
                                 GError **error);
void vmc_site_check_free(VmcSiteCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcSiteCheck, vmc_site_check_free)

/* Asks all programs about @system, judged as @requirement, and adds what they
 * say to @findings.  @ignore: as vmc_rules_run(). */
gboolean vmc_site_check_system(VmcSiteCheck *check,
                               const VmcDocument *info,
                               const VmcSystem *system,
                               const VmcRequirement *requirement,
                               GHashTable *ignore,
                               GPtrArray *findings,
                               GError **error);
