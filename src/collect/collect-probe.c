/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Devices that domain capabilities don't list, though libvirt knows from QEMU whether
 * they are there: it is asked for the command line of a guest that has nothing but
 * the device.
 */
#include "collect/collect-internal.h"

#define TABLE "host/devices.tsv"

typedef struct {
    const char *trait, *detail; /* of the guests that have it; details as "a|b" */
    const char *name;           /* in the table */
    const char *xml;
} Device;

static const Device devices[] = {
    { "smartcard", "passthrough", "smartcard-passthrough",
      "<smartcard mode='passthrough' type='null'/>" },
    { "smartcard", "host|host-certificates", "smartcard-host", "<smartcard mode='host'/>" },
};

typedef struct {
    VmcAsk *ask;
    const VmcMachineTuple *tuple;
} Probe;

/* Without a machine it is the emulator's usual one: any may have the device. */
static char *
guest_with(const VmcMachineTuple *tuple, const char *device)
{
    g_autofree char *start = g_markup_printf_escaped(
        "<domain type='%s'><name>vmcompat-asks</name><memory>65536</memory>"
        "<os><type arch='%s'>hvm</type></os><devices><emulator>%s</emulator>",
        tuple->virt_type, tuple->arch, tuple->emulator);

    return g_strconcat(start, device, "</devices></domain>", NULL);
}

/* libvirt's error; 0: none. */
static int
try(const Probe *probe, const char *device)
{
    g_autofree char *xml = guest_with(probe->tuple, device);
    g_autofree char *line = virConnectDomainXMLToNative(probe->ask->conn, "qemu-argv", xml, 0);

    return line ? VIR_ERR_OK : virGetLastErrorCode();
}

/* It is the device that is refused only where the guest would be welcome without it. */
static VmcTristate
has_device(const Probe *probe, const Device *device)
{
    int code = try(probe, device->xml);

    if (code == VIR_ERR_OK)
        return VMC_YES;
    if (code != VIR_ERR_CONFIG_UNSUPPORTED || try(probe, "") != VIR_ERR_OK)
        return VMC_UNKNOWN;
    return VMC_NO;
}

/* FALSE: the connection is gone. */
static gboolean
ask_device(const Probe *probe, const Device *device, GError **error)
{
    const VmcMachineTuple *tuple = probe->tuple;
    g_autofree char *key =
        g_strjoin("\t", tuple->emulator, tuple->virt_type, tuple->arch, device->name, NULL);
    VmcTristate has = VMC_UNKNOWN;

    if (!vmc_ask_first(probe->ask, "devices", key))
        return TRUE;
    has = has_device(probe, device);
    if (has == VMC_UNKNOWN)
        return vmc_virt_absent(probe->ask->conn, error);
    VMC_ADD_ROW(probe->ask->facts, TABLE, tuple->emulator, tuple->virt_type, tuple->arch,
                device->name, vmc_yes_no(has == VMC_YES));
    return TRUE;
}

static gboolean
has_need(const VmcRequirement *requirement, const Device *device)
{
    const GPtrArray *needs = requirement->needs[VMC_NEED_TRAIT];
    g_auto(GStrv) details = g_strsplit(device->detail, "|", -1);

    for (size_t i = 0; i < needs->len; i++) {
        const VmcNeed *need = needs->pdata[i];

        if (g_str_equal(need->name, device->trait) && need->detail &&
            g_strv_contains((const char *const *)details, need->detail))
            return TRUE;
    }
    return FALSE;
}

gboolean
vmc_ask_devices(VmcAsk *ask,
                const VmcMachineTuple *tuple,
                const VmcRequirement *requirement,
                GError **error)
{
    const Probe probe = { ask, tuple };

    if (!tuple->emulator || !tuple->virt_type || !tuple->arch ||
        g_strcmp0(virConnectGetType(ask->conn), "QEMU") != 0)
        return TRUE;
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
        if ((!requirement || has_need(requirement, &devices[i])) &&
            !ask_device(&probe, &devices[i], error))
            return FALSE;
    }
    return TRUE;
}
