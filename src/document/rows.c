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
    GString *table;
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
static Value *
column_of(Rows *rows, const char *name, size_t length)
{
    for (size_t i = 0; i < VMC_MAX_COLUMNS && rows->columns[i]; i++) {
        if (strncmp(rows->columns[i], name, length) == 0 && rows->columns[i][length] == '\0')
            return &rows->values[i];
    }
    return NULL;
}

/* name='value', which stands in a table as it does here. */
static gboolean
take_attribute(Rows *rows)
{
    const char *name = rows->at;
    size_t length = strcspn(name, "= \t\r\n/<>'\"");
    Value *value = column_of(rows, name, length);
    const char *start = name + length + strlen("='");

    rows->at += length;
    if (!value || value->start || (!take(rows, "='") && !take(rows, "=\"")))
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
        if (i > 0)
            g_string_append_c(rows->table, '\t');
        g_string_append_len(rows->table, rows->values[i].start, (gssize)rows->values[i].length);
    }
    g_string_append_c(rows->table, '\n');
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

gboolean
vmc_rows_read(VmcFacts *facts,
              const char *fact,
              const char *row,
              const char *const *columns,
              const VmcSlice *slice)
{
    g_autoptr(GString) table = g_string_new(NULL);
    Rows rows = {
        .at = slice->start + slice->open,
        .end = slice->start + slice->length - slice->close,
        .row = row,
        .columns = columns,
        .table = table,
    };

    if (!read_all(&rows))
        return FALSE;
    vmc_facts_set(facts, fact, table->str);
    return TRUE;
}
