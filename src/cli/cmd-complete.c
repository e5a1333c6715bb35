/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat complete: what a shell may offer for the last of the words of a
 * command line.  Hidden: made for data/vmcompat.bash and data/virsh-compat.sh,
 * so that no shell keeps lists of commands, options, rules or domains.
 *
 * The first line says what follows: "words"; "parts" of a comma list, after which
 * no blank is wanted; or nothing but "files" or "folders", which the shell knows.
 */
#include "cli/hook-points.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    const CliOptions *options;
    const CliCommand *command;
    char **words;       /* all but the last; the first is the command */
    const char *before; /* what of the last word stays: "--as=", "rule-one," */
    const char *last;   /* the rest */
    const char *kind;
    GPtrArray *found;
} Line;

typedef void AddFunc(Line *line);

typedef struct {
    const char *name; /* of an option or a command */
    const char *words;
    AddFunc *add;
    gboolean parts;
} Values;

static const Values *option_values(const char *name);
static const Values *argument_values(const char *command);

static void
add(Line *line, const char *word)
{
    if (g_str_has_prefix(word, line->last))
        g_ptr_array_add(line->found, g_strconcat(line->before, word, NULL));
}

static void
add_words(Line *line, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (char **word = words; *word; word++)
        add(line, *word);
}

/* Strings of a member of all rules: "id", "assume". */
static void
add_of_rules(Line *line, const char *pattern)
{
    g_autofree char *json = vmc_rules_to_text(NULL, VMC_FORMAT_JSON, NULL);
    g_autoptr(GRegex) members = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GRegex) strings = g_regex_new("\"([a-z][a-z0-9-]*)\"(?! *:)", 0, 0, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GMatchInfo) member = NULL;

    g_regex_match(members, json, 0, &member);
    for (; g_match_info_matches(member); g_match_info_next(member, NULL)) {
        g_autofree char *text = g_match_info_fetch(member, 0);
        g_autoptr(GMatchInfo) string = NULL;

        g_regex_match(strings, text, 0, &string);
        for (; g_match_info_matches(string); g_match_info_next(string, NULL)) {
            char *word = g_match_info_fetch(string, 1);

            if (!g_hash_table_contains(seen, word))
                add(line, word);
            g_hash_table_add(seen, word);
        }
    }
}

static void
add_rules(Line *line)
{
    add_of_rules(line, "\"id\" *: *\"[^\"]*\"");
}

static void
add_assumed(Line *line)
{
    add_of_rules(line, "\"assume\" *: *\\[[^]]*\\]");
}

/* RULE=SEVERITY: first the one, then the other. */
static void
add_severities(Line *line)
{
    static const char *const severities[] = { "blocker", "conditional", "unknown", "warning",
                                              "note" };
    const char *equals = strchr(line->last, '=');
    g_autofree char *before = NULL;

    if (!equals) {
        add_rules(line);
        for (guint i = 0; i < line->found->len; i++) {
            g_autofree char *rule = line->found->pdata[i];

            line->found->pdata[i] = g_strconcat(rule, "=", NULL);
        }
        return;
    }
    before = g_strdup_printf("%s%.*s", line->before, (int)(equals + 1 - line->last), line->last);
    line->before = before;
    line->last = equals + 1;
    for (size_t i = 0; i < G_N_ELEMENTS(severities); i++)
        add(line, severities[i]);
}

static void
add_commands(Line *line)
{
    const CliCommand *command;

    for (size_t i = 0; (command = cli_command_at(i)); i++)
        add(line, command->name);
    add(line, "help");
}

static void
add_options(Line *line)
{
    const GOptionEntry *entry;

    for (size_t i = 0; (entry = cli_option_at(line->command, i)); i++) {
        g_autofree char *word = g_strconcat("--", entry->long_name, NULL);

        add(line, word);
    }
    add(line, "--help");
}

static const char *
value_before(char **words, const char *long_name, char short_name)
{
    const char letter[] = { '-', short_name, '\0' };
    g_autofree char *long_option = g_strconcat("--", long_name, NULL);
    size_t length = strlen(long_option);

    for (char **word = words; *word; word++) {
        if ((g_str_equal(*word, long_option) || (short_name && g_str_equal(*word, letter))))
            return word[1];
        if (g_str_has_prefix(*word, long_option) && (*word)[length] == '=')
            return *word + length + 1;
    }
    return NULL;
}

static void
add_domains(Line *line)
{
    CliOptions options = *line->options;
    g_auto(GStrv) names = NULL;
    const char *uri = value_before(line->words, "source", 0);

    options.connect = (char *)(uri ? uri : value_before(line->words, "connect", 'c'));
    options.readonly = TRUE;
    names = cli_domain_names(&options);
    for (char **name = names; name && *name; name++)
        add(line, *name);
}

/* The option whose value the last word is, or NULL. */
static const GOptionEntry *
find_option(const CliCommand *command, const char *word)
{
    const GOptionEntry *entry;

    for (size_t i = 0; (entry = cli_option_at(command, i)); i++) {
        if (entry->arg == G_OPTION_ARG_NONE)
            continue;
        if (word[0] == '-' && word[1] == entry->short_name && word[1] != '\0' && word[2] == '\0')
            return entry;
        if (g_str_has_prefix(word, "--") && g_str_equal(word + 2, entry->long_name))
            return entry;
    }
    return NULL;
}

