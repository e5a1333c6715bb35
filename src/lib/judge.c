/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Documents × offer → report.
 */
#include "lib/lib.h"

static VmcState
state_to_judge(const VmcSystem *system, const VmcCheckOptions *options)
{
    return options && options->as != VMC_STATE_NONE
               ? options->as
               : vmc_enabled_state_class(system->enabled_state);
}

static const VmcRequirement *
requirement_to_judge(const VmcSystem *system, const VmcCheckOptions *options, GError **error)
{
    VmcState state = state_to_judge(system, options);
    const VmcRequirement *requirement = NULL;
    GError *why = NULL;

    if (state == VMC_STATE_NONE) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_STATE,
                    _("domain '%1$s' is in transition (%2$s); get its information again"),
                    system->name, vmc_enabled_state_name(system->enabled_state));
        return NULL;
    }
    requirement = vmc_system_requirement(system, state, &why);
    if (why)
        g_propagate_error(error, why);
    else if (!requirement)
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_STATE,
                    _("domain '%1$s' can't be judged as %2$s: no definition of it is known"),
                    system->name, vmc_state_name(state));
    return requirement;
}

/* What is the same for all systems of one call. */
typedef struct {
    const VmcOffer *offer;
    const VmcCheckOptions *options; /* may be NULL */
    VmcSiteCheck *site;             /* NULL: no programs to ask */
    size_t n_judged, n_systems;
} Judging;

/* Site rules take their time; whoever waits for us is told that we live. */
static void
tell_progress(void *opaque)
{
    const Judging *judging = opaque;
    const VmcCheckOptions *options = judging->options;

    if (options && options->progress)
        options->progress(judging->n_judged, judging->n_systems, options->opaque);
}

static void
apply_policy(const Judging *judging, GPtrArray *findings)
{
    const VmcCheckOptions *options = judging->options;

    if (options)
        vmc_rules_set_severities(findings, options->severities, options->assume, options->ignore);
}

/* What the offer tells for this guest alone is damaged: that is no answer. */
static gboolean
is_readable(const Judging *judging, const VmcRequirement *requirement, GError **error)
{
    GError *why = NULL;

    vmc_derive_domcaps_for(judging->offer, requirement, &why);
    if (why)
        g_propagate_error(error, why);
    return !why;
}

static GPtrArray *
run_rules(const Judging *judging, const VmcRequirement *requirement)
{
    const VmcCheckOptions *options = judging->options;
    GPtrArray *findings =
        vmc_rules_run(requirement, judging->offer, options ? options->assume : NULL,
                      options ? options->ignore : NULL);

    apply_policy(judging, findings);
    return findings;
}

static gboolean
ask_site(const Judging *judging,
         const VmcDocument *info,
         const VmcSystem *system,
         const VmcRequirement *requirement,
         GPtrArray *findings,
         GError **error)
{
    if (!judging->site)
        return TRUE;
    if (!vmc_site_check_system(judging->site, info, system, requirement, judging->options->ignore,
                               findings, error))
        return FALSE;
    apply_policy(judging, findings);
    return TRUE;
}

static void
check_age(const Judging *judging, const VmcDocument *info, GPtrArray *findings)
{
    const VmcCheckOptions *options = judging->options;

    if (!options || options->max_age == 0)
        return;
    vmc_rules_check_age(findings, info->host.time, judging->offer->host.time,
                        g_get_real_time() / G_USEC_PER_SEC, options->max_age, options->ignore);
    apply_policy(judging, findings);
}

/* "Would be compatible when shut off" is said only where it is known.  Programs of
 * the site are asked anew, since they may judge by the state; but not in vain. */
static VmcTristate
judge_when_off(const Judging *judging, const VmcDocument *info, const VmcSystem *system)
{
    const VmcRequirement *off = vmc_system_requirement(system, VMC_STATE_OFF, NULL);
    g_autoptr(GPtrArray) findings = NULL;

    if (!off)
        return VMC_UNKNOWN;
    findings = run_rules(judging, off);
    check_age(judging, info, findings);
    if (vmc_rules_verdict(findings) != VMC_VERDICT_INCOMPATIBLE &&
        !ask_site(judging, info, system, off, findings, NULL))
        return VMC_UNKNOWN;
    switch (vmc_rules_verdict(findings)) {
    case VMC_VERDICT_COMPATIBLE:
        return VMC_YES;
    case VMC_VERDICT_INCOMPATIBLE:
        return VMC_NO;
    case VMC_VERDICT_UNDECIDED:
        break;
    }
    return VMC_UNKNOWN;
}

