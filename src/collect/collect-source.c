/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The host as a source: who it is, and the <host> part of its capabilities.
 */
#include "collect/collect-internal.h"

#include <string.h>

static void
add_number(VmcFacts *facts, const char *key, guint64 number)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, number);

    vmc_collect_value(facts, "host/host.tsv", key, text);
}

static gboolean
add_versions(virConnectPtr conn, VmcFacts *facts, GError **error)
{
    unsigned long version = 0;

    if (virConnectGetLibVersion(conn, &version) == 0)
        add_number(facts, "libvirtVersion", version);
    else if (!vmc_virt_refused(conn, facts, VMC_PART_HOST, error))
        return FALSE;
    version = 0;
    if (virConnectGetVersion(conn, &version) == 0)
        add_number(facts, "hypervisorVersion", version);
    else if (!vmc_virt_refused(conn, facts, VMC_PART_HOST, error))
        return FALSE;
    return TRUE;
}

static gboolean
add_hostname(virConnectPtr conn, VmcFacts *facts, GError **error)
{
    g_autofree char *hostname = virConnectGetHostname(conn);

    vmc_collect_value(facts, "host/host.tsv", "hostname", hostname);
    return hostname || vmc_virt_refused(conn, facts, VMC_PART_HOST, error);
}

gboolean
vmc_collect_identity(virConnectPtr conn, VmcFacts *facts, GError **error)
{
    g_autofree char *uri = virConnectGetURI(conn);
    const char *type = virConnectGetType(conn);

    if (!type) {
        vmc_virt_set_error(error, "%s", "");
        return FALSE;
    }
    vmc_facts_set(facts, "host/host.tsv", "");
    vmc_collect_value(facts, "host/host.tsv", "uri", uri);
    vmc_collect_value(facts, "host/host.tsv", "type", type);
    add_number(facts, "time", (guint64)(g_get_real_time() / G_USEC_PER_SEC));
    vmc_collect_value(facts, "host/host.tsv", "session",
                      uri ? vmc_yes_no(vmc_uri_is_of(uri, "/session")) : NULL);
    return add_hostname(conn, facts, error) && add_versions(conn, facts, error);
}

/* By text: capabilities of a real host are 100 KiB of guests and machines. */
char *
vmc_capabilities_host(const char *capabilities)
{
    const char *start = strstr(capabilities, "<host>");
    const char *end = start ? strstr(start, "</host>") : NULL;

    if (!end)
        return g_strdup(capabilities);
    return g_strdup_printf("<capabilities>\n  %.*s</host>\n</capabilities>\n", (int)(end - start),
                           start);
}

gboolean
vmc_collect_source(virConnectPtr conn, VmcFacts *facts, GError **error)
{
    g_autofree char *capabilities = NULL;
    g_autofree char *host = NULL;

    if (!vmc_collect_identity(conn, facts, error))
        return FALSE;
    if (vmc_collect_is_local(conn, -1)) {
        vmc_collect_settings(conn, facts);
        vmc_local_kernel(facts);
    }
    capabilities = virConnectGetCapabilities(conn);
    if (!capabilities)
        return vmc_virt_refused(conn, facts, VMC_PART_CAPABILITIES, error);
    host = vmc_capabilities_host(capabilities);
    /* What is there already is an offer's: all of it. */
    if (!vmc_facts_has(facts, "host/capabilities.xml"))
        vmc_facts_set(facts, "host/capabilities.xml", host);
    return TRUE;
}
