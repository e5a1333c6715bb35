/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Devices: models and buses by domain capabilities, what never migrates, host
 * devices, TPM, shared folders, shared memory, and what QEMU opens on the host.
 */
#include "rules/rules-internal.h"

#include <string.h>

/* Words for one enum of domain capabilities (a CHOICE need's detail), and how far
 * its silence can be trusted. */
typedef struct {
    const char *detail;
    const char *refused;       /* N_(): %1$s is the value */
    const char *const *sure;   /* the only values whose absence is a refusal; NULL: all */
    const char *const *always; /* values that are never refused; NULL: none */
} ChoiceText;

/* A trait by which QEMU's or libvirt's source refuses, whatever the destination. */
typedef struct {
    const char *trait;
    const char *message; /* N_(): %1$s is the trait's detail */
} TraitText;

static const ChoiceText choice_texts[];
static const TraitText unmigratable[];
static const TraitText overrides[];
static const char *const filesystem_uses[];

/* ---- choices ------------------------------------------------------------- */

static const ChoiceText *
choice_text(const char *detail)
{
    const ChoiceText *text = choice_texts;

    while (text->detail && !g_str_equal(text->detail, detail))
        text++;
    return text;
}

static VmcTristate
supported(const VmcDomcaps *domcaps, const char *path)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(domcaps->supported, path));
}

/* No where the element around the enum is said to be unsupported as a whole. */
static VmcTristate
answer_without_enum(const VmcDomcaps *domcaps, const char *detail)
{
    VmcTristate answer = supported(domcaps, detail);
    g_autofree char *parent = NULL;

    if (answer != VMC_UNKNOWN || !strchr(detail, '/'))
        return answer;
    parent = g_path_get_dirname(detail);
    return supported(domcaps, parent) == VMC_NO ? VMC_NO : VMC_UNKNOWN;
}

VmcTristate
vmc_choice_answer(const VmcDomcaps *domcaps, const VmcNeed *need)
{
    const ChoiceText *text = choice_text(need->detail);
    GHashTable *values = g_hash_table_lookup(domcaps->enums, need->detail);

    if (text->always && g_strv_contains(text->always, need->name))
        return VMC_YES;
    if (text->sure && !g_strv_contains(text->sure, need->name))
        return VMC_UNKNOWN;
    if (!values)
        return answer_without_enum(domcaps, need->detail);
    return g_hash_table_contains(values, need->name) ? VMC_YES : VMC_NO;
}

static char *
offered(const VmcDomcaps *domcaps, const char *detail)
{
    GHashTable *values = domcaps ? g_hash_table_lookup(domcaps->enums, detail) : NULL;

    return values ? vmc_set_join(values) : g_strdup("no");
}

void
vmc_choice_report(const VmcNeed *need, VmcFindings *findings)
{
    g_autofree char *found = offered(vmc_findings_domcaps(findings), need->detail);
    g_autofree char *message =
        vmc_text_fill(_(choice_text(need->detail)->refused), need->name, need->detail);

    vmc_fail(findings, need->subject, need->name, found, "%s", message);
}

void
vmc_rule_choice(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    if (vmc_choice_answer(vmc_findings_domcaps(findings), need) == VMC_NO)
        vmc_choice_report(need, findings);
}

/* ---- traits -------------------------------------------------------------- */

static const TraitText *
trait_text(const TraitText *texts, const char *trait)
{
    while (texts->trait && !g_str_equal(texts->trait, trait))
        texts++;
    return texts->trait ? texts : NULL;
}

static void
check_unmigratable(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    const TraitText *text = trait_text(unmigratable, need->name);
    g_autofree char *message = NULL;

    if (!text)
        return;
    message = vmc_text_fill(_(text->message), need->detail, NULL);
    vmc_fail(findings, need->subject, NULL, need->name, "%s", message);
}

static void
check_override(const VmcRequirement *req,
               const VmcOffer *offer,
               const VmcNeed *need,
               VmcFindings *findings)
{
    const TraitText *text = trait_text(overrides, need->name);
    g_autofree char *message = NULL;

    if (!text)
        return;
    message = vmc_text_fill(_(text->message), need->detail, NULL);
    vmc_cannot_know(
        findings, need->subject, need->detail,
        _("See that both hosts have the same libvirt and QEMU (virsh version), or start a "
          "guest with the same setting on the destination (virsh create FILE)."),
        "%s", message);
}

static void
check_vdagent(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    guint64 version = vmc_requirement_qemu_version(req);
    g_autofree char *found = version ? vmc_version_text(version) : NULL;

    if (version >= VMC_VERSION(10, 1, 0))
        return;
    if (!version) {
        vmc_cannot_know(findings, need->subject, "10.1.0",
                        _("Look on the source: virsh version. QEMU 10.1 and newer migrate it."),
                        _("whether the source's QEMU can migrate a qemu-vdagent channel depends on "
                          "its version, which is not known"));
        return;
    }
    vmc_fail(findings, need->subject, "10.1.0", found,
             _("the guest has a qemu-vdagent channel, which the source's QEMU does not migrate"));
}

/* VFIO devices whose kernel driver can hand over their state exist since QEMU 8.1;
 * libvirt tells nothing of the driver. */
static gboolean
may_vfio_migrate(const VmcRequirement *req)
{
    guint64 version = vmc_requirement_qemu_version(req);

    return !version || version >= VMC_VERSION(8, 1, 0);
}

