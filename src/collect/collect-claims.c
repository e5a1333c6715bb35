/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the guests that run on a host have for themselves.
 */
#include "collect/collect-internal.h"

/* A MAC address alone decides nothing, and is not worth a call for each guest. */
static gboolean
is_worth_asking(const VmcRequirement *requirement)
{
    const GPtrArray *claims = requirement->needs[VMC_NEED_CLAIM];

    for (size_t i = 0; i < claims->len; i++) {
        const VmcNeed *need = claims->pdata[i];

        if (!g_str_equal(need->detail, "mac"))
            return TRUE;
    }
    return requirement->needs[VMC_NEED_NODEDEV]->len > 0;
}

static gboolean
is_asked(const VmcAsk *ask)
{
    for (size_t i = 0; i < ask->requirements->len; i++) {
        if (is_worth_asking(ask->requirements->pdata[i]))
            return TRUE;
    }
    return ask->complete;
}

void
vmc_collect_claims_begin(VmcFacts *facts)
{
    vmc_facts_add_row(facts, VMC_CLAIMS, 0, NULL);
}

gboolean
vmc_collect_claims(virDomainPtr domain, VmcFacts *facts, GError **error)
{
    g_autofree char *xml = virDomainGetXMLDesc(domain, 0);
    g_autoptr(xmlDoc) doc = xml ? vmc_xml_parse(xml, -1, VMC_MAX_XML, "domain", NULL) : NULL;

    if (doc)
        vmc_derive_claims(xmlDocGetRootElement(doc), facts);
    /* It may have ended meanwhile. */
    return xml || vmc_virt_absent(virDomainGetConnect(domain), error);
}

gboolean
vmc_ask_claims(VmcAsk *ask, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virDomainFree);

    if (!is_asked(ask) || vmc_facts_has(ask->facts, VMC_CLAIMS))
        return TRUE;
    list.n = virConnectListAllDomains(ask->conn, (virDomainPtr **)(void *)&list.items,
                                      VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    if (list.n < 0)
        return vmc_virt_absent(ask->conn, error);
    vmc_collect_claims_begin(ask->facts);
    for (int i = 0; i < list.n; i++) {
        if (!vmc_collect_claims(list.items[i], ask->facts, error))
            return FALSE;
    }
    return TRUE;
}
