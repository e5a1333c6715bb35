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

/* Of domain capabilities that were not read yet, a guest that asks will see. */
static void
note_cpu(VmcOffer *offer)
{
    for (size_t i = 0; i < offer->domcaps->len; i++) {
        const VmcDomcaps *domcaps = offer->domcaps->pdata[i];

        if (domcaps->visible || !domcaps->read)
            offer->probed[VMC_PART_CPU] = TRUE;
    }
}

/* <host><cpu> of capabilities is what the cpuid instruction tells libvirt, and
 * names its features without a policy. */
static gboolean
read_physical(VmcOffer *offer, const VmcFacts *facts, GError **error)
{
    const xmlNode *root = vmc_derive_fact(facts, VMC_FACT_CAPABILITIES, NULL, NULL);
    const xmlNode *cpu = vmc_xml_path(root, "host/cpu");
    g_autofree char *model = vmc_xml_value(cpu, "model");
    GError *why = NULL;

    if (!model)
        return TRUE;
    offer->physical = vmc_derive_expansion(facts, model, &why);
    if (why) {
        g_propagate_error(error, why);
        return FALSE;
    }
    for (const xmlNode *node = vmc_xml_child(cpu, "feature"); offer->physical && node;
         node = vmc_xml_next(node, "feature")) {
        g_autofree char *feature = vmc_xml_attr(node, "name");

        if (feature)
            vmc_derive_apply_policy(offer->physical, NULL, feature);
    }
    return TRUE;
}

VmcOffer *
vmc_derive_offer(const VmcFacts *facts, GError **error)
{
    g_autoptr(VmcOffer) offer = vmc_offer_new();

    offer->facts = facts;
    if (!vmc_offer_read_capabilities(offer, facts, error) ||
        !vmc_offer_read_domcaps(offer, facts, error) || !read_physical(offer, facts, error))
        return NULL;
    vmc_offer_read_tables(offer, facts);
    read_reasons(offer, facts);
    note_cpu(offer);
    return g_steal_pointer(&offer);
}
