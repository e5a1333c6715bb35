/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: versions of libvirt and QEMU.  What each knows is derive's table
 * (requirement-versions.c); here is what follows, and the pairs of versions
 * that are known not to get on with each other.
 */
#include "rules/rules-cpu.h"
#include "rules/rules-internal.h"

#include <string.h>

#define LIBVIRT_COMPLETES_HYPERV 11009000 /* NEWS 11.9.0 */

/* 0: not known.  @message: N_(), of the destination's version and the source's. */
static void
compare_versions(guint64 source, guint64 destination, const char *message, VmcFindings *findings)
{
    g_autofree char *from = NULL;
    g_autofree char *to = NULL;
    g_autofree char *text = NULL;

    if (source == 0 || destination == 0 || destination >= source)
        return;
    from = vmc_version_text(source);
    to = vmc_version_text(destination);
    text = vmc_text_fill(_(message), to, from);
    vmc_fail(findings, "", from, to, "%s", text);
}

static void
check_libvirt_version(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    compare_versions(vmc_requirement_libvirt_version(req), offer->host.libvirt_version,
                     N_("the destination's libvirt %1$s is older than the source's %2$s"),
                     findings);
}

static void
check_qemu_version(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    compare_versions(vmc_requirement_qemu_version(req), offer->host.hypervisor_version,
                     N_("the destination's QEMU %1$s is older than the source's %2$s"), findings);
}

/* ---- what the destination's libvirt knows ------------------------------------------ */

static void
say_libvirt_not_told(const VmcNeed *need, const char *needed, VmcFindings *findings)
{
    vmc_cannot_know(findings, need->subject, needed, _("Run virsh version on the destination."),
                    _("can't tell whether the destination's libvirt knows '%1$s' (from version "
                      "%2$s on): its version is not told"),
                    need->detail, needed);
}

/* A value's first libvirt; detail: the value. */
static void
check_xml_value(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    g_autofree char *needed = vmc_version_text(need->value);
    g_autofree char *found = vmc_version_text(offer->host.libvirt_version);

    if (offer->host.libvirt_version == 0)
        say_libvirt_not_told(need, needed, findings);
    else if (offer->host.libvirt_version < need->value)
        vmc_fail(findings, need->subject, needed, found,
                 _("'%1$s' is known to libvirt from version %2$s on, the destination has %3$s"),
                 need->detail, needed, found);
}

/* "features/hyperv/stimer" → "stimer" */
static const char *
enlightenment_of(const VmcNeed *need)
{
    return need->subject + strlen("features/hyperv/");
}

static void
check_hyperv(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    g_autofree char *version = vmc_version_text(offer->host.libvirt_version);

    if (offer->host.libvirt_version == 0)
        vmc_cannot_know(findings, need->subject, need->detail,
                        _("Add the destination's libvirt version to its facts (virsh version)."),
                        _("can't tell whether the destination's libvirt takes the Hyper-V "
                          "enlightenment '%1$s' without '%2$s': its version is not known"),
                        enlightenment_of(need), need->detail);
    else if (offer->host.libvirt_version >= LIBVIRT_COMPLETES_HYPERV)
        vmc_fail(findings, need->subject, need->detail, NULL,
                 _("the guest has the Hyper-V enlightenment '%1$s' without '%2$s', which the "
                   "destination's libvirt %3$s refuses"),
                 enlightenment_of(need), need->detail, version);
}

static void
say_lost(const VmcRequirement *req, const VmcOffer *offer, const VmcNeed *need, VmcFindings *found)
{
    g_autofree char *needed = vmc_version_text(need->value);
    g_autofree char *version = vmc_version_text(offer->host.libvirt_version);

    if (req->state == VMC_STATE_OFF)
        vmc_say(found, VMC_SEVERITY_WARNING, need->subject, needed, version,
                _("the destination's libvirt %3$s drops '%1$s' unnoticed (known from version %2$s "
                  "on): the guest starts without"),
                need->detail, needed, version);
    else
        vmc_fail(found, need->subject, needed, version,
                 _("the destination's libvirt %3$s drops '%1$s' unnoticed (known from version %2$s "
                   "on), and the guest is using it"),
                 need->detail, needed, version);
}

