/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Cutting a document into slices, by its tags alone.  That is exact as long as each
 * '<' begins a tag: where there are comments, CDATA or the like, nothing is cut.
 * Whether a slice is XML, who parses it finds out.
 */
#include "document/slices.h"

#include "derive/xml.h"

#include <string.h>

#define HOST "host"
#define CHILD_OF_HOST 2 /* elements around it */

typedef struct {
    const char *at, *end;
    size_t depth;
    gboolean in_host;
    VmcSlices *slices;
    VmcSliceWanted *wanted;
} Cutter;

void
vmc_slices_free(VmcSlices *slices)
{
    if (!slices)
        return;
    g_string_free(slices->rest, TRUE);
    g_array_unref(slices->slices);
    g_free(slices);
}

static size_t
name_length(const char *name)
{
    return strcspn(name, " \t\r\n/>");
}

static const char *
find(const char *from, const char *end, const char *text)
{
    return memmem(from, (size_t)(end - from), text, strlen(text));
}

/* Where the content that begins at @from ends; NULL: it does not, or where is not
 * certain: the content has an element of the same @name, or a comment. */
static const char *
content_end(const char *from, const char *end, const char *name, size_t length)
{
    const char *last = end - strlen("</>") - length; /* where it can be at the latest */

    for (const char *at = from; at <= last && (at = memchr(at, '<', (size_t)(end - at))); at++) {
        gboolean closes = at[1] == '/';

        if (at > last || at[1] == '!')
            return NULL;
        if (at[1 + closes] != *name || memcmp(at + 1 + closes, name, length) != 0)
            continue;
        return closes && at[2 + length] == '>' ? at : NULL;
    }
    return NULL;
}

/* The element that begins with the tag from cutter->at to @open_end. */
static gboolean
measure(const Cutter *cutter, const char *open_end, VmcSlice *slice)
{
    const char *name = cutter->at + 1;
    size_t length = name_length(name);
    const char *end = content_end(open_end, cutter->end, name, length);

    slice->start = cutter->at;
    slice->open = (size_t)(open_end - cutter->at);
    slice->close = strlen("</>") + length;
    slice->length = end ? (size_t)(end - cutter->at) + slice->close : 0;
    return end != NULL;
}

static void
keep(Cutter *cutter, const char *until)
{
    g_string_append_len(cutter->slices->rest, cutter->at, until - cutter->at);
    cutter->at = until;
}

static void
append_number(GString *text, unsigned int number)
{
    if (number >= 10)
        append_number(text, number / 10);
    g_string_append_c(text, (char)('0' + number % 10));
}

static void
cut(Cutter *cutter, const VmcSlice *slice)
{
    VmcSlices *slices = cutter->slices;

    keep(cutter, cutter->at + slice->open);
    append_number(slices->rest, slices->slices->len);
    g_array_append_vals(slices->slices, slice, 1);
    cutter->at = slice->start + slice->length - slice->close;
    keep(cutter, cutter->at + slice->close);
}

/* A start tag that ends before @end. */
static void
enter(Cutter *cutter, const char *end)
{
    const char *name = cutter->at + 1;
    size_t length = name_length(name);
    VmcSlice slice;

    if (cutter->depth == CHILD_OF_HOST && cutter->in_host && cutter->wanted(name, length) &&
        measure(cutter, end, &slice)) {
        cut(cutter, &slice);
        return;
    }
    if (cutter->depth == CHILD_OF_HOST - 1)
        cutter->in_host = length == strlen(HOST) && memcmp(name, HOST, length) == 0;
    cutter->depth++;
    keep(cutter, end);
}

/* A slice would lose what is declared around it. */
static gboolean
declares_namespace(const Cutter *cutter, const char *end)
{
    return cutter->depth < CHILD_OF_HOST && find(cutter->at, end, "xmlns");
}

/* FALSE: the document is to be left as it is. */
static gboolean
step(Cutter *cutter)
{
    size_t attributes = 0;
    const char *end = vmc_xml_tag_end(cutter->at, cutter->end, &attributes);

    if (!end || cutter->at[1] == '!' || cutter->at[1] == '?' || declares_namespace(cutter, end))
        return FALSE;
    if (cutter->at[1] != '/' && end[-2] != '/') {
        enter(cutter, end);
        return TRUE;
    }
    if (cutter->at[1] == '/' && cutter->depth-- == 0)
        return FALSE;
    keep(cutter, end);
    return TRUE;
}

/* What stands behind the host has no slices. */
static gboolean
is_behind_host(const Cutter *cutter)
{
    return cutter->in_host && cutter->depth < CHILD_OF_HOST;
}

static gboolean
cut_all(Cutter *cutter)
{
    const char *next = NULL;

    while (!is_behind_host(cutter) &&
           (next = memchr(cutter->at, '<', (size_t)(cutter->end - cutter->at)))) {
        keep(cutter, next);
        if (!step(cutter))
            return FALSE;
    }
    keep(cutter, cutter->end);
    return TRUE;
}

static const char *
behind_declaration(const char *xml, size_t length)
{
    static const char open[] = "<?xml ", close[] = "?>";
    const char *end = NULL;

    if (length > strlen(open) && memcmp(xml, open, strlen(open)) == 0)
        end = find(xml, xml + length, close);
    return end ? end + strlen(close) : xml;
}

VmcSlices *
vmc_slices_cut(const char *xml, size_t length, VmcSliceWanted *wanted)
{
    g_autoptr(VmcSlices) slices = g_new0(VmcSlices, 1);
    Cutter cutter = { .at = xml, .end = xml + length, .slices = slices, .wanted = wanted };

    slices->rest = g_string_sized_new(length / 2);
    slices->slices = g_array_new(FALSE, FALSE, sizeof(VmcSlice));
    keep(&cutter, behind_declaration(xml, length));
    return cut_all(&cutter) && slices->slices->len > 0 ? g_steal_pointer(&slices) : NULL;
}

const VmcSlice *
vmc_slices_get(const VmcSlices *slices, const char *number)
{
    guint64 index = 0;

    if (!slices || !number || !g_ascii_string_to_unsigned(number, 10, 0, G_MAXUINT, &index, NULL) ||
        index >= slices->slices->len)
        return NULL;
    return &g_array_index(slices->slices, VmcSlice, index);
}
