/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A definition made ready for libvirt's dry run (virConnectDomainXMLToNative).
 *
 * libvirt parses and validates it, prepares the domain (addresses, storage,
 * secrets, firmware, CPU), and builds QEMU's command line.  The last step is not
 * dry: it makes a tap for every interface, runs the interfaces' scripts as root
 * and opens a passed-through TPM.  So it is asked twice.  Once without those
 * devices, to the end.  Once with them and with a sentinel: a disk on a storage
 * pool that does not exist, which ends the preparation with an error of its own;
 * an answer that is this error says that all before it found nothing to object
 * to, and that nothing behind it was reached.
 */
#include "derive/derive-internal.h"

#include <string.h>

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

/* Which of the texts an element is left out of. */
enum {
    FROM_REST = 1u << 0,
    FROM_WHOLE = 1u << 1,
    FROM_CONTROL = 1u << 2,
    FROM_ALL = FROM_REST | FROM_WHOLE | FROM_CONTROL,
};

typedef struct {
    const char *element; /* path below <domain>, to an element or an "@attribute" */
    const char *when;    /* as VmcNeedRow's */
    unsigned int from;
} Drop;

static const Drop drops[] = {
    /* Nobody judges these, and they may be large. */
    { "metadata", NULL, FROM_ALL },
    /* Of the running guest: the destination makes its own. */
    { "seclabel", "@type=dynamic", FROM_ALL },
    { "devices/disk/mirror", NULL, FROM_ALL },
    /* Secrets are never collected; an empty cookie would be refused for that. */
    { "devices/disk/source/cookies", NULL, FROM_ALL },
    /* libvirt shows these to every q35 guest and does not send them along. */
    { "devices/watchdog", "@model=itco @action=reset", FROM_ALL },
    { "devices/watchdog", "@model=itco !@action", FROM_ALL },
    /* libvirt 11 asks this program what it can do, as root; its own will do. */
    { "devices/filesystem/binary/@path", NULL, FROM_ALL },
    /* libvirt's dry run frees such an interface and keeps using the host device
     * that was in it. */
    { "devices/interface", "@type=hostdev", FROM_ALL },
    /* libvirt's dry run gives every interface another address, and finds none for
     * these: no slot of the PCI bus, or one that is shared. */
    { "devices/interface", "address/@type=usb", FROM_ALL },
    { "devices/interface", "model/@type=usb-net", FROM_ALL },
    { "devices/interface", "address/@multifunction=on", FROM_ALL },
    { "devices/interface", "address/@function address/@function!=0|0x0", FROM_ALL },
    /* The second wall, should the sentinel not hold. */
    { "devices/interface/script", NULL, FROM_ALL },
    { "devices/interface/downscript", NULL, FROM_ALL },
    { "devices/interface", NULL, FROM_REST | FROM_CONTROL },
    { "devices/tpm", "backend/@type=passthrough", FROM_REST | FROM_CONTROL },
    { "devices/hostdev", "@type=scsi_host", FROM_REST | FROM_CONTROL },
    /* Looked up only at a start; without that, the command line can't be built. */
    { "devices/hostdev", "@type=usb", FROM_REST | FROM_CONTROL },
};

/* ---- leaving out -------------------------------------------------------------- */

static void
drop_node(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

static gboolean
drop_attr(xmlNode *node, const char *name)
{
    xmlAttr *attribute = xmlHasProp(node, (const xmlChar *)name);

    return attribute && xmlRemoveProp(attribute) == 0;
}

/* TRUE: something was there to be dropped. */
static gboolean
drop_below(xmlNode *node, const char *path, const char *when)
{
    const char *slash = strchr(path, '/');
    g_autofree char *name = slash ? g_strndup(path, (size_t)(slash - path)) : g_strdup(path);
    gboolean any = FALSE;

    if (*name == '@')
        return drop_attr(node, name + 1);
    for (xmlNode *child = vmc_xml_child(node, name), *next = NULL; child; child = next) {
        next = vmc_xml_next(child, name);
        if (slash) {
            any |= drop_below(child, slash + 1, when);
        } else if (vmc_xml_holds(child, when)) {
            drop_node(child);
            any = TRUE;
        }
    }
    return any;
}

static gboolean
drop_from(xmlNode *domain, unsigned int text)
{
    gboolean special = FALSE;

    for (size_t i = 0; i < G_N_ELEMENTS(drops); i++) {
        gboolean any =
            (drops[i].from & text) && drop_below(domain, drops[i].element, drops[i].when);

        special |= any && drops[i].from != FROM_ALL;
    }
    return special;
}

/* Arguments and the like, for QEMU: they are added, and run by nobody. */
static gboolean
is_of_qemu(const xmlNode *node)
{
    static const char *const names[] = { "commandline", "capabilities", "override", "deprecation",
                                         NULL };

    return g_strv_contains(names, (const char *)node->name) &&
           g_str_equal((const char *)node->ns->href, QEMU_NAMESPACE);
}

/* libvirt sees no names of other namespaces, we look at the local part: where both
 * stand side by side, what is dropped and what counts would not be the same. */
static void
drop_foreign(xmlNode *node)
{
    for (xmlAttr *attribute = node->properties, *next = NULL; attribute; attribute = next) {
        next = attribute->next;
        if (attribute->ns)
            xmlRemoveProp(attribute);
    }
    for (xmlNode *child = vmc_xml_child(node, NULL), *next = NULL; child; child = next) {
        next = vmc_xml_next(child, NULL);
        if (!child->ns)
            drop_foreign(child);
        else if (!is_of_qemu(child))
            drop_node(child);
    }
}

/* ---- what runs already is no new guest ------------------------------------------ */

static void
set_attr(xmlNode *node, const char *name, const char *value)
{
    xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value);
}

