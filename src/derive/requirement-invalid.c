/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What every libvirt refuses in a definition, whatever the host: of interest for
 * definitions from files, which no libvirt has seen yet.  Only what 9.0 and 11.3
 * agree about; details are keys of a table of rules-host.c.
 */
#include "derive/derive-internal.h"

#define INVALID(path, condition, why) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_TRAIT, .name = "=invalid", \
  .detail = "=" why \
 }

static const VmcNeedRow invalid[] = {
    INVALID("cpu", "cache/@mode=emulate cache/@level!=3", "cache-level"),
    INVALID("cpu", "cache/@mode=passthrough|disable cache/@level", "cache-level"),
    INVALID("cpu", "cache/@mode=passthrough @mode!=host-passthrough|maximum", "cache-mode"),
    INVALID("cpu", "maxphysaddr/@mode=passthrough maxphysaddr/@bits", "physbits"),
    INVALID("on_poweroff", ".=preserve|rename-restart", "lifecycle"),
    INVALID("on_reboot", ".=preserve|rename-restart", "lifecycle"),
    INVALID("on_crash", ".=rename-restart", "lifecycle"),
    INVALID("vcpus/vcpu", "@id=0 @enabled=no", "first-vcpu"),
    INVALID("idmap", "uid !gid", "idmap"),
    INVALID("idmap", "gid !uid", "idmap"),
};

static void
add(VmcReading *reading, const char *subject, const char *why)
{
    vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, "invalid", why);
}

static void
read_lifecycle(VmcReading *reading)
{
    if (vmc_xml_holds(reading->domain, "on_poweroff=restart on_reboot=destroy"))
        add(reading, "on_poweroff", "lifecycle-both");
}

/* 0: none written. */
static guint64
topology_vcpus(const xmlNode *topology)
{
    static const char *const levels[] = { "sockets", "dies", "clusters", "cores", "threads" };
    guint64 product = topology ? 1 : 0;

    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        unsigned int value = vmc_derive_uint(topology, levels[i]);

        product = MIN(product * (value > 0 ? value : 1), G_MAXUINT);
    }
    return product;
}

static void
read_vcpus(VmcReading *reading)
{
    const VmcRequirement *req = reading->req;
    guint64 product = topology_vcpus(vmc_xml_path(reading->domain, "cpu/topology"));
    gboolean is_x86 = g_strcmp0(req->arch, "x86_64") == 0;

    if (product != 0 && req->vcpus != 0 && product != req->vcpus)
        add(reading, "cpu/topology", "topology");
    if (is_x86 && req->vcpus > 255 &&
        !vmc_xml_holds(reading->domain, "devices/iommu/driver/@eim=on") &&
        !vmc_xml_holds(reading->domain, "devices/iommu/@model=amd"))
        add(reading, "vcpu", "vcpus-iommu");
}

/* Of each of the guest's cells, or of all memory where it has none. */
static gboolean
memory_is_shared(const VmcReading *reading)
{
    const xmlNode *numa = vmc_xml_path(reading->domain, "cpu/numa");
    gboolean all = vmc_xml_holds(reading->domain, "memoryBacking/access/@mode=shared");
    gboolean shared = vmc_xml_child(numa, "cell") || all;

    for (const xmlNode *cell = vmc_xml_child(numa, "cell"); cell; cell = vmc_xml_next(cell, "cell"))
        shared = shared && vmc_xml_holds(cell, all ? "@memAccess!=private" : "@memAccess=shared");
    return shared;
}

static const VmcNeedRow unshared[] = {
    INVALID("devices/disk", "@type=vhostuser", "shared-memory"),
    INVALID("devices/filesystem", "driver/@type=virtiofs", "shared-memory"),
};

static void
read_slots(VmcReading *reading)
{
    const xmlNode *devices = vmc_xml_child(reading->domain, "devices");
    unsigned int slots = vmc_derive_uint(vmc_xml_child(reading->domain, "maxMemory"), "slots");
    unsigned int n = 0;

    for (const xmlNode *memory = vmc_xml_child(devices, "memory"); memory;
         memory = vmc_xml_next(memory, "memory"))
        n += vmc_xml_holds(memory, "@model=dimm|nvdimm") ? 1 : 0;
    if (n > slots)
        add(reading, "maxMemory", "memory-slots");
}

void
vmc_reading_invalid(VmcReading *reading)
{
    vmc_reading_apply(reading, invalid, G_N_ELEMENTS(invalid));
    if (!memory_is_shared(reading))
        vmc_reading_apply(reading, unshared, G_N_ELEMENTS(unshared));
    read_lifecycle(reading);
    read_vcpus(reading);
    read_slots(reading);
}
