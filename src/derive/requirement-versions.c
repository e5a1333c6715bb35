/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Values that older libvirts don't know: they refuse the whole definition, and
 * nothing but their version tells.  One row per value; `source` says where the
 * version is from.  The next release of libvirt is a few rows.
 */
#include "derive/derive-internal.h"

typedef struct {
    VmcNeedRow row;
    guint64 since; /* as virConnectGetLibVersion */
    const char *source;
} VersionRow;

#define VALUE(path, condition, attribute, version, from) \
 { \
  .row = { .element = path, \
           .when = condition, \
           .kind = VMC_NEED_TRAIT, \
           .name = "=xml-value", \
           .detail = attribute }, \
  .since = version, .source = from \
 }

static const VersionRow rows[] = {
    /* libvirt shows this one to every q35 guest and does not send it along
     * while its action is the default. */
    VALUE("devices/watchdog", "@model=itco @action!=reset", "@model", 9001000, "NEWS 9.1.0"),
    VALUE("devices/panic", "@model=pvpanic", "@model", 9001000, "NEWS 9.1.0"),
    VALUE("devices/disk", "@type=vhostvdpa", "@type", 9008000, "formatdomain: since 9.8.0"),
    VALUE("devices/sound", "@model=virtio", "@model", 10004000, "formatdomain: since 10.4.0"),
    VALUE("launchSecurity", "@type=sev-snp", "@type", 10005000, "formatdomain: since 10.5.0"),
};

static void
apply(VmcReading *reading, const VersionRow *version)
{
    GPtrArray *traits = reading->req->needs[VMC_NEED_TRAIT];
    unsigned int before = traits->len;

    vmc_reading_apply(reading, &version->row, 1);
    for (unsigned int i = before; i < traits->len; i++)
        ((VmcNeed *)traits->pdata[i])->value = version->since;
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
            ->value = 9001000;
}

void
vmc_reading_versions(VmcReading *reading)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        apply(reading, &rows[i]);
    add_second_watchdog(reading);
}
