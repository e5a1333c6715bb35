/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a qcow2 image says about its backing image.  libvirt looks there itself
 * where a definition leaves the chain out, and so finds it again on each host.
 */
#include "local/local.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_SIZE 33280 /* libvirt reads no more of an image */
#define MAX_NAME 1023
#define MAX_CHAIN 200 /* libvirt's own bound */
#define EXTENSION_FORMAT 0xE2792ACAu

typedef struct {
    guint8 *bytes;
    size_t size;
} Header;

static void
header_clear(Header *header)
{
    g_clear_pointer(&header->bytes, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Header, header_clear)

static guint32
read_32(const Header *header, size_t offset)
{
    guint32 value = 0;

    if (offset + sizeof(value) > header->size)
        return 0;
    memcpy(&value, header->bytes + offset, sizeof(value));
    return GUINT32_FROM_BE(value);
}

static guint64
read_64(const Header *header, size_t offset)
{
    return (guint64)read_32(header, offset) << 32 | read_32(header, offset + 4);
}

/* Only of what can't make us wait: files and disks. */
static gboolean
read_header(const char *path, Header *header)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat info = { 0 };
    ssize_t n = -1;

    if (fd < 0)
        return FALSE;
    header->bytes = g_malloc(HEADER_SIZE);
    if (fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISBLK(info.st_mode)))
        n = pread(fd, header->bytes, HEADER_SIZE, 0);
    close(fd);
    header->size = n > 0 ? (size_t)n : 0;
    return n >= 0;
}

static gboolean
is_qcow2(const Header *header)
{
    guint32 version = read_32(header, 4);

    return header->size >= 72 && memcmp(header->bytes, "QFI\xfb", 4) == 0 &&
           (version == 2 || version == 3);
}

/* The backing image's format as written beside its name, or NULL. */
static char *
read_format(const Header *header)
{
    size_t offset = read_32(header, 4) == 2 ? 72 : read_32(header, 100);

    while (offset + 8 <= header->size) {
        guint32 type = read_32(header, offset);
        size_t length = read_32(header, offset + 4);

        offset += 8;
        if (type == 0 || length > header->size - offset)
            return NULL;
        if (type == EXTENSION_FORMAT)
            return g_strndup((const char *)header->bytes + offset, length);
        offset += (length + 7) & ~(size_t)7;
    }
    return NULL;
}

/* "" if there is none, NULL if it can't be told. */
static char *
read_name(const Header *header)
{
    guint64 offset = read_64(header, 8);
    guint32 length = read_32(header, 16);

    if (offset == 0 || length == 0)
        return g_strdup("");
    if (length > MAX_NAME || offset > header->size || length > header->size - offset)
        return NULL;
    return g_strndup((const char *)header->bytes + offset, length);
}

/* "nbd:…", "json:…": a scheme ends in front of the first slash. */
static gboolean
has_scheme(const char *name)
{
    return name[strcspn(name, ":/")] == ':';
}

static char *
resolve(const char *image, const char *name)
{
    g_autofree char *folder = g_path_get_dirname(image);

    return *name == '/' ? g_strdup(name) : g_build_filename(folder, name, NULL);
}

/* The path behind an image, "" if there is none, NULL if that can't be told (or is
 * no path).  *@ret_ends: what is behind it has nothing behind it. */
static char *
read_backing(const char *image, gboolean *ret_ends)
{
    g_auto(Header) header = { 0 };
    g_autofree char *name = NULL;
    g_autofree char *format = NULL;

    if (!read_header(image, &header))
        return NULL;
    *ret_ends = TRUE;
    if (!is_qcow2(&header))
        return g_strdup("");
    name = read_name(&header);
    if (!name || *name == '\0' || has_scheme(name))
        return name && *name ? NULL : g_steal_pointer(&name);
    format = read_format(&header);
    *ret_ends = g_strcmp0(format, "raw") == 0;
    return resolve(image, name);
}

void
vmc_local_chain(VmcFacts *facts, const char *table, const char *image)
{
    g_autofree char *path = g_strdup(image);
    gboolean ends = FALSE;

    for (size_t depth = 0; depth < MAX_CHAIN && !ends; depth++) {
        g_autofree char *backing = NULL;

        if (!path || *path != '/' || vmc_facts_has_row(facts, table, path))
            return;
        backing = read_backing(path, &ends);
        if (!backing)
            return;
        VMC_ADD_ROW(facts, table, path, backing);
        g_free(path);
        path = g_steal_pointer(&backing);
    }
}

/* libvirt looks into no image of another format, nor where it is told the chain. */
gboolean
vmc_local_may_have_chain(const xmlNode *disk)
{
    return vmc_xml_attr_is(vmc_xml_child(disk, "driver"), "type", "qcow2") &&
           !vmc_xml_child(disk, "backingStore");
}
