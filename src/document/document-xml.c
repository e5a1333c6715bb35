/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts ⇄ the document's XML.  The two tables at the bottom say everything that
 * is peculiar to one fact; vmcompat-document(5) and xml/document.rng are to say
 * the same.
 */
#include "derive/xml.h"
#include "document/document.h"
#include "document/rows.h"
#include "document/slices.h"
#include "document/xml-write.h"

#include <string.h>

#ifndef PACKAGE_VERSION
# define PACKAGE_VERSION "0.1.0"
#endif

#define DOCUMENT_VERSION 1

typedef enum {
    SHAPE_ATTRIBUTES, /* key TAB value rows → attributes of the scope's element */
    SHAPE_ROWS,       /* columns → attributes of one element a row */
    SHAPE_TEXT,       /* text → content of an element */
    SHAPE_DIRECT,     /* XML → itself; a '*' in the fact's name is a running number */
    SHAPE_WRAPPED,    /* XML → itself in an element that says which */
} Shape;

typedef struct {
    const char *fact; /* name below the scope; '*' is any one component */
    Shape shape;
    const char *element;
    const char *key;   /* its attribute that holds what '*' stands for … */
    const char *value; /* … or always this */
    const char *row;
    const char *columns[VMC_MAX_COLUMNS + 1]; /* attributes of a row */
} FactXml;

/* XML that nobody may ask for, and tables, which need no parser. */
static gboolean
is_sliced(const FactXml *form)
{
    return form->shape == SHAPE_DIRECT || form->shape == SHAPE_WRAPPED || form->shape == SHAPE_ROWS;
}

static const FactXml *host_facts(void);
static const FactXml *system_facts(void);
static gboolean understood(const char *feature);

/* ---- writing ---------------------------------------------------------------- */

static int
compare_rows(const void *a, const void *b)
{
    char *const *left = *(char **const *)a;
    char *const *right = *(char **const *)b;

    for (size_t i = 0; left[i] && right[i]; i++) {
        int order = strcmp(left[i], right[i]);
        if (order != 0)
            return order;
    }
    return (left[0] ? 1 : 0) - (right[0] ? 1 : 0);
}

static GPtrArray *
sorted_rows(const VmcFacts *facts, const char *name, size_t n_columns)
{
    GPtrArray *rows = vmc_facts_rows(facts, name, n_columns);

    if (rows)
        g_ptr_array_sort(rows, compare_rows);
    return rows;
}

/* Of a name in a saved folder's table; what XML can't name is left out. */
static gboolean
is_attribute_name(const char *name)
{
    if (!g_ascii_isalpha(*name) || g_str_has_prefix(name, "xml") || strcmp(name, "key") == 0)
        return FALSE;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
           strlen(name);
}

static void
write_attributes(GString *out, const VmcFacts *facts, const char *name)
{
    g_autoptr(GPtrArray) rows = sorted_rows(facts, name, 2);
    const char *last = "";

    for (size_t i = 0; rows && i < rows->len; i++) {
        char **row = rows->pdata[i];

        if (!is_attribute_name(row[0]) || strcmp(row[0], last) == 0)
            continue;
        vmc_xml_add_attr(out, row[0], row[1]);
        last = row[0];
    }
}

static void
write_row(GString *out, const FactXml *form, char *const *row)
{
    g_string_append_printf(out, "   <%s", form->row);
    for (size_t i = 0; form->columns[i]; i++)
        if (i == 0 || *row[i] != '\0')
            vmc_xml_add_attr(out, form->columns[i], row[i]);
    g_string_append(out, "/>\n");
}

static size_t
n_columns(const FactXml *form)
{
    size_t n = 0;

    while (form->columns[n])
        n++;
    return n;
}

static void
write_rows(GString *out, const FactXml *form, const VmcFacts *facts, const char *name)
{
    g_autoptr(GPtrArray) rows = sorted_rows(facts, name, n_columns(form));

    for (size_t i = 0; i < rows->len; i++)
        write_row(out, form, rows->pdata[i]);
}

