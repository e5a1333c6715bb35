/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a host has: all of it for an offer that is kept, or only what guests at
 * hand ask about.
 */
#include "collect/collect-internal.h"

static gboolean ask_parts(VmcAsk *ask, GError **error);

gboolean
vmc_ask_first(VmcAsk *ask, const char *table, const char *name)
{
    return g_hash_table_add(ask->seen, g_strdup_printf("%s/%s", table, name));
}

gboolean
vmc_ask_needs(VmcAsk *ask, VmcNeedKind kind, VmcNeedFunc *each, GError **error)
{
    for (size_t i = 0; i < ask->requirements->len; i++) {
        const VmcRequirement *requirement = ask->requirements->pdata[i];

        for (size_t j = 0; j < requirement->needs[kind]->len; j++) {
            if (!each(ask, requirement->needs[kind]->pdata[j], error))
                return FALSE;
        }
    }
    return TRUE;
}

gboolean
vmc_ask_has_needs(const VmcAsk *ask, VmcNeedKind kind)
{
    for (size_t i = 0; i < ask->requirements->len; i++) {
        const VmcRequirement *requirement = ask->requirements->pdata[i];

        if (requirement->needs[kind]->len > 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
ask_capabilities(VmcAsk *ask, GError **error)
{
    g_autofree char *capabilities = virConnectGetCapabilities(ask->conn);
    g_autofree char *host = NULL;

    if (!capabilities)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_CAPABILITIES, error);
    vmc_facts_set(ask->facts, "host/capabilities.xml", capabilities);
    host = vmc_capabilities_host(capabilities);
    ask->host = vmc_xml_parse(host, -1, VMC_MAX_XML, "capabilities", NULL);
    return TRUE;
}

gboolean
vmc_ask_host(VmcAsk *ask, GError **error)
{
    if (!vmc_collect_identity(ask->conn, ask->facts, error))
        return FALSE;
    vmc_collect_value(ask->facts, "host/host.tsv", "local", vmc_yes_no(ask->local));
    if (ask->local)
        vmc_local_kernel(ask->facts);
    return ask_capabilities(ask, error);
}

/* A guest whose CPU is only checked in part is compared, at its start, with the
 * physical CPU too (migration-rules.md 2.6). */
static gboolean
ask_physical_cpu(VmcAsk *ask, GError **error)
{
    const xmlNode *cpu = vmc_xml_path(xmlDocGetRootElement(ask->host), "host/cpu");
    g_autofree char *model = vmc_xml_text(vmc_xml_child(cpu, "model"));
    g_autofree char *arch = vmc_xml_text(vmc_xml_child(cpu, "arch"));

    if (!model || !arch || !*model)
        return TRUE;
    return vmc_collect_expansion(ask->conn, ask->facts, arch, model, error);
}

static void
ask_clear(VmcAsk *ask)
{
    g_clear_pointer(&ask->host, xmlFreeDoc);
    g_clear_pointer(&ask->seen, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmcAsk, ask_clear)

static gboolean
ask_all(virConnectPtr conn,
        const GPtrArray *requirements,
        gboolean complete,
        gboolean local,
        VmcFacts *facts,
        GError **error)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_auto(VmcAsk) ask = {
        .conn = conn,
        .facts = facts,
        .requirements = requirements ? requirements : none,
        .complete = complete,
        .local = local,
        .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };

    return ask_parts(&ask, error);
}

gboolean
vmc_collect_offer(virConnectPtr conn,
                  const GPtrArray *requirements,
                  int local_files,
                  VmcFacts *facts,
                  GError **error)
{
    gboolean local = vmc_collect_is_local(conn, local_files);

    return ask_all(conn, requirements, TRUE, local, facts, error);
}

gboolean
vmc_collect_answers(virConnectPtr conn,
                    const GPtrArray *requirements,
                    int local_files,
                    VmcFacts *facts,
                    GError **error)
{
    gboolean local = vmc_collect_is_local(conn, local_files);

    return ask_all(conn, requirements, FALSE, local, facts, error);
}

/* Later ones read what earlier ones wrote. */
static VmcAskFunc *const parts[] = {
    vmc_ask_host,     ask_physical_cpu,   vmc_ask_memory,     vmc_ask_cells,       vmc_ask_pages,
    vmc_ask_cpumap,   vmc_ask_domcaps,    vmc_ask_cpu_models, vmc_ask_cpu_names,   vmc_ask_domains,
    vmc_ask_networks, vmc_ask_interfaces, vmc_ask_nwfilters,  vmc_ask_pools,       vmc_ask_secrets,
    vmc_ask_nodedevs, vmc_ask_files,      vmc_ask_addresses,  vmc_ask_huge_mounts, vmc_ask_claims,
    vmc_ask_settings, vmc_ask_sysinfo,
};

static gboolean
ask_parts(VmcAsk *ask, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!parts[i](ask, error))
            return FALSE;
    }
    return TRUE;
}
