/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat hook: puts the hook in libvirtd's way, and takes it out again.  What
 * others have put there is never touched.
 */
#include "cli/cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "50-vmcompat"

static char *
program(void)
{
    const char *folder = g_getenv("VMCOMPAT_LIBEXECDIR"); /* for tests */

    return g_build_filename(folder ? folder : VMC_LIBEXECDIR, "vmcompat-hook", NULL);
}

/* ---- what is there ------------------------------------------------------------------ */

char *
cli_hook_link(const CliOptions *options)
{
    return g_build_filename(options->folder ? options->folder : "/etc/libvirt/hooks", "qemu.d",
                            NAME, NULL);
}

CliHookState
cli_hook_state(const char *link)
{
    g_autofree char *target = g_file_read_link(link, NULL);
    g_autofree char *ours = program();
    struct stat info;

    if (lstat(link, &info) != 0)
        return CLI_HOOK_ABSENT;
    return g_strcmp0(target, ours) == 0 ? CLI_HOOK_OURS : CLI_HOOK_FOREIGN;
}

static gboolean
is_program(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
           g_file_test(path, G_FILE_TEST_IS_EXECUTABLE);
}

/* libvirtd looks for hooks when it starts or reloads; once there is one, it lists
 * the folder each time. */
gboolean
cli_hook_has_others(const char *link)
{
    g_autofree char *folder = g_path_get_dirname(link);
    g_autofree char *main_hook = g_strndup(folder, strlen(folder) - strlen(".d"));
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (!g_str_equal(name, NAME) && is_program(path))
            return TRUE;
    }
    return is_program(main_hook);
}

/* ---- install, remove ------------------------------------------------------------------ */

static gboolean
set_errno(GError **error, const char *path)
{
    int problem = errno;

    g_set_error(error, VMC_ERROR,
                problem == EACCES || problem == EPERM ? VMC_ERROR_ACCESS_DENIED : VMC_ERROR_FAILED,
                _("can't change '%1$s': %2$s"), path, g_strerror(problem));
    return FALSE;
}

static gboolean
set_foreign(GError **error, const char *link)
{
    g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("'%s' is not vmcompat's, and stays as it is"),
                link);
    return FALSE;
}

static gboolean
install(const char *link, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(link);
    g_autofree char *target = program();
    gboolean has_others = cli_hook_has_others(link);
    CliHookState state = cli_hook_state(link);

    if (state == CLI_HOOK_FOREIGN)
        return set_foreign(error, link);
    if (!is_program(target)) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("'%s' is not installed"), target);
        return FALSE;
    }
    if (state == CLI_HOOK_OURS) {
        printf(_("'%s' is there already\n"), link);
        return TRUE;
    }
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return set_errno(error, folder);
    if (symlink(target, link) != 0)
        return set_errno(error, link);
    printf(_("'%s' is installed\n"), link);
    if (!has_others)
        printf(_("It is the first hook for QEMU guests here; libvirt sees it after\n"
                 "  systemctl reload libvirtd    (or virtqemud)\n"));
    return TRUE;
}

static gboolean
take_out(const char *link, GError **error)
{
    switch (cli_hook_state(link)) {
    case CLI_HOOK_FOREIGN:
        return set_foreign(error, link);
    case CLI_HOOK_ABSENT:
        printf(_("'%s' is not there\n"), link);
        return TRUE;
    case CLI_HOOK_OURS:
        break;
    }
    if (g_unlink(link) != 0)
        return set_errno(error, link);
    printf(_("'%s' is removed; libvirt needs no reload\n"), link);
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*run)(const char *link, GError **error);
} actions[] = {
    { "install", install },
    { "remove", take_out },
};

int
cli_hook(CliOptions *options, GError **error)
{
    const char *name = options->args ? options->args[0] : "";
    g_autofree char *link = cli_hook_link(options);

    if (!cli_no_args(options, 2, error))
        return -1;
    if (options->args && name && options->args[1] && !g_str_equal(options->args[1], "libvirt")) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("there is no hook for '%s' (libvirt)"), options->args[1]);
        return -1;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (g_str_equal(actions[i].name, name))
            return actions[i].run(link, error) ? 0 : -1;
    }
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("vmcompat hook takes install or remove, not '%s'"), name);
    return -1;
}