static void
check_passthrough(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    if (!g_str_equal(need->name, "hostdev-pci") && !g_str_equal(need->name, "mdev"))
        return;
    if (may_vfio_migrate(req)) {
        vmc_cannot_know(findings, need->subject, need->detail,
                        _("Ask QEMU on the source, which marks the guest as tainted: virsh "
                          "qemu-monitor-command GUEST --pretty '{\"execute\":\"query-migrate\"}' "
                          "shows blocked-reasons. Most devices can't migrate: detach them first."),
                        _("whether host device '%1$s' can migrate depends on its kernel driver"),
                        need->detail);
        return;
    }
    vmc_fail(findings, need->subject, NULL, need->detail,
             _("the guest uses device '%1$s' of the source host"), need->detail);
}

/* Where the kernel can't tell without a guest what it has of Hyper-V, QEMU lists
 * only what it makes up by itself, though more works. */
static gboolean
is_hyperv_told(const VmcDomcaps *domcaps)
{
    GHashTable *values = g_hash_table_lookup(domcaps->enums, "features/hyperv/features");
    guint own = 0;

    if (!values)
        return TRUE;
    own += g_hash_table_contains(values, "spinlocks");
    own += g_hash_table_contains(values, "vendor_id");
    return g_hash_table_size(values) > own;
}

static void
check_hyperv(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);

    if (vmc_choice_answer(domcaps, need) != VMC_NO)
        return;
    if (is_hyperv_told(domcaps)) {
        vmc_choice_report(need, findings);
        return;
    }
    vmc_cannot_know(
        findings, need->subject, need->name,
        _("Start a guest with this enlightenment on the destination (virsh create FILE)."),
        _("can't tell whether the destination's hypervisor has the Hyper-V "
          "enlightenment '%1$s': its kernel does not tell beforehand"),
        need->name);
}

/* virtiofs: libvirt refused it altogether up to 10.4; later virtiofsd decides. */
static void
check_virtiofs(const VmcRequirement *req,
               const VmcOffer *offer,
               const VmcNeed *need,
               VmcFindings *findings)
{
    guint64 libvirt_version = vmc_requirement_libvirt_version(req);
    guint64 qemu_version = vmc_requirement_qemu_version(req);
    guint64 qemu_there = offer->host.hypervisor_version;

    if (!g_str_equal(need->name, "virtiofs") && !g_str_equal(need->name, "virtiofs-external"))
        return;
    if ((libvirt_version && libvirt_version < VMC_VERSION(10, 5, 0)) ||
        (qemu_version && qemu_version < VMC_VERSION(8, 2, 0)) ||
        (qemu_there && qemu_there < VMC_VERSION(8, 2, 0))) {
        vmc_fail(
            findings, need->subject, NULL, need->detail,
            _("shared folder '%1$s' (virtiofs) can't migrate with these versions of libvirt and "
              "QEMU"),
            need->detail);
        return;
    }
    vmc_cannot_know(findings, need->subject, need->detail,
                    _("See that both hosts have virtiofsd 1.11 or newer with the feature "
                      "migrate-precopy in /usr/share/qemu/vhost-user/50-virtiofsd.json, and that "
                      "both see the same folder."),
                    _("whether shared folder '%1$s' (virtiofs) can migrate depends on virtiofsd"),
                    need->detail);
}

static void
check_usb_by_address(const VmcNeed *need, VmcFindings *findings)
{
    vmc_cannot_know(
        findings, need->subject, need->name,
        _("Name the device by vendor and product: <source><vendor id=…/><product "
          "id=…/></source>."),
        _("USB device '%1$s' is named by its place on the bus, which says nothing about "
          "the destination's devices"),
        need->name);
}

/* ---- host devices -------------------------------------------------------- */

static void
report_no_device(const VmcNeed *need, VmcFindings *findings)
{
    vmc_fail(findings, need->subject, need->name, NULL,
             _("the destination does not have host device '%1$s'"), need->name);
}

static void
check_device(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    if (!g_hash_table_contains(offer->nodedevs, need->name))
        report_no_device(need, findings);
}

static void
check_usb(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    if (g_hash_table_contains(offer->nodedevs, need->name))
        return;
    if (!g_str_has_prefix(need->name, "0x")) {
        check_usb_by_address(need, findings);
        return;
    }
    if (!(need->flags & VMC_DEVICE_OPTIONAL)) {
        report_no_device(need, findings);
        return;
    }
    vmc_say(findings, VMC_SEVERITY_WARNING, need->subject, need->name, NULL,
            _("the destination does not have USB device '%1$s': the guest will be without it"),
            need->name);
}

static void
check_smartcard(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    gboolean passthrough = g_strcmp0(need->detail, "passthrough") == 0;
    VmcTristate has =
        vmc_offer_device(offer, req, passthrough ? "smartcard-passthrough" : "smartcard-host");

    if (has == VMC_NO)
        vmc_fail(findings, need->subject, need->detail, NULL,
                 _("the destination's QEMU has no smart card device for mode '%1$s'"),
                 need->detail);
    if (has == VMC_UNKNOWN)
        vmc_cannot_know(findings, need->subject, need->detail,
                        _("Check over a connection to the destination that is not read-only "
                          "(vmcompat check -c URI): its libvirt is then asked."),
                        _("can't tell whether the destination's QEMU has the smart card device for "
                          "mode '%1$s'"),
                        need->detail);
}

