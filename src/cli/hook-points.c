/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where orchestrators look for programs of others, and what of ours belongs there.
 */
#include "cli/hook-points.h"

#include <string.h>
#include <sys/stat.h>

#define CLOUDSTACK "/etc/cloudstack/agent/hooks.d"
#define CIM "/usr/libexec/libvirt-cim/extchecks"

/* Rows of a target stand together. */
static const CliHookPoint points[] = {
    { "libvirt", "/etc/libvirt/hooks", "qemu.d", "50-vmcompat", "vmcompat-hook", NULL },
    { "vdsm", "/usr/libexec/vdsm/hooks", "before_vm_migrate_source", "50_vmcompat",
      "hooks/vdsm-migrate-source", NULL },
    { "vdsm", "/usr/libexec/vdsm/hooks", "before_vm_migrate_destination", "50_vmcompat",
      "hooks/vdsm-migrate-destination", NULL },
    { "vdsm", "/usr/libexec/vdsm/hooks", "after_get_caps", "50_vmcompat", "hooks/vdsm-get-caps",
      NULL },
    { "proxmox", "/var/lib/vz/snippets", NULL, "vmcompat", "hooks/proxmox", NULL },
    { "xapi", "/etc/xapi.d", "vm-pre-migrate", "50-vmcompat", "hooks/xapi", NULL },
    { "libvirt-cim", CIM, NULL, "50-vmcompat", "hooks/libvirt-cim", NULL },
    /* The agent runs the first of these names that it finds. */
    { "cloudstack", CLOUDSTACK, NULL, "PreFlight", "hooks/cloudstack", ".sh .py" },
};

/* What is still to be done; of libvirt cmd-hook.c knows. */
static const struct {
    const char *target, *text;
} advice[] = {
    { "vdsm", N_("VDSM needs no restart; the engine sees it when it asks for capabilities\n"
                 "the next time (\"Refresh Capabilities\")\n") },
    { "proxmox", N_("Each guest has to be told of it:\n"
                    "  qm set VMID --hookscript local:snippets/vmcompat\n") },
    { "xapi", N_("XAPI needs no restart\n") },
    { "libvirt-cim", N_("libvirt-cim needs no restart\n") },
    { "cloudstack", N_("The agent sees it after agent.properties says\n"
                       "  rolling.maintenance.hooks.dir=" CLOUDSTACK "\n"
                       "and it was restarted (systemctl restart cloudstack-agent)\n") },
};

const CliHookPoint *
cli_hook_point_at(size_t index)
{
    return index < G_N_ELEMENTS(points) ? &points[index] : NULL;
}

const char *
cli_hook_advice(const char *target)
{
    for (size_t i = 0; i < G_N_ELEMENTS(advice); i++) {
        if (g_str_equal(advice[i].target, target))
            return _(advice[i].text);
    }
    return NULL;
}

char *
cli_hook_targets(void)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(points); i++) {
        if (i == 0 || !g_str_equal(points[i].target, points[i - 1].target))
            g_string_append_printf(names, "%s%s", i ? ", " : "", points[i].target);
    }
    return g_string_free(g_steal_pointer(&names), FALSE);
}

char *
cli_hook_program(const CliHookPoint *point)
{
    const char *folder = g_getenv("VMCOMPAT_LIBEXECDIR"); /* for tests */

    return g_build_filename(folder ? folder : VMC_LIBEXECDIR, point->program, NULL);
}

char *
cli_hook_link(const CliHookPoint *point, const CliOptions *options)
{
    const char *folder = options->folder ? options->folder : point->folder;

    if (!point->subfolder)
        return g_build_filename(folder, point->name, NULL);
    return g_build_filename(folder, point->subfolder, point->name, NULL);
}

CliHookState
cli_hook_state(const CliHookPoint *point, const char *link)
{
    g_autofree char *target = g_file_read_link(link, NULL);
    g_autofree char *ours = cli_hook_program(point);
    struct stat info;

    if (lstat(link, &info) != 0)
        return CLI_HOOK_ABSENT;
    return g_strcmp0(target, ours) == 0 ? CLI_HOOK_OURS : CLI_HOOK_FOREIGN;
}

char *
cli_hook_rival(const CliHookPoint *point, const char *link)
{
    g_auto(GStrv) endings = g_strsplit(point->rivals ? point->rivals : "", " ", -1);

    for (char **ending = endings; *ending; ending++) {
        g_autofree char *path = g_strconcat(link, *ending, NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    return NULL;
}

gboolean
cli_hook_is_program(const char *path)
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
    g_autofree char *ours = g_path_get_basename(link);
    g_autofree char *main_hook = g_strndup(folder, strlen(folder) - strlen(".d"));
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (!g_str_equal(name, ours) && cli_hook_is_program(path))
            return TRUE;
    }
    return cli_hook_is_program(main_hook);
}
