/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Parsing of XML that is trusted by nobody.
 */
#include "derive/xml.h"

#include <limits.h>
#include <string.h>

#include <libxml/parser.h>

#define BASE_OPTIONS \
 (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA | XML_PARSE_COMPACT)
#if LIBXML_VERSION >= 21400
# define OPTIONS (BASE_OPTIONS | XML_PARSE_NO_XXE | XML_PARSE_NO_SYS_CATALOG)
#elif LIBXML_VERSION >= 21300
# define OPTIONS (BASE_OPTIONS | XML_PARSE_NO_XXE)
#else
# define OPTIONS BASE_OPTIONS
#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)

/* The second wall behind the scan.  A stopped parser may still hand out a
 * document, so a flag of our own is kept. */
static void
refuse_dtd(void *opaque,
           const xmlChar *name G_GNUC_UNUSED,
           const xmlChar *external G_GNUC_UNUSED,
           const xmlChar *system G_GNUC_UNUSED)
{
    xmlParserCtxt *context = opaque;

    *(gboolean *)context->_private = TRUE;
    xmlStopParser(context);
}

/* A document that comes with an error may have been cut off: it is none. */
static gboolean
is_sound(xmlParserCtxt *context)
{
    const xmlError *last = xmlCtxtGetLastError(context);

    if (last && last->level >= XML_ERR_ERROR)
        return FALSE;
#if LIBXML_VERSION >= 21400
    return xmlCtxtGetStatus(context) == 0;
#else
    return context->wellFormed && context->nsWellFormed;
#endif
}

static void
set_parse_error(GError **error, xmlParserCtxt *context, const char *what)
{
    const xmlError *last = xmlCtxtGetLastError(context);
    g_autofree char *reason = g_strdup(last && last->message ? last->message : "");
    g_autofree char *valid = g_utf8_make_valid(g_strstrip(reason), -1);

    if (*valid)
        g_set_error(error, VMC_ERROR, VMC_ERROR_BAD_DATA,
                    _("%1$s: not well-formed XML, line %2$d: %3$s"), what, last->line, valid);
    else
        g_set_error(error, VMC_ERROR, VMC_ERROR_BAD_DATA, _("%1$s: not well-formed XML"), what);
}

/* The scan saw UTF-8, whatever the text declares.  Without a declaration (none
 * of libvirt's texts has one) there is no need to say so, which is faster. */
static const char *
encoding_of(const char *text)
{
    gboolean declared = g_str_has_prefix(text, "<?xml") || g_str_has_prefix(text, "\xef\xbb\xbf");

    return declared ? "UTF-8" : NULL;
}

static xmlDoc *
parse(const char *text, int length, int options, const char *what, GError **error)
{
    g_autoptr(xmlParserCtxt) context = xmlNewParserCtxt();
    g_autoptr(xmlDoc) doc = NULL;
    gboolean has_dtd = FALSE;

    if (!context || !context->sax) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("%1$s: out of memory"), what);
        return NULL;
    }
    context->_private = &has_dtd;
    context->sax->internalSubset = refuse_dtd;
    doc = xmlCtxtReadMemory(context, text, length, NULL, encoding_of(text), OPTIONS | options);
    if (has_dtd) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_BAD_DATA,
                    _("%1$s: the XML has a document type or entities"), what);
        return NULL;
    }
    if (!doc || !is_sound(context) || !xmlDocGetRootElement(doc)) {
        set_parse_error(error, context, what);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

static xmlDoc *
parse_scanned(
    const char *text, gssize length, size_t cap, int options, const char *what, GError **error)
{
    size_t bytes = length < 0 ? strlen(text) : (size_t)length;

    if (!vmc_xml_prescan(text, bytes, MIN(cap, INT_MAX), what, error))
        return NULL;
    return parse(text, (int)bytes, options, what, error);
}

xmlDoc *
vmc_xml_parse(const char *text, gssize length, size_t cap, const char *what, GError **error)
{
    return parse_scanned(text, length, cap, 0, what, error);
}

xmlDoc *
vmc_xml_parse_to_read(const char *text, const char *what, GError **error)
{
    return parse_scanned(text, -1, VMC_MAX_XML, XML_PARSE_NOBLANKS, what, error);
}

char *
vmc_xml_dump(const xmlNode *node)
{
    xmlBuffer *buffer = xmlBufferCreate();
    char *text = NULL;

    if (buffer && xmlNodeDump(buffer, node->doc, (xmlNode *)node, 0, 0) >= 0)
        text = g_strdup((const char *)xmlBufferContent(buffer));
    if (buffer)
        xmlBufferFree(buffer);
    return text;
}

/* Namespaces declared further out come along, as declarations of its own. */
xmlDoc *
vmc_xml_extract(xmlNode *node)
{
    xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");

    if (!doc)
        return NULL;
    doc->dict = node->doc->dict;
    if (doc->dict)
        xmlDictReference(doc->dict);
    xmlUnlinkNode(node);
    xmlDocSetRootElement(doc, node);
    /* not xmlReconciliateNs(): it declares at the root, too, what is declared further in */
    xmlDOMWrapReconcileNamespaces(NULL, node, 0);
    return doc;
}

static char *
dump_doc(const void *doc)
{
    g_autofree char *text = vmc_xml_dump(xmlDocGetRootElement(doc));

    return g_strconcat(text ? text : "", "\n", NULL);
}

static void
free_doc(void *doc)
{
    xmlFreeDoc(doc);
}

const VmcParsedForm vmc_xml_form = { .dump = dump_doc, .destroy = free_doc };
