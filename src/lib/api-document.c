/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Public calls on documents.
 */
#include "collect/collect.h"
#include "derive/embedded.h"
#include "lib/lib.h"

#include <stdlib.h>

VmcDocument *
vmc_document_ref(VmcDocument *document)
{
    g_return_val_if_fail(document != NULL, NULL);
    return g_atomic_rc_box_acquire(document);
}

void
vmc_document_unref(VmcDocument *document)
{
    if (document)
        g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
}

static VmcDocument *
document_from_xml(GBytes *bytes, GError **error)
{
    g_autoptr(VmcFacts) facts = NULL;
    g_autofree char *generator = NULL;
    VmcDocument *document;

    facts = vmc_facts_from_xml(bytes, &generator, error);
    if (!facts)
        return NULL;
    document = vmc_document_new(g_steal_pointer(&facts), error);
    if (document)
        document->generator = g_steal_pointer(&generator);
    return document;
}

/* The first byte that is no white space tells the forms apart. */
static GBytes *
payload_of(GBytes *bytes, GError **error)
{
    g_autoptr(GBytes) blob = NULL;
    size_t size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    size_t start = 0;

    while (start < size && g_ascii_isspace(data[start]))
        start++;
    if (start < size && data[start] == '<')
        return g_bytes_ref(bytes);
    if (start < size && data[start] == '-') {
        blob = vmc_blob_dearmor(data, size, error);
        return blob ? vmc_blob_unwrap(blob, error) : NULL;
    }
    return vmc_blob_unwrap(bytes, error);
}

VmcDocument *
vmc_document_from_bytes(GBytes *bytes, unsigned int flags, GError **error)
{
    g_autoptr(GBytes) payload = NULL;

    g_return_val_if_fail(bytes != NULL, NULL);
    if (vmc_refuse_flags(flags, 0, error))
        return NULL;
    payload = payload_of(bytes, error);
    return payload ? document_from_xml(payload, error) : NULL;
}

static VmcDocument *
narrow_to_domain(const VmcDocument *all, const char *domain, GError **error)
{
    for (size_t i = 0; i < all->systems->len; i++) {
        const VmcSystem *system = all->systems->pdata[i];

        if (g_strcmp0(system->name, domain) == 0 || g_strcmp0(system->uuid, domain) == 0)
            return vmc_document_new(vmc_document_system_facts(all->facts, system), error);
    }
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("the folder holds no domain '%s'"),
                domain);
    return NULL;
}

VmcDocument *
vmc_document_from_folder(const char *folder, const char *domain, unsigned int flags, GError **error)
{
    g_autoptr(VmcFacts) facts = NULL;
    g_autoptr(VmcDocument) all = NULL;

    g_return_val_if_fail(folder != NULL, NULL);
    if (vmc_refuse_flags(flags, 0, error))
        return NULL;
    facts = vmc_facts_load(folder, error);
    if (!facts)
        return NULL;
    vmc_embedded_strip_facts(facts);
    vmc_collect_missing_expansions(facts);
    vmc_document_set_offer(facts, TRUE);
    all = vmc_document_new(g_steal_pointer(&facts), error);
    if (!all || !domain)
        return g_steal_pointer(&all);
    return narrow_to_domain(all, domain, error);
}

VmcDocument *
vmc_document_from_domain_xml(const char *xml, unsigned int flags, GError **error)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *now = g_strdup_printf("%" G_GINT64_FORMAT, g_get_real_time() / G_USEC_PER_SEC);

    g_return_val_if_fail(xml != NULL, NULL);
    if (vmc_refuse_flags(flags, 0, error))
        return NULL;
    vmc_facts_set(facts, "domains/file/inactive.xml", xml);
    vmc_embedded_strip_facts(facts);
    vmc_facts_add_row(facts, "host/host.tsv", 2, (const char *[]){ "time", now });
    vmc_collect_missing_expansions(facts);
    return vmc_document_new(g_steal_pointer(&facts), error);
}

GBytes *
vmc_document_to_blob(const VmcDocument *document, unsigned int flags, GError **error)
{
    g_autofree char *xml = NULL;
    g_autoptr(GBytes) blob = NULL;

    g_return_val_if_fail(document != NULL, NULL);
    if (vmc_refuse_flags(flags, VMC_BLOB_ARMOR, error))
        return NULL;
    xml = vmc_document_to_xml(document);
    blob = vmc_blob_wrap(xml, strlen(xml), error);
    if (blob && (flags & VMC_BLOB_ARMOR)) {
        char *armor = vmc_blob_armor(blob);

        return g_bytes_new_take(armor, strlen(armor));
    }
    return g_steal_pointer(&blob);
}

char *
vmc_document_to_text(const VmcDocument *document, VmcFormat format, GError **error)
{
    g_return_val_if_fail(document != NULL, NULL);

    switch (format) {
    case VMC_FORMAT_TEXT:
        return vmc_document_to_plain(document);
    case VMC_FORMAT_JSON:
        return vmc_document_to_json(document);
    case VMC_FORMAT_XML:
        return vmc_document_to_xml(document);
    case VMC_FORMAT_CIM:
        break;
    }
    g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                        _("a document has no such format (text, json, xml)"));
    return NULL;
}

size_t
vmc_document_n_systems(const VmcDocument *document)
{
    g_return_val_if_fail(document != NULL, 0);
    return document->systems->len;
}

gboolean
vmc_document_has_offer(const VmcDocument *document)
{
    g_return_val_if_fail(document != NULL, FALSE);
    return document->offer != NULL;
}

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
sorted_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    qsort(lines, g_strv_length(lines), sizeof(char *), compare_lines);
    return g_strjoinv("\n", lines);
}

/* XML is spelt anew when a document is written, and the rows of tables have no
 * order; the digest must not care. */
static char *
normal_text(const char *name, const char *text)
{
    g_autoptr(xmlDoc) doc = NULL;

    if (g_str_has_suffix(name, ".tsv"))
        return sorted_lines(text);
    if (!g_str_has_suffix(name, ".xml"))
        return g_strdup(text);
    doc = vmc_xml_parse(text, -1, VMC_MAX_XML, name, NULL);
    return doc ? vmc_xml_dump(xmlDocGetRootElement(doc)) : g_strdup(text);
}

char *
vmc_document_digest(const VmcDocument *document)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_auto(GStrv) names = NULL;

    g_return_val_if_fail(document != NULL, NULL);
    names = vmc_facts_list(document->facts, "domains/");
    for (char **name = names; *name; name++) {
        g_autofree char *text = normal_text(*name, vmc_facts_get(document->facts, *name));

        g_checksum_update(checksum, (const guchar *)*name, (gssize)strlen(*name) + 1);
        g_checksum_update(checksum, (const guchar *)text, (gssize)strlen(text) + 1);
    }
    return g_strdup(g_checksum_get_string(checksum));
}
