/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What findings amount to: severities that the caller set, order, verdict.
 */
#include "rules/engine.h"

/* What rules of tables say at their row's severity is their failure.  A program of
 * the site has no row: all but its notes and what it does not know is. */
static gboolean
is_failure(const VmcFinding *finding)
{
    if (finding->own_rule)
        return finding->severity > VMC_SEVERITY_NOTE && finding->severity != VMC_SEVERITY_UNKNOWN;
    return finding->severity == finding->rule->severity;
}

/* Where a failure would only be warned of, not knowing decides nothing either. */
static VmcSeverity
severity_by_policy(const VmcFinding *finding, GHashTable *severities)
{
    VmcSeverity wanted = (VmcSeverity)GPOINTER_TO_INT(
        severities ? g_hash_table_lookup(severities, finding->rule->id) : NULL);

    if (!wanted)
        return finding->severity;
    return is_failure(finding) ? wanted : MIN(finding->severity, wanted);
}

static gboolean
is_lifted(const VmcFinding *finding, GHashTable *assume)
{
    return (finding->severity == VMC_SEVERITY_CONDITIONAL ||
            finding->severity == VMC_SEVERITY_UNKNOWN) &&
           vmc_rule_is_assumed(finding->rule, assume);
}

void
vmc_rules_set_severities(GPtrArray *findings,
                         GHashTable *severities,
                         GHashTable *assume,
                         GHashTable *ignore)
{
    for (size_t i = 0; i < findings->len; i++) {
        VmcFinding *finding = findings->pdata[i];
        VmcSeverity severity = severity_by_policy(finding, severities);
        gboolean ignored = FALSE;

        if (severity == finding->severity)
            continue;
        ignored = (ignore && g_hash_table_contains(ignore, finding->rule->id)) ||
                  (finding->waived && !is_lifted(finding, assume));
        finding->severity_was = finding->severity;
        finding->severity = severity;
        finding->waived = ignored || is_lifted(finding, assume);
    }
    vmc_rules_sort(findings);
}

static int
by_weight(const void *a, const void *b)
{
    const VmcFinding *x = *(const VmcFinding *const *)a;
    const VmcFinding *y = *(const VmcFinding *const *)b;

    return (int)y->severity - (int)x->severity;
}

void
vmc_rules_sort(GPtrArray *findings)
{
    g_ptr_array_sort(findings, by_weight);
}

VmcVerdict
vmc_rules_verdict(const GPtrArray *findings)
{
    VmcVerdict verdict = VMC_VERDICT_COMPATIBLE;

    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        if (finding->waived)
            continue;
        if (finding->severity >= VMC_SEVERITY_CONDITIONAL)
            return VMC_VERDICT_INCOMPATIBLE;
        if (finding->severity >= VMC_SEVERITY_UNKNOWN)
            verdict = VMC_VERDICT_UNDECIDED;
    }
    return verdict;
}
