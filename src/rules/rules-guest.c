/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a guest has or is that decides by itself, or together with the versions
 * of the destination's programs and kernel.
 */
#include "rules/rules-internal.h"

#include <string.h>

#define SETTINGS "host/settings.tsv"
#define USO_KERNEL VMC_VERSION(6, 2, 0)
#define USO_MACHINE VMC_VERSION(8, 2, 0)

static void
check_virtiofs_session(const VmcRequirement *req,
                       const VmcOffer *offer,
                       const VmcNeed *need,
                       VmcFindings *findings)
{
    guint64 version = offer->host.libvirt_version;

    if (offer->session == VMC_YES && version && version < VMC_VERSION(10, 0, 0))
        vmc_fail(findings, need->subject, "virtiofs", "session",
                 _("the destination's libvirt runs for a user, and has no virtiofs for users yet "
                   "(folder '%1$s')"),
                 need->detail);
}

static void
check_encryption(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    if (g_str_equal(need->detail, "qcow") || g_str_equal(need->detail, "default"))
        vmc_fail(findings, need->subject, "luks", need->detail,
                 _("a disk has encryption of format '%1$s', which QEMU no longer has"),
                 need->detail);
}

/* libtpms before 0.10 knows no profiles: what it made has none, and it loads no other. */
static gboolean
knows_profiles(const char *libtpms)
{
    g_auto(GStrv) parts = libtpms ? g_strsplit(libtpms, ".", 3) : NULL;

    return parts && parts[0] && parts[1] &&
           (g_ascii_strtoull(parts[0], NULL, 10) > 0 || g_ascii_strtoull(parts[1], NULL, 10) >= 10);
}

static gboolean
is_loadable(const VmcRequirement *req, const VmcOffer *offer, const VmcNeed *need)
{
    g_autofree char *maker = req->facts ? vmc_facts_value(req->facts, SETTINGS, "libtpms") : NULL;
    const char *loader = g_hash_table_lookup(offer->settings, "libtpms");

    if (g_str_equal(need->detail, "null") || knows_profiles(loader))
        return TRUE;
    if (!*need->detail && maker && !knows_profiles(maker))
        return TRUE;
    return !loader && offer->host.libvirt_version >= VMC_VERSION(10, 10, 0);
}

/* libvirt tells a profile since 10.10; what older releases come with can't load
 * other states than those of profile "null". */
static void
check_tpm_profile(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    if (offer->host.libvirt_version == 0 || is_loadable(req, offer, need))
        return;
    vmc_cannot_know(findings, need->subject, need->detail,
                    _("Look on the destination: swtpm_setup --version, and see that its libtpms is "
                      "0.10 or newer."),
                    _("the state of the TPM was made with profile '%1$s', and whether the "
                      "destination's libtpms can load it is not known"),
                    need->detail);
}

/* ---- the destination's qemu.conf ---------------------------------------------------- */

static void
check_spice_tls(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const char *conf = vmc_offer_conf(offer, "spice_tls");

    if (!conf)
        vmc_cannot_know(findings, need->subject, "spice_tls",
                        _("Look on the destination: grep spice_tls /etc/libvirt/qemu.conf; or run "
                          "the check there as root."),
                        _("the SPICE display insists on TLS, and whether the destination's libvirt "
                          "has it is not known"));
    else if (!g_str_equal(conf, "1"))
        vmc_fail(findings, need->subject, "1", conf,
                 _("the SPICE display insists on TLS, which the destination's libvirt has not "
                   "switched on"));
}

static void
check_unconfined(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    if (g_strcmp0(vmc_offer_conf(offer, "security_require_confined"), "1") == 0)
        vmc_fail(findings, need->subject, NULL, "none",
                 _("the guest has no security label, and the destination takes none such"));
}

/* ---- kernels ---------------------------------------------------------------------- */

/* "6.1.0-38-amd64" → as VMC_VERSION(6, 1, 0); 0: it is no version.  What comes
 * behind two numbers is the distribution's. */
static guint64
kernel_version(const char *release)
{
    guint64 major = 0, minor = 0;
    char *end = NULL;

    if (!release)
        return 0;
    major = g_ascii_strtoull(release, &end, 10);
    if (end == release || *end != '.')
        return 0;
    minor = g_ascii_strtoull(end + 1, NULL, 10);
    return VMC_VERSION(major, minor, 0);
}

static const char *
kernel_of_source(const VmcRequirement *req)
{
    return req->source ? req->source->kernel : NULL;
}

static gboolean
uses_kvm(const VmcRequirement *req)
{
    return g_strcmp0(req->virt_type, "kvm") == 0;
}

