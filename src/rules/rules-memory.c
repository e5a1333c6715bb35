/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: memory, NUMA nodes, huge pages, host CPUs.
 */
#include "derive/derive.h"
#include "rules/rules.h"

#define ALL_STATES (VMC_STATE_OFF | VMC_STATE_SAVED | VMC_STATE_LIVE)

#define KIB 1024

static char *
number_text(guint64 number)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT, number);
}

static char *
mib_text(guint64 kib)
{
    return number_text(kib / 1024);
}

static const VmcCell *
find_cell(const VmcOffer *offer, guint64 id)
{
    for (size_t i = 0; i < offer->cells->len; i++) {
        const VmcCell *cell = offer->cells->pdata[i];

        if (cell->id == id)
            return cell;
    }
    return NULL;
}

static void
check_numa_node(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    g_autofree char *node = NULL;

    if (find_cell(offer, need->value))
        return;
    node = number_text(need->value);
    if (offer->cells->len == 0)
        vmc_cannot_know(findings, need->subject, node,
                        _("Run virsh capabilities on the destination: see topology/cells."),
                        _("can't tell whether the destination has the NUMA node %1$s: its nodes "
                          "are not told"),
                        node);
    else
        vmc_fail(findings, need->subject, node, NULL,
                 _("the guest's memory is bound to the NUMA node %1$s, which the destination does "
                   "not have"),
                 node);
}

static void
check_numa_full(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const GPtrArray *needs = req->needs[VMC_NEED_NUMA_NODE];
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;
    guint64 free_kib = 0;

    for (size_t i = 0; i < needs->len; i++) {
        const VmcNeed *node = needs->pdata[i];
        const VmcCell *cell = find_cell(offer, node->value);

        if (!cell || cell->free_known != VMC_YES)
            return;
        if (g_hash_table_add(seen, GUINT_TO_POINTER(cell->id)))
            free_kib += cell->free_bytes / KIB;
    }
    if (req->memory_kib <= free_kib)
        return;
    needed = mib_text(req->memory_kib);
    found = mib_text(free_kib);
    vmc_fail(findings, "numatune", needed, found,
             _("the guest's %1$s MiB are bound to NUMA nodes that have %2$s MiB free on the "
               "destination"),
             needed, found);
}

static gboolean
is_bound(const VmcRequirement *req)
{
    return req->needs[VMC_NEED_NUMA_NODE]->len > 0;
}

/* How many of the CPUs in @need are online; -1: can't be told. */
static int
count_online(const VmcOffer *offer, const VmcNeed *need, unsigned int *ret_size)
{
    g_autoptr(GHashTable) wanted = NULL;
    g_autoptr(GHashTable) online = NULL;
    GHashTableIter iter;
    void *cpu = NULL;
    int count = 0;

    if (!offer->cpumap || !vmc_cpuset_parse(need->name, &wanted) ||
        !vmc_cpuset_parse(offer->cpumap, &online))
        return -1;
    *ret_size = g_hash_table_size(wanted);
    g_hash_table_iter_init(&iter, wanted);
    while (g_hash_table_iter_next(&iter, &cpu, NULL))
        count += g_hash_table_contains(online, cpu) ? 1 : 0;
    return count;
}

static void
check_cpuset(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    unsigned int size = 0;
    int count = count_online(offer, need, &size);

    if (count < 0)
        vmc_cannot_know(
            findings, need->subject, need->name, _("Ask the destination: virsh nodecpumap."),
            _("can't tell whether the destination has any of the CPUs '%1$s'"), need->name);
    if (count == 0)
        vmc_fail(findings, need->subject, need->name, offer->cpumap,
                 _("the guest is pinned to the CPUs '%1$s', of which the destination has none "
                   "(online: '%2$s')"),
                 need->name, offer->cpumap);
}

static void
check_cpuset_partial(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    unsigned int size = 0;
    int count = count_online(offer, need, &size);

    if (count > 0 && (unsigned int)count < size)
        vmc_fail(findings, need->subject, need->name, offer->cpumap,
                 _("the guest is pinned to the CPUs '%1$s', of which the destination has only some "
                   "(online: '%2$s')"),
                 need->name, offer->cpumap);
}

