/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Finding one's way in a parsed document.
 */
#include "derive/derive-internal.h"

#include <string.h>

gboolean
vmc_xml_is(const xmlNode *node, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && g_str_equal((const char *)node->name, name);
}

/* Most names differ in their first letter. */
static inline gboolean
is_named(const xmlNode *node, const char *name, size_t length)
{
    const char *found = (const char *)node->name;

    return found[0] == name[0] && strncmp(found, name, length) == 0 && found[length] == '\0';
}

static xmlNode *
first_element(xmlNode *node, const char *name, size_t length)
{
    while (node && (node->type != XML_ELEMENT_NODE || (name && !is_named(node, name, length))))
        node = node->next;
    return node;
}

xmlNode *
vmc_xml_child(const xmlNode *node, const char *name)
{
    return node ? first_element(node->children, name, name ? strlen(name) : 0) : NULL;
}

xmlNode *
vmc_xml_next(const xmlNode *node, const char *name)
{
    return node ? first_element(node->next, name, name ? strlen(name) : 0) : NULL;
}

static xmlNode *
follow(const xmlNode *node, const char *path, size_t length)
{
    const char *end = path + length;

    while (node && path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *stop = slash ? slash : end;

        node = first_element(node->children, path, (size_t)(stop - path));
        path = stop + (slash != NULL);
    }
    return (xmlNode *)node;
}

static xmlNode *
first_step(xmlNode *node, const char *path)
{
    return first_element(node, *path == '*' ? NULL : path, strcspn(path, "/"));
}

xmlNode *
vmc_xml_child_step(const xmlNode *node, const char *path)
{
    return first_step(node->children, path);
}

xmlNode *
vmc_xml_next_step(const xmlNode *node, const char *path)
{
    return first_step(node->next, path);
}

xmlNode *
vmc_xml_path(const xmlNode *node, const char *path)
{
    return follow(node, path, strlen(path));
}

static const xmlAttr *
find_attr(const xmlNode *node, const char *name)
{
    if (!node || node->type != XML_ELEMENT_NODE)
        return NULL;
    for (const xmlAttr *attr = node->properties; attr; attr = attr->next) {
        if (!attr->ns && g_str_equal((const char *)attr->name, name))
            return attr;
    }
    return NULL;
}

/* The text below an attribute or element.  Text, CDATA; there are no entities:
 * a document that has any is refused. */
static char *
text_of(const xmlNode *first)
{
    GString *text = NULL;

    if (first && first->type == XML_TEXT_NODE && !first->next)
        return g_strdup(first->content ? (const char *)first->content : "");
    text = g_string_new(NULL);
    for (; first; first = first->next) {
        if ((first->type == XML_TEXT_NODE || first->type == XML_CDATA_SECTION_NODE) &&
            first->content)
            g_string_append(text, (const char *)first->content);
    }
    return g_string_free(text, FALSE);
}

char *
vmc_xml_attr(const xmlNode *node, const char *name)
{
    const xmlAttr *attr = find_attr(node, name);

    return attr ? text_of(attr->children) : NULL;
}

char *
vmc_xml_text(const xmlNode *node)
{
    return node ? g_strstrip(text_of(node->children)) : NULL;
}

gboolean
vmc_xml_attr_is(const xmlNode *node, const char *name, const char *value)
{
    g_autofree char *text = vmc_xml_attr(node, name);

    return text && g_str_equal(text, value);
}

gboolean
vmc_xml_attr_uint(const xmlNode *node, const char *name, guint64 *ret_value)
{
    g_autofree char *text = vmc_xml_attr(node, name);

    return text && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, ret_value, NULL);
}

