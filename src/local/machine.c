/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The machine itself, as the kernel tells of it: network devices, addresses,
 * CPUs, memory.
 */
#include "local/local.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SYS_CLASS_NET "/sys/class/net"
#define SYS_NODES "/sys/devices/system/node"
#define SYS_ONLINE "/sys/devices/system/cpu/online"

void
vmc_local_kernel(VmcFacts *facts)
{
    struct utsname name = { 0 };

    if (uname(&name) == 0)
        VMC_ADD_ROW(facts, "host/host.tsv", "kernel", name.release);
}

/* ---- network ------------------------------------------------------------------ */

gboolean
vmc_local_interfaces(VmcFacts *facts)
{
    g_autoptr(GDir) folder = g_dir_open(SYS_CLASS_NET, 0, NULL);

    if (!folder)
        return FALSE;
    vmc_facts_add_row(facts, "host/interfaces.tsv", 0, NULL);
    for (const char *name = g_dir_read_name(folder); name; name = g_dir_read_name(folder)) {
        g_autofree char *bridge = g_build_filename(SYS_CLASS_NET, name, "bridge", NULL);
        g_autofree char *device = g_build_filename(SYS_CLASS_NET, name, "ifindex", NULL);

        /* bonding_masters and the like are no devices */
        if (g_file_test(device, G_FILE_TEST_EXISTS))
            VMC_ADD_ROW(facts, "host/interfaces.tsv", name,
                        g_file_test(bridge, G_FILE_TEST_IS_DIR) ? "bridge" : "other");
    }
    return TRUE;
}

static void
add_address(VmcFacts *facts, GHashTable *seen, const struct sockaddr *address)
{
    gboolean six = address->sa_family == AF_INET6;
    socklen_t size = six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    char host[NI_MAXHOST] = "";

    if (getnameinfo(address, size, host, sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
        return;
    /* fe80::1%eth0: guests name it without */
    host[strcspn(host, "%")] = '\0';
    if (g_hash_table_add(seen, g_strdup(host)))
        VMC_ADD_ROW(facts, "host/addresses.tsv", host);
}

void
vmc_local_addresses(VmcFacts *facts)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct ifaddrs *all = NULL;

    if (getifaddrs(&all) != 0)
        return;
    vmc_facts_add_row(facts, "host/addresses.tsv", 0, NULL);
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (one->ifa_addr &&
            (one->ifa_addr->sa_family == AF_INET || one->ifa_addr->sa_family == AF_INET6))
            add_address(facts, seen, one->ifa_addr);
    }
    freeifaddrs(all);
}

/* ---- capacity ------------------------------------------------------------------- */

/* "node0", "hugepages-2048kB" → 0, 2048 */
static gboolean
number_behind(const char *name, const char *prefix, guint64 *ret_number)
{
    char *end = NULL;

    if (!g_str_has_prefix(name, prefix) || !g_ascii_isdigit(name[strlen(prefix)]))
        return FALSE;
    *ret_number = g_ascii_strtoull(name + strlen(prefix), &end, 10);
    return *end == '\0' || g_str_equal(end, "kB");
}

static void
add_pages(VmcFacts *facts, const char *node)
{
    g_autofree char *path = g_build_filename(SYS_NODES, node, "hugepages", NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    guint64 size = 0;

    for (const char *name = folder ? g_dir_read_name(folder) : NULL; name;
         name = g_dir_read_name(folder)) {
        g_autofree char *file = g_build_filename(path, name, "free_hugepages", NULL);
        g_autofree char *count = NULL;
        g_autofree char *kib = NULL;

        if (!number_behind(name, "hugepages-", &size) ||
            !g_file_get_contents(file, &count, NULL, NULL))
            continue;
        kib = g_strdup_printf("%" G_GUINT64_FORMAT, size);
        VMC_ADD_ROW(facts, "host/pages.tsv", node + strlen("node"), kib, g_strstrip(count));
    }
}

static void
add_nodes(VmcFacts *facts)
{
    g_autoptr(GDir) folder = g_dir_open(SYS_NODES, 0, NULL);
    guint64 id = 0;

    if (!folder)
        return;
    vmc_facts_add_row(facts, "host/pages.tsv", 0, NULL);
    for (const char *name = g_dir_read_name(folder); name; name = g_dir_read_name(folder)) {
        if (number_behind(name, "node", &id))
            add_pages(facts, name);
    }
}

void
vmc_local_capacity(VmcFacts *facts)
{
    long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    g_autofree char *online = NULL;
    g_autofree char *bytes = g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)pages * (guint64)size);

    if (g_file_get_contents(SYS_ONLINE, &online, NULL, NULL))
        vmc_facts_set(facts, "host/cpumap.txt", online);
    if (pages > 0 && size > 0)
        VMC_ADD_ROW(facts, "host/host.tsv", "freeMemory", bytes);
    add_nodes(facts);
}

/* ---- files ------------------------------------------------------------------------ */

static void
add_file(VmcFacts *facts, GHashTable *seen, const char *path, const VmcFileUser *user)
{
    if (*path == '/' && g_hash_table_add(seen, g_strdup(path)))
        vmc_local_file_as(facts, "host/files.tsv", path, user);
}

void
vmc_local_files(VmcFacts *facts, const VmcRequirement *requirement, const VmcFileUser *user)
{
    const GPtrArray *needs = requirement->needs[VMC_NEED_FILE];
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    vmc_facts_add_row(facts, "host/files.tsv", 0, NULL);
    for (size_t i = 0; i < needs->len; i++) {
        const VmcNeed *need = needs->pdata[i];
        g_autofree char *folder = g_path_get_dirname(need->name);

        add_file(facts, seen, need->name, user);
        if (need->flags & (VMC_FILE_PARENT | VMC_FILE_CREATED))
            add_file(facts, seen, folder, user);
    }
}