static void
check_overcommit(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    g_autoptr(GHashTable) online = NULL;
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;

    if (!offer->cpumap || !vmc_cpuset_parse(offer->cpumap, &online) ||
        req->vcpus <= g_hash_table_size(online))
        return;
    needed = number_text(req->vcpus);
    found = number_text(g_hash_table_size(online));
    vmc_fail(findings, "vcpu", needed, found,
             _("the guest has %1$s vCPUs, the destination has %2$s CPUs online"), needed, found);
}

/* The smallest page size beyond the common ones: the kernel's default huge
 * page nearly everywhere.  0: none. */
static guint64
default_huge_page(const VmcOffer *offer)
{
    guint64 smallest = 0, second = 0;

    for (size_t i = 0; i < offer->page_sizes->len; i++) {
        guint64 size = g_array_index(offer->page_sizes, guint64, i);

        if (smallest == 0 || size < smallest) {
            second = smallest;
            smallest = size;
        } else if (second == 0 || size < second) {
            second = size;
        }
    }
    return second;
}

static gboolean
has_page_size(const VmcOffer *offer, guint64 size)
{
    for (size_t i = 0; i < offer->page_sizes->len; i++) {
        if (g_array_index(offer->page_sizes, guint64, i) == size)
            return TRUE;
    }
    return FALSE;
}

/* "4, 2048": KiB; g_free() */
static char *
page_sizes_text(const VmcOffer *offer)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < offer->page_sizes->len; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i ? ", " : "",
                               g_array_index(offer->page_sizes, guint64, i));
    return g_string_free(text, FALSE);
}

static void
check_huge_pages(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    g_autofree char *size = NULL;
    g_autofree char *found = page_sizes_text(offer);

    if (need->value != 0 ? has_page_size(offer, need->value) : default_huge_page(offer) != 0)
        return;
    size = need->value != 0 ? number_text(need->value) : NULL;
    if (offer->page_sizes->len == 0)
        vmc_cannot_know(findings, need->subject, size,
                        _("Run virsh capabilities on the destination: see cpu/pages."),
                        _("can't tell whether the destination has the guest's huge pages: its page "
                          "sizes are not told"));
    else if (size)
        vmc_fail(findings, need->subject, size, found,
                 _("the guest's memory is on pages of %1$s KiB, which the destination does not "
                   "have"),
                 size);
    else
        vmc_fail(findings, need->subject, "hugepages", found,
                 _("the guest's memory is on huge pages, and the destination has none"));
}

static gboolean
has_mount(const VmcOffer *offer, guint64 size_kib)
{
    for (size_t i = 0; i < offer->huge_mounts->len; i++) {
        if (g_array_index(offer->huge_mounts, guint64, i) == size_kib)
            return TRUE;
    }
    return FALSE;
}

/* The kernel may have the size and nobody have mounted it for libvirt. */
static void
check_huge_mount(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    guint64 size = need->value != 0 ? need->value : default_huge_page(offer);
    g_autofree char *text = NULL;

    if ((need->flags & VMC_PAGE_MEMFD) || (offer->huge_mounts && has_mount(offer, size)))
        return;
    text = number_text(size);
    if (offer->huge_mounts)
        vmc_fail(findings, need->subject, text, NULL,
                 _("the destination has no hugetlbfs mounted for pages of %1$s KiB"), text);
    else
        vmc_cannot_know(findings, need->subject, text,
                        _("Run the check on the destination itself, or look there: grep hugetlbfs "
                          "/proc/mounts."),
                        _("can't tell whether the destination has a hugetlbfs mounted for pages of "
                          "%1$s KiB"),
                        text);
}

static guint64
free_on_pages(const VmcOffer *offer, guint64 size_kib)
{
    guint64 free_kib = 0;

    for (size_t i = 0; i < offer->pages->len; i++) {
        const VmcPages *pages = &g_array_index(offer->pages, VmcPages, i);

        if (pages->size_kib == size_kib)
            free_kib += pages->free * pages->size_kib;
    }
    return free_kib;
}

/* KiB on the need's pages; all of the guest's where the need does not tell and
 * is the only one; 0 unknown. */
static guint64
kib_on_pages(const VmcRequirement *req, const VmcNeed *need)
{
    if (*need->name)
        return g_ascii_strtoull(need->name, NULL, 10);
    return req->needs[VMC_NEED_PAGE]->len == 1 ? req->memory_kib : 0;
}

