/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Public calls on checks, reports and rules.
 */
#include "lib/lib.h"

VmcReport *
vmc_report_ref(VmcReport *report)
{
    g_return_val_if_fail(report != NULL, NULL);
    return g_atomic_rc_box_acquire(report);
}

void
vmc_report_unref(VmcReport *report)
{
    if (report)
        g_atomic_rc_box_release_full(report, (GDestroyNotify)vmc_report_clear);
}

VmcReport *
vmc_check_offline(const VmcDocument *info,
                  const VmcDocument *offer,
                  const VmcCheckOptions *options,
                  GError **error)
{
    VmcDocument *infos[] = { (VmcDocument *)info };

    g_return_val_if_fail(info != NULL && offer != NULL, NULL);
    if (options && options->dry_run) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("a dry run asks the destination's libvirt and needs a connection"));
        return NULL;
    }
    if (!offer->offer) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_NO_OFFER,
                            _("the document holds no offer of a host (vmcompat offer makes one)"));
        return NULL;
    }
    return vmc_judge(infos, 1, offer->offer, offer->facts, options, error);
}

VmcReturnValue
vmc_check_system_compatibility_info_offline(
    GBytes *info, GBytes *offer, const VmcCheckOptions *options, VmcReport **report, GError **error)
{
    g_autoptr(VmcDocument) info_document = NULL;
    g_autoptr(VmcDocument) offer_document = NULL;
    g_autoptr(VmcReport) result = NULL;
    GError *why = NULL;

    g_return_val_if_fail(info != NULL && offer != NULL && report != NULL, VMC_RETURN_FAILED);
    info_document = vmc_document_from_bytes(info, 0, &why);
    if (info_document)
        offer_document = vmc_document_from_bytes(offer, 0, &why);
    if (offer_document)
        result = vmc_check_offline(info_document, offer_document, options, &why);
    if (!result)
        return vmc_return_error(error, why);
    *report = g_steal_pointer(&result);
    return vmc_report_return_value(*report);
}

char *
vmc_report_to_text(const VmcReport *report, VmcFormat format, unsigned int flags, GError **error)
{
    g_return_val_if_fail(report != NULL, NULL);

    switch (format) {
    case VMC_FORMAT_TEXT:
        return vmc_report_to_plain(report, flags);
    case VMC_FORMAT_JSON:
        return vmc_report_to_json(report);
    case VMC_FORMAT_XML:
        return vmc_report_to_xml(report);
    case VMC_FORMAT_CIM:
        return vmc_report_to_cim(report);
    }
    g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("no such format"));
    return NULL;
}

static const VmcSystemReport *
system_at(const VmcReport *report, size_t system)
{
    return report && system < report->systems->len ? report->systems->pdata[system] : NULL;
}

static const VmcFinding *
finding_at(const VmcReport *report, size_t system, size_t finding)
{
    const VmcSystemReport *found = system_at(report, system);

    return found && finding < found->findings->len ? found->findings->pdata[finding] : NULL;
}

char **
vmc_report_reasons(const VmcReport *report)
{
    g_autoptr(GPtrArray) reasons = g_ptr_array_new();

    g_return_val_if_fail(report != NULL, NULL);
    for (size_t i = 0; i < report->systems->len; i++) {
        const VmcSystemReport *system = report->systems->pdata[i];

        for (size_t j = 0; j < system->findings->len; j++) {
            const VmcFinding *finding = system->findings->pdata[j];

            if (finding->severity > VMC_SEVERITY_WARNING && !finding->waived)
                g_ptr_array_add(reasons, vmc_finding_to_cim(finding, system->name));
        }
    }
    g_ptr_array_add(reasons, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&reasons), FALSE);
}

size_t
vmc_report_n_systems(const VmcReport *report)
{
    g_return_val_if_fail(report != NULL, 0);
    return report->systems->len;
}

const char *
vmc_report_system_name(const VmcReport *report, size_t system)
{
    const VmcSystemReport *found = system_at(report, system);

    g_return_val_if_fail(found != NULL, NULL);
    return found->name;
}

VmcVerdict
vmc_report_system_verdict(const VmcReport *report, size_t system)
{
    const VmcSystemReport *found = system_at(report, system);

    g_return_val_if_fail(found != NULL, VMC_VERDICT_UNDECIDED);
    return found->verdict;
}

size_t
vmc_report_n_findings(const VmcReport *report, size_t system)
{
    const VmcSystemReport *found = system_at(report, system);

    g_return_val_if_fail(found != NULL, 0);
    return found->findings->len;
}

const char *
vmc_report_finding_rule(const VmcReport *report, size_t system, size_t finding)
{
    const VmcFinding *found = finding_at(report, system, finding);

    g_return_val_if_fail(found != NULL, NULL);
    return found->rule->id;
}

VmcSeverity
vmc_report_finding_severity(const VmcReport *report, size_t system, size_t finding)
{
    const VmcFinding *found = finding_at(report, system, finding);

    g_return_val_if_fail(found != NULL, VMC_SEVERITY_UNKNOWN);
    return found->severity;
}

VmcSeverity
vmc_report_finding_severity_was(const VmcReport *report, size_t system, size_t finding)
{
    const VmcFinding *found = finding_at(report, system, finding);

    g_return_val_if_fail(found != NULL, VMC_SEVERITY_UNKNOWN);
    return found->severity_was ? found->severity_was : found->severity;
}

gboolean
vmc_report_finding_waived(const VmcReport *report, size_t system, size_t finding)
{
    const VmcFinding *found = finding_at(report, system, finding);

    g_return_val_if_fail(found != NULL, FALSE);
    return found->waived;
}

const char *
vmc_report_finding_message(const VmcReport *report, size_t system, size_t finding)
{
    const VmcFinding *found = finding_at(report, system, finding);

    g_return_val_if_fail(found != NULL, NULL);
    return found->message;
}

char *
vmc_rules_to_text(const char *id, VmcFormat format, GError **error)
{
    const VmcRule *only = id ? vmc_rules_find(id) : NULL;

    if (id && vmc_site_is_rule_id(id)) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("'%s' is a program of the site: ask whoever put it there (vmcompat.conf(5))"),
                    id);
        return NULL;
    }
    if (id && !only) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("no rule is named '%s' (vmcompat rules lists them)"), id);
        return NULL;
    }
    if (format == VMC_FORMAT_JSON)
        return vmc_rules_json(only);
    if (format == VMC_FORMAT_TEXT)
        return vmc_rules_plain(only);
    g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                        _("rules have no such format (text, json)"));
    return NULL;
}
