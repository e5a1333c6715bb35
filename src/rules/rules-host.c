/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: how the hosts are set up.  What their qemu.conf says, cgroups and the
 * limits that need them, priorities, counters, parts of caches, pages.
 */
#include "rules/rules-internal.h"

#define MIGRATED (VMC_STATE_OFF | VMC_STATE_LIVE) /* not restored from an image */
#define MAX_WEIGHT 10000u                         /* of cgroups 2 */

/* Values of the trait "tuning". */
enum {
    REFUSED_WITHOUT_CGROUPS = 1,
    SYSTEM_ONLY = 2,
};

static gboolean
is_session(const VmcOffer *offer)
{
    return offer->session == VMC_YES;
}

/* ---- qemu.conf ------------------------------------------------------------- */

static void
check_tls(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    const char *forced = vmc_offer_conf(offer, "migrate_tls_force");

    if (g_strcmp0(forced, "1") == 0)
        vmc_fail(findings, "", "tls", NULL,
                 _("the destination takes migrations over TLS only (migrate_tls_force)"));
    if (req->source && req->source->tls_only == VMC_YES)
        vmc_fail(findings, "", "tls", NULL,
                 _("the source sends migrations over TLS only (migrate_tls_force)"));
}

static const char *
or_none(const char *lock_manager)
{
    return *lock_manager ? lock_manager : _("none");
}

static void
check_lock_manager(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    const char *source = req->source ? req->source->lock_manager : NULL;
    const char *destination = vmc_offer_conf(offer, "lock_manager");

    if (source && destination && !g_str_equal(source, destination))
        vmc_fail(findings, "", source, destination,
                 _("the source's lock manager is '%1$s', the destination's is '%2$s': neither sees "
                   "the disks that the other has locked"),
                 or_none(source), or_none(destination));
}

static void
check_virtlogd(const VmcRequirement *req,
               const VmcOffer *offer,
               const VmcNeed *need,
               VmcFindings *findings)
{
    const char *handler = vmc_offer_conf(offer, "stdio_handler");
    const char *listens = g_hash_table_lookup(offer->settings, "virtlogd");

    if (!is_session(offer) && handler && !g_str_equal(handler, "file") &&
        g_strcmp0(listens, "no") == 0)
        vmc_fail(findings, "", "virtlogd", NULL,
                 _("nothing listens on the destination's /run/libvirt/virtlogd-sock, and its "
                   "libvirt starts no guest without virtlogd"));
}

/* ---- cgroups ------------------------------------------------------------------ */

static const char *const controllers[] = { "blkio", "cpu", "cpuset", "memory" };

/* Whether libvirt there may use it. */
static gboolean
is_allowed(const VmcOffer *offer, const char *controller)
{
    const char *list = g_hash_table_lookup(offer->settings, "cgroup_controllers");
    g_auto(GStrv) names = list ? g_strsplit(list, ",", -1) : NULL;

    return !list || g_strv_contains((const char *const *)names, controller);
}

/* 1 or 2, the version of cgroups that has it; NULL: none has. */
static const char *
version_of(const VmcOffer *offer, const char *controller)
{
    g_autofree char *key = g_strconcat("cgroup.", controller, NULL);

    return is_allowed(offer, controller) ? g_hash_table_lookup(offer->settings, key) : NULL;
}

static gboolean
has_any_controller(const VmcOffer *offer)
{
    for (size_t i = 0; i < G_N_ELEMENTS(controllers); i++) {
        if (version_of(offer, controllers[i]))
            return TRUE;
    }
    return FALSE;
}

/* Where there are no cgroups at all libvirt lets most limits be. */
static void
check_controller(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    gboolean looked = g_hash_table_contains(offer->settings, "cgroup");

    if (is_session(offer) || !looked || version_of(offer, need->detail))
        return;
    if (need->value == REFUSED_WITHOUT_CGROUPS || has_any_controller(offer))
        vmc_fail(findings, need->subject, need->detail, NULL,
                 _("the guest's '%1$s' needs the cgroup controller '%2$s', which the destination "
                   "does not have"),
                 need->subject, need->detail);
    else
        vmc_say(findings, VMC_SEVERITY_WARNING, need->subject, need->detail, NULL,
                _("the destination has no cgroups for guests: the guest's '%1$s' is not kept "
                  "there"),
                need->subject);
}

