/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How an interface is plugged in: what the destination's network or bridge of
 * the right name is like, and what an interface may ask of it.
 */
#include "rules/rules-internal.h"

/* Which virtualports a kind of network takes; libvirt's networkAllocatePort(). */
typedef struct {
    const char *forward;
    const char *const *virtualports; /* NULL: none */
    const char *actual;              /* what the interface then is */
} Forward;

static const Forward forwards[];
static const char *const vlan_forwards[];

static const Forward *
forward_of(const VmcNetwork *network)
{
    const Forward *row = forwards;

    while (network->forward && row->forward && !g_str_equal(row->forward, network->forward))
        row++;
    return network->forward && row->forward ? row : NULL;
}

/* A bridge that somebody else makes is not macvtap. */
static gboolean
is_plain_bridge(const VmcNetwork *network)
{
    return g_strcmp0(network->forward, "bridge") == 0 && network->bridge;
}

/* What the row of @network says of its kind; NULL: nothing. */
static const char *const *
virtualports_of(const VmcNetwork *network)
{
    static const char *const switches[] = { "openvswitch", NULL };
    const Forward *row = forward_of(network);

    if (is_plain_bridge(network))
        return switches;
    return row ? row->virtualports : NULL;
}

/* The trait of the interface that @need is of, or NULL. */
static const VmcNeed *
trait_of(const VmcRequirement *req, const VmcNeed *need, const char *name)
{
    const GPtrArray *traits = req->needs[VMC_NEED_TRAIT];

    for (size_t i = 0; i < traits->len; i++) {
        const VmcNeed *trait = traits->pdata[i];

        if (g_str_equal(trait->name, name) && g_str_equal(trait->subject, need->subject))
            return trait;
    }
    return NULL;
}

/* The destination's network, if its kind is known. */
static const VmcNetwork *
network_of(const VmcOffer *offer, const VmcNeed *need)
{
    const VmcNetwork *network = g_hash_table_lookup(offer->networks, need->name);

    return network && forward_of(network) ? network : NULL;
}

static void
check_portgroup(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const VmcNetwork *network = network_of(offer, need);
    const VmcNeed *trait = trait_of(req, need, "network-portgroup");
    g_autofree char *found = NULL;

    if (!network || !trait || g_hash_table_contains(network->portgroups, trait->detail))
        return;
    found = vmc_set_join(network->portgroups);
    vmc_fail(findings, need->subject, trait->detail, found,
             _("the destination's network '%1$s' has no portgroup '%2$s'"), need->name,
             trait->detail);
}

static void
check_floor(const VmcRequirement *req,
            const VmcOffer *offer,
            const VmcNeed *need,
            VmcFindings *findings)
{
    const VmcNetwork *network = network_of(offer, need);

    if (!network || !trait_of(req, need, "network-floor"))
        return;
    if (!g_str_equal(forward_of(network)->actual, "network"))
        vmc_fail(findings, need->subject, "floor", network->forward,
                 _("an interface wants a guaranteed bandwidth, which the destination's network "
                   "'%1$s' of kind '%2$s' can't give"),
                 need->name, network->forward);
    else if (network->has_inbound == VMC_NO)
        vmc_fail(findings, need->subject, "floor", NULL,
                 _("an interface wants a guaranteed bandwidth, but the destination's network "
                   "'%1$s' has no limit for what comes in"),
                 need->name);
}

static void
check_virtualport(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    const VmcNetwork *network = network_of(offer, need);
    const VmcNeed *trait = trait_of(req, need, "virtualport");
    const char *const *taken = network ? virtualports_of(network) : NULL;

    if (!network || !trait)
        return;
    if (!taken || !g_strv_contains(taken, trait->detail))
        vmc_fail(findings, need->subject, trait->detail, network->forward,
                 _("the destination's network '%1$s' of kind '%2$s' does not take a virtualport "
                   "of type '%3$s'"),
                 need->name, network->forward, trait->detail);
    else if (network->virtualport && !g_str_equal(network->virtualport, trait->detail))
        vmc_fail(findings, need->subject, trait->detail, network->virtualport,
                 _("the virtualport of the destination's network '%1$s' has another type than "
                   "the interface's: '%2$s'"),
                 need->name, network->virtualport);
}

/* A guest that has the pool's device on the source, too, is told by hostdev-net. */
static void
check_hostdev_pool(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    const VmcNetwork *network = network_of(offer, need);

    if (network && g_str_equal(network->forward, "hostdev") &&
        !trait_of(req, need, "interface-hostdev") && !trait_of(req, need, "teaming-transient"))
        vmc_fail(findings, need->subject, NULL, network->forward,
                 _("the destination's network '%1$s' passes PCI devices through, which the "
                   "guest's interface is not"),
                 need->name);
}