/* ---- paths of devices ---------------------------------------------------- */

static void
check_filesystem(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    if (g_strv_contains(filesystem_uses, need->detail))
        vmc_rule_path(req, offer, need, findings);
}

/* With no path of the user's own, libvirt finds the program by descriptions in the
 * file system, which it does not tell about. */
static void
check_virtiofsd(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const VmcNeed *binary = vmc_requirement_find(req, VMC_NEED_FILE, NULL, "virtiofsd");
    const char *found = g_hash_table_lookup(offer->settings, "virtiofsd");

    if (binary) {
        vmc_path_report(binary, vmc_need_path(offer, binary), findings);
        return;
    }
    if (found && !g_str_equal(found, "missing"))
        return;
    if (found) {
        vmc_fail(findings, need->subject, "virtiofsd", NULL,
                 _("virtiofsd, which shared folder '%1$s' needs, is not installed on the "
                   "destination"),
                 need->detail);
        return;
    }
    vmc_cannot_know(findings, need->subject, "virtiofsd",
                    _("Look on the destination: ls /usr/share/qemu/vhost-user."),
                    _("whether virtiofsd, which shared folder '%1$s' needs, is installed on the "
                      "destination is not known"),
                    need->detail);
}

/* ---- tables -------------------------------------------------------------- */

#define NEWER_QEMU \
 N_("Change the device in the definition (virsh edit GUEST), or migrate to a host " \
    "whose QEMU has it; distributions put some devices into packages of their own " \
    "(qemu-system-modules-spice, qemu-system-modules-opengl).")

#define NO_STATE \
 N_("Detach the device while the guest migrates (virsh detach-device GUEST FILE " \
    "--live), or shut the guest off and migrate it so.")

#define CHOICE_CAUSE \
 N_("What devices a guest can have depends on the destination's QEMU, how it " \
    "was built and which of its modules are installed; libvirt lists them in " \
    "the domain capabilities.")

#define HOST_FILE_REMEDY \
 N_("Make it available under the same path on the destination (ls -l PATH), or change the path " \
    "while the guest is off (virsh edit GUEST).")

/* A row for an enum of domain capabilities. */
#define CHOICE_RULE(rule_id, prefix, text, message) \
 { \
  .id = (rule_id), .states = VMC_STATE_ALL, .kind = VMC_NEED_CHOICE, .name = (prefix), \
  .part = VMC_PART_DOMCAPS, .severity = VMC_SEVERITY_BLOCKER, .check = vmc_rule_choice, \
  .summary = (text), .cause = CHOICE_CAUSE, .remedy = NEWER_QEMU, .spares = (message), \
 }

/* A row for a path that QEMU or libvirt opens. */
#define PATH_RULE(rule_id, use, text, why, cure, message) \
 { \
  .id = (rule_id), .states = VMC_STATE_ALL, .kind = VMC_NEED_FILE, .name = (use), \
  .severity = VMC_SEVERITY_BLOCKER, .check = vmc_rule_path, .may_not_know = TRUE, \
  .summary = (text), .cause = (why), .remedy = (cure), .spares = (message), \
 }

