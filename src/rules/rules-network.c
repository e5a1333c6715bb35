/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks, bridges, network devices, filters, and addresses to listen on.
 */
#include "rules/rules-internal.h"

/* NIC models that came to QEMU late; libvirt takes any name for one. */
typedef struct {
    const char *model;
    guint64 since;
} NicModel;

static const NicModel nic_models[];
static const char *const graphics_kinds[];

static void
check_network(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    g_autofree char *names = NULL;

    if (g_hash_table_contains(offer->networks, need->name))
        return;
    names = vmc_set_join(offer->networks);
    vmc_fail(findings, need->subject, need->name, names,
             _("network '%1$s' does not exist on the destination"), need->name);
    vmc_remedy(findings,
               _("Define it there as on the source: virsh net-dumpxml '%1$s' > FILE on the source, "
                 "virsh net-define FILE and virsh net-start '%1$s' on the destination."),
               need->name);
}

static void
check_network_active(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    const VmcNetwork *network = g_hash_table_lookup(offer->networks, need->name);

    if (!network || network->active == VMC_YES)
        return;
    if (network->active == VMC_UNKNOWN) {
        vmc_cannot_know(findings, need->subject, need->name,
                        _("Look on the destination: virsh net-list --all."),
                        _("whether the destination's network '%1$s' is active is not known"),
                        need->name);
        return;
    }
    vmc_fail(findings, need->subject, need->name, "inactive",
             _("the destination's network '%1$s' is not active"), need->name);
    vmc_remedy(findings,
               _("Start it on the destination: virsh net-start '%1$s' (virsh net-autostart '%1$s' "
                 "starts it at boot)."),
               need->name);
}

/* An active network's bridge exists; libvirt made it. */
static gboolean
is_bridge_of_network(const VmcOffer *offer, const char *name)
{
    GHashTableIter iter;
    gpointer value = NULL;

    g_hash_table_iter_init(&iter, offer->networks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const VmcNetwork *network = value;

        if (network->active == VMC_YES && g_strcmp0(network->bridge, name) == 0)
            return TRUE;
    }
    return FALSE;
}

static VmcTristate
has_device(const VmcOffer *offer, const char *name)
{
    if (is_bridge_of_network(offer, name))
        return VMC_YES;
    if (!offer->probed[VMC_PART_INTERFACES])
        return VMC_UNKNOWN;
    return g_hash_table_contains(offer->interfaces, name) ? VMC_YES : VMC_NO;
}

static void
say_device_unknown(const VmcNeed *need, const char *name, VmcFindings *findings)
{
    g_autofree char *settle =
        g_strdup_printf(_("Look on the destination: ip link show '%s'."), name);

    vmc_cannot_know(findings, need->subject, name, settle,
                    _("the destination's network devices were not probed: whether it has '%1$s' is "
                      "not known"),
                    name);
}

static void
check_bridge(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    VmcTristate answer = has_device(offer, need->name);

    if (answer == VMC_UNKNOWN)
        say_device_unknown(need, need->name, findings);
    if (answer != VMC_NO)
        return;
    vmc_fail(findings, need->subject, need->name, NULL,
             _("bridge '%1$s' does not exist on the destination"), need->name);
    vmc_remedy(findings,
               _("Make the bridge there (ip link add '%1$s' type bridge, and in the network "
                 "configuration for the next boot)."),
               need->name);
}

static void
check_netdev(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    VmcTristate answer = has_device(offer, need->name);

    if (answer == VMC_UNKNOWN)
        say_device_unknown(need, need->name, findings);
    if (answer == VMC_NO)
        vmc_fail(
            findings, need->subject, need->name, NULL,
            _("network device '%1$s', on which a macvtap device is made, does not exist on the "
              "destination"),
            need->name);
}

static void
check_tap(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    VmcTristate answer = has_device(offer, need->detail);

    if (answer == VMC_UNKNOWN)
        say_device_unknown(need, need->detail, findings);
    if (answer == VMC_NO)
        vmc_fail(findings, need->subject, need->detail, NULL,
                 _("tap device '%1$s', which libvirt does not make, does not exist on the "
                   "destination"),
                 need->detail);
}

static void
check_nwfilter(const VmcRequirement *req,
               const VmcOffer *offer,
               const VmcNeed *need,
               VmcFindings *findings)
{
    if (!g_hash_table_contains(offer->nwfilters, need->name))
        vmc_fail(findings, need->subject, need->name, NULL,
                 _("network filter '%1$s' does not exist on the destination"), need->name);
}

