/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The states of a host's domains: what libvirt tells of all of them in one call.
 */
#include "collect/collect-guest.h"

void
vmc_guest_tables_clear(VmcGuestTables *tables)
{
    GHashTable **all[] = {
        &tables->states,    &tables->managed,     &tables->transient,
        &tables->snapshots, &tables->checkpoints,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_clear_pointer(all[i], g_hash_table_unref);
}

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
keep_state(GHashTable *states, const virDomainStatsRecord *record)
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
        keep_state(*ret_states, records[i]);
    virDomainStatsRecordListFree(records);
    return TRUE;
}

gboolean
vmc_guest_sets_fill(virConnectPtr conn, VmcGuestTables *tables, GError **error)
{
    return list_filtered(conn, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE, &tables->managed, error) &&
           list_filtered(conn, VIR_CONNECT_LIST_DOMAINS_TRANSIENT, &tables->transient, error) &&
           list_filtered(conn, VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT, &tables->snapshots, error) &&
           list_filtered(conn, VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT, &tables->checkpoints,
                         error);
}

gboolean
vmc_guest_tables_fill(virConnectPtr conn, VmcGuestTables *tables, GError **error)
{
    return list_states(conn, &tables->states, error) && vmc_guest_sets_fill(conn, tables, error);
}

/* "" where the driver can't tell. */
static const char *
answer(GHashTable *set, const char *uuid, gboolean among)
{
    return set ? vmc_yes_no(g_hash_table_contains(set, uuid) == among) : "";
}

/* Has it snapshots or checkpoints? */
static const char *
has_metadata(const VmcGuestTables *tables, const char *uuid)
{
    const char *snapshots = answer(tables->snapshots, uuid, TRUE);
    const char *checkpoints = answer(tables->checkpoints, uuid, TRUE);

    return g_str_equal(checkpoints, "yes") || g_str_equal(snapshots, "no") ? checkpoints
                                                                           : snapshots;
}

void
vmc_guest_list(VmcFacts *facts, const VmcGuestTables *tables, virDomainPtr *domains, size_t n)
{
    vmc_facts_add_row(facts, "host/domains.tsv", 0, NULL);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *uuid = uuid_of(domains[i]);
        /* An id is a running domain's, and known without a call. */
        gboolean active = virDomainGetID(domains[i]) != (unsigned int)-1;

        VMC_ADD_ROW(facts, "host/domains.tsv", virDomainGetName(domains[i]), uuid,
                    vmc_yes_no(active), answer(tables->transient, uuid, FALSE),
                    answer(tables->managed, uuid, TRUE), has_metadata(tables, uuid));
    }
}

/* FALSE: one that vanished meanwhile is no system any more. */
static gboolean
read_state(const VmcGuestTables *tables,
           virDomainPtr domain,
           const char *uuid,
           VmcGuestState *ret_state)
{
    const VmcGuestState *known = tables->states ? g_hash_table_lookup(tables->states, uuid) : NULL;

    if (!known)
        return virDomainGetState(domain, &ret_state->state, &ret_state->reason, 0) >= 0;
    *ret_state = *known;
    return TRUE;
}

static gboolean
is_saved(const VmcGuestTables *tables, virDomainPtr domain, const char *uuid)
{
    return tables->managed ? g_hash_table_contains(tables->managed, uuid)
                           : virDomainHasManagedSaveImage(domain, 0) == 1;
}

static void
add_state(VmcFacts *facts, const VmcGuestTables *tables, virDomainPtr domain)
{
    g_autofree char *uuid = uuid_of(domain);
    g_autofree char *state_text = NULL;
    g_autofree char *reason_text = NULL;
    VmcGuestState state = { 0 };

    if (!read_state(tables, domain, uuid, &state))
        return;
    state_text = g_strdup_printf("%d", state.state);
    reason_text = g_strdup_printf("%d", state.reason);
    VMC_ADD_ROW(facts, "host/states.tsv", virDomainGetName(domain), uuid, state_text, reason_text,
                vmc_yes_no(is_saved(tables, domain, uuid)), "none");
}

gboolean
vmc_collect_states(virConnectPtr conn, VmcFacts *facts, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virDomainFree);
    g_auto(VmcGuestTables) tables = { 0 };

    list.n = virConnectListAllDomains(conn, (virDomainPtr **)(void *)&list.items, 0);
    if (list.n < 0) {
        vmc_virt_set_error(error, "%s", _("can't list the domains"));
        return FALSE;
    }
    if (!vmc_guest_tables_fill(conn, &tables, error))
        return FALSE;
    vmc_facts_add_row(facts, "host/states.tsv", 0, NULL);
    for (int i = 0; i < list.n; i++)
        add_state(facts, &tables, list.items[i]);
    return TRUE;
}
