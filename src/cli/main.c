/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The vmcompat command: a table of commands, a table of options.
 */
#include "cli/cli.h"

#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static CliOptions options = { .timeout = 30 };

/* Every option, by the letter with which commands name it below. */
static const struct {
    char letter;
    GOptionEntry entry;
} all_options[] = {
    { 'c',
      { "connect", 'c', 0, G_OPTION_ARG_STRING, &options.connect,
        N_("hypervisor connection URI, as for virsh"), N_("URI") } },
    { 'L', { "all", 0, 0, G_OPTION_ARG_NONE, &options.all, N_("every domain of the host"), NULL } },
    { 'E',
      { "remove", 0, 0, G_OPTION_ARG_NONE, &options.remove, N_("take the blob out again"), NULL } },
    { 'W',
      { "watch", 0, 0, G_OPTION_ARG_NONE, &options.watch,
        N_("every domain, and again whenever one starts or changes, for ever"), NULL } },
    { 'N',
      { "started", 0, 0, G_OPTION_ARG_NONE, &options.started,
        N_("every domain whose start the hook has noted"), NULL } },
    { 'U',
      { "source", 0, 0, G_OPTION_ARG_STRING, &options.connect,
        N_("the host that the domains are on (as --connect)"), N_("URI") } },
    { 'D',
      { "domain", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.domains,
        N_("name, UUID or id of a domain there (repeatable)"), N_("DOMAIN") } },
    { 'T',
      { "destination", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.destinations,
        N_("a host that they might go to (repeatable)"), N_("URI") } },
    { 'r',
      { "readonly", 'r', 0, G_OPTION_ARG_NONE, &options.readonly, N_("connect read-only"), NULL } },
    { 'F',
      { "facts", 0, 0, G_OPTION_ARG_FILENAME, &options.facts,
        N_("read saved facts instead of asking libvirt"), N_("DIR") } },
    { 'x',
      { "xml", 0, 0, G_OPTION_ARG_FILENAME, &options.xml, N_("a definition in a file, as off"),
        N_("FILE") } },
    { 'I',
      { "image", 0, 0, G_OPTION_ARG_FILENAME, &options.image,
        N_("a saved image (virsh save), as saved"), N_("FILE") } },
    { 'H',
      { "host", 0, 0, G_OPTION_ARG_NONE, &options.host,
        N_("the whole host: its offer and all its domains"), NULL } },
    { 'o',
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, N_("write to a file"),
        N_("FILE") } },
    { 'A',
      { "armor", 0, 0, G_OPTION_ARG_NONE, &options.armor, N_("base64 with a header and a footer"),
        NULL } },
    { 'O',
      { "offer", 0, 0, G_OPTION_ARG_FILENAME, &options.offer,
        N_("judge against a saved offer, offline"), N_("FILE") } },
    { 'M',
      { "cpu-models", 0, 0, G_OPTION_ARG_NONE, &options.cpu_models,
        N_("every CPU model expanded, too: for the hook, which can't ask"), NULL } },
    { 'k',
      { "folder", 0, 0, G_OPTION_ARG_FILENAME, &options.folder,
        N_("where the hooks are, if not in the usual place"), N_("DIR") } },
    { 'Q',
      { "for", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.question_files,
        N_("answer what this blob asks, too: its paths and machine (repeatable)"), N_("BLOB") } },
    { 's',
      { "as", 0, 0, G_OPTION_ARG_STRING, &options.as, N_("judge as if live, saved or off"),
        N_("STATE") } },
    { 'a',
      { "assume", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.assume,
        N_("flags the migration will be given, and shared-storage"), N_("FLAG,…") } },
    { 'i',
      { "ignore", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.ignore,
        N_("waive rules by id; their findings stay visible"), N_("RULE,…") } },
    { 'y',
      { "dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run,
        N_("let the destination's libvirt judge the definition, too"), NULL } },
    { 'n',
      { "config", 0, 0, G_OPTION_ARG_FILENAME, &options.config,
        N_("policy to read instead of the default vmcompat.conf"), N_("FILE") } },
    { 'w',
      { "severity", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.severities,
        N_("what a rule's failure weighs (blocker, unknown, warning, note)"),
        N_("RULE=SEVERITY,…") } },
    { 'R',
      { "site-rules", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.site_rules,
        N_("ask the programs in this folder, too (repeatable)"), N_("DIR") } },
    { 'm',
      { "max-age", 0, 0, G_OPTION_ARG_STRING, &options.max_age,
        N_("older blobs and offers are undecided (90, 15m, 12h, 2d)"), N_("AGE") } },
    { 'l',
      { "local-files", 0, 0, G_OPTION_ARG_STRING, &options.local_files,
        N_("whether this machine's files are the destination's (yes, no)"), N_("ANSWER") } },
    { 'f',
      { "format", 0, 0, G_OPTION_ARG_STRING, &options.format, N_("text, json, xml or cim"),
        N_("FORMAT") } },
    { 'q',
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet,
        N_("print nothing, only set the exit status"), NULL } },
    { 'v', { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose, N_("notes too"), NULL } },
    { 'C',
      { "color", 0, 0, G_OPTION_ARG_STRING, &options.color, N_("auto, always or never"),
        N_("WHEN") } },
    { 'S',
      { "save", 0, 0, G_OPTION_ARG_FILENAME, &options.save, N_("the folder to make"), N_("DIR") } },
    { 't',
      { "timeout", 0, 0, G_OPTION_ARG_INT, &options.timeout,
        N_("give up when libvirt is silent for so long (default 30)"), N_("SECONDS") } },
};