/* Without the controller nobody looks at the path. */
static void
check_blkio_device(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    gboolean looked = g_hash_table_contains(offer->settings, "cgroup");

    if (!is_session(offer) && !(looked && !version_of(offer, "blkio")))
        vmc_rule_path(req, offer, need, findings);
}

static void
check_shares(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    gboolean looked = g_hash_table_contains(offer->settings, "cgroup");
    const char *version = version_of(offer, "cpu");

    if (need->value <= MAX_WEIGHT || is_session(offer) || (looked && !version))
        return;
    if (!looked)
        vmc_cannot_know(findings, need->subject, need->detail,
                        _("Run the check on the destination itself, or look there: cgroups are of "
                          "version 2 where /sys/fs/cgroup/cgroup.controllers exists."),
                        _("the guest has %1$s CPU shares, more than cgroups of version 2 take, and "
                          "which version the destination has is not known"),
                        need->detail);
    else if (g_strcmp0(version, "2") == 0)
        vmc_fail(findings, need->subject, need->detail, "10000",
                 _("the guest has %1$s CPU shares, the destination's cgroups (version 2) take at "
                   "most 10000"),
                 need->detail);
}

/* ---- a session daemon's rights -------------------------------------------------- */

static void
check_session_tuning(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    if (is_session(offer) && need->value != SYSTEM_ONLY)
        vmc_fail(findings, need->subject, need->detail, "session",
                 _("the guest has '%1$s', which a session daemon refuses"), need->subject);
}

static char *
kib_text(guint64 kib)
{
    return kib == G_MAXUINT64 ? g_strdup(_("any number of"))
                              : g_strdup_printf("%" G_GUINT64_FORMAT, kib);
}

/* A hard limit in a session daemon is session-tuning's. */
static void
check_locked(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const char *limit = g_hash_table_lookup(offer->settings, "memlock");
    g_autofree char *needed = kib_text(need->value);
    guint64 kib = 0;

    if (is_session(offer) && !g_str_has_prefix(need->subject, "memtune"))
        vmc_cannot_know(findings, need->subject, needed,
                        _("Look at the limit of that user on the destination (ulimit -l): it must "
                          "hold all of the guest's memory."),
                        _("QEMU must be allowed to lock %1$s KiB of memory, and whether a session "
                          "daemon's user may is not known"),
                        needed);
    if (is_session(offer) || !limit ||
        !g_ascii_string_to_unsigned(limit, 10, 0, G_MAXUINT64, &kib, NULL))
        return;
    if (need->value > kib)
        vmc_fail(findings, need->subject, needed, limit,
                 _("QEMU must be allowed to lock %1$s KiB of memory, and the destination is a "
                   "container that may not allow more than %2$s"),
                 needed, limit);
}

static void
check_realtime(const VmcRequirement *req,
               const VmcOffer *offer,
               const VmcNeed *need,
               VmcFindings *findings)
{
    if (is_session(offer))
        vmc_cannot_know(findings, need->subject, need->detail,
                        _("Look at the limit of that user on the destination (ulimit -r)."),
                        _("the guest's scheduler is '%1$s', and whether a session daemon may set "
                          "that is not known"),
                        need->detail);
}

/* ---- the machine ------------------------------------------------------------------ */

static void
check_smbios(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    if (offer->sysinfo == VMC_NO)
        vmc_fail(findings, need->subject, "host", NULL,
                 _("the guest shows its host's SMBIOS tables, and the destination's libvirt has "
                   "none"));
    if (offer->sysinfo == VMC_UNKNOWN)
        vmc_cannot_know(findings, need->subject, "host",
                        _("Ask the destination: virsh sysinfo prints them, or says that there are "
                          "none."),
                        _("the guest shows its host's SMBIOS tables, and whether the destination's "
                          "libvirt has any is not known"));
}

static void
check_cachetune(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    if (!g_hash_table_contains(offer->cache_controls, need->detail))
        vmc_fail(findings, need->subject, need->detail, NULL,
                 _("the guest has a part of its own of a cache or of memory's bandwidth ('%1$s'), "
                   "and the destination can't set that apart"),
                 need->detail);
}

