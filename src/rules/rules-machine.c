/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: architecture, virtualization type, emulator, machine type, vCPUs.
 */
#include "rules/rules.h"

#include <string.h>

#define ALL_STATES (VMC_STATE_OFF | VMC_STATE_SAVED | VMC_STATE_LIVE)

static const VmcGuest *
guest_of(const VmcRequirement *req, const VmcOffer *offer)
{
    return vmc_offer_guest(offer, req->arch, req->os_type);
}

static const VmcMachine *
machine_of(const VmcRequirement *req, const VmcOffer *offer)
{
    const VmcGuest *guest = guest_of(req, offer);

    return guest && req->machine ? g_hash_table_lookup(guest->machines, req->machine) : NULL;
}

static gboolean
has_arch(const VmcOffer *offer, const char *arch)
{
    for (size_t i = 0; i < offer->guests->len; i++) {
        const VmcGuest *guest = offer->guests->pdata[i];

        if (g_strcmp0(guest->arch, arch) == 0)
            return TRUE;
    }
    return FALSE;
}

static char *
list_archs(const VmcOffer *offer)
{
    g_autoptr(GHashTable) archs = vmc_set_new();

    for (size_t i = 0; i < offer->guests->len; i++) {
        const VmcGuest *guest = offer->guests->pdata[i];

        g_hash_table_add(archs, g_strdup(guest->arch));
    }
    return vmc_set_join(archs);
}

static void
check_arch(const VmcRequirement *req,
           const VmcOffer *offer,
           const VmcNeed *need,
           VmcFindings *findings)
{
    g_autofree char *archs = NULL;

    if (!req->arch || has_arch(offer, req->arch))
        return;
    archs = list_archs(offer);
    vmc_fail(findings, "os/type/@arch", req->arch, archs,
             _("the guest's architecture '%1$s' can't run on the destination, which has '%2$s'"),
             req->arch, archs);
}

static void
check_os_type(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    if (req->os_type && has_arch(offer, req->arch) && !guest_of(req, offer))
        vmc_fail(findings, "os/type", req->os_type, NULL,
                 _("the destination runs no guests of the OS type '%1$s' on '%2$s'"), req->os_type,
                 req->arch);
}

static void
check_virt_type(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const VmcGuest *guest = guest_of(req, offer);
    g_autofree char *types = NULL;

    if (!guest || !req->virt_type || g_hash_table_contains(guest->virt_types, req->virt_type))
        return;
    types = vmc_set_join(guest->virt_types);
    vmc_fail(findings, "@type", req->virt_type, types,
             _("the guest's virtualization type is '%1$s', the destination has '%2$s' for '%3$s'"),
             req->virt_type, types, req->arch);
}

static gboolean
file_is(const VmcOffer *offer, const char *path, const char *kind)
{
    const VmcFile *file = g_hash_table_lookup(offer->files, path);

    return file && g_strcmp0(file->kind, kind) == 0;
}

/* libvirt named the binary when it refused its domain capabilities. */
static gboolean
was_refused(const VmcOffer *offer, const char *path)
{
    const char *why = offer->why[VMC_PART_DOMCAPS];

    return why && strstr(why, path) != NULL;
}

static void
check_emulator(const VmcRequirement *req,
               const VmcOffer *offer,
               const VmcNeed *need,
               VmcFindings *findings)
{
    const VmcGuest *guest = guest_of(req, offer);
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    gboolean missing = file_is(offer, need->name, "missing");

    if (!missing && domcaps && g_strcmp0(domcaps->emulator, need->name) == 0)
        return;
    if (!missing && guest && g_hash_table_contains(guest->emulators, need->name))
        return;
    if (missing || was_refused(offer, need->name)) {
        vmc_fail(findings, need->subject, need->name, guest ? guest->emulator : NULL,
                 _("the emulator '%1$s' is not on the destination"), need->name);
        if (guest && guest->emulator)
            vmc_remedy(findings,
                       _("The destination's own is '%1$s': name that one in <emulator> (virsh "
                         "migrate --xml FILE and --persistent-xml FILE while it runs, virsh edit "
                         "while it is off), or install the guest's."),
                       guest->emulator);
        return;
    }
    vmc_cannot_know(
        findings, need->subject, need->name,
        _("Check over a read-write connection to the destination (vmcompat check -c URI), "
          "which is then asked about this very emulator, or run the check there."),
        _("can't tell whether the emulator '%1$s' works on the destination: its "
          "capabilities don't name it"),
        need->name);
}