static const CliCommand commands[] = {
    { "get", N_("DOMAIN | --host | --xml FILE | --image FILE"),
      N_("the compatibility information of a domain or host: a blob"), "crFxIHoAlt", cli_get },
    { "check", N_("BLOB…"), N_("would these systems migrate to this host, and if not, why not"),
      "crFOsyainwRmlfqvCt", cli_check },
    { "gate", N_("[--source URI] --domain DOMAIN --destination URI…"),
      N_("which of these hosts would this domain migrate to"), "cUDTrsainwRlfqvCt", cli_gate },
    { "embed", N_("DOMAIN | --all | --started | --watch"),
      N_("store the blob in the domain's metadata, so that it travels with it"), "cLENWqt",
      cli_embed },
    { "offer", "", N_("what this host has: the document for check --offer"), "crFMQolt",
      cli_offer },
    { "hook", N_("install|remove [libvirt|vdsm|proxmox|xapi|libvirt-cim|cloudstack]"),
      N_("put a hook in the way of migrations, or take it out"), "k", cli_hook },
    { "status", "", N_("is this host's saved offer still true, and the hook in place"), "crOkft",
      cli_status },
    { "show", N_("BLOB"), N_("decode a blob"), "ft", cli_show },
    { "systems", "", N_("the host and its domains as CIM_ComputerSystem"), "crFft", cli_systems },
    { "rules", N_("[RULE]"), N_("list the rules, or explain one"), "ft", cli_rules },
    { "collect", N_("[DOMAIN] --save DIR"), N_("raw facts, for bug reports and fixtures"), "crSt",
      cli_collect },
};

const CliCommand *
cli_command_at(size_t index)
{
    return index < G_N_ELEMENTS(commands) ? &commands[index] : NULL;
}

const GOptionEntry *
cli_option_at(const CliCommand *command, size_t index)
{
    for (size_t i = 0; i < G_N_ELEMENTS(all_options); i++) {
        if (strchr(command->options, all_options[i].letter) && index-- == 0)
            return &all_options[i].entry;
    }
    return NULL;
}

const CliCommand *
cli_command_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(commands[i].name, name))
            return &commands[i];
    }
    return NULL;
}

static GOptionContext *
option_context(const CliCommand *command)
{
    g_autofree char *usage = g_strdup_printf("%s%s%s", command->name, *command->args ? " " : "",
                                             *command->args ? _(command->args) : "");
    GOptionContext *context = g_option_context_new(usage);
    g_autofree GOptionEntry *entries = g_new0(GOptionEntry, G_N_ELEMENTS(all_options) + 2);
    size_t n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(all_options); i++) {
        if (strchr(command->options, all_options[i].letter))
            entries[n++] = all_options[i].entry;
    }
    entries[n] = (GOptionEntry){ G_OPTION_REMAINING, 0,    0,   G_OPTION_ARG_FILENAME_ARRAY,
                                 &options.args,      NULL, NULL };
    g_option_context_set_summary(context, _(command->summary));
    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
    return context;
}

