/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Folder → facts: one that facts-save.c wrote, or one where a person has put
 * what virsh printed.
 */
#include "collect/collect.h"
#include "derive/xml.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 100000
#define MAX_DEPTH 3 /* domains/KEY/live.xml */

typedef struct {
    VmcFacts *facts;
    const char *folder;
    size_t total; /* bytes */
    size_t n_files;
} Load;

static gboolean is_known(const char *name);
static gboolean load_directory(Load *load, int fd, const char *prefix, int depth, GError **error);

static gboolean
fail(GError **error, VmcErrorCode code, const char *name, const char *why)
{
    g_set_error(error, VMC_ERROR, code, _("cannot read '%1$s': %2$s"), name, why);
    return FALSE;
}

static gboolean
fail_errno(GError **error, const char *name)
{
    VmcErrorCode code = errno == EACCES ? VMC_ERROR_ACCESS_DENIED : VMC_ERROR_INVALID_ARGUMENT;

    return fail(error, code, name, g_strerror(errno));
}

/* ---- one file ------------------------------------------------------------------------ */

/* Reads one byte more than is allowed, so that a file that grows is noticed. */
static char *
read_capped(int fd, size_t cap, size_t *ret_length, const char *name, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 buffer[16384];

    for (;;) {
        ssize_t n = read(fd, buffer, sizeof(buffer));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            fail_errno(error, name);
            return NULL;
        }
        if (n == 0)
            break;
        g_byte_array_append(bytes, buffer, (guint)n);
        if (bytes->len > cap) {
            fail(error, VMC_ERROR_TOO_LARGE, name, _("it is too large"));
            return NULL;
        }
    }
    *ret_length = bytes->len;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}

/* NULL without @error: no regular file.  Not a symbolic link either: facts of
 * others must not make us read what is elsewhere on this machine. */
