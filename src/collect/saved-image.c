/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The CPU that a managed-save image really holds.  Restoring compares with the
 * CPU in the image's cookie; the image's XML, which is all that the API gives,
 * says less: with libvirt 11 perhaps only "host-model" (migration-rules.md 4).
 */
#include "collect/collect-guest.h"
#include "model/error.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Integers are in the writer's byte order; an odd version tells that it is not
 * ours. */
typedef struct {
    char magic[16];
    guint32 version, data_length, was_running, format, cookie_offset;
    guint32 unused[14];
} Header;
G_STATIC_ASSERT(sizeof(Header) == 92);

enum {
    NEWEST_VERSION = 2
};

static char *
image_path(virConnectPtr conn, const char *name)
{
    g_autofree char *uri = virConnectGetURI(conn);

    if (!uri)
        return NULL;
    if (g_str_has_suffix(uri, "/session"))
        return g_strdup_printf("%s/libvirt/qemu/save/%s.save", g_get_user_config_dir(), name);
    return g_strdup_printf("/var/lib/libvirt/qemu/save/%s.save", name);
}

static gboolean
read_all(int fd, void *buffer, size_t length)
{
    for (char *next = buffer; length > 0;) {
        ssize_t got = TEMP_FAILURE_RETRY(read(fd, next, length));

        if (got <= 0)
            return FALSE;
        next += got;
        length -= (size_t)got;
    }
    return TRUE;
}

static gboolean
read_header(int fd, Header *header)
{
    if (!read_all(fd, header, sizeof(*header)) ||
        memcmp(header->magic, "LibvirtQemudSave", sizeof(header->magic)) != 0)
        return FALSE;
    if (header->version > NEWEST_VERSION) {
        header->version = GUINT32_SWAP_LE_BE(header->version);
        header->data_length = GUINT32_SWAP_LE_BE(header->data_length);
        header->cookie_offset = GUINT32_SWAP_LE_BE(header->cookie_offset);
    }
    return header->version == NEWEST_VERSION && header->data_length <= VMC_MAX_XML &&
           header->cookie_offset > 0 && header->cookie_offset < header->data_length;
}

/* The cookie's text, or NULL where there is none that could be read. */
static char *
read_cookie(const char *path)
{
    g_autofree char *data = NULL;
    Header header = { .version = 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    gboolean ok = FALSE;

    if (fd < 0)
        return NULL;
    ok = read_header(fd, &header);
    if (ok) {
        data = g_malloc0((size_t)header.data_length + 1);
        ok = read_all(fd, data, header.data_length);
    }
    close(fd);
    return ok ? g_strdup(data + header.cookie_offset) : NULL;
}

static gboolean
add_cpu(VmcGuestAsk *ask, const char *folder, const xmlNode *cpu, const char *arch, GError **error)
{
    g_autofree char *name = g_strconcat(folder, "/saved-cpu.xml", NULL);
    g_autofree char *model = vmc_xml_text(vmc_xml_child(cpu, "model"));
    g_autofree char *text = vmc_xml_dump(cpu);

    vmc_facts_set(ask->facts, name, text);
    return !model || vmc_collect_expansion(ask->conn, ask->facts, arch, model, error);
}

gboolean
vmc_guest_saved_cpu(
    VmcGuestAsk *ask, const char *domain, const char *folder, const char *arch, GError **error)
{
    g_autofree char *path = ask->local ? image_path(ask->conn, domain) : NULL;
    g_autofree char *cookie = path ? read_cookie(path) : NULL;
    g_autoptr(xmlDoc) doc = NULL;
    const xmlNode *cpu = NULL;

    if (cookie)
        doc = vmc_xml_parse(cookie, -1, VMC_MAX_XML, "cookie", NULL);
    cpu = doc ? vmc_xml_child(xmlDocGetRootElement(doc), "cpu") : NULL;
    return !cpu || add_cpu(ask, folder, cpu, arch, error);
}