static void
print_commands(void)
{
    printf(_("Usage: vmcompat COMMAND [OPTION…]\n\nWould this guest migrate to that host, and if "
             "not, why not?\n\nCommands:\n"));
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        printf("  %-10s %s\n", commands[i].name, _(commands[i].summary));
    printf(_("\nvmcompat help COMMAND explains one; the manual is vmcompat(1).\n"));
}

static int
print_help(const char *name)
{
    const CliCommand *command = name ? cli_command_named(name) : NULL;
    g_autoptr(GOptionContext) context = NULL;
    g_autofree char *text = NULL;

    if (name && g_str_equal(name, "--commands")) {
        for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
            printf("%s\n", commands[i].name);
        return 0;
    }
    if (name && !command) {
        g_printerr(_("vmcompat: unknown command '%s' (vmcompat help lists them)\n"), name);
        return EXIT_NO_VERDICT;
    }
    if (!command) {
        print_commands();
        return 0;
    }
    context = option_context(command);
    text = g_option_context_get_help(context, TRUE, NULL);
    printf("%s", text);
    return 0;
}

static void
print_error(const GError *error)
{
    if (g_strcmp0(options.format, "json") == 0 && !options.quiet) {
        g_autofree char *json = vmc_error_to_json(error);

        printf("%s\n", json);
    }
    g_printerr(_("vmcompat: error: %s\n"), error->message);
}

static gboolean
parse_options(const CliCommand *command, int argc, char **argv, GError **error)
{
    g_autoptr(GOptionContext) context = option_context(command);

    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (options.timeout < 1 || options.timeout > 86400) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("--timeout takes seconds, 1 to 86400, not '%d'"), options.timeout);
        return FALSE;
    }
    return TRUE;
}

static int
run_command(const CliCommand *command, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    int status = -1;

    if (parse_options(command, argc, argv, &error)) {
        cli_bound(options.timeout, print_error);
        status = command->run(&options, &error);
        cli_watch_end();
    }
    if (status >= 0)
        return status;
    print_error(error);
    return EXIT_NO_VERDICT;
}

static void
tell_nothing(const GError *why G_GNUC_UNUSED)
{
}

/* A shell waits for it at every key. */
static int
run_complete(char **words)
{
    g_autoptr(GError) error = NULL;
    int status;

    options.args = words;
    cli_bound(2, tell_nothing);
    cli_watch();
    status = cli_complete(&options, &error);
    cli_watch_end();
    return status == 0 ? 0 : EXIT_NO_VERDICT;
}

static int
run(int argc, char **argv)
{
    const CliCommand *command = NULL;

    if (argc < 2) {
        print_commands();
        return EXIT_NO_VERDICT;
    }
    if (g_str_equal(argv[1], "help") || g_str_equal(argv[1], "--help") ||
        g_str_equal(argv[1], "-h"))
        return print_help(argc > 2 ? argv[2] : NULL);
    if (g_str_equal(argv[1], "--version") || g_str_equal(argv[1], "version")) {
        printf("vmcompat %s\n", vmc_version());
        return 0;
    }
    if (g_str_equal(argv[1], "complete"))
        return run_complete(argv + (argc > 2 && g_str_equal(argv[2], "--") ? 3 : 2));
    command = cli_command_named(argv[1]);
    if (!command) {
        g_printerr(_("vmcompat: unknown command '%s' (vmcompat help lists them)\n"), argv[1]);
        return EXIT_NO_VERDICT;
    }
    /* The option parser takes what stands first for the program's name. */
    return run_command(command, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    int status;

    /* One thread works at a time: an arena of its own would only cost time. */
    mallopt(M_ARENA_MAX, 1);
    /* Numbers and times are written one way everywhere; each category is a file to load. */
    setlocale(LC_CTYPE, "");
    setlocale(LC_MESSAGES, "");
    bindtextdomain(GETTEXT_PACKAGE, LOCALEDIR);
    textdomain(GETTEXT_PACKAGE);
    g_set_prgname("vmcompat");
    cli_ignore_broken_pipes();

    status = run(argc, argv);
    if (status == EXIT_NO_VERDICT || cli_flush(&error))
        return status;
    print_error(error);
    return EXIT_NO_VERDICT;
}
