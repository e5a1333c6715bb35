/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts → requirement: which definition is judged, who the guest is, and the
 * order in which its needs are read.
 */
#include "derive/derive-internal.h"

#include <string.h>

static char *
fact_name(const char *folder, const char *file)
{
    return g_strconcat(folder, "/", file, NULL);
}

/* The first that is there is judged. */
static const char *const *
definitions_of(VmcState as)
{
    static const char *const off[] = { "inactive.xml", "live.xml", "saved.xml", NULL };
    static const char *const saved[] = { "saved.xml", "live.xml", "inactive.xml", NULL };
    static const char *const live[] = { "live.xml", "inactive.xml", "saved.xml", NULL };

    if (as == VMC_STATE_LIVE)
        return live;
    return as == VMC_STATE_SAVED ? saved : off;
}

static const char *
pick_definition(const VmcFacts *facts, const char *folder, VmcState as)
{
    for (const char *const *file = definitions_of(as); *file; file++) {
        g_autofree char *name = fact_name(folder, *file);

        if (vmc_facts_has(facts, name))
            return *file;
    }
    return NULL;
}

static void
read_identity(VmcRequirement *req, const xmlNode *domain)
{
    const xmlNode *timer = vmc_xml_child(vmc_xml_child(domain, "clock"), "timer");
    g_autofree char *vcpus = vmc_xml_value(domain, "vcpu");
    guint64 count = 0;

    req->name = vmc_xml_value(domain, "name");
    req->uuid = vmc_xml_value(domain, "uuid");
    req->title = vmc_xml_value(domain, "title");
    req->virt_type = vmc_xml_value(domain, "@type");
    req->os_type = vmc_xml_value(domain, "os/type");
    req->arch = vmc_xml_value(domain, "os/type/@arch");
    req->machine = vmc_xml_value(domain, "os/type/@machine");
    req->emulator = vmc_xml_value(domain, "devices/emulator");
    if (vcpus && g_ascii_string_to_unsigned(vcpus, 10, 0, G_MAXUINT, &count, NULL))
        req->vcpus = (unsigned int)count;
    vmc_xml_scaled_kib(vmc_xml_child(domain, "memory"), &req->memory_kib);
    for (; timer; timer = vmc_xml_next(timer, "timer")) {
        if (vmc_xml_attr_is(timer, "name", "tsc"))
            vmc_xml_attr_uint(timer, "frequency", &req->tsc_frequency);
    }
}

static int
int_of(const VmcFacts *facts, const char *fact, const char *key)
{
    g_autofree char *text = vmc_facts_value(facts, fact, key);
    guint64 value = 0;

    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &value, NULL) ? (int)value
                                                                                   : -1;
}

static gboolean
has_fact(const VmcReading *reading, const char *file)
{
    g_autofree char *name = fact_name(reading->folder, file);

    return vmc_facts_has(reading->facts, name);
}

static void
read_status(VmcReading *reading)
{
    VmcRequirement *req = reading->req;
    g_autofree char *fact = fact_name(reading->folder, "domain.tsv");
    g_autofree char *job = vmc_facts_value(reading->facts, fact, "job");
    g_autofree char *saved = vmc_facts_value(reading->facts, fact, "managedSave");
    g_autofree char *persistent = vmc_facts_value(reading->facts, fact, "persistent");
    gboolean is_saved = vmc_tristate_from_text(saved) == VMC_YES;

    req->persistent = vmc_tristate_from_text(persistent);
    req->n_snapshots = int_of(reading->facts, fact, "snapshots");
    req->n_checkpoints = int_of(reading->facts, fact, "checkpoints");
    req->image_format = int_of(reading->facts, fact, "imageFormat");
    if (job && *job && !g_str_equal(job, "none"))
        req->job = g_strdup(job);
    req->enabled_state = vmc_derive_enabled_state(reading->facts, reading->folder);
    if (is_saved && req->state == VMC_STATE_OFF)
        vmc_requirement_add(req, VMC_NEED_TRAIT, "", "managed-save", "");
}

static void
read_size(VmcReading *reading, const char *path, const char *text)
{
    guint64 size = 0;

    if (g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &size, NULL))
        g_hash_table_insert(reading->sizes, g_strdup(path), g_memdup2(&size, sizeof(size)));
}

/* Folders that the source's qemu.conf calls shared, which 9.0 can't. */
static char **
shared_folders(const VmcReading *reading)
{
    guint64 version = vmc_facts_number(reading->facts, "host/host.tsv", "libvirtVersion");
    g_autofree char *folders =
        vmc_facts_value(reading->facts, "host/settings.tsv", "shared_filesystems");

    return g_strsplit(version >= 10000000 && folders ? folders : "", ",", -1);
}

