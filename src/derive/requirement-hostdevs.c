/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Devices of the host, by the names libvirt's node device driver gives them.
 */
#include "derive/derive-internal.h"

#include <string.h>

static gboolean
number_attr(const xmlNode *node, const char *name, guint *ret_value)
{
    g_autofree char *text = vmc_xml_attr(node, name);
    const char *digits = text && g_str_has_prefix(text, "0x") ? text + 2 : text;
    guint64 value = 0;

    if (!text ||
        !g_ascii_string_to_unsigned(digits, digits == text ? 10 : 16, 0, G_MAXUINT32, &value, NULL))
        return FALSE;
    *ret_value = (guint)value;
    return TRUE;
}

char *
vmc_derive_pci_name(const xmlNode *address)
{
    guint domain = 0, bus = 0, slot = 0, function = 0;

    if (!number_attr(address, "bus", &bus) || !number_attr(address, "slot", &slot) ||
        !number_attr(address, "function", &function))
        return NULL;
    number_attr(address, "domain", &domain);
    return g_strdup_printf("pci_%04x_%02x_%02x_%x", domain, bus, slot, function);
}

/* By its ids; by the port it is plugged in where that is all there is. */
static char *
usb_name(const xmlNode *source)
{
    guint vendor = 0, product = 0, bus = 0, device = 0;

    if (number_attr(vmc_xml_child(source, "vendor"), "id", &vendor) &&
        number_attr(vmc_xml_child(source, "product"), "id", &product))
        return g_strdup_printf("0x%04x:0x%04x", vendor, product);
    if (number_attr(vmc_xml_child(source, "address"), "bus", &bus) &&
        number_attr(vmc_xml_child(source, "address"), "device", &device))
        return g_strdup_printf("usb_%u.%u", bus, device);
    return NULL;
}

static char *
scsi_name(const xmlNode *source)
{
    static const char prefix[] = "scsi_host";
    const xmlNode *address = vmc_xml_child(source, "address");
    g_autofree char *adapter = vmc_xml_value(source, "adapter/@name");
    guint bus = 0, target = 0, unit = 0;

    if (!adapter || !g_str_has_prefix(adapter, prefix))
        return NULL;
    number_attr(address, "bus", &bus);
    number_attr(address, "target", &target);
    if (!number_attr(address, "unit", &unit))
        return NULL;
    return g_strdup_printf("scsi_%s_%u_%u_%u", adapter + strlen(prefix), bus, target, unit);
}

static char *
pci_name(const xmlNode *source)
{
    return vmc_derive_pci_name(vmc_xml_child(source, "address"));
}

static char *
mdev_name(const xmlNode *source)
{
    g_autofree char *uuid = vmc_xml_value(source, "address/@uuid");

    return uuid ? g_ascii_strdown(uuid, -1) : NULL;
}

static const struct {
    const char *type;
    char *(*name)(const xmlNode *source);
    const char *trait; /* NULL: a row of requirement-traits.c says it */
} kinds[] = {
    { "pci", pci_name, "hostdev-pci" },
    { "usb", usb_name, "hostdev-usb" },
    { "mdev", mdev_name, NULL },
    { "scsi", scsi_name, "hostdev-scsi" },
};

/* As disks' media: "requisite" ones may be lost on the way, not at the start. */
static unsigned int
flags_of(const VmcReading *reading, const xmlNode *hostdev)
{
    if (vmc_xml_holds(hostdev, "source/@startupPolicy=optional"))
        return VMC_DEVICE_OPTIONAL;
    return reading->req->state != VMC_STATE_OFF &&
                   vmc_xml_holds(hostdev, "source/@startupPolicy=requisite")
               ? VMC_DEVICE_OPTIONAL
               : 0;
}

static void
read_kind(VmcReading *reading, const xmlNode *hostdev, size_t kind)
{
    g_autofree char *subject = vmc_reading_subject(reading, hostdev);
    g_autofree char *name = kinds[kind].name(vmc_xml_child(hostdev, "source"));
    const char *trait = kinds[kind].trait;

    if (name)
        vmc_requirement_add(reading->req, VMC_NEED_NODEDEV, subject, name, kinds[kind].type)
            ->flags = flags_of(reading, hostdev);
    if (vmc_xml_holds(hostdev, "teaming/@type=transient"))
        trait = "teaming-transient";
    if (trait)
        vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, trait, name);
}

static void
read_hostdev(VmcReading *reading, const xmlNode *hostdev)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (vmc_xml_holds(hostdev, "@mode!=capabilities") &&
            vmc_xml_attr_is(hostdev, "type", kinds[i].type))
            read_kind(reading, hostdev, i);
    }
}

/* One of a network's pool is chosen by the host that has the network. */
static void
read_interface(VmcReading *reading, const xmlNode *node)
{
    g_autofree char *name = NULL;
    g_autofree char *subject = NULL;

    if (!vmc_xml_holds(node, "@type=hostdev !source/@network"))
        return;
    name = vmc_derive_pci_name(vmc_xml_path(node, "source/address"));
    subject = vmc_reading_subject(reading, node);
    if (name)
        vmc_requirement_add(reading->req, VMC_NEED_NODEDEV, subject, name, "pci");
}

void
vmc_reading_hostdevs(VmcReading *reading)
{
    vmc_reading_foreach(reading, reading->domain, "devices/hostdev", read_hostdev);
    vmc_reading_foreach(reading, reading->domain, "devices/interface", read_interface);
}
