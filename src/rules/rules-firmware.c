/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the guest boots from: firmware images, NVRAM, kernels, and the tables
 * and files that are handed to firmware.
 */
#include "rules/rules-internal.h"

static const char *const kernel_uses[];

/* libvirt lists the images of its firmware descriptions that exist. */
static gboolean
knows_loader(const VmcDomcaps *domcaps, const char *path)
{
    GHashTable *loaders = domcaps ? g_hash_table_lookup(domcaps->enums, "os/loader/value") : NULL;

    return loaders && g_hash_table_contains(loaders, path);
}

static void
check_loader(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    VmcPathAnswer answer = vmc_need_path(offer, need);

    if (answer == VMC_PATH_UNKNOWN && knows_loader(vmc_findings_domcaps(findings), need->name))
        return;
    vmc_path_report(need, answer, findings);
}

/* QEMU's flash is as large as its file, and what is sent must fit exactly. */
static void
check_size(const VmcRequirement *req,
           const VmcOffer *offer,
           const VmcNeed *need,
           VmcFindings *findings)
{
    const VmcFile *file = g_hash_table_lookup(offer->files, need->name);
    g_autofree char *source = g_strdup_printf("%" G_GUINT64_FORMAT, need->size);
    g_autofree char *destination = NULL;

    if (!file || !g_str_equal(file->kind, "file") || need->size == 0 || file->size == 0 ||
        file->size == need->size)
        return;
    destination = g_strdup_printf("%" G_GUINT64_FORMAT, file->size);
    vmc_fail(findings, need->subject, source, destination,
             _("'%1$s' has %2$s bytes on the source, and %3$s on the destination"), need->name,
             source, destination);
}

static void
check_firmware_size(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    if (g_str_equal(need->detail, "loader") || g_str_equal(need->detail, "nvram"))
        check_size(req, offer, need, findings);
}

static void
check_kernel(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    if (g_strv_contains(kernel_uses, need->detail))
        vmc_rule_path(req, offer, need, findings);
}

/* The file itself, not the folder it would be made in. */
static VmcPathAnswer
nvram_answer(const VmcOffer *offer, const VmcNeed *nvram)
{
    VmcNeed file = *nvram;

    file.flags &= ~(unsigned int)(VMC_FILE_CREATED | VMC_FILE_PARENT);
    return vmc_need_path(offer, &file);
}

static void
check_nvram_folder(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    if (g_str_equal(need->detail, "nvram"))
        vmc_rule_path(req, offer, need, findings);
}

/* A template that can't be seen: the destination's libvirt knows the firmware
 * that it goes with, and packages bring both. */
static void
report_probable_template(const VmcNeed *template, VmcFindings *findings)
{
    vmc_say(findings, VMC_SEVERITY_WARNING, template->subject, template->name, NULL,
            _("NVRAM template '%1$s' could not be seen; the destination knows the firmware that it "
              "belongs to, so that it is probably there"),
            template->name);
}

static void
check_nvram_template(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    const VmcNeed *nvram = vmc_requirement_find(req, VMC_NEED_FILE, NULL, "nvram");
    const VmcNeed *loader = vmc_requirement_find(req, VMC_NEED_FILE, NULL, "loader");
    VmcPathAnswer answer = vmc_need_path(offer, need);

    if (nvram && nvram_answer(offer, nvram) == VMC_PATH_THERE)
        return; /* nothing is made of the template */
    if (answer == VMC_PATH_UNKNOWN && loader &&
        knows_loader(vmc_findings_domcaps(findings), loader->name)) {
        report_probable_template(need, findings);
        return;
    }
    vmc_path_report(need, answer, findings);
}

static void
check_nvram_loss(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    if (!g_str_equal(need->detail, "nvram") || need->shared == VMC_YES)
        return;
    vmc_fail(findings, need->subject, need->name, NULL,
             _("NVRAM file '%1$s' is not copied with a guest that is off: it starts there with "
               "another one"),
             need->name);
}