/* What can't be parsed is left out, as if it had never been asked; who makes a
 * document of one domain has it derived first, which refuses it. */
static char *
clean_xml(const VmcFacts *facts, const char *name)
{
    const char *text = vmc_facts_get(facts, name);
    g_autoptr(xmlDoc) doc = NULL;
    xmlNode *root = NULL;

    if (vmc_facts_is_clean(facts, name))
        return g_strchomp(g_strdup(text));
    doc = vmc_xml_parse(text, -1, VMC_MAX_XML, name, NULL);
    root = doc ? xmlDocGetRootElement(doc) : NULL;
    if (!root)
        return NULL;
    vmc_xml_strip_secrets(root);
    return vmc_xml_dump(root);
}

static void
open_element(GString *out, const FactXml *form, const char *key)
{
    g_string_append_printf(out, "  <%s", form->element);
    if (form->key)
        vmc_xml_add_attr(out, form->key, form->value ? form->value : key);
    g_string_append(out, ">\n");
}

static void
write_xml(
    GString *out, const FactXml *form, const VmcFacts *facts, const char *name, const char *key)
{
    g_autofree char *xml = clean_xml(facts, name);

    if (!xml)
        return;
    if (form->shape == SHAPE_DIRECT) {
        g_string_append_printf(out, "%s\n", xml);
        return;
    }
    open_element(out, form, key);
    g_string_append_printf(out, "%s\n  </%s>\n", xml, form->element);
}

static void
write_text(GString *out, const FactXml *form, const char *text, const char *key)
{
    g_autofree char *stripped = g_strstrip(g_strdup(text));

    open_element(out, form, key);
    g_string_truncate(out, out->len - 1);
    vmc_xml_add_text(out, stripped);
    g_string_append_printf(out, "</%s>\n", form->element);
}

static void
write_fact(
    GString *out, const FactXml *form, const VmcFacts *facts, const char *name, const char *key)
{
    const char *text = vmc_facts_get(facts, name);

    if (!text)
        return;
    switch (form->shape) {
    case SHAPE_ATTRIBUTES:
        return; /* written with the start tag */
    case SHAPE_ROWS:
        open_element(out, form, key);
        write_rows(out, form, facts, name);
        g_string_append_printf(out, "  </%s>\n", form->element);
        return;
    case SHAPE_TEXT:
        write_text(out, form, text, key);
        return;
    case SHAPE_DIRECT:
    case SHAPE_WRAPPED:
        write_xml(out, form, facts, name, key);
        return;
    }
}

/* What '*' stands for in @name, or NULL if @name is of another kind. */
static char *
star_of(const char *name, const char *before, const char *after)
{
    size_t length = strlen(name), skip = strlen(before), tail = strlen(after);

    if (length <= skip + tail || !g_str_has_suffix(name, after))
        return NULL;
    if (memchr(name + skip, '/', length - skip - tail))
        return NULL;
    return g_strndup(name + skip, length - skip - tail);
}

static void
write_form(GString *out, const FactXml *form, const VmcFacts *facts, const char *scope)
{
    const char *star = strchr(form->fact, '*');
    g_autofree char *before = NULL;
    g_auto(GStrv) names = NULL;

    before = g_strdup_printf("%s/%.*s", scope,
                             (int)(star ? star - form->fact : (ptrdiff_t)strlen(form->fact)),
                             form->fact);
    if (!star) {
        write_fact(out, form, facts, before, NULL);
        return;
    }
    names = vmc_facts_list(facts, before);
    for (char **name = names; *name; name++) {
        g_autofree char *key = star_of(*name, before, star + 1);
        if (key)
            write_fact(out, form, facts, *name, key);
    }
}

