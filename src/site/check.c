/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asks the programs of the site about one guest after the other.
 */
#include "site/site-internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct _VmcSiteCheck {
    const VmcSitePrograms *settings;
    GPtrArray *programs;                /* VmcProgram * */
    char *folder;                       /* ours, and removed again */
    char *requirement, *offer, *params; /* files in it; params: NULL where there are none */
    VmcTickFunc tick;
    void *opaque;
};

void
vmc_site_programs_clear(VmcSitePrograms *programs)
{
    g_clear_pointer(&programs->folders, g_ptr_array_unref);
    g_clear_pointer(&programs->extchecks, g_free);
    g_clear_pointer(&programs->extchecks_params, g_strfreev);
}

void
vmc_site_check_free(VmcSiteCheck *check)
{
    if (!check)
        return;
    if (check->folder) {
        g_unlink(check->requirement);
        g_unlink(check->offer);
        g_unlink(check->params);
        g_rmdir(check->folder);
    }
    g_free(check->requirement);
    g_free(check->offer);
    g_free(check->params);
    g_free(check->folder);
    g_ptr_array_unref(check->programs);
    g_free(check);
}

static gboolean
write_file(const char *path, const char *text, GError **error)
{
    g_autoptr(GError) why = NULL;

    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &why))
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("can't write for the site's rules: %s"),
                why->message);
    return FALSE;
}

/* Takes @facts. */
static gboolean
write_document(const char *path, VmcFacts *facts, GError **error)
{
    VmcDocument *document = vmc_document_new_unchecked(facts, error);
    g_autofree char *xml = NULL;

    if (!document)
        return FALSE;
    xml = vmc_document_to_xml(document);
    g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
    return write_file(path, xml, error);
}

static gboolean
write_params(VmcSiteCheck *check, GError **error)
{
    g_autofree char *lines = NULL;
    g_autofree char *text = NULL;

    if (!check->settings->extchecks_params)
        return TRUE;
    lines = g_strjoinv("\n", check->settings->extchecks_params);
    text = g_strconcat(lines, "\n", NULL);
    return write_file(check->params, text, error);
}

static gboolean
make_folder(VmcSiteCheck *check, GError **error)
{
    g_autoptr(GError) why = NULL;

    check->folder = g_dir_make_tmp("vmcompat-XXXXXX", &why);
    if (!check->folder) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED,
                    _("can't make a folder for the site's rules: %s"), why->message);
        return FALSE;
    }
    check->requirement = g_build_filename(check->folder, "requirement.xml", NULL);
    check->offer = g_build_filename(check->folder, "offer.xml", NULL);
    check->params = g_build_filename(check->folder, "parameters", NULL);
    return TRUE;
}

static GPtrArray *
list_programs(const VmcSitePrograms *settings)
{
    GPtrArray *programs = vmc_programs_new();

    for (size_t i = 0; settings->folders && i < settings->folders->len; i++)
        vmc_programs_list(programs, VMC_PROGRAM_RULE, settings->folders->pdata[i]);
    if (settings->extchecks)
        vmc_programs_list(programs, VMC_PROGRAM_EXTCHECK, settings->extchecks);
    return programs;
}

VmcSiteCheck *
vmc_site_check_new(const VmcSitePrograms *programs,
                   const VmcFacts *offer,
                   VmcTickFunc tick,
                   void *opaque,
                   GError **error)
{
    g_autoptr(VmcSiteCheck) check = g_new0(VmcSiteCheck, 1);

    check->settings = programs;
    check->programs = list_programs(programs);
    check->tick = tick;
    check->opaque = opaque;
    if (check->programs->len == 0)
        return NULL;
    if (!make_folder(check, error) ||
        !write_document(check->offer, vmc_document_offer_facts(offer), error) ||
        !write_params(check, error))
        return NULL;
    return g_steal_pointer(&check);
}

/* ---- one guest -------------------------------------------------------------------- */

/* "qemu+ssh://host/system" names a server, "qemu:///system" none. */
static gboolean
names_server(const char *uri)
{
    const char *server = strstr(uri, "://");

    return server && server[strlen("://")] != '/' && server[strlen("://")] != '\0';
}

/* A name with its domain and one without are the same if they begin alike. */
static gboolean
is_this_machine(const char *hostname)
{
    const char *own = g_get_host_name();
    size_t length = strcspn(hostname, ".");

    if (hostname[length] && strchr(own, '.'))
        return g_ascii_strcasecmp(hostname, own) == 0;
    return length == strcspn(own, ".") && g_ascii_strncasecmp(hostname, own, length) == 0;
}

/* libvirt-cim's checks are given the source's libvirt, to ask it about the guest.
 * One that is local to another machine would be asked in vain here, or worse: it
 * would answer for another guest of that name. */