const VmcRule vmc_rules_device[] = {
    CHOICE_RULE("disk-bus-unsupported",
                "disk/",
                N_("the destination's QEMU has the disk's kind, bus and model"),
                "IDE controllers are unsupported for this QEMU binary or machine type"),
    CHOICE_RULE("graphics-type",
                "graphics/type",
                N_("the destination's QEMU has the kind of display"),
                "spice graphics are not supported with this QEMU"),
    CHOICE_RULE("video-model",
                "video/modelType",
                N_("the destination's QEMU has the video model"),
                "domain configuration does not support video model 'qxl'"),
    CHOICE_RULE("rng-backend",
                "rng/",
                N_("the destination's QEMU has the random number device"),
                "the rng-random backend is not supported by this QEMU binary"),
    CHOICE_RULE("redirdev",
                "redirdev/",
                N_("the destination's QEMU can redirect USB devices"),
                "USB redirection is not supported by this version of QEMU"),
    CHOICE_RULE("chardev-types",
                "channel/type",
                N_("the destination's QEMU has the channel's type"),
                "spicevmc not supported in this QEMU binary"),
    CHOICE_RULE("panic", "panic/", N_("the destination's QEMU has the panic device"), NULL),
    CHOICE_RULE("crypto",
                "crypto/",
                N_("the destination's QEMU has the crypto device"),
                "virtio crypto device is not supported"),
    CHOICE_RULE("host-device-unsupported",
                "hostdev/subsysType",
                N_("the destination can pass devices of this kind through to guests"),
                NULL),
    {
        .id = "host-device-vfio-unavailable",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_CHOICE,
        .name = "hostdev/pciBackend",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_choice,
        .summary = N_("the destination can pass PCI devices through to guests"),
        .cause = N_("Passing PCI devices through needs an IOMMU that is switched on, and VFIO."),
        .remedy =
            N_("Switch the IOMMU on in the destination's firmware and kernel (intel_iommu=on), "
               "and load vfio-pci: modprobe vfio-pci."),
        .spares = "host doesn't support passthrough of host PCI devices",
    },
    CHOICE_RULE("9p-unsupported-build",
                "filesystem/driverType",
                N_("the destination's QEMU has the shared folder's driver"),
                NULL),
    CHOICE_RULE(
        "tpm-model-unsupported",
        "tpm/model",
        N_("the destination's QEMU has the TPM model"),
        "The QEMU executable /usr/bin/qemu-system-x86_64 does not support TPM model tpm-crb"),
    {
        .id = "tpm-emulator-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_CHOICE,
        .name = "tpm/backend",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_choice,
        .summary = N_("the destination has the TPM's backend"),
        .cause =
            N_("An emulated TPM is a program, swtpm, that libvirt starts; QEMU must know how to "
               "talk to it."),
        .remedy = N_("Install swtpm on the destination (packages swtpm and swtpm-tools)."),
    },
    {
        .id = "memory-backing-source",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_CHOICE,
        .name = "memoryBacking/",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_choice,
        .summary = N_("the destination's QEMU has the source of the guest's memory"),
        .cause = N_("Memory from memfd or files needs support of QEMU and the kernel."),
        .remedy = N_("Change <memoryBacking><source type=…/> while the guest is off."),
        .spares = "this qemu doesn't support the memory-backend-memfd object",
    },
    {
        .id = "hyperv-enlightenments",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_CHOICE,
        .name = "features/hyperv/features",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_hyperv,
        .may_not_know = TRUE,
        .summary = N_("the destination's hypervisor has the Hyper-V enlightenment"),
        .cause =
            N_("The kernel's KVM provides them; libvirt compares once QEMU has started. relaxed, "
               "vapic, spinlocks and vendor_id are never refused."),
        .remedy = N_("Bring the destination's kernel up to the source's (uname -r tells it), "
                     "or switch the enlightenment off in <hyperv> while the guest is off "
                     "(virsh edit GUEST)."),
        .spares = "host doesn't support hyperv 'stimer' feature",
    },
    CHOICE_RULE("arm-gic",
                "features/gic/version",
                N_("the destination has the interrupt controller's version"),
                NULL),
    CHOICE_RULE("genid-support",
                "features/genid",
                N_("the destination's QEMU has generation ids"),
                "this QEMU does not support the 'genid' capability"),
    CHOICE_RULE("vmcoreinfo-support",
                "features/vmcoreinfo",
                N_("the destination's QEMU has vmcoreinfo"),
                "vmcoreinfo is not available with this QEMU binary"),
    CHOICE_RULE("features-unsupported",
                "features/async-teardown",
                N_("the destination's QEMU can tear down guests asynchronously"),
                "asynchronous teardown is not available with this QEMU binary"),
    CHOICE_RULE("ps2-support",
                "features/ps2",
                N_("the destination's QEMU can leave PS/2 devices out"),
                NULL),
    CHOICE_RULE("iothreads",
                "iothreads",
                N_("the destination's QEMU has IOThreads"),
                "IOThreads not supported for this QEMU"),
    CHOICE_RULE("sgx",
                "features/sgx",
                N_("the destination has SGX for guests"),
                "sgx epc isn't supported by this QEMU binary"),

    /* by themselves */
    {
        .id = "shmem-role",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "shmem-peer",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("shared memory '%1$s' has the role of a peer"),
        .summary = N_("shared memory devices are masters"),
        .cause =
            N_("A peer's memory belongs to another guest or program and can't be moved; only a "
               "master's can."),
        .remedy = N_("Set role='master' on <shmem> while the guest is off, or detach it: virsh "
                     "detach-device GUEST FILE --live."),
        .spares =
            "shmem device '…' cannot be migrated, only shmem with role='master' can be migrated",
    },
    {
        .id = "shmem-legacy",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "shmem-legacy",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("shared memory '%1$s' has the old model 'ivshmem'"),
        .summary = N_("no shared memory device has the old model 'ivshmem'"),
        .cause = N_("libvirt migrates only the models ivshmem-plain and ivshmem-doorbell; newer "
                    "versions don't know the old one at all."),
        .remedy = N_("Change the model to ivshmem-plain or ivshmem-doorbell while the guest is "
                     "off (virsh edit GUEST)."),
        .spares = "migration with legacy shmem device is not supported",
    },
    PATH_RULE("shmem-server",
              "shmem-socket",
              N_("the destination runs the server of the guest's shared memory"),
              N_("QEMU connects to the ivshmem server's socket when it starts."),
              N_("Start ivshmem-server on the destination before the guest comes: ivshmem-server "
                 "-S PATH."),
              "Failed to connect to '/…': No such file or directory"),
    {
        .id = "virtiofs",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_virtiofs,
        .may_not_know = TRUE,
        .summary = N_("the guest has no virtiofs folders, or they can migrate"),
        .cause =
            N_("The state of virtiofs is in a program beside QEMU. libvirt 9 and 10.0 never "
               "migrate it; newer ones do where QEMU is 8.2 or newer and virtiofsd says that it "
               "can."),
        .remedy =
            N_("Unmount the folder in the guest and detach it (virsh detach-device GUEST FILE "
               "--live), or shut the guest off and migrate it so."),
        .spares = "migration with virtiofs device is not supported",
    },
    {
        .id = "virtiofsd-missing",
        .states = VMC_STATE_OFF,
        .kind = VMC_NEED_TRAIT,
        .name = "virtiofs",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_virtiofsd,
        .may_not_know = TRUE,
        .summary = N_("the destination has virtiofsd"),
        .cause = N_("libvirt starts virtiofsd for each shared folder; it is a package of its own."),
        .remedy = N_("Install virtiofsd on the destination (package virtiofsd; on Debian 12, "
                     "qemu-system-common)."),
        .spares = "Unable to find a satisfying virtiofsd",
    },
    {
        .id = "9p-mounted",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "9p",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .message = N_("shared folder '%1$s' (9p) can't migrate while the guest has it mounted, and "
                      "whether it has can't be seen from outside"),
        .summary = N_("the guest has not mounted any 9p folder"),
        .cause =
            N_("QEMU forbids migration and saving as long as the guest has the folder mounted."),
        .remedy =
            N_("Unmount it in the guest (umount), or ask QEMU, which marks the guest as tainted: "
               "virsh qemu-monitor-command GUEST --pretty '{\"execute\":\"query-migrate\"}' shows "
               "blocked-reasons. If it is not mounted: --ignore 9p-mounted."),
        .spares =
            "cannot migrate domain: Migration is disabled when VirtFS export path '…' is mounted "
            "in the guest using mount_tag '…'",
    },
    {
        .id = "filesystem-source-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "filesystem",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_filesystem,
        .may_not_know = TRUE,
        .assume = "shared-storage",
        .summary = N_("the shared folder is on the destination"),
        .cause =
            N_("QEMU or virtiofsd opens the folder when the guest starts, even an incoming one."),
        .remedy = N_("Make the same folder available on the destination (mkdir -p PATH, or "
                     "mount it there), or detach the device (virsh detach-device GUEST FILE)."),
        .spares =
            "cannot initialize fsdev 'fsdev-fs0': failed to open '/…': No such file or directory",
    },
    {
        .id = "usb-mtp",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "usb-mtp",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("shared folder '%1$s' is a USB MTP device, which QEMU does not migrate"),
        .summary = N_("no shared folder is a USB MTP device"),
        .cause = N_("QEMU has no way to hand over the state of this device."),
        .remedy = NO_STATE,
        .spares = "cannot migrate domain: State blocked by non-migratable device '…/usb-mtp'",
    },
    {
        .id = "vdagent",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "vdagent",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_vdagent,
        .may_not_know = TRUE,
        .summary = N_("the guest has no qemu-vdagent channel, or QEMU can migrate it"),
        .cause = N_("QEMU before 10.1 forbids migration and saving with it."),
        .remedy = NO_STATE,
        .spares = "cannot migrate domain: The vdagent chardev doesn't yet support migration",
    },
    {
        .id = "virgl",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "accel3d",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("the guest's video device has 3D acceleration, which QEMU does not migrate"),
        .summary = N_("the video device has no 3D acceleration"),
        .cause = N_("The state of virgl is in the host's graphics driver."),
        .remedy = N_("Switch <acceleration accel3d='no'/> while the guest is off."),
        .spares = "cannot migrate domain: virgl is not yet migratable",
    },
    {
        .id = "hyperv-passthrough",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "hyperv-passthrough",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("the guest takes all Hyper-V enlightenments of its host, which QEMU does not "
                      "migrate"),
        .summary = N_("Hyper-V enlightenments are listed one by one"),
        .cause =
            N_("With mode='passthrough' the guest sees what its host happens to have; QEMU forbids "
               "migration and saving."),
        .remedy =
            N_("List the enlightenments one by one (<hyperv mode='custom'>) while the guest is "
               "off."),
        .spares = "cannot migrate domain: 'hv-passthrough' CPU flag prevents migration",
    },
    {
        .id = "non-migratable-device",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_unmigratable,
        .summary = N_("the guest has no device that QEMU can't migrate"),
        .cause =
            N_("QEMU has no way to hand over the state of some devices, and forbids migration and "
               "saving with them."),
        .remedy = NO_STATE,
        .spares = "cannot migrate domain: State blocked by non-migratable device '…'",
    },
    {
        .id = "dimm-address-missing",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "dimm-no-address",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("a memory module (dimm) has no address"),
        .summary = N_("memory modules have an address"),
        .cause = N_("The destination must plug the module at the same slot and base address."),
        .remedy = N_("Restart the guest, by which its memory modules get addresses (virsh "
                     "shutdown GUEST, then virsh start GUEST), or detach the module (virsh "
                     "detach-device GUEST FILE --live)."),
    },
    {
        .id = "qemu-commandline",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "qemu-commandline",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .message =
            N_("the guest has arguments of its own for QEMU (qemu:commandline), which can't be "
               "judged"),
        .summary = N_("the guest has no arguments of its own for QEMU"),
        .cause =
            N_("libvirt hands them on unread; they can name files, devices and options that the "
               "destination lacks, or devices that don't migrate."),
        .remedy =
            N_("Judge them yourself, then: --ignore qemu-commandline. See them with: virsh dumpxml "
               "GUEST --xpath '//*[local-name()=\"commandline\"]'."),
        .spares = "internal error: process exited while connecting to monitor: …",
    },
    {
        .id = "qemu-capabilities-override",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_override,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .summary = N_("the guest overrides nothing of what libvirt tells QEMU"),
        .cause = N_(
            "Names of capabilities and properties come and go with versions of libvirt and QEMU; "
            "what is unknown there is refused."),
        .remedy = N_("Judge it yourself, then: --ignore qemu-capabilities-override."),
        .spares = "invalid qemu namespace capability '…'",
    },
    {
        .id = "lease",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "lease",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .message =
            N_("the guest holds lease '%1$s', and whether the destination's lock manager can "
               "take it is not known"),
        .summary = N_("the guest holds no leases"),
        .cause =
            N_("Leases are kept by a lock manager (sanlock, virtlockd), which both hosts must use; "
               "libvirt does not tell which."),
        .remedy = N_("Compare lock_manager in /etc/libvirt/qemu.conf of both hosts, then: --ignore "
                     "lease."),
    },

    /* host devices */
    {
        .id = "host-device-passthrough",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_passthrough,
        .may_not_know = TRUE,
        .summary = N_("the guest uses no PCI or mediated device of its host"),
        .cause =
            N_("The state of a passed through device is in the device. QEMU hands it over only "
               "where the kernel's driver can, and forbids migration and saving elsewhere; the "
               "transient one of a teaming pair is unplugged meanwhile."),
        .remedy = N_("Detach it while the guest migrates: virsh detach-device GUEST FILE --live."),
    },
    {
        .id = "host-device-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NODEDEV,
        .name = "pci",
        .part = VMC_PART_NODEDEVS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_device,
        .summary = N_("the destination has the PCI device"),
        .cause = N_("The definition names the device by its address on the host."),
        .remedy =
            N_("Change the device's address in the definition to one of the destination's (virsh "
               "nodedev-list --cap pci there)."),
        .spares =
            "Device 0000:01:00.0 not found: could not access /sys/bus/pci/devices/0000:01:00.0",
    },
    {
        .id = "usb-hostdev",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NODEDEV,
        .name = "usb",
        .part = VMC_PART_NODEDEVS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_usb,
        .may_not_know = TRUE,
        .summary = N_("the destination has the USB device"),
        .cause = N_("libvirt looks for the device when the guest arrives."),
        .remedy =
            N_("Plug the device in there, detach it (virsh detach-device GUEST FILE --live), or "
               "give it startupPolicy='optional'."),
        .spares = "Did not find USB device 0951:1666",
    },
    {
        .id = "mdev",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NODEDEV,
        .name = "mdev",
        .part = VMC_PART_NODEDEVS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_device,
        .summary = N_("the destination has the mediated device"),
        .cause = N_("The definition names the device by its UUID; it must be started on the "
                    "destination."),
        .remedy =
            N_("Make it there with the same UUID and type (virsh nodedev-define FILE) and start "
               "it (virsh nodedev-start DEVICE)."),
    },
    {
        .id = "scsi-hostdev",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_NODEDEV,
        .name = "scsi",
        .part = VMC_PART_NODEDEVS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_device,
        .summary = N_("the destination has the SCSI device at the same address"),
        .cause =
            N_("The definition names the device by adapter, bus, target and unit, and the same "
               "unit must be there."),
        .remedy =
            N_("Compare virsh nodedev-list --cap scsi of both hosts; use a disk of type block with "
               "a path below /dev/disk/by-id instead."),
    },
    {
        .id = "vhost-scsi",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "hostdev-scsi-host",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("the guest uses vhost-scsi target '%1$s' of the source host"),
        .summary = N_("the guest uses no vhost-scsi target of its host"),
        .cause =
            N_("The state of vhost-scsi is in the host's kernel, and QEMU forbids migration and "
               "saving."),
        .remedy = NO_STATE,
        .spares = "cannot migrate domain: vhost-scsi does not support migration in all cases.",
    },
    PATH_RULE(
        "vhost-scsi-missing",
        "hostdev-scsi-host",
        N_("the destination has vhost-scsi"),
        N_("libvirt opens /dev/vhost-scsi for the guest."),
        N_("Load the module on the destination (modprobe vhost_scsi), and make the target there."),
        "unable to open vhost-scsi device '/dev/vhost-scsi'"),
    {
        .id = "capabilities-hostdev",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "hostdev-caps",
        .severity = VMC_SEVERITY_BLOCKER,
        .message =
            N_("the guest has a host device with mode='capabilities' (%1$s), which QEMU guests "
               "can't have"),
        .summary = N_("no host device has mode='capabilities'"),
        .cause = N_("Such devices are for containers (LXC)."),
        .remedy = N_("Take the device out of the definition: virsh edit GUEST."),
        .spares = "hostdev mode 'capabilities' is not supported in QEMU",
    },
    {
        .id = "vfio-viommu",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "hostdev-iommu",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("the guest has a passed through device behind a virtual IOMMU"),
        .summary = N_("no passed through device is behind a virtual IOMMU"),
        .cause = N_("QEMU can't track what a device writes behind a virtual IOMMU."),
        .remedy = NO_STATE,
    },

    /* TPM */
    {
        .id = "tpm-passthrough",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "tpm-passthrough",
        .severity = VMC_SEVERITY_WARNING,
        .message =
            N_("the guest uses the host's TPM '%1$s': on the destination it talks to another "
               "one"),
        .summary = N_("the guest does not use its host's TPM"),
        .cause =
            N_("Neither libvirt nor QEMU refuses, but keys that are sealed to one TPM are not in "
               "another."),
        .remedy = N_("Use an emulated TPM, whose state migrates: <backend type='emulator'/> "
                     "(virsh edit GUEST, while it is off)."),
    },
    {
        .id = "tpm-state-offline",
        .states = VMC_STATE_OFF,
        .kind = VMC_NEED_TRAIT,
        .name = "tpm-emulator",
        .severity = VMC_SEVERITY_WARNING,
        .message =
            N_("the emulated TPM's state is not copied with a guest that is off: it starts there "
               "with an empty TPM"),
        .summary = N_("nothing is lost of an emulated TPM"),
        .cause =
            N_("An offline migration moves the definition only; disk encryption that is sealed to "
               "the TPM (BitLocker) locks the guest out."),
        .remedy =
            N_("Copy the folder /var/lib/libvirt/swtpm/UUID to the destination before the guest "
               "starts there, or migrate it live."),
    },
    PATH_RULE(
        "tpm-device-missing",
        "tpm-device",
        N_("the destination has the host's TPM device"),
        N_("QEMU opens the device when the guest starts."),
        N_("Use an emulated TPM (<backend type='emulator'/>, virsh edit GUEST while it is off), or see "
           "that the destination has one (ls -l PATH) and nobody else uses it."),
        "Could not open TPM device '/dev/tpm0': No such file or directory"),
    PATH_RULE(
        "tpm-external",
        "tpm-socket",
        N_("the destination runs the guest's external swtpm"),
        N_("With backend 'external' somebody else starts swtpm; QEMU connects to its socket."),
        N_("Start swtpm on the destination before the guest comes: swtpm socket --tpm2 --ctrl "
           "type=unixio,path=PATH --tpmstate dir=DIR."),
        "Failed to connect to '/…': No such file or directory"),

    /* what QEMU or libvirt opens */
    PATH_RULE("rng-device-missing",
              "rng",
              N_("the destination has the source of random numbers"),
              N_("QEMU opens it when the guest starts."),
              N_("Use /dev/urandom, which every host has."),
              "Could not open '/dev/hwrng': No such file or directory"),
    PATH_RULE(
        "chardev-path",
        "chardev-",
        N_("the destination has what a character device is connected to"),
        N_("QEMU or libvirt opens files, pipes, devices and sockets of serial ports, consoles and "
           "channels when the guest starts; files are made, their folders are not."),
        HOST_FILE_REMEDY,
        "Unable to pre-create chardev file '/…': No such file or directory"),
    PATH_RULE("vsock-device-missing",
              "vsock-device",
              N_("the destination has vsock for guests"),
              N_("libvirt opens /dev/vhost-vsock for the guest."),
              N_("Load the module on the destination: modprobe vhost_vsock."),
              "unable to open vhost-vsock device: No such file or directory"),
    PATH_RULE(
        "gl-rendernode",
        "rendernode",
        N_("the destination has the render node"),
        N_("QEMU opens the graphics card's render node that the definition names."),
        N_("Leave rendernode out of the definition (virsh edit GUEST): each host then chooses its "
           "own."),
        "Could not open render node /dev/dri/renderD128: No such file or directory"),
    PATH_RULE(
        "graphics-socket-path",
        "graphics-socket",
        N_("the destination has the folder of the display's socket"),
        N_("QEMU makes the socket, but not its folder."),
        N_("Make the folder of PATH on the destination (mkdir -p), or leave the path out (virsh edit "
           "GUEST): libvirt then chooses one."),
        "Failed to bind socket to /…: No such file or directory"),
    PATH_RULE(
        "input-device-missing",
        "input-device",
        N_("the destination has the input device"),
        N_("QEMU opens the host's input device when the guest starts."),
        N_("Detach the device, or use a path that is the same on both hosts (/dev/input/by-id)."),
        "Could not open '/dev/input/event0': No such file or directory"),
    {
        .id = "input-passthrough",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "input-passthrough",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("input device '%1$s' of the source is passed through, which QEMU does not "
                      "migrate"),
        .summary = N_("no input device is passed through"),
        .cause = N_("QEMU has no way to hand over the state of virtio-input-host."),
        .remedy = NO_STATE,
        .spares =
            "cannot migrate domain: State blocked by non-migratable device '…/virtio-input-host'",
    },
    {
        .id = "smartcard-device",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "smartcard",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_smartcard,
        .may_not_know = TRUE,
        .summary = N_("the destination's QEMU has the smart card device"),
        .cause = N_("A smart card is a part of QEMU that some distributions package by itself, and "
                    "others leave out; libvirt refuses a guest with one where it is missing."),
        .remedy = N_("Install it on the destination (package qemu-system-common on Debian, "
                     "qemu-device-usb-smartcard on Fedora), or take the card out of the guest "
                     "(<smartcard>, virsh edit GUEST while it is off)."),
        .spares = "unsupported configuration: this QEMU binary lacks smartcard passthrough mode "
                  "support",
    },
    PATH_RULE("smartcard",
              "smartcard-database",
              N_("the destination has the smart card's database"),
              N_("QEMU opens the certificate database when the guest starts."),
              HOST_FILE_REMEDY,
              NULL),
    PATH_RULE("nvdimm",
              "memory-file",
              N_("the destination has the memory device's file"),
              N_("QEMU maps the file when the guest starts; its size must be the same."),
              N_("Make a file or device of the same size under the same path on the destination: "
                 "truncate -s SIZE PATH."),
              "can't open backing store /… for guest RAM: No such file or directory"),
    {},
};