static void
write_scope(GString *out,
            const char *element,
            const char *key,
            const FactXml *forms,
            const VmcFacts *facts,
            const char *scope)
{
    g_string_append_printf(out, " <%s", element);
    if (key)
        vmc_xml_add_attr(out, "key", key);
    for (const FactXml *form = forms; form->fact; form++) {
        g_autofree char *name = g_strconcat(scope, "/", form->fact, NULL);

        if (form->shape == SHAPE_ATTRIBUTES)
            write_attributes(out, facts, name);
    }
    g_string_append(out, ">\n");
    for (const FactXml *form = forms; form->fact; form++)
        write_form(out, form, facts, scope);
    g_string_append_printf(out, " </%s>\n", element);
}

static void
write_systems(GString *out, const VmcFacts *facts)
{
    g_auto(GStrv) names = vmc_facts_list(facts, "domains/");
    g_autofree char *last = g_strdup("");

    for (char **name = names; *name; name++) {
        g_auto(GStrv) parts = g_strsplit(*name, "/", 3);
        g_autofree char *scope = NULL;

        if (g_strv_length(parts) < 3 || strcmp(parts[1], last) == 0)
            continue;
        scope = g_strdup_printf("domains/%s", parts[1]);
        write_scope(out, "system", parts[1], system_facts(), facts, scope);
        g_free(last);
        last = g_steal_pointer(&parts[1]);
        parts[1] = g_strdup("");
    }
}

char *
vmc_document_to_xml(const VmcDocument *document)
{
    g_autoptr(GString) out = g_string_new("<?xml version='1.0' encoding='UTF-8'?>\n");
    const char *generator = document->generator ? document->generator : PACKAGE_VERSION;

    g_string_append_printf(out, "<vmcompat version='%d'", DOCUMENT_VERSION);
    vmc_xml_add_attr(out, "generator", generator);
    g_string_append(out, ">\n <requires>\n  <feature name='facts'/>\n </requires>\n");
    write_scope(out, "host", NULL, host_facts(), document->facts, "host");
    write_systems(out, document->facts);
    g_string_append(out, "</vmcompat>\n");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- reading ---------------------------------------------------------------- */

typedef struct {
    GBytes *xml;
    VmcFacts *facts;
    VmcSlices *slices; /* NULL: all is in the tree */
} Reading;

/* Keys become names of files when facts are saved. */
static gboolean
is_safe_key(const char *key)
{
    return key && *key != '\0' && *key != '.' && strlen(key) <= 1024 && !strchr(key, '/');
}

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean
refuse(GError **error, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, VMC_ERROR, VMC_ERROR_BAD_DATA, message);
    return FALSE;
}

static int
compare_attributes(const void *a, const void *b)
{
    const xmlAttr *left = *(xmlAttr *const *)a;
    const xmlAttr *right = *(xmlAttr *const *)b;

    return strcmp((const char *)left->name, (const char *)right->name);
}

static void
read_attributes(VmcFacts *facts, const char *name, const xmlNode *node)
{
    g_autoptr(GPtrArray) attributes = g_ptr_array_new();

    for (xmlAttr *attribute = node->properties; attribute; attribute = attribute->next)
        if (is_attribute_name((const char *)attribute->name))
            g_ptr_array_add(attributes, attribute);
    g_ptr_array_sort(attributes, compare_attributes);
    for (size_t i = 0; i < attributes->len; i++) {
        const char *key = (const char *)((xmlAttr *)attributes->pdata[i])->name;
        g_autofree char *value = vmc_xml_attr(node, key);
        vmc_facts_add_row(facts, name, 2, (const char *[]){ key, value });
    }
}

static void
read_row(VmcFacts *facts, const char *name, const FactXml *form, const xmlNode *node)
{
    char *values[VMC_MAX_COLUMNS + 1] = { NULL };
    size_t n = n_columns(form);

    for (size_t i = 0; i < n; i++)
        values[i] = vmc_xml_attr(node, form->columns[i]);
    vmc_facts_add_row(facts, name, n, (const char *const *)values);
    for (size_t i = 0; i < n; i++)
        g_free(values[i]);
}

