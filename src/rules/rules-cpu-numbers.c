/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: what of the guest's CPU is counted or measured: its clock, the bits of its
 * addresses, its performance counters.  Features and models are in rules-cpu.c.
 */
#include "rules/rules-cpu.h"

static gboolean
wants_tsc(const VmcRequirement *req)
{
    return req->tsc_frequency != 0;
}

/* libvirt's tolerance: 250 parts in a million. */
static gboolean
is_close(guint64 wanted, guint64 has)
{
    guint64 tolerance = has / 1000000 * 250 + has % 1000000 * 250 / 1000000;

    return (wanted > has ? wanted - has : has - wanted) <= tolerance;
}

static void
judge_tsc(const VmcRequirement *req,
          const VmcOffer *offer,
          const char *wanted,
          const char *has,
          VmcFindings *findings)
{
    const char *subject = "clock/timer[@name='tsc']/@frequency";

    if (offer->tsc_frequency == 0)
        vmc_cannot_know(findings, subject, wanted,
                        _("Run virsh capabilities on the destination: a host whose TSC can be "
                          "counted on shows its frequency (counter name='tsc')."),
                        _("the guest insists on a TSC of %1$s Hz, and the destination does not "
                          "tell its own"),
                        wanted);
    else if (offer->tsc_scaling == VMC_NO)
        vmc_fail(findings, subject, wanted, has,
                 _("the guest insists on a TSC of %1$s Hz, the destination's has %2$s Hz and can't "
                   "be scaled"),
                 wanted, has);
    else if (offer->tsc_scaling == VMC_UNKNOWN)
        vmc_cannot_know(findings, subject, wanted,
                        _("Run virsh capabilities on the destination: see counter/@scaling."),
                        _("the guest insists on a TSC of %1$s Hz, the destination's has %2$s Hz, "
                          "and whether it can be scaled is not known"),
                        wanted, has);
}

static void
check_tsc(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    g_autofree char *wanted = NULL;
    g_autofree char *has = NULL;

    if (offer->tsc_frequency != 0 && is_close(req->tsc_frequency, offer->tsc_frequency))
        return;
    wanted = g_strdup_printf("%" G_GUINT64_FORMAT, req->tsc_frequency);
    has = g_strdup_printf("%" G_GUINT64_FORMAT, offer->tsc_frequency);
    judge_tsc(req, offer, wanted, has, findings);
}

static gboolean
emulates_physbits(const VmcRequirement *req)
{
    return g_strcmp0(req->cpu.physbits_mode, "emulate") == 0 && req->cpu.physbits > 0;
}

static void
check_maxphysaddr(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    g_autofree char *needed = g_strdup_printf("%u", req->cpu.physbits);
    g_autofree char *found = g_strdup_printf("%u", offer->host.cpu_physbits);

    if (offer->host.cpu_physbits == 0)
        vmc_cannot_know(findings, "cpu/maxphysaddr/@bits", needed,
                        _("Run virsh capabilities on the destination: see cpu/maxphysaddr/@bits."),
                        _("the guest's physical addresses have %1$u bits, and how many the "
                          "destination's CPU has is not known"),
                        req->cpu.physbits);
    else if (req->cpu.physbits > offer->host.cpu_physbits)
        vmc_fail(findings, "cpu/maxphysaddr/@bits", needed, found,
                 _("the guest's physical addresses have %1$u bits, the destination's CPU has %2$u"),
                 req->cpu.physbits, offer->host.cpu_physbits);
}

static gboolean
passes_physbits(const VmcRequirement *req)
{
    return vmc_is_x86(req) &&
           (g_strcmp0(req->cpu.physbits_mode, "passthrough") == 0 ||
            (vmc_cpu_mode_is(req, "host-passthrough") && !req->cpu.physbits_mode));
}

static void
check_physbits_lost(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    unsigned int source = req->source ? req->source->cpu_physbits : 0;
    unsigned int destination = offer->host.cpu_physbits;
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;

    if (req->cpu.physbits_limit > 0)
        source = MIN(source, req->cpu.physbits_limit);
    if (source == 0 || destination == 0 || source <= destination)
        return;
    needed = g_strdup_printf("%u", source);
    found = g_strdup_printf("%u", destination);
    vmc_fail(findings, "cpu/maxphysaddr", needed, found,
             _("the guest has its host's %1$u bits of physical addresses, the destination's CPU "
               "has %2$u"),
             source, destination);
}

