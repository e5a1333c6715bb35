/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where a guest's character devices and displays are reached.
 */
#include "derive/derive-internal.h"

static const char *const elements[] = {
    "devices/serial",   "devices/parallel",  "devices/console",     "devices/channel",
    "devices/redirdev", "devices/smartcard", "devices/rng/backend",
};

static const struct {
    const char *when, *path, *use;
    unsigned int flags;
} sources[] = {
    { "@type=dev", "source/@path", "chardev-device", 0 },
    { "@type=pipe", "source/@path", "chardev-pipe", 0 },
    { "@type=file", "source/@path", "chardev-directory", VMC_FILE_PARENT },
    { "@type=unix source/@mode=connect", "source/@path", "chardev-socket", VMC_FILE_SOCKET },
    { "@type=unix source/@mode!=connect", "source/@path", "chardev-directory", VMC_FILE_PARENT },
    { "log", "log/@file", "chardev-directory", VMC_FILE_PARENT },
};

static void
read_bind(VmcReading *reading, const xmlNode *chardev, const xmlNode *source)
{
    g_autofree char *address = vmc_xml_attr(source, "host");

    if (vmc_xml_attr_is(source, "mode", "bind"))
        vmc_reading_add_address(reading, chardev, address, (const char *)chardev->name);
}

static void
read_chardev(VmcReading *reading, const xmlNode *chardev)
{
    /* the first console is the first serial port, told once more */
    if (vmc_xml_is(chardev, "console") && vmc_xml_holds(chardev, "target/@type=serial"))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        g_autofree char *path = NULL;

        if (!vmc_xml_holds(chardev, sources[i].when))
            continue;
        path = vmc_xml_value(chardev, sources[i].path);
        vmc_reading_add_file(reading, chardev, path, sources[i].use, sources[i].flags);
    }
    for (const xmlNode *source = vmc_xml_child(chardev, "source"); source;
         source = vmc_xml_next(source, "source"))
        read_bind(reading, chardev, source);
}

static void
read_listen(VmcReading *reading, const xmlNode *graphics, const xmlNode *listen)
{
    g_autofree char *type = vmc_xml_attr(graphics, "type");
    g_autofree char *address = vmc_xml_attr(listen, "address");
    g_autofree char *socket = vmc_xml_attr(listen, "socket");

    if (!vmc_xml_attr_is(listen, "type", "network"))
        vmc_reading_add_address(reading, graphics, address, type);
    vmc_reading_add_file(reading, graphics, socket, "graphics-socket", VMC_FILE_PARENT);
}

static void
read_graphics(VmcReading *reading, const xmlNode *graphics)
{
    const xmlNode *listen = vmc_xml_child(graphics, "listen");
    g_autofree char *type = vmc_xml_attr(graphics, "type");
    g_autofree char *address = vmc_xml_attr(graphics, "listen");
    g_autofree char *socket = vmc_xml_attr(graphics, "socket");

    if (!listen) {
        vmc_reading_add_address(reading, graphics, address, type);
        vmc_reading_add_file(reading, graphics, socket, "graphics-socket", VMC_FILE_PARENT);
    }
    for (; listen; listen = vmc_xml_next(listen, "listen"))
        read_listen(reading, graphics, listen);
}

/* Networks of sockets between guests. */
static void
read_socket_net(VmcReading *reading, const xmlNode *node)
{
    g_autofree char *address = vmc_xml_value(node, "source/@address");
    g_autofree char *local = vmc_xml_value(node, "source/local/@address");

    if (vmc_xml_holds(node, "@type=server"))
        vmc_reading_add_address(reading, node, address, "socket-net");
    if (vmc_xml_holds(node, "@type=udp"))
        vmc_reading_add_address(reading, node, local, "socket-net");
}

void
vmc_reading_chardevs(VmcReading *reading)
{
    /* A running guest also shows the addresses that its host's qemu.conf gave;
     * another host gives its own. */
    const xmlNode *displays = reading->written ? reading->written : reading->domain;

    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++)
        vmc_reading_foreach(reading, reading->domain, elements[i], read_chardev);
    vmc_reading_foreach(reading, displays, "devices/graphics", read_graphics);
    vmc_reading_foreach(reading, reading->domain, "devices/interface", read_socket_net);
}