static void
read_rows(VmcFacts *facts, const char *name, const FactXml *form, const xmlNode *node)
{
    vmc_facts_add_row(facts, name, 0, NULL);
    for (xmlNode *row = vmc_xml_child(node, form->row); row; row = vmc_xml_next(row, form->row))
        read_row(facts, name, form, row);
}

static void
read_text(VmcFacts *facts, const char *name, const xmlNode *node)
{
    g_autofree char *text = vmc_xml_text(node);
    g_autofree char *line = g_strconcat(text ? text : "", "\n", NULL);

    vmc_facts_set(facts, name, line);
}

static void
read_xml(VmcFacts *facts, const char *name, xmlNode *node)
{
    xmlDoc *doc = node ? vmc_xml_extract(node) : NULL;

    if (doc)
        vmc_facts_set_parsed(facts, name, doc, &vmc_xml_form);
}

/* As if the element had been parsed, and written again. */
static void
read_text_slice(const Reading *reading,
                const char *name,
                const FactXml *form,
                const VmcSlice *slice)
{
    gboolean wrapped = form->shape == SHAPE_WRAPPED;
    size_t skipped = wrapped ? slice->open : 0;
    const char *start = slice->start + skipped;
    const char *end = slice->start + slice->length - (wrapped ? slice->close : 0);

    while (start < end && g_ascii_isspace(*start))
        start++;
    while (end > start && g_ascii_isspace(end[-1]))
        end--;
    vmc_facts_set_part(reading->facts, name, reading->xml, start, (size_t)(end - start));
}

static gboolean
read_slice(const Reading *reading,
           const char *name,
           const FactXml *form,
           const VmcSlice *slice,
           GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;

    if (form->shape != SHAPE_ROWS) {
        read_text_slice(reading, name, form, slice);
        return TRUE;
    }
    if (vmc_rows_read(reading->facts, name, form->row, form->columns, slice))
        return TRUE;
    doc = vmc_xml_parse(slice->start, (gssize)slice->length, VMC_MAX_XML, name, error);
    if (!doc)
        return FALSE;
    read_rows(reading->facts, name, form, xmlDocGetRootElement(doc));
    return TRUE;
}

/* What a fact holds as XML is taken out of the document. */
static void
read_fact(VmcFacts *facts, const char *name, const FactXml *form, xmlNode *node)
{
    switch (form->shape) {
    case SHAPE_ATTRIBUTES:
        return;
    case SHAPE_ROWS:
        read_rows(facts, name, form, node);
        return;
    case SHAPE_TEXT:
        read_text(facts, name, node);
        return;
    case SHAPE_DIRECT:
        read_xml(facts, name, node);
        return;
    case SHAPE_WRAPPED:
        read_xml(facts, name, vmc_xml_child(node, NULL));
        return;
    }
}

static const FactXml *
form_of(const FactXml *forms, const xmlNode *node)
{
    for (; forms->fact; forms++) {
        if (forms->shape == SHAPE_ATTRIBUTES || !vmc_xml_is(node, forms->element))
            continue;
        if (!forms->value || vmc_xml_attr_is(node, forms->key, forms->value))
            return forms;
    }
    return NULL; /* of a newer writer, and not required */
}

/* NULL with @error set if the element says nothing usable. */
static char *
name_of(const FactXml *form,
        const char *scope,
        const xmlNode *node,
        unsigned int number,
        GError **error)
{
    const char *star = strchr(form->fact, '*');
    g_autofree char *before = NULL;
    g_autofree char *key = NULL;

    if (!star)
        return g_strconcat(scope, "/", form->fact, NULL);
    key = form->key ? vmc_xml_attr(node, form->key) : g_strdup_printf("%04u", number);
    if (!is_safe_key(key)) {
        refuse(error, _("the document has an element <%s> without a usable key"), form->element);
        return NULL;
    }
    before = g_strndup(form->fact, (gsize)(star - form->fact));
    return g_strconcat(scope, "/", before, key, star + 1, NULL);
}

static const VmcSlice *
slice_of(const Reading *reading, const FactXml *form, const xmlNode *node)
{
    g_autofree char *number = reading->slices && is_sliced(form) ? vmc_xml_text(node) : NULL;

    return vmc_slices_get(reading->slices, number);
}