static void
add_values(Line *line, const Values *values)
{
    const char *comma = values->parts ? strrchr(line->last, ',') : NULL;
    g_autofree char *before = NULL;

    if (comma) {
        before = g_strdup_printf("%s%.*s", line->before, (int)(comma + 1 - line->last), line->last);
        line->before = before;
        line->last = comma + 1;
    }
    line->kind = values->parts ? "parts" : "words";
    if (values->words)
        add_words(line, values->words);
    if (values->add)
        values->add(line);
}

static void
complete_value(Line *line, const GOptionEntry *entry)
{
    const Values *values = option_values(entry->long_name);

    if (values)
        add_values(line, values);
    else if (entry->arg == G_OPTION_ARG_FILENAME || entry->arg == G_OPTION_ARG_FILENAME_ARRAY)
        line->kind = g_strcmp0(entry->arg_description, "DIR") == 0 ? "folders" : "files";
}

static void
complete_argument(Line *line)
{
    const Values *values = argument_values(line->command->name);

    if (!values)
        line->kind = "files";
    else
        add_values(line, values);
}

static void
complete_after_command(Line *line, const char *previous)
{
    const char *equals = g_str_has_prefix(line->last, "--") ? strchr(line->last, '=') : NULL;
    g_autofree char *option =
        equals ? g_strndup(line->last, (gsize)(equals - line->last)) : g_strdup(previous);
    g_autofree char *before = equals ? g_strconcat(option, "=", NULL) : NULL;
    const GOptionEntry *entry = find_option(line->command, option);

    if (entry && equals) {
        line->before = before;
        line->last = equals + 1;
    }
    if (entry)
        complete_value(line, entry);
    else if (*line->last == '-')
        add_options(line);
    else
        complete_argument(line);
}

static void
complete(Line *line, size_t n_before)
{
    const char *first = n_before > 0 ? line->words[0] : NULL;

    line->command = first ? cli_command_named(first) : NULL;
    if (!first || (n_before == 1 && g_str_equal(first, "help")))
        add_commands(line);
    else if (line->command)
        complete_after_command(line, line->words[n_before - 1]);
}

int
cli_complete(CliOptions *options, GError **error G_GNUC_UNUSED)
{
    size_t n = options->args ? g_strv_length(options->args) : 0;
    g_auto(GStrv) words = g_strdupv(options->args);
    g_autofree char *last = n ? g_steal_pointer(&words[n - 1]) : g_strdup("");
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    char *none[] = { NULL };
    Line line = {
        .options = options,
        .words = words ? words : none,
        .before = "",
        .last = last,
        .kind = "words",
        .found = found,
    };

    complete(&line, n ? n - 1 : 0);
    printf("%s\n", line.kind);
    for (guint i = 0; i < found->len; i++)
        printf("%s\n", (const char *)found->pdata[i]);
    return 0;
}

#define URIS "qemu:///system qemu:///session qemu+ssh://"

static void
add_formats(Line *line)
{
    static const Values formats[] = {
        { "check", "text json xml cim", NULL, FALSE },
        { "show", "text json xml", NULL, FALSE },
        { "systems", "text json cim", NULL, FALSE },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (g_str_equal(formats[i].name, line->command->name)) {
            add_words(line, formats[i].words);
            return;
        }
    }
    add_words(line, "text json");
}

static const Values *
find_values(const Values *table, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (g_str_equal(table[i].name, name))
            return &table[i];
    }
    return NULL;
}

static const Values *
option_values(const char *name)
{
    static const Values values[] = {
        { "as", "live saved off", NULL, FALSE },
        { "assume", NULL, add_assumed, TRUE },
        { "color", "auto always never", NULL, FALSE },
        { "connect", URIS, NULL, FALSE },
        { "destination", URIS, NULL, FALSE },
        { "domain", NULL, add_domains, FALSE },
        { "format", NULL, add_formats, FALSE },
        { "ignore", NULL, add_rules, TRUE },
        { "local-files", "yes no", NULL, FALSE },
        { "severity", NULL, add_severities, TRUE },
        { "source", URIS, NULL, FALSE },
    };

    return find_values(values, G_N_ELEMENTS(values), name);
}

static void
add_hooks(Line *line)
{
    g_autofree char *targets = cli_hook_targets();
    g_auto(GStrv) names = g_strsplit(targets, ", ", -1);

    if (!line->words[1])
        add_words(line, "install remove");
    for (char **name = names; line->words[1] && *name; name++)
        add(line, *name);
}

/* Of others the arguments are files. */
static const Values *
argument_values(const char *command)
{
    static const Values values[] = {
        { "collect", NULL, add_domains, FALSE }, { "embed", NULL, add_domains, FALSE },
        { "gate", URIS, NULL, FALSE },           { "get", NULL, add_domains, FALSE },
        { "hook", NULL, add_hooks, FALSE },      { "offer", "", NULL, FALSE },
        { "rules", NULL, add_rules, FALSE },     { "systems", "", NULL, FALSE },
    };

    return find_values(values, G_N_ELEMENTS(values), command);
}
