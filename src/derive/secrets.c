/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What does not leave a host: passwords and keys in libvirt's XML.
 */
#include "derive/xml.h"

typedef struct {
    const char *element;   /* NULL: any */
    const char *attribute; /* NULL: its text */
} Secret;

/* libvirt gives none of these without VIR_DOMAIN_XML_SECURE; files by hand and
 * strangers may. */
static const Secret secrets[] = {
    { .attribute = "passwd" }, { .attribute = "password" },
    { .element = "secret" },   { .element = "secret", .attribute = "value" },
    { .element = "password" }, { .element = "passwd" },
    { .element = "cookie" },
};

static gboolean
drop_text(xmlNode *node)
{
    gboolean dropped = FALSE;

    for (xmlNode *child = node->children, *next; child; child = next) {
        next = child->next;
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
            dropped = TRUE;
        }
    }
    return dropped;
}

static gboolean
is_secret(const Secret *secret, const xmlNode *node, const char *attribute)
{
    return g_strcmp0(secret->attribute, attribute) == 0 &&
           (!secret->element || vmc_xml_is(node, secret->element));
}

/* @attribute NULL: its text. */
static gboolean
holds_secret(const xmlNode *node, const char *attribute)
{
    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++) {
        if (is_secret(&secrets[i], node, attribute))
            return TRUE;
    }
    return FALSE;
}

static gboolean
strip_element(xmlNode *node)
{
    gboolean dropped = FALSE;

    for (xmlAttr *attribute = node->properties, *next; attribute; attribute = next) {
        next = attribute->next;
        if (!holds_secret(node, (const char *)attribute->name))
            continue;
        xmlRemoveProp(attribute);
        dropped = TRUE;
    }
    if (node->children && holds_secret(node, NULL))
        dropped |= drop_text(node);
    return dropped;
}

gboolean
vmc_xml_strip_secrets(xmlNode *node)
{
    gboolean dropped = strip_element(node);

    for (xmlNode *child = vmc_xml_child(node, NULL); child; child = vmc_xml_next(child, NULL))
        dropped |= vmc_xml_strip_secrets(child);
    return dropped;
}