static void
check_free_pages(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    guint64 size = need->value != 0 ? need->value : default_huge_page(offer);
    guint64 wanted = kib_on_pages(req, need);
    guint64 has = free_on_pages(offer, size);
    g_autofree char *size_text = NULL;
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;

    /* a size that the destination lacks is hugepages-unavailable's */
    if (size == 0 || wanted <= has || (offer->page_sizes->len > 0 && !has_page_size(offer, size)))
        return;
    size_text = number_text(size);
    needed = number_text((wanted + size - 1) / size);
    found = number_text(has / size);
    vmc_fail(findings, need->subject, needed, found,
             _("the guest needs %1$s pages of %2$s KiB, the destination has %3$s free"), needed,
             size_text, found);
    vmc_remedy(findings,
               _("Reserve more on the destination: virsh allocpages %1$sKiB COUNT, or the kernel's "
                 "parameters hugepagesz= and hugepages= where memory is already scattered."),
               size_text);
}

static guint64
total_memory_kib(const VmcOffer *offer)
{
    guint64 total = 0;

    for (size_t i = 0; i < offer->cells->len; i++)
        total += ((const VmcCell *)offer->cells->pdata[i])->memory_kib;
    return total;
}

/* QEMU takes memory only when the guest touches it: too little of it free is a
 * risk, too little of it altogether a certainty. */
static void
check_memory(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    guint64 total = total_memory_kib(offer);
    guint64 free_kib = offer->free_memory / KIB;
    gboolean free_known = offer->probed[VMC_PART_MEMORY] && req->needs[VMC_NEED_PAGE]->len == 0;
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;

    if (total >= req->memory_kib && (!free_known || free_kib >= req->memory_kib))
        return;
    needed = mib_text(req->memory_kib);
    found = mib_text(total < req->memory_kib ? total : free_kib);
    if (total == 0)
        vmc_cannot_know(findings, "memory", needed, _("Run virsh nodeinfo on the destination."),
                        _("can't tell whether the guest's %1$s MiB fit the destination: how much "
                          "memory that has is not told"),
                        needed);
    else if (total < req->memory_kib)
        vmc_fail(findings, "memory", needed, found,
                 _("the guest has %1$s MiB of memory, the destination has %2$s MiB in all"), needed,
                 found);
    else
        vmc_say(findings, VMC_SEVERITY_WARNING, "memory", needed, found,
                _("the guest has %1$s MiB of memory, the destination had %2$s MiB free"), needed,
                found);
}

static gboolean
has_memory(const VmcRequirement *req)
{
    return req->memory_kib > 0;
}