static gboolean
read_element(const Reading *reading,
             const FactXml *forms,
             const char *scope,
             xmlNode *node,
             unsigned int number,
             GError **error)
{
    const FactXml *form = form_of(forms, node);
    const VmcSlice *slice = NULL;
    g_autofree char *name = NULL;

    if (!form)
        return TRUE;
    name = name_of(form, scope, node, number, error);
    if (!name)
        return FALSE;
    if (vmc_facts_has(reading->facts, name))
        return refuse(error, _("the document tells '%s' twice"), name);
    slice = slice_of(reading, form, node);
    if (slice)
        return read_slice(reading, name, form, slice, error);
    read_fact(reading->facts, name, form, node);
    return TRUE;
}

static gboolean
read_scope(const Reading *reading,
           const FactXml *forms,
           const char *scope,
           const xmlNode *node,
           GError **error)
{
    VmcFacts *facts = reading->facts;
    unsigned int number = 0;

    for (const FactXml *form = forms; form->fact; form++) {
        g_autofree char *name = NULL;

        if (form->shape != SHAPE_ATTRIBUTES)
            continue;
        name = g_strconcat(scope, "/", form->fact, NULL);
        if (vmc_facts_has(facts, name))
            return refuse(error, _("the document tells '%s' twice"), scope);
        read_attributes(facts, name, node);
    }
    for (xmlNode *child = vmc_xml_child(node, NULL), *next; child; child = next) {
        next = vmc_xml_next(child, NULL);
        if (!read_element(reading, forms, scope, child, number++, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_system(const Reading *reading, const xmlNode *node, GError **error)
{
    g_autofree char *key = vmc_xml_attr(node, "key");
    g_autofree char *scope = g_strdup_printf("domains/%s", key ? key : "");
    g_autofree char *prefix = g_strconcat(scope, "/", NULL);
    g_auto(GStrv) there = vmc_facts_list(reading->facts, prefix);

    if (!is_safe_key(key))
        return refuse(error, _("the document has an element <%s> without a usable key"), "system");
    if (there && there[0])
        return refuse(error, _("the document tells '%s' twice"), scope);
    return read_scope(reading, system_facts(), scope, node, error);
}

static gboolean
check_features(const xmlNode *root, GError **error)
{
    xmlNode *requires = vmc_xml_child(root, "requires");

    for (xmlNode *node = vmc_xml_child(requires, NULL); node; node = vmc_xml_next(node, NULL)) {
        g_autofree char *name = vmc_xml_attr(node, "name");
        if (vmc_xml_is(node, "feature") && understood(name))
            continue;
        g_set_error(error, VMC_ERROR, VMC_ERROR_NEWER,
                    _("made by a newer vmcompat (it needs '%s'); update vmcompat on this host"),
                    name ? name : (const char *)node->name);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_root(const xmlNode *root, GError **error)
{
    guint64 version = 0;

    if (!vmc_xml_is(root, "vmcompat"))
        return refuse(error, _("not a document of vmcompat: its outermost element is <%s>"),
                      (const char *)root->name);
    if (!vmc_xml_attr_uint(root, "version", &version) || version == 0)
        return refuse(error, _("the document has no valid %s"), "version");
    if (version > DOCUMENT_VERSION) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_NEWER,
                    _("made by a newer vmcompat (document version %" G_GUINT64_FORMAT
                      "); update vmcompat on this host"),
                    version);
        return FALSE;
    }
    return check_features(root, error);
}

static gboolean
read_root(const Reading *reading, const xmlNode *root, GError **error)
{
    xmlNode *host = vmc_xml_child(root, "host");

    if (host && vmc_xml_next(host, "host"))
        return refuse(error, _("the document tells '%s' twice"), "host");
    if (host && !read_scope(reading, host_facts(), "host", host, error))
        return FALSE;
    for (xmlNode *node = vmc_xml_child(root, "system"); node; node = vmc_xml_next(node, "system"))
        if (!read_system(reading, node, error))
            return FALSE;
    return TRUE;
}

static gboolean
is_slice(const char *name, size_t name_length)
{
    const FactXml *form = host_facts();

    while (form->fact && !(is_sliced(form) && strlen(form->element) == name_length &&
                           memcmp(form->element, name, name_length) == 0))
        form++;
    return form->fact != NULL;
}

static xmlDoc *
parse_document(const char *xml, size_t length, GError **error)
{
    return vmc_xml_parse(xml, (gssize)length, VMC_MAX_DOCUMENT, _("the document"), error);
}

VmcFacts *
vmc_facts_from_xml(GBytes *bytes, char **ret_generator, GError **error)
{
    size_t length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    const char *xml = data ? data : ""; /* no bytes have no place */
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcSlices) slices =
        length <= VMC_MAX_DOCUMENT ? vmc_slices_cut(xml, length, is_slice) : NULL;
    const Reading reading = { .xml = bytes, .facts = facts, .slices = slices };
    g_autoptr(xmlDoc) doc = NULL;
    xmlNode *root;

    if (slices)
        doc = parse_document(slices->rest->str, slices->rest->len, error);
    else
        doc = parse_document(xml, length, error);
    if (!doc)
        return NULL;
    root = xmlDocGetRootElement(doc);
    if (!check_root(root, error))
        return NULL;
    vmc_xml_strip_secrets(root);
    if (!read_root(&reading, root, error))
        return NULL;
    if (ret_generator)
        *ret_generator = vmc_xml_attr(root, "generator");
    return g_steal_pointer(&facts);
}

/* ---- the tables ------------------------------------------------------------- */

static const FactXml HOST_FACTS[] = {
    { .fact = "host.tsv", .shape = SHAPE_ATTRIBUTES },
    { .fact = "unprobed.tsv",
      .shape = SHAPE_ROWS,
      .element = "unprobed",
      .row = "part",
      .columns = { "name", "why" } },
    { .fact = "capabilities.xml", .shape = SHAPE_DIRECT, .element = "capabilities" },
    { .fact = "domcapabilities/*.xml", .shape = SHAPE_DIRECT, .element = "domainCapabilities" },
    { .fact = "cpu-expansions/*.xml",
      .shape = SHAPE_WRAPPED,
      .element = "cpuExpansion",
      .key = "model" },
    { .fact = "cpu-models/*.txt", .shape = SHAPE_TEXT, .element = "cpuModels", .key = "arch" },
    { .fact = "cpu-names.tsv",
      .shape = SHAPE_ROWS,
      .element = "cpuNames",
      .row = "cpuName",
      .columns = { "kind", "name", "known" } },
    { .fact = "networks.tsv",
      .shape = SHAPE_ROWS,
      .element = "networks",
      .row = "network",
      .columns = { "name", "active", "bridge", "forward", "virtualport", "portgroups",
                   "inbound" } },
    { .fact = "interfaces.tsv",
      .shape = SHAPE_ROWS,
      .element = "interfaces",
      .row = "interface",
      .columns = { "name", "kind" } },
    { .fact = "pools.tsv",
      .shape = SHAPE_ROWS,
      .element = "pools",
      .row = "pool",
      .columns = { "name", "active", "type", "target", "origin" } },
    { .fact = "volumes/*.tsv",
      .shape = SHAPE_ROWS,
      .element = "volumes",
      .key = "pool",
      .row = "volume",
      .columns = { "name", "path" } },
    { .fact = "secrets.tsv",
      .shape = SHAPE_ROWS,
      .element = "secrets",
      .row = "secret",
      .columns = { "uuid", "usageType", "usage", "hasValue" } },
    { .fact = "nwfilters.tsv",
      .shape = SHAPE_ROWS,
      .element = "nwfilters",
      .row = "nwfilter",
      .columns = { "name" } },
    { .fact = "nodedevs.tsv",
      .shape = SHAPE_ROWS,
      .element = "nodeDevices",
      .row = "device",
      .columns = { "name", "kind", "detail" } },
    { .fact = "domains.tsv",
      .shape = SHAPE_ROWS,
      .element = "domains",
      .row = "domainEntry",
      .columns = { "name", "uuid", "active", "persistent", "managedSave", "snapshots" } },
    { .fact = "cells.tsv",
      .shape = SHAPE_ROWS,
      .element = "cells",
      .row = "cell",
      .columns = { "id", "free" } },
    { .fact = "pages.tsv",
      .shape = SHAPE_ROWS,
      .element = "pages",
      .row = "page",
      .columns = { "cell", "size", "free" } },
    { .fact = "hugetlbfs.tsv",
      .shape = SHAPE_ROWS,
      .element = "hugetlbfs",
      .row = "mount",
      .columns = { "size", "path" } },
    { .fact = "devices.tsv",
      .shape = SHAPE_ROWS,
      .element = "devices",
      .row = "device",
      .columns = { "emulator", "virtType", "arch", "name", "known" } },
    { .fact = "settings.tsv",
      .shape = SHAPE_ROWS,
      .element = "settings",
      .row = "setting",
      .columns = { "name", "value" } },
    { .fact = "cpumap.txt", .shape = SHAPE_TEXT, .element = "cpumap" },
    { .fact = "files.tsv",
      .shape = SHAPE_ROWS,
      .element = "files",
      .row = "file",
      .columns = { "path", "kind", "shared", "size" } },
    { .fact = "addresses.tsv",
      .shape = SHAPE_ROWS,
      .element = "addresses",
      .row = "address",
      .columns = { "address" } },
    { .fact = "dry-runs.tsv",
      .shape = SHAPE_ROWS,
      .element = "dryRuns",
      .row = "dryRun",
      .columns = { "definition", "state", "answer", "code", "text" } },
    { .fact = "claims.tsv",
      .shape = SHAPE_ROWS,
      .element = "claims",
      .row = "claim",
      .columns = { "kind", "name", "shared", "domain", "uuid" } },
    { NULL },
};

static const FactXml SYSTEM_FACTS[] = {
    { .fact = "domain.tsv", .shape = SHAPE_ATTRIBUTES },
    { .fact = "live.xml",
      .shape = SHAPE_WRAPPED,
      .element = "definition",
      .key = "state",
      .value = "live" },
    { .fact = "inactive.xml",
      .shape = SHAPE_WRAPPED,
      .element = "definition",
      .key = "state",
      .value = "inactive" },
    { .fact = "saved.xml",
      .shape = SHAPE_WRAPPED,
      .element = "definition",
      .key = "state",
      .value = "saved" },
    { .fact = "saved-cpu.xml", .shape = SHAPE_WRAPPED, .element = "savedCpu" },
    { .fact = "blockjobs.tsv",
      .shape = SHAPE_ROWS,
      .element = "blockJobs",
      .row = "blockJob",
      .columns = { "disk", "type" } },
    { .fact = "files.tsv",
      .shape = SHAPE_ROWS,
      .element = "files",
      .row = "file",
      .columns = { "path", "kind", "shared", "size" } },
    { .fact = "backing.tsv",
      .shape = SHAPE_ROWS,
      .element = "backingImages",
      .row = "image",
      .columns = { "path", "backing" } },
    { .fact = "volumes.tsv",
      .shape = SHAPE_ROWS,
      .element = "volumes",
      .row = "volume",
      .columns = { "pool", "name", "path", "shared", "origin" } },
    { NULL },
};

/* What a reader must understand to judge a document safely. */
static const char *const FEATURES[] = {
    "facts", /* conclusions are the reader's own: everything is in the facts */
    NULL,
};

static const FactXml *
host_facts(void)
{
    return HOST_FACTS;
}

static const FactXml *
system_facts(void)
{
    return SYSTEM_FACTS;
}

static gboolean
understood(const char *feature)
{
    return feature && g_strv_contains(FEATURES, feature);
}
