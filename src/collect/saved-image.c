/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Saved images: the definition in them, and the CPU that they really hold.
 * Restoring compares with the CPU in the image's cookie; the image's XML, which
 * is all that the API gives, says less: with libvirt 11 perhaps only
 * "host-model" (migration-rules.md 4).
 */
#include "collect/collect-guest.h"
#include "model/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Integers are in the writer's byte order; an odd version tells that it is not
 * ours. */
typedef struct {
    char magic[16];
    guint32 version, data_length, was_running, format, cookie_offset;
    guint32 unused[14];
} Header;
G_STATIC_ASSERT(sizeof(Header) == 92);

#define MAGIC "LibvirtQemudSave"
#define MAGIC_UNFINISHED "LibvirtQemudPart"

enum {
    NEWEST_VERSION = 2,
    NEWEST_FORMAT = 6, /* raw, gzip, bzip2, xz, lzop, zstd, sparse */
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
fail(GError **error, VmcErrorCode code, const char *path, const char *why)
{
    g_set_error(error, VMC_ERROR, code, _("saved image '%1$s': %2$s"), path, why);
    return FALSE;
}

static gboolean
fail_errno(GError **error, const char *path)
{
    VmcErrorCode code =
        errno == EACCES || errno == EPERM ? VMC_ERROR_ACCESS_DENIED : VMC_ERROR_INVALID_ARGUMENT;

    return fail(error, code, path, g_strerror(errno));
}

static gboolean
read_all(int fd, void *buffer, size_t length, const char *path, GError **error)
{
    for (char *next = buffer; length > 0;) {
        ssize_t got = TEMP_FAILURE_RETRY(read(fd, next, length));

        if (got < 0)
            return fail_errno(error, path);
        if (got == 0)
            return fail(error, VMC_ERROR_BAD_DATA, path, _("it is cut off"));
        next += got;
        length -= (size_t)got;
    }
    return TRUE;
}

static void
swap_header(Header *header)
{
    header->version = GUINT32_SWAP_LE_BE(header->version);
    header->data_length = GUINT32_SWAP_LE_BE(header->data_length);
    header->was_running = GUINT32_SWAP_LE_BE(header->was_running);
    header->format = GUINT32_SWAP_LE_BE(header->format);
    header->cookie_offset = GUINT32_SWAP_LE_BE(header->cookie_offset);
}

static gboolean
check_magic(const Header *header, const char *path, GError **error)
{
    if (memcmp(header->magic, MAGIC, sizeof(header->magic)) == 0)
        return TRUE;
    if (memcmp(header->magic, MAGIC_UNFINISHED, sizeof(header->magic)) == 0)
        return fail(error, VMC_ERROR_BAD_DATA, path,
                    _("it is not complete: saving has not ended, or has failed"));
    return fail(error, VMC_ERROR_BAD_DATA, path, _("it is no saved image of a QEMU guest"));
}

static gboolean
check_header(const Header *header, const char *path, GError **error)
{
    if (header->version == 0 || header->version > NEWEST_VERSION)
        return fail(error, VMC_ERROR_BAD_DATA, path, _("its version is not known"));
    if (header->format > NEWEST_FORMAT)
        return fail(error, VMC_ERROR_BAD_DATA, path, _("its compression is not known"));
    if (header->data_length > VMC_MAX_XML)
        return fail(error, VMC_ERROR_TOO_LARGE, path, _("its definition is too large"));
    if (header->data_length == 0 || header->cookie_offset >= header->data_length)
        return fail(error, VMC_ERROR_BAD_DATA, path, _("its header is damaged"));
    return TRUE;
}

static gboolean
read_header(int fd, Header *header, const char *path, GError **error)
{
    if (!read_all(fd, header, sizeof(*header), path, error) || !check_magic(header, path, error))
        return FALSE;
    if (header->version > NEWEST_VERSION)
        swap_header(header);
    return check_header(header, path, error);
}

/* A pipe would keep us waiting, and a device that is no disk holds no image. */
static gboolean
check_kind(int fd, const char *path, GError **error)
{
    struct stat info = { 0 };

    if (fstat(fd, &info) != 0)
        return fail_errno(error, path);
    return S_ISREG(info.st_mode) || S_ISBLK(info.st_mode) ||
           fail(error, VMC_ERROR_INVALID_ARGUMENT, path, _("it is no file"));
}

static gboolean
read_image(int fd, const char *path, VmcSavedImage *image, GError **error)
{
    g_autofree char *data = NULL;
    Header header = { .version = 0 };

    if (!check_kind(fd, path, error) || !read_header(fd, &header, path, error))
        return FALSE;
    data = g_malloc0((size_t)header.data_length + 1);
    if (!read_all(fd, data, header.data_length, path, error))
        return FALSE;
    image->was_read = TRUE;
    image->format = header.format;
    if (header.cookie_offset > 0)
        image->cookie = g_strdup(data + header.cookie_offset);
    image->xml = g_steal_pointer(&data);
    return TRUE;
}

void
vmc_saved_image_clear(VmcSavedImage *image)
{
    g_clear_pointer(&image->xml, g_free);
    g_clear_pointer(&image->cookie, g_free);
}

gboolean
vmc_saved_image_read(const char *path, VmcSavedImage *ret_image, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    gboolean ok = FALSE;

    *ret_image = (VmcSavedImage){ 0 };
    if (fd < 0)
        return fail_errno(error, path);
    ok = read_image(fd, path, ret_image, error);
    close(fd);
    return ok;
}

static gboolean
add_cpu(VmcGuestAsk *ask, const char *folder, const xmlNode *cpu, const char *arch, GError **error)
{
    g_autofree char *name = g_strconcat(folder, "/saved-cpu.xml", NULL);
    g_autofree char *model = vmc_xml_text(vmc_xml_child(cpu, "model"));
    g_autofree char *text = vmc_xml_dump(cpu);

    vmc_facts_set(ask->facts, name, text);
    return !model || !ask->conn || vmc_collect_expansion(ask->conn, ask->facts, arch, model, error);
}

gboolean
vmc_guest_cookie_cpu(
    VmcGuestAsk *ask, const char *cookie, const char *folder, const char *arch, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;
    const xmlNode *cpu = NULL;

    if (cookie)
        doc = vmc_xml_parse(cookie, -1, VMC_MAX_XML, "cookie", NULL);
    cpu = doc ? vmc_xml_child(xmlDocGetRootElement(doc), "cpu") : NULL;
    return !cpu || add_cpu(ask, folder, cpu, arch, error);
}

void
vmc_guest_image_format(VmcFacts *facts, const char *folder, guint32 format)
{
    g_autofree char *table = g_strconcat(folder, "/domain.tsv", NULL);
    g_autofree char *text = g_strdup_printf("%u", format);

    vmc_collect_value(facts, table, "imageFormat", text);
}

gboolean
vmc_guest_saved_cpu(
    VmcGuestAsk *ask, const char *domain, const char *folder, const char *arch, GError **error)
{
    g_autofree char *path = ask->local ? image_path(ask->conn, domain) : NULL;
    g_auto(VmcSavedImage) image = { 0 };

    if (path && vmc_saved_image_read(path, &image, NULL))
        vmc_guest_image_format(ask->facts, folder, image.format);
    return vmc_guest_cookie_cpu(ask, image.cookie, folder, arch, error);
}