const VmcRule vmc_rules_memory[] = {
    {
        .id = "memory-insufficient",
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_memory,
        .applies = has_memory,
        .may_not_know = TRUE,
        .subject = "memory",
        .summary = N_("the destination has memory for the guest"),
        .cause =
            N_("libvirt does not check memory. A guest with more than the host has can't "
               "start, or is killed when it uses it; one with more than is free makes the host "
               "swap."),
        .remedy = N_("Free memory on the destination, choose another host, or give the guest less "
                     "(virsh setmaxmem GUEST SIZE --config, while it is off)."),
        .spares = "internal error: qemu unexpectedly closed the monitor: cannot set up guest "
                  "memory: Cannot allocate memory",
    },
    {
        .id = "hugepages-unavailable",
        .states = ALL_STATES,
        .kind = VMC_NEED_PAGE,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_huge_pages,
        .may_not_know = TRUE,
        .summary = N_("the destination has huge pages of the guest's size"),
        .cause = N_("The guest's memory must be on huge pages of a certain size, which CPU and "
                    "kernel of the destination don't have."),
        .remedy = N_("Boot the destination's kernel with that size (hugepagesz=), or change "
                     "<memoryBacking><hugepages> while the guest is off (virsh edit)."),
        .spares = "internal error: Unable to find any usable hugetlbfs mount for %llu KiB",
    },
    {
        .id = "hugepages-unmounted",
        .states = ALL_STATES,
        .kind = VMC_NEED_PAGE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_huge_mount,
        .may_not_know = TRUE,
        .summary = N_("the destination has a hugetlbfs mounted for the guest's pages"),
        .cause = N_("libvirt gives QEMU files on a hugetlbfs as memory; it looks for mounts when "
                    "its daemon starts, and capabilities do not tell of them."),
        .remedy = N_("Mount it on the destination (mount -t hugetlbfs -o pagesize=SIZE hugetlbfs "
                     "/dev/hugepages) and restart libvirt's daemon there."),
        .spares = "internal error: hugetlbfs filesystem is not mounted or disabled by "
                  "administrator config",
    },
    {
        .id = "hugepages-insufficient",
        .states = ALL_STATES,
        .kind = VMC_NEED_PAGE,
        .part = VMC_PART_PAGES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_free_pages,
        .summary = N_("the destination has enough free huge pages"),
        .cause = N_("Huge pages are reserved in advance, and QEMU ends when there are not enough "
                    "for all of the guest's memory."),
        .remedy = N_("Reserve more on the destination: virsh allocpages SIZE COUNT."),
        .spares = "unable to map backing store for guest RAM: Cannot allocate memory",
    },
    {
        .id = "numa-node-missing",
        .states = ALL_STATES,
        .kind = VMC_NEED_NUMA_NODE,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_numa_node,
        .may_not_know = TRUE,
        .summary = N_("the destination has the NUMA node that memory is bound to"),
        .cause = N_("<numatune> names nodes of the host by number, and the destination has no node "
                    "of that number."),
        .remedy = N_("Change the nodeset: virsh numatune GUEST --nodeset NODES --config, or a "
                     "definition for the destination (virsh migrate --xml FILE)."),
        .spares = "unsupported configuration: NUMA node %d is unavailable",
    },
    {
        .id = "numa-node-full",
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_numa_full,
        .applies = is_bound,
        .summary = N_("the NUMA nodes that memory is bound to have enough free"),
        .cause = N_("Memory bound to nodes comes from no other: when they are full, the host swaps "
                    "or ends the guest, although other nodes have memory."),
        .remedy = N_("Free memory on these nodes (virsh freecell --all shows them), or widen the "
                     "nodeset (virsh numatune)."),
    },
    {
        .id = "numad-missing",
        .states = ALL_STATES,
        .kind = VMC_NEED_TRAIT,
        .name = "placement-auto",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .summary = N_("the destination's numad can place the guest"),
        .cause = N_("placement='auto' asks the program numad for advice at every start. Whether it "
                    "is installed on the destination, and libvirt built for it, no call tells."),
        .remedy =
            N_("Look on the destination (numad -h), and install the package numad there; then "
               "waive this rule (--ignore numad-missing)."),
        .message = N_("the guest is placed by numad, and whether the destination has it is not "
                      "known"),
        .spares = "unsupported configuration: numad is not available on this host",
    },
    {
        .id = "cpuset-out-of-range",
        .states = ALL_STATES,
        .kind = VMC_NEED_CPUSET,
        .part = VMC_PART_CPUMAP,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_cpuset,
        .may_not_know = TRUE,
        .summary = N_("the destination has one at least of the CPUs the guest is pinned to"),
        .cause = N_("A pinning names CPUs of the host by number. Where none of them is online on "
                    "the destination, the kernel refuses the affinity."),
        .remedy = N_("Change the pinning for the destination: virsh vcpupin (emulatorpin, "
                     "iothreadpin) GUEST … --config, or virsh migrate --xml FILE."),
        .spares = "cannot set CPU affinity on process %d: Invalid argument",
    },
    {
        .id = "cpuset-partial",
        .states = ALL_STATES,
        .kind = VMC_NEED_CPUSET,
        .part = VMC_PART_CPUMAP,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_cpuset_partial,
        .summary = N_("the destination has all of the CPUs the guest is pinned to"),
        .cause =
            N_("The kernel takes the CPUs that are there. Where the cpuset cgroup controller is "
               "in use, it refuses the whole set instead."),
        .remedy = N_("Change the pinning for the destination: virsh vcpupin (emulatorpin, "
                     "iothreadpin) GUEST … --config, or virsh migrate --xml FILE."),
        .spares = "Unable to write to '%s/cpuset.cpus': Invalid argument",
    },
    {
        .id = "cpu-overcommit",
        .states = ALL_STATES,
        .part = VMC_PART_CPUMAP,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_overcommit,
        .summary = N_("the destination has a CPU for each vCPU"),
        .cause = N_("A guest may have more vCPUs than the host has CPUs; they then wait for each "
                    "other, which costs most of the speed."),
        .remedy = N_("Choose a greater host, or give the guest fewer vCPUs (virsh setvcpus)."),
    },
    { 0 },
};
