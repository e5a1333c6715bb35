/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a guest has that libvirt or QEMU gained or lost with a version, and that
 * no call tells: one row per thing, with what says so.  The next release is a
 * few rows; tests/data/versions.tsv has an example of each, and what real
 * libvirts answered (tests/lab/versions.sh asks them).
 */
#include "derive/derive-internal.h"

/* What a libvirt does that does not know it. */
typedef enum {
    NO_MATTER = 0, /* all that anybody runs know it, or a domain capability tells */
    REFUSES,       /* refuses the definition */
    LOSES,         /* drops it unnoticed, and the guest sees that */
    IGNORES,       /* drops it unnoticed; the host alone behaves in another way */
} Unknown;

typedef struct {
    const char *element, *when; /* as VmcNeedRow's */
    const char *shown;          /* as VmcNeedRow's detail: what messages call it */
    Unknown unknown;
    guint64 libvirt;    /* the first that knows it, as virConnectGetLibVersion tells; 0: all */
    guint64 qemu;       /* the first that has it; 0: all */
    guint64 qemu_until; /* the first without it again; 0: none */
    const char *source; /* where to read that */
} VersionRow;

#define V(major, minor) ((major)*1000000 + (minor)*1000)

/* formatdomain: libvirt's docs/formatdomain.rst; NEWS: its NEWS.rst; caps: its
 * tests/qemucapabilitiesdata/; removed: QEMU's docs/about/removed-features.rst */