static void
check_partition(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    if (!g_str_equal(need->detail, "/machine"))
        vmc_fail(findings, need->subject, need->detail, NULL,
                 _("the guest is in the cgroup partition '%1$s', which a host without systemd must "
                   "have already"),
                 need->detail);
}

static void
check_page_size(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    guint64 source = req->source ? req->source->page_kib : 0;
    guint64 destination = offer->host.page_kib;
    g_autofree char *from = g_strdup_printf("%" G_GUINT64_FORMAT, source);
    g_autofree char *to = g_strdup_printf("%" G_GUINT64_FORMAT, destination);

    if (source != 0 && destination != 0 && source != destination)
        vmc_fail(findings, "memory", from, to,
                 _("the source's pages have %1$s KiB, the destination's %2$s KiB"), from, to);
}

/* ---- definitions that no libvirt takes ---------------------------------------------- */

static const struct {
    const char *key, *message;
} refusals[] = {
    { "cache-level", N_("<cache> in <cpu>: mode 'emulate' needs level='3', other modes take no "
                        "level") },
    { "cache-mode", N_("<cache mode='passthrough'/> needs a CPU of mode 'host-passthrough' or "
                       "'maximum'") },
    { "physbits", N_("<maxphysaddr mode='passthrough'/> takes no bits") },
    { "lifecycle", N_("QEMU guests can't have this action: 'preserve' is for on_crash, "
                      "'rename-restart' for none") },
    { "lifecycle-both", N_("on_poweroff 'restart' and on_reboot 'destroy' don't go together") },
    { "first-vcpu", N_("vCPU 0 can't be offline") },
    { "idmap", N_("<idmap> needs both uid and gid") },
    { "topology", N_("<topology> in <cpu> does not make the guest's number of vCPUs") },
    { "vcpus-iommu", N_("more than 255 vCPUs need an <iommu> with <driver eim='on'/>") },
    { "shared-memory", N_("the device needs shared memory (<access mode='shared'/> in "
                          "<memoryBacking>)") },
    { "memory-slots", N_("there are more memory modules than slots in <maxMemory>") },
};

static void
check_invalid(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        if (g_str_equal(refusals[i].key, need->detail))
            vmc_fail(findings, need->subject, need->detail, NULL, "%s", _(refusals[i].message));
    }
}

