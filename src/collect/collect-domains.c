/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All domains of a host.  What libvirt answers for all at once is asked for all
 * at once, so that an inactive domain costs one call: its definition.
 */
#include "collect/collect-guest.h"

static void
tables_clear(VmcGuestTables *tables)
{
    GHashTable **all[] = {
        &tables->states,    &tables->managed,     &tables->transient,
        &tables->snapshots, &tables->checkpoints,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_clear_pointer(all[i], g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmcGuestTables, tables_clear)

static char *
uuid_of(virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";

    virDomainGetUUIDString(domain, uuid);
    return g_strdup(uuid);
}

/* The domains a filter lets through; *@ret_set stays NULL if the driver does
 * not know the filter. */
static gboolean
list_filtered(virConnectPtr conn, unsigned int filter, GHashTable **ret_set, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virDomainFree);

    list.n = virConnectListAllDomains(conn, (virDomainPtr **)(void *)&list.items, filter);
    if (list.n < 0)
        return vmc_virt_absent(conn, error);
    *ret_set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < list.n; i++)
        g_hash_table_add(*ret_set, uuid_of(list.items[i]));
    return TRUE;
}

static void
add_state(GHashTable *states, const virDomainStatsRecord *record)
{
    VmcGuestState *state = g_new0(VmcGuestState, 1);

    if (virTypedParamsGetInt(record->params, record->nparams, "state.state", &state->state) == 1 &&
        virTypedParamsGetInt(record->params, record->nparams, "state.reason", &state->reason) == 1)
        g_hash_table_insert(states, uuid_of(record->dom), state);
    else
        g_free(state);
}

static gboolean
list_states(virConnectPtr conn, GHashTable **ret_states, GError **error)
{
    virDomainStatsRecordPtr *records = NULL;
    int n = virConnectGetAllDomainStats(conn, VIR_DOMAIN_STATS_STATE, &records, 0);

    if (n < 0)
        return vmc_virt_absent(conn, error);
    *ret_states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (int i = 0; i < n; i++)
        add_state(*ret_states, records[i]);
    virDomainStatsRecordListFree(records);
    return TRUE;
}

static gboolean
fill_tables(virConnectPtr conn, VmcGuestTables *tables, GError **error)
{
    return list_states(conn, &tables->states, error) &&
           list_filtered(conn, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, &tables->managed, error) &&
           list_filtered(conn, VIR_CONNECT_LIST_DOMAINS_TRANSIENT, &tables->transient, error) &&
           list_filtered(conn, VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT, &tables->snapshots, error) &&
           list_filtered(conn, VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT, &tables->checkpoints,
                         error);
}

/* FALSE: the connection is gone. */
static gboolean
collect_or_skip(VmcGuestAsk *ask, virDomainPtr domain, GPtrArray *skipped, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (vmc_guest_collect(ask, domain, &failure))
        return TRUE;
    if (g_error_matches(failure, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (!vmc_virt_absent(ask->conn, error))
        return FALSE;
    /* what it has for itself is taken all the same */
    if (ask->claims && virDomainIsActive(domain) == 1 &&
        !vmc_collect_claims(domain, ask->facts, error))
        return FALSE;
    if (skipped)
        g_ptr_array_add(skipped,
                        g_strdup_printf("%s: %s", virDomainGetName(domain), failure->message));
    return TRUE;
}

gboolean
vmc_collect_domains(virConnectPtr conn,
                    VmcFacts *facts,
                    void (*progress)(size_t done, size_t total, void *opaque),
                    void *opaque,
                    GPtrArray *skipped,
                    GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virDomainFree);
    g_auto(VmcGuestTables) tables = { 0 };
    g_auto(VmcGuestAsk) ask = { 0 };
    g_autoptr(VmcFetchAhead) ahead = NULL;

    list.n = virConnectListAllDomains(conn, (virDomainPtr **)(void *)&list.items, 0);
    if (list.n < 0) {
        vmc_virt_set_error(error, "%s", _("cannot list the domains: "));
        return FALSE;
    }
    if (!fill_tables(conn, &tables, error))
        return FALSE;
    vmc_guest_ask_init(&ask, conn, facts);
    ask.claims = vmc_facts_has(facts, VMC_CLAIMS);
    ask.tables = &tables;
    ahead = vmc_fetch_ahead_start((virDomainPtr *)(void *)list.items, (size_t)list.n);
    ask.ahead = ahead;
    for (int i = 0; i < list.n; i++) {
        if (progress)
            progress((size_t)i, (size_t)list.n, opaque);
        ask.index = (size_t)i;
        if (!collect_or_skip(&ask, list.items[i], skipped, error))
            return FALSE;
    }
    if (progress)
        progress((size_t)list.n, (size_t)list.n, opaque);
    return TRUE;
}
