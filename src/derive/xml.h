/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * XML from outside, from libvirt and from strangers alike: capped, pre-scanned
 * and parsed with no network, no entities, no DTD (testing.md section 4.3).
 */
#pragma once

#include "model/error.h"
#include "model/facts.h"

#include <libxml/tree.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/* @length: -1 for a NUL-terminated text.  @cap: bytes.  @what: names the text
 * in messages ("capabilities of the host").  VMC_ERROR_TOO_LARGE or BAD_DATA. */
xmlDoc *vmc_xml_parse(
    const char *text, gssize length, size_t cap, const char *what, GError **error);

/* A text of libvirt's that nobody will write again: without the white space between its
 * elements, which makes half of the nodes. */
xmlDoc *vmc_xml_parse_to_read(const char *text, const char *what, GError **error);

/* An element as it begins. */
typedef struct {
    const char *name;
    unsigned int depth; /* elements around it */
    const xmlChar **attributes;
    int n_attributes;
} VmcXmlElement;
typedef void (*VmcXmlElementFunc)(const VmcXmlElement *element, void *opaque);

/* Each element of a text of libvirt's, and no tree; as vmc_xml_parse() otherwise.  FALSE:
 * the text is unsound, and what was told of it is worth nothing. */
gboolean vmc_xml_foreach(
    const char *text, const char *what, VmcXmlElementFunc func, void *opaque, GError **error);

/* g_free(); NULL where there is none. */
char *vmc_xml_element_attr(const VmcXmlElement *element, const char *name);

/* The limits beside size, on their own: for text and fuzz tests. */
gboolean vmc_xml_prescan(
    const char *text, size_t length, size_t cap, const char *what, GError **error);

/* Behind the '>' of the tag that begins at @tag, quoted ones not counted; NULL: there is
 * none before @end.  *@ret_attributes: how many it has until there. */
const char *vmc_xml_tag_end(const char *tag, const char *end, size_t *ret_attributes);

/* Child elements; @name NULL: any.  Namespaces are looked at by name only
 * where @ns is given. */
xmlNode *vmc_xml_child(const xmlNode *node, const char *name);
xmlNode *vmc_xml_next(const xmlNode *node, const char *name); /* sibling */

/* As vmc_xml_child() and vmc_xml_next(), for the first name of a path; "*": any. */
xmlNode *vmc_xml_child_step(const xmlNode *node, const char *path);
xmlNode *vmc_xml_next_step(const xmlNode *node, const char *path);

/* Follows child names: vmc_xml_path(domain, "os/loader"). */
xmlNode *vmc_xml_path(const xmlNode *node, const char *path);

/* g_free(); NULL where there is none (node may be NULL). */
char *vmc_xml_attr(const xmlNode *node, const char *name);
char *vmc_xml_text(const xmlNode *node); /* stripped of white space at the ends */
gboolean vmc_xml_attr_is(const xmlNode *node, const char *name, const char *value);
gboolean vmc_xml_attr_uint(const xmlNode *node, const char *name, guint64 *ret_value);
gboolean vmc_xml_is(const xmlNode *node, const char *name);

/* <memory unit='KiB'>1</memory> and the like (libvirt's units; default KiB) → KiB. */
gboolean vmc_xml_scaled_kib(const xmlNode *node, guint64 *ret_kib);

/* The text of one element and what is in it.  g_free() */
char *vmc_xml_dump(const xmlNode *node);

/* Drops passwords and keys from an element and what is in it; FALSE: there were none. */
gboolean vmc_xml_strip_secrets(xmlNode *node);

/* Takes an element out of its document: the first of a document of its own. */
xmlDoc *vmc_xml_extract(xmlNode *node);

/* Facts that are held as an xmlDoc. */
extern const VmcParsedForm vmc_xml_form;
