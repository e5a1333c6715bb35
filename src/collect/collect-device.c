/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Secrets and node devices.
 */
#include "collect/collect-internal.h"

#include <stdlib.h>
#include <string.h>

static const char *secret_usage_name(int type);

/* ---- secrets ---------------------------------------------------------------------- */

typedef struct {
    virSecretPtr secret;
    char uuid[VIR_UUID_STRING_BUFLEN];
    const char *type, *usage;
} Secret;

static gboolean
is_named(const Secret *secret, const VmcNeed *need)
{
    if (g_str_equal(need->detail, "uuid"))
        return g_ascii_strcasecmp(need->name, secret->uuid) == 0;
    return g_str_equal(need->detail, secret->type) && g_strcmp0(need->name, secret->usage) == 0;
}

static gboolean
is_needed(const VmcAsk *ask, const Secret *secret)
{
    for (size_t i = 0; i < ask->requirements->len; i++) {
        const VmcRequirement *requirement = ask->requirements->pdata[i];
        const GPtrArray *needs = requirement->needs[VMC_NEED_SECRET];

        for (size_t j = 0; j < needs->len; j++) {
            if (is_named(secret, needs->pdata[j]))
                return TRUE;
        }
    }
    return FALSE;
}

/* There is no other way to ask whether it has a value than to ask for it; it is
 * forgotten at once.  A refusal (private, or a connection that only reads) says
 * nothing: QEMU gets it all the same. */
static gboolean
ask_value(VmcAsk *ask, const Secret *secret, const char **ret_has, GError **error)
{
    size_t size = 0;
    unsigned char *value = virSecretGetValue(secret->secret, &size, 0);

    *ret_has = value ? "yes" : "unknown";
    if (value) {
        explicit_bzero(value, size);
        free(value);
        return TRUE;
    }
    if (virGetLastErrorCode() == VIR_ERR_NO_SECRET)
        *ret_has = "no";
    return vmc_virt_absent(ask->conn, error);
}

static gboolean
add_secret(VmcAsk *ask, virSecretPtr found, GError **error)
{
    Secret secret = { .secret = found };
    const char *has_value = NULL;

    if (virSecretGetUUIDString(found, secret.uuid) != 0)
        return TRUE;
    secret.type = secret_usage_name(virSecretGetUsageType(found));
    secret.usage = virSecretGetUsageID(found);
    if (is_needed(ask, &secret) && !ask_value(ask, &secret, &has_value, error))
        return FALSE;
    VMC_ADD_ROW(ask->facts, "host/secrets.tsv", secret.uuid, secret.type, secret.usage, has_value);
    return TRUE;
}

/* One call; a listed secret carries all that is wanted, but for a value. */
gboolean
vmc_ask_secrets(VmcAsk *ask, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virSecretFree);

    if (!ask->complete && !vmc_ask_has_needs(ask, VMC_NEED_SECRET))
        return TRUE;
    list.n = virConnectListAllSecrets(ask->conn, (virSecretPtr **)(void *)&list.items, 0);
    if (list.n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_SECRETS, error);
    vmc_facts_add_row(ask->facts, "host/secrets.tsv", 0, NULL);
    for (int i = 0; i < list.n; i++) {
        if (!add_secret(ask, list.items[i], error))
            return FALSE;
    }
    return TRUE;
}

/* ---- node devices ------------------------------------------------------------------- */

typedef struct {
    const char *kind; /* as a need's detail and in host/nodedevs.tsv */
    unsigned int filter;
    char *(*detail)(const xmlNode *device); /* NULL: the name says all */
} DeviceKind;

static const DeviceKind *device_kind(size_t i);

static const xmlNode *
find_capability(const xmlNode *device, const char *type)
{
    for (const xmlNode *node = vmc_xml_child(device, "capability"); node;
         node = vmc_xml_next(node, "capability")) {
        if (vmc_xml_attr_is(node, "type", type))
            return node;
    }
    return NULL;
}

