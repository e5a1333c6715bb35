/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files of this machine: what they are, and whether other hosts see them too.
 */
#include "local/local.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FUSE_MAGIC 0x65735546
#define MAX_GROUPS 256

static gboolean is_cluster_magic(guint32 magic);

/* ---- shared or not -------------------------------------------------------------- */

/* Type of the file system with a device number, from "36 35 98:0 / /mnt opts -
 * ext4 …".  Looking it up touches no mount point, so none can hang us. */
static char *
find_fs_type(const char *mounts, dev_t device)
{
    g_auto(GStrv) lines = g_strsplit(mounts, "\n", -1);
    g_autofree char *wanted = g_strdup_printf("%u:%u", major(device), minor(device));

    for (char **line = lines; *line; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, " ", 4);
        const char *tail = strstr(*line, " - ");

        if (tail && g_strv_length(fields) == 4 && g_str_equal(fields[2], wanted))
            return g_strndup(tail + 3, strcspn(tail + 3, " "));
    }
    return NULL;
}

static gboolean
is_cluster_fuse(dev_t device)
{
    static const char *const types[] = { "fuse.glusterfs", "fuse.quobyte", NULL };
    g_autofree char *mounts = NULL;
    g_autofree char *type = NULL;

    if (!g_file_get_contents("/proc/self/mountinfo", &mounts, NULL, NULL))
        return FALSE;
    type = find_fs_type(mounts, device);
    return type && g_strv_contains(types, type);
}

/* Of a device node the file system says nothing: what it leads to may be shared. */
static const char *
describe_shared(const char *path, const struct stat *info)
{
    struct statfs fs = { 0 };

    if (!S_ISREG(info->st_mode) && !S_ISDIR(info->st_mode))
        return "unknown";
    if (statfs(path, &fs) != 0)
        return "unknown";
    if ((guint32)fs.f_type == FUSE_MAGIC)
        return vmc_yes_no(is_cluster_fuse(info->st_dev));
    return vmc_yes_no(is_cluster_magic((guint32)fs.f_type));
}

const char *
vmc_file_shared(const char *path)
{
    struct stat info = { 0 };

    return stat(path, &info) == 0 ? describe_shared(path, &info) : "unknown";
}

static const char *
describe_kind(const struct stat *info)
{
    switch (info->st_mode & S_IFMT) {
    case S_IFDIR:
        return "directory";
    case S_IFBLK:
        return "block";
    case S_IFCHR:
        return "char";
    case S_IFSOCK:
        return "socket";
    case S_IFIFO:
        return "fifo";
    default:
        return "file";
    }
}

/* ---- with another's eyes ----------------------------------------------------------- */

VmcFileUser
vmc_file_user(const xmlDoc *capabilities_host)
{
    const xmlNode *host = vmc_xml_child(xmlDocGetRootElement((xmlDoc *)capabilities_host), "host");
    VmcFileUser user = { .known = FALSE };

    for (const xmlNode *secmodel = vmc_xml_child(host, "secmodel"); secmodel;
         secmodel = vmc_xml_next(secmodel, "secmodel")) {
        g_autofree char *model = vmc_xml_text(vmc_xml_child(secmodel, "model"));
        g_autofree char *label = vmc_xml_text(vmc_xml_child(secmodel, "baselabel"));
        unsigned int uid = 0, gid = 0;

        if (g_strcmp0(model, "dac") != 0 || !label)
            continue;
        user.known = sscanf(label, "+%u:+%u", &uid, &gid) == 2;
        user.uid = uid;
        user.gid = gid;
    }
    return user;
}

/* The system call and not glibc's function: that one changes all threads. */
static gboolean
set_thread_groups(size_t n, const gid_t *groups)
{
    return syscall(SYS_setgroups, n, groups) == 0;
}

static size_t
groups_of(const VmcFileUser *user, gid_t *ret_groups)
{
    struct passwd entry, *found = NULL;
    char buffer[4096];
    int n = MAX_GROUPS;

    ret_groups[0] = user->gid;
    if (getpwuid_r(user->uid, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
        return 1;
    if (getgrouplist(entry.pw_name, user->gid, ret_groups, &n) < 0)
        return 1;
    return (size_t)n;
}

/* For this thread and the file system only, and only where root asks for
 * another: exact where permission bits and ACLs on the way would have to be
 * guessed at. */
static int
stat_as(const char *path, const VmcFileUser *user, struct stat *ret_info)
{
    gid_t before[MAX_GROUPS], groups[MAX_GROUPS];
    int n_before = getgroups(MAX_GROUPS, before);
    int result = 0, problem = 0;

    if (!user->known || geteuid() != 0 || user->uid == 0 || n_before < 0)
        return stat(path, ret_info);
    if (!set_thread_groups(groups_of(user, groups), groups))
        return stat(path, ret_info);
    setfsgid(user->gid);
    setfsuid(user->uid);
    result = stat(path, ret_info);
    problem = errno;
    setfsuid(geteuid());
    setfsgid(getegid());
    set_thread_groups((size_t)n_before, before);
    errno = problem;
    return result;
}

void
vmc_local_file_as(VmcFacts *facts, const char *table, const char *path, const VmcFileUser *user)
{
    struct stat info = { 0 };
    char size[24];

    if (stat_as(path, user, &info) == 0) {
        g_snprintf(size, sizeof(size), "%" G_GUINT64_FORMAT, (guint64)info.st_size);
        VMC_ADD_ROW(facts, table, path, describe_kind(&info), describe_shared(path, &info), size);
    } else if (errno == ENOENT || errno == ENOTDIR) {
        VMC_ADD_ROW(facts, table, path, "missing", "unknown", "0");
    } else if (errno == EACCES || errno == EPERM) {
        VMC_ADD_ROW(facts, table, path, "denied", "unknown", "0");
    }
    /* else (EIO, a stale mount): no row, not known */
}

void
vmc_local_file(VmcFacts *facts, const char *table, const char *path)
{
    const VmcFileUser caller = { .known = FALSE };

    vmc_local_file_as(facts, table, path, &caller);
}

/* The file systems that libvirt takes for shared, by statfs(2)'s f_type. */
static const guint32 cluster_magics[] = {
    0x00006969, /* NFS */
    0x01161970, /* GFS2 */
    0x7461636F, /* OCFS2 */
    0x5346414F, /* AFS, OpenAFS */
    0x6B414653, /* AFS, the kernel's */
    0x0000517B, /* SMB */
    0xFF534D42, /* CIFS */
    0xFE534D42, /* SMB2 */
    0x00C36400, /* Ceph */
    0x47504653, /* GPFS */
    0x51626D6E, /* Quobyte */
    0x61636673, /* ACFS */
};

static gboolean
is_cluster_magic(guint32 magic)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cluster_magics); i++) {
        if (cluster_magics[i] == magic)
            return TRUE;
    }
    return FALSE;
}
