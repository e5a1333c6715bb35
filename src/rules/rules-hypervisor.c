/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: which of libvirt's drivers a guest belongs to.  All other rules are
 * QEMU's, and run for QEMU's guests only.
 */
#include "rules/engine.h"
#include "rules/rules-internal.h"

#include <string.h>

#define QEMU "QEMU"

/* virConnectGetType() of the driver that runs such guests; NULL: several do. */
static const struct {
    const char *virt_type, *driver;
} drivers[] = {
    { "kvm", QEMU },       { "qemu", QEMU },       { "xen", "Xen" },        { "lxc", "LXC" },
    { "test", "TEST" },    { "bhyve", "BHYVE" },   { "vmware", NULL },      { "vz", NULL },
    { "parallels", NULL }, { "openvz", "OpenVZ" }, { "hyperv", "Hyper-V" }, { "vbox", NULL },
};

/* Cloud Hypervisor's guests are of type 'kvm', too; it needs no <emulator>, and
 * QEMU's definitions always have one. */
static const char *
driver_of_kvm(const VmcRequirement *req)
{
    if (!req->emulator)
        return NULL;
    return strstr(req->emulator, "cloud-hypervisor") ? "CH" : QEMU;
}

/* NULL: can't be told. */
static const char *
driver_of(const VmcRequirement *req)
{
    if (req->source && req->source->type)
        return req->source->type;
    if (g_strcmp0(req->virt_type, "kvm") == 0)
        return driver_of_kvm(req);
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++) {
        if (g_strcmp0(req->virt_type, drivers[i].virt_type) == 0)
            return drivers[i].driver;
    }
    return NULL;
}

/* Drivers with no migration in them, in any release up to 11.3: none of their
 * sources sets domainMigratePerform3 or the like. */
static const char *const unmoved[] = { "TEST", "LXC", "BHYVE", "VMware", "Hyper-V", "VBOX" };

static gboolean
is_driver(const char *driver, const char *name)
{
    return driver && g_ascii_strcasecmp(driver, name) == 0;
}

gboolean
vmc_rules_can_judge(const VmcRequirement *req)
{
    gboolean qemus_type =
        g_strcmp0(req->virt_type, "kvm") == 0 || g_strcmp0(req->virt_type, "qemu") == 0;
    const char *driver = driver_of(req);

    return !req->virt_type || (qemus_type && (!driver || is_driver(driver, QEMU)));
}

/* The destination's driver is known, and it is not the guest's. */
static gboolean
is_elsewhere(const VmcRequirement *req, const VmcOffer *offer)
{
    const char *driver = driver_of(req);

    if (!offer->type)
        return FALSE;
    if (driver)
        return !is_driver(driver, offer->type);
    return is_driver(offer->type, QEMU) && !vmc_rules_can_judge(req);
}

static const char *
kind_of(const VmcRequirement *req)
{
    const char *driver = driver_of(req);

    if (driver && !is_driver(driver, QEMU))
        return driver;
    return req->virt_type ? req->virt_type : "";
}

static void
check_driver(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const char *driver = driver_of(req);

    if (!is_elsewhere(req, offer))
        return;
    if (driver)
        vmc_fail(findings, "", driver, offer->type,
                 _("the destination's libvirt driver is '%1$s', the guest needs '%2$s'"),
                 offer->type, driver);
    else
        vmc_fail(findings, "@type", req->virt_type, offer->type,
                 _("the destination's libvirt driver is '%1$s', which runs no guests of the type "
                   "'%2$s'"),
                 offer->type, kind_of(req));
}

/* Its driver moves no guest, running or not; an image may still be restored. */
static gboolean
never_moves(const VmcRequirement *req)
{
    const char *driver = driver_of(req);

    for (size_t i = 0; req->state != VMC_STATE_SAVED && i < G_N_ELEMENTS(unmoved); i++) {
        if (is_driver(driver, unmoved[i]))
            return TRUE;
    }
    return FALSE;
}

static void
check_moves(const VmcRequirement *req,
            const VmcOffer *offer,
            const VmcNeed *need,
            VmcFindings *findings)
{
    if (never_moves(req))
        vmc_fail(findings, "@type", NULL, driver_of(req),
                 _("libvirt's driver '%1$s', which the guest belongs to, migrates no guests"),
                 driver_of(req));
}

static void
check_judged(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    gboolean to_qemu = !offer->type || is_driver(offer->type, QEMU);

    if (never_moves(req) || is_elsewhere(req, offer) || (vmc_rules_can_judge(req) && to_qemu))
        return;
    vmc_cannot_know(findings, "@type", kind_of(req), NULL,
                    _("guests of '%1$s' can't be judged: only what libvirt's QEMU driver and QEMU "
                      "itself refuse is known"),
                    vmc_rules_can_judge(req) ? offer->type : kind_of(req));
}

const VmcRule vmc_rules_hypervisor[] = {
    {
        .id = "dest-driver-mismatch",
        .states = VMC_STATE_ALL,
        .any_hypervisor = TRUE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_driver,
        .summary = N_("the destination runs the guest's libvirt driver"),
        .cause = N_("Guests migrate only between hosts of one libvirt driver. Other drivers (LXC, "
                    "Xen, test …) can't take over a QEMU guest, nor QEMU theirs."),
        .remedy = N_("Connect to the destination's own driver for such guests (vmcompat check "
                     "-c URI): for QEMU's, qemu+ssh://HOST/system."),
        .spares = "this function is not supported by the connection driver: virDomainMigrate3",
    },
    {
        .id = "driver-without-migration",
        .states = VMC_STATE_LIVE | VMC_STATE_OFF,
        .any_hypervisor = TRUE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_moves,
        .summary = N_("the guest's libvirt driver can migrate guests"),
        .cause = N_("Only some of libvirt's drivers have migration in them; those for LXC, bhyve, "
                    "VMware Player, VirtualBox, Hyper-V and tests have none."),
        .remedy = N_("Shut the guest off, copy its disks, and define it on the destination (virsh "
                     "dumpxml, virsh define)."),
        .spares = "this function is not supported by the connection driver: virDomainMigrate3",
    },
    {
        .id = "hypervisor-not-judged",
        .states = VMC_STATE_ALL,
        .any_hypervisor = TRUE,
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_judged,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .subject = "@type",
        .summary = N_("the guest is QEMU's (of the type 'kvm' or 'qemu')"),
        .cause = N_("Each of libvirt's drivers decides on its own what it migrates. The rules here "
                    "are those of the QEMU driver; the guest or its destination has another."),
        .remedy = N_("Try the migration with a guest of the same kind that may fail (virsh "
                     "migrate); nothing else tells."),
        .spares = "this function is not supported by the connection driver: virDomainMigrate3",
    },
    { 0 },
};
