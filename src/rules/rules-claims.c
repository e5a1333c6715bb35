/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What only one guest can have, and another that runs on the destination has.
 * Nothing is said where nobody looked: that guests come and go is no reason for
 * doubt about each of them.
 */
#include "rules/rules-internal.h"

/* Words for one kind of claim. */
typedef struct {
    const char *kind;
    const char *message; /* N_(): %1$s is what is claimed, %2$s who has it */
} ClaimText;

static const ClaimText claim_texts[];

static void
report(const VmcNeed *need, const char *kind, const VmcClaim *claim, VmcFindings *findings)
{
    const ClaimText *text = claim_texts;
    g_autofree char *message = NULL;

    while (!g_str_equal(text->kind, kind))
        text++;
    message = vmc_text_fill(_(text->message), need->name, claim->domain);
    vmc_fail(findings, need->subject, need->name, claim->domain, "%s", message);
}

static void
check_claim(const VmcRequirement *req,
            const VmcOffer *offer,
            const VmcNeed *need,
            VmcFindings *findings)
{
    gboolean is_shared = need->flags & VMC_CLAIM_SHARED;
    const VmcClaim *claim = vmc_offer_claim(offer, req, need->detail, need->name, is_shared);

    if (claim)
        report(need, need->detail, claim, findings);
}

/* A device that may be missing is left out, in use or not. */
static void
check_device(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const VmcClaim *claim = vmc_offer_claim(offer, req, "hostdev", need->name, FALSE);

    if (claim && !(need->flags & VMC_DEVICE_OPTIONAL))
        report(need, "hostdev", claim, findings);
}

#define CLAIM_RULE(rule_id, claim, weight, text, why, cure, message) \
 { \
  .id = (rule_id), .states = VMC_STATE_ALL, .kind = VMC_NEED_CLAIM, .name = (claim), \
  .severity = (weight), .check = check_claim, .summary = (text), .cause = (why), .remedy = (cure), \
  .spares = (message), \
 }

const VmcRule vmc_rules_claims[] = {
    CLAIM_RULE(
        "disk-used-by-other-guest",
        "disk",
        VMC_SEVERITY_BLOCKER,
        N_("no other guest of the destination writes to the disk"),
        N_("QEMU locks an image that a guest writes to, and refuses to run a second guest on it, "
           "which would damage the file system inside."),
        N_("Shut the other guest off, or take the disk out of one of them. Only where a cluster "
           "file system is inside may both have it: <shareable/>."),
        "Failed to get \"write\" lock. Is another process using the image [/…]?"),
    {
        .id = "host-device-in-use",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NODEDEV,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_device,
        .summary = N_("no other guest of the destination has the host device"),
        .cause = N_("A device of the host can be passed through to one running guest only."),
        .remedy =
            N_("Detach it from the other guest (virsh detach-device OTHER FILE), or give this "
               "one another device."),
        .spares = "Requested operation is not valid: PCI device … is in use by driver QEMU, "
                  "domain …",
    },
    CLAIM_RULE("graphics-port-conflict",
               "graphics-port",
               VMC_SEVERITY_BLOCKER,
               N_("the display's port is free on the destination"),
               N_("libvirt reserves a display's port, on all addresses, when a guest arrives or "
                  "starts."),
               N_("Let libvirt choose the port (autoport='yes', websocket='-1') while the guest is "
                  "off, or shut the other guest off."),
               "internal error: Failed to reserve port 5900"),
    CLAIM_RULE(
        "listen-port-conflict",
        "tcp-port",
        VMC_SEVERITY_BLOCKER,
        N_("the TCP port on which a device listens is free on the destination"),
        N_("QEMU binds the port when it starts."),
        N_("Give the device another port (virsh edit GUEST, while it is off), or shut the other "
           "guest off (virsh shutdown OTHER, on the destination)."),
        "Failed to find an available port: Address already in use"),
    CLAIM_RULE(
        "udp-port-conflict",
        "udp-port",
        VMC_SEVERITY_BLOCKER,
        N_("the UDP port on which a device listens is free on the destination"),
        N_("QEMU binds the port when it starts."),
        N_("Give the device another port (virsh edit GUEST, while it is off), or shut the other "
           "guest off (virsh shutdown OTHER, on the destination)."),
        "can't bind ip=…: Address already in use"),
    CLAIM_RULE("vsock-cid-conflict",
               "vsock",
               VMC_SEVERITY_BLOCKER,
               N_("the guest's vsock address (CID) is free on the destination"),
               N_("The kernel gives each CID to one guest."),
               N_("Let libvirt choose: <cid auto='yes'/>; or shut the other guest off."),
               "failed to set guest cid: Address already in use"),
    CLAIM_RULE("tap-name-conflict",
               "tap",
               VMC_SEVERITY_BLOCKER,
               N_("the name of the guest's network device is free on the destination"),
               N_("libvirt makes the device under the name that the definition gives; names that "
                  "it chose itself (vnet0) do not move."),
               N_("Take <target dev=…/> out of the interface, or shut the other guest off."),
               "Unable to create tap device …: Device or resource busy"),
    CLAIM_RULE("mac-duplicate",
               "mac",
               VMC_SEVERITY_WARNING,
               N_("no other guest of the destination has the same MAC address"),
               N_("libvirt does not mind, but on one network neither guest will be reached "
                  "reliably."),
               N_("Change one of the addresses: virsh edit GUEST."),
               NULL),
    {},
};

static const ClaimText claim_texts[] = {
    { "disk", N_("guest '%2$s', which runs on the destination, writes to disk '%1$s'") },
    { "hostdev", N_("guest '%2$s', which runs on the destination, has host device '%1$s'") },
    { "graphics-port", N_("a display of guest '%2$s' on the destination has port %1$s") },
    { "tcp-port", N_("guest '%2$s' on the destination listens on TCP address '%1$s'") },
    { "udp-port", N_("guest '%2$s' on the destination listens on UDP address '%1$s'") },
    { "vsock", N_("guest '%2$s' on the destination has the vsock address (CID) %1$s") },
    { "tap", N_("guest '%2$s' on the destination has a network device '%1$s'") },
    { "mac", N_("guest '%2$s' on the destination has the same MAC address '%1$s'") },
};
