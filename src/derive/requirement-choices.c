/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What domain capabilities enumerate, and this guest has chosen.  A row whose
 * name is "=yes" asks for an element that is said to be supported; the others
 * for a value of an enum (traits.txt has the list).
 */
#include "derive/derive-internal.h"

#define CHOICE(path, condition, value, key) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_CHOICE, .name = value, .detail = "=" key \
 }

static const VmcNeedRow choices[] = {
    /* os and features, in the order in which libvirt looks at them */
    CHOICE("os", "@firmware !loader", "@firmware", "os/firmware"),
    CHOICE("os", "@firmware loader=", "@firmware", "os/firmware"),
    CHOICE("os/loader", NULL, "@type", "os/loader/type"),
    CHOICE("os/loader", NULL, "@readonly", "os/loader/readonly"),
    CHOICE("os/loader", "@secure=yes", "@secure", "os/loader/secure"),
    CHOICE("iothreads", ".!=0", "=yes", "iothreads"),
    CHOICE("genid", NULL, "=yes", "features/genid"),
    CHOICE("features/vmcoreinfo", "@state!=off", "=yes", "features/vmcoreinfo"),
    CHOICE("features/ps2", "@state=off", "=yes", "features/ps2"),
    CHOICE("features/async-teardown", "@enabled=yes", "=yes", "features/async-teardown"),
    CHOICE("features/gic", "@version!=host", "@version", "features/gic/version"),
    CHOICE("features/hyperv/*", "@state=on", "name()", "features/hyperv/features"),
    CHOICE("cpu",
           "@mode=host-passthrough",
           "@migratable",
           "cpu/mode[host-passthrough]/hostPassthroughMigratable"),
    CHOICE("cpu", "@mode=maximum", "@migratable", "cpu/mode[maximum]/maximumMigratable"),
    CHOICE("launchSecurity", NULL, "@type", "launchSecurity/sectype"),
    CHOICE("launchSecurity", "@type=sev|sev-snp", "=yes", "features/sev"),
    CHOICE("launchSecurity", "@type=s390-pv", "=yes", "features/s390-pv"),
    CHOICE("launchSecurity", "@type=tdx", "=yes", "features/tdx"),
    CHOICE("memoryBacking/source", NULL, "@type", "memoryBacking/sourceType"),
    CHOICE("devices/memory", "@model=sgx-epc", "=yes", "features/sgx"),
    /* devices */
    CHOICE("devices/disk", "!@device", "=disk", "disk/diskDevice"),
    CHOICE("devices/disk", NULL, "@device", "disk/diskDevice"),
    CHOICE("devices/disk", NULL, "target/@bus", "disk/bus"),
    /* those of USB disks nobody enumerates (libvirt 12.8), nor sends where they are the default */
    CHOICE("devices/disk", "target/@bus!=usb", "@model", "disk/model"),
    CHOICE("devices/graphics", NULL, "@type", "graphics/type"),
    CHOICE("devices/video", NULL, "model/@type", "video/modelType"),
    CHOICE("devices/hostdev", "@mode!=capabilities", "@type", "hostdev/subsysType"),
    CHOICE("devices/hostdev", "@type=pci !driver/@name", "=vfio", "hostdev/pciBackend"),
    CHOICE("devices/hostdev", "@type=pci", "driver/@name", "hostdev/pciBackend"),
    CHOICE("devices/rng", NULL, "@model", "rng/model"),
    CHOICE("devices/rng", NULL, "backend/@model", "rng/backendModel"),
    CHOICE("devices/filesystem", "!driver/@type", "=path", "filesystem/driverType"),
    CHOICE("devices/filesystem", NULL, "driver/@type", "filesystem/driverType"),
    CHOICE("devices/tpm", NULL, "@model", "tpm/model"),
    CHOICE("devices/tpm", NULL, "backend/@type", "tpm/backendModel"),
    CHOICE("devices/tpm", "backend/@type=emulator", "backend/@version", "tpm/backendVersion"),
    CHOICE("devices/redirdev", NULL, "@bus", "redirdev/bus"),
    CHOICE("devices/channel", NULL, "@type", "channel/type"),
    CHOICE("devices/console", NULL, "@type", "console/type"),
    CHOICE("devices/crypto", NULL, "@model", "crypto/model"),
    CHOICE("devices/crypto", NULL, "@type", "crypto/type"),
    CHOICE("devices/crypto", NULL, "backend/@model", "crypto/backendModel"),
    CHOICE("devices/panic", NULL, "@model", "panic/model"),
    CHOICE("devices/interface", "@type=user !backend/@type", "=default", "interface/backendType"),
    CHOICE("devices/interface", "@type=user|vhostuser", "backend/@type", "interface/backendType"),
};

void
vmc_reading_choices(VmcReading *reading)
{
    vmc_reading_apply(reading, choices, G_N_ELEMENTS(choices));
}
