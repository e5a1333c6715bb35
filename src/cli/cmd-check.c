/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat check: would these systems migrate to that host?
 */
#include "cli/cli.h"

static gboolean
add_listed(char **lists,
           VmcCheckOptions *options,
           gboolean (*add)(VmcCheckOptions *, const char *, GError **),
           GError **error)
{
    for (char **list = lists; list && *list; list++) {
        g_auto(GStrv) names = g_strsplit(*list, ",", -1);

        for (char **name = names; *name; name++) {
            if (**name && !add(options, *name, error))
                return FALSE;
        }
    }
    return TRUE;
}

/* RULE=SEVERITY; words for a severity are the report's. */
static gboolean
set_severity(VmcCheckOptions *check, const char *text, GError **error)
{
    static const struct {
        const char *name;
        VmcSeverity severity;
    } severities[] = {
        { "blocker", VMC_SEVERITY_BLOCKER }, { "conditional", VMC_SEVERITY_CONDITIONAL },
        { "unknown", VMC_SEVERITY_UNKNOWN }, { "warning", VMC_SEVERITY_WARNING },
        { "note", VMC_SEVERITY_NOTE },
    };
    g_auto(GStrv) words = g_strsplit(text, "=", 2);

    for (size_t i = 0; words[1] && i < G_N_ELEMENTS(severities); i++) {
        if (g_str_equal(severities[i].name, words[1]))
            return vmc_check_options_set_severity(check, words[0], severities[i].severity, error);
    }
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("--severity takes RULE=blocker, conditional, unknown, warning or note, not '%s'"),
                text);
    return FALSE;
}

static gboolean
add_site_rules(const CliOptions *options, VmcCheckOptions *check, GError **error)
{
    for (char **folder = options->site_rules; folder && *folder; folder++) {
        if (!vmc_check_options_add_site_rules(check, *folder, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
set_state(VmcCheckOptions *check, const char *as, GError **error)
{
    static const struct {
        const char *name;
        VmcState state;
    } states[] = {
        { "live", VMC_STATE_LIVE },
        { "saved", VMC_STATE_SAVED },
        { "off", VMC_STATE_OFF },
    };

    for (size_t i = 0; as && i < G_N_ELEMENTS(states); i++) {
        if (g_str_equal(states[i].name, as)) {
            vmc_check_options_set_as(check, states[i].state);
            return TRUE;
        }
    }
    if (as)
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("--as takes live, saved or off, not '%s'"), as);
    return as == NULL;
}

VmcCheckOptions *
cli_check_options(const CliOptions *options, GError **error)
{
    g_autoptr(VmcCheckOptions) check = vmc_check_options_new();
    guint64 max_age = 0;
    int local_files = -1;

    if (!vmc_check_options_load_config(check, options->config, 0, error) ||
        !set_state(check, options->as, error) ||
        !add_listed(options->assume, check, vmc_check_options_add_assume, error) ||
        !add_listed(options->ignore, check, vmc_check_options_add_ignore, error) ||
        !add_listed(options->severities, check, set_severity, error) ||
        !add_site_rules(options, check, error) || !cli_local_files(options, &local_files, error) ||
        (options->max_age && !cli_age(options->max_age, &max_age, error)))
        return NULL;
    vmc_check_options_set_max_age(check, max_age);
    vmc_check_options_set_local_files(check, local_files);
    vmc_check_options_set_dry_run(check, options->dry_run);
    return g_steal_pointer(&check);
}

static GPtrArray *
read_blobs(const CliOptions *options, GError **error)
{
    g_autoptr(GPtrArray) infos = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_document_unref);

    if (!options->args || !options->args[0]) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("no BLOB is given (vmcompat get makes one)"));
        return NULL;
    }
    for (char **file = options->args; *file; file++) {
        VmcDocument *document = cli_read_document(*file, error);

        if (!document)
            return NULL;
        g_ptr_array_add(infos, document);
    }
    return g_steal_pointer(&infos);
}

static VmcReport *
check_against_document(const VmcDocument *offer,
                       const GPtrArray *infos,
                       const VmcCheckOptions *check,
                       GError **error)
{
    g_autoptr(VmcReport) report = NULL;

    for (size_t i = 0; i < infos->len; i++) {
        g_autoptr(VmcReport) one = vmc_check_offline(infos->pdata[i], offer, check, error);
        VmcReport *all = NULL;

        if (!one)
            return NULL;
        all = report ? vmc_report_merge(report, one) : vmc_report_ref(one);
        g_clear_pointer(&report, vmc_report_unref);
        report = all;
    }
    return g_steal_pointer(&report);
}

static VmcReport *
check_offline(const CliOptions *options,
              const GPtrArray *infos,
              const VmcCheckOptions *check,
              GError **error)
{
    g_autoptr(VmcDocument) offer = NULL;

    if (options->offer)
        offer = cli_read_document(options->offer, error);
    else
        offer = cli_read_facts(options, NULL, error);
    return offer ? check_against_document(offer, infos, check, error) : NULL;
}

static VmcReport *
check_live(const CliOptions *options,
           const GPtrArray *infos,
           const VmcCheckOptions *check,
           GError **error)
{
    CLI_AUTO_CONN conn = cli_connect(options, error);

    if (!conn)
        return NULL;
    return vmc_check_connection(conn, (VmcDocument *const *)infos->pdata, infos->len, check, error);
}

static gboolean
print_report(const VmcReport *report, const CliOptions *options, VmcFormat format, GError **error)
{
    g_autofree char *text = NULL;
    gboolean color = FALSE;

    if (options->quiet)
        return TRUE;
    if (!cli_use_color(options, error, &color))
        return FALSE;
    text = vmc_report_to_text(
        report, format,
        (color ? VMC_REPORT_COLOR : 0) | (options->verbose ? VMC_REPORT_VERBOSE : 0), error);
    return text && cli_write(NULL, text, strlen(text), error);
}

int
cli_check(CliOptions *options, GError **error)
{
    g_autoptr(VmcCheckOptions) check = cli_check_options(options, error);
    g_autoptr(GPtrArray) infos = NULL;
    g_autoptr(VmcReport) report = NULL;
    VmcFormat format = VMC_FORMAT_TEXT;

    if (!check || !cli_format(options, &format, error))
        return -1;
    if (!!options->offer + !!options->facts + !!options->connect > 1) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("only one of --connect, --offer and --facts can be given"));
        return -1;
    }
    if (options->dry_run && (options->offer || options->facts)) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("--dry-run asks the destination's libvirt; --offer and --facts ask "
                              "nobody (use --connect instead)"));
        return -1;
    }
    infos = read_blobs(options, error);
    if (!infos)
        return -1;
    /* Programs of the site have bounds of their own, and are not libvirt's silence. */
    vmc_check_options_set_progress(check, cli_progress, NULL);
    if (options->offer || options->facts)
        report = check_offline(options, infos, check, error);
    else
        report = check_live(options, infos, check, error);
    if (!report || !print_report(report, options, format, error))
        return -1;
    return vmc_report_exit_status(report);
}