static char *
usb_detail(const xmlNode *device)
{
    const xmlNode *capability = find_capability(device, "usb_device");
    g_autofree char *vendor = vmc_xml_attr(vmc_xml_child(capability, "vendor"), "id");
    g_autofree char *product = vmc_xml_attr(vmc_xml_child(capability, "product"), "id");

    return vendor && product ? g_strconcat(vendor, ":", product, NULL) : NULL;
}

static char *
mdev_detail(const xmlNode *device)
{
    return vmc_xml_text(vmc_xml_child(find_capability(device, "mdev"), "uuid"));
}

static gboolean
add_device(VmcAsk *ask, const DeviceKind *kind, virNodeDevicePtr device, GError **error)
{
    const char *name = virNodeDeviceGetName(device);
    g_autofree char *xml = kind->detail ? virNodeDeviceGetXMLDesc(device, 0) : NULL;
    g_autoptr(xmlDoc) document = xml ? vmc_xml_parse(xml, -1, VMC_MAX_XML, "device", NULL) : NULL;
    g_autofree char *detail = document ? kind->detail(xmlDocGetRootElement(document)) : NULL;

    /* unplugged meanwhile */
    if (kind->detail && !xml)
        return vmc_virt_absent(ask->conn, error);
    if (vmc_ask_first(ask, "nodedevs", name))
        VMC_ADD_ROW(ask->facts, "host/nodedevs.tsv", name, kind->kind, detail);
    return TRUE;
}

static gboolean
list_devices(VmcAsk *ask, const DeviceKind *kind, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virNodeDeviceFree);

    list.n = virConnectListAllNodeDevices(ask->conn, (virNodeDevicePtr **)(void *)&list.items,
                                          kind->filter);
    if (list.n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_NODEDEVS, error);
    vmc_facts_add_row(ask->facts, "host/nodedevs.tsv", 0, NULL);
    for (int i = 0; i < list.n; i++) {
        if (!add_device(ask, kind, list.items[i], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
list_kind_of_need(VmcAsk *ask, const VmcNeed *need, GError **error)
{
    for (size_t i = 0; device_kind(i); i++) {
        const DeviceKind *kind = device_kind(i);

        if (g_strcmp0(kind->kind, need->detail) == 0 &&
            vmc_ask_first(ask, "nodedev-kind", kind->kind))
            return list_devices(ask, kind, error);
    }
    return TRUE;
}

gboolean
vmc_ask_nodedevs(VmcAsk *ask, GError **error)
{
    if (!ask->complete)
        return vmc_ask_needs(ask, VMC_NEED_NODEDEV, list_kind_of_need, error);
    for (size_t i = 0; device_kind(i); i++) {
        if (!list_devices(ask, device_kind(i), error))
            return FALSE;
    }
    return TRUE;
}

/* The last one takes what is left. */
static const DeviceKind device_kinds[] = {
    { "pci", VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV, NULL },
    { "usb", VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV, usb_detail },
    { "mdev", VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV, mdev_detail },
    { "scsi",
      VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI | VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_HOST |
          VIR_CONNECT_LIST_NODE_DEVICES_CAP_SCSI_TARGET,
      NULL },
    { "other", 0, NULL },
};

static const DeviceKind *
device_kind(size_t i)
{
    return i < G_N_ELEMENTS(device_kinds) ? &device_kinds[i] : NULL;
}

static const char *const secret_usages[] = {
    [VIR_SECRET_USAGE_TYPE_NONE] = "none", [VIR_SECRET_USAGE_TYPE_VOLUME] = "volume",
    [VIR_SECRET_USAGE_TYPE_CEPH] = "ceph", [VIR_SECRET_USAGE_TYPE_ISCSI] = "iscsi",
    [VIR_SECRET_USAGE_TYPE_TLS] = "tls",   [VIR_SECRET_USAGE_TYPE_VTPM] = "vtpm",
};

static const char *
secret_usage_name(int type)
{
    return type >= 0 && type < (int)G_N_ELEMENTS(secret_usages) ? secret_usages[type] : "other";
}
