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

static void
drop_text(xmlNode *node)
{
    for (xmlNode *child = node->children, *next; child; child = next) {
        next = child->next;
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
            xmlUnlinkNode(child);
            xmlFreeNode(child);
        }
    }
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

static void
strip_element(xmlNode *node)
{
    for (xmlAttr *attribute = node->properties, *next; attribute; attribute = next) {
        next = attribute->next;
        if (holds_secret(node, (const char *)attribute->name))
            xmlRemoveProp(attribute);
    }
    if (node->children && holds_secret(node, NULL))
        drop_text(node);
}

void
vmc_xml_strip_secrets(xmlNode *node)
{
    strip_element(node);
    for (xmlNode *child = vmc_xml_child(node, NULL); child; child = vmc_xml_next(child, NULL))
        vmc_xml_strip_secrets(child);
}
