/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The look at an XML text before libxml2 sees it: one linear pass that bounds
 * what costs libxml2 more than linear time or memory, in every version of it.
 */
#include "derive/xml.h"

#include <string.h>

#define MAX_TAG (64u * 1024)
#define MAX_ATTRIBUTES 256u
#define MAX_DEPTH 64u
/* A chain of backing images is nested as deep as it is long; libvirt's own
 * bound is 200, and libxml2 gives up at 256. */
#define MAX_BACKING 200u
#define MAX_TAGS 100000u
#define MAX_TAGS_BIG 5000000u /* of a document that holds many */

typedef struct {
    const char *at, *end;
    const char *what;
    size_t tags, max_tags;
    size_t depth, backing;
} Scan;

G_GNUC_PRINTF(3, 4)
static gboolean
refuse(GError **error, VmcErrorCode code, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, VMC_ERROR, (int)code, message);
    return FALSE;
}

static gboolean
starts(const Scan *scan, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(scan->end - scan->at) >= length && memcmp(scan->at, text, length) == 0;
}

/* From an opening, such as "<!--", to behind its end. */
static gboolean
skip(Scan *scan, const char *open, const char *close, GError **error)
{
    const char *from = scan->at + strlen(open);
    const char *found = g_strstr_len(from, scan->end - from, close);

    if (!found)
        return refuse(error, VMC_ERROR_BAD_DATA, _("%1$s: the XML is cut off"), scan->what);
    scan->at = found + strlen(close);
    return TRUE;
}

const char *
vmc_xml_tag_end(const char *tag, const char *end, size_t *ret_attributes)
{
    *ret_attributes = 0;
    for (const char *at = tag + 1; at < end; at++) {
        if (*at == '"' || *at == '\'') {
            at = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (!at)
                return NULL;
        } else if (*at == '>') {
            return at + 1;
        } else if (*at == '=') {
            ++*ret_attributes;
        }
    }
    return NULL;
}

/* As vmc_xml_tag_end(); NULL: refused. */
static const char *
tag_end(const Scan *scan, GError **error)
{
    const char *limit = scan->end - scan->at > (ptrdiff_t)MAX_TAG ? scan->at + MAX_TAG : scan->end;
    size_t attributes = 0;
    const char *end = vmc_xml_tag_end(scan->at, limit, &attributes);

    if (attributes > MAX_ATTRIBUTES) {
        refuse(error, VMC_ERROR_TOO_LARGE, _("%1$s: an XML element has more than %2$u attributes"),
               scan->what, MAX_ATTRIBUTES);
        return NULL;
    }
    if (end)
        return end;
    if (limit < scan->end)
        refuse(error, VMC_ERROR_TOO_LARGE, _("%1$s: an XML tag is longer than %2$u bytes"),
               scan->what, MAX_TAG);
    else
        refuse(error, VMC_ERROR_BAD_DATA, _("%1$s: the XML is cut off"), scan->what);
    return NULL;
}

static gboolean
is_backing(const char *name, const char *end)
{
    static const char backing[] = "backingStore";
    size_t length = sizeof(backing) - 1;

    return (size_t)(end - name) > length && memcmp(name, backing, length) == 0 &&
           strchr(" \t\r\n/>", name[length]);
}

static gboolean
count_level(Scan *scan, gboolean close, gboolean backing, GError **error)
{
    size_t *level = backing ? &scan->backing : &scan->depth;

    if (close) {
        *level -= *level > 0; /* that it fits its opening, libxml2 finds out */
        return TRUE;
    }
    if (++*level > (backing ? MAX_BACKING : MAX_DEPTH))
        return refuse(error, VMC_ERROR_TOO_LARGE, _("%1$s: the XML is nested too deeply"),
                      scan->what);
    return TRUE;
}

static gboolean
scan_tag(Scan *scan, GError **error)
{
    const char *end = tag_end(scan, error);
    gboolean close = scan->at + 1 < scan->end && scan->at[1] == '/';
    const char *name = scan->at + (close ? 2 : 1);

    if (!end)
        return FALSE;
    if (++scan->tags > scan->max_tags)
        return refuse(error, VMC_ERROR_TOO_LARGE, _("%1$s: the XML has more than %2$zu tags"),
                      scan->what, scan->max_tags);
    scan->at = end;
    if (!close && end[-2] == '/')
        return TRUE;
    return count_level(scan, close, is_backing(name, end), error);
}

/* @scan is at a '<'. */
static gboolean
scan_markup(Scan *scan, GError **error)
{
    if (starts(scan, "<!--"))
        return skip(scan, "<!--", "-->", error);
    if (starts(scan, "<![CDATA["))
        return skip(scan, "<![CDATA[", "]]>", error);
    if (starts(scan, "<?"))
        return skip(scan, "<?", "?>", error);
    if (starts(scan, "<!"))
        return refuse(error, VMC_ERROR_BAD_DATA, _("%1$s: the XML has a document type or entities"),
                      scan->what);
    return scan_tag(scan, error);
}

/* As nearly all of it is: eight bytes at a time, each of UTF-8's looks at one. */
static gboolean
is_ascii(const char *text, size_t length)
{
    const char *last = text + length - length % sizeof(guint64);
    guint64 bits = 0, eight = 0;

    for (; text < last; text += sizeof(eight)) {
        memcpy(&eight, text, sizeof(eight));
        bits |= eight;
    }
    for (size_t i = 0; i < length % sizeof(eight); i++)
        bits |= (guint8)text[i];
    return (bits & G_GUINT64_CONSTANT(0x8080808080808080)) == 0;
}

static gboolean
scan_bytes(const char *text, size_t length, size_t cap, const char *what, GError **error)
{
    if (length > cap)
        return refuse(error, VMC_ERROR_TOO_LARGE, _("%1$s: the XML is larger than %2$zu bytes"),
                      what, cap);
    if (memchr(text, '\0', length))
        return refuse(error, VMC_ERROR_BAD_DATA, _("%1$s: the XML holds a NUL byte"), what);
    if (!is_ascii(text, length) && !g_utf8_validate_len(text, length, NULL))
        return refuse(error, VMC_ERROR_BAD_DATA, _("%1$s: the XML is not valid UTF-8"), what);
    return TRUE;
}

gboolean
vmc_xml_prescan(const char *text, size_t length, size_t cap, const char *what, GError **error)
{
    Scan scan = {
        .at = text,
        .end = text + length,
        .what = what,
        .max_tags = cap > VMC_MAX_XML ? MAX_TAGS_BIG : MAX_TAGS,
    };

    if (!scan_bytes(text, length, cap, what, error))
        return FALSE;
    while ((scan.at = memchr(scan.at, '<', (size_t)(scan.end - scan.at)))) {
        if (!scan_markup(&scan, error))
            return FALSE;
    }
    return TRUE;
}
