/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a guest has that decides by itself.  The names are stable: rules,
 * tests and traits.txt (which tells what each means) rely on them.
 */
#include "derive/derive-internal.h"

#define TRAIT(path, condition, trait, value) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_TRAIT, .name = "=" trait, .detail = value \
 }

#define VIRTIO_MODELS "virtio|virtio-transitional|virtio-non-transitional"
#define VIRTIO_SCSI "@type=scsi @model=virtio-scsi|virtio-transitional|virtio-non-transitional"

static const VmcNeedRow traits[] = {
    /* storage */
    TRAIT("devices/disk", "transient", "transient-disk", "target/@dev"),
    TRAIT("devices/disk", "mirror", "mirror", "target/@dev"),
    TRAIT("devices/disk", "@type=dir", "disk-vvfat", "source/@dir"),
    TRAIT("devices/disk", "@type=nvme", "nvme-disk", "target/@dev"),
    TRAIT("devices/disk", "@type=vhostuser", "vhostuser-disk", "source/@path"),
    TRAIT("devices/disk", "@type=vhostvdpa", "vhostvdpa-disk", "source/@dev"),
    TRAIT("devices/disk", "@type=network", "network-disk", "source/@protocol"),
    TRAIT("devices/disk", "source/@fdgroup", "fd-passed-disk", "target/@dev"),
    TRAIT("devices/disk", "source/encryption", "disk-encrypted", "source/encryption/@format"),
    TRAIT("devices/disk", "encryption", "disk-encrypted", "encryption/@format"),
    TRAIT(
        "devices/disk", "source/reservations", "disk-reservations", "source/reservations/@managed"),
    TRAIT("devices/disk", "@device=lun", "disk-lun", "target/@dev"),
    TRAIT("devices/controller", "@type=scsi @model=am53c974|dc390", "esp-scsi", "@model"),
    /* shared folders and memory */
    TRAIT("devices/filesystem", "driver/@type=virtiofs !source/@socket", "virtiofs", "target/@dir"),
    TRAIT("devices/filesystem",
          "driver/@type=virtiofs source/@socket",
          "virtiofs-external",
          "source/@socket"),
    TRAIT("devices/filesystem", "driver/@type!=virtiofs|mtp", "9p", "target/@dir"),
    TRAIT("devices/filesystem", "driver/@type=mtp", "usb-mtp", "target/@dir"),
    TRAIT("devices/shmem", "!model/@type", "shmem-legacy", "@name"),
    TRAIT("devices/shmem", "model/@type=ivshmem", "shmem-legacy", "@name"),
    TRAIT("devices/shmem", "model/@type model/@type!=ivshmem @role!=master", "shmem-peer", "@name"),
    TRAIT("devices/shmem", "server", "ivshmem-server", "server/@path"),
    /* memory devices */
    TRAIT("devices/memory", "@model=dimm !address", "dimm-no-address", NULL),
    TRAIT("devices/memory", "@model=nvdimm", "nvdimm", "source/path"),
    TRAIT("devices/memory", "@model=virtio-pmem", "virtio-pmem", "source/path"),
    TRAIT("devices/memory", "@model=virtio-mem", "virtio-mem", NULL),
    TRAIT("devices/memory", "@model=sgx-epc", "sgx", NULL),
    /* graphics and sound */
    TRAIT("devices/channel", "@type=qemu-vdagent", "vdagent", NULL),
    TRAIT("devices/video", "model/acceleration/@accel3d=yes", "accel3d", NULL),
    TRAIT("devices/video", "model/@blob=on", "blob-video", NULL),
    TRAIT("devices/graphics", "@type=egl-headless", "egl-headless", NULL),
    TRAIT("devices/graphics", "@type!=egl-headless gl/@enable=yes", "egl-headless", NULL),
    TRAIT("devices/graphics", "@autoport=no", "graphics-port", "@port"),
    TRAIT("devices/graphics", "@type=spice @defaultMode=secure", "spice-tls", NULL),
    TRAIT("devices/graphics",
          "@type=spice @defaultMode!=secure @autoport=no @tlsPort!=-1|0",
          "spice-tls",
          NULL),
    TRAIT("devices/video", "driver/@name=vhostuser", "vhost-user-gpu", NULL),
    TRAIT("devices/sound", "@model=usb", "usb-audio", NULL),
    TRAIT("devices/sound", "@model=virtio", "virtio-sound", NULL),
    /* virtio: what has queues, whose lengths the guest's drivers set */
    TRAIT("devices/disk", "target/@bus=virtio", "virtio-queues", NULL),
    TRAIT("devices/controller", VIRTIO_SCSI, "virtio-queues", NULL),
    TRAIT("devices/controller", "@type=virtio-serial", "virtio-queues", NULL),
    TRAIT("devices/interface", "model/@type=" VIRTIO_MODELS, "virtio-queues", NULL),
    TRAIT("devices/memballoon", "@model=" VIRTIO_MODELS, "virtio-queues", NULL),
    TRAIT("devices/rng", "@model=" VIRTIO_MODELS, "virtio-queues", NULL),
    TRAIT("devices/input", "@bus=virtio", "virtio-queues", NULL),
    TRAIT("devices/video", "model/@type=virtio", "virtio-queues", NULL),
    TRAIT("devices/sound", "@model=virtio", "virtio-queues", NULL),
    TRAIT("devices/vsock", NULL, "virtio-queues", NULL),
    TRAIT("devices/filesystem", NULL, "virtio-queues", NULL),
    TRAIT("devices/crypto", NULL, "virtio-queues", NULL),
    TRAIT("devices/iommu", "@model=virtio", "virtio-queues", NULL),
    TRAIT("devices/memory", "@model=virtio-mem|virtio-pmem", "virtio-queues", NULL),
    /* CPU and features */
    TRAIT("features/hyperv", "@mode=passthrough", "hyperv-passthrough", NULL),
    TRAIT("features/hyperv/reenlightenment", "@state=on", "hyperv-reenlightenment", NULL),
    TRAIT("features/hyperv/evmcs", "@state=on", "evmcs", NULL),
    TRAIT("cpu", "@mode=host-model", "host-model", NULL),
    TRAIT("cpu", "@mode=host-passthrough", "host-passthrough", NULL),
    TRAIT("cpu",
          "@mode=host-passthrough|maximum @migratable=off",
          "host-passthrough-nonmigratable",
          NULL),
    TRAIT("cpu", "@mode=maximum", "cpu-maximum", NULL),
    TRAIT("launchSecurity", NULL, "launch-security", "@type"),
    /* host devices */
    TRAIT("devices/hostdev", "@mode=capabilities", "hostdev-caps", "@type"),
    TRAIT("devices/hostdev", "@type=scsi_host", "hostdev-scsi-host", "source/@wwpn"),
    TRAIT("devices/hostdev", "@type=mdev", "mdev", "source/address/@uuid"),
    TRAIT("devices/hostdev", "@type=mdev @model=vfio-ap|vfio-ccw", "vfio-channel", "@model"),
    TRAIT("devices/input", "@type=passthrough", "input-passthrough", "source/@evdev"),
    TRAIT("devices/input", "@type=evdev", "input-evdev", "source/@dev"),
    TRAIT("devices/smartcard", NULL, "smartcard", "@mode"),
    TRAIT("devices/smartcard", "@mode=host|host-certificates", "smartcard-host", "@mode"),
    TRAIT("devices/lease", NULL, "lease", "key"),
    /* network */
    TRAIT("devices/interface",
          "@type=hostdev teaming/@type!=transient",
          "interface-hostdev",
          "mac/@address"),
    TRAIT("devices/interface", "teaming/@type=transient", "teaming-transient", "mac/@address"),
    TRAIT("devices/interface", "@type=vdpa", "vdpa", "mac/@address"),
    TRAIT("devices/interface", "@type=vhostuser", "vhostuser-net", "source/@path"),
    TRAIT("devices/interface", "@type=ethernet target/@managed=no", "ethernet-tap", "target/@dev"),
    TRAIT("devices/interface", "script", "ethernet-script", "script/@path"),
    TRAIT("devices/interface", "downscript !script", "ethernet-script", "downscript/@path"),
    TRAIT("devices/interface", "@type=user backend/@type!=passt", "slirp", "mac/@address"),
    TRAIT("devices/interface", "backend/@type=passt", "passt", "mac/@address"),
    TRAIT("devices/interface", "virtualport/@type=openvswitch", "openvswitch", "source/@bridge"),
    TRAIT("devices/interface", "source/@portgroup", "network-portgroup", "source/@portgroup"),
    TRAIT("devices/interface", "model/@type", "nic-model", "model/@type"),
    TRAIT("devices/interface", "model/@type=usb-net", "usb-net", "mac/@address"),
    TRAIT("devices/graphics/listen", "@type=network", "graphics-listen-network", "@network"),
    TRAIT("devices/vsock", "cid/@auto=yes", "vsock", NULL),
    TRAIT("devices/vsock", "cid/@auto!=yes", "vsock", "cid/@address"),
    /* other devices */
    TRAIT("devices/crypto", NULL, "virtio-crypto", NULL),
    TRAIT("devices/serial", "target/@type=usb-serial", "usb-serial", "target/@port"),
    TRAIT("devices/rng", "backend/@model=egd", "rng-egd", NULL),
    TRAIT("devices/tpm", "backend/@type=passthrough", "tpm-passthrough", "backend/device/@path"),
    TRAIT("devices/tpm", "backend/@type=emulator", "tpm-emulator", "@model"),
    TRAIT("devices/tpm", "backend/@type=emulator", "tpm-profile", "backend/profile/@name"),
    TRAIT("devices/tpm", "backend/@type=external", "tpm-external", "backend/source/@path"),
    TRAIT("devices/pstore", NULL, "pstore", "path"),
    /* the rest */
    TRAIT("os/nvram", "@type!=file|block|network .!=", "nvram-local", "."),
    TRAIT("os/nvram", "@type=file source/@file", "nvram-local", "source/@file"),
    TRAIT("os/nvram", "@type=file !source/@file .!=", "nvram-local", "."),
    TRAIT("os/smbios", "@mode=host", "smbios-host", NULL),
    TRAIT("numatune/memory", "@mode=restrictive", "numatune-restrictive", NULL),
    TRAIT("numatune/memory", "@placement=auto", "placement-auto", NULL),
    TRAIT("vcpu", "@placement=auto", "placement-auto", NULL),
    TRAIT("resource", "partition", "resource-partition", "partition"),
    TRAIT("idmap", NULL, "idmap", NULL),
    TRAIT("seclabel", "@type=none", "seclabel-none", NULL),
    /* QEMU's own, past libvirt */
    TRAIT("commandline", "arg", "qemu-commandline", NULL),
    TRAIT("commandline", "env !arg", "qemu-commandline", NULL),
    TRAIT("override/device", NULL, "qemu-override", "@alias"),
    TRAIT("capabilities", "add", "qemu-capabilities", NULL),
    TRAIT("capabilities", "del !add", "qemu-capabilities", NULL),
    TRAIT("deprecation", NULL, "qemu-deprecation", NULL),
};