static gboolean
has_loose_tsc(const VmcRequirement *req)
{
    return vmc_is_x86(req) && vmc_is_kvm(req) && req->tsc_frequency == 0;
}

static void
check_tsc_implicit(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    guint64 source = req->source ? req->source->tsc_frequency : 0;
    g_autofree char *from = g_strdup_printf("%" G_GUINT64_FORMAT, source);
    g_autofree char *to = g_strdup_printf("%" G_GUINT64_FORMAT, offer->tsc_frequency);

    if (source != 0 && offer->tsc_frequency != 0 && offer->tsc_scaling == VMC_NO &&
        !is_close(source, offer->tsc_frequency))
        vmc_fail(findings, "clock", from, to,
                 _("the guest's TSC ticks at the source's %1$s Hz, the destination's at %2$s Hz "
                   "and can't be scaled"),
                 from, to);
}

static void
check_pmu(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    if (vmc_is_kvm(req) && vmc_hosts_cpus_differ(req->source, &offer->host))
        vmc_fail(findings, need->subject, req->source->cpu_signature, offer->host.cpu_signature,
                 _("the guest sees its host's performance counters, and the destination's CPU is "
                   "another"));
}

static void
check_reenlightenment(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    if (req->tsc_frequency == 0 && vmc_is_kvm(req))
        vmc_cannot_know(findings, need->subject, "reenlightenment", NULL,
                        _("the guest may use Hyper-V's reenlightenment, and has no TSC frequency: "
                          "if it does, QEMU on the destination refuses its state"));
}

/* Bits that the guest has where the destination gives it its own, or a number is
 * written; 0: another number, which the host does not decide. */
static unsigned int
guest_physbits(const VmcRequirement *req, const VmcOffer *offer)
{
    unsigned int bits = offer->host.cpu_physbits;

    if (g_strcmp0(req->cpu.physbits_mode, "emulate") == 0)
        return req->cpu.physbits;
    if (!passes_physbits(req))
        return 0;
    return req->cpu.physbits_limit > 0 ? MIN(bits, req->cpu.physbits_limit) : bits;
}

static void
check_physbits_memory(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    unsigned int bits = guest_physbits(req, offer);
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;

    if (bits < 12 || bits >= 64 || req->memory_kib <= G_GUINT64_CONSTANT(1) << (bits - 10))
        return;
    needed = g_strdup_printf("%" G_GUINT64_FORMAT, req->memory_kib / 1024);
    found = g_strdup_printf("%u", bits);
    vmc_fail(findings, "memory", needed, found,
             _("the guest has %1$s MiB of memory, more than the %2$s bits of its CPU's physical "
               "addresses reach"),
             needed, found);
}