static void
check_kernel(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const char *here = kernel_of_source(req);
    const char *there = offer->host.kernel;

    if (kernel_version(there) && kernel_version(there) < kernel_version(here))
        vmc_fail(findings, "", here, there,
                 _("the destination's kernel (%1$s) is older than the source's (%2$s)"), there,
                 here);
}

/* "pc-q35-8.2" → as VMC_VERSION(8, 2, 0); 0: it names none. */
static guint64
machine_version(const char *machine)
{
    const char *dash = machine ? strrchr(machine, '-') : NULL;

    return dash && strchr(dash, '.') ? kernel_version(dash + 1) : 0;
}

static void
check_uso(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    guint64 here = kernel_version(kernel_of_source(req));
    guint64 there = kernel_version(offer->host.kernel);

    if (!g_str_has_prefix(need->detail, "virtio") || machine_version(req->machine) < USO_MACHINE ||
        here < USO_KERNEL || there == 0 || there >= USO_KERNEL)
        return;
    vmc_cannot_know(findings, need->subject, "6.2",
                    _("Look in the guest: ethtool -k DEVICE. If tx-udp-segmentation is off, or the "
                      "guest's driver does not know it: --ignore virtio-net-uso."),
                    _("the destination's kernel (%1$s) can't segment UDP packets of a virtio "
                      "interface, and whether the guest uses that is not known"),
                    offer->host.kernel);
}

/* ---- table ---------------------------------------------------------------------------- */

/* A row that a trait alone decides. */
#define TRAIT_RULE(rule_id, when, trait, weight, words, text, why, cure, spared) \
 { \
  .id = (rule_id), .states = (when), .kind = VMC_NEED_TRAIT, .name = (trait), \
  .severity = (weight), .message = (words), .summary = (text), .cause = (why), .remedy = (cure), \
  .spares = (spared), .only_unknown = (weight) == VMC_SEVERITY_UNKNOWN, \
 }