static void
say_ignored(const VmcOffer *offer, const VmcNeed *need, VmcFindings *findings)
{
    g_autofree char *needed = vmc_version_text(need->value);
    g_autofree char *version = vmc_version_text(offer->host.libvirt_version);

    vmc_say(findings, VMC_SEVERITY_WARNING, need->subject, needed, version,
            _("the destination's libvirt %3$s ignores '%1$s' (known from version %2$s on)"),
            need->detail, needed, version);
}

static void
check_xml_dropped(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    guint64 version = offer->host.libvirt_version;
    gboolean lost = g_str_equal(need->name, "xml-lost");
    g_autofree char *needed = vmc_version_text(need->value);

    if ((!lost && !g_str_equal(need->name, "xml-ignored")) || version >= need->value)
        return;
    if (version != 0 && lost)
        say_lost(req, offer, need, findings);
    else if (version != 0)
        say_ignored(offer, need, findings);
    else if (lost && req->state != VMC_STATE_OFF)
        say_libvirt_not_told(need, needed, findings);
}

/* ---- what the destination's QEMU has ------------------------------------------------ */

/* The version told is that of the default emulator. */
static guint64
qemu_version(const VmcRequirement *req, const VmcOffer *offer)
{
    const VmcGuest *guest = vmc_offer_guest(offer, req->arch, req->os_type);

    if (guest && guest->emulator && req->emulator && !g_str_equal(guest->emulator, req->emulator))
        return 0;
    return offer->host.hypervisor_version;
}

static void
say_qemu_not_told(const VmcRequirement *req, const VmcNeed *need, VmcFindings *findings)
{
    g_autofree char *version = vmc_version_text(need->value);

    vmc_cannot_know(findings, need->subject, version,
                    _("Ask the guest's emulator on the destination for its version (--version)."),
                    _("can't tell whether the destination's QEMU has '%1$s', which a version "
                      "changed (%2$s): the version of '%3$s' there is not told"),
                    need->detail, version, req->emulator ? req->emulator : "QEMU");
}

/* The libvirt that leaves it out asks nothing of its QEMU for it. */
static gboolean
is_dropped(const VmcRequirement *req, const VmcOffer *offer, const VmcNeed *need)
{
    const GPtrArray *traits = req->needs[VMC_NEED_TRAIT];

    for (size_t i = 0; i < traits->len && offer->host.libvirt_version != 0; i++) {
        const VmcNeed *trait = traits->pdata[i];

        if ((g_str_equal(trait->name, "xml-lost") || g_str_equal(trait->name, "xml-ignored")) &&
            g_str_equal(trait->detail, need->detail) &&
            g_str_equal(trait->subject, need->subject) &&
            offer->host.libvirt_version < trait->value)
            return TRUE;
    }
    return FALSE;
}

static void
check_qemu_since(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    guint64 version = qemu_version(req, offer);
    g_autofree char *needed = vmc_version_text(need->value);
    g_autofree char *found = vmc_version_text(version);

    if (is_dropped(req, offer, need))
        return;
    if (version == 0)
        say_qemu_not_told(req, need, findings);
    else if (version < need->value)
        vmc_fail(findings, need->subject, needed, found,
                 _("QEMU has '%1$s' from version %2$s on, the destination has %3$s"), need->detail,
                 needed, found);
}

static void
check_qemu_until(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    guint64 version = qemu_version(req, offer);
    g_autofree char *gone = vmc_version_text(need->value);
    g_autofree char *found = vmc_version_text(version);

    if (version == 0)
        say_qemu_not_told(req, need, findings);
    else if (version >= need->value)
        vmc_fail(findings, need->subject, NULL, found,
                 _("QEMU has '%1$s' no longer since version %2$s, the destination has %3$s"),
                 need->detail, gone, found);
}

/* ---- pairs of versions that don't get on -------------------------------------------- */

/* @first up to, but not including, @end; 0: no bound. */
typedef struct {
    guint64 first, end;
} Range;

typedef struct {
    Range libvirt, qemu; /* both must hold */
} Versions;

typedef struct {
    gboolean (*concerns)(const VmcRequirement *req); /* the guest */
    Versions source, destination;
    VmcSeverity severity;
    const char *subject;
    const char *message; /* N_(): %1$s: the source's version, %2$s: the destination's */
    const char *source_of_this;
} Quarrel;

