/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks, network devices and filters.
 */
#include "collect/collect-internal.h"

#include <string.h>

#define MAX_INTERFACES 256 /* whose definition is read to tell bridges from others */

/* ---- networks --------------------------------------------------------------------- */

/* <forward/> without a mode is nat; without <forward> there is none. */
static char *
forward_mode(const xmlNode *network)
{
    const xmlNode *forward = vmc_xml_child(network, "forward");
    g_autofree char *mode = vmc_xml_attr(forward, "mode");

    if (mode)
        return g_steal_pointer(&mode);
    return network ? g_strdup(forward ? "nat" : "none") : NULL;
}

static char *
portgroup_names(const xmlNode *network)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (const xmlNode *node = vmc_xml_child(network, "portgroup"); node;
         node = vmc_xml_next(node, "portgroup")) {
        g_autofree char *name = vmc_xml_attr(node, "name");

        if (name)
            g_string_append_printf(names, "%s%s", names->len ? "," : "", name);
    }
    return g_string_free(g_steal_pointer(&names), FALSE);
}

static gboolean
add_network(VmcAsk *ask, virNetworkPtr network, GError **error)
{
    int active = virNetworkIsActive(network);
    g_autofree char *xml = active < 0 ? NULL : virNetworkGetXMLDesc(network, 0);
    g_autoptr(xmlDoc) document = xml ? vmc_xml_parse(xml, -1, VMC_MAX_XML, "network", NULL) : NULL;
    const xmlNode *root = xmlDocGetRootElement(document);
    g_autofree char *bridge = vmc_xml_attr(vmc_xml_child(root, "bridge"), "name");
    g_autofree char *forward = forward_mode(root);
    g_autofree char *virtualport = vmc_xml_attr(vmc_xml_child(root, "virtualport"), "type");
    g_autofree char *portgroups = portgroup_names(root);
    const char *inbound = root ? vmc_yes_no(vmc_xml_path(root, "bandwidth/inbound") != NULL) : "";

    if (!xml && !vmc_virt_absent(ask->conn, error))
        return FALSE;
    VMC_ADD_ROW(ask->facts, "host/networks.tsv", virNetworkGetName(network),
                active < 0 ? "" : vmc_yes_no(active), bridge, forward, virtualport, portgroups,
                inbound);
    return TRUE;
}

static gboolean
note_need(VmcAsk *ask, const VmcNeed *need, GError **error G_GNUC_UNUSED)
{
    vmc_ask_first(ask, "wanted-network", need->name);
    return TRUE;
}

/* Listed rather than looked up one by one: few, and what is absent makes no
 * noise. */
gboolean
vmc_ask_networks(VmcAsk *ask, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virNetworkFree);

    if (!ask->complete && !vmc_ask_has_needs(ask, VMC_NEED_NETWORK))
        return TRUE;
    list.n = virConnectListAllNetworks(ask->conn, (virNetworkPtr **)(void *)&list.items, 0);
    if (list.n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_NETWORKS, error);
    vmc_facts_add_row(ask->facts, "host/networks.tsv", 0, NULL);
    vmc_ask_needs(ask, VMC_NEED_NETWORK, note_need, NULL);
    for (int i = 0; i < list.n; i++) {
        gboolean wanted = !vmc_ask_first(ask, "wanted-network", virNetworkGetName(list.items[i]));

        if ((wanted || ask->complete) && !add_network(ask, list.items[i], error))
            return FALSE;
    }
    return TRUE;
}

/* ---- network devices ------------------------------------------------------------------ */

static void
add_interface(VmcAsk *ask, const char *name, const char *kind)
{
    if (vmc_ask_first(ask, "interfaces", name))
        VMC_ADD_ROW(ask->facts, "host/interfaces.tsv", name, kind);
}

static gboolean
note_interface(VmcAsk *ask, virInterfacePtr interface, GError **error)
{
    g_autofree char *xml = virInterfaceGetXMLDesc(interface, 0);
    const char *end = xml ? strchr(xml, '>') : NULL;
    const char *type = xml ? strstr(xml, "type='bridge'") : NULL;

    /* A tap of a guest may be gone by now. */
    if (!xml)
        return vmc_virt_absent(ask->conn, error);
    add_interface(ask, virInterfaceGetName(interface), type && type < end ? "bridge" : "other");
    return TRUE;
}

static gboolean
list_interfaces(VmcAsk *ask, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virInterfaceFree);

    list.n = virConnectListAllInterfaces(ask->conn, (virInterfacePtr **)(void *)&list.items, 0);
    if (list.n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_INTERFACES, error);
    if (list.n > MAX_INTERFACES) {
        vmc_collect_unprobed(ask->facts, VMC_PART_INTERFACES, N_("too many to be listed"));
        return TRUE;
    }
    vmc_facts_add_row(ask->facts, "host/interfaces.tsv", 0, NULL);
    for (int i = 0; i < list.n; i++) {
        if (!note_interface(ask, list.items[i], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
look_up_interface(VmcAsk *ask, const VmcNeed *need, GError **error)
{
    VMC_AUTO_VIR(virInterface) interface = NULL;

    if (!vmc_ask_first(ask, "wanted-interface", need->name))
        return TRUE;
    interface = virInterfaceLookupByName(ask->conn, need->name);
    if (interface) {
        vmc_facts_add_row(ask->facts, "host/interfaces.tsv", 0, NULL);
        return note_interface(ask, interface, error);
    }
    if (virGetLastErrorCode() != VIR_ERR_NO_INTERFACE)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_INTERFACES, error);
    vmc_facts_add_row(ask->facts, "host/interfaces.tsv", 0, NULL);
    return vmc_virt_absent(ask->conn, error);
}

gboolean
vmc_ask_interfaces(VmcAsk *ask, GError **error)
{
    gboolean asked =
        vmc_ask_has_needs(ask, VMC_NEED_BRIDGE) || vmc_ask_has_needs(ask, VMC_NEED_NETDEV);

    if (!ask->complete && !asked)
        return TRUE;
    if (ask->local && vmc_local_interfaces(ask->facts))
        return TRUE;
    if (ask->complete && !list_interfaces(ask, error))
        return FALSE;
    if (ask->complete)
        return TRUE;
    return vmc_ask_needs(ask, VMC_NEED_BRIDGE, look_up_interface, error) &&
           vmc_ask_needs(ask, VMC_NEED_NETDEV, look_up_interface, error);
}

/* ---- filters ------------------------------------------------------------------------------ */

gboolean
vmc_ask_nwfilters(VmcAsk *ask, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virNWFilterFree);

    if (!ask->complete && !vmc_ask_has_needs(ask, VMC_NEED_NWFILTER))
        return TRUE;
    list.n = virConnectListAllNWFilters(ask->conn, (virNWFilterPtr **)(void *)&list.items, 0);
    if (list.n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_NWFILTERS, error);
    vmc_facts_add_row(ask->facts, "host/nwfilters.tsv", 0, NULL);
    for (int i = 0; i < list.n; i++)
        VMC_ADD_ROW(ask->facts, "host/nwfilters.tsv", virNWFilterGetName(list.items[i]));
    return TRUE;
}
