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

/* As nearly all texts are; 0xFFFE and 0xFFFF begin with these bytes in UTF-8. */
static gboolean
is_clean(const char *text)
{
    static const char refused[] = "\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f"
                                  "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
                                  "\x1c\x1d\x1e\x1f";

    return g_utf8_validate(text, -1, NULL) && !strpbrk(text, refused) && !strstr(text, "\xef\xbf");
}

static char *
clean(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GString) out = g_string_sized_new(strlen(valid));

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(out, xml_refuses(c) ? 0xFFFD : c);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
vmc_xml_clean(const char *text)
{
    if (!text || is_clean(text))
        return g_strdup(text ? text : "");
    return clean(text);
}

static const char *
reference(char c)
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
        return "&apos;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    default:
        return "";
    }
}

/* White space other than blanks is referenced in attributes: parsers would turn it
 * into blanks there. */
static void
add_escaped(GString *out, const char *text, gboolean in_attribute)
{
    const char *special = in_attribute ? "&<>\r'\n\t" : "&<>\r";
    g_autofree char *cleaned = vmc_xml_clean(text);
    const char *at = cleaned;

    while (*at) {
        size_t plain = strcspn(at, special);

        g_string_append_len(out, at, (gssize)plain);
        at += plain;
        if (*at)
            g_string_append(out, reference(*at++));
    }
}

void
vmc_xml_add_attr(GString *out, const char *name, const char *value)
{
    g_string_append_c(out, ' ');
    g_string_append(out, name);
    g_string_append(out, "='");
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
