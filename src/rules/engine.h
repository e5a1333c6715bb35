/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the engine (rules.c) and the making of findings (finding.c) share; no
 * business of a rule's.
 */
#pragma once

#include "rules/rules.h"

struct _VmcFindings {
    GPtrArray *list;     /* VmcFinding * */
    const VmcRule *rule; /* the one that runs */
    const VmcDomcaps *domcaps;
    /* for what remedies name; NULL: not known */
    const char *guest, *destination; /* its name, its host name */
    const VmcNeed *need;             /* the one that is judged */
    GHashTable *assume, *ignore;     /* borrowed, may be NULL */
};

/* Whether @assume has a flag that lifts the rule. */
gboolean vmc_rule_is_assumed(const VmcRule *rule, GHashTable *assume);

/* rules-hypervisor.c: whether the guest is one of QEMU's, whose rules these are. */
gboolean vmc_rules_can_judge(const VmcRequirement *req);
