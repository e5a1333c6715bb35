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

/* What a parser is asked, and what it tells on its way. */
typedef struct {
    const char *what; /* names the text */
    gboolean has_dtd;
    VmcXmlElementFunc func; /* NULL: a tree is made */
    void *opaque;           /* for @func */
    unsigned int depth;
} Watched;

/* The second wall behind the scan.  A stopped parser may still hand out a
 * document, so a flag of our own is kept. */
static void
refuse_dtd(void *opaque,
           const xmlChar *name G_GNUC_UNUSED,
           const xmlChar *external G_GNUC_UNUSED,
           const xmlChar *system G_GNUC_UNUSED)
{
    xmlParserCtxt *context = opaque;

    ((Watched *)context->_private)->has_dtd = TRUE;
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

static xmlParserCtxt *
context_new(Watched *watched, const char *what, GError **error)
{
    xmlParserCtxt *context = xmlNewParserCtxt();

    if (!context || !context->sax) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("%1$s: out of memory"), what);
        g_clear_pointer(&context, xmlFreeParserCtxt);
        return NULL;
    }
    context->_private = watched;
    context->sax->internalSubset = refuse_dtd;
    return context;
}

static xmlDoc *
parse(xmlParserCtxt *context, const char *text, size_t length, int options, GError **error)
{
    const Watched *watched = context->_private;
    g_autoptr(xmlDoc) doc =
        xmlCtxtReadMemory(context, text, (int)length, NULL, encoding_of(text), OPTIONS | options);

    if (watched->has_dtd) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_BAD_DATA,
                    _("%1$s: the XML has a document type or entities"), watched->what);
        return NULL;
    }
    if (!doc || !is_sound(context)) {
        set_parse_error(error, context, watched->what);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

static xmlDoc *
parse_tree(
    const char *text, size_t length, size_t cap, int options, const char *what, GError **error)
{
    Watched watched = { .what = what };
    g_autoptr(xmlParserCtxt) context = NULL;

    if (!vmc_xml_prescan(text, length, MIN(cap, INT_MAX), what, error))
        return NULL;
    context = context_new(&watched, what, error);
    return context ? parse(context, text, length, options, error) : NULL;
}

xmlDoc *
vmc_xml_parse(const char *text, gssize length, size_t cap, const char *what, GError **error)
{
    return parse_tree(text, length < 0 ? strlen(text) : (size_t)length, cap, 0, what, error);
}

xmlDoc *
vmc_xml_parse_to_read(const char *text, const char *what, GError **error)
{
    return parse_tree(text, strlen(text), VMC_MAX_XML, XML_PARSE_NOBLANKS, what, error);
}

/* ---- elements one by one ----------------------------------------------------------------- */

static void
tell_element(void *opaque,
             const xmlChar *name,
             const xmlChar *prefix G_GNUC_UNUSED,
             const xmlChar *uri G_GNUC_UNUSED,
             int n_namespaces G_GNUC_UNUSED,
             const xmlChar **namespaces G_GNUC_UNUSED,
             int n_attributes,
             int n_defaulted G_GNUC_UNUSED,
             const xmlChar **attributes)
{
    Watched *watched = ((xmlParserCtxt *)opaque)->_private;
    const VmcXmlElement element = {
        .name = (const char *)name,
        .depth = watched->depth++,
        .attributes = attributes,
        .n_attributes = n_attributes,
    };

    watched->func(&element, watched->opaque);
}

static void
leave_element(void *opaque,
              const xmlChar *name G_GNUC_UNUSED,
              const xmlChar *prefix G_GNUC_UNUSED,
              const xmlChar *uri G_GNUC_UNUSED)
{
    Watched *watched = ((xmlParserCtxt *)opaque)->_private;

    watched->depth--;
}

/* What has no handler is passed over. */
gboolean
vmc_xml_foreach(
    const char *text, const char *what, VmcXmlElementFunc func, void *opaque, GError **error)
{
    Watched watched = { .what = what, .func = func, .opaque = opaque };
    g_autoptr(xmlParserCtxt) context = NULL;
    g_autoptr(xmlDoc) doc = NULL;

    if (!vmc_xml_prescan(text, strlen(text), VMC_MAX_XML, what, error))
        return FALSE;
    context = context_new(&watched, what, error);
    if (!context)
        return FALSE;
    context->sax->startElementNs = tell_element;
    context->sax->endElementNs = leave_element;
    context->sax->characters = NULL;
    context->sax->ignorableWhitespace = NULL;
    context->sax->cdataBlock = NULL;
    doc = parse(context, text, strlen(text), 0, error);
    return doc != NULL;
}

/* libxml2 gives five pointers each: name, prefix, URI, where the value begins and ends. */
char *
vmc_xml_element_attr(const VmcXmlElement *element, const char *name)
{
    const char *const *at = (const char *const *)element->attributes;

    for (int i = 0; i < element->n_attributes; i++, at += 5) {
        if (!at[1] && g_str_equal(at[0], name))
            return g_strndup(at[3], (size_t)(at[4] - at[3]));
    }
    return NULL;
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
