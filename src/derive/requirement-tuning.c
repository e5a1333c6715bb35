/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a guest asks of the host's kernel beside memory and CPUs: shares and
 * limits (cgroups), priorities, counters, parts of caches.
 */
#include "derive/derive-internal.h"

#define VFIO_EXTRA_KIB (1024 * 1024) /* libvirt's allowance for a device's own memory */

#define TRAIT(path, condition, trait, value) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_TRAIT, .name = "=" trait, .detail = value \
 }

/* Limits that a cgroup controller keeps; detail: which. */
#define TUNING(path, controller) TRAIT(path, NULL, "tuning", "=" controller)

/* A session daemon does not look at it. */
#define SYSTEM_TUNING(path, controller) \
 { \
  .element = path, .kind = VMC_NEED_TRAIT, .name = "=tuning", .detail = "=" controller, .value = 2 \
 }

/* These libvirt refuses also on a host without any cgroups; the others it then
 * leaves unkept. */
#define CPU_TIME(path) \
 { \
  .element = path, .kind = VMC_NEED_TRAIT, .name = "=tuning", .detail = "=cpu", .value = 1 \
 }

static const VmcNeedRow tuning[] = {
    TUNING("memtune/hard_limit", "memory"),
    TUNING("memtune/soft_limit", "memory"),
    TUNING("memtune/swap_hard_limit", "memory"),
    TUNING("blkiotune/weight", "blkio"),
    SYSTEM_TUNING("blkiotune/device", "blkio"),
    TUNING("cputune/shares", "cpu"),
    CPU_TIME("cputune/period"),
    CPU_TIME("cputune/quota"),
    CPU_TIME("cputune/global_period"),
    CPU_TIME("cputune/global_quota"),
    CPU_TIME("cputune/emulator_period"),
    CPU_TIME("cputune/emulator_quota"),
    CPU_TIME("cputune/iothread_period"),
    CPU_TIME("cputune/iothread_quota"),
    TRAIT("cputune/vcpusched", "@scheduler=fifo|rr", "realtime", "@scheduler"),
    TRAIT("cputune/iothreadsched", "@scheduler=fifo|rr", "realtime", "@scheduler"),
    TRAIT("cputune/emulatorsched", "@scheduler=fifo|rr", "realtime", "@scheduler"),
    TRAIT("features/pmu", "@state=on", "pmu", NULL),
    TRAIT("cpu", "@match=minimum", "cpu-match-minimum", NULL),
    /* what the kernel counts itself it counts on every host */
    TRAIT("perf/event",
          "@enabled=yes @name!=page_faults|context_switches|cpu_migrations|page_faults_min|"
          "page_faults_maj|alignment_faults|emulation_faults|cpu_clock|task_clock",
          "perf-event",
          "@name"),
    { .element = "blkiotune/device",
      .kind = VMC_NEED_FILE,
      .name = "path",
      .detail = "=blkio-device",
      .flags = VMC_FILE_BLOCK },
};

static void
add_valued(VmcReading *reading, const xmlNode *node, const char *trait, guint64 value)
{
    g_autofree char *subject = vmc_reading_subject(reading, node);
    g_autofree char *detail = g_strdup_printf("%" G_GUINT64_FORMAT, value);

    vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, trait, detail)->value = value;
}

static void
read_shares(VmcReading *reading, const xmlNode *shares)
{
    g_autofree char *text = vmc_xml_text(shares);
    guint64 value = 0;

    if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &value, NULL))
        add_valued(reading, shares, "cpu-shares", value);
}

static void
read_hard_limit(VmcReading *reading, const xmlNode *limit)
{
    guint64 kib = 0;

    if (vmc_xml_scaled_kib(limit, &kib) && kib < reading->req->memory_kib)
        add_valued(reading, limit, "hard-limit-small", kib);
}

/* What QEMU must be allowed to lock, as libvirt reckons it. */
static void
read_memlock(VmcReading *reading)
{
    static const VmcNeedRow vfio[] = {
        { .element = "devices/hostdev",
          .when = "@type=pci|mdev",
          .kind = VMC_NEED_TRAIT,
          .name = "=memlock",
          .detail = "=hostdev" },
    };
    const xmlNode *limit = vmc_xml_path(reading->domain, "memtune/hard_limit");
    const xmlNode *locked = vmc_xml_path(reading->domain, "memoryBacking/locked");
    const GPtrArray *traits = reading->req->needs[VMC_NEED_TRAIT];
    guint n = traits->len;
    guint64 kib = 0;

    if (limit && vmc_xml_scaled_kib(limit, &kib)) {
        add_valued(reading, limit, "memlock", kib);
    } else if (locked) {
        add_valued(reading, locked, "memlock", G_MAXUINT64);
    } else {
        vmc_reading_apply(reading, vfio, G_N_ELEMENTS(vfio));
        for (guint i = n; i < traits->len; i++)
            ((VmcNeed *)traits->pdata[i])->value = reading->req->memory_kib + VFIO_EXTRA_KIB;
    }
}

static void
add_cachetune(VmcReading *reading, const xmlNode *node, char *key)
{
    g_autofree char *owned = key;
    g_autofree char *subject = vmc_reading_subject(reading, node);

    vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, "cachetune", owned);
}

/* Level, type, bank: as the offer's keys are made. */
static void
read_cache(VmcReading *reading, const xmlNode *cache)
{
    g_autofree char *level = vmc_xml_attr(cache, "level");
    g_autofree char *type = vmc_xml_attr(cache, "type");
    g_autofree char *id = vmc_xml_attr(cache, "id");

    if (level && type && id)
        add_cachetune(reading, cache, g_strdup_printf("%s/%s/%s", level, type, id));
}

static void
read_bandwidth(VmcReading *reading, const xmlNode *node)
{
    g_autofree char *id = vmc_xml_attr(node, "id");

    if (id)
        add_cachetune(reading, node, g_strconcat("memory/", id, NULL));
}

void
vmc_reading_tuning(VmcReading *reading)
{
    vmc_reading_apply(reading, tuning, G_N_ELEMENTS(tuning));
    vmc_reading_foreach(reading, reading->domain, "cputune/shares", read_shares);
    vmc_reading_foreach(reading, reading->domain, "memtune/hard_limit", read_hard_limit);
    read_memlock(reading);
    vmc_reading_foreach(reading, reading->domain, "cputune/cachetune/cache", read_cache);
    vmc_reading_foreach(reading, reading->domain, "cputune/memorytune/node", read_bandwidth);
}
