/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * "<cpuName kind='feature' name='avx2' known='yes'/>", some hundred times.
 */
#include "document/rows.h"

#include <string.h>

typedef struct {
    const char *start; /* NULL: not there */
    size_t length;
} Value;

typedef struct {
    const char *at, *end;
    const char *row;
    const char *const *columns;
    Value values[VMC_MAX_COLUMNS];
    char *table; /* where it goes on */
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

/* "name=": where the value goes; NULL: none of ours. */
static Value *
take_column(Rows *rows)
{
    for (size_t i = 0; i < VMC_MAX_COLUMNS && rows->columns[i]; i++) {
        size_t length = strlen(rows->columns[i]);

        if ((size_t)(rows->end - rows->at) <= length || rows->at[length] != '=' ||
            memcmp(rows->at, rows->columns[i], length) != 0)
            continue;
        rows->at += length + strlen("=");
        return &rows->values[i];
    }
    return NULL;
}

/* name='value', which stands in a table as it does here. */
static gboolean
take_attribute(Rows *rows)
{
    Value *value = take_column(rows);
    const char *start = rows->at + 1;

    if (!value || value->start || (*rows->at != '\'' && *rows->at != '"'))
        return FALSE;
    value->start = start;
    value->length = strcspn(start, start[-1] == '\'' ? "'<>&\\\t\r\n" : "\"<>&\\\t\r\n");
    rows->at = start + value->length + 1;
    return start[value->length] == start[-1];
}

static gboolean
take_row(Rows *rows)
{
    memset(rows->values, 0, sizeof(rows->values));
    if (!take(rows, "<") || !take(rows, rows->row))
        return FALSE;
    while (rows->at < rows->end && *rows->at == ' ') {
        skip_space(rows);
        if (!take_attribute(rows))
            return FALSE;
    }
    return take(rows, "/>");
}

static void
add_row(Rows *rows)
{
    for (size_t i = 0; i < VMC_MAX_COLUMNS && rows->columns[i]; i++) {
        const Value *value = &rows->values[i];

        if (i > 0)
            *rows->table++ = '\t';
        if (value->start)
            rows->table = mempcpy(rows->table, value->start, value->length);
    }
    *rows->table++ = '\n';
}

static gboolean
read_all(Rows *rows)
{
    for (skip_space(rows); rows->at < rows->end; skip_space(rows)) {
        if (!take_row(rows))
            return FALSE;
        add_row(rows);
    }
    return TRUE;
}

/* No row is longer in the table than it is here: "<row/>", if it were but tabs. */
static gboolean
fits(const char *row, const char *const *columns)
{
    size_t n = 0;

    while (n < VMC_MAX_COLUMNS && columns[n])
        n++;
    return n <= strlen("</>") + strlen(row);
}

gboolean
vmc_rows_read(VmcFacts *facts,
              const char *fact,
              const char *row,
              const char *const *columns,
              const VmcSlice *slice)
{
    g_autofree char *table = g_malloc(slice->length);
    Rows rows = {
        .at = slice->start + slice->open,
        .end = slice->start + slice->length - slice->close,
        .row = row,
        .columns = columns,
        .table = table,
    };

    g_assert(fits(row, columns));
    if (!read_all(&rows))
        return FALSE;
    *rows.table = '\0';
    vmc_facts_set(facts, fact, table);
    return TRUE;
}
