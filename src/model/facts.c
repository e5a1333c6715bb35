/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Named raw texts.
 */
#include "model/facts.h"

#include <string.h>

/* Facts that are complete are read by several threads: what one of them adds
 * (a parsed form, a text) is set once, atomically. */
typedef struct {
    GString *text; /* NULL: not made of @part or @parsed yet */
    struct {
        GBytes *whole; /* NULL: it is no part of another text */
        const char *start;
        size_t length;
    } part;
    void *parsed;
    const VmcParsedForm *form;
    gboolean clean;
} Fact;

struct _VmcFacts {
    GTree *facts; /* name → Fact; sorted, so that all output is */
};

static int
compare_names(const void *a, const void *b, void *opaque G_GNUC_UNUSED)
{
    return g_strcmp0(a, b);
}

static void
free_fact(void *opaque)
{
    Fact *fact = opaque;

    if (fact->text)
        g_string_free(fact->text, TRUE);
    if (fact->parsed)
        fact->form->destroy(fact->parsed);
    g_clear_pointer(&fact->part.whole, g_bytes_unref);
    g_free(fact);
}

static Fact *
add_fact(VmcFacts *facts, const char *name)
{
    Fact *fact = g_new0(Fact, 1);

    g_tree_replace(facts->facts, g_strdup(name), fact);
    return fact;
}

VmcFacts *
vmc_facts_new(void)
{
    VmcFacts *facts = g_new0(VmcFacts, 1);

    facts->facts = g_tree_new_full(compare_names, NULL, g_free, free_fact);
    return facts;
}

void
vmc_facts_free(VmcFacts *facts)
{
    if (!facts)
        return;
    g_tree_unref(facts->facts);
    g_free(facts);
}

void
vmc_facts_set(VmcFacts *facts, const char *name, const char *text)
{
    add_fact(facts, name)->text = g_string_new(text);
}

void
vmc_facts_set_part(
    VmcFacts *facts, const char *name, GBytes *whole, const char *start, size_t length)
{
    Fact *fact = add_fact(facts, name);

    fact->part.whole = g_bytes_ref(whole);
    fact->part.start = start;
    fact->part.length = length;
}

void
vmc_facts_set_clean(VmcFacts *facts, const char *name, const char *xml)
{
    *add_fact(facts, name) = (Fact){ .text = g_string_new(xml), .clean = TRUE };
}

gboolean
vmc_facts_is_clean(const VmcFacts *facts, const char *name)
{
    const Fact *fact = g_tree_lookup(facts->facts, name);

    return fact && fact->clean;
}

/* Once it was asked for, its text counts, which may have got more rows. */
static gboolean
is_uncopied_part(Fact *fact)
{
    return fact->part.whole && !g_atomic_pointer_get(&fact->text);
}

void
vmc_facts_copy(const VmcFacts *from, const char *prefix, VmcFacts *to)
{
    g_auto(GStrv) names = vmc_facts_list(from, prefix);

    for (char **name = names; *name; name++) {
        Fact *fact = g_tree_lookup(from->facts, *name);

        if (is_uncopied_part(fact))
            vmc_facts_set_part(to, *name, fact->part.whole, fact->part.start, fact->part.length);
        else
            *add_fact(to, *name) = (Fact){
                .text = g_string_new(vmc_facts_get(from, *name)),
                .clean = fact->clean,
            };
    }
}

void
vmc_facts_remove(VmcFacts *facts, const char *name)
{
    g_tree_remove(facts->facts, name);
}

void
vmc_facts_set_parsed(VmcFacts *facts, const char *name, void *parsed, const VmcParsedForm *form)
{
    *add_fact(facts, name) = (Fact){ .parsed = parsed, .form = form };
}

const void *
vmc_facts_keep_parsed(const VmcFacts *facts,
                      const char *name,
                      void *parsed,
                      const VmcParsedForm *form)
{
    Fact *fact = g_tree_lookup(facts->facts, name);

    g_assert(fact != NULL);
    g_atomic_pointer_set(&fact->form, form);
    if (!g_atomic_pointer_compare_and_exchange(&fact->parsed, NULL, parsed))
        form->destroy(parsed);
    return g_atomic_pointer_get(&fact->parsed);
}

const void *
vmc_facts_parsed(const VmcFacts *facts, const char *name)
{
    Fact *fact = g_tree_lookup(facts->facts, name);

    return fact ? g_atomic_pointer_get(&fact->parsed) : NULL;
}

gboolean
vmc_facts_has(const VmcFacts *facts, const char *name)
{
    return g_tree_lookup(facts->facts, name) != NULL;
}

static void
append_escaped(GString *text, const char *value)
{
    while (TRUE) {
        size_t plain = strcspn(value, "\t\n\\");

        g_string_append_len(text, value, (gssize)plain);
        value += plain;
        if (*value == '\0')
            return;
        g_string_append_c(text, '\\');
        g_string_append_c(text, *value == '\t' ? 't' : *value == '\n' ? 'n' : '\\');
        value++;
    }
}

static char *
unescape(const char *value, size_t length)
{
    g_autoptr(GString) text = NULL;

    if (!memchr(value, '\\', length))
        return g_strndup(value, length);
    text = g_string_sized_new(length);
    for (size_t i = 0; i < length; i++) {
        if (value[i] != '\\' || i + 1 == length) {
            g_string_append_c(text, value[i]);
            continue;
        }
        i++;
        g_string_append_c(text, value[i] == 't' ? '\t' : value[i] == 'n' ? '\n' : value[i]);
    }
    return g_strndup(text->str, text->len);
}