static const VersionRow rows[] = {
    /* ---- the domain */
    { "cpu", "@mode=maximum", "@mode", REFUSES, V(7, 1), 0, 0, "formatdomain" },
    { "cpu/maxphysaddr", "@mode=emulate !@bits", "=maxphysaddr without bits", REFUSES, V(9, 2), 0,
      0, "formatdomain" },
    { "cpu/maxphysaddr", NULL, "name()", LOSES, V(8, 7), 0, 0, "NEWS 8.7.0" },
    { "cpu/maxphysaddr", "@limit", "=maxphysaddr/@limit", IGNORES, V(9, 3), 0, 0, "formatdomain" },
    { "cpu/topology", "@clusters @clusters!=1", "=topology/@clusters", REFUSES, V(10, 1), 0, 0,
      "NEWS 10.1.0" },
    { "cpu", "@deprecated_features", "=cpu/@deprecated_features", LOSES, V(11, 0), 0, 0,
      "formatdomaincaps 11.0.0" },
    { "cpu/numa/interconnects", NULL, "name()", NO_MATTER, 0, V(5, 0), 0, "caps numa.hmat" },
    { "maxMemory", "!@slots", "=maxMemory without slots", REFUSES, V(9, 5), 0, 0, "NEWS 9.5.0" },
    { "memoryBacking/allocation", "@threads", "=allocation/@threads", IGNORES, V(8, 2), V(5, 0), 0,
      "formatdomain; caps prealloc-threads" },
    { "numatune/memory", "@mode=restrictive", "@mode", REFUSES, V(7, 9), 0, 0, "formatdomain" },
    { "numatune/memnode", "@mode=restrictive", "@mode", REFUSES, V(7, 9), 0, 0, "formatdomain" },
    { "clock", "@offset=absolute", "@offset", REFUSES, V(8, 4), 0, 0, "NEWS 8.4.0" },
    { "resource/fibrechannel", NULL, "name()", REFUSES, V(7, 7), 0, 0, "formatdomain" },
    { "defaultiothread", NULL, "name()", IGNORES, V(8, 5), V(7, 1), 0,
      "formatdomain; caps iothread.thread-pool-max" },
    { "iothreadids/iothread/poll", NULL, "name()", IGNORES, V(9, 4), 0, 0, "formatdomain" },
    { "throttlegroups", "throttlegroup", "name()", IGNORES, V(11, 2), 0, 0, "NEWS 11.2.0" },
    { "launchSecurity", "@type=s390-pv", "@type", REFUSES, V(7, 6), 0, 0, "NEWS 7.6.0" },
    { "launchSecurity", "@type=sev-snp", "@type", REFUSES, V(10, 5), 0, 0, "NEWS 10.5.0" },
    { "launchSecurity", "@kernelHashes", "=launchSecurity/@kernelHashes", LOSES, V(8, 0), V(6, 2),
      0, "formatdomain; caps sev-guest-kernel-hashes" },
    { "hwuuid", NULL, "name()", LOSES, V(11, 7), 0, 0, "formatdomain" },
    { "on_crash", ".=preserve-running", ".", REFUSES, V(12, 6), 0, 0, "NEWS 12.6.0" },
    { "iothreadids/iothread/poll", "@weight", "=poll/@weight", IGNORES, V(12, 7), 0, 0,
      "NEWS 12.7.0" },
    { "cputune/energytune", NULL, "name()", IGNORES, V(12, 4), 0, 0, "NEWS 12.4.0" },
    { "iommufd", NULL, "name()", IGNORES, V(12, 2), 0, 0, "NEWS 12.2.0" },
    /* ---- firmware */
    { "os/loader", "@format=qcow2", "=loader/@format", LOSES, V(9, 2), 0, 0, "NEWS 9.2.0" },
    { "os/nvram", "@format=qcow2", "=nvram/@format", LOSES, V(9, 2), 0, 0, "NEWS 9.2.0" },
    { "os/nvram", "@templateFormat=qcow2", "=nvram/@templateFormat", IGNORES, V(10, 10), 0, 0,
      "formatdomain" },
    { "os/shim", NULL, "name()", IGNORES, V(11, 2), V(10, 0), 0, "NEWS 11.2.0; caps shim" },
    { "os/varstore", NULL, "name()", LOSES, V(12, 1), 0, 0, "NEWS 12.1.0" },
    { "os/acpi/table", "@type=raw|rawset|msdm", "@type", REFUSES, V(11, 2), 0, 0, "formatdomain" },
    /* ---- features */
    { "features/ps2", NULL, "name()", REFUSES, V(10, 7), 0, 0, "NEWS 10.7.0" },
    { "features/async-teardown", NULL, "name()", REFUSES, V(9, 6), 0, 0, "formatdomain" },
    { "features/ras", NULL, "name()", REFUSES, V(10, 4), 0, 0, "NEWS 10.4.0" },
    { "features/aia", NULL, "name()", REFUSES, V(11, 1), 0, 0, "formatdomain" },
    { "features/tcg", NULL, "name()", REFUSES, V(8, 0), 0, 0, "formatdomain" },
    { "features/kvm/pv-ipi", NULL, "name()", REFUSES, V(7, 10), 0, 0, "formatdomain" },
    { "features/kvm/dirty-ring", NULL, "name()", REFUSES, V(8, 0), V(6, 1), 0, "formatdomain" },
    { "features/hyperv/avic", NULL, "name()", REFUSES, V(8, 10), 0, 0, "formatdomain" },
    { "features/hyperv/emsr_bitmap", NULL, "name()", REFUSES, V(10, 7), 0, 0, "NEWS 10.7.0" },
    { "features/hyperv/xmm_input", NULL, "name()", REFUSES, V(10, 7), 0, 0, "NEWS 10.7.0" },
    { "features/hyperv", "@mode=passthrough", "=hyperv/@mode", LOSES, V(8, 0), 0, 0,
      "formatdomain" },
    { "features/hyperv", "@mode=host-model", "=hyperv/@mode", REFUSES, V(11, 9), 0, 0,
      "NEWS 11.9.0" },
    { "features/hyperv/tlbflush/direct", "@state!=off", "=tlbflush/direct", LOSES, V(11, 0), 0, 0,
      "NEWS 11.0.0" },
    { "features/hyperv/tlbflush/extended", "@state!=off", "=tlbflush/extended", LOSES, V(11, 0), 0,
      0, "NEWS 11.0.0" },
    /* ---- disks */
    { "devices/disk", "@type=vhostuser", "@type", REFUSES, V(7, 1), 0, 0, "formatdomain" },
    { "devices/disk", "@type=vhostvdpa", "@type", REFUSES, V(9, 8), V(8, 1), 0,
      "NEWS 9.8.0; caps virtio-blk-vhost-vdpa" },
    { "devices/disk", "product target/@bus=sata|ide", "=product of an IDE or SATA disk", REFUSES,
      V(11, 1), 0, 0, "formatdomain" },
    { "devices/disk/source/encryption", "@format=luks-any", "@format", REFUSES, V(9, 3), V(8, 0), 0,
      "formatstorageencryption; caps rbd-encryption-luks-any" },
    { "devices/disk/source/encryption", "@engine=librbd", "=encryption/@engine", LOSES, V(7, 9),
      V(6, 1), 0, "NEWS 7.9.0; caps rbd-encryption" },
    { "devices/disk", "@device=lun target/@bus=virtio", "=device='lun' on virtio-blk", NO_MATTER, 0,
      0, V(9, 1), "removed; caps virtio-blk-pci.scsi" },
    { "devices/disk", "source/@protocol=sheepdog", "source/@protocol", NO_MATTER, 0, 0, V(6, 0),
      "removed" },
    { "devices/disk", "source/@protocol=vxhs", "source/@protocol", NO_MATTER, 0, 0, V(5, 1),
      "removed; caps vxhs" },
    { "devices/disk/source", "@tlsHostname", "=source/@tlsHostname", IGNORES, V(8, 2), V(7, 0), 0,
      "formatdomain; caps blockdev.nbd.tls-hostname" },
    { "devices/disk", "source/@protocol=nbd source/reconnect", "=reconnect", IGNORES, V(9, 2), 0, 0,
      "NEWS 9.2.0" },
    { "devices/disk/source/knownHosts", NULL, "name()", IGNORES, V(9, 8), 0, 0, "formatdomain" },
    { "devices/disk/source/dataStore", NULL, "name()", IGNORES, V(10, 10), 0, 0, "NEWS 10.10.0" },
    { "devices/disk/throttlefilters", NULL, "name()", IGNORES, V(11, 2), 0, 0, "NEWS 11.2.0" },
    { "devices/disk", "@device=cdrom @model=usb-bot", "@model", REFUSES, V(11, 5), 0, 0,
      "formatdomain; NEWS 11.5.0" },
    { "devices/disk/target", "@dpofua", "=target/@dpofua", LOSES, V(11, 10), 0, 0, "formatdomain" },
    { "devices/disk/driver/statistics", NULL, "name()", IGNORES, V(11, 9), 0, 0, "formatdomain" },
    { "devices/disk/source/reservations", "@migration", "=reservations/@migration", IGNORES,
      V(12, 1), 0, 0, "formatdomain" },
    /* not told when: 9.0.0 has it not, 11.3.0 has */
    { "devices/disk/blockio", "@discard_granularity", "=blockio/@discard_granularity", IGNORES,
      V(9, 1), 0, 0, "domaincommon.rng" },
    { "devices/disk/driver", "@queue_size", "=driver/@queue_size", LOSES, V(7, 8), 0, 0,
      "NEWS 7.8.0" },
    { "devices/disk/driver", "@discard_no_unref=on", "=driver/@discard_no_unref", IGNORES, V(9, 5),
      V(8, 1), 0, "NEWS 9.5.0; caps qcow2-discard-no-unref" },
    { "devices/disk/driver", "@io=io_uring", "=io='io_uring'", NO_MATTER, 0, V(5, 0), 0,
      "caps aio.io_uring" },
    { "devices/disk/driver/iothreads", NULL, "name()", IGNORES, V(10, 0), V(9, 0), 0,
      "NEWS 10.0.0; caps virtio-blk.iothread-mapping" },
    { "devices/disk/target", "@rotation_rate", "=target/@rotation_rate", IGNORES, V(7, 3), 0, 0,
      "formatdomain" },
    /* ---- controllers */
    { "devices/controller/driver/iothreads", NULL, "name()", IGNORES, V(11, 2), V(10, 0), 0,
      "NEWS 11.2.0; caps virtio-scsi.iothread-mapping" },
    { "devices/controller", "@type=nvme", "@type", REFUSES, V(11, 5), 0, 0, "NEWS 11.5.0" },
    { "devices/controller/target", "@memReserve", "=target/@memReserve", LOSES, V(10, 3), 0, 0,
      "NEWS 10.3.0" },
    { "devices/controller", "@model=pci-root target/@hotplug=off", "=target/@hotplug of pci-root",
      REFUSES, V(7, 9), V(5, 2), 0, "NEWS 7.9.0; caps piix4.acpi-root-pci-hotplug" },
    { "devices/controller", "@model=pcie-root-port target/@hotplug=off",
      "=target/@hotplug of pcie-root-port", NO_MATTER, 0, V(5, 0), 0,
      "caps pcie-root-port.hotplug" },
    { "devices/controller", "@type=usb @model=vt82c686b-uhci", "@model", NO_MATTER, 0, 0, V(6, 0),
      "caps vt82c686b-usb-uhci" },
    /* ---- file systems */
    { "devices/filesystem", "driver/@type=mtp", "driver/@type", REFUSES, V(10, 2), 0, 0,
      "NEWS 10.2.0" },
    { "devices/filesystem", "driver/@type=virtiofs readonly", "=readonly of virtiofs", REFUSES,
      V(11, 0), 0, 0, "NEWS 11.0.0" },
    { "devices/filesystem/idmap", NULL, "name()", IGNORES, V(10, 0), 0, 0, "NEWS 10.0.0" },
    { "devices/filesystem/binary/openfiles", NULL, "name()", IGNORES, V(10, 6), 0, 0,
      "formatdomain" },
    /* ---- network */
    /* NEWS has it in 9.0.0, whose parser refuses it: measured */
    { "devices/interface", "@type=user backend/@type=passt", "backend/@type", REFUSES, V(9, 1),
      V(7, 2), 0, "measured; caps netdev.stream" },
    { "devices/interface", "@type=user backend/@type=default", "=backend/@type 'default'", REFUSES,
      V(10, 6), 0, 0, "NEWS 10.6.0" },
    { "devices/interface", "@type=vhostuser backend/@type=passt", "=passt behind vhost-user",
      REFUSES, V(11, 1), 0, 0, "NEWS 11.1.0" },
    { "devices/interface", "@type=vdpa", "@type", NO_MATTER, 0, V(5, 1), 0,
      "caps netdev.vhost-vdpa" },
    { "devices/interface/driver", "@rss=on", "=driver/@rss", LOSES, V(8, 3), V(5, 1), 0,
      "NEWS 8.3.0" },
    { "devices/interface/driver", "@rss_hash_report=on", "=driver/@rss_hash_report", LOSES, V(8, 3),
      V(5, 2), 0, "NEWS 8.3.0" },
    { "devices/interface/acpi", "@index", "=acpi/@index", IGNORES, V(7, 3), V(6, 0), 0,
      "formatdomain; caps acpi-index" },
    { "devices/*/driver", "@page_per_vq=on", "=driver/@page_per_vq", LOSES, V(7, 9), 0, 0,
      "NEWS 7.9.0" },
    /* ---- graphics, sound */
    { "devices/graphics", "@type=dbus", "@type", REFUSES, V(8, 4), V(7, 0), 0,
      "NEWS 8.4.0; caps display-dbus" },
    { "devices/graphics", "@powerControl=yes", "=graphics/@powerControl", IGNORES, V(7, 1), V(6, 0),
      0, "formatdomain; caps vnc-power-control" },
    { "devices/video/model", "@blob=on", "=model/@blob", LOSES, V(9, 2), V(6, 1), 0,
      "domaincommon.rng" },
    { "devices/video/model", "@edid", "=model/@edid", LOSES, V(11, 7), 0, 0, "formatdomain" },
    { "devices/sound", "@model=virtio", "@model", REFUSES, V(10, 4), V(8, 2), 0,
      "NEWS 10.4.0; caps virtio-sound" },
    { "devices/sound", "@multichannel=yes", "=sound/@multichannel", LOSES, V(9, 4), 0, 0,
      "formatdomain" },
    { "devices/audio", "@type=alsa|coreaudio|jack|pulseaudio|sdl|file", "@type", REFUSES, V(7, 2),
      0, 0, "formatdomain" },
    { "devices/audio", "@type=dbus", "@type", REFUSES, V(8, 4), V(7, 0), 0, "formatdomain" },
    { "devices/audio", "@type=pipewire", "@type", REFUSES, V(9, 10), V(8, 1), 0, "NEWS 9.10.0" },
    /* ---- other devices */
    /* libvirt shows this one to every q35 guest and does not send it along while
     * its action is the default */
    { "devices/watchdog", "@model=itco @action!=reset", "@model", REFUSES, V(9, 1), 0, 0,
      "NEWS 9.1.0" },
    { "devices/panic", "@model=pvpanic", "@model", REFUSES, V(9, 1), 0, 0, "NEWS 9.1.0" },
    { "devices/crypto", NULL, "name()", LOSES, V(9, 1), 0, 0, "NEWS 9.1.0" },
    { "devices/pstore", NULL, "name()", LOSES, V(10, 6), V(7, 0), 0,
      "NEWS 10.6.0; caps acpi-erst" },
    { "devices/input", "@type=evdev", "@type", REFUSES, V(7, 4), 0, 0, "formatdomain" },
    { "devices/channel", "@type=qemu-vdagent", "@type", REFUSES, V(8, 4), V(6, 1), 0,
      "NEWS 8.4.0; caps chardev.qemu-vdagent" },
    { "devices/serial", "target/@type=isa-debug", "target/@type", REFUSES, V(8, 1), 0, 0,
      "formatdomain" },
    { "devices/memory", "@model=virtio-pmem", "@model", REFUSES, V(7, 1), 0, 0, "formatdomain" },
    { "devices/memory", "@model=virtio-mem", "@model", REFUSES, V(7, 9), V(5, 1), 0,
      "formatdomain; caps virtio-mem-pci" },
    { "devices/memory", "@model=sgx-epc", "@model", REFUSES, V(8, 10), V(7, 0), 0, "formatdomain" },
    { "devices/memory/target", "@dynamicMemslots=yes", "=target/@dynamicMemslots", IGNORES,
      V(10, 1), V(8, 2), 0, "NEWS 10.1.0; caps virtio-mem-pci.dynamic-memslots" },
    { "devices/memory/driver", NULL, "=memory/driver", LOSES, V(11, 9), 0, 0, "NEWS 11.9.0" },
    { "devices/iommu", "@model=virtio", "@model", REFUSES, V(8, 3), V(5, 0), 0,
      "NEWS 8.3.0; caps virtio-iommu-pci" },
    { "devices/iommu/driver", "@dma_translation=off", "=driver/@dma_translation", LOSES, V(10, 7),
      V(7, 1), 0, "formatdomain; caps intel-iommu.dma-translation" },
    { "devices/iommu", "@model=amd", "@model", REFUSES, V(11, 5), 0, 0, "NEWS 11.5.0" },
    { "devices/iommu/driver/granule", NULL, "name()", LOSES, V(12, 1), 0, 0, "NEWS 12.1.0" },
    { "devices/tpm/backend", "@type=external", "@type", REFUSES, V(9, 0), 0, 0, "formatdomain" },
    { "devices/tpm/backend", "@debug", "=tpm backend/@debug", IGNORES, V(10, 6), 0, 0,
      "formatdomain" },
    { "devices/tpm/backend/active_pcr_banks", NULL, "name()", IGNORES, V(7, 10), 0, 0,
      "formatdomain" },
    { "devices/tpm/backend/source", "@type=file|dir", "=tpm backend/source", IGNORES, V(10, 10), 0,
      0, "formatdomain" },
    /* only as the user writes it: libvirt itself notes the name of each profile */
    { "devices/tpm/backend/profile", "@source", "=tpm backend/profile", IGNORES, V(10, 10), 0, 0,
      "NEWS 10.10.0" },
    { "devices/hostdev/source", "@guestReset", "=source/@guestReset", IGNORES, V(8, 6), 0, 0,
      "formatdomain" },
    { "devices/hostdev", "@type=pci driver/@model", "=driver/@model", IGNORES, V(10, 0), 0, 0,
      "NEWS 10.0.0" },
    { "devices/hostdev", "@type=pci @display=on", "=hostdev/@display", LOSES, V(10, 3), 0, 0,
      "formatdomain" },
    { "devices/hostdev/acpi", "@nodeset", "=acpi/@nodeset", LOSES, V(11, 8), 0, 0, "NEWS 11.8.0" },
};