static char *
read_at(Load *load, int folder, const char *leaf, const char *name, GError **error)
{
    int fd = openat(folder, leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    g_autofree char *text = NULL;
    struct stat info = { 0 };
    size_t length = 0;

    if (fd < 0 && (errno == ELOOP || errno == ENXIO))
        return NULL;
    if (fd < 0) {
        fail_errno(error, name);
        return NULL;
    }
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        text =
            read_capped(fd, MIN(VMC_MAX_XML, VMC_MAX_DOCUMENT - load->total), &length, name, error);
    close(fd);
    if (text && !g_utf8_validate_len(text, length, NULL)) {
        fail(error, VMC_ERROR_BAD_DATA, name, _("it is not UTF-8 text"));
        return NULL;
    }
    load->total += length;
    return g_steal_pointer(&text);
}

static gboolean
add_fact(Load *load, const char *name, const char *text, const char *file, GError **error)
{
    if (vmc_facts_has(load->facts, name))
        return fail(error, VMC_ERROR_BAD_DATA, file, _("another file says the same"));
    vmc_facts_set(load->facts, name, text);
    return TRUE;
}

/* ---- outputs of virsh ------------------------------------------------------------------- */

static const char *
definition_file(const char *leaf, const xmlNode *root)
{
    if (g_str_has_suffix(leaf, ".saved.xml"))
        return "saved.xml";
    return xmlHasProp((xmlNode *)root, (const xmlChar *)"id") ? "live.xml" : "inactive.xml";
}

static char *
domain_fact(const char *leaf, const xmlNode *root)
{
    g_autofree char *name = vmc_xml_text(vmc_xml_child(root, "name"));
    g_autofree char *key = vmc_facts_key(name && *name ? name : leaf);

    return g_strdup_printf("domains/%s/%s", key, definition_file(leaf, root));
}

/* Which fact an XML text is, by its root element; NULL: none. */
static char *
fact_of_output(const char *leaf, const xmlNode *root)
{
    if (vmc_xml_is(root, "capabilities"))
        return g_strdup("host/capabilities.xml");
    if (vmc_xml_is(root, "domainCapabilities"))
        return g_strdup_printf("host/domcapabilities/%s", leaf);
    if (vmc_xml_is(root, "domain"))
        return domain_fact(leaf, root);
    return NULL;
}

static gboolean
add_output(Load *load, const char *leaf, const char *text, GError **error)
{
    g_autoptr(xmlDoc) document = vmc_xml_parse(text, -1, VMC_MAX_XML, leaf, error);
    g_autofree char *name = NULL;

    if (!document)
        return FALSE;
    name = fact_of_output(leaf, xmlDocGetRootElement(document));
    return !name || add_fact(load, name, text, leaf, error);
}

/* ---- the folder ------------------------------------------------------------------------ */

static gboolean
is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* A virsh that failed leaves an empty .xml behind: the same as none. */
static gboolean
load_file(Load *load, int folder, const char *leaf, const char *name, GError **error)
{
    gboolean xml = g_str_has_suffix(name, ".xml");
    gboolean output = xml && !strchr(name, '/');
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = NULL;

    if (!output && !is_known(name))
        return TRUE;
    text = read_at(load, folder, leaf, name, &failure);
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (!text || (xml && is_blank(text)))
        return TRUE;
    return output ? add_output(load, leaf, text, error) : add_fact(load, name, text, name, error);
}

static gboolean
load_entry(Load *load, int folder, const char *leaf, const char *prefix, int depth, GError **error)
{
    g_autofree char *name = g_strconcat(prefix, leaf, NULL);
    g_autofree char *below = g_strconcat(name, "/", NULL);
    int fd = -1;

    errno = 0;
    if (leaf[0] == '.')
        return TRUE;
    if (++load->n_files > MAX_FILES)
        return fail(error, VMC_ERROR_TOO_LARGE, load->folder, _("it holds too many files"));
    if (depth < MAX_DEPTH)
        fd = openat(folder, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        return load_directory(load, fd, below, depth + 1, error);
    if (errno == EACCES)
        return fail_errno(error, name);
    return load_file(load, folder, leaf, name, error);
}

static int
compare_leaves(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted: the same folder gives the same answer, and the same complaint. */
static GPtrArray *
list_leaves(int fd)
{
    GPtrArray *leaves = g_ptr_array_new_with_free_func(g_free);
    DIR *directory = fdopendir(dup(fd));

    for (const struct dirent *entry = directory ? readdir(directory) : NULL;
         entry && leaves->len <= MAX_FILES; entry = readdir(directory))
        g_ptr_array_add(leaves, g_strdup(entry->d_name));
    if (directory)
        closedir(directory);
    g_ptr_array_sort(leaves, compare_leaves);
    return leaves;
}

/* Takes @fd. */
static gboolean
load_directory(Load *load, int fd, const char *prefix, int depth, GError **error)
{
    g_autoptr(GPtrArray) leaves = list_leaves(fd);
    gboolean ok = TRUE;

    for (size_t i = 0; i < leaves->len && ok; i++)
        ok = load_entry(load, fd, leaves->pdata[i], prefix, depth, error);
    close(fd);
    return ok;
}

static gboolean
holds_something(const VmcFacts *facts)
{
    g_auto(GStrv) names = vmc_facts_list(facts, "");

    return *names != NULL;
}

VmcFacts *
vmc_facts_load(const char *folder, GError **error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    Load load = { .facts = facts, .folder = folder };
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        fail_errno(error, folder);
        return NULL;
    }
    if (!load_directory(&load, fd, "", 1, error))
        return NULL;
    if (!holds_something(facts)) {
        fail(error, VMC_ERROR_BAD_DATA, folder, _("it holds no facts"));
        return NULL;
    }
    return g_steal_pointer(&facts);
}

/* The names of model/facts.h; '*' is one component of a path. */
static const char *const known_names[] = {
    "host/host.tsv",
    "host/unprobed.tsv",
    "host/capabilities.xml",
    "host/networks.tsv",
    "host/domcapabilities/*.xml",
    "host/cpu-expansions/*.xml",
    "host/interfaces.tsv",
    "host/cpu-models/*.txt",
    "host/cpu-names.tsv",
    "host/pools.tsv",
    "host/volumes/*.tsv",
    "host/secrets.tsv",
    "host/nwfilters.tsv",
    "host/nodedevs.tsv",
    "host/domains.tsv",
    "host/cells.tsv",
    "host/pages.tsv",
    "host/cpumap.txt",
    "host/files.tsv",
    "host/addresses.tsv",
    "host/claims.tsv",
    "domains/*/domain.tsv",
    "domains/*/live.xml",
    "domains/*/inactive.xml",
    "domains/*/saved.xml",
    "domains/*/files.tsv",
    "domains/*/blockjobs.tsv",
    "domains/*/backing.tsv",
    "domains/*/volumes.tsv",
    "domains/*/saved-cpu.xml",
    "host/hugetlbfs.tsv",
    "host/devices.tsv",
    "host/dry-runs.tsv",
    "host/settings.tsv",
};

static gboolean
is_known(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known_names); i++) {
        if (g_pattern_match_simple(known_names[i], name))
            return TRUE;
    }
    return FALSE;
}