static const char *const hyperv_always[] = { "relaxed",   "vapic", "spinlocks",
                                             "vendor_id", "evmcs", NULL };
static const char *const none_always[] = { "none", NULL };
static const char *const disk_buses[] = { "ide", "fdc", "scsi", "virtio", "usb", "sata", NULL };
static const char *const host_devices[] = { "usb", "pci", "scsi", NULL };
static const char *const channels[] = { "spicevmc", NULL };
static const char *const filesystems[] = { "path", "virtiofs", NULL };

/* The last one is for enums that have no words of their own. */
static const ChoiceText choice_texts[] = {
    { "disk/diskDevice", N_("the destination's QEMU does not offer disks of kind '%1$s'"), NULL,
      NULL },
    { "disk/bus", N_("the destination does not offer disk bus '%1$s' for the guest's machine type"),
      disk_buses, NULL },
    { "disk/model", N_("the destination's QEMU does not offer disk model '%1$s'"), NULL, NULL },
    { "graphics/type", N_("the destination's QEMU does not offer '%1$s' displays"), NULL, NULL },
    { "video/modelType", N_("the destination's QEMU does not offer video model '%1$s'"), NULL,
      none_always },
    { "rng/model", N_("the destination's QEMU does not offer random number device '%1$s'"), NULL,
      NULL },
    { "rng/backendModel", N_("the destination's QEMU does not offer random number source '%1$s'"),
      NULL, NULL },
    { "redirdev/bus",
      N_("the destination's QEMU does not offer redirection of devices on bus '%1$s'"), NULL,
      NULL },
    { "channel/type", N_("the destination's QEMU does not offer channels of type '%1$s'"), channels,
      NULL },
    { "hostdev/subsysType",
      N_("the destination does not offer passing through devices of kind '%1$s'"), host_devices,
      NULL },
    { "hostdev/pciBackend",
      N_("the destination can't pass PCI devices through to guests by '%1$s'"), NULL, NULL },
    { "filesystem/driverType",
      N_("the destination's QEMU does not offer shared folders with driver "
         "'%1$s'"),
      filesystems, NULL },
    { "tpm/model", N_("the destination does not offer TPM model '%1$s'"), NULL, NULL },
    { "tpm/backendModel", N_("the destination does not offer TPM backend '%1$s'"), NULL, NULL },
    { "tpm/backendVersion", N_("the destination's TPM emulator does not offer version %1$s"), NULL,
      NULL },
    { "panic/model", N_("the destination's QEMU does not offer panic device '%1$s'"), NULL, NULL },
    { "interface/backendType", N_("the destination's QEMU does not offer user networking ('%1$s')"),
      NULL, NULL },
    { "memoryBacking/sourceType",
      N_("the destination does not offer guest memory with source '%1$s'"), NULL, NULL },
    { "features/hyperv/features",
      N_("the destination's hypervisor does not offer Hyper-V enlightenment '%1$s'"), NULL,
      hyperv_always },
    { "features/gic/version",
      N_("the destination does not offer version %1$s of the interrupt controller (GIC)"), NULL,
      NULL },
    { "features/genid", N_("the destination's QEMU does not offer generation ids"), NULL, NULL },
    { "features/vmcoreinfo", N_("the destination's QEMU does not offer vmcoreinfo"), NULL, NULL },
    { "features/async-teardown", N_("the destination's QEMU does not offer asynchronous teardown"),
      NULL, NULL },
    { "features/ps2", N_("the destination's QEMU can't leave PS/2 devices out"), NULL, NULL },
    { "features/sgx", N_("the destination does not offer SGX to guests"), NULL, NULL },
    { "iothreads", N_("the destination's QEMU does not offer IOThreads"), NULL, NULL },
    { "os/firmware", N_("the destination has no firmware of kind '%1$s'"), NULL, NULL },
    { "os/loader/secure",
      N_("the destination does not offer Secure Boot for the guest's machine type"), NULL, NULL },
    { "os/loader/type", N_("the destination does not offer firmware of type '%1$s'"), NULL, NULL },
    { NULL, N_("the destination does not offer '%1$s' (%2$s)"), NULL, NULL },
};

static const TraitText unmigratable[] = {
    { "usb-net", N_("interface '%1$s' has model usb-net, which QEMU does not migrate") },
    { "usb-audio", N_("the guest has a USB sound device, which QEMU does not migrate") },
    { "virtio-sound", N_("the guest has a virtio sound device, which QEMU does not migrate") },
    { "virtio-crypto", N_("the guest has a virtio crypto device, which QEMU does not migrate") },
    { "vfio-channel",
      N_("a device of model '%1$s' is passed through, which QEMU does not migrate") },
    { "usb-serial", N_("the guest has a USB serial port, which QEMU does not migrate") },
    { NULL, NULL },
};

static const TraitText overrides[] = {
    { "qemu-override",
      N_("properties of device '%1$s' are overridden (qemu:override), which can't be "
         "judged") },
    { "qemu-capabilities", N_("the guest overrides what libvirt knows of QEMU (qemu:capabilities), "
                              "which can't be judged") },
    { "qemu-deprecation", N_("the guest asks QEMU to treat deprecated options its own way "
                             "(qemu:deprecation), which can't be judged") },
    { NULL, NULL },
};

static const char *const filesystem_uses[] = { "filesystem", "filesystem-socket", NULL };
