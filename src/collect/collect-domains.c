/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All domains of a host.  What libvirt answers for all at once is asked for all
 * at once, so that an inactive domain costs one call: its definition.
 */
#include "collect/collect-guest.h"

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
    if (!vmc_guest_tables_fill(conn, &tables, error))
        return FALSE;
    vmc_guest_ask_init(&ask, conn, facts);
    ask.claims = vmc_facts_has(facts, VMC_CLAIMS);
    if (ask.claims) /* of an offer, which needs this, too */
        vmc_guest_list(facts, &tables, (virDomainPtr *)(void *)list.items, (size_t)list.n);
    ask.tables = &tables;
    ask.ahead = ahead = vmc_fetch_ahead_start((virDomainPtr *)(void *)list.items, (size_t)list.n);
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
