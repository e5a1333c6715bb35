/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sets of CPUs and NUMA nodes as libvirt writes them.
 */
#include "derive/derive.h"

/* More than any host has; bounds what a text can make us allocate. */
#define MAX_CPU 65535
#define MAX_WORK (4 * (MAX_CPU + 1))

static gboolean
read_number(const char **at, guint *ret_value)
{
    guint64 value = 0;
    const char *start = *at;

    for (; g_ascii_isdigit(**at) && value <= MAX_CPU; (*at)++)
        value = value * 10 + (guint64)(**at - '0');
    if (*at == start || value > MAX_CPU)
        return FALSE;
    *ret_value = (guint)value;
    return TRUE;
}

static void
skip_space(const char **at)
{
    while (g_ascii_isspace(**at))
        (*at)++;
}

/* "0-3", "8" or "^2" */
static gboolean
read_item(const char **at, GHashTable *set, guint *work)
{
    gboolean exclude = **at == '^';
    guint first = 0, last = 0;

    *at += exclude;
    if (!read_number(at, &first))
        return FALSE;
    last = first;
    if (!exclude && **at == '-') {
        (*at)++;
        if (!read_number(at, &last) || last < first)
            return FALSE;
    }
    *work += last - first + 1;
    if (*work > MAX_WORK)
        return FALSE;
    for (guint cpu = first; cpu <= last; cpu++) {
        if (exclude)
            g_hash_table_remove(set, GUINT_TO_POINTER(cpu));
        else
            g_hash_table_add(set, GUINT_TO_POINTER(cpu));
    }
    return TRUE;
}

static gboolean
next_item(const char **at)
{
    if (**at != ',')
        return FALSE;
    (*at)++;
    skip_space(at);
    return TRUE;
}

gboolean
vmc_cpuset_parse(const char *text, GHashTable **ret_set)
{
    g_autoptr(GHashTable) set = g_hash_table_new(NULL, NULL);
    guint work = 0;

    skip_space(&text);
    do {
        if (!read_item(&text, set, &work))
            return FALSE;
        skip_space(&text);
    } while (next_item(&text));
    if (*text)
        return FALSE;
    *ret_set = g_steal_pointer(&set);
    return TRUE;
}
