/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat show, rules, systems, collect: the commands that only print or save.
 */
#include "cli/cli.h"

static int
print(char *text, GError **error)
{
    g_autofree char *owned = text;

    return owned && cli_write(NULL, owned, strlen(owned), error) ? 0 : -1;
}

int
cli_show(CliOptions *options, GError **error)
{
    g_autoptr(VmcDocument) document = NULL;
    VmcFormat format = VMC_FORMAT_TEXT;

    if (!cli_format(options, &format, error) || !cli_no_args(options, 1, error))
        return -1;
    if (!options->args || !options->args[0]) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("no BLOB is given"));
        return -1;
    }
    document = cli_read_document(options->args[0], error);
    return document ? print(vmc_document_to_text(document, format, error), error) : -1;
}

int
cli_rules(CliOptions *options, GError **error)
{
    VmcFormat format = VMC_FORMAT_TEXT;

    if (!cli_no_args(options, 1, error))
        return -1;
    /* For the build: the manual's page of rules. */
    if (g_strcmp0(options->format, "pod") == 0)
        return print(vmc_rules_to_pod(), error);
    if (!cli_format(options, &format, error))
        return -1;
    return print(vmc_rules_to_text(options->args ? options->args[0] : NULL, format, error), error);
}

int
cli_systems(CliOptions *options, GError **error)
{
    VmcFormat format = VMC_FORMAT_TEXT;
    CLI_AUTO_CONN conn = NULL;

    if (!cli_format(options, &format, error) || !cli_no_args(options, 0, error))
        return -1;
    if (options->facts) {
        g_autoptr(VmcDocument) document = NULL;

        document = cli_read_facts(options, NULL, error);
        return document ? print(vmc_document_systems_to_text(document, format, error), error) : -1;
    }
    conn = cli_connect(options, error);
    return conn ? print(vmc_systems_to_text(conn, format, error), error) : -1;
}

int
cli_collect(CliOptions *options, GError **error)
{
    CLI_AUTO_CONN conn = NULL;

    if (!cli_no_args(options, 1, error))
        return -1;
    if (!options->save) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("--save DIR is needed"));
        return -1;
    }
    conn = cli_connect(options, error);
    if (!conn)
        return -1;
    return vmc_collect_to_folder(conn, options->args ? options->args[0] : NULL, options->save,
                                 error)
               ? 0
               : -1;
}
