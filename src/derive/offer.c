/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts → offer: the parts put together.
 */
#include "derive/derive-internal.h"

static void
read_reasons(VmcOffer *offer, const VmcFacts *facts)
{
    g_autoptr(GPtrArray) rows = vmc_facts_rows(facts, "host/unprobed.tsv", 2);

    for (size_t i = 0; rows && i < rows->len; i++) {
        char **row = rows->pdata[i];
        VmcPart part = vmc_part_from_name(row[0]);

        if (part == VMC_PART_NONE || part >= VMC_PART_LAST)
            continue;
        g_free(offer->why[part]);
        offer->why[part] = g_strdup(row[1]);
    }
}

static void
note_cpu(VmcOffer *offer)
{
    for (size_t i = 0; i < offer->domcaps->len; i++) {
        const VmcDomcaps *domcaps = offer->domcaps->pdata[i];

        if (domcaps->visible)
            offer->probed[VMC_PART_CPU] = TRUE;
    }
}

VmcOffer *
vmc_derive_offer(const VmcFacts *facts, GError **error)
{
    g_autoptr(VmcOffer) offer = vmc_offer_new();

    if (!vmc_offer_read_capabilities(offer, facts, error) ||
        !vmc_offer_read_domcaps(offer, facts, error))
        return NULL;
    vmc_offer_read_tables(offer, facts);
    read_reasons(offer, facts);
    note_cpu(offer);
    return g_steal_pointer(&offer);
}