static VmcSystemReport *
judge_system(const Judging *judging,
             const VmcDocument *info,
             const VmcSystem *system,
             GError **error)
{
    const VmcRequirement *requirement = requirement_to_judge(system, judging->options, error);
    g_autoptr(GPtrArray) findings = NULL;
    VmcSystemReport *result;

    if (!requirement || !is_readable(judging, requirement, error))
        return NULL;
    findings = run_rules(judging, requirement);
    check_age(judging, info, findings);
    if (!ask_site(judging, info, system, requirement, findings, error))
        return NULL;
    result = vmc_system_report_new(system->name, system->uuid);
    result->enabled_state = system->enabled_state;
    result->judged_as = requirement->state;
    g_ptr_array_unref(result->findings);
    result->findings = g_steal_pointer(&findings);
    result->verdict = vmc_rules_verdict(result->findings);
    if (result->judged_as != VMC_STATE_OFF)
        result->compatible_when_off = judge_when_off(judging, info, system);
    return result;
}

/* The blob of a host without guests is no mistake: nothing stands in the way. */
static gboolean
has_nothing_to_judge(const VmcDocument *info, GError **error)
{
    if (info->systems->len > 0 || info->offer)
        return FALSE;
    g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                        _("the document holds no system that could be judged"));
    return TRUE;
}

static gboolean
judge_document(VmcReport *report, Judging *judging, const VmcDocument *info, GError **error)
{
    if (has_nothing_to_judge(info, error))
        return FALSE;
    for (size_t i = 0; i < info->systems->len; i++) {
        VmcSystemReport *system = judge_system(judging, info, info->systems->pdata[i], error);

        if (!system)
            return FALSE;
        judging->n_judged++;
        g_ptr_array_add(report->systems, system);
    }
    return TRUE;
}

static gboolean
judge_documents(
    VmcReport *report, Judging *judging, VmcDocument *const *infos, size_t n_infos, GError **error)
{
    for (size_t i = 0; i < n_infos; i++)
        judging->n_systems += infos[i]->systems->len;
    for (size_t i = 0; i < n_infos; i++) {
        if (!judge_document(report, judging, infos[i], error))
            return FALSE;
    }
    return TRUE;
}

VmcReport *
vmc_judge(VmcDocument *const *infos,
          size_t n_infos,
          const VmcOffer *offer,
          const VmcFacts *facts,
          const VmcCheckOptions *options,
          GError **error)
{
    g_autoptr(VmcReport) report = vmc_report_new(&offer->host);
    g_autoptr(VmcSiteCheck) site = NULL;
    Judging judging = { .offer = offer, .options = options };
    GError *why = NULL;

    if (options)
        site = vmc_site_check_new(&options->site, facts, tell_progress, &judging, &why);
    if (why) {
        g_propagate_error(error, why);
        return NULL;
    }
    judging.site = site;
    if (!judge_documents(report, &judging, infos, n_infos, error))
        return NULL;
    return g_steal_pointer(&report);
}

static void
add_requirement(GPtrArray *requirements, const VmcSystem *system, VmcState state)
{
    const VmcRequirement *requirement = vmc_system_requirement(system, state, NULL);

    if (requirement)
        g_ptr_array_add(requirements, (void *)requirement);
}

GPtrArray *
vmc_judged_requirements(VmcDocument *const *infos, size_t n_infos, const VmcCheckOptions *options)
{
    GPtrArray *requirements = g_ptr_array_new();

    for (size_t i = 0; i < n_infos; i++) {
        for (size_t j = 0; j < infos[i]->systems->len; j++) {
            const VmcSystem *system = infos[i]->systems->pdata[j];
            VmcState state = state_to_judge(system, options);
            add_requirement(requirements, system, state);
            if (state != VMC_STATE_OFF)
                add_requirement(requirements, system, VMC_STATE_OFF);
        }
    }
    return requirements;
}