/* By the number at the first difference, "7.2" before "10.0". */
static int
compare_versions(const char *a, const char *b)
{
    while (*a && *b) {
        guint64 x = 0, y = 0;

        if (!g_ascii_isdigit(*a) || !g_ascii_isdigit(*b)) {
            if (*a != *b)
                return *a < *b ? -1 : 1;
            a++;
            b++;
            continue;
        }
        x = g_ascii_strtoull(a, (char **)&a, 10);
        y = g_ascii_strtoull(b, (char **)&b, 10);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return *a ? 1 : *b ? -1 : 0;
}

/* Length of "pc-q35-" in "pc-q35-7.2". */
static size_t
family_length(const char *machine)
{
    const char *dash = strrchr(machine, '-');

    return dash ? (size_t)(dash - machine) + 1 : 0;
}

/* The newest machine type of the same family, or NULL. */
static const char *
newest_relative(const VmcGuest *guest, const char *machine)
{
    size_t length = family_length(machine);
    const char *newest = NULL;
    const char *name = NULL;
    GHashTableIter iter;

    g_hash_table_iter_init(&iter, guest->machines);
    while (length > 0 && g_hash_table_iter_next(&iter, (void **)&name, NULL)) {
        if (strncmp(name, machine, length) == 0 && (!newest || compare_versions(name, newest) > 0))
            newest = name;
    }
    return newest;
}

/* Whether capabilities list the machine types of the guest's emulator: they do
 * for the binaries they name. */
static gboolean
emulator_is_listed(const VmcRequirement *req, const VmcGuest *guest)
{
    return !req->emulator || g_hash_table_contains(guest->emulators, req->emulator);
}

static void
check_machine(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    const VmcGuest *guest = guest_of(req, offer);
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    const char *newest = NULL;

    if (!guest || !req->machine || g_hash_table_contains(guest->machines, req->machine) ||
        (domcaps && g_strcmp0(domcaps->machine, req->machine) == 0))
        return;
    if (!emulator_is_listed(req, guest)) {
        vmc_cannot_know(findings, "os/type/@machine", req->machine,
                        _("Check over a read-write connection to the destination (vmcompat check "
                          "-c URI), which is then asked about this very emulator."),
                        _("can't tell whether the machine type '%1$s' is on the destination: its "
                          "capabilities list those of other emulators than '%2$s'"),
                        req->machine, req->emulator);
        return;
    }
    newest = newest_relative(guest, req->machine);
    vmc_fail(findings, "os/type/@machine", req->machine, newest,
             _("the machine type '%1$s' is unknown to the destination's QEMU"), req->machine);
    if (newest)
        vmc_remedy(findings,
                   _("The newest of the kind there is '%1$s'. Update QEMU on the destination, or "
                     "give the guest that machine type while it is off (virsh edit '%2$s')."),
                   newest, req->name);
}

static void
check_deprecated(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    const VmcMachine *machine = machine_of(req, offer);

    if (machine && machine->deprecated)
        vmc_fail(findings, "os/type/@machine", req->machine, "deprecated",
                 _("the machine type '%1$s' is deprecated in the destination's QEMU, and a later "
                   "one won't have it"),
                 req->machine);
}

static unsigned int
smaller_known(unsigned int a, unsigned int b)
{
    if (a == 0 || b == 0)
        return MAX(a, b);
    return MIN(a, b);
}

static void
check_max_vcpus(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const VmcMachine *machine = machine_of(req, offer);
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    gboolean exact = machine && domcaps &&
                     g_strcmp0(vmc_offer_machine_canonical(offer, req->arch, domcaps->machine),
                               machine->canonical) == 0;
    unsigned int max =
        smaller_known(machine ? machine->max_vcpus : 0, exact ? domcaps->max_vcpus : 0);
    g_autofree char *needed = g_strdup_printf("%u", req->vcpus);
    g_autofree char *found = g_strdup_printf("%u", max);

    if (machine && max == 0)
        vmc_cannot_know(findings, "vcpu", needed,
                        _("Ask the destination: virsh maxvcpus, virsh domcapabilities."),
                        _("can't tell whether the machine type '%1$s' takes %2$u vCPUs on the "
                          "destination: its limit is not known"),
                        req->machine, req->vcpus);
    if (max != 0 && req->vcpus > max)
        vmc_fail(findings, "vcpu", needed, found,
                 _("the guest has %1$u vCPUs, the destination allows %2$u for '%3$s'"), req->vcpus,
                 max, req->machine);
}

static gboolean
has_vcpus(const VmcRequirement *req)
{
    return req->vcpus > 0;
}

const VmcRule vmc_rules_machine[] = {
    {
        .id = "arch-mismatch",
        .any_hypervisor = TRUE,
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_arch,
        .subject = "os/type/@arch",
        .summary = N_("the destination runs guests of this architecture"),
        .cause = N_("No emulator of the destination is for the guest's architecture."),
        .remedy = N_("Install that architecture's emulator on the destination (package "
                     "qemu-system-arm, qemu-system-ppc, qemu-system-misc … on Debian, "
                     "qemu-system-ARCH on Fedora); for hardware virtualization choose a host "
                     "of the same architecture."),
        .spares = "unsupported configuration: Emulator '%s' does not support arch '%s'",
    },
    {
        .id = "os-type",
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_os_type,
        .subject = "os/type",
        .summary = N_("the destination runs guests of this OS type"),
        .cause = N_("QEMU hosts run fully virtualized guests ('hvm') only."),
        .remedy = N_("Use a definition whose <os><type> is 'hvm'."),
        .spares = "unsupported configuration: Emulator '%s' does not support os type '%s'",
    },
    {
        .id = "virttype-unsupported",
        .any_hypervisor = TRUE,
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_virt_type,
        .subject = "@type",
        .summary = N_("the destination has the guest's virtualization type"),
        .cause = N_("A KVM guest needs /dev/kvm on the destination, and the virtualization type "
                    "can't change on the way. Where it is missing, virtualization is off in the "
                    "firmware, or not given to the virtual machine that is the host."),
        .remedy = N_("Turn on virtualization (VT-x, AMD-V) in the destination's firmware and load "
                     "the kernel's module (modprobe kvm_intel or kvm_amd); virt-host-validate qemu "
                     "tells what is missing."),
        .spares = "unsupported configuration: Emulator '%s' does not support virt type 'kvm'",
    },
    {
        .id = "emulator-missing",
        .states = ALL_STATES,
        .kind = VMC_NEED_FILE,
        .name = "emulator",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_emulator,
        .may_not_know = TRUE,
        .summary = N_("the guest's emulator is on the destination"),
        .cause = N_("The definition names the emulator's path, and distributions differ in it. "
                    "Already the reading of a definition needs the emulator."),
        .remedy = N_("Install the emulator there, or name the destination's own in <emulator>."),
        .spares = "Cannot check QEMU binary %s: No such file or directory",
    },
    {
        .id = "machine-type-unsupported",
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_machine,
        .may_not_know = TRUE,
        .subject = "os/type/@machine",
        .summary = N_("the destination's QEMU knows the guest's machine type"),
        .cause = N_("The machine type is fixed when a guest is defined, and names a version of "
                    "QEMU. Older QEMUs lack newer ones, newer QEMUs drop very old ones, and those "
                    "with a distribution's name are in that distribution only."),
        .remedy = N_("Update QEMU on the destination, or change the machine type while the guest "
                     "is off (virsh edit)."),
        .spares = "unsupported configuration: Emulator '%s' does not support machine type '%s'",
    },
    {
        .id = "machine-type-deprecated",
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_deprecated,
        .summary = N_("the machine type is not deprecated on the destination"),
        .cause = N_("QEMU still has the machine type, and will drop it in a later version. The "
                    "guest then starts on no updated host."),
        .remedy = N_("Give the guest a newer machine type at its next shutdown (virsh edit)."),
    },
    {
        .id = "max-vcpus",
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_max_vcpus,
        .applies = has_vcpus,
        .may_not_know = TRUE,
        .subject = "vcpu",
        .summary = N_("the machine type takes the guest's vCPUs there"),
        .cause =
            N_("Each machine type, and KVM, has a greatest number of vCPUs. The guest's maximum "
               "counts, also where fewer are online."),
        .remedy = N_("Lower the maximum while the guest is off (virsh setvcpus GUEST N --maximum "
                     "--config), or use a destination with a newer QEMU and kernel."),
        .spares = "unsupported configuration: Maximum CPUs greater than specified machine type "
                  "limit %u",
    },
    { 0 },
};