/* A running guest's interface of a network shows, besides its own, what the network
 * added; that does not move. */
#define PLUG(which, condition, trait, value) \
 TRAIT("devices/interface", which " " condition, trait, value)
#define PLUGS(which) \
 PLUG(which, "virtualport/@type", "virtualport", "virtualport/@type"), \
     PLUG(which, "virtualport/@type=802.1Qbg|802.1Qbh|midonet", "virtualport-managed", \
          "virtualport/@type"), \
     PLUG(which, "vlan/tag", "interface-vlan", "source/@bridge"), \
     PLUG(which, "bandwidth/inbound/@floor bandwidth/inbound/@floor!=0", "network-floor", \
          "bandwidth/inbound/@floor")

static const VmcNeedRow own_plugs[] = { PLUGS("!source/@network") };
static const VmcNeedRow network_plugs[] = { PLUGS("source/@network") };

static const VmcNeedRow free_running_tsc[] = {
    TRAIT("cpu/feature", "@name=invtsc @policy!=optional|disable|forbid", "invtsc", NULL),
};

/* What a running guest's network has made of its interface. */
static const VmcNeedRow actual_types[] = {
    TRAIT("devices/interface", "source/@network", "actual-type", "@type"),
};

/* QEMU refuses to track what a device writes behind a virtual IOMMU. */
static const VmcNeedRow behind_iommu[] = {
    TRAIT("devices/hostdev", "@type=pci|mdev", "hostdev-iommu", NULL),
};