static gboolean
sees_feature(const VmcRequirement *req, const char *name)
{
    return req->cpu.visible && g_hash_table_contains(req->cpu.visible, name);
}

static gboolean
sees_vmx(const VmcRequirement *req)
{
    return sees_feature(req, "vmx");
}

static gboolean
has_disabled_vmx(const VmcRequirement *req)
{
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (g_str_has_prefix(feature->name, "vmx-") && g_str_equal(feature->policy, "disable"))
            return TRUE;
    }
    return FALSE;
}

/* The model has it, and QEMU, which emulates the CPU, does not: libvirt has noted that. */
static gboolean
lacks_emulated(const VmcRequirement *req, const char *name)
{
    const VmcCpuFeature *feature = vmc_is_kvm(req) ? NULL : vmc_cpu_feature_of(req, name);

    return feature && g_str_equal(feature->policy, "disable") && feature->by_user != VMC_YES;
}

static gboolean
has_dropped_avx(const VmcRequirement *req)
{
    return lacks_emulated(req, "avx");
}

static gboolean
has_dropped_avx512(const VmcRequirement *req)
{
    return lacks_emulated(req, "avx512f") || lacks_emulated(req, "amx-tile");
}

/* "pc-q35-7.2" and older, by their own names: distributions' machines have
 * names, and corrections, of their own. */
static gboolean
is_q35_before_8(const VmcRequirement *req)
{
    const char *version = NULL;

    if (!req->machine || !g_str_has_prefix(req->machine, "pc-q35-"))
        return FALSE;
    version = req->machine + strlen("pc-q35-");
    return *version >= '2' && *version <= '7' && version[1] == '.';
}

static guint
count_trait(const VmcRequirement *req, const char *name)
{
    const GPtrArray *traits = req->needs[VMC_NEED_TRAIT];
    guint count = 0;

    for (size_t i = 0; i < traits->len; i++)
        count += g_str_equal(((const VmcNeed *)traits->pdata[i])->name, name);
    return count;
}

static gboolean
has_several_slirp(const VmcRequirement *req)
{
    return count_trait(req, "slirp") > 1;
}

static gboolean
has_esp(const VmcRequirement *req)
{
    return count_trait(req, "esp-scsi") > 0;
}

static gboolean
has_virtio(const VmcRequirement *req)
{
    return count_trait(req, "virtio-queues") > 0;
}

/* What the notes call broken blocks; what they say may happen warns; what depends on the guest's
 * drivers nobody knows. */
#define LIBVIRT(from, to) \
 { \
  { from, to }, \
  { \
   0, 0 \
  } \
 }
#define QEMU(from, to) \
 { \
  { 0, 0 }, \
  { \
   from, to \
  } \
 }

static const char loses_xsave[] =
    N_("QEMU %1$s shows an emulated guest, until it migrates, state components of XSAVE whose "
       "features it does not have: whether this one sees them still, and would lose them with "
       "QEMU %2$s, nobody tells");