static void
check_nic_model(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const NicModel *row = nic_models;
    guint64 version = offer->host.hypervisor_version;

    while (row->model && !g_str_equal(row->model, need->detail))
        row++;
    if (!row->model || version >= row->since)
        return;
    if (!version) {
        vmc_cannot_know(findings, need->subject, need->detail,
                        _("Look on the destination: virsh version."),
                        _("whether the destination's QEMU has NIC model '%1$s' depends on its "
                          "version, which is not known"),
                        need->detail);
        return;
    }
    vmc_fail(findings, need->subject, need->detail, NULL,
             _("the destination's QEMU is too old for NIC model '%1$s'"), need->detail);
}

/* FILE needs of vhost-user name no device in their detail. */
static gboolean
is_about(const VmcNeed *need, const char *element)
{
    return g_str_has_prefix(need->subject, element);
}

static void
check_vhost_user_net(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    if (is_about(need, "devices/interface"))
        vmc_rule_path(req, offer, need, findings);
}

static void
check_vhost_user_blk(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    if (!is_about(need, "devices/interface"))
        vmc_rule_path(req, offer, need, findings);
}

static void
check_slirp(const VmcRequirement *req,
            const VmcOffer *offer,
            const VmcNeed *need,
            VmcFindings *findings)
{
    if (g_str_equal(need->name, "default"))
        vmc_rule_choice(req, offer, need, findings);
}

static void
check_passt(const VmcRequirement *req,
            const VmcOffer *offer,
            const VmcNeed *need,
            VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    const VmcNeed choice = { .name = (char *)"passt", .detail = (char *)"interface/backendType" };

    if (domcaps && vmc_choice_answer(domcaps, &choice) == VMC_NO) {
        vmc_fail(findings, need->subject, "passt", NULL,
                 _("the destination's QEMU can't use passt for interface '%1$s'"), need->detail);
        return;
    }
    vmc_cannot_know(
        findings, need->subject, "passt", _("Look on the destination: passt --version."),
        _("whether passt, which interface '%1$s' needs, is installed on the destination "
          "is not known"),
        need->detail);
}

/* Addresses that every host has make no need; host names make a trait. */
static VmcTristate
has_address(const VmcOffer *offer, const char *address)
{
    if (!offer->probed[VMC_PART_ADDRESSES])
        return VMC_UNKNOWN;
    return g_hash_table_contains(offer->addresses, address) ? VMC_YES : VMC_NO;
}

static void
judge_address(const VmcOffer *offer, const VmcNeed *need, VmcFindings *findings)
{
    VmcTristate answer = has_address(offer, need->name);

    if (answer == VMC_UNKNOWN)
        vmc_cannot_know(findings, need->subject, need->name,
                        _("Look on the destination (ip address), or run the check there."),
                        _("whether the destination has address '%1$s', on which '%2$s' listens, is "
                          "not known"),
                        need->name, need->detail);
    if (answer == VMC_NO)
        vmc_fail(findings, need->subject, need->name, NULL,
                 _("the destination does not have address '%1$s', on which '%2$s' listens"),
                 need->name, need->detail);
}

static void
check_graphics_address(const VmcRequirement *req,
                       const VmcOffer *offer,
                       const VmcNeed *need,
                       VmcFindings *findings)
{
    if (g_strv_contains(graphics_kinds, need->detail))
        judge_address(offer, need, findings);
}

static void
check_other_address(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    if (!g_strv_contains(graphics_kinds, need->detail))
        judge_address(offer, need, findings);
}

