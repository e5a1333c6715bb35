/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * "<cpuName kind='feature' name='avx2' known='yes'/>", some hundred times.
 */
#include "document/rows.h"

#include <string.h>

#define MAX_COLUMNS 8

typedef struct {
    const char *at, *end;
    const char *row;
    const char *const *columns;
    char *values[MAX_COLUMNS];
} Rows;

static void
skip_space(Rows *rows)
{
    while (rows->at < rows->end && g_ascii_isspace(*rows->at))
        rows->at++;
}

/* Goes behind @literal. */
static gboolean
take(Rows *rows, const char *literal)
{
    size_t length = strlen(literal);

    if ((size_t)(rows->end - rows->at) < length || memcmp(rows->at, literal, length) != 0)
        return FALSE;
    rows->at += length;
    return TRUE;
}

/* Where the value of an attribute goes; NULL: none of ours. */
static char **
column_of(Rows *rows, const char *name, size_t length)
{
    for (size_t i = 0; i < MAX_COLUMNS && rows->columns[i]; i++) {
        if (strncmp(rows->columns[i], name, length) == 0 && rows->columns[i][length] == '\0')
            return &rows->values[i];
    }
    return NULL;
}

/* name='value', of which nothing would be read otherwise than it is written. */
static gboolean
take_attribute(Rows *rows)
{
    const char *name = rows->at;
    size_t length = strcspn(name, "= \t\r\n/<>'\"");
    char **value = column_of(rows, name, length);
    const char *start = name + length + strlen("='");
    size_t value_length = 0;

    rows->at += length;
    if (!value || *value || (!take(rows, "='") && !take(rows, "=\"")))
        return FALSE;
    value_length = strcspn(start, start[-1] == '\'' ? "'<>&\t\r\n" : "\"<>&\t\r\n");
    if (start[value_length] != start[-1])
        return FALSE;
    *value = g_strndup(start, value_length);
    rows->at = start + value_length + 1;
    return TRUE;
}

static void
clear_values(Rows *rows)
{
    for (size_t i = 0; i < MAX_COLUMNS; i++)
        g_clear_pointer(&rows->values[i], g_free);
}

static gboolean
take_row(Rows *rows)
{
    clear_values(rows);
    if (!take(rows, "<") || !take(rows, rows->row))
        return FALSE;
    while (rows->at < rows->end && *rows->at == ' ') {
        skip_space(rows);
        if (!take_attribute(rows))
            return FALSE;
    }
    return take(rows, "/>");
}

static gboolean
read_all(Rows *rows, VmcFacts *facts, const char *fact)
{
    size_t n = g_strv_length((char **)rows->columns);

    vmc_facts_add_row(facts, fact, 0, NULL);
    for (skip_space(rows); rows->at < rows->end; skip_space(rows)) {
        if (!take_row(rows))
            return FALSE;
        vmc_facts_add_row(facts, fact, n, (const char *const *)rows->values);
    }
    return TRUE;
}

gboolean
vmc_rows_read(VmcFacts *facts,
              const char *fact,
              const char *row,
              const char *const *columns,
              const VmcSlice *slice)
{
    Rows rows = {
        .at = slice->start + slice->open,
        .end = slice->start + slice->length - slice->close,
        .row = row,
        .columns = columns,
    };
    gboolean read = read_all(&rows, facts, fact);

    clear_values(&rows);
    if (!read)
        vmc_facts_remove(facts, fact);
    return read;
}