static const Quarrel quarrels[] = {
    { sees_vmx, LIBVIRT(1, VMC_VERSION(9, 10, 0)),
      LIBVIRT(VMC_VERSION(9, 10, 0), VMC_VERSION(10, 2, 0)), VMC_SEVERITY_BLOCKER,
      "cpu/feature[@name='vmx']",
      N_("libvirt %2$s takes the parts of 'vmx' that it has learned for extra features, where the "
         "guest comes from libvirt %1$s"),
      "NEWS 10.2.0" },
    { sees_vmx, LIBVIRT(VMC_VERSION(9, 10, 0), VMC_VERSION(10, 2, 0)),
      LIBVIRT(1, VMC_VERSION(9, 10, 0)), VMC_SEVERITY_BLOCKER, "cpu/feature[@name='vmx']",
      N_("libvirt %1$s sends parts of 'vmx' by names that libvirt %2$s does not know"),
      "NEWS 10.2.0" },
    { sees_vmx, LIBVIRT(VMC_VERSION(10, 2, 0), 0),
      LIBVIRT(VMC_VERSION(9, 10, 0), VMC_VERSION(10, 2, 0)), VMC_SEVERITY_BLOCKER,
      "cpu/feature[@name='vmx']",
      N_("libvirt %2$s takes the parts of 'vmx' for extra features, which libvirt %1$s does not "
         "send"),
      "NEWS 10.2.0" },
    { has_disabled_vmx, LIBVIRT(VMC_VERSION(10, 2, 0), 0),
      LIBVIRT(VMC_VERSION(10, 2, 0), VMC_VERSION(10, 5, 0)), VMC_SEVERITY_WARNING, "cpu",
      N_("libvirt %2$s may expect those parts of 'vmx' that the guest's definition disables (the "
         "guest comes from libvirt %1$s)"),
      "NEWS 10.5.0" },
    { is_q35_before_8, QEMU(VMC_VERSION(8, 0, 0), VMC_VERSION(8, 0, 1)),
      QEMU(VMC_VERSION(8, 0, 1), 0), VMC_SEVERITY_BLOCKER, "os/type/@machine",
      N_("QEMU %1$s gave PCI Express devices of older machine types a register that QEMU %2$s does "
         "not give them"),
      "QEMU's docs/devel/migration/compatibility.rst" },
    { is_q35_before_8, QEMU(VMC_VERSION(8, 0, 0), VMC_VERSION(8, 0, 1)),
      QEMU(1, VMC_VERSION(8, 0, 0)), VMC_SEVERITY_BLOCKER, "os/type/@machine",
      N_("QEMU %1$s gave PCI Express devices of older machine types a register that QEMU %2$s does "
         "not know"),
      "QEMU's docs/devel/migration/compatibility.rst" },
    { is_q35_before_8, QEMU(1, VMC_VERSION(8, 0, 0)),
      QEMU(VMC_VERSION(8, 0, 0), VMC_VERSION(8, 0, 1)), VMC_SEVERITY_BLOCKER, "os/type/@machine",
      N_("QEMU %2$s gives PCI Express devices of older machine types a register that QEMU %1$s "
         "does not know"),
      "QEMU's docs/devel/migration/compatibility.rst" },
    { has_several_slirp, QEMU(VMC_VERSION(8, 2, 0), 0), QEMU(1, VMC_VERSION(8, 2, 0)),
      VMC_SEVERITY_BLOCKER, "devices/interface[@type='user']",
      N_("QEMU %1$s numbers the states of several interfaces of type user, of which QEMU %2$s knows "
         "one only"),
      "QEMU's net/slirp.c, instance of \"slirp\"; measured" },
    /* the other way both are as long, and differ only amid a command */
    { has_esp, QEMU(1, VMC_VERSION(9, 0, 0)), QEMU(VMC_VERSION(9, 0, 0), 0), VMC_SEVERITY_BLOCKER,
      "devices/controller[@model='am53c974']",
      N_("QEMU %2$s expects more of the state of this SCSI controller than QEMU %1$s sends"),
      "QEMU's hw/scsi/esp.c, drq_state; measured" },
    { has_esp, QEMU(VMC_VERSION(11, 1, 0), 0), QEMU(1, VMC_VERSION(10, 1, 0)), VMC_SEVERITY_BLOCKER,
      "devices/controller[@model='am53c974']",
      N_("QEMU %1$s sends the state of this SCSI controller in a form that QEMU %2$s does not know"),
      "measured: 11.1 to 7.2 and to 10.0" },
    { has_esp, QEMU(VMC_VERSION(11, 1, 0), 0), QEMU(VMC_VERSION(10, 1, 0), VMC_VERSION(11, 1, 0)),
      VMC_SEVERITY_WARNING, "devices/controller[@model='am53c974']",
      N_("QEMU %1$s may send the state of this SCSI controller in a form that QEMU %2$s does not "
         "know"),
      "between what was measured" },
    { has_esp, QEMU(VMC_VERSION(10, 1, 0), VMC_VERSION(11, 1, 0)), QEMU(1, VMC_VERSION(10, 1, 0)),
      VMC_SEVERITY_WARNING, "devices/controller[@model='am53c974']",
      N_("QEMU %1$s may send the state of this SCSI controller in a form that QEMU %2$s does not "
         "know"),
      "between what was measured" },
    /* a driver takes all that it is offered; firmware and old drivers may take less */
    { has_virtio, QEMU(VMC_VERSION(10, 0, 13), VMC_VERSION(10, 1, 0)),
      QEMU(VMC_VERSION(11, 1, 0), 0), VMC_SEVERITY_UNKNOWN, "devices",
      N_("QEMU %1$s offers virtio drivers queues of 1024 entries, whatever is configured, and QEMU "
         "%2$s refuses queues that are longer than configured: whether the guest's drivers use so "
         "long ones, nobody tells"),
      "QEMU 10.0.13's hw/virtio/virtio.c, virtio_add_queue(); measured with 11.1.3" },
    { has_virtio, QEMU(VMC_VERSION(10, 1, 0), VMC_VERSION(11, 1, 0)),
      QEMU(VMC_VERSION(11, 1, 0), 0), VMC_SEVERITY_WARNING, "devices",
      N_("QEMU %1$s may offer virtio drivers longer queues than configured, which QEMU %2$s refuses"),
      "as above: bug-fix releases since August 2026" },
    /* a guest that has migrated before has lost them already */
    { has_dropped_avx512, QEMU(1, VMC_VERSION(9, 2, 0)), QEMU(1, 0), VMC_SEVERITY_UNKNOWN, "cpu",
      loses_xsave, "QEMU's commit 33098002a8 (9.2); measured with 7.2 and 10.0" },
    { has_dropped_avx, QEMU(1, VMC_VERSION(7, 2, 0)), QEMU(1, 0), VMC_SEVERITY_UNKNOWN, "cpu",
      loses_xsave, "as above; QEMU 7.2 emulates AVX" },
};