const VmcRule vmc_rules_firmware[] = {
    {
        .id = "firmware-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "loader",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_loader,
        .may_not_know = TRUE,
        .summary = N_("the guest's firmware image is on the destination"),
        .cause = N_("The definition names the firmware image by its path, which differs between "
                    "distributions; QEMU opens it even for an incoming guest."),
        .remedy =
            N_("Install the firmware package on the destination (ovmf on Debian, edk2-ovmf on "
               "Fedora), or give the guest a path that both hosts have."),
        .spares = "Could not open '/usr/share/OVMF/OVMF_CODE_4M.fd': No such file or directory",
    },
    {
        .id = "firmware-autoselect-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_CHOICE,
        .name = "os/firmware",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_choice,
        .summary = N_("the destination has firmware of the kind the guest asks for"),
        .cause =
            N_("libvirt chooses the image by its firmware descriptions when the guest starts."),
        .remedy =
            N_("Install the firmware package on the destination (ovmf on Debian, edk2-ovmf on "
               "Fedora)."),
        .spares = "Unable to find 'efi' firmware that is compatible with the current configuration",
    },
    {
        .id = "firmware-secure-boot",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_CHOICE,
        .name = "os/loader/secure",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_choice,
        .summary = N_("the destination can boot the guest with Secure Boot"),
        .cause = N_("A secure loader needs firmware built for it, a q35 machine and SMM."),
        .remedy = N_("Install firmware with Secure Boot on the destination (package ovmf on "
                     "Debian, edk2-ovmf on Fedora)."),
        .spares = "Secure boot is supported with q35 machine types only",
    },
    {
        .id = "firmware-size-mismatch",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_FILE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_firmware_size,
        .summary = N_("firmware and NVRAM have one size on both hosts"),
        .cause = N_("What is in the flash of a running guest moves with its memory, into flash "
                    "made of the destination's files. Builds of one firmware differ in size "
                    "(OVMF_CODE.fd, OVMF_CODE_4M.fd), also under one path; their versions may "
                    "differ."),
        .remedy = N_("Install the same build of the firmware on both hosts (package ovmf, "
                     "edk2-ovmf), and remove a file of variables (NVRAM) of another size that "
                     "the destination kept (ls -l /var/lib/libvirt/qemu/nvram)."),
        .spares = "Length mismatch: system.flash0: 0x%x in != 0x%x: Invalid argument",
    },
    {
        .id = "firmware-loader-type",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_CHOICE,
        .name = "os/loader/type",
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_choice,
        .summary = N_("the destination's QEMU loads firmware the way the guest needs"),
        .cause =
            N_("Whether firmware can be a ROM or a flash device depends on QEMU and the machine "
               "type."),
        .remedy = N_("Change the guest's <loader type=…>, or migrate to a host with another QEMU."),
    },
    {
        .id = "nvram-storage",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "nvram",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_nvram_folder,
        .may_not_know = TRUE,
        .summary = N_("the guest's NVRAM file is on the destination or can be made there"),
        .cause = N_("The destination's libvirt makes the file where it is missing, but not its "
                    "folder."),
        .remedy = N_("Make the folder on the destination (mkdir -p), or copy the file there: "
                     "scp -p PATH DESTINATION:PATH."),
        .spares = "Failed to create file '/…_VARS.fd': No such file or directory",
    },
    {
        .id = "nvram-template-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "nvram-template",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_nvram_template,
        .may_not_know = TRUE,
        .summary = N_("the template of the guest's NVRAM is on the destination"),
        .cause = N_("The guest's NVRAM file is not on the destination, which makes one from the "
                    "template that the definition names."),
        .remedy =
            N_("Install the firmware package there that brings the template, or copy the NVRAM "
               "file."),
        .spares =
            "Failed to open file '/usr/share/OVMF/OVMF_VARS_4M.fd': No such file or directory",
    },
    {
        .id = "nvram-offline-loss",
        .states = VMC_STATE_OFF,
        .kind = VMC_NEED_FILE,
        .name = "nvram",
        .severity = VMC_SEVERITY_WARNING,
        .check = check_nvram_loss,
        .summary = N_("nothing is lost of the guest's NVRAM"),
        .cause =
            N_("An offline migration moves the definition only: boot entries and enrolled keys "
               "stay behind."),
        .remedy = N_("Copy the NVRAM file to the destination before the guest starts there: "
                     "scp -p PATH DESTINATION:PATH."),
    },
    {
        .id = "kernel-initrd-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_kernel,
        .may_not_know = TRUE,
        .summary = N_("kernel and initial RAM disk are on the destination"),
        .cause =
            N_("QEMU loads them from the destination's file system when it starts, even for an "
               "incoming guest."),
        .remedy = N_("Copy the file to the same path on the destination: scp -p PATH "
                     "DESTINATION:PATH."),
        .spares = "qemu: could not open kernel file '/boot/vmlinuz': No such file or directory",
    },
    {
        .id = "acpi-table-missing",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "acpi-table",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_path,
        .may_not_know = TRUE,
        .summary = N_("the guest's ACPI table is on the destination"),
        .cause = N_("QEMU reads the table when it starts, even for an incoming guest."),
        .remedy = N_("Copy the file to the same path on the destination: scp -p PATH "
                     "DESTINATION:PATH."),
    },
    {
        .id = "sysinfo-fwcfg-file",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "fwcfg",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_path,
        .may_not_know = TRUE,
        .summary = N_("the file handed to the guest's firmware is on the destination"),
        .cause = N_("QEMU reads the file when it starts, even for an incoming guest; its size must "
                    "not differ."),
        .remedy = N_("Copy the file to the same path on the destination: scp -p PATH "
                     "DESTINATION:PATH."),
        .spares = "can't load /…",
    },
    {
        .id = "option-rom-file",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_FILE,
        .name = "rom",
        .severity = VMC_SEVERITY_BLOCKER,
        .check = vmc_rule_path,
        .may_not_know = TRUE,
        .summary = N_("the device's option ROM is on the destination"),
        .cause = N_("QEMU loads the ROM when it starts, even for an incoming guest."),
        .remedy = N_("Copy the file to the same path on the destination: scp -p PATH "
                     "DESTINATION:PATH."),
        .spares = "failed to find romfile \"/…\"",
    },
    {},
};

static const char *const kernel_uses[] = { "kernel", "initrd", "dtb", "shim", NULL };