static GString *
text_of_part(const Fact *fact)
{
    GString *text = g_string_sized_new(fact->part.length + 1);

    g_string_append_len(text, fact->part.start, (gssize)fact->part.length);
    g_string_append_c(text, '\n');
    return text;
}

static GString *
text_of_parsed(const Fact *fact)
{
    g_autofree char *dumped = fact->form->dump(fact->parsed);

    return g_string_new(dumped);
}

static void
make_text(Fact *fact)
{
    GString *text = fact->part.whole ? text_of_part(fact) : text_of_parsed(fact);

    if (!g_atomic_pointer_compare_and_exchange(&fact->text, NULL, text))
        g_string_free(text, TRUE);
}

static GString *
text_to_extend(VmcFacts *facts, const char *name)
{
    Fact *fact = g_tree_lookup(facts->facts, name);

    if (!fact) {
        fact = add_fact(facts, name);
        fact->text = g_string_new(NULL);
    }
    if (!fact->text)
        make_text(fact);
    return fact->text;
}

void
vmc_facts_add_row(VmcFacts *facts, const char *name, size_t n, const char *const *columns)
{
    GString *text = text_to_extend(facts, name);

    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            g_string_append_c(text, '\t');
        append_escaped(text, columns[i] ? columns[i] : "");
    }
    if (n > 0)
        g_string_append_c(text, '\n');
}

const char *
vmc_facts_get(const VmcFacts *facts, const char *name)
{
    Fact *fact = g_tree_lookup(facts->facts, name);

    if (!fact)
        return NULL;
    if (!g_atomic_pointer_get(&fact->text))
        make_text(fact);
    return fact->text->str;
}

char *
vmc_facts_head(const VmcFacts *facts, const char *name, size_t length)
{
    Fact *fact = g_tree_lookup(facts->facts, name);

    if (fact && is_uncopied_part(fact))
        return g_strndup(fact->part.start, MIN(length, fact->part.length));
    return fact ? g_strndup(vmc_facts_get(facts, name), length) : NULL;
}

/* Names that share a prefix stand together: no other is looked at. */
char **
vmc_facts_list(const VmcFacts *facts, const char *prefix)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (GTreeNode *node = g_tree_lower_bound(facts->facts, prefix);
         node && g_str_has_prefix(g_tree_node_key(node), prefix); node = g_tree_node_next(node))
        g_ptr_array_add(names, g_strdup(g_tree_node_key(node)));
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static char **
split_row(const char *line, size_t length, size_t n_columns)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    const char *end = line + length;

    while (line <= end) {
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        const char *stop = tab ? tab : end;

        g_ptr_array_add(columns, unescape(line, (size_t)(stop - line)));
        line = stop + 1;
    }
    while (columns->len < n_columns)
        g_ptr_array_add(columns, g_strdup(""));
    g_ptr_array_add(columns, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&columns), FALSE);
}

GPtrArray *
vmc_facts_rows(const VmcFacts *facts, const char *name, size_t n_columns)
{
    const char *text = vmc_facts_get(facts, name);
    GPtrArray *rows;

    if (!text)
        return NULL;
    rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    while (*text) {
        const char *end = strchrnul(text, '\n');

        if (end > text)
            g_ptr_array_add(rows, split_row(text, (size_t)(end - text), n_columns));
        text = *end ? end + 1 : end;
    }
    return rows;
}

char *
vmc_facts_value(const VmcFacts *facts, const char *name, const char *key)
{
    const char *line = vmc_facts_get(facts, name);
    size_t length = strlen(key);

    while (line && *line) {
        const char *end = strchrnul(line, '\n');

        if (strncmp(line, key, length) == 0 && line[length] == '\t') {
            const char *value = line + length + 1;
            const char *tab = memchr(value, '\t', (size_t)(end - value));

            return unescape(value, (size_t)((tab ? tab : end) - value));
        }
        line = *end ? end + 1 : end;
    }
    return NULL;
}

guint64
vmc_facts_number(const VmcFacts *facts, const char *name, const char *key)
{
    g_autofree char *text = vmc_facts_value(facts, name, key);
    guint64 value = 0;

    if (text)
        g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &value, NULL);
    return value;
}

char *
vmc_facts_domain_value(const VmcFacts *facts, const char *folder, const char *key)
{
    g_autofree char *table = g_strconcat(folder, "/domain.tsv", NULL);
    g_autofree char *value = vmc_facts_value(facts, table, key);

    return value && *value ? g_steal_pointer(&value) : NULL;
}

gboolean
vmc_facts_has_row(const VmcFacts *facts, const char *name, const char *key)
{
    g_autofree char *value = vmc_facts_value(facts, name, key);

    return value != NULL;
}

char *
vmc_facts_key(const char *name)
{
    char *key = g_uri_escape_string(name, " +,=@:", TRUE);

    /* "." and ".." are no names of folders to be made. */
    if (key[0] == '.') {
        char *dotless = g_strconcat("%2E", key + 1, NULL);

        g_free(key);
        return dotless;
    }
    return key;
}
