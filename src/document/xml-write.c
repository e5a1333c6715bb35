/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Escaping for XML that is written by hand.
 */
#include "document/xml-write.h"

#include <string.h>

/* What XML 1.0 can't carry even as a reference. */
static gboolean
xml_refuses(gunichar c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xFFFE || c == 0xFFFF;
}

char *
vmc_xml_clean(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    g_autoptr(GString) out = g_string_sized_new(strlen(valid));

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(out, xml_refuses(c) ? 0xFFFD : c);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* White space other than blanks is referenced too: parsers would turn it into
 * blanks inside an attribute. */
static const char *
reference(char c, gboolean in_attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '\'':
        return in_attribute ? "&apos;" : NULL;
    case '\n':
        return in_attribute ? "&#10;" : NULL;
    case '\t':
        return in_attribute ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

static void
add_escaped(GString *out, const char *text, gboolean in_attribute)
{
    g_autofree char *clean = vmc_xml_clean(text);

    for (const char *p = clean; *p; p++) {
        const char *entity = reference(*p, in_attribute);
        if (entity)
            g_string_append(out, entity);
        else
            g_string_append_c(out, *p);
    }
}

void
vmc_xml_add_attr(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, " %s='", name);
    add_escaped(out, value, TRUE);
    g_string_append_c(out, '\'');
}

void
vmc_xml_add_attr_uint(GString *out, const char *name, guint64 value)
{
    g_string_append_printf(out, " %s='%" G_GUINT64_FORMAT "'", name, value);
}

void
vmc_xml_add_text(GString *out, const char *text)
{
    add_escaped(out, text, FALSE);
}
