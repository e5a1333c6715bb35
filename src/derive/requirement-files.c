/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Paths that must be there on the host, but for those of disks and character
 * devices, which take more than a row.
 */
#include "derive/derive-internal.h"

#define USE(path, condition, value, use, bits) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_FILE, .name = value, .detail = "=" use, \
  .flags = bits \
 }

static const VmcNeedRow files[] = {
    USE("devices/emulator", NULL, ".", "emulator", VMC_FILE_READONLY),
    /* firmware and direct boot */
    USE("os/loader", NULL, ".", "loader", VMC_FILE_READONLY),
    USE("os/nvram", "@type!=block|network", ".", "nvram", VMC_FILE_CREATED),
    USE("os/nvram", "@type=file", "source/@file", "nvram", VMC_FILE_CREATED),
    USE("os/nvram", "@type=block", "source/@dev", "nvram", VMC_FILE_BLOCK),
    USE("os/nvram", NULL, "@template", "nvram-template", VMC_FILE_READONLY),
    USE("os/kernel", NULL, ".", "kernel", VMC_FILE_READONLY),
    USE("os/initrd", NULL, ".", "initrd", VMC_FILE_READONLY),
    USE("os/dtb", NULL, ".", "dtb", VMC_FILE_READONLY),
    USE("os/shim", NULL, ".", "shim", VMC_FILE_READONLY),
    USE("os/acpi/table", NULL, ".", "acpi-table", VMC_FILE_READONLY),
    USE("sysinfo/entry", NULL, "@file", "fwcfg", VMC_FILE_READONLY),
    USE("devices/*", NULL, "rom/@file", "rom", VMC_FILE_READONLY),
    /* devices */
    USE("devices/rng", "backend/@model=random", "backend", "rng", 0),
    USE("devices/filesystem", "@type!=file|block", "source/@dir", "filesystem", VMC_FILE_DIRECTORY),
    USE("devices/filesystem", NULL, "source/@file", "filesystem", 0),
    USE("devices/filesystem", NULL, "source/@dev", "filesystem", VMC_FILE_BLOCK),
    USE("devices/filesystem", NULL, "source/@socket", "filesystem-socket", VMC_FILE_SOCKET),
    USE("devices/filesystem", NULL, "binary/@path", "virtiofsd", VMC_FILE_READONLY),
    USE("devices/tpm", "backend/@type=passthrough", "backend/device/@path", "tpm-device", 0),
    USE("devices/tpm",
        "backend/@type=external",
        "backend/source/@path",
        "tpm-socket",
        VMC_FILE_SOCKET),
    USE("devices/input", "@type=passthrough", "source/@evdev", "input-device", 0),
    USE("devices/input", "@type=evdev", "source/@dev", "input-device", 0),
    USE("devices/smartcard", NULL, "database", "smartcard-database", VMC_FILE_DIRECTORY),
    USE("devices/memory", "@model=nvdimm|virtio-pmem", "source/path", "memory-file", 0),
    USE("devices/interface",
        "@type=vhostuser source/@mode!=server",
        "source/@path",
        "vhost-socket",
        VMC_FILE_SOCKET),
    USE("devices/interface",
        "@type=vhostuser source/@mode=server",
        "source/@path",
        "vhost-socket",
        VMC_FILE_PARENT),
    USE("devices/interface", "@type=vdpa", "source/@dev", "vdpa-device", 0),
    USE("devices/interface", NULL, "script/@path", "script", VMC_FILE_READONLY),
    USE("devices/interface", NULL, "downscript/@path", "script", VMC_FILE_READONLY),
    USE("devices/interface", "driver/@name=vhost", "=/dev/vhost-net", "vhost-net", 0),
    USE("devices/graphics", "gl/@enable!=no", "gl/@rendernode", "rendernode", 0),
    USE("devices/video", NULL, "model/acceleration/@rendernode", "rendernode", 0),
    USE("devices/shmem", NULL, "server/@path", "shmem-socket", VMC_FILE_SOCKET),
    USE("devices/vsock", NULL, "=/dev/vhost-vsock", "vsock-device", 0),
    USE("devices/hostdev", "@type=scsi_host", "=/dev/vhost-scsi", "hostdev-scsi-host", 0),
    USE("devices/pstore", NULL, "path", "pstore", VMC_FILE_CREATED),
};

/* By the number in a saved image's header. */
static const char *const unpackers[] = { NULL, "gzip", "bzip2", "xz", "lzop", "zstd" };

/* libvirt looks for it along its path. */
static void
add_unpacker(VmcReading *reading)
{
    VmcRequirement *req = reading->req;
    size_t format = (size_t)MAX(req->image_format, 0);
    const char *program = format < G_N_ELEMENTS(unpackers) ? unpackers[format] : NULL;
    g_autofree char *usr = NULL;
    g_autofree char *bin = NULL;

    if (req->state != VMC_STATE_SAVED || !program)
        return;
    usr = g_strconcat("/usr/bin/", program, NULL);
    bin = g_strconcat("/bin/", program, NULL);
    vmc_requirement_add(req, VMC_NEED_TRAIT, "", "saved-packed", program);
    vmc_requirement_add(req, VMC_NEED_FILE, "", usr, "unpacker");
    vmc_requirement_add(req, VMC_NEED_FILE, "", bin, "unpacker");
}

void
vmc_reading_files(VmcReading *reading)
{
    vmc_reading_apply(reading, files, G_N_ELEMENTS(files));
    add_unpacker(reading);
}