static char *
why_no_extchecks(const VmcHost *source)
{
    if (!source->uri || !*source->uri)
        return g_strdup(_("the blob does not tell the source's libvirt, which libvirt-cim's "
                          "checks ask about the guest"));
    if (names_server(source->uri) || (source->hostname && is_this_machine(source->hostname)))
        return NULL;
    return g_strdup_printf(_("libvirt-cim's checks ask the source's libvirt about the guest, and "
                             "'%1$s' of '%2$s' can't be reached from here"),
                           source->uri, source->hostname ? source->hostname : "?");
}

/* 0: there is no time left. */
static unsigned int
seconds_for(const VmcSiteCheck *check, const VmcProgram *program)
{
    gint64 left = check->settings->deadline - g_get_monotonic_time();
    unsigned int seconds = check->settings->timeout;

    if (!seconds)
        seconds = program->kind == VMC_PROGRAM_RULE ? VMC_SITE_TIMEOUT : VMC_EXTCHECKS_TIMEOUT;
    if (!check->settings->deadline)
        return seconds;
    return (unsigned int)CLAMP(left / G_TIME_SPAN_SECOND, 0, (gint64)seconds);
}

static void
ask(VmcSiteCheck *check,
    VmcProgram *program,
    const VmcDocument *info,
    const VmcRequirement *req,
    VmcFindings *findings)
{
    const char *const rule_argv[] = {
        program->path, check->requirement,         check->offer,
        req->name,     req->uuid ? req->uuid : "", vmc_state_name(req->state),
        NULL
    };
    const char *const extcheck_argv[] = { program->path, req->name, info->host.uri,
                                          check->settings->extchecks_params ? check->params : NULL,
                                          NULL };
    gboolean is_rule = program->kind == VMC_PROGRAM_RULE;
    unsigned int seconds = seconds_for(check, program);
    VmcRun run;

    vmc_run_program(is_rule ? rule_argv : extcheck_argv, seconds, check->tick, check->opaque, &run);
    program->was_late = run.end == VMC_RUN_LATE;
    program->seconds = seconds;
    if (is_rule)
        vmc_site_answer(program, &run, seconds, findings);
    else
        vmc_extcheck_answer(program, &run, seconds, findings);
    vmc_run_clear(&run);
}

/* Why a program is not asked at all; TRUE: that was said. */
static gboolean
is_passed_over(const VmcSiteCheck *check, const VmcProgram *program, VmcFindings *findings)
{
    if (program->misnamed) {
        findings->rule = vmc_rules_find("site-rule-failed");
        vmc_say(findings, VMC_SEVERITY_WARNING, "", program->path, NULL,
                _("'%s' is not run: names of site rules have letters, digits, '_' and '-' only"),
                program->path);
        vmc_remedy(findings, "%s", _("Give it such a name, or make it not executable."));
        return TRUE;
    }
    if (program->distrusted) {
        vmc_site_failed(program, findings,
                        _("Let it, and the folder it is in, belong to root or to the user who runs "
                          "vmcompat, and be writable by nobody else (chmod go-w FILE)."),
                        _("'%1$s' is not run: %2$s"), program->path, program->distrusted);
        return TRUE;
    }
    if (program->was_late)
        vmc_site_failed(program, findings, NULL,
                        _("'%1$s' is not asked again: it did not end within %2$u seconds before"),
                        program->path, program->seconds);
    else if (seconds_for(check, program) == 0)
        vmc_site_failed(program, findings, NULL,
                        _("'%1$s' is not asked: the time for all of them is over"), program->path);
    else
        return FALSE;
    return TRUE;
}

static const VmcProgram *
first_extcheck(const VmcSiteCheck *check)
{
    for (size_t i = 0; i < check->programs->len; i++) {
        const VmcProgram *program = check->programs->pdata[i];

        if (program->kind == VMC_PROGRAM_EXTCHECK)
            return program;
    }
    return NULL;
}

gboolean
vmc_site_check_system(VmcSiteCheck *check,
                      const VmcDocument *info,
                      const VmcSystem *system,
                      const VmcRequirement *requirement,
                      GHashTable *ignore,
                      GPtrArray *findings,
                      GError **error)
{
    VmcFindings said = { .list = findings, .ignore = ignore };
    const VmcProgram *extcheck = first_extcheck(check);
    g_autofree char *why = extcheck ? why_no_extchecks(&info->host) : NULL;

    if (!write_document(check->requirement, vmc_document_system_facts(info->facts, system), error))
        return FALSE;
    for (size_t i = 0; i < check->programs->len; i++) {
        VmcProgram *program = check->programs->pdata[i];

        if (program->kind == VMC_PROGRAM_EXTCHECK && why)
            continue;
        if (!is_passed_over(check, program, &said))
            ask(check, program, info, requirement, &said);
    }
    if (why)
        vmc_site_failed(extcheck, &said,
                        _("Run the check on the source (vmcompat check -c DESTINATION), or make "
                          "the blob with a URI that names the source (vmcompat get -c "
                          "qemu+ssh://SOURCE/system)."),
                        "%s", why);
    return TRUE;
}