static void
check_actual_type(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    const VmcNetwork *network = network_of(offer, need);
    const VmcNeed *trait = trait_of(req, need, "actual-type");
    const char *actual = NULL;

    if (!network || !trait)
        return;
    actual = is_plain_bridge(network) ? "bridge" : forward_of(network)->actual;
    if (!g_str_equal(actual, trait->detail) && !g_str_equal(actual, "hostdev"))
        vmc_fail(findings, need->subject, trait->detail, actual,
                 _("network '%1$s' is of another kind on the destination ('%2$s'): the guest may "
                   "reach others than before"),
                 need->name, network->forward);
}

/* ---- VLAN tags ------------------------------------------------------------------ */

static gboolean
uses_switch(const VmcRequirement *req, const VmcNeed *need)
{
    return trait_of(req, need, "openvswitch") != NULL;
}

/* Bridges of the kernel's take tags since libvirt 11.0. */
static void
judge_bridge_vlan(const VmcOffer *offer, const VmcNeed *need, VmcFindings *findings)
{
    guint64 version = offer->host.libvirt_version;

    if (version >= VMC_VERSION(11, 0, 0))
        return;
    if (version == 0) {
        vmc_cannot_know(findings, need->subject, "vlan",
                        _("Look on the destination: virsh version. libvirt 11.0 and newer can."),
                        _("whether the destination's libvirt can tag what an interface on a "
                          "bridge sends is not known"));
        return;
    }
    vmc_fail(findings, need->subject, "vlan", NULL,
             _("the destination's libvirt can't tag (<vlan>) what an interface on bridge '%1$s' "
               "sends"),
             need->name);
}

static void
check_bridge_vlan(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    if (trait_of(req, need, "interface-vlan") && !trait_of(req, need, "virtualport"))
        judge_bridge_vlan(offer, need, findings);
}

static void
check_network_vlan(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    const VmcNetwork *network = network_of(offer, need);

    if (!network || !trait_of(req, need, "interface-vlan") || uses_switch(req, need) ||
        g_strcmp0(network->virtualport, "openvswitch") == 0 ||
        g_strv_contains(vlan_forwards, network->forward))
        return;
    if (is_plain_bridge(network))
        judge_bridge_vlan(offer, need, findings);
    else
        vmc_fail(findings, need->subject, "vlan", network->forward,
                 _("the destination's network '%1$s' of kind '%2$s' takes no tags (<vlan>)"),
                 need->name, network->forward);
}

/* ---- bridges ---------------------------------------------------------------------- */

static void
check_switch(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const char *kind = g_hash_table_lookup(offer->interfaces, need->name);
    gboolean is_bridge = g_strcmp0(kind, "bridge") == 0;

    if (!kind || uses_switch(req, need) != is_bridge)
        return;
    if (is_bridge)
        vmc_fail(findings, need->subject, "openvswitch", "bridge",
                 _("'%1$s' is a bridge of the destination's kernel, the guest wants one of Open "
                   "vSwitch"),
                 need->name);
    else
        vmc_fail(findings, need->subject, "bridge", kind,
                 _("the destination's '%1$s' is not a bridge that the guest can be plugged into "
                   "as it wants to be"),
                 need->name);
}

static gboolean
has_bridge(const VmcRequirement *req)
{
    return req->needs[VMC_NEED_BRIDGE]->len > 0;
}

/* A row about the destination's network of the interface's name. */
#define NETWORK_RULE(rule_id, when, weight, function, text, why, cure, message) \
 { \
  .id = (rule_id), .states = (when), .kind = VMC_NEED_NETWORK, .severity = (weight), \
  .check = (function), .summary = (text), .cause = (why), .remedy = (cure), .spares = (message), \
 }