static gboolean
is_below(const char *path, char **folders)
{
    for (; *folders; folders++) {
        size_t length = strlen(*folders);

        while (length > 0 && (*folders)[length - 1] == '/')
            length--;
        if (**folders == '/' && strncmp(path, *folders, length) == 0 &&
            (path[length] == '/' || path[length] == '\0'))
            return TRUE;
    }
    return FALSE;
}

static void
read_shared(VmcReading *reading)
{
    g_auto(GStrv) folders = shared_folders(reading);
    g_autofree char *fact = fact_name(reading->folder, "files.tsv");
    g_autoptr(GPtrArray) rows = vmc_facts_rows(reading->facts, fact, 4);

    if (!rows)
        return;
    reading->shared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    reading->sizes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < rows->len; i++) {
        char **row = rows->pdata[i];

        VmcTristate shared = is_below(row[0], folders) ? VMC_YES : vmc_tristate_from_text(row[2]);

        g_hash_table_insert(reading->shared, g_strdup(row[0]), GINT_TO_POINTER(shared));
        read_size(reading, row[0], row[3]);
    }
}

/* Notes in each device its position among its like, from 1. */
static void
number_devices(const xmlNode *domain)
{
    g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
    const xmlNode *devices = vmc_xml_child(domain, "devices");

    for (xmlNode *node = vmc_xml_child(devices, NULL); node; node = vmc_xml_next(node, NULL)) {
        void *count = g_hash_table_lookup(counts, node->name);

        if (vmc_xml_is(node, "emulator"))
            continue; /* there is one */
        node->_private = GUINT_TO_POINTER(GPOINTER_TO_UINT(count) + 1);
        g_hash_table_insert(counts, (void *)node->name, node->_private);
    }
}

static gboolean
read_all(VmcReading *reading, GError **error)
{
    number_devices(reading->domain);
    if (reading->written)
        number_devices(reading->written);
    read_identity(reading->req, reading->domain);
    read_status(reading);
    read_shared(reading);
    if (!vmc_reading_cpu(reading, error))
        return FALSE;
    vmc_reading_choices(reading);
    vmc_reading_files(reading);
    vmc_reading_resources(reading);
    vmc_reading_memory(reading);
    vmc_reading_tuning(reading);
    vmc_reading_invalid(reading);
    vmc_reading_disks(reading);
    vmc_reading_hostdevs(reading);
    vmc_reading_chardevs(reading);
    vmc_reading_traits(reading);
    vmc_reading_versions(reading);
    vmc_reading_claims(reading);
    return TRUE;
}

static const xmlNode *
definition_of(const VmcReading *reading, const char *file, GError **error)
{
    g_autofree char *name = fact_name(reading->folder, file);

    return vmc_derive_fact(reading->facts, name, "domain", error);
}

/* @written: whether a definition as the user wrote it stands beside a live one. */
static gboolean
read_definitions(VmcReading *reading, const char *file, gboolean written, GError **error)
{
    reading->domain = definition_of(reading, file, error);
    if (!reading->domain)
        return FALSE;
    if (written) {
        reading->written = definition_of(reading, "inactive.xml", error);
        if (!reading->written)
            return FALSE;
    }
    reading->live = g_str_equal(file, "live.xml");
    return read_all(reading, error);
}

VmcRequirement *
vmc_derive_requirement(
    const VmcFacts *facts, const char *folder, VmcState as, const VmcHost *source, GError **error)
{
    g_autoptr(VmcRequirement) req = vmc_requirement_new();
    VmcReading reading = { .req = req, .facts = facts, .folder = folder };
    const char *file = pick_definition(facts, folder, as);
    gboolean read = FALSE;

    if (!file) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("%1$s: there is no definition of the domain"), folder);
        return NULL;
    }
    req->state = as;
    req->facts = facts;
    req->definition = fact_name(folder, file);
    req->source = source;
    req->source_uuid = source ? g_strdup(source->uuid) : NULL;
    read = read_definitions(
        &reading, file, g_str_equal(file, "live.xml") && has_fact(&reading, "inactive.xml"), error);
    g_clear_pointer(&reading.shared, g_hash_table_unref);
    g_clear_pointer(&reading.sizes, g_hash_table_unref);
    return read ? g_steal_pointer(&req) : NULL;
}
