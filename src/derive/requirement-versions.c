/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Values that older libvirts don't know: they refuse the whole definition, and
 * nothing but their version tells.  One row per value, with what says so beside
 * it; the next release of libvirt is a few rows.
 */
#include "derive/derive-internal.h"

/* @since: as virConnectGetLibVersion tells it. */
#define VALUE(path, condition, attribute, since) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_TRAIT, .name = "=xml-value", \
  .detail = attribute, .value = since \
 }

static const VmcNeedRow values[] = {
    /* NEWS 9.1.0.  libvirt shows this one to every q35 guest and does not send it
     * along while its action is the default. */
    VALUE("devices/watchdog", "@model=itco @action!=reset", "@model", 9001000),
    /* NEWS 9.1.0 */
    VALUE("devices/panic", "@model=pvpanic", "@model", 9001000),
    /* formatdomain: since 9.8.0 */
    VALUE("devices/disk", "@type=vhostvdpa", "@type", 9008000),
    /* formatdomain: since 10.4.0 */
    VALUE("devices/sound", "@model=virtio", "@model", 10004000),
    /* formatdomain: since 9.2.0; older ones take the image for a raw one */
    VALUE("os/loader", "@format=qcow2", "@format", 9002000),
    VALUE("os/nvram", "@format=qcow2", "@format", 9002000),
    /* formatdomain: since 7.1.0 */
    VALUE("numatune/memory", "@mode=restrictive", "@mode", 7001000),
    VALUE("numatune/memnode", "@mode=restrictive", "@mode", 7001000),
    /* formatdomain: since 10.5.0 */
    VALUE("launchSecurity", "@type=sev-snp", "@type", 10005000),
};

/* What a migration's cookie demands of the other side. */
static const VmcNeedRow cookies[] = {
    /* NEWS 1.2.14: memory hotplug */
    VALUE("maxMemory", "@slots", "=maxMemory", 1002014),
    /* NEWS 2.2.0: vCPUs that are configured one by one */
    VALUE("vcpus", "vcpu", "=vcpus", 2002000),
};

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
            ->value = 9001000;
}

void
vmc_reading_versions(VmcReading *reading)
{
    vmc_reading_apply(reading, values, G_N_ELEMENTS(values));
    if (reading->req->state == VMC_STATE_LIVE)
        vmc_reading_apply(reading, cookies, G_N_ELEMENTS(cookies));
    add_second_watchdog(reading);
}
