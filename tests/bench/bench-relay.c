/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes a local socket as far away as a host on a network: what goes through
 * arrives so much later, each way.  Usage: bench-relay MILLISECONDS LISTEN TARGET …
 */
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    GSocket *from, *to;
} Way;

static gulong delay;

/* Calls and answers take turns, so that waiting here delays nothing else. */
static void *
carry(void *opaque)
{
    Way *way = opaque;
    char buffer[16384];
    gssize got;

    while ((got = g_socket_receive(way->from, buffer, sizeof(buffer), NULL, NULL)) > 0) {
        gssize sent = 0;

        g_usleep(delay);
        while (sent < got) {
            gssize n = g_socket_send(way->to, buffer + sent, (gsize)(got - sent), NULL, NULL);

            if (n <= 0)
                return NULL;
            sent += n;
        }
    }
    g_socket_shutdown(way->to, FALSE, TRUE, NULL);
    return NULL;
}

static GSocket *
new_socket(void)
{
    GSocket *socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

    g_socket_set_blocking(socket, TRUE);
    return socket;
}

static void
start_way(GSocket *from, GSocket *to)
{
    Way *way = g_new0(Way, 1);

    way->from = from;
    way->to = to;
    g_thread_unref(g_thread_new("way", carry, way));
}

static void *
serve(void *opaque)
{
    char **paths = opaque;
    g_autoptr(GSocket) server = new_socket();
    g_autoptr(GSocketAddress) here = g_unix_socket_address_new(paths[0]);
    g_autoptr(GSocketAddress) there = g_unix_socket_address_new(paths[1]);
    GSocket *client = NULL;

    if (!g_socket_bind(server, here, TRUE, NULL) || !g_socket_listen(server, NULL))
        exit(1);
    while ((client = g_socket_accept(server, NULL, NULL))) {
        GSocket *target = new_socket();

        if (!g_socket_connect(target, there, NULL, NULL))
            exit(1);
        start_way(client, target);
        start_way(target, client);
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    if (argc < 4 || argc % 2 != 0)
        return 2;
    delay = (gulong)(g_ascii_strtod(argv[1], NULL) * 1000);
    for (int i = 4; i < argc; i += 2)
        g_thread_unref(g_thread_new("serve", serve, argv + i));
    serve(argv + 2);
    return 1;
}