const VmcRule vmc_rules_network[] = {
    {
        .id = "network-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NETWORK,
        .part = VMC_PART_NETWORKS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_network,
        .summary = N_("the destination has the guest's network"),
        .cause = N_("An interface of type network travels with the network's name; the destination "
                    "looks for one of that name."),
        .remedy = N_("Define the network there as on the source (virsh net-dumpxml NETWORK on "
                     "the source, virsh net-define FILE on the destination), and start it "
                     "(virsh net-start NETWORK)."),
        .spares = "Network not found: no network with matching name '…'",
    },
    {
        .id = "network-inactive",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NETWORK,
        .part = VMC_PART_NETWORKS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_network_active,
        .may_not_know = TRUE,
        .summary = N_("the guest's network is active on the destination"),
        .cause = N_("libvirt does not start a network for the sake of a guest."),
        .remedy = N_("Start it on the destination: virsh net-start NETWORK."),
        .spares = "Requested operation is not valid: network '…' is not active",
    },
    {
        .id = "bridge-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_BRIDGE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_bridge,
        .may_not_know = TRUE,
        .summary = N_("the destination has the guest's bridge"),
        .cause = N_("An interface of type bridge is plugged into the bridge of that name."),
        .remedy = N_("Make the bridge on the destination (ip link add BRIDGE type bridge), or "
                     "use a libvirt network, whose name can stand for another bridge on each "
                     "host."),
        .spares = "Cannot get interface MTU on '…': No such device",
    },
    {
        .id = "direct-dev-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NETDEV,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_netdev,
        .may_not_know = TRUE,
        .summary = N_("the destination has the network device that macvtap is made on"),
        .cause =
            N_("An interface of type direct is made on the host's device of that name; names of "
               "network cards differ between hosts."),
        .remedy =
            N_("Use a libvirt network with <forward mode='bridge'> of each host's own device, "
               "or rename the destination's device."),
        .spares = "Unable to get index for interface …: No such device",
    },
    {
        .id = "ethernet-managed-tap",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "ethernet-tap",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_tap,
        .may_not_know = TRUE,
        .summary = N_("the destination has the tap device that libvirt does not make"),
        .cause = N_("With <target managed='no'/> somebody else makes the tap device beforehand."),
        .remedy = N_("Make it on the destination before the guest comes: ip tuntap add NAME mode "
                     "tap."),
        .spares = "Unable to create tap device …: No such device",
    },
    {
        .id = "ethernet-script",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "script",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_path,
        .may_not_know = TRUE,
        .summary = N_("the interface's script is on the destination"),
        .cause = N_("libvirt runs the script when the interface is made."),
        .remedy = N_("Copy the script to the same path on the destination: scp -p PATH "
                     "DESTINATION:PATH."),
        .spares = "Cannot find '/…' in path: No such file or directory",
    },
    {
        .id = "nwfilter-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NWFILTER,
        .part = VMC_PART_NWFILTERS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_nwfilter,
        .summary = N_("the destination has the interface's network filter"),
        .cause = N_("The interface names its filter; the destination looks for one of that name."),
        .remedy = N_("Define it there: virsh nwfilter-dumpxml FILTER > FILE on the source, virsh "
                     "nwfilter-define FILE on the destination."),
        .spares = "internal error: referenced filter '…' is missing",
    },
    {
        .id = "nic-model",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "nic-model",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_nic_model,
        .may_not_know = TRUE,
        .summary = N_("the destination's QEMU has the NIC model"),
        .cause = N_("libvirt hands any NIC model on to QEMU, which refuses at start what it lacks. "
                    "Only models known to be younger than a QEMU are found out here."),
        .remedy = N_("Use model virtio or e1000e (<model type='virtio'/>, virsh edit GUEST "
                     "while it is off), or a destination with a newer QEMU."),
        .spares = "'igb' is not a valid device model name",
    },
    {
        .id = "vhost-net-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "vhost-net",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_path,
        .may_not_know = TRUE,
        .summary = N_("the destination has vhost-net"),
        .cause = N_("An interface with <driver name='vhost'/> insists on it."),
        .remedy = N_("Load the module on the destination: modprobe vhost_net."),
        .spares = "vhost-net was requested for an interface, but is unavailable",
    },
    {
        .id = "vhost-user-net",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "vhost-socket",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_vhost_user_net,
        .may_not_know = TRUE,
        .summary = N_("the virtual switch listens for the guest's interface"),
        .cause = N_("A vhost-user interface connects to the socket of a switch (Open vSwitch with "
                    "DPDK, VPP) when QEMU starts."),
        .remedy = N_("Make the port on the destination's switch before the guest comes; with "
                     "Open vSwitch: ovs-vsctl add-port BRIDGE PORT -- set Interface PORT "
                     "type=dpdkvhostuser."),
        .spares = "Failed to connect to '/…': No such file or directory",
    },
    {
        .id = "vhost-user-blk",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "vhost-socket",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_vhost_user_blk,
        .may_not_know = TRUE,
        .summary = N_("the storage program listens for the guest's vhost-user disk"),
        .cause = N_("A vhost-user disk connects to the socket of a program (SPDK, "
                    "qemu-storage-daemon) when QEMU starts."),
        .remedy = N_("Start the program on the destination that listens on PATH before the "
                     "guest comes (ss -xl shows who listens where)."),
        .spares = "Failed to connect to '/…': No such file or directory",
    },
    {
        .id = "vdpa-net",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "vdpa",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .message = N_("whether the vDPA device of interface '%1$s' can migrate depends on its "
                      "driver"),
        .summary = N_("vDPA interfaces can migrate"),
        .cause =
            N_("QEMU forbids migration with a vDPA device that can't log what it writes; libvirt "
               "does not tell."),
        .remedy = N_("Ask QEMU on the source, which marks the guest as tainted: virsh "
                     "qemu-monitor-command GUEST --pretty '{\"execute\":\"query-migrate\"}' shows "
                     "blocked-reasons."),
        .spares = "cannot migrate domain: Migration disabled: vhost lacks VHOST_F_LOG_ALL feature.",
    },
    {
        .id = "vdpa-device-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "vdpa-device",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_path,
        .may_not_know = TRUE,
        .summary = N_("the destination has the vDPA device"),
        .cause = N_("libvirt opens the device by its path, which belongs to one host."),
        .remedy = N_("Make the device on the destination: vdpa dev add name NAME mgmtdev DEVICE."),
        .spares = "Unable to open '/dev/vhost-vdpa-0' for vdpa device: No such file or directory",
    },
    {
        .id = "hostdev-net",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "interface-hostdev",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("interface '%1$s' is a PCI device of the source host"),
        .summary = N_("no interface is a PCI device of the source host"),
        .cause = N_("The state of a device that is passed through can't be moved, unless it is one "
                    "of a teaming pair, which QEMU unplugs meanwhile."),
        .remedy =
            N_("Detach it while the guest migrates (virsh detach-interface GUEST hostdev --mac "
               "MAC --live), or pair it with a virtio interface by <teaming>."),
    },
    {
        .id = "slirp-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_CHOICE,
        .name = "interface/backendType",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_slirp,
        .summary = N_("the destination's QEMU has user networking"),
        .cause = N_("QEMU can be built without libslirp."),
        .remedy = N_("Use passt (<backend type='passt'/>) or a network."),
        .spares = "network backend 'user' is not compiled into this binary",
    },
    {
        .id = "passt-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "passt",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_passt,
        .may_not_know = TRUE,
        .summary = N_("the destination can run passt"),
        .cause = N_("libvirt starts passt for the interface; the program is a package of its own, "
                    "which libvirt does not tell about."),
        .remedy = N_("Install passt on the destination (package passt)."),
        .spares = "Cannot find 'passt' in path: No such file or directory",
    },
    {
        .id = "graphics-listen-address",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_ADDRESS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_graphics_address,
        .may_not_know = TRUE,
        .summary = N_("the destination has the address on which the display listens"),
        .cause = N_("QEMU binds the display to that address when it starts."),
        .remedy = N_("Let the display listen on 0.0.0.0 or 127.0.0.1, or by a libvirt network "
                     "(<listen type='network'>)."),
        .spares = "Failed to find an available port: Cannot assign requested address",
    },
    {
        .id = "chardev-listen-address",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_ADDRESS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_other_address,
        .may_not_know = TRUE,
        .summary = N_("the destination has the address on which a device listens"),
        .cause = N_("QEMU binds the device to that address when it starts."),
        .remedy = N_("Let the device listen on 0.0.0.0 or 127.0.0.1: <source mode='bind' "
                     "host='0.0.0.0' …/> (virsh edit GUEST, while it is off)."),
        .spares = "Failed to bind socket: Cannot assign requested address",
    },
    {
        .id = "listen-hostname",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "listen-hostname",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .message =
            N_("a display or device listens on host name '%1$s'; which address that is on the "
               "destination is not known"),
        .summary = N_("displays and devices listen on addresses, not on host names"),
        .cause =
            N_("QEMU resolves the name on the destination, and binds to the address if that is "
               "one of the destination's."),
        .remedy = N_("Look on the destination: getent hosts NAME, ip address. Or listen on an "
                     "address, such as 0.0.0.0."),
        .spares = "Failed to find an available port: Cannot assign requested address",
    },
    {},
};

static const NicModel nic_models[] = {
    { "igb", VMC_VERSION(8, 0, 0) },
    { NULL, 0 },
};

static const char *const graphics_kinds[] = { "vnc", "spice", "rdp", NULL };