/* A guest that starts anew is compared with the host's CPU as check='partial'
 * says; one that comes along running is not, and rules judge its CPU. */
static void
keep_cpu(xmlNode *domain)
{
    xmlNode *cpu = vmc_xml_child(domain, "cpu");

    if (cpu && (vmc_xml_child(cpu, "model") || xmlHasProp(cpu, (const xmlChar *)"mode")))
        set_attr(cpu, "check", "none");
}

/* libvirt shows which firmware it has chosen and how; it sends along only which,
 * and older ones refuse to be told both. */
static void
keep_firmware(xmlNode *domain)
{
    xmlNode *os = vmc_xml_child(domain, "os");
    g_autofree char *loader = vmc_xml_text(vmc_xml_child(os, "loader"));

    if (!loader || !*loader)
        return;
    drop_attr(os, "firmware");
    drop_below(os, "firmware", NULL);
}

/* ---- the sentinel ----------------------------------------------------------------- */

/* One whose place another source can take.  A disk that is left out where it is
 * missing (startupPolicy, which stands in <source>) becomes one that must be there. */
static xmlNode *
find_disk(xmlNode *devices)
{
    static const char *const fitting[] = {
        "@type=file|block|volume|network !@device target/@dev !transient",
        "@type=file|block|volume|network @device=disk|cdrom target/@dev !transient",
    };

    for (xmlNode *disk = vmc_xml_child(devices, "disk"); disk; disk = vmc_xml_next(disk, "disk")) {
        if (vmc_xml_holds(disk, fitting[0]) || vmc_xml_holds(disk, fitting[1]))
            return disk;
    }
    return NULL;
}

/* Of a kind that takes no slot, which a full guest may not have. */
static xmlNode *
add_disk(xmlNode *devices, gboolean x86)
{
    xmlNode *disk = xmlNewChild(devices, NULL, (const xmlChar *)"disk", NULL);
    xmlNode *target = xmlNewChild(disk, NULL, (const xmlChar *)"target", NULL);

    set_attr(disk, "device", x86 ? "floppy" : "disk");
    set_attr(target, "dev", x86 ? "fdb" : "vdzz");
    set_attr(target, "bus", x86 ? "fdc" : "virtio");
    return disk;
}

static void
set_sentinel(xmlNode *domain, const char *pool)
{
    static const char *const others[] = { "source", "backingStore", "auth", "encryption" };
    const xmlNode *type = vmc_xml_path(domain, "os/type");
    xmlNode *devices = vmc_xml_child(domain, "devices");
    xmlNode *disk = find_disk(devices);
    xmlNode *source = NULL;

    if (!devices)
        devices = xmlNewChild(domain, NULL, (const xmlChar *)"devices", NULL);
    if (!disk)
        disk = add_disk(devices, vmc_xml_attr_is(type, "arch", "x86_64") ||
                                     vmc_xml_attr_is(type, "arch", "i686"));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        drop_below(disk, others[i], NULL);
    set_attr(disk, "type", "volume");
    source = xmlNewChild(disk, NULL, (const xmlChar *)"source", NULL);
    set_attr(source, "pool", pool);
    set_attr(source, "volume", "none");
}

/* ---- the texts ---------------------------------------------------------------------- */

void
vmc_dry_run_texts_clear(VmcDryRunTexts *texts)
{
    g_clear_pointer(&texts->rest, g_free);
    g_clear_pointer(&texts->whole, g_free);
    g_clear_pointer(&texts->control, g_free);
    g_clear_pointer(&texts->sentinel, g_free);
}

/* *@ret_special: something was left out that the other texts are about. */
static char *
make_text(const xmlDoc *doc, unsigned int text, const char *sentinel, gboolean *ret_special)
{
    g_autoptr(xmlDoc) copy = xmlCopyDoc((xmlDoc *)doc, 1);
    xmlNode *domain = xmlDocGetRootElement(copy);
    gboolean special = drop_from(domain, text);

    if (sentinel)
        set_sentinel(domain, sentinel);
    if (ret_special)
        *ret_special = special;
    return vmc_xml_dump(domain);
}

gboolean
vmc_derive_dry_run(const VmcRequirement *req, VmcDryRunTexts *ret_texts, GError **error)
{
    const char *xml = vmc_facts_get(req->facts, req->definition);
    g_autoptr(xmlDoc) doc = vmc_xml_parse(xml, -1, VMC_MAX_XML, req->definition, error);
    g_autofree char *digest = vmc_definition_digest(xml);
    xmlNode *domain = NULL;
    gboolean special = FALSE;

    *ret_texts = (VmcDryRunTexts){ 0 };
    if (!doc)
        return FALSE;
    domain = xmlDocGetRootElement(doc);
    drop_foreign(domain);
    drop_attr(domain, "id");
    keep_firmware(domain);
    if (req->state != VMC_STATE_OFF)
        keep_cpu(domain);
    ret_texts->rest = make_text(doc, FROM_REST, NULL, &special);
    if (!special)
        return TRUE;
    ret_texts->sentinel = g_strdup_printf("vmcompat-dry-run-%.16s", digest);
    ret_texts->whole = make_text(doc, FROM_WHOLE, ret_texts->sentinel, NULL);
    ret_texts->control = make_text(doc, FROM_CONTROL, ret_texts->sentinel, NULL);
    return TRUE;
}
