/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A domain's EnabledState, from what libvirt said of it or, in folders made by
 * hand, from which of its definitions are there.
 */
#include "derive/derive-internal.h"

/* virDomainState, which is ABI. */
#define STATE_RUNNING 1
#define STATE_SHUTOFF 5

static int
number_of(const VmcFacts *facts, const char *folder, const char *key, int otherwise)
{
    g_autofree char *value = vmc_facts_domain_value(facts, folder, key);
    guint64 number = 0;

    if (!value || !g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT, &number, NULL))
        return otherwise;
    return (int)number;
}

/* libvirt gives an id to what runs. */
static int
state_by_xml(const VmcFacts *facts, const char *folder)
{
    g_autofree char *fact = g_strdup_printf("%s/live.xml", folder);
    g_autofree char *id = vmc_xml_attr(vmc_derive_fact(facts, fact, "domain", NULL), "id");

    return id ? STATE_RUNNING : STATE_SHUTOFF;
}

static gboolean
is_saved(const VmcFacts *facts, const char *folder)
{
    g_autofree char *told = vmc_facts_domain_value(facts, folder, "managedSave");
    g_autofree char *image = g_strdup_printf("%s/saved.xml", folder);

    return told ? vmc_tristate_from_text(told) == VMC_YES : vmc_facts_has(facts, image);
}

VmcEnabledState
vmc_derive_enabled_state(const VmcFacts *facts, const char *folder)
{
    g_autofree char *job = vmc_facts_domain_value(facts, folder, "job");
    int state = number_of(facts, folder, "state", -1);

    if (state < 0)
        state = state_by_xml(facts, folder);
    return vmc_enabled_state_from_libvirt(state, number_of(facts, folder, "reason", 0),
                                          is_saved(facts, folder),
                                          g_strcmp0(job, "none") == 0 ? NULL : job);
}
