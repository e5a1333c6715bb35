/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a host is set up: what its files tell, where they are ours, and whether
 * its libvirt has read the machine's SMBIOS.
 */
#include "collect/collect-internal.h"

/* A driver that is embedded in its caller has its files below a folder of its own;
 * what the machine's are like says nothing of it. */
void
vmc_collect_settings(virConnectPtr conn, VmcFacts *facts)
{
    g_autofree char *uri = virConnectGetURI(conn);

    if (!uri || !vmc_uri_is_of(uri, "/embed"))
        vmc_local_settings(facts, uri && vmc_uri_is_of(uri, "/session"));
}

gboolean
vmc_ask_settings(VmcAsk *ask, GError **error G_GNUC_UNUSED)
{
    if (ask->local)
        vmc_collect_settings(ask->conn, ask->facts);
    return TRUE;
}

static gboolean
wants_sysinfo(const VmcAsk *ask)
{
    for (size_t i = 0; i < ask->requirements->len; i++) {
        const VmcRequirement *requirement = ask->requirements->pdata[i];
        const GPtrArray *traits = requirement->needs[VMC_NEED_TRAIT];

        for (size_t j = 0; j < traits->len; j++) {
            if (g_str_equal(((const VmcNeed *)traits->pdata[j])->name, "smbios-host"))
                return TRUE;
        }
    }
    return ask->complete;
}

/* libvirt reads the machine's SMBIOS once, when its daemon starts, and has none
 * where dmidecode is missing. */
gboolean
vmc_ask_sysinfo(VmcAsk *ask, GError **error)
{
    g_autofree char *sysinfo = NULL;
    int code = 0;

    if (!wants_sysinfo(ask))
        return TRUE;
    sysinfo = virConnectGetSysinfo(ask->conn, 0);
    code = sysinfo ? 0 : virGetLastErrorCode();
    if (sysinfo || code == VIR_ERR_CONFIG_UNSUPPORTED)
        vmc_collect_value(ask->facts, "host/host.tsv", "sysinfo", vmc_yes_no(sysinfo != NULL));
    return sysinfo || vmc_virt_absent(ask->conn, error);
}
