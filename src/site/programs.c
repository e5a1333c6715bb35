/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which programs a folder of site rules has, and which of them may be run.
 */
#include "site/site-internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* By kind. */
typedef struct {
    const char *prefix;  /* of the rule's id */
    const char *summary; /* N_() */
    const char *names;   /* characters of names that are run */
} Kind;

static const Kind kinds[] = {
    [VMC_PROGRAM_RULE] = { "site/", N_("the site's own rule is content"), LETTERS "_-" },
    [VMC_PROGRAM_EXTCHECK] = { "extcheck/", N_("libvirt-cim's external check is content"), NULL },
};

/* What editors and package managers leave behind; whoever made it did not mean it
 * to be run. */
static const char *const leftovers[] = {
    "~",        ".bak",      ".orig",     ".rej",      ".swp",
    ".tmp",     ".dpkg-old", ".dpkg-new", ".dpkg-tmp", ".rpmsave",
    ".rpmorig", ".rpmnew",   ".ucf-old",  ".ucf-dist", NULL,
};

gboolean
vmc_site_is_rule_id(const char *id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        size_t length = strlen(kinds[i].prefix);

        if (strncmp(id, kinds[i].prefix, length) == 0)
            return id[length] && strspn(id + length, LETTERS "._-") == strlen(id + length);
    }
    return FALSE;
}

static void
free_program(void *opaque)
{
    VmcProgram *program = opaque;

    g_free(program->name);
    g_free(program->path);
    g_free(program->distrusted);
    g_atomic_rc_box_release_full(program->rule, vmc_rule_clear);
    g_free(program);
}

GPtrArray *
vmc_programs_new(void)
{
    return g_ptr_array_new_with_free_func(free_program);
}

/* A name is part of an id, which scripts and schemas take apart. */
static VmcRule *
rule_for(VmcProgramKind kind, const char *name)
{
    VmcRule *rule = g_atomic_rc_box_new0(VmcRule);
    g_autofree char *safe = g_strcanon(g_strdup(name), LETTERS "._-", '_');

    rule->id = g_strconcat(kinds[kind].prefix, safe, NULL);
    rule->summary = g_strdup(_(kinds[kind].summary));
    rule->severity = VMC_SEVERITY_BLOCKER;
    return rule;
}

static gboolean
is_leftover(const char *name)
{
    for (const char *const *end = leftovers; *end; end++) {
        if (g_str_has_suffix(name, *end))
            return TRUE;
    }
    return *name == '.';
}

/* Who may change a program, or put one there, has it run as whoever runs us. */
static char *
why_distrusted(const char *path, const struct stat *info)
{
    if (info->st_uid != 0 && info->st_uid != geteuid())
        return g_strdup_printf(_("'%1$s' belongs to user %2$u, who is neither root nor this user"),
                               path, (unsigned int)info->st_uid);
    if (info->st_mode & (S_IWGRP | S_IWOTH))
        return g_strdup_printf(_("others may write to '%1$s' (mode %2$04o)"), path,
                               (unsigned int)info->st_mode & 07777);
    return NULL;
}

static void
add_program(GPtrArray *programs,
            VmcProgramKind kind,
            const char *folder,
            const char *name,
            const char *distrusted)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    VmcProgram *program = NULL;
    struct stat info;

    if (is_leftover(name) || stat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
        !(info.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        return;
    program = g_new0(VmcProgram, 1);
    program->kind = kind;
    program->name = g_strdup(name);
    program->distrusted = distrusted ? g_strdup(distrusted) : why_distrusted(path, &info);
    program->misnamed = kinds[kind].names && strspn(name, kinds[kind].names) != strlen(name);
    program->rule = rule_for(kind, name);
    program->path = g_steal_pointer(&path);
    g_ptr_array_add(programs, program);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A folder that is gone, or may no longer be read, has no programs that could be
 * named: one stands for all of them. */
static void
add_unreadable(GPtrArray *programs, VmcProgramKind kind, const char *folder, const char *why)
{
    VmcProgram *program = g_new0(VmcProgram, 1);

    program->kind = kind;
    program->name = g_path_get_basename(folder);
    program->path = g_strdup(folder);
    program->rule = rule_for(kind, program->name);
    program->distrusted = g_strdup(why);
    g_ptr_array_add(programs, program);
}

void
vmc_programs_list(GPtrArray *programs, VmcProgramKind kind, const char *folder)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &why);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *distrusted = NULL;
    struct stat info;

    if (!dir) {
        add_unreadable(programs, kind, folder, why->message);
        return;
    }
    if (stat(folder, &info) == 0)
        distrusted = why_distrusted(folder, &info);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir))
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_name);
    for (size_t i = 0; i < names->len; i++)
        add_program(programs, kind, folder, names->pdata[i], distrusted);
}