const VmcRule vmc_rules_guest[] = {
    TRAIT_RULE("graphics-multiple",
               VMC_STATE_ALL,
               "graphics-twice",
               VMC_SEVERITY_BLOCKER,
               N_("the guest has two displays of type '%1$s'"),
               N_("the guest has no two displays of one type"),
               N_("libvirt accepts the definition, and refuses the start."),
               N_("Take one of them out: virsh edit GUEST."),
               "only 1 graphics device of each type (sdl, vnc, spice, headless, dbus) is "
               "supported"),
    {
        .id = "graphics-tls",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "spice-tls",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_spice_tls,
        .may_not_know = TRUE,
        .summary = N_("the destination has TLS for the display that insists on it"),
        .cause = N_("Whether TLS is switched on for SPICE is told in the destination's qemu.conf "
                    "only."),
        .remedy = N_("Set spice_tls = 1 in the destination's /etc/libvirt/qemu.conf, and put the "
                     "certificates there."),
        .spares = "Auto allocation of spice TLS port requested but spice TLS is disabled in "
                  "qemu.conf",
    },
    {
        .id = "seclabel-unconfined",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "seclabel-none",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_unconfined,
        .summary = N_("the destination takes guests without a security label"),
        .cause = N_("The destination's qemu.conf has security_require_confined = 1, and the guest "
                    "has <seclabel type='none'/>."),
        .remedy = N_("Take <seclabel type='none'/> out of the definition: virsh edit GUEST."),
        .spares = "Unconfined guests are not allowed on this host",
    },
    TRAIT_RULE("chardev-tls",
               VMC_STATE_ALL,
               "chardev-tls",
               VMC_SEVERITY_UNKNOWN,
               N_("a character device insists on TLS, and whether the destination has the "
                  "certificates is not known"),
               N_("no character device insists on TLS"),
               N_("QEMU loads the certificates of the folder that the destination's qemu.conf "
                  "names when it starts."),
               N_("See on the destination that the folder of chardev_tls_x509_cert_dir in "
                  "/etc/libvirt/qemu.conf holds them; then: --ignore chardev-tls."),
               "Unable to access credentials /etc/pki/qemu/ca-cert.pem: No such file or directory"),
    TRAIT_RULE("vhost-user-gpu",
               VMC_STATE_ALL,
               "vhost-user-gpu",
               VMC_SEVERITY_UNKNOWN,
               N_("the video device is run by a program beside QEMU (vhost-user-gpu), which can't "
                  "be judged"),
               N_("no video device is run by a program beside QEMU"),
               N_("libvirt finds the program by descriptions in the destination's file system, and "
                  "QEMU does not hand over what the program knows of the guest's display."),
               N_("Use <driver name='qemu'/> for the video device while the guest is off."),
               "Unable to find a satisfying vhost-user-gpu"),
    {
        .id = "virtiofs-session",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "virtiofs",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_virtiofs_session,
        .summary = N_("the destination's libvirt has virtiofs for the guest"),
        .cause = N_("A libvirt that runs for a user (qemu:///session) has virtiofs since 10.0."),
        .remedy = N_("Use the system's libvirt on the destination (qemu:///system), or a newer "
                     "one."),
        .spares = "virtiofs is not yet supported in session mode",
    },
    {
        .id = "luks-encryption",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "disk-encrypted",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_encryption,
        .summary = N_("encrypted disks have a format that QEMU has"),
        .cause = N_("The encryption of old qcow and qcow2 images was taken out of QEMU."),
        .remedy = N_("Convert the image while the guest is off: qemu-img convert -O qcow2 -o "
                     "encrypt.format=luks,encrypt.key-secret=ID OLD NEW."),
        .spares = "old qcow/qcow2 encryption is not supported",
    },
    TRAIT_RULE("pstore",
               VMC_STATE_OFF,
               "pstore",
               VMC_SEVERITY_WARNING,
               N_("what the guest has kept in '%1$s' (pstore) is not copied with a guest that is "
                  "off"),
               N_("nothing is lost of what a guest has kept in pstore"),
               N_("An offline migration moves the definition only; the destination starts with an "
                  "empty file."),
               N_("Copy the file to the destination before the guest starts there: scp -p FILE "
                  "DESTINATION:FILE."),
               NULL),
    TRAIT_RULE("guest-crashed",
               VMC_STATE_LIVE,
               "crashed",
               VMC_SEVERITY_WARNING,
               N_("the guest has crashed, and moves as it is"),
               N_("the guest has not crashed"),
               N_("The guest told of a panic and was kept for inspection; libvirt migrates it "
                  "like a paused one."),
               N_("Reset it if that is not wanted: virsh reset GUEST."),
               NULL),
    TRAIT_RULE("io-error-abort",
               VMC_STATE_LIVE,
               "io-error",
               VMC_SEVERITY_WARNING,
               N_("the guest is paused since a disk had an error, and stays so"),
               N_("no disk of the guest had an error"),
               N_("libvirt migrates a guest that an input/output error has stopped, unless "
                  "--abort-on-error is given; it does not go on by itself."),
               N_("See which disk it is (virsh domblkerror GUEST), mend it, then: virsh resume "
                  "GUEST."),
               "cannot migrate domain with I/O error"),
    TRAIT_RULE("seclabel-static-invalid",
               VMC_STATE_ALL,
               "seclabel-name",
               VMC_SEVERITY_UNKNOWN,
               N_("the guest is to run as '%1$s', and whether the destination has that user and "
                  "group is not known"),
               N_("fixed labels of the guest name no user"),
               N_("Users are looked up by name on the destination when the guest starts."),
               N_("Look on the destination: getent passwd USER, getent group GROUP. Numbers "
                  "(+1000:+1000) mean the same everywhere."),
               "invalid argument: Failed to parse user '…'"),
    {
        .id = "tpm-profile",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "tpm-profile",
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_tpm_profile,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .summary = N_("the destination can load the state of the guest's TPM"),
        .cause =
            N_("The state of an emulated TPM travels with the guest; libtpms before 0.10 knows "
               "no profiles and loads only what was made without."),
        .remedy = N_("Update swtpm and libtpms on the destination (packages swtpm and "
                     "libtpms0)."),
    },
    {
        .id = "kernel-downgrade",
        .states = VMC_STATE_MEMORY,
        .applies = uses_kvm,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_kernel,
        .summary = N_("the destination's kernel is not older than the source's"),
        .cause = N_("Older kernels may lack features of the CPU, of KVM or of network devices that "
                    "the guest found when it started. What can be seen is judged by rules of its "
                    "own; the rest shows only when QEMU loads the guest's state."),
        .remedy = N_("Bring the destination's kernel up to the source's (package "
                     "linux-image-amd64 on Debian, kernel on Fedora; uname -r tells which "
                     "runs)."),
    },
    {
        .id = "virtio-net-uso",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "nic-model",
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_uso,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .summary = N_("the destination's kernel has what virtio interfaces use"),
        .cause = N_("With machine types of 8.2 and newer QEMU offers UDP segmentation to virtio "
                    "interfaces where the kernel's tap devices have it (6.2 and newer). A guest "
                    "that took it can't be loaded where it is missing."),
        .remedy = N_("Bring the destination's kernel up to the source's (uname -r tells it), "
                     "or give the guest a machine type before 8.2 (virsh edit GUEST, while it "
                     "is off)."),
        .spares = "Features 0x… unsupported. Allowed features: 0x…",
    },
    {},
};