const VmcRule vmc_rules_host[] = {
    {
        .id = "definition-invalid",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "invalid",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_invalid,
        .summary = N_("libvirt takes the definition at all"),
        .cause = N_("Some things libvirt refuses on every host. A guest that a libvirt already has "
                    "has none of them; a definition from a file may."),
        .remedy = N_("Change the definition: virsh define --validate FILE tells whether libvirt "
                     "takes it."),
        .spares = "unsupported configuration: CPU topology doesn't match maximum vcpu count",
    },
    {
        .id = "tls-force",
        .states = MIGRATED,
        .severity = VMC_SEVERITY_CONDITIONAL,
        .check = check_tls,
        .assume = "tls",
        .summary = N_("neither host insists on TLS"),
        .cause = N_("A host whose qemu.conf says migrate_tls_force = 1 takes part in no migration "
                    "without TLS, not even of a guest that is off."),
        .remedy = N_("Migrate with TLS (virsh migrate … --tls), for which both hosts need "
                     "certificates (/etc/pki/qemu or /etc/pki/libvirt-migrate)."),
        .spares = "Requested operation is not valid: this libvirtd instance allows migration only "
                  "with VIR_MIGRATE_TLS flag",
    },
    {
        .id = "lock-manager-mismatch",
        .states = VMC_STATE_LIVE,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_lock_manager,
        .summary = N_("both hosts lock disks in the same way"),
        .cause = N_("lock_manager in qemu.conf names what keeps a disk from being used twice. It "
                    "does so only among hosts that have the same; libvirt may refuse where sanlock "
                    "is on one side only."),
        .remedy = N_("Set the same lock_manager in /etc/libvirt/qemu.conf on both hosts and "
                     "restart libvirt's daemons."),
        .spares = "internal error: Source host lock driver %s different from target %s",
    },
    {
        .id = "virtlogd-missing",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_virtlogd,
        .summary = N_("the destination's virtlogd can be reached"),
        .cause = N_("libvirt has QEMU write its log through virtlogd, unless qemu.conf says "
                    "stdio_handler = \"file\"; it starts no guest when it can't reach it."),
        .remedy = N_("Start it on the destination: systemctl enable --now virtlogd.socket."),
        .spares = "Failed to connect socket to '/run/libvirt/virtlogd-sock': No such file or "
                  "directory",
    },
    {
        .id = "session-tuning",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "tuning",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_session_tuning,
        .summary = N_("the destination's daemon may keep the guest's limits"),
        .cause = N_("Limits of memory, disk and CPU are kept by cgroups, which a session daemon "
                    "has no rights for; it refuses a guest that has any."),
        .remedy = N_("Migrate to the system daemon (qemu+ssh://HOST/system), or take <memtune>, "
                     "<blkiotune> and <cputune> out of the definition (virsh edit)."),
        .spares = "unsupported configuration: Memory tuning is not available in session mode",
    },
    {
        .id = "cgroup-controller-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "tuning",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_controller,
        .summary = N_("the destination has the cgroup controllers of the guest's limits"),
        .cause = N_("Limits of memory, disk and CPU are kept by cgroup controllers. The "
                    "destination's kernel, or cgroup_controllers in its qemu.conf, leaves out one "
                    "that the guest's limits need."),
        .remedy = N_("Turn the controller on (the kernel's parameter cgroup_enable=, "
                     "cgroup_controllers in /etc/libvirt/qemu.conf), or take the limit out of the "
                     "definition (virsh edit, at the next shutdown)."),
        .spares = "unsupported configuration: Memory cgroup is not available on this host",
    },
    {
        .id = "cgroup-cpu-range",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "cpu-shares",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_shares,
        .may_not_know = TRUE,
        .summary = N_("the destination's cgroups take the guest's CPU shares"),
        .cause = N_("CPU shares go up to 262144 in cgroups of version 1, and up to 10000 in those "
                    "of version 2. libvirt passes the number on, and the kernel refuses it."),
        .remedy = N_("Give the guest at most 10000: virsh schedinfo GUEST --live --config "
                     "cpu_shares=NUMBER, in the proportion that the other guests have there."),
        .spares = "error from service: GDBus.Error:org.freedesktop.DBus.Error.InvalidArgs: Value "
                  "specified in CPUWeight is out of range",
    },
    {
        .id = "memory-locked",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "memlock",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_locked,
        .may_not_know = TRUE,
        .summary = N_("the destination may lock the guest's memory"),
        .cause = N_("Memory that is locked or that host devices write to stays in RAM, and libvirt "
                    "allows QEMU as much before it starts; <hard_limit>, where written, is that "
                    "number. The system's daemon may allow what it wants, except in a container "
                    "without CAP_SYS_RESOURCE; a session daemon what its user may."),
        .remedy = N_("Give the container CAP_SYS_RESOURCE, or a greater limit of locked memory "
                     "(--ulimit memlock=-1); or take <locked/> and <hard_limit> out of the "
                     "definition (virsh edit, at the next shutdown)."),
        .spares = "cannot limit locked memory of process %lld to %llu: Operation not permitted",
    },
    {
        .id = "scheduler-rt",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "realtime",
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_realtime,
        .only_unknown = TRUE,
        .may_not_know = TRUE,
        .summary = N_("the destination may give the guest's threads real-time priority"),
        .cause = N_("The schedulers 'fifo' and 'rr' need rights that the system's daemon has and a "
                    "session daemon's user mostly not."),
        .remedy = N_("Migrate to the system daemon (qemu+ssh://HOST/system), or take vcpusched, "
                     "iothreadsched and emulatorsched out of <cputune> (virsh edit, at the next "
                     "shutdown)."),
        .spares = "Cannot set scheduler parameters for pid %d: Operation not permitted",
    },
    {
        .id = "blkio-device-path",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "blkio-device",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_blkio_device,
        .may_not_know = TRUE,
        .summary = N_("the devices that the guest's disk limits name are on the destination"),
        .cause = N_("<blkiotune><device> names a block device of the host by its path, and libvirt "
                    "refuses limits for a path that is none."),
        .remedy = N_("Change the limit for the destination (virsh blkiotune GUEST "
                     "--device-weights … --live --config), or take it out."),
        .spares = "Path '%s' must be a block device",
    },
    {
        .id = "resource-partition",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "resource-partition",
        .severity = VMC_SEVERITY_WARNING,
        .check = check_partition,
        .summary = N_("the guest's cgroup partition is every host's"),
        .cause = N_("<resource><partition> names a place among the host's cgroups. systemd makes "
                    "it where it is missing; elsewhere an administrator must have made it."),
        .remedy = N_("Make the partition on a host without systemd, or change it at the next "
                     "shutdown (virsh edit)."),
        .spares = "unsupported configuration: Cgroup '%s' does not exist",
    },
    {
        .id = "resctrl-cachetune",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "cachetune",
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_cachetune,
        .summary = N_("the destination can set apart the guest's parts of caches"),
        .cause = N_("<cachetune> and <memorytune> give a guest parts of a CPU's caches and of its "
                    "memory's bandwidth. That takes a CPU that can (Intel RDT, AMD QoS) and a "
                    "mounted resctrl file system; capabilities list what there is."),
        .remedy = N_("Mount it on the destination, if its CPU can (mount -t resctrl resctrl "
                     "/sys/fs/resctrl), and restart libvirt's daemon; or take <cachetune> and "
                     "<memorytune> out of the definition (virsh edit, at the next shutdown)."),
        .spares = "unsupported configuration: Resource control is not supported on this host",
    },
    {
        .id = "perf-events",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "perf-event",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .summary = N_("the destination's kernel counts the guest's perf events"),
        .cause = N_("libvirt turns on the events in <perf> when a guest starts, and refuses it if "
                    "the kernel can't. Hardware events need a CPU that counts them, which many "
                    "virtual machines do not have; cmt and mbm* need an old kernel."),
        .remedy = N_("Look on the destination (perf list), or turn the event off: virsh perf "
                     "GUEST --disable EVENT --live --config."),
        .message = N_("the guest has the perf event '%1$s' counted, and whether the destination "
                      "can is not known"),
        .spares = "unable to open host cpu perf event for %s: No such file or directory",
    },
    {
        .id = "memory-hard-limit",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "hard-limit-small",
        .severity = VMC_SEVERITY_WARNING,
        .summary = N_("the guest's hard limit holds its memory"),
        .cause = N_("QEMU with all of the guest's memory in use needs more than <hard_limit> "
                    "allows: the kernel ends it, most likely while its memory arrives."),
        .remedy = N_("Raise the limit, or drop it: virsh memtune GUEST --hard-limit SIZE --live "
                     "--config (-1: none)."),
        .message = N_("the guest's hard limit of %1$s KiB is less than its memory"),
    },
    {
        .id = "smbios-host",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "smbios-host",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_smbios,
        .may_not_know = TRUE,
        .summary = N_("the destination has SMBIOS tables to show to the guest"),
        .cause = N_("<smbios mode='host'/> shows the host's SMBIOS to the guest. libvirt's daemon "
                    "reads it when it starts, by dmidecode, and refuses such guests where it could "
                    "not. A guest that moves while it runs keeps the old host's until it reboots."),
        .remedy = N_("Install dmidecode on the destination and restart libvirt's daemon, or use "
                     "<smbios mode='sysinfo'/> or 'emulate' (virsh edit, at the next shutdown)."),
        .spares = "unsupported configuration: Host SMBIOS information is not available",
    },
    {
        .id = "host-page-size",
        .states = VMC_STATE_MEMORY,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_page_size,
        .summary = N_("both hosts have pages of one size"),
        .cause = N_("On Arm and POWER kernels are built with pages of 4, 16 or 64 KiB. Post-copy "
                    "and some devices fail between hosts that differ in it."),
        .remedy = N_("Boot the destination with a kernel of the same page size (getconf PAGESIZE), "
                     "or migrate without --postcopy."),
    },
    { 0 },
};