#define DEMANDED(path, condition, shown, since) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_TRAIT, .name = "=xml-value", \
  .detail = shown, .value = since \
 }

/* What a migration's cookie demands of the other side. */
static const VmcNeedRow cookies[] = {
    /* NEWS 1.2.14: memory hotplug */
    DEMANDED("maxMemory", "@slots", "=maxMemory", 1002014),
    /* NEWS 2.2.0: vCPUs that are configured one by one */
    DEMANDED("vcpus", "vcpu", "=vcpus", 2002000),
};

/* One row as the engine of tables takes it; no version, no need. */
static void
apply(VmcReading *reading, const VersionRow *row, const char *trait, guint64 version)
{
    const VmcNeedRow need = {
        .element = row->element,
        .when = row->when,
        .kind = VMC_NEED_TRAIT,
        .name = trait,
        .detail = row->shown,
        .value = version,
    };

    if (version > 0)
        vmc_reading_apply(reading, &need, 1);
}

static const char *
trait_of(Unknown unknown)
{
    if (unknown == REFUSES)
        return "=xml-value";
    return unknown == LOSES ? "=xml-lost" : "=xml-ignored";
}

/* Before 9.1 a second watchdog was an error, and libvirt since then adds one of
 * its own (itco) to q35 guests that have another. */
