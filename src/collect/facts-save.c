/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts → folder.  All or nothing: they are written to a folder of another name,
 * which is moved into place once it is whole.
 */
#include "collect/collect.h"
#include "model/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- leaving nothing behind -------------------------------------------------------- */

static void
remove_tree(const char *path)
{
    g_autoptr(GDir) folder = NULL;

    if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        folder = g_dir_open(path, 0, NULL);
    for (const char *name = folder ? g_dir_read_name(folder) : NULL; name;
         name = g_dir_read_name(folder)) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_tree(child);
    }
    g_remove(path);
}

static gboolean
fail(GError **error, const char *path)
{
    int problem = errno;

    g_set_error(error, VMC_ERROR,
                problem == EACCES || problem == EPERM ? VMC_ERROR_ACCESS_DENIED : VMC_ERROR_FAILED,
                _("cannot write '%1$s': %2$s"), path, g_strerror(problem));
    return FALSE;
}

/* ---- one file ------------------------------------------------------------------------ */

static gboolean
write_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = write(fd, text, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FALSE;
        text += n;
        left -= (size_t)n;
    }
    return TRUE;
}

static gboolean
write_file(const char *path, const char *text, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    gboolean ok = fd >= 0 && write_all(fd, text);
    int problem = errno;

    if (fd >= 0 && close(fd) != 0 && ok) {
        problem = errno;
        ok = FALSE;
    }
    errno = problem;
    return ok || fail(error, path);
}

static gboolean
write_facts(const VmcFacts *facts, const char *stage, GError **error)
{
    g_auto(GStrv) names = vmc_facts_list(facts, "");

    for (char **name = names; *name; name++) {
        g_autofree char *path = g_build_filename(stage, *name, NULL);
        g_autofree char *parent = g_path_get_dirname(path);

        if (g_mkdir_with_parents(parent, 0777) != 0)
            return fail(error, parent);
        if (!write_file(path, vmc_facts_get(facts, *name), error))
            return FALSE;
    }
    return TRUE;
}

/* ---- the folder ------------------------------------------------------------------------ */

/* 1 there and empty, 0 not there, -1 with @error. */
static int
look_at_target(const char *folder, GError **error)
{
    g_autoptr(GDir) content = NULL;
    g_autoptr(GError) failure = NULL;

    if (!g_file_test(folder, G_FILE_TEST_EXISTS) && !g_file_test(folder, G_FILE_TEST_IS_SYMLINK))
        return 0;
    content = g_dir_open(folder, 0, &failure);
    if (content && !g_dir_read_name(content))
        return 1;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("'%1$s' %2$s"), folder,
                content ? _("is not empty") : failure->message);
    return -1;
}

/* Next to a new folder, so that one rename makes it appear; inside one that is
 * there already, which then keeps its owner and its place. */
static char *
make_stage(const char *folder, gboolean exists, GError **error)
{
    g_autofree char *parent = exists ? g_strdup(folder) : g_path_get_dirname(folder);
    g_autofree char *leaf = g_path_get_basename(folder);

    for (int i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf(".%s.%08x", exists ? "new" : leaf, g_random_int());
        g_autofree char *stage = g_build_filename(parent, name, NULL);

        if (mkdir(stage, 0777) == 0)
            return g_steal_pointer(&stage);
        if (errno != EEXIST)
            break;
    }
    fail(error, parent);
    return NULL;
}

static gboolean
move_children(const char *stage, const char *folder, GError **error)
{
    g_autoptr(GDir) content = g_dir_open(stage, 0, NULL);

    for (const char *name = content ? g_dir_read_name(content) : NULL; name;
         name = g_dir_read_name(content)) {
        g_autofree char *from = g_build_filename(stage, name, NULL);
        g_autofree char *to = g_build_filename(folder, name, NULL);

        if (rename(from, to) != 0)
            return fail(error, to);
    }
    return TRUE;
}

static void
remove_children(const char *folder)
{
    static const char *const tops[] = { "host", "domains" };

    for (size_t i = 0; i < G_N_ELEMENTS(tops); i++) {
        g_autofree char *path = g_build_filename(folder, tops[i], NULL);

        remove_tree(path);
    }
}

static gboolean
commit(const char *stage, const char *folder, gboolean exists, GError **error)
{
    if (!exists)
        return rename(stage, folder) == 0 || fail(error, folder);
    if (move_children(stage, folder, error))
        return TRUE;
    remove_children(folder);
    return FALSE;
}

/* One flush for all files, so that the rename can't overtake them. */
static void
flush(const char *stage)
{
    int fd = open(stage, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    syncfs(fd);
    close(fd);
}

static char *
without_slashes(const char *folder)
{
    char *text = g_strdup(folder);

    for (size_t n = strlen(text); n > 1 && text[n - 1] == '/'; n--)
        text[n - 1] = '\0';
    return text;
}

gboolean
vmc_facts_save(const VmcFacts *facts, const char *folder, GError **error)
{
    g_autofree char *target = without_slashes(folder);
    g_autofree char *stage = NULL;
    int exists = look_at_target(target, error);
    gboolean ok = FALSE;

    if (exists < 0)
        return FALSE;
    stage = make_stage(target, exists, error);
    if (!stage)
        return FALSE;
    ok = write_facts(facts, stage, error);
    if (ok) {
        flush(stage);
        ok = commit(stage, target, exists, error);
    }
    if (!ok || exists)
        remove_tree(stage);
    return ok;
}
