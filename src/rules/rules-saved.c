/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: saved images.  Whether the destination can unpack one.
 */
#include "rules/rules-internal.h"

/* Numbers in an image's header, for ever the same. */
static const struct {
    const char *name;
    guint64 since;       /* libvirt that reads it; 0: all do */
    const char *program; /* that unpacks it, or NULL */
} formats[] = {
    { "raw", 0, NULL },
    { "gzip", 0, "gzip" },
    { "bzip2", 0, "bzip2" },
    { "xz", 0, "xz" },
    { "lzop", 0, "lzop" },
    { "zstd", VMC_VERSION(10, 4, 0), "zstd" },
    { "sparse", VMC_VERSION(11, 2, 0), NULL },
};

#define SPARSE 6
#define QEMU_READS_SPARSE VMC_VERSION(9, 0, 0) /* its capability mapped-ram */

static gboolean
is_packed(const VmcRequirement *req)
{
    return req->image_format > 0;
}

static void
say_too_old(const VmcRequirement *req, VmcFindings *findings)
{
    const char *name = formats[req->image_format].name;

    vmc_fail(findings, "", name, NULL,
             _("the saved image's format is '%1$s', which the destination's libvirt or QEMU is too "
               "old for"),
             name);
}

static void
check_format(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    guint64 libvirt = offer->host.libvirt_version, qemu = offer->host.hypervisor_version;
    size_t format = (size_t)req->image_format;

    if (format >= G_N_ELEMENTS(formats)) {
        vmc_cannot_know(findings, "", NULL,
                        _("Update vmcompat, or save the guest anew with save_image_format = "
                          "\"raw\" in the source's /etc/libvirt/qemu.conf."),
                        _("the saved image's format has the number %1$d, which is newer than this "
                          "vmcompat"),
                        req->image_format);
        return;
    }
    if (formats[format].since == 0)
        return;
    if (libvirt == 0)
        vmc_cannot_know(findings, "", formats[format].name,
                        _("Run virsh version on the destination."),
                        _("can't tell whether the destination's libvirt reads saved images of "
                          "format '%1$s': its version is not told"),
                        formats[format].name);
    else if (libvirt < formats[format].since ||
             (format == SPARSE && qemu != 0 && qemu < QEMU_READS_SPARSE))
        say_too_old(req, findings);
}

static VmcPathAnswer
answer_of(const VmcOffer *offer, const char *folder, const char *program)
{
    g_autofree char *path = g_strconcat(folder, program, NULL);
    const VmcFile *file = g_hash_table_lookup(offer->files, path);

    if (!file)
        return VMC_PATH_UNKNOWN;
    return g_str_equal(file->kind, "missing") ? VMC_PATH_MISSING : VMC_PATH_THERE;
}

static void
check_program(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    VmcPathAnswer usr = answer_of(offer, "/usr/bin/", need->detail);
    VmcPathAnswer bin = answer_of(offer, "/bin/", need->detail);

    if (usr == VMC_PATH_THERE || bin == VMC_PATH_THERE)
        return;
    if (usr == VMC_PATH_MISSING && bin == VMC_PATH_MISSING)
        vmc_fail(findings, "", need->detail, NULL,
                 _("the saved image is packed by '%1$s', which is not on the destination"),
                 need->detail);
    else
        vmc_cannot_know(findings, "", need->detail,
                        _("Run the check on the destination itself, or look there: command -v "
                          "gzip bzip2 xz lzop zstd."),
                        _("the saved image is packed by '%1$s', and whether the destination has "
                          "that is not known"),
                        need->detail);
}

const VmcRule vmc_rules_saved[] = {
    {
        .id = "save-image-format-unknown",
        .states = VMC_STATE_SAVED,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_format,
        .applies = is_packed,
        .may_not_know = TRUE,
        .summary = N_("the destination reads the saved image's format"),
        .cause = N_("save_image_format in the source's qemu.conf decides how memory is packed in "
                    "an image; zstd came with libvirt 10.4, sparse with 11.2 and QEMU 9.0."),
        .remedy = N_("Start the guest on the source and save it again after setting "
                     "save_image_format = \"raw\" in /etc/libvirt/qemu.conf there."),
        .spares = "operation failed: Invalid compressed save format %d",
    },
    {
        .id = "save-decompressor-missing",
        .states = VMC_STATE_SAVED,
        .kind = VMC_NEED_TRAIT,
        .name = "saved-packed",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_program,
        .may_not_know = TRUE,
        .summary = N_("the destination has the program that unpacks the saved image"),
        .cause = N_("libvirt runs a program (gzip, bzip2, xz, lzop, zstd) to unpack an image, and "
                    "no call tells whether a host has it."),
        .remedy = N_("Install the program on the destination (package gzip, bzip2, xz-utils, "
                     "lzop or zstd)."),
        .spares = "Cannot find '%s' in path: No such file or directory",
    },
    { 0 },
};