static void
add_second_watchdog(VmcReading *reading)
{
    const xmlNode *devices = vmc_xml_child(reading->domain, "devices");
    const xmlNode *first = vmc_xml_child(devices, "watchdog");
    const xmlNode *second = first ? vmc_xml_next(first, "watchdog") : NULL;

    if (second)
        vmc_requirement_add(reading->req, VMC_NEED_TRAIT, "devices/watchdog[2]", "xml-value",
                            "watchdog[2]")
            ->value = V(9, 1);
}

static gboolean
is_on(const xmlNode *hyperv, const char *path)
{
    return vmc_xml_attr_is(vmc_xml_path(hyperv, path), "state", "on");
}

static gboolean
has_hypervclock(const VmcReading *reading)
{
    const xmlNode *clock = vmc_xml_child(reading->domain, "clock");

    for (const xmlNode *timer = vmc_xml_child(clock, "timer"); timer;
         timer = vmc_xml_next(timer, "timer")) {
        if (vmc_xml_holds(timer, "@name=hypervclock @present!=no"))
            return TRUE;
    }
    return FALSE;
}

/* What enlightenments need of each other: measured with libvirt 12.8, which knows fewer such
 * needs than 11.9 (NEWS 12.0.0). */
static void
read_hyperv(VmcReading *reading)
{
    static const struct {
        const char *path, *needed;
    } needs[] = {
        { "stimer", "synic" }, { "tlbflush", "vpindex" }, { "tlbflush/direct", "vapic" },
        { "ipi", "vpindex" },  { "evmcs", "vapic" },
    };
    const xmlNode *hyperv = vmc_xml_path(reading->domain, "features/hyperv");

    if (!hyperv || !vmc_xml_holds(hyperv, "@mode!=passthrough|host-model"))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++) {
        g_autofree char *subject = g_strconcat("features/hyperv/", needs[i].path, NULL);

        if (is_on(hyperv, needs[i].path) && !is_on(hyperv, needs[i].needed))
            vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, "hyperv-needs",
                                needs[i].needed);
    }
    if (is_on(hyperv, "stimer") && !has_hypervclock(reading))
        vmc_requirement_add(reading->req, VMC_NEED_TRAIT, "features/hyperv/stimer", "hyperv-needs",
                            "hypervclock");
}

void
vmc_reading_versions(VmcReading *reading)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        apply(reading, &rows[i], trait_of(rows[i].unknown), rows[i].libvirt);
        apply(reading, &rows[i], "=qemu-since", rows[i].qemu);
        apply(reading, &rows[i], "=qemu-until", rows[i].qemu_until);
    }
    if (reading->req->state == VMC_STATE_LIVE)
        vmc_reading_apply(reading, cookies, G_N_ELEMENTS(cookies));
    add_second_watchdog(reading);
    read_hyperv(reading);
}
