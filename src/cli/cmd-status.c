/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat status: is what the hook judges by still true, and is it in the way at
 * all?
 */
#include "cli/hook-points.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DEFAULT_OFFER VMC_STATE_DIR "/offer.vmc"

/* ---- the offer ---------------------------------------------------------------------- */

/* Behind the first @before and up to the next @after; "": there is none. */
static char *
between(const char *text, const char *before, const char *after)
{
    const char *start = strstr(text, before);
    const char *end = start ? strstr(start + strlen(before), after) : NULL;

    start = start ? start + strlen(before) : NULL;
    return end ? g_strndup(start, (gsize)(end - start)) : g_strdup("");
}

static const struct {
    const char *what; /* N_() */
    const char *before, *after;
    gboolean is_text; /* long: only whether it is the same is told */
} compared[] = {
    { N_("host UUID"), "<uuid>", "</uuid>", FALSE },
    { N_("libvirt version"), " libvirtVersion='", "'", FALSE },
    { N_("QEMU version"), " hypervisorVersion='", "'", FALSE },
    { N_("capabilities"), "<capabilities>", "</capabilities>", TRUE },
};

static gboolean
print_differences(const char *saved, const char *now)
{
    gboolean same = TRUE;

    for (size_t i = 0; i < G_N_ELEMENTS(compared); i++) {
        g_autofree char *old = between(saved, compared[i].before, compared[i].after);
        g_autofree char *new = between(now, compared[i].before, compared[i].after);

        if (g_str_equal(old, new))
            continue;
        same = FALSE;
        if (compared[i].is_text)
            printf(_("  differs:    %s\n"), _(compared[i].what));
        else
            printf(_("  differs:    %1$s, '%2$s' then, '%3$s' now\n"), _(compared[i].what), old,
                   new);
    }
    return same;
}

static char *
ask_host(const CliOptions *options, GError **error)
{
    CLI_AUTO_CONN conn = cli_connect(options, error);
    g_autoptr(VmcDocument) document = NULL;

    if (conn)
        document = vmc_document_from_host(conn, VMC_HOST_OFFER, NULL, 0, -1, cli_progress, NULL,
                                          NULL, error);
    return document ? vmc_document_to_text(document, VMC_FORMAT_XML, error) : NULL;
}

static char *
read_offer(const char *file, GError **error)
{
    g_autoptr(VmcDocument) document = cli_read_document(file, error);

    return document ? vmc_document_to_text(document, VMC_FORMAT_XML, error) : NULL;
}

static gboolean
print_offer(const CliOptions *options)
{
    const char *file = options->offer ? options->offer : DEFAULT_OFFER;
    g_autoptr(GError) error = NULL;
    g_autofree char *saved = read_offer(file, &error);
    g_autofree char *now = NULL;
    g_autofree char *made = saved ? between(saved, " time='", "'") : NULL;
    gint64 age = 0;
    gboolean same = FALSE;

    printf(_("offer:        %s\n"), file);
    if (!saved) {
        printf(_("  can't be used: %s\n"), error->message);
        return FALSE;
    }
    age = (gint64)time(NULL) - g_ascii_strtoll(made, NULL, 10);
    printf(_("  age:        %1$" G_GINT64_FORMAT " h %2$" G_GINT64_FORMAT " min\n"), age / 3600,
           age / 60 % 60);
    now = ask_host(options, &error);
    if (!now) {
        printf(_("  can't be compared with the host: %s\n"), error->message);
        return FALSE;
    }
    same = print_differences(saved, now);
    printf("%s", same ? _("  matches the host\n") : _("  does not match the host any more\n"));
    return same;
}

/* ---- the hook ------------------------------------------------------------------------- */

/* When the daemon was started, as far as its PID file tells; 0: not running. */
static gint64
daemon_start(void)
{
    static const char *const files[] = { "/run/virtqemud.pid", "/run/libvirtd.pid" };

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *text = NULL;
        g_autofree char *process = NULL;
        struct stat info;

        if (!g_file_get_contents(files[i], &text, NULL, NULL))
            continue;
        process = g_build_filename("/proc", g_strstrip(text), NULL);
        if (stat(process, &info) == 0 && stat(files[i], &info) == 0)
            return info.st_mtim.tv_sec;
    }
    return 0;
}

static gboolean
print_hook(const CliOptions *options)
{
    const CliHookPoint *point = cli_hook_point_at(0); /* libvirt's is the first */
    g_autofree char *link = cli_hook_link(point, options);
    CliHookState state = cli_hook_state(point, link);
    gint64 started = daemon_start();
    struct stat info;

    printf(_("hook:         %s\n"), link);
    if (state != CLI_HOOK_OURS) {
        printf("%s", state == CLI_HOOK_ABSENT ? _("  not installed (vmcompat hook install)\n")
                                              : _("  is not vmcompat's\n"));
        return FALSE;
    }
    printf(_("  installed\n"));
    if (started == 0)
        printf(_("  libvirt's daemon is not running, or leaves no PID file\n"));
    else if (cli_hook_has_others(link) ||
             (lstat(link, &info) == 0 && info.st_ctim.tv_sec <= started))
        printf(_("  active\n"));
    else
        printf(_("  newer than libvirt's daemon: active only if that was reloaded since\n"));
    return TRUE;
}

/* Those of other orchestrators: for information, where one of them is here. */
static void
print_others(void)
{
    static const char *const states[] = {
        [CLI_HOOK_ABSENT] = N_("not installed"),
        [CLI_HOOK_OURS] = N_("installed"),
        [CLI_HOOK_FOREIGN] = N_("not vmcompat's"),
    };
    const CliOptions defaults = { 0 };
    const CliHookPoint *point;

    for (size_t i = 1; (point = cli_hook_point_at(i)); i++) {
        g_autofree char *link = cli_hook_link(point, &defaults);

        if (g_file_test(point->folder, G_FILE_TEST_IS_DIR))
            printf("%-13s %s\n  %s\n", point->target, link, _(states[cli_hook_state(point, link)]));
    }
}

int
cli_status(CliOptions *options, GError **error)
{
    gboolean ok = FALSE;

    if (!cli_no_args(options, 0, error))
        return -1;
    ok = print_offer(options);
    ok = print_hook(options) && ok;
    print_others();
    return ok ? 0 : EXIT_NO_VERDICT;
}
