/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The noun: what was judged, and what came of it.
 */
#include "report/report.h"

VmcSystemReport *
vmc_system_report_new(const char *name, const char *uuid)
{
    VmcSystemReport *system = g_atomic_rc_box_new0(VmcSystemReport);

    system->name = g_strdup(name ? name : "");
    system->uuid = g_strdup(uuid ? uuid : "");
    system->findings = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_finding_free);
    return system;
}

static void
clear_system(void *opaque)
{
    VmcSystemReport *system = opaque;

    g_free(system->name);
    g_free(system->uuid);
    g_clear_pointer(&system->findings, g_ptr_array_unref);
}

/* Drops one reference: merged reports share their systems. */
void
vmc_system_report_free(VmcSystemReport *system)
{
    if (system)
        g_atomic_rc_box_release_full(system, clear_system);
}

VmcReport *
vmc_report_new(const VmcHost *destination)
{
    VmcReport *report = g_atomic_rc_box_new0(VmcReport);

    vmc_host_copy(&report->destination, destination);
    report->systems = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_system_report_free);
    return report;
}

void
vmc_report_clear(VmcReport *report)
{
    vmc_host_clear(&report->destination);
    g_clear_pointer(&report->systems, g_ptr_array_unref);
}

static void
share_systems(VmcReport *report, const VmcReport *from)
{
    for (size_t i = 0; i < from->systems->len; i++)
        g_ptr_array_add(report->systems, g_atomic_rc_box_acquire(from->systems->pdata[i]));
}

VmcReport *
vmc_report_merge(const VmcReport *report, const VmcReport *other)
{
    VmcReport *merged;

    g_return_val_if_fail(report != NULL && other != NULL, NULL);
    merged = vmc_report_new(&report->destination);
    share_systems(merged, report);
    share_systems(merged, other);
    return merged;
}

VmcVerdict
vmc_report_verdict(const VmcReport *report)
{
    VmcVerdict worst = VMC_VERDICT_COMPATIBLE;

    g_return_val_if_fail(report != NULL, VMC_VERDICT_UNDECIDED);
    for (size_t i = 0; i < report->systems->len; i++) {
        const VmcSystemReport *system = report->systems->pdata[i];
        worst = MAX(worst, system->verdict);
    }
    return worst;
}

VmcReturnValue
vmc_report_return_value(const VmcReport *report)
{
    switch (vmc_report_verdict(report)) {
    case VMC_VERDICT_COMPATIBLE:
        return VMC_RETURN_COMPATIBLE;
    case VMC_VERDICT_UNDECIDED:
        return VMC_RETURN_STATUS_UNKNOWN;
    case VMC_VERDICT_INCOMPATIBLE:
        break;
    }
    return VMC_RETURN_NOT_COMPATIBLE;
}

int
vmc_report_exit_status(const VmcReport *report)
{
    switch (vmc_report_verdict(report)) {
    case VMC_VERDICT_COMPATIBLE:
        return 0;
    case VMC_VERDICT_UNDECIDED:
        return 3;
    case VMC_VERDICT_INCOMPATIBLE:
        break;
    }
    return 2;
}
