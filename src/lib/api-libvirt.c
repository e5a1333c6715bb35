/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Public calls that take a libvirt connection or domain.
 */
#include "collect/collect.h"
#include "derive/embedded.h"
#include "lib/lib.h"

#include <vmcompat/vmcompat-libvirt.h>

VmcDocument *
vmc_document_from_domain(virDomainPtr domain, unsigned int flags, GError **error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    VMC_AUTO_VIR(virConnect) conn = NULL;

    g_return_val_if_fail(domain != NULL, NULL);
    if (vmc_refuse_flags(flags, 0, error))
        return NULL;
    conn = virDomainGetConnect(domain);
    virConnectRef(conn);
    if (!vmc_collect_source(conn, facts, error) || !vmc_collect_domain(domain, facts, error))
        return NULL;
    vmc_embedded_strip_facts(facts);
    return vmc_document_new(g_steal_pointer(&facts), error);
}

VmcDocument *
vmc_document_from_saved_image(virConnectPtr conn,
                              const char *file,
                              unsigned int flags,
                              GError **error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();

    g_return_val_if_fail(file != NULL, NULL);
    if (vmc_refuse_flags(flags, 0, error) || !vmc_collect_saved_image(conn, file, facts, error))
        return NULL;
    return vmc_document_new(g_steal_pointer(&facts), error);
}

static gboolean
collect_host_offer(virConnectPtr conn,
                   VmcFacts *facts,
                   VmcDocument *const *questions,
                   size_t n_questions,
                   int local_files,
                   GError **error)
{
    g_autoptr(GPtrArray) requirements = vmc_judged_requirements(questions, n_questions, NULL);

    if (!vmc_collect_offer(conn, requirements, local_files, facts, error))
        return FALSE;
    vmc_document_set_offer(facts, TRUE);
    return TRUE;
}

static gboolean
collect_host_domains(virConnectPtr conn,
                     VmcFacts *facts,
                     gboolean with_offer,
                     VmcProgressFunc progress,
                     void *opaque,
                     GPtrArray *skipped,
                     GError **error)
{
    if (with_offer)
        vmc_collect_claims_begin(facts);
    else if (!vmc_collect_source(conn, facts, error))
        return FALSE;
    return vmc_collect_domains(conn, facts, progress, opaque, skipped, error);
}

VmcDocument *
vmc_document_from_host(virConnectPtr conn,
                       unsigned int flags,
                       VmcDocument *const *questions,
                       size_t n_questions,
                       int local_files,
                       VmcProgressFunc progress,
                       void *opaque,
                       char ***skipped,
                       GError **error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    g_return_val_if_fail(conn != NULL, NULL);
    if (vmc_refuse_flags(flags, VMC_HOST_OFFER | VMC_HOST_DOMAINS | VMC_HOST_CPU_MODELS, error))
        return NULL;
    if ((flags & VMC_HOST_DOMAINS) &&
        !collect_host_domains(conn, facts, flags & VMC_HOST_OFFER, progress, opaque, names, error))
        return NULL;
    if ((flags & VMC_HOST_OFFER) &&
        !collect_host_offer(conn, facts, questions, n_questions, local_files, error))
        return NULL;
    if ((flags & VMC_HOST_CPU_MODELS) && !vmc_collect_cpu_models(conn, facts, error))
        return NULL;
    if (skipped) {
        g_ptr_array_add(names, NULL);
        g_ptr_array_set_free_func(names, NULL);
        *skipped = (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
    }
    vmc_embedded_strip_facts(facts);
    return vmc_document_new_unchecked(g_steal_pointer(&facts), error);
}

VmcReport *
vmc_check_connection(virConnectPtr conn,
                     VmcDocument *const *infos,
                     size_t n_infos,
                     const VmcCheckOptions *options,
                     GError **error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GPtrArray) requirements = NULL;
    g_autoptr(VmcOffer) offer = NULL;

    g_return_val_if_fail(conn != NULL && infos != NULL, NULL);
    requirements = vmc_judged_requirements(infos, n_infos, options);
    if (!vmc_collect_answers(conn, requirements, options ? options->local_files : -1, facts, error))
        return NULL;
    if (options && options->dry_run && !vmc_collect_dry_runs(conn, requirements, facts, error))
        return NULL;
    offer = vmc_derive_offer(facts, error);
    return offer ? vmc_judge(infos, n_infos, offer, facts, options, error) : NULL;
}

gboolean
vmc_collect_to_folder(virConnectPtr conn, const char *domain, const char *folder, GError **error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    VMC_AUTO_VIR(virDomain) found = NULL;

    g_return_val_if_fail(conn != NULL && folder != NULL, FALSE);
    if (!vmc_collect_offer(conn, NULL, -1, facts, error))
        return FALSE;
    if (!domain) {
        g_autoptr(GPtrArray) skipped = g_ptr_array_new_with_free_func(g_free);

        if (!vmc_collect_domains(conn, facts, NULL, NULL, skipped, error))
            return FALSE;
        return vmc_facts_save(facts, folder, error);
    }
    found = vmc_collect_lookup(conn, domain, error);
    if (!found || !vmc_collect_domain(found, facts, error))
        return FALSE;
    return vmc_facts_save(facts, folder, error);
}

static VmcDocument *
get_document(virConnectPtr conn, const char *computer_system, GError **error)
{
    VMC_AUTO_VIR(virDomain) domain = NULL;

    if (!computer_system)
        return vmc_document_from_host(conn, VMC_HOST_OFFER | VMC_HOST_DOMAINS, NULL, 0, -1, NULL,
                                      NULL, NULL, error);
    domain = vmc_collect_lookup(conn, computer_system, error);
    return domain ? vmc_document_from_domain(domain, 0, error) : NULL;
}

VmcReturnValue
vmc_get_system_compatibility_info(virConnectPtr conn,
                                  const char *computer_system,
                                  unsigned int flags,
                                  GBytes **info,
                                  GError **error)
{
    g_autoptr(VmcDocument) document = NULL;
    GError *why = NULL;
    GBytes *blob = NULL;

    g_return_val_if_fail(conn != NULL && info != NULL, VMC_RETURN_FAILED);
    document = get_document(conn, computer_system, &why);
    if (document)
        blob = vmc_document_to_blob(document, flags, &why);
    if (!blob)
        return vmc_return_error(error, why);
    *info = blob;
    return VMC_RETURN_COMPATIBLE;
}

VmcReturnValue
vmc_check_system_compatibility_info(virConnectPtr conn,
                                    GBytes *info,
                                    const VmcCheckOptions *options,
                                    VmcReport **report,
                                    GError **error)
{
    g_autoptr(VmcDocument) document = NULL;
    VmcReport *result = NULL;
    GError *why = NULL;

    g_return_val_if_fail(conn != NULL && info != NULL && report != NULL, VMC_RETURN_FAILED);
    document = vmc_document_from_bytes(info, 0, &why);
    if (document)
        result = vmc_check_connection(conn, &document, 1, options, &why);
    if (!result)
        return vmc_return_error(error, why);
    *report = result;
    return vmc_report_return_value(result);
}
