/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The states of a host's domains, and nothing else of them.
 */
#include "collect/collect.h"

#include "model/error.h"

#include <stdlib.h>

static void
add_state(VmcFacts *facts, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    g_autofree char *state_text = NULL;
    g_autofree char *reason_text = NULL;
    int state = 0;
    int reason = 0;

    /* One that vanished meanwhile is no system any more. */
    if (virDomainGetState(domain, &state, &reason, 0) < 0 ||
        virDomainGetUUIDString(domain, uuid) < 0)
        return;
    state_text = g_strdup_printf("%d", state);
    reason_text = g_strdup_printf("%d", reason);
    vmc_facts_add_row(facts, "host/states.tsv", 6,
                      (const char *[]){ virDomainGetName(domain), uuid, state_text, reason_text,
                                        virDomainHasManagedSaveImage(domain, 0) == 1 ? "yes" : "no",
                                        "none" });
}

gboolean
vmc_collect_states(virConnectPtr conn, VmcFacts *facts, GError **error)
{
    virDomainPtr *domains = NULL;
    int n = virConnectListAllDomains(conn, &domains, 0);

    if (n < 0) {
        vmc_virt_set_error(error, "%s", _("can't list the domains"));
        return FALSE;
    }
    vmc_facts_add_row(facts, "host/states.tsv", 0, NULL);
    for (int i = 0; i < n; i++) {
        add_state(facts, domains[i]);
        virDomainFree(domains[i]);
    }
    free(domains);
    return TRUE;
}
