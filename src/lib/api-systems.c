/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The host and its domains as CIM_ComputerSystem.
 */
#include "collect/collect.h"
#include "lib/lib.h"

#include <vmcompat/vmcompat-libvirt.h>

static void
clear_system(void *opaque)
{
    VmcComputerSystem *system = opaque;

    g_free(system->name);
    g_free(system->element_name);
}

static GArray *
systems_new(const VmcFacts *facts, const VmcHost *host, GError **error)
{
    g_autoptr(VmcOffer) offer = vmc_derive_offer(facts, error);
    GArray *systems = NULL;
    const char *name = host->hostname ? host->hostname : "";
    VmcComputerSystem self = {
        .enabled_state = VMC_ENABLED_STATE_ENABLED,
        .health_state = 5,
        .operational_status = 2,
        .n_numa_nodes = offer ? offer->cells->len : 0,
        .is_host = TRUE,
    };

    if (!offer)
        return NULL;
    self.name = g_strdup(name);
    self.element_name = g_strdup(name);
    systems = g_array_new(FALSE, TRUE, sizeof(VmcComputerSystem));
    g_array_set_clear_func(systems, clear_system);
    g_array_append_val(systems, self);
    return systems;
}

/* cim.md B8: what runs is OK, a crashed domain has failed, the rest is dormant. */
static void
add_domain(
    GArray *systems, const char *name, const char *uuid, VmcEnabledState state, gboolean crashed)
{
    gboolean alive = vmc_enabled_state_class(state) == VMC_STATE_LIVE;
    VmcComputerSystem system = {
        .name = g_strdup(uuid),
        .element_name = g_strdup(name),
        .enabled_state = state,
        .health_state = crashed ? 20
                        : alive ? 5
                                : 0,
        .operational_status = crashed ? 6
                              : alive ? 2
                                      : 15,
    };

    g_array_append_val(systems, system);
}

static char *
format_systems(const GArray *systems, VmcFormat format, GError **error)
{
    const VmcComputerSystem *rows = (const void *)systems->data;

    switch (format) {
    case VMC_FORMAT_TEXT:
        return vmc_systems_plain(rows, systems->len);
    case VMC_FORMAT_JSON:
        return vmc_systems_json(rows, systems->len);
    case VMC_FORMAT_CIM:
        return vmc_systems_cim(rows, systems->len);
    case VMC_FORMAT_XML:
        break;
    }
    g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                        _("systems have no such format (text, json, cim)"));
    return NULL;
}

char *
vmc_systems_to_text(virConnectPtr conn, VmcFormat format, GError **error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GPtrArray) rows = NULL;
    g_autoptr(GArray) systems = NULL;
    g_auto(VmcHostHolder) host = { 0 };

    g_return_val_if_fail(conn != NULL, NULL);
    if (!vmc_collect_source(conn, facts, error) || !vmc_collect_states(conn, facts, error) ||
        !vmc_derive_host(facts, &host, error))
        return NULL;
    systems = systems_new(facts, &host, error);
    if (!systems)
        return NULL;
    rows = vmc_facts_rows(facts, "host/states.tsv", 6);
    for (size_t i = 0; rows && i < rows->len; i++) {
        char **row = rows->pdata[i];
        int state = (int)g_ascii_strtoll(row[2], NULL, 10);

        add_domain(systems, row[0], row[1],
                   vmc_enabled_state_from_libvirt(state, (int)g_ascii_strtoll(row[3], NULL, 10),
                                                  g_str_equal(row[4], "yes"), row[5]),
                   state == VIR_DOMAIN_CRASHED);
    }
    return format_systems(systems, format, error);
}

char *
vmc_document_systems_to_text(const VmcDocument *document, VmcFormat format, GError **error)
{
    g_autoptr(GArray) systems = NULL;

    g_return_val_if_fail(document != NULL, NULL);
    systems = systems_new(document->facts, &document->host, error);
    if (!systems)
        return NULL;
    for (size_t i = 0; i < document->systems->len; i++) {
        const VmcSystem *system = document->systems->pdata[i];

        add_domain(systems, system->name, system->uuid, system->enabled_state, FALSE);
    }
    return format_systems(systems, format, error);
}