const VmcRule vmc_rules_cpu_numbers[] = {
    {
        .id = "invtsc",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "invtsc",
        .severity = VMC_SEVERITY_BLOCKER,
        .summary = N_("the guest's invariant TSC has a fixed frequency"),
        .cause =
            N_("An invariant TSC ticks on at the source's rate, which the destination can only "
               "promise if the definition names the frequency."),
        .remedy = N_("Name it at the next shutdown: <timer name='tsc' frequency='HZ'/> in <clock> "
                     "(virsh capabilities shows the hosts' in counter/@frequency), or drop invtsc "
                     "(virsh edit)."),
        .message = N_("the guest has the CPU feature 'invtsc' and no TSC frequency"),
        .spares = "Requested operation is not valid: domain has 'invtsc' CPU feature but TSC "
                  "frequency is not specified",
    },
    {
        .id = "tsc-frequency",
        .states = VMC_STATE_ALL,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_tsc,
        .applies = wants_tsc,
        .may_not_know = TRUE,
        .subject = "clock/timer[@name='tsc']/@frequency",
        .summary = N_("the destination can give the guest's TSC frequency"),
        .cause = N_("The guest's definition names the frequency of its TSC. The destination's must "
                    "be within 250 parts in a million of it, or be scalable by the CPU."),
        .remedy = N_("Choose a host whose CPU has TSC scaling or that frequency, or take the "
                     "frequency (and invtsc) out of the definition at the next shutdown (virsh "
                     "edit)."),
        .spares = "unsupported configuration: Requested TSC frequency %llu Hz is outside tolerance "
                  "range ([%llu, %llu] Hz) around host frequency %llu Hz and TSC scaling is not "
                  "supported by the host CPU",
    },
    {
        .id = "maxphysaddr",
        .states = VMC_STATE_ALL,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_maxphysaddr,
        .applies = emulates_physbits,
        .may_not_know = TRUE,
        .subject = "cpu/maxphysaddr/@bits",
        .summary = N_("the destination's CPU has the guest's bits of physical addresses"),
        .cause = N_("<maxphysaddr mode='emulate'> names a number of address bits; a CPU can't "
                    "emulate more than it has."),
        .remedy = N_("Lower bits in <maxphysaddr> at the next shutdown (virsh edit), or choose a "
                     "host whose CPU has as many (virsh capabilities, cpu/maxphysaddr)."),
        .spares = "unsupported configuration: CPU maximum physical address bits must be less than "
                  "or equal to the host's",
    },
    {
        .id = "host-phys-bits-mismatch",
        .states = VMC_STATE_MEMORY,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_physbits_lost,
        .applies = passes_physbits,
        .summary =
            N_("the destination's CPU has as many bits of physical addresses as the source's"),
        .cause = N_("The guest was told its host's number of address bits, and nobody checks the "
                    "destination's: memory or devices above its limit fault."),
        .remedy = N_("Name the smaller number at the next shutdown: <maxphysaddr mode='emulate' "
                     "bits='N'/> in <cpu> (virsh edit)."),
    },
    {
        .id = "cpu-physbits-memory",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_physbits_memory,
        .applies = vmc_is_x86,
        .summary = N_("the guest's CPU can address all of its memory there"),
        .cause = N_("A CPU's physical addresses have a number of bits, and memory beyond them "
                    "can't be reached. QEMU from 8.2 on refuses such a guest, older ones give it a "
                    "machine that crashes."),
        .remedy = N_("Choose a host whose CPU has more bits (virsh capabilities, "
                     "cpu/maxphysaddr), or give the guest less memory (virsh setmaxmem, while it "
                     "is off)."),
        .spares = "Address space limit 0x%x < 0x%x phys-bits too low (%d)",
    },
    {
        .id = "tsc-implicit",
        .states = VMC_STATE_MEMORY,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_tsc_implicit,
        .applies = has_loose_tsc,
        .summary = N_("the guest's TSC ticks as fast on the destination"),
        .cause = N_("A guest measures the TSC when it boots. On a CPU that ticks otherwise and "
                    "can't scale, a guest that goes by its TSC runs fast or slow."),
        .remedy = N_("Have the guest use kvm-clock (Linux: clocksource=kvm-clock) or Hyper-V's "
                     "reference time, or choose a host whose CPU can scale (virsh capabilities, "
                     "counter/@scaling)."),
        .spares = "TSC frequency mismatch between VM (%d kHz) and host (%d kHz), and TSC scaling "
                  "unavailable",
    },
    {
        .id = "cpu-pmu",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "pmu",
        .severity = VMC_SEVERITY_WARNING,
        .check = check_pmu,
        .summary = N_("the guest's performance counters are the same there"),
        .cause = N_("<pmu state='on'/> gives the guest its host's performance counters. Where the "
                    "destination's CPU has fewer or others, QEMU may end while it loads the "
                    "guest's state."),
        .remedy = N_("Migrate between equal CPUs, or turn it off at the next shutdown: <pmu "
                     "state='off'/> in <features> (virsh edit)."),
        .spares = "error: failed to set MSR 0x38f to 0x%x",
    },
    {
        .id = "hyperv-reenlightenment",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "hyperv-reenlightenment",
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_reenlightenment,
        .only_unknown = TRUE,
        .may_not_know = TRUE,
        .summary = N_("a guest with reenlightenment has a fixed TSC frequency"),
        .cause = N_("A guest that uses reenlightenment (Hyper-V in it) is told when its TSC "
                    "changes, and KVM can't tell: QEMU takes it only when the definition names a "
                    "frequency. Whether the guest uses it, only it knows."),
        .remedy = N_("Name a frequency at the next shutdown (<timer name='tsc' frequency='HZ'/> in "
                     "<clock>), or turn reenlightenment off (virsh edit). If no Hyper-V runs in "
                     "the guest, waive this rule (--ignore hyperv-reenlightenment)."),
        .spares = "Guest enabled re-enlightenment notifications, 'tsc-frequency=' has to be "
                  "specified",
    },
    { 0 },
};