static void
read_block_jobs(VmcReading *reading)
{
    g_autofree char *fact = g_strconcat(reading->folder, "/blockjobs.tsv", NULL);
    g_autoptr(GPtrArray) rows = vmc_facts_rows(reading->facts, fact, 2);

    for (size_t i = 0; rows && i < rows->len; i++) {
        char **row = rows->pdata[i];
        g_autofree char *subject = g_strdup_printf("devices/disk[target/@dev='%s']", row[0]);

        vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, "blockjob", row[0]);
    }
}

/* TLS that libvirt's configuration added to a running guest stays behind. */
static const VmcNeedRow written_traits[] = {
    TRAIT("devices/serial", "source/@tls=yes", "chardev-tls", NULL),
    TRAIT("devices/parallel", "source/@tls=yes", "chardev-tls", NULL),
    TRAIT("devices/channel", "source/@tls=yes", "chardev-tls", NULL),
    TRAIT("devices/redirdev", "source/@tls=yes", "chardev-tls", NULL),
};

static void
read_displays(VmcReading *reading, const xmlNode *graphics)
{
    g_autofree char *type = vmc_xml_attr(graphics, "type");
    const xmlNode *other = graphics;

    while (type && (other = vmc_xml_next(other, "graphics"))) {
        if (vmc_xml_attr_is(other, "type", type)) {
            g_autofree char *subject = vmc_reading_subject(reading, other);

            vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, "graphics-twice", type);
            return;
        }
    }
}

