/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What only one running guest of a host can have: writable disks, host devices,
 * ports, names of network devices.  The same rows are read of the guest that is
 * judged, and of those that run on the destination.
 */
#include "derive/derive-internal.h"

#include <string.h>

#define CLAIM(path, condition, value, what, bits) \
 { \
  .element = path, .when = condition, .kind = VMC_NEED_CLAIM, .name = value, .detail = "=" what, \
  .flags = bits \
 }

/* Several may read an image; QEMU locks it for who writes, all but shareable ones. */
#define DISK(type, path) \
 CLAIM("devices/disk", type " !readonly !shareable", path, "disk", 0), \
     CLAIM("devices/disk", type " !readonly shareable", path, "disk", VMC_CLAIM_SHARED)

static const VmcNeedRow claims[] = {
    DISK("!@type", "source/@file"),
    DISK("@type=file", "source/@file"),
    DISK("@type=block", "source/@dev"),
    CLAIM("devices/graphics", "@autoport=no @port!=-1|0", "@port", "graphics-port", 0),
    CLAIM("devices/graphics", "@autoport=no @tlsPort!=-1|0", "@tlsPort", "graphics-port", 0),
    CLAIM("devices/vsock", "cid/@auto!=yes", "cid/@address", "vsock", 0),
    CLAIM("devices/interface", NULL, "mac/@address", "mac", 0),
};

/* A running guest also shows the port that libvirt chose, which does not move. */
static const VmcNeedRow written[] = {
    CLAIM("devices/graphics", "@type=vnc @websocket!=-1|0", "@websocket", "graphics-port", 0),
};

/* What libvirt chose for a guest that runs is taken, but another host may choose
 * otherwise. */
static const VmcNeedRow chosen[] = {
    CLAIM("devices/graphics", "@autoport=yes @port!=-1|0", "@port", "graphics-port", 0),
    CLAIM("devices/graphics", "@autoport=yes @tlsPort!=-1|0", "@tlsPort", "graphics-port", 0),
    CLAIM("devices/graphics", "@type=vnc @websocket!=-1|0", "@websocket", "graphics-port", 0),
    CLAIM("devices/vsock", "cid/@auto=yes", "cid/@address", "vsock", 0),
};

static void
add_claim(VmcReading *reading, const xmlNode *node, const char *name, const char *what)
{
    g_autofree char *subject = vmc_reading_subject(reading, node);

    vmc_requirement_add(reading->req, VMC_NEED_CLAIM, subject, name, what);
}

/* Names that libvirt makes up stay behind. */
static void
read_tap(VmcReading *reading, const xmlNode *node)
{
    static const char *const generated[] = { "vnet", "macvtap", "macvlan", "vif" };
    g_autofree char *name = vmc_xml_value(node, "target/@dev");

    if (!name || !*name || vmc_xml_holds(node, "target/@managed=no") ||
        vmc_xml_holds(node, "@type=vhostuser|hostdev|vdpa"))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(generated); i++) {
        if (g_str_has_prefix(name, generated[i]))
            return;
    }
    add_claim(reading, node, name, "tap");
}

static void
add_port(VmcReading *reading,
         const xmlNode *node,
         const char *address,
         const char *port,
         const char *what)
{
    g_autofree char *name = NULL;

    if (!port || !*port || g_str_equal(port, "0"))
        return;
    name = g_strdup_printf("%s:%s", address ? address : "", port);
    add_claim(reading, node, name, what);
}

static void
read_listener(VmcReading *reading, const xmlNode *chardev)
{
    const xmlNode *source = vmc_xml_child(chardev, "source");
    gboolean is_udp = vmc_xml_holds(chardev, "@type=udp");

    if (vmc_xml_is(chardev, "console") && vmc_xml_holds(chardev, "target/@type=serial"))
        return; /* the first serial port, told once more */
    for (; source; source = vmc_xml_next(source, "source")) {
        g_autofree char *host = vmc_xml_attr(source, "host");
        g_autofree char *service = vmc_xml_attr(source, "service");

        if (vmc_xml_attr_is(source, "mode", "bind"))
            add_port(reading, chardev, host, service, is_udp ? "udp-port" : "tcp-port");
    }
}

static void
read_socket_net(VmcReading *reading, const xmlNode *node)
{
    g_autofree char *address = vmc_xml_value(node, "source/@address");
    g_autofree char *port = vmc_xml_value(node, "source/@port");
    g_autofree char *local = vmc_xml_value(node, "source/local/@address");
    g_autofree char *local_port = vmc_xml_value(node, "source/local/@port");

    if (vmc_xml_holds(node, "@type=server"))
        add_port(reading, node, address, port, "tcp-port");
    if (vmc_xml_holds(node, "@type=udp"))
        add_port(reading, node, local, local_port, "udp-port");
}

static void
read_interface(VmcReading *reading, const xmlNode *node)
{
    read_tap(reading, node);
    read_socket_net(reading, node);
}

static void
read_written(VmcReading *reading)
{
    VmcReading as_written = *reading;

    if (reading->written)
        as_written.domain = reading->written;
    if (reading->written || !reading->live)
        vmc_reading_apply(&as_written, written, G_N_ELEMENTS(written));
}

void
vmc_reading_claims(VmcReading *reading)
{
    static const char *const chardevs[] = {
        "devices/serial",
        "devices/parallel",
        "devices/console",
        "devices/channel",
    };

    vmc_reading_apply(reading, claims, G_N_ELEMENTS(claims));
    read_written(reading);
    vmc_reading_foreach(reading, reading->domain, "devices/interface", read_interface);
    for (size_t i = 0; i < G_N_ELEMENTS(chardevs); i++)
        vmc_reading_foreach(reading, reading->domain, chardevs[i], read_listener);
}

/* ---- of others ------------------------------------------------------------- */

static void
add_rows(VmcFacts *facts, const VmcRequirement *guest, VmcNeedKind kind)
{
    for (size_t i = 0; i < guest->needs[kind]->len; i++) {
        const VmcNeed *need = guest->needs[kind]->pdata[i];
        const char *what = kind == VMC_NEED_NODEDEV ? "hostdev" : need->detail;
        gboolean is_shared = kind == VMC_NEED_CLAIM && (need->flags & VMC_CLAIM_SHARED);
        const char *const row[] = {
            what, need->name, is_shared ? "yes" : "no", guest->name, guest->uuid,
        };

        vmc_facts_add_row(facts, "host/claims.tsv", G_N_ELEMENTS(row), row);
    }
}

void
vmc_derive_claims(const xmlNode *domain, VmcFacts *facts)
{
    g_autoptr(VmcRequirement) guest = vmc_requirement_new();
    VmcReading reading = { .req = guest, .folder = "", .domain = domain, .live = TRUE };

    guest->state = VMC_STATE_LIVE;
    guest->name = vmc_xml_value(domain, "name");
    guest->uuid = vmc_xml_value(domain, "uuid");
    vmc_reading_claims(&reading);
    vmc_reading_apply(&reading, chosen, G_N_ELEMENTS(chosen));
    vmc_reading_hostdevs(&reading);
    add_rows(facts, guest, VMC_NEED_CLAIM);
    add_rows(facts, guest, VMC_NEED_NODEDEV);
}
