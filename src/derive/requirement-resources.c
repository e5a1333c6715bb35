/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Things of the host's libvirt and kernel that a guest names.  An interface of
 * a running guest may show the bridge behind its network: what moves is the
 * network's name.
 */
#include "derive/derive-internal.h"

#define ROW(path, condition, what, value, more) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_##what, .name = value, .detail = more \
 }

static const VmcNeedRow resources[] = {
    ROW("devices/interface", NULL, NETWORK, "source/@network", "mac/@address"),
    ROW("devices/graphics/listen", "@type=network", NETWORK, "@network", NULL),
    ROW("devices/interface", "@type=bridge !source/@network", BRIDGE, "source/@bridge", NULL),
    ROW("devices/interface", "@type=direct !source/@network", NETDEV, "source/@dev", NULL),
    ROW("devices/interface", NULL, NWFILTER, "filterref/@filter", NULL),
    ROW("devices/disk", "@type=volume", POOL, "source/@pool", NULL),
    ROW("devices/tpm", NULL, SECRET, "backend/encryption/@secret", "=uuid"),
    ROW("vcpu", "@placement!=auto", CPUSET, "@cpuset", NULL),
    ROW("cputune/vcpupin", NULL, CPUSET, "@cpuset", NULL),
    ROW("cputune/emulatorpin", NULL, CPUSET, "@cpuset", NULL),
    ROW("cputune/iothreadpin", NULL, CPUSET, "@cpuset", NULL),
};

static const VmcNeedRow seclabels[] = {
    ROW("seclabel", "@type!=none", SECMODEL, "@model", NULL),
    ROW("devices/*/source/seclabel", NULL, SECMODEL, "@model", NULL),
};

/* A running guest shows labels that its libvirt added; those do not move. */
static const VmcNeedRow fixed_seclabels[] = {
    ROW("seclabel", "@type=static", SECMODEL, "@model", NULL),
    ROW("devices/*/source/seclabel", NULL, SECMODEL, "@model", NULL),
};

static void
read_seclabels(VmcReading *reading)
{
    VmcReading written = *reading;

    if (reading->written)
        written.domain = reading->written;
    if (reading->live && !reading->written)
        vmc_reading_apply(&written, fixed_seclabels, G_N_ELEMENTS(fixed_seclabels));
    else
        vmc_reading_apply(&written, seclabels, G_N_ELEMENTS(seclabels));
}

void
vmc_reading_resources(VmcReading *reading)
{
    const xmlNode *nvram = vmc_xml_path(reading->domain, "os/nvram");

    vmc_reading_apply(reading, resources, G_N_ELEMENTS(resources));
    read_seclabels(reading);
    if (nvram)
        vmc_reading_add_secrets(reading, nvram);
}