/* "+1000:+1000" and "1000:1000" are the same everywhere, "user:group" is not. */
static void
read_label(VmcReading *reading, const xmlNode *seclabel)
{
    g_autofree char *label = vmc_xml_value(seclabel, "label");
    g_autofree char *subject = vmc_reading_subject(reading, seclabel);

    if (vmc_xml_holds(seclabel, "@type=static @model=dac") && label && *label &&
        label[strspn(label, "+0123456789:")])
        vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, "seclabel-name", label);
}

/* virDomainPausedReason, which is ABI. */
static void
read_reason(VmcReading *reading)
{
    static const struct {
        const char *reason, *trait;
    } reasons[] = { { "5", "io-error" }, { "10", "crashed" } };
    g_autofree char *fact = g_strconcat(reading->folder, "/domain.tsv", NULL);
    g_autofree char *state = vmc_facts_value(reading->facts, fact, "state");
    g_autofree char *reason = vmc_facts_value(reading->facts, fact, "reason");

    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (g_strcmp0(state, "3") == 0 && g_strcmp0(reason, reasons[i].reason) == 0)
            vmc_requirement_add(reading->req, VMC_NEED_TRAIT, "", reasons[i].trait, "");
    }
}

static void
read_plugs(VmcReading *reading)
{
    VmcReading written = *reading;

    if (reading->written)
        written.domain = reading->written;
    vmc_reading_apply(reading, own_plugs, G_N_ELEMENTS(own_plugs));
    if (!reading->written && reading->live)
        return;
    vmc_reading_apply(&written, network_plugs, G_N_ELEMENTS(network_plugs));
    vmc_reading_apply(&written, written_traits, G_N_ELEMENTS(written_traits));
}

void
vmc_reading_traits(VmcReading *reading)
{
    vmc_reading_apply(reading, traits, G_N_ELEMENTS(traits));
    if (reading->req->tsc_frequency == 0)
        vmc_reading_apply(reading, free_running_tsc, G_N_ELEMENTS(free_running_tsc));
    if (vmc_xml_path(reading->domain, "devices/iommu"))
        vmc_reading_apply(reading, behind_iommu, G_N_ELEMENTS(behind_iommu));
    read_plugs(reading);
    vmc_reading_foreach(reading, reading->domain, "devices/graphics", read_displays);
    vmc_reading_foreach(reading, reading->domain, "seclabel", read_label);
    read_reason(reading);
    if (reading->live)
        vmc_reading_apply(reading, actual_types, G_N_ELEMENTS(actual_types));
    read_block_jobs(reading);
}