/* Without bounds any version does, also one that is not told. */
static gboolean
in_range(const Range *range, guint64 version)
{
    if (range->first == 0 && range->end == 0)
        return TRUE;
    return version >= MAX(range->first, 1) && (range->end == 0 || version < range->end);
}

static gboolean
is_quarrel(const Quarrel *row, const VmcRequirement *req, const VmcOffer *offer)
{
    return in_range(&row->source.libvirt, vmc_requirement_libvirt_version(req)) &&
           in_range(&row->source.qemu, vmc_requirement_qemu_version(req)) &&
           in_range(&row->destination.libvirt, offer->host.libvirt_version) &&
           in_range(&row->destination.qemu, offer->host.hypervisor_version) && row->concerns(req);
}

static const char settle_quarrel[] =
    N_("Migrate a guest of the same kind first, or shut the guest down (virsh shutdown GUEST) and "
       "start it on the destination.");

static void
say_quarrel(const Quarrel *row,
            const VmcRequirement *req,
            const VmcOffer *offer,
            VmcFindings *findings)
{
    gboolean of_qemu = row->source.qemu.first != 0;
    g_autofree char *from = vmc_version_text(of_qemu ? vmc_requirement_qemu_version(req)
                                                     : vmc_requirement_libvirt_version(req));
    g_autofree char *to =
        vmc_version_text(of_qemu ? offer->host.hypervisor_version : offer->host.libvirt_version);
    g_autofree char *text = vmc_text_fill(_(row->message), from, to);

    if (row->severity == VMC_SEVERITY_UNKNOWN)
        vmc_cannot_know(findings, row->subject, from, _(settle_quarrel), "%s", text);
    else
        vmc_say(findings, row->severity, row->subject, from, to, "%s", text);
}

static void
check_quarrels(const VmcRequirement *req,
               const VmcOffer *offer,
               const VmcNeed *need,
               VmcFindings *findings)
{
    for (size_t i = 0; i < G_N_ELEMENTS(quarrels); i++) {
        if (is_quarrel(&quarrels[i], req, offer))
            say_quarrel(&quarrels[i], req, offer, findings);
    }
}

