/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a file of the corpus is: by its root element, with a parser of our own
 * that refuses nothing that libxml2 takes.
 */
#include "corpus.h"
#include "derive/xml.h"

#include <libxml/parser.h>
#include <string.h>

static const char *const roots[] = {
    [CORPUS_DOMAIN] = "domain",
    [CORPUS_CAPABILITIES] = "capabilities",
    [CORPUS_DOMCAPS] = "domainCapabilities",
};

void
corpus_file_free(void *opaque)
{
    CorpusFile *file = opaque;

    if (!file)
        return;
    g_free(file->file);
    g_ptr_array_unref(file->texts);
    g_free(file);
}

static CorpusKind
kind_of(const xmlNode *root)
{
    for (size_t i = 0; i < G_N_ELEMENTS(roots); i++) {
        if (vmc_xml_is(root, roots[i]))
            return (CorpusKind)i;
    }
    return CORPUS_OTHER;
}

/* Status files, snapshots and checkpoints have definitions in them. */
static void
find_definitions(CorpusFile *file, const xmlNode *node)
{
    for (const xmlNode *child = vmc_xml_child(node, NULL); child;
         child = vmc_xml_next(child, NULL)) {
        if (vmc_xml_is(child, "domain") && vmc_xml_child(child, "name"))
            g_ptr_array_add(file->texts, vmc_xml_dump(child));
        else
            find_definitions(file, child);
    }
}

CorpusFile *
corpus_file_read(const char *path)
{
    g_autoptr(CorpusFile) file = g_new0(CorpusFile, 1);
    g_autofree char *text = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    gsize length = 0;

    file->file = g_strdup(path);
    file->kind = CORPUS_OTHER;
    file->texts = g_ptr_array_new_with_free_func(g_free);
    if (!g_file_get_contents(path, &text, &length, NULL))
        return NULL;
    if (length < G_MAXINT)
        doc = xmlReadMemory(text, (int)length, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (doc)
        file->kind = kind_of(xmlDocGetRootElement(doc));
    if (doc && file->kind == CORPUS_OTHER)
        find_definitions(file, xmlDocGetRootElement(doc));
    if (file->texts->len > 0)
        file->kind = CORPUS_DOMAIN;
    else
        g_ptr_array_add(file->texts, g_steal_pointer(&text));
    return g_steal_pointer(&file);
}