const VmcRule vmc_rules_interface[] = {
    NETWORK_RULE("network-hostdev-pool",
                 VMC_STATE_MEMORY,
                 VMC_SEVERITY_BLOCKER,
                 check_hostdev_pool,
                 N_("the destination's network gives the guest the kind of device it has"),
                 N_("A network with <forward mode='hostdev'> passes one of the host's network "
                    "cards through to each interface; a guest that runs with an emulated one "
                    "can't be continued with that."),
                 N_("Define the network on the destination as on the source (virsh net-dumpxml "
                    "NETWORK on both), or shut the guest off and migrate it so."),
                 NULL),
    NETWORK_RULE(
        "network-virtualport",
        VMC_STATE_ALL,
        VMC_SEVERITY_BLOCKER,
        check_virtualport,
        N_("the destination's network takes the interface's virtualport"),
        N_("Networks with NAT or routing take no virtualport, those of a bridge only "
           "openvswitch, those of macvtap and of passed through cards only 802.1Qbg and "
           "802.1Qbh; and a network with a virtualport of its own none of another type."),
        N_("Define the network on the destination as on the source (virsh net-dumpxml NETWORK "
           "on both)."),
        "<virtualport type='…'> not supported for network '…' which uses IP forwarding"),
    NETWORK_RULE("vlan-bandwidth",
                 VMC_STATE_ALL,
                 VMC_SEVERITY_BLOCKER,
                 check_floor,
                 N_("the destination's network can guarantee the interface's bandwidth"),
                 N_("<inbound floor=…> is a share of what the network as a whole may take in: "
                    "libvirt refuses it where the network has no <bandwidth><inbound>, and where "
                    "the network is not one of libvirt's own bridges."),
                 N_("Give the destination's network <bandwidth><inbound average=…/></bandwidth> "
                    "(virsh net-edit NETWORK), or take floor out of the interface."),
                 "Invalid use of 'floor' on interface with MAC address … - network '…' has no "
                 "inbound QoS set"),
    NETWORK_RULE("network-portgroup",
                 VMC_STATE_ALL,
                 VMC_SEVERITY_WARNING,
                 check_portgroup,
                 N_("the destination's network has the interface's portgroup"),
                 N_("Where the portgroup is missing libvirt uses the network's default, without a "
                    "word: VLAN, bandwidth and virtualport may be others."),
                 N_("Add the portgroup on the destination: virsh net-edit NETWORK."),
                 NULL),
    NETWORK_RULE(
        "network-actual-type-change",
        VMC_STATE_LIVE,
        VMC_SEVERITY_WARNING,
        check_actual_type,
        N_("the guest's network is of the same kind on both hosts"),
        N_("A network's name says nothing of what is behind: NAT on one host, a bridge or "
           "macvtap on the other. Guests then lose their connections or addresses."),
        N_("Define the network on the destination as on the source (virsh net-dumpxml NETWORK "
           "on both)."),
        NULL),
    {
        .id = "network-vlan",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NETWORK,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_network_vlan,
        .may_not_know = TRUE,
        .summary = N_("the destination's network takes the interface's VLAN tag"),
        .cause = N_("Tags can be given to interfaces on Open vSwitch, passed through network cards "
                    "and macvtap in mode passthrough; on bridges of the kernel since libvirt 11.0; "
                    "on networks with NAT or routing never."),
        .remedy = N_("Define the network on the destination as on the source (virsh "
                     "net-dumpxml NETWORK on both), or use a newer libvirt there."),
        .spares = "interface … - vlan tag not supported for this connection type",
    },
    {
        .id = "bridge-vlan-filtering",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_BRIDGE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_bridge_vlan,
        .may_not_know = TRUE,
        .summary = N_("the destination's libvirt can tag what an interface on a bridge sends"),
        .cause = N_("libvirt sets VLAN tags on bridges of the kernel since 11.0; older ones refuse "
                    "the definition or the start."),
        .remedy = N_("Use a newer libvirt on the destination (virsh version tells it), or a "
                     "bridge for each VLAN (ip link add BRIDGE type bridge)."),
        .spares = "interface … - vlan tag not supported for this connection type",
    },
    {
        .id = "openvswitch",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_BRIDGE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_switch,
        .applies = has_bridge,
        .summary = N_("the destination's bridge is of the kind that the interface wants"),
        .cause = N_("An interface is plugged into a bridge of the kernel unless it has "
                    "<virtualport type='openvswitch'/>; one can't be taken for the other."),
        .remedy = N_("Make a bridge of the right kind under that name on the destination "
                     "(ovs-vsctl add-br BRIDGE, or ip link add BRIDGE type bridge), or use a "
                     "libvirt network, which hides the difference."),
        .spares = "Unable to add bridge … port vnet0: Operation not supported",
    },
    {
        .id = "vport-profile-finish",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "virtualport-managed",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .message = N_("an interface has a virtualport of type '%1$s', which a program on the "
                      "destination must set up"),
        .summary = N_("no interface needs a switch's consent"),
        .cause = N_("libvirt has lldpad (802.1Qbg, 802.1Qbh) or mm-ctl (midonet) plug the "
                    "interface in when the guest starts or has arrived, and fails where they do."),
        .remedy =
            N_("See that the program runs on the destination (systemctl status lldpad), then: "
               "--ignore vport-profile-finish."),
    },
    {},
};

static const char *const managed[] = { "802.1Qbg", "802.1Qbh", NULL };

static const Forward forwards[] = {
    { "none", NULL, "network" },          { "nat", NULL, "network" },
    { "route", NULL, "network" },         { "open", NULL, "network" },
    { "hostdev", managed, "hostdev" },    { "bridge", managed, "direct" },
    { "private", managed, "direct" },     { "vepa", managed, "direct" },
    { "passthrough", managed, "direct" }, { NULL, NULL, NULL },
};

static const char *const vlan_forwards[] = { "hostdev", "passthrough", NULL };
