/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Disks, media, backing images, pools, volumes and secrets; and what every rule
 * about a path shares: how the offer is asked, and the words for the answer.
 */
#include "rules/rules-internal.h"

/* Words for one use of a path (a FILE need's detail). */
typedef struct {
    const char *use;
    const char *missing; /* N_(): %1$s is the path */
} PathText;

static const PathText path_texts[];
static const char *const always_there[];
static const char *const own_folders[];
static const char *const file_pools[];

/* ---- asking -------------------------------------------------------------- */

char *
vmc_text_fill(const char *format, const char *first, const char *second)
{
    g_autoptr(GString) text = g_string_new(format);

    g_string_replace(text, "%2$s", second ? second : "", 0);
    g_string_replace(text, "%1$s", first ? first : "", 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

const VmcNeed *
vmc_requirement_find(const VmcRequirement *req,
                     VmcNeedKind kind,
                     const char *name,
                     const char *detail)
{
    const GPtrArray *needs = req->needs[kind];

    for (size_t i = 0; i < needs->len; i++) {
        const VmcNeed *need = needs->pdata[i];

        if ((!name || g_str_equal(need->name, name)) &&
            (!detail || g_str_equal(need->detail, detail)))
            return need;
    }
    return NULL;
}

guint64
vmc_requirement_qemu_version(const VmcRequirement *req)
{
    return req->source ? req->source->hypervisor_version : 0;
}

guint64
vmc_requirement_libvirt_version(const VmcRequirement *req)
{
    return req->source ? req->source->libvirt_version : 0;
}

const VmcPool *
vmc_offer_pool_of(const VmcOffer *offer, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    GHashTableIter iter;
    gpointer value = NULL;

    g_hash_table_iter_init(&iter, offer->pools);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const VmcPool *pool = value;

        if (pool->active == VMC_YES && g_strcmp0(pool->target, folder) == 0)
            return pool;
    }
    return NULL;
}

static gboolean
starts_with_any(const char *path, const char *const *prefixes)
{
    for (; *prefixes; prefixes++) {
        if (g_str_has_prefix(path, *prefixes))
            return TRUE;
    }
    return FALSE;
}

static VmcPathAnswer
answer_of_file(const VmcFile *file)
{
    if (g_str_equal(file->kind, "missing"))
        return VMC_PATH_MISSING;
    if (g_str_equal(file->kind, "denied"))
        return VMC_PATH_DENIED;
    return VMC_PATH_THERE;
}

static VmcPathAnswer
ask(const VmcOffer *offer, const char *path)
{
    const VmcFile *file = g_hash_table_lookup(offer->files, path);
    const VmcPool *pool = NULL;

    if (file)
        return answer_of_file(file);
    if (g_hash_table_contains(offer->volume_paths, path) || g_strv_contains(always_there, path))
        return VMC_PATH_THERE;
    pool = vmc_offer_pool_of(offer, path);
    return pool && pool->volumes ? VMC_PATH_UNLISTED : VMC_PATH_UNKNOWN;
}

/* Folders that the system's libvirt daemon makes when it starts. */
static gboolean
is_own_folder(const VmcOffer *offer, const char *path)
{
    return offer->session != VMC_YES && starts_with_any(path, own_folders);
}

static VmcPathAnswer
ask_folder(const VmcOffer *offer, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    VmcPathAnswer answer = ask(offer, folder);

    if (answer != VMC_PATH_UNKNOWN)
        return answer;
    return is_own_folder(offer, path) || vmc_offer_pool_of(offer, path) ? VMC_PATH_THERE
                                                                        : VMC_PATH_UNKNOWN;
}

/* QEMU takes a pair of fifos "path.in" and "path.out" for the one that is named. */
static VmcPathAnswer
ask_pipe(const VmcOffer *offer, const char *path)
{
    g_autofree char *in = g_strconcat(path, ".in", NULL);

    return ask(offer, in);
}

static gboolean
has_wrong_kind(const VmcOffer *offer, const VmcNeed *need)
{
    const VmcFile *file = g_hash_table_lookup(offer->files, need->name);

    if (!file)
        return FALSE;
    if (need->flags & VMC_FILE_DIRECTORY)
        return !g_str_equal(file->kind, "directory");
    if (need->flags & VMC_FILE_BLOCK)
        return !g_str_equal(file->kind, "block");
    if (need->flags & VMC_FILE_SOCKET)
        return !g_str_equal(file->kind, "socket");
    return FALSE;
}

VmcPathAnswer
vmc_need_path(const VmcOffer *offer, const VmcNeed *need)
{
    VmcPathAnswer answer = ask(offer, need->name);

    if (answer == VMC_PATH_THERE && has_wrong_kind(offer, need))
        return VMC_PATH_WRONG_KIND;
    if (answer == VMC_PATH_THERE)
        return answer;
    if (need->flags & (VMC_FILE_PARENT | VMC_FILE_CREATED))
        return ask_folder(offer, need->name);
    if (answer == VMC_PATH_MISSING && g_str_equal(need->detail, "chardev-pipe"))
        return ask_pipe(offer, need->name);
    return answer;
}

/* ---- telling ------------------------------------------------------------- */

static const char *
missing_text(const char *use)
{
    const PathText *text = path_texts;

    while (text->use && !g_str_equal(text->use, use))
        text++;
    return _(text->missing);
}

static void
report_missing(const VmcNeed *need, VmcFindings *findings)
{
    g_autofree char *message = vmc_text_fill(missing_text(need->detail), need->name, NULL);

    vmc_fail(findings, need->subject, need->name, "missing", "%s", message);
}

static void
report_wrong_kind(const VmcNeed *need, VmcFindings *findings)
{
    vmc_fail(findings, need->subject, need->name, "other",
             _("'%1$s' is on the destination, but it is not a device, directory or socket as the "
               "guest needs it"),
             need->name);
}

static void
report_unknown(const VmcNeed *need, VmcFindings *findings)
{
    g_autofree char *settle = g_strdup_printf(
        _("Run the check on the destination itself, or look there: stat '%s'."), need->name);

    vmc_cannot_know(findings, need->subject, need->name, settle,
                    _("whether '%1$s' is on the destination could not be seen from here"),
                    need->name);
}

static void
report_unlisted(const VmcNeed *need, VmcFindings *findings)
{
    vmc_cannot_know(findings, need->subject, need->name,
                    _("Refresh the pool on the destination (virsh pool-refresh POOL) and check "
                      "again, or run the check on the destination itself."),
                    _("the destination's storage pool that holds the folder of '%1$s' does not "
                      "list it; its list may be out of date"),
                    need->name);
}

static void
report_denied(const VmcNeed *need, VmcFindings *findings)
{
    vmc_cannot_know(findings, need->subject, need->name,
                    _("Run the check on the destination as root, and see that the user QEMU runs "
                      "as may pass all folders above the path (namei -l shows them)."),
                    _("'%1$s' on the destination may not be looked at by the user of this check "
                      "or by QEMU's"),
                    need->name);
}

static void (*const path_reports[VMC_PATH_LAST])(const VmcNeed *, VmcFindings *) = {
    [VMC_PATH_UNKNOWN] = report_unknown, [VMC_PATH_UNLISTED] = report_unlisted,
    [VMC_PATH_DENIED] = report_denied,   [VMC_PATH_THERE] = NULL,
    [VMC_PATH_MISSING] = report_missing, [VMC_PATH_WRONG_KIND] = report_wrong_kind,
};

void
vmc_path_report(const VmcNeed *need, VmcPathAnswer answer, VmcFindings *findings)
{
    if (path_reports[answer])
        path_reports[answer](need, findings);
}

void
vmc_rule_path(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    vmc_path_report(need, vmc_need_path(offer, need), findings);
}

/* ---- disks --------------------------------------------------------------- */

/* Whether --copy-storage-all could make the disk on the destination: libvirt
 * does for files in the folder of an active pool, on a live migration. */
static gboolean
can_be_copied(const VmcRequirement *req, const VmcOffer *offer, const VmcNeed *need)
{
    const unsigned int never =
        VMC_FILE_READONLY | VMC_FILE_SHAREABLE | VMC_FILE_BLOCK | VMC_FILE_DIRECTORY;

    return req->state == VMC_STATE_LIVE && !(need->flags & never) &&
           vmc_offer_pool_of(offer, need->name);
}

static gboolean
is_absent_or_unseen(VmcPathAnswer answer)
{
    return answer == VMC_PATH_MISSING || answer == VMC_PATH_UNLISTED;
}

static void
check_disk(const VmcRequirement *req,
           const VmcOffer *offer,
           const VmcNeed *need,
           VmcFindings *findings)
{
    VmcPathAnswer answer = vmc_need_path(offer, need);

    if (!is_absent_or_unseen(answer) || !can_be_copied(req, offer, need))
        vmc_path_report(need, answer, findings);
}

static void
check_copy_needed(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    if (vmc_need_path(offer, need) == VMC_PATH_MISSING && can_be_copied(req, offer, need))
        vmc_path_report(need, VMC_PATH_MISSING, findings);
}

static void
check_copy_unseen(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    if (vmc_need_path(offer, need) == VMC_PATH_UNLISTED && can_be_copied(req, offer, need))
        vmc_path_report(need, VMC_PATH_UNLISTED, findings);
}

static gboolean
is_media(const VmcNeed *need)
{
    return g_str_equal(need->detail, "cdrom") || g_str_equal(need->detail, "floppy");
}

/* The disk before @need in the guest that has the same image, or NULL. */
static const VmcNeed *
find_same_image(const VmcRequirement *req, const VmcNeed *need)
{
    const GPtrArray *files = req->needs[VMC_NEED_FILE];

    for (size_t i = 0; i < files->len && files->pdata[i] != need; i++) {
        const VmcNeed *other = files->pdata[i];

        if ((is_media(other) || g_str_equal(other->detail, "disk")) &&
            g_str_equal(other->name, need->name))
            return other;
    }
    return NULL;
}

static void
check_twice(const VmcRequirement *req,
            const VmcOffer *offer,
            const VmcNeed *need,
            VmcFindings *findings)
{
    const VmcNeed *other = find_same_image(req, need);
    unsigned int both = other ? need->flags & other->flags : 0;

    if (other && !(both & (VMC_FILE_READONLY | VMC_FILE_SHAREABLE)))
        vmc_fail(findings, need->subject, need->name, other->subject,
                 _("image '%1$s' is that of another disk of the guest, too ('%2$s'), and not all "
                   "of them are read-only"),
                 need->name, other->subject);
}

/* "sdb" of "devices/disk[target/@dev='sdb']"; g_free(), NULL: another form */
static char *
drive_of(const char *subject)
{
    static const char before[] = "@dev='";
    const char *start = strstr(subject, before);
    const char *end = start ? strchr(start + strlen(before), '\'') : NULL;

    return end ? g_strndup(start + strlen(before), (gsize)(end - start) - strlen(before)) : NULL;
}

static void
remedy_for_media(const VmcRequirement *req, const VmcNeed *need, VmcFindings *findings)
{
    g_autofree char *drive = drive_of(need->subject);
    g_autofree char *name = g_shell_quote(req->name ? req->name : "");

    if (drive)
        vmc_remedy(findings,
                   _("Put the image there, or eject it first: virsh change-media %1$s %2$s "
                     "--eject."),
                   name, drive);
}

static void
check_media(const VmcRequirement *req,
            const VmcOffer *offer,
            const VmcNeed *need,
            VmcFindings *findings)
{
    VmcPathAnswer answer = vmc_need_path(offer, need);

    if (!is_media(need) || (need->flags & VMC_FILE_OPTIONAL))
        return;
    vmc_path_report(need, answer, findings);
    if (answer == VMC_PATH_MISSING)
        remedy_for_media(req, need, findings);
}

/* Unknown is nothing to say here: whether the drive is emptied decides nothing. */
static void
check_optional_media(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    if (is_media(need) && (need->flags & VMC_FILE_OPTIONAL) &&
        vmc_need_path(offer, need) == VMC_PATH_MISSING)
        vmc_fail(findings, need->subject, need->name, "missing",
                 _("image '%1$s' is missing on the destination: the drive will be empty there"),
                 need->name);
}

/* libvirt looks at the source's file system only for writable disks in files. */
static gboolean
is_file_written_to(const VmcNeed *need)
{
    return !(need->flags & (VMC_FILE_READONLY | VMC_FILE_BLOCK | VMC_FILE_DIRECTORY));
}

static void
check_unsafe(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    if (is_file_written_to(need) && need->shared == VMC_NO)
        vmc_fail(findings, need->subject, need->name, "local",
                 _("disk '%1$s' is on a local file system of the source, which the destination "
                   "does not share"),
                 need->name);
}

static void
check_unsafe_unseen(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    if (is_file_written_to(need) && need->shared == VMC_UNKNOWN)
        vmc_cannot_know(findings, need->subject, need->name,
                        _("Make the blob on the source itself; or, if the disk is on storage that "
                          "both hosts see, say so: --assume shared-storage."),
                        _("whether disk '%1$s' is on storage that both hosts share is not known"),
                        need->name);
}

static void
check_unsafe_volume(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    if (is_file_written_to(need) && need->shared == VMC_NO)
        vmc_fail(findings, need->subject, need->name, "local",
                 _("volume '%1$s' of pool '%2$s' is on a local file system of the source, which "
                   "the destination does not share"),
                 need->name, need->detail);
}

/* Where the source was not looked at, not even its pool's type is known; only
 * pools of files can be local. */
static void
check_unsafe_volume_unseen(const VmcRequirement *req,
                           const VmcOffer *offer,
                           const VmcNeed *need,
                           VmcFindings *findings)
{
    const VmcPool *pool = g_hash_table_lookup(offer->pools, need->detail);

    if (!is_file_written_to(need) || need->shared != VMC_UNKNOWN || !pool || !pool->type ||
        !g_strv_contains(file_pools, pool->type))
        return;
    vmc_cannot_know(findings, need->subject, need->name,
                    _("If the source's pool is on storage that both hosts see, say so: --assume "
                      "shared-storage."),
                    _("whether volume '%1$s' of pool '%2$s' is on storage that both hosts share is "
                      "not known"),
                    need->name, need->detail);
}

/* QEMU drops the source's cache itself since 4.0. */
static void
check_unsafe_cache(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    guint64 version = vmc_requirement_qemu_version(req);

    if (version && version < VMC_VERSION(4, 0, 0))
        vmc_fail(findings, need->subject, "none", need->detail,
                 _("a disk with cache mode '%1$s' is not safe to migrate with the source's QEMU"),
                 need->detail);
}

static void
check_block_job(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    gboolean is_mirror = g_str_equal(need->name, "mirror");

    if (!is_mirror && !g_str_equal(need->name, "blockjob"))
        return;
    if (is_mirror && vmc_requirement_find(req, VMC_NEED_TRAIT, "blockjob", need->detail))
        return; /* the same job, seen twice */
    vmc_fail(findings, need->subject, NULL, need->detail, _("a block job runs on disk '%1$s'"),
             need->detail);
    vmc_remedy(findings, _("Wait for the job, or end it: virsh blockjob '%1$s' %2$s --abort."),
               req->name ? req->name : "", need->detail);
}

/* ---- pools, volumes, secrets --------------------------------------------- */

static void
check_pool(const VmcRequirement *req,
           const VmcOffer *offer,
           const VmcNeed *need,
           VmcFindings *findings)
{
    if (g_hash_table_contains(offer->pools, need->name))
        return;
    vmc_fail(findings, need->subject, need->name, NULL,
             _("storage pool '%1$s' does not exist on the destination"), need->name);
}

static void
check_pool_active(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    const VmcPool *pool = g_hash_table_lookup(offer->pools, need->name);

    if (!pool || pool->active == VMC_YES)
        return;
    if (pool->active == VMC_UNKNOWN) {
        vmc_cannot_know(findings, need->subject, need->name,
                        _("Look on the destination: virsh pool-list --all."),
                        _("whether the destination's storage pool '%1$s' is active is not known"),
                        need->name);
        return;
    }
    vmc_fail(findings, need->subject, need->name, "inactive",
             _("the destination's storage pool '%1$s' is not active"), need->name);
    vmc_remedy(findings, _("Start it on the destination: virsh pool-start '%1$s'."), need->name);
}

static void
check_origin(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const VmcPool *pool = g_hash_table_lookup(offer->pools, need->detail);

    if (!need->origin || !pool || !pool->origin || g_str_equal(need->origin, pool->origin))
        return;
    vmc_fail(findings, need->subject, need->origin, pool->origin,
             _("storage pool '%1$s' is '%2$s' on the source and '%3$s' on the destination: volume "
               "'%4$s' may be another there"),
             need->detail, need->origin, pool->origin, need->name);
}

static void
check_volume(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const VmcPool *pool = g_hash_table_lookup(offer->pools, need->detail);

    if (!pool || pool->active == VMC_NO)
        return; /* other rules say so */
    if (!pool->volumes) {
        vmc_cannot_know(findings, need->subject, need->name,
                        _("Look on the destination: virsh vol-list POOL."),
                        _("the volumes of the destination's storage pool '%1$s' were not probed"),
                        need->detail);
        return;
    }
    if (g_hash_table_contains(pool->volumes, need->name))
        return;
    vmc_fail(findings, need->subject, need->name, NULL,
             _("the destination's storage pool '%1$s' has no volume '%2$s'"), need->detail,
             need->name);
    vmc_remedy(findings,
               _("If the file is there, let libvirt see it: virsh pool-refresh '%1$s'. Otherwise "
                 "bring the volume there."),
               need->detail);
}

static void
check_secret(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    g_autofree char *usage = g_strdup_printf("%s/%s", need->detail, need->name);
    gboolean by_uuid = g_str_equal(need->detail, "uuid");

    if (g_hash_table_contains(offer->secrets, by_uuid ? need->name : usage))
        return;
    vmc_fail(findings, need->subject, by_uuid ? need->name : usage, NULL,
             _("secret '%1$s' is not defined on the destination"), by_uuid ? need->name : usage);
}

/* What was not seen says nothing: private secrets are never shown, and work. */
static void
check_secret_value(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    g_autofree char *usage = g_strdup_printf("%s/%s", need->detail, need->name);
    const char *secret = g_str_equal(need->detail, "uuid") ? need->name : usage;

    if (g_hash_table_contains(offer->secrets_without_value, secret))
        vmc_fail(findings, need->subject, secret, "no value",
                 _("secret '%1$s' on the destination does not have a value"), secret);
}

/* ---- tables -------------------------------------------------------------- */

const VmcRule vmc_rules_storage[] = {
    {
        .id = "storage-path-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "disk",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_disk,
        .may_not_know = TRUE,
        .assume = "shared-storage",
        .summary = N_("the disk's file or device is on the destination"),
        .cause = N_("The destination opens the same path as the source. libvirt refuses to start a "
                    "guest, incoming or not, whose disk it can't open."),
        .remedy = N_("Make the storage available under the same path on the destination. On a live "
                     "migration libvirt can copy a disk (--copy-storage-all) into a folder that is "
                     "an active storage pool there."),
        .spares = "Cannot access storage file '/…': No such file or directory",
    },
    {
        .id = "storage-copy-needed",
        .states = VMC_STATE_LIVE,
        .kind = VMC_NEED_FILE,
        .name = "disk",
        .severity = VMC_SEVERITY_CONDITIONAL,
        .check = check_copy_needed,
        .assume = "copy-storage-all",
        .summary = N_("the disk is on the destination, and need not be copied"),
        .cause = N_("The disk's file is missing on the destination, but its folder is an active "
                    "storage pool there: libvirt can make the file and copy the disk."),
        .remedy =
            N_("Migrate with --copy-storage-all, or make the storage available under the same "
               "path on the destination."),
        .spares = "Cannot access storage file '/…': No such file or directory",
    },
    {
        .id = "storage-copy-unseen",
        .states = VMC_STATE_LIVE,
        .kind = VMC_NEED_FILE,
        .name = "disk",
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_copy_unseen,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .assume = "shared-storage,copy-storage-all",
        .summary = N_("the disk is listed by the destination's storage pool"),
        .cause =
            N_("An active storage pool of the destination holds the disk's folder and does not "
               "list the disk. Pools list what was there when they were refreshed last."),
        .remedy = N_("Refresh the pool on the destination: virsh pool-refresh POOL. If the disk is "
                     "not there, migrate with --copy-storage-all."),
        .spares = "Cannot access storage file '/…': No such file or directory",
    },
    {
        .id = "cdrom-media-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_media,
        .may_not_know = TRUE,
        .assume = "shared-storage",
        .summary = N_("the image in the CD or floppy drive is on the destination"),
        .cause = N_("An inserted image counts like a disk: the destination opens it when the guest "
                    "arrives."),
        .remedy =
            N_("Put the image there under the same path, or eject it: virsh change-media GUEST "
               "DRIVE --eject."),
        .spares = "Cannot access storage file '/….iso': No such file or directory",
    },
    {
        .id = "storage-optional-disk",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_optional_media,
        .summary = N_("the optional image in the drive is on the destination"),
        .cause = N_("The drive has a startupPolicy by which libvirt empties it where the image is "
                    "missing."),
        .remedy = N_("Put the image there under the same path if the guest still needs it: scp "
                     "-p PATH DESTINATION:PATH."),
    },
    {
        .id = "backing-chain-broken",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "backing",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_path,
        .may_not_know = TRUE,
        .assume = "shared-storage",
        .summary = N_("the disk's backing image is on the destination"),
        .cause = N_("The destination opens every image of the chain under the path that the source "
                    "uses."),
        .remedy = N_("Make the backing image available under the same path, or flatten the disk on "
                     "the source: virsh blockpull GUEST DISK --wait."),
        .spares = "Cannot access backing file '/…' of storage file '/…': No such file or directory",
    },
    {
        .id = "unsafe-local-disk",
        .states = VMC_STATE_LIVE,
        .kind = VMC_NEED_FILE,
        .name = "disk",
        .severity = VMC_SEVERITY_CONDITIONAL,
        .check = check_unsafe,
        .assume = "unsafe,copy-storage-all,copy-storage-inc",
        .summary = N_("writable disks are on storage that both hosts share"),
        .cause = N_("libvirt refuses a live migration with a writable disk in a file on a file "
                    "system that it does not know as shared (NFS, CephFS, GFS2, OCFS2 …): the "
                    "destination would run on another file of the same name."),
        .remedy =
            N_("Move the disk to shared storage, or have it copied (--copy-storage-all). If it "
               "is shared by means libvirt can't see, insist: --unsafe."),
        .spares = "Unsafe migration: Migration without shared storage is unsafe",
    },
    {
        .id = "unsafe-disk-unseen",
        .states = VMC_STATE_LIVE,
        .kind = VMC_NEED_FILE,
        .name = "disk",
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_unsafe_unseen,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .assume = "unsafe,shared-storage,copy-storage-all,copy-storage-inc",
        .summary = N_("it is known that writable disks are on storage that both hosts share"),
        .cause =
            N_("libvirt looks at the source's file system to tell whether a disk is shared, and "
               "this check could not: it did not run on the source."),
        .remedy = N_("Make the blob on the source itself (vmcompat get GUEST)."),
        .spares = "Unsafe migration: Migration without shared storage is unsafe",
    },
    {
        .id = "unsafe-local-volume",
        .states = VMC_STATE_LIVE,
        .kind = VMC_NEED_VOLUME,
        .severity = VMC_SEVERITY_CONDITIONAL,
        .check = check_unsafe_volume,
        .assume = "unsafe,copy-storage-all,copy-storage-inc",
        .summary = N_("writable volumes are on storage that both hosts share"),
        .cause = N_("libvirt refuses a live migration with a writable volume that is a file on a "
                    "file system that it does not know as shared (NFS, CephFS, GFS2, OCFS2 …)."),
        .remedy = N_("Use a pool on shared storage (netfs, rbd, iscsi …). If the pool's folder is "
                     "shared by means libvirt can't see, insist: --unsafe."),
        .spares = "Unsafe migration: Migration without shared storage is unsafe",
    },
    {
        .id = "unsafe-volume-unseen",
        .states = VMC_STATE_LIVE,
        .kind = VMC_NEED_VOLUME,
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_unsafe_volume_unseen,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .assume = "unsafe,shared-storage,copy-storage-all,copy-storage-inc",
        .summary = N_("it is known that writable volumes are on storage that both hosts share"),
        .cause = N_("libvirt refuses to migrate a guest live with a writable volume of a pool that "
                    "is a folder on a local file system."),
        .remedy = N_("Use a pool on shared storage (netfs, rbd, iscsi …; virsh pool-dumpxml "
                     "POOL tells its kind)."),
        .spares = "Unsafe migration: Migration without shared storage is unsafe",
    },
    {
        .id = "unsafe-disk-cache",
        .states = VMC_STATE_LIVE,
        .kind = VMC_NEED_TRAIT,
        .name = "disk-unsafe-cache",
        .severity = VMC_SEVERITY_CONDITIONAL,
        .check = check_unsafe_cache,
        .assume = "unsafe",
        .summary = N_("the disk's cache mode is safe for migration"),
        .cause = N_("QEMU before 4.0 can't drop the host's cache of a disk while it migrates, so "
                    "that the destination may read stale data."),
        .remedy = N_("Use cache='none' or 'directsync' for the disk, or insist: --unsafe."),
        .spares =
            "Unsafe migration: Migration may lead to data corruption if disks use cache other "
            "than none or directsync",
    },
    {
        .id = "unsafe-nvme",
        .states = VMC_STATE_LIVE,
        .kind = VMC_NEED_TRAIT,
        .name = "nvme-disk",
        .severity = VMC_SEVERITY_CONDITIONAL,
        .assume = "unsafe",
        .message = N_("disk '%1$s' is an NVMe device of the source"),
        .summary = N_("no disk is an NVMe device of the source host"),
        .cause = N_("The disk is a PCI device of one host; another device at the same address "
                    "elsewhere holds other data."),
        .remedy = N_("Move the data to storage that both hosts share, or shut the guest off "
                     "and start it there on its own device (virsh migrate --offline "
                     "--persistent GUEST URI)."),
        .spares = "Unsafe migration: Migration without shared storage is unsafe",
    },
    {
        .id = "disk-twice",
        .states = VMC_STATE_OFF,
        .kind = VMC_NEED_FILE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_twice,
        .summary = N_("the guest has each image only once"),
        .cause = N_("QEMU locks the images that it opens, against itself, too. Where all disks "
                    "with an image are read-only, or all are shareable, it does not mind."),
        .remedy = N_("Take the disk out that is too much (virsh detach-disk GUEST TARGET "
                     "--config)."),
        .spares = "Failed to get \"write\" lock. Is another process using the image […]?",
    },
    {
        .id = "disk-format-blocker",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "disk-format",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("a disk or one of its backing images has format '%1$s', which QEMU does not "
                      "migrate"),
        .summary = N_("all disk formats can migrate"),
        .cause = N_("QEMU's drivers for qcow, vdi, vmdk, parallels, vhdx and vpc keep state that "
                    "they can't hand over, and forbid migration and saving."),
        .remedy =
            N_("Convert the image to qcow2 or raw while the guest is off: qemu-img convert -O "
               "qcow2 OLD NEW. Migration while it is off works as it is."),
        .spares = "cannot migrate domain: The vmdk format used by node '…' does not support live "
                  "migration",
    },
    {
        .id = "transient-disk",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "transient-disk",
        .severity = VMC_SEVERITY_BLOCKER,
        .message = N_("disk '%1$s' is transient"),
        .summary = N_("no disk is transient"),
        .cause =
            N_("What is written to a transient disk goes to a temporary overlay on the source; "
               "libvirt neither migrates nor saves such a guest."),
        .remedy = N_("Shut the guest off and migrate it so, or take <transient/> away."),
        .spares = "migration with transient disk is not supported",
    },
    {
        .id = "fd-passed-disk",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "fd-passed-disk",
        .severity = VMC_SEVERITY_BLOCKER,
        .message =
            N_("disk '%1$s' is a file descriptor that a program passed to the source's libvirt"),
        .summary = N_("no disk is a file descriptor passed to libvirt"),
        .cause =
            N_("Descriptors of virDomainFDAssociate() live on one connection to one daemon; the "
               "destination has none."),
        .remedy = N_("Give the disk by its path: <source file='…'/> (virsh edit GUEST, while "
                     "it is off)."),
        .spares = "file descriptor group '…' was not associated with the domain",
    },
    {
        .id = "block-job-active",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_block_job,
        .summary = N_("no block job runs"),
        .cause =
            N_("libvirt neither migrates nor saves a guest while a disk is being copied, pulled, "
               "committed or backed up."),
        .remedy = N_("Wait for the job, or end it: virsh blockjob GUEST DISK --abort."),
        .spares = "domain has active block job",
    },
    {
        .id = "storage-pool-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_POOL,
        .part = VMC_PART_POOLS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_pool,
        .summary = N_("the destination has the storage pool"),
        .cause =
            N_("A disk of type volume names its pool; the destination looks for a pool of that "
               "name."),
        .remedy =
            N_("Define the pool there as on the source: virsh pool-dumpxml POOL on the source, "
               "virsh pool-define FILE on the destination."),
        .spares = "Storage pool not found: no storage pool with matching name '…'",
    },
    {
        .id = "storage-pool-inactive",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_POOL,
        .part = VMC_PART_POOLS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_pool_active,
        .may_not_know = TRUE,
        .summary = N_("the destination's storage pool is active"),
        .cause = N_("libvirt does not start a pool for the sake of a guest."),
        .remedy = N_("Start it on the destination: virsh pool-start POOL."),
        .spares = "storage pool '…' containing volume '…' is not active",
    },
    {
        .id = "storage-pool-differs",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_VOLUME,
        .part = VMC_PART_POOLS,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_origin,
        .summary = N_("the destination's storage pool has its data where the source's has it"),
        .cause = N_("libvirt looks for the pool and the volume by name alone. A pool of that name "
                    "with other data behind it lets the guest go on with another disk."),
        .remedy = N_("Compare both (virsh pool-dumpxml POOL). If they lead to the same data by "
                     "different names, all is well: --ignore storage-pool-differs."),
    },
    {
        .id = "storage-volume-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_VOLUME,
        .part = VMC_PART_POOLS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_volume,
        .may_not_know = TRUE,
        .assume = "shared-storage",
        .summary = N_("the destination's storage pool has the volume"),
        .cause =
            N_("libvirt knows the volumes that were there when the pool was started or refreshed "
               "last."),
        .remedy = N_("Refresh the pool on the destination (virsh pool-refresh POOL), or bring the "
                     "volume there."),
        .spares = "Storage volume not found: no storage vol with matching name '…'",
    },
    {
        .id = "secret-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_SECRET,
        .part = VMC_PART_SECRETS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_secret,
        .summary = N_("the destination has the secret"),
        .cause = N_("Encrypted disks, storage servers and TPMs with encryption need a secret that "
                    "each host keeps for itself."),
        .remedy =
            N_("Define it there with the same UUID or usage (virsh secret-define FILE) and set "
               "its value (virsh secret-set-value UUID --file FILE)."),
        .spares = "Secret not found: no secret with matching uuid '…'",
    },
    {
        .id = "secret-value-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_SECRET,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_secret_value,
        .summary = N_("the destination's secret has a value"),
        .cause = N_("A secret's definition and its value are set apart from each other, and an "
                    "ephemeral secret loses its value when the daemon ends. Whether a private "
                    "secret has one can't be seen."),
        .remedy = N_("Set it on the destination: virsh secret-set-value UUID --file FILE."),
        .spares = "Secret not found: secret '…' does not have a value",
    },
    {
        .id = "scsi-reservation",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "pr-socket",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_path,
        .may_not_know = TRUE,
        .summary = N_("the destination runs the helper for SCSI reservations"),
        .cause =
            N_("A disk with reservations that libvirt does not manage connects to the socket of "
               "a helper that runs on the host."),
        .remedy =
            N_("Start the helper on the destination (systemctl start qemu-pr-helper.socket), or "
               "let libvirt manage it: <reservations managed='yes'/>."),
        .spares = "Failed to connect to '/…': No such file or directory",
    },
    {
        .id = "network-disk-unreachable",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_TRAIT,
        .name = "network-disk",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .assume = "shared-storage",
        .message =
            N_("a disk is reached over the network (%1$s); whether the destination reaches it "
               "was not tried"),
        .summary = N_("disks on the network are reachable from the destination"),
        .cause = N_("libvirt can't be asked whether a storage server is reachable, nor whether the "
                    "destination's QEMU has the driver for it."),
        .remedy = N_("See that the destination reaches the server and has QEMU's driver for it "
                     "(package qemu-block-extra on Debian)."),
        .spares = "Unknown driver 'rbd'",
    },
    {},
};

/* The last one is for uses that have no words of their own. */
static const PathText path_texts[] = {
    { "disk", N_("disk '%1$s' is missing on the destination") },
    { "cdrom", N_("CD image '%1$s' is missing on the destination") },
    { "floppy", N_("floppy image '%1$s' is missing on the destination") },
    { "backing", N_("backing image '%1$s' is missing on the destination") },
    { "loader", N_("firmware image '%1$s' is missing on the destination") },
    { "nvram", N_("the folder of NVRAM file '%1$s' is missing on the destination") },
    { "nvram-template", N_("NVRAM template '%1$s' is missing on the destination") },
    { "kernel", N_("kernel '%1$s' is missing on the destination") },
    { "initrd", N_("initial RAM disk '%1$s' is missing on the destination") },
    { "dtb", N_("device tree '%1$s' is missing on the destination") },
    { "shim", N_("shim '%1$s' is missing on the destination") },
    { "acpi-table", N_("ACPI table '%1$s' is missing on the destination") },
    { "fwcfg", N_("fw_cfg file '%1$s' is missing on the destination") },
    { "rom", N_("option ROM '%1$s' is missing on the destination") },
    { "chardev-device",
      N_("host device '%1$s' of a character device is missing on the destination") },
    { "chardev-directory",
      N_("the folder of '%1$s', which a character device makes, is missing on the destination") },
    { "chardev-pipe", N_("pipe '%1$s' of a character device is missing on the destination") },
    { "chardev-socket", N_("nothing listens at '%1$s' on the destination, which a character device "
                           "connects to") },
    { "rng", N_("random source '%1$s' is missing on the destination") },
    { "filesystem", N_("shared folder '%1$s' is missing on the destination") },
    { "filesystem-socket", N_("no virtiofsd listens at '%1$s' on the destination") },
    { "virtiofsd", N_("virtiofsd '%1$s' is missing on the destination") },
    { "tpm-device", N_("TPM device '%1$s' is missing on the destination") },
    { "tpm-socket", N_("no swtpm listens at '%1$s' on the destination") },
    { "input-device", N_("input device '%1$s' is missing on the destination") },
    { "smartcard-database", N_("smart card database '%1$s' is missing on the destination") },
    { "memory-file", N_("memory file '%1$s' is missing on the destination") },
    { "vhost-socket", N_("no vhost-user program listens at '%1$s' on the destination") },
    { "vdpa-device", N_("vDPA device '%1$s' is missing on the destination") },
    { "rendernode", N_("render node '%1$s' is missing on the destination") },
    { "script", N_("network script '%1$s' is missing on the destination") },
    { "shmem-socket", N_("no ivshmem server listens at '%1$s' on the destination") },
    { "vsock-device", N_("'%1$s' is missing on the destination: it has no vsock for guests") },
    { "vhost-net", N_("'%1$s' is missing on the destination: it has no vhost-net") },
    { "hostdev-scsi-host", N_("'%1$s' is missing on the destination: it has no vhost-scsi") },
    { "pr-socket", N_("no helper for SCSI reservations listens at '%1$s' on the destination") },
    { "graphics-socket", N_("the folder of display socket '%1$s' is missing on the destination") },
    { NULL, N_("'%1$s' is missing on the destination") },
};

/* Every host that runs QEMU has them; not asking is no reason for doubt. */
static const char *const always_there[] = {
    "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero", NULL,
};

static const char *const own_folders[] = {
    "/var/lib/libvirt/qemu/nvram/",
    "/var/lib/libvirt/qemu/channel/target/",
    "/run/libvirt/qemu/channel/",
    "/var/log/libvirt/qemu/",
    NULL,
};

/* Types of pools whose volumes are files on a file system of the host. */
static const char *const file_pools[] = { "dir", "fs", NULL };