const VmcRule vmc_rules_versions[] = {
    {
        .id = "libvirt-downgrade",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_libvirt_version,
        .summary = N_("the destination's libvirt is not older than the source's"),
        .cause = N_("An older libvirt refuses CPU names and attribute values that it does not know "
                    "and drops unknown elements in silence. The rules about them decide; not "
                    "everything a newer libvirt knows has a rule."),
        .remedy = N_("Update libvirt on the destination first (package libvirt-daemon-system "
                     "on Debian, libvirt on Fedora)."),
        .spares = "unsupported configuration: unknown CPU feature: %s",
    },
    {
        .id = "xml-enum-unknown",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "xml-value",
        .part = VMC_PART_HOST,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_xml_value,
        .may_not_know = TRUE,
        .summary = N_("the destination's libvirt knows all values in the guest's definition"),
        .cause = N_("libvirt refuses a definition with a value that it does not know, and no call "
                    "lists what it knows: its version decides."),
        .remedy = N_("Update libvirt on the destination, or take the device out of the definition "
                     "while the guest is off (virsh edit)."),
        .spares = "unsupported configuration: unknown watchdog model '%s'",
    },
    {
        .id = "hyperv-incomplete",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "hyperv-needs",
        .part = VMC_PART_HOST,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_hyperv,
        .may_not_know = TRUE,
        .summary = N_("each Hyper-V enlightenment has what the destination's libvirt wants with "
                      "it"),
        .cause = N_("libvirt 11.9 and newer refuse some enlightenments without others, also of a "
                    "guest that already runs without them on an older libvirt."),
        .remedy = N_("Add what is missing to <hyperv> (hypervclock: to <clock>) with virsh edit; a "
                     "guest that runs must be shut down and started again."),
        .spares = "unsupported configuration: '%s' hyperv feature requires '%s' feature",
    },
    {
        .id = "qemu-downgrade",
        .states = VMC_STATE_SAVED | VMC_STATE_LIVE,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_qemu_version,
        .summary = N_("the destination's QEMU is not older than the source's"),
        .cause = N_("QEMU promises to read the state of older versions with the same machine type. "
                    "The way back mostly works, but a device may send state that the older one "
                    "does not know, and the migration fails at its end."),
        .remedy = N_("Update QEMU on the destination first (package qemu-system-x86 on Debian, "
                     "qemu-kvm on Fedora), or test with a guest of the same kind."),
        .spares = "operation failed: job 'migration out' failed: Unable to write to socket: Broken "
                  "pipe",
    },
    {
        .id = "xml-element-dropped",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .part = VMC_PART_HOST,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_xml_dropped,
        .may_not_know = TRUE,
        .summary = N_("the destination's libvirt knows all elements of the guest's definition"),
        .cause =
            N_("libvirt leaves elements and attributes out that it does not know, and says "
               "nothing. A running or saved guest whose device vanishes that way can't be loaded, "
               "or finds its hardware changed; one that is off starts without. What concerns the "
               "host alone (limits, threads, files) just has no effect."),
        .remedy = N_("Update libvirt on the destination, or take the element out of the definition "
                     "while the guest is off (virsh edit)."),
        .spares = "Unknown savevm section or instance '%s'",
    },
    {
        .id = "qemu-feature-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "qemu-since",
        .part = VMC_PART_HOST,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_qemu_since,
        .may_not_know = TRUE,
        .summary = N_("the destination's QEMU has all that the guest's definition uses"),
        .cause = N_("libvirt looks whether QEMU has a feature when it starts QEMU there, and "
                    "refuses; domain capabilities do not tell beforehand, QEMU's version does."),
        .remedy = N_("Update QEMU on the destination, or take the element out of the definition "
                     "while the guest is off (virsh edit)."),
        .spares = "unsupported configuration: %s is not supported with this QEMU binary",
    },
    {
        .id = "qemu-feature-removed",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "qemu-until",
        .part = VMC_PART_HOST,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_qemu_until,
        .may_not_know = TRUE,
        .summary = N_("the destination's QEMU still has all that the guest's definition uses"),
        .cause = N_("QEMU removes what was deprecated for two releases. A newer host is then no "
                    "destination for a guest that uses it."),
        .remedy = N_("Replace the device in the definition while the guest is off (virsh edit), or "
                     "choose a destination with an older QEMU."),
        .spares = "unsupported configuration: This QEMU doesn't support %s",
    },
    {
        .id = "version-quarrel",
        .states = VMC_STATE_MEMORY,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_quarrels,
        .may_not_know = TRUE,
        .summary = N_("no fault is known between the two hosts' versions"),
        .cause = N_("Some releases of libvirt and QEMU can't hand certain guests to each other, "
                    "though each is fine by itself. The table of such pairs is made from their "
                    "release notes."),
        .remedy =
            N_("Update the host with the version that has the fault (virsh version tells it), "
               "or shut the guest down and migrate it offline (virsh migrate --offline "
               "--persistent GUEST URI)."),
        .spares = "operation failed: guest CPU doesn't match specification: extra features: %s",
    },
    { 0 },
};
