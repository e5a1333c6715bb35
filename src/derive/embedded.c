/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Our element in a domain's metadata: found, and taken out.
 */
#include "derive/embedded.h"

#include <string.h>

static gboolean
is_ours(const xmlNode *node)
{
    return vmc_xml_is(node, "blob") && node->ns &&
           xmlStrEqual(node->ns->href, BAD_CAST VMC_EMBEDDED_URI);
}

xmlNode *
vmc_embedded_node(const xmlNode *domain)
{
    const xmlNode *metadata = vmc_xml_child(domain, "metadata");
    xmlNode *node = metadata ? vmc_xml_child(metadata, NULL) : NULL;

    while (node && !is_ours(node))
        node = vmc_xml_next(node, NULL);
    return node;
}

static void
drop(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

/* With the line break in front of it. */
static void
drop_line(xmlNode *node)
{
    xmlNode *before = node->prev;

    if (before && before->type == XML_TEXT_NODE && xmlIsBlankNode(before))
        drop(before);
    drop(node);
}

/* libvirt writes no <metadata> that is empty. */
static gboolean
strip(xmlNode *domain)
{
    xmlNode *metadata = vmc_xml_child(domain, "metadata");
    xmlNode *node = NULL;
    gboolean any = FALSE;

    for (; (node = vmc_embedded_node(domain)); any = TRUE)
        drop_line(node);
    if (any && !vmc_xml_child(metadata, NULL))
        drop_line(metadata);
    return any;
}

char *
vmc_embedded_strip(const char *domain_xml)
{
    g_autoptr(xmlDoc) doc = NULL;

    if (!strstr(domain_xml, VMC_EMBEDDED_URI))
        return NULL;
    doc = vmc_xml_parse(domain_xml, -1, VMC_MAX_XML, "domain", NULL);
    if (!doc || !strip(xmlDocGetRootElement(doc)))
        return NULL;
    return vmc_xml_dump(xmlDocGetRootElement(doc));
}

void
vmc_embedded_strip_facts(VmcFacts *facts)
{
    g_auto(GStrv) names = vmc_facts_list(facts, "domains/");

    for (char **name = names; *name; name++) {
        g_autofree char *stripped = NULL;

        if (!g_str_has_suffix(*name, ".xml"))
            continue;
        stripped = vmc_embedded_strip(vmc_facts_get(facts, *name));
        if (stripped)
            vmc_facts_set(facts, *name, stripped);
    }
}

/* "name=value" of all attributes but the time, in the order in which we write them. */
static char *
provenance(const char *element)
{
    g_autoptr(xmlDoc) doc = vmc_xml_parse(element, -1, VMC_MAX_XML, "metadata", NULL);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);

    for (xmlAttr *at = doc ? xmlDocGetRootElement(doc)->properties : NULL; at; at = at->next) {
        const char *name = (const char *)at->name;
        g_autofree char *value = vmc_xml_attr(at->parent, name);

        if (!g_str_equal(name, "time"))
            g_ptr_array_add(rows, g_strdup_printf("%s=%s", name, value));
    }
    g_ptr_array_add(rows, NULL);
    return g_strjoinv("\n", (char **)rows->pdata);
}

gboolean
vmc_embedded_same(const char *one, const char *other)
{
    g_autofree char *left = provenance(one);
    g_autofree char *right = provenance(other);

    return *left && g_str_equal(left, right);
}