static const struct {
    const char *unit;
    guint64 bytes;
} units[] = {
    { "b", 1 },
    { "bytes", 1 },
    { "KB", 1000 },
    { "k", 1024 },
    { "KiB", 1024 },
    { "MB", 1000 * 1000 },
    { "M", 1024 * 1024 },
    { "MiB", 1024 * 1024 },
    { "GB", 1000 * 1000 * 1000 },
    { "G", 1024 * 1024 * 1024 },
    { "GiB", 1024 * 1024 * 1024 },
    { "TB", G_GUINT64_CONSTANT(1000000000000) },
    { "T", G_GUINT64_CONSTANT(1) << 40 },
    { "TiB", G_GUINT64_CONSTANT(1) << 40 },
    { "PB", G_GUINT64_CONSTANT(1000000000000000) },
    { "P", G_GUINT64_CONSTANT(1) << 50 },
    { "PiB", G_GUINT64_CONSTANT(1) << 50 },
};

static guint64
unit_bytes(const char *unit)
{
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_strcasecmp(units[i].unit, unit) == 0)
            return units[i].bytes;
    }
    return 0;
}

gboolean
vmc_xml_scale_kib(const char *text, const char *unit, guint64 *ret_kib)
{
    guint64 scale = unit ? unit_bytes(unit) : 1024;
    guint64 value = 0;

    if (scale == 0 ||
        !g_ascii_string_to_unsigned(text, 10, 0, (G_MAXUINT64 - 1023) / scale, &value, NULL))
        return FALSE;
    *ret_kib = (value * scale + 1023) / 1024;
    return TRUE;
}

gboolean
vmc_xml_scaled_kib(const xmlNode *node, guint64 *ret_kib)
{
    g_autofree char *text = vmc_xml_text(node);
    g_autofree char *unit = vmc_xml_attr(node, "unit");

    return text && vmc_xml_scale_kib(text, unit, ret_kib);
}

/* Splits "backend/device/@path" in elements and attribute. */
static const xmlNode *
element_of(const xmlNode *node, const char *path, size_t length, char *attr, size_t attr_size)
{
    const char *at = memchr(path, '@', length);

    *attr = '\0';
    if (length == 1 && *path == '.')
        return node;
    if (!at)
        return follow(node, path, length);
    g_strlcpy(attr, at + 1, MIN(attr_size, length - (size_t)(at - path)));
    return follow(node, path, at > path ? (size_t)(at - path - 1) : 0);
}

static char *
value_of(const xmlNode *node, const char *path, size_t length)
{
    char attr[64];
    const xmlNode *element = element_of(node, path, length, attr, sizeof(attr));

    return *attr ? vmc_xml_attr(element, attr) : vmc_xml_text(element);
}

char *
vmc_xml_value(const xmlNode *node, const char *path)
{
    return value_of(node, path, strlen(path));
}

/* Is @value one of "a|b|c", which ends at @end? */
static gboolean
is_one_of(const char *value, const char *list, const char *end)
{
    size_t length = strlen(value);

    while (list <= end) {
        const char *bar = memchr(list, '|', (size_t)(end - list));
        const char *stop = bar ? bar : end;

        if ((size_t)(stop - list) == length && memcmp(list, value, length) == 0)
            return TRUE;
        list = stop + 1;
    }
    return FALSE;
}

static gboolean
term_holds(const xmlNode *node, const char *term, const char *end)
{
    const char *equals = memchr(term, '=', (size_t)(end - term));
    gboolean not_there = *term == '!';
    gboolean differs = equals && equals > term && equals[-1] == '!';
    const char *path_end = !equals ? end : differs ? equals - 1 : equals;
    g_autofree char *value = NULL;

    term += not_there;
    value = value_of(node, term, (size_t)(path_end - term));
    if (!equals)
        return (value != NULL) != not_there;
    if (!value)
        return differs;
    return is_one_of(value, equals + 1, end) != differs;
}

gboolean
vmc_xml_holds(const xmlNode *node, const char *when)
{
    while (when && *when) {
        const char *end = when + strcspn(when, " ");

        if (!term_holds(node, when, end))
            return FALSE;
        when = *end ? end + 1 : end;
    }
    return TRUE;
}
