/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat gate: get and check in one process, against many destinations.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <unistd.h>

static gboolean
check_usage(const CliOptions *options, GError **error)
{
    if (!options->domains) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("no --domain is given (vmcompat systems lists them)"));
        return FALSE;
    }
    if (!options->destinations) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("no --destination is given (a libvirt URI, as for virsh -c)"));
        return FALSE;
    }
    return TRUE;
}

/* What follows the options are destinations, too: --destination A B C. */
static char **
destinations_of(const CliOptions *options)
{
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();

    g_strv_builder_addv(all, (const char **)options->destinations);
    if (options->args)
        g_strv_builder_addv(all, (const char **)options->args);
    return g_strv_builder_end(all);
}

static VmcDocument *
document_of(virConnectPtr conn, const char *name, GError **error)
{
    g_autoptr(GBytes) blob = NULL;

    if (vmc_get_system_compatibility_info(conn, name, 0, &blob, error) != VMC_RETURN_COMPATIBLE)
        return NULL;
    return vmc_document_from_bytes(blob, 0, error);
}

static GPtrArray *
documents_of(const CliOptions *options, GError **error)
{
    g_autoptr(GPtrArray) infos = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_document_unref);
    CLI_AUTO_CONN conn = cli_connect(options, error);

    if (!conn)
        return NULL;
    for (char **name = options->domains; *name; name++) {
        VmcDocument *document = document_of(conn, *name, error);

        if (!document)
            return NULL;
        g_ptr_array_add(infos, document);
        cli_progress(infos->len, infos->len, NULL);
    }
    return g_steal_pointer(&infos);
}

static gboolean
print_gate(const VmcGate *gate, const CliOptions *options, VmcFormat format, GError **error)
{
    g_autofree char *text = NULL;
    gboolean color = FALSE;

    if (options->quiet)
        return TRUE;
    if (!cli_use_color(options, error, &color))
        return FALSE;
    text = vmc_gate_to_text(
        gate, format, (color ? VMC_REPORT_COLOR : 0) | (options->verbose ? VMC_REPORT_VERBOSE : 0),
        error);
    return text && cli_write(NULL, text, strlen(text), error);
}

static gboolean
has_mute_destination(const VmcGate *gate)
{
    for (size_t i = 0; i < vmc_gate_n_destinations(gate); i++) {
        if (g_error_matches(vmc_gate_error(gate, i), VMC_ERROR, VMC_ERROR_TIMEOUT))
            return TRUE;
    }
    return FALSE;
}

static VmcGate *
ask_all(const CliOptions *options, VmcCheckOptions *check, GError **error)
{
    g_autoptr(GPtrArray) infos = documents_of(options, error);
    g_auto(GStrv) uris = NULL;

    if (!infos)
        return NULL;
    uris = destinations_of(options);
    cli_unbounded();
    return vmc_gate_uris((const char *const *)uris, options->readonly ? VMC_GATE_READONLY : 0,
                         (VmcDocument *const *)infos->pdata, infos->len, check,
                         (unsigned int)options->timeout, error);
}

/* Why there is no verdict belongs on standard error, whatever was printed. */
static int
finish(const VmcGate *gate)
{
    int status = vmc_gate_exit_status(gate);

    if (status == EXIT_NO_VERDICT)
        g_printerr(_("vmcompat: error: no destination gave a verdict; %1$s: %2$s\n"),
                   vmc_gate_destination(gate, 0), vmc_gate_error(gate, 0)->message);
    /* A thread still sits in libvirt: nothing of its may be torn down. */
    if (has_mute_destination(gate)) {
        fflush(stdout);
        _exit(status);
    }
    return status;
}

int
cli_gate(CliOptions *options, GError **error)
{
    g_autoptr(VmcCheckOptions) check = cli_check_options(options, error);
    g_autoptr(VmcGate) gate = NULL;
    VmcFormat format = VMC_FORMAT_TEXT;

    if (!check || !check_usage(options, error) || !cli_format(options, &format, error))
        return -1;
    if (format != VMC_FORMAT_TEXT && format != VMC_FORMAT_JSON) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("a gate has no such format (text, json)"));
        return -1;
    }
    gate = ask_all(options, check, error);
    if (!gate || !print_gate(gate, options, format, error))
        return -1;
    return finish(gate);
}
