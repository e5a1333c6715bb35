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

static GPtrArray *
run_rules(const VmcRequirement *requirement, const VmcOffer *offer, const VmcCheckOptions *options)
{
    return vmc_rules_run(requirement, offer, options ? options->assume : NULL,
                         options ? options->ignore : NULL);
}

/* "Would be compatible when shut off" is said only where it is known. */
static VmcTristate
judge_when_off(const VmcSystem *system, const VmcOffer *offer, const VmcCheckOptions *options)
{
    const VmcRequirement *off = vmc_system_requirement(system, VMC_STATE_OFF, NULL);
    g_autoptr(GPtrArray) findings = NULL;

    if (!off)
        return VMC_UNKNOWN;
    findings = run_rules(off, offer, options);
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
judge_system(const VmcDocument *info,
             const VmcSystem *system,
             const VmcOffer *offer,
             const VmcCheckOptions *options,
             GError **error)
{
    const VmcRequirement *requirement = requirement_to_judge(system, options, error);
    VmcSystemReport *result;

    if (!requirement)
        return NULL;
    result = vmc_system_report_new(system->name, system->uuid);
    result->enabled_state = system->enabled_state;
    result->judged_as = requirement->state;
    g_ptr_array_unref(result->findings);
    result->findings = run_rules(requirement, offer, options);
    if (options && options->max_age > 0)
        vmc_rules_check_age(result->findings, info->host.time, offer->host.time,
                            g_get_real_time() / G_USEC_PER_SEC, options->max_age, options->ignore);
    result->verdict = vmc_rules_verdict(result->findings);
    if (result->judged_as != VMC_STATE_OFF)
        result->compatible_when_off = judge_when_off(system, offer, options);
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
judge_document(VmcReport *report,
               const VmcDocument *info,
               const VmcOffer *offer,
               const VmcCheckOptions *options,
               GError **error)
{
    if (has_nothing_to_judge(info, error))
        return FALSE;
    for (size_t i = 0; i < info->systems->len; i++) {
        VmcSystemReport *system =
            judge_system(info, info->systems->pdata[i], offer, options, error);

        if (!system)
            return FALSE;
        g_ptr_array_add(report->systems, system);
    }
    return TRUE;
}

VmcReport *
vmc_judge(VmcDocument *const *infos,
          size_t n_infos,
          const VmcOffer *offer,
          const VmcCheckOptions *options,
          GError **error)
{
    g_autoptr(VmcReport) report = vmc_report_new(&offer->host);

    for (size_t i = 0; i < n_infos; i++) {
        if (!judge_document(report, infos[i], offer, options, error))
            return NULL;
    }
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
