/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Why a host's hypervisor lacks a CPU feature that another's gives: what differs
 * between the two.  Equal CPUs may give different features, since microcode, kernel,
 * QEMU and libvirt each can take some away.
 */
#include "rules/rules-internal.h"

#include <string.h>

#define STEPPING ", stepping " /* the end of a signature */

typedef char *(*TextOf)(const VmcHost *host); /* g_free(); NULL: not known */

typedef struct {
    TextOf text;
    const char *name;    /* N_(): one of those that are not known */
    const char *differ;  /* N_(): a sentence; %1$s: the destination's, %2$s: the source's */
    gboolean of_machine; /* matters to KVM's guests, not to those that QEMU emulates */
} Aspect;

static const Aspect aspects[];
static const size_t n_aspects;

/* Family and model of a CPU: what "the same CPU" means; g_free() */
static char *
kind_of(const VmcHost *host)
{
    const char *end = host->cpu_signature ? g_strrstr(host->cpu_signature, STEPPING) : NULL;

    if (!end || !host->cpu_vendor)
        return NULL;
    return g_strdup_printf("%s, %.*s", host->cpu_vendor, (int)(end - host->cpu_signature),
                           host->cpu_signature);
}

static char *
stepping_of(const VmcHost *host)
{
    const char *end = host->cpu_signature ? g_strrstr(host->cpu_signature, STEPPING) : NULL;

    return end ? g_strdup(end + strlen(STEPPING)) : NULL;
}

/* libvirt writes it decimally, /proc/cpuinfo, packages and vendors in hex. */
static char *
microcode_of(const VmcHost *host)
{
    guint64 version = 0;

    if (!host->cpu_microcode ||
        !g_ascii_string_to_unsigned(host->cpu_microcode, 10, 1, G_MAXUINT64, &version, NULL))
        return NULL;
    return g_strdup_printf("0x%" G_GINT64_MODIFIER "x", version);
}

static char *
kernel_of(const VmcHost *host)
{
    return g_strdup(host->kernel);
}

static char *
qemu_of(const VmcHost *host)
{
    return host->hypervisor_version ? vmc_version_text(host->hypervisor_version) : NULL;
}

static char *
libvirt_of(const VmcHost *host)
{
    return host->libvirt_version ? vmc_version_text(host->libvirt_version) : NULL;
}

static void
add_sentence(GString *text, const char *sentence)
{
    g_string_append_printf(text, "%s%s", text->len ? " " : "", sentence);
}

/* A sentence for each thing that is known to differ.  @unknown: names of those that
 * are not known of both hosts. */
static void
add_differences(const VmcRequirement *req, const VmcHost *there, GString *text, GString *unknown)
{
    for (size_t i = 0; i < n_aspects; i++) {
        g_autofree char *here = aspects[i].text(req->source);
        g_autofree char *found = aspects[i].text(there);
        g_autofree char *sentence = NULL;

        if ((aspects[i].of_machine && !vmc_is_kvm(req)) || (here && g_strcmp0(here, found) == 0))
            continue;
        if (!here || !found) {
            g_string_append_printf(unknown, "%s%s", unknown->len ? ", " : "", _(aspects[i].name));
            continue;
        }
        sentence = vmc_text_fill(_(aspects[i].differ), found, here);
        add_sentence(text, sentence);
    }
}

static void
add_of_equal_cpus(const VmcRequirement *req, const VmcHost *there, const char *kind, GString *text)
{
    g_autofree char *same = vmc_text_fill(_("Both hosts have the same CPU ('%1$s')."), kind, NULL);
    g_autoptr(GString) unknown = g_string_new(NULL);
    g_autofree char *open = NULL;
    gsize before = 0;

    add_sentence(text, same);
    before = text->len;
    add_differences(req, there, text, unknown);
    if (unknown->len > 0) {
        open = vmc_text_fill(_("Not known of both hosts, and to be compared: %1$s."), unknown->str,
                             NULL);
        add_sentence(text, open);
    }
    if (text->len == before)
        add_sentence(text, _("Microcode, kernel, QEMU and libvirt are the same, too: compare the "
                             "kernels' options (cat /proc/cmdline: clearcpuid, tsx, mitigations), "
                             "those of KVM's modules (grep . /sys/module/kvm*/parameters/*) and "
                             "the firmware's setup."));
}

static void
add_of_machines(const VmcRequirement *req, const VmcOffer *offer, GString *text)
{
    g_autofree char *here = kind_of(req->source);
    g_autofree char *there = kind_of(&offer->host);
    g_autofree char *other = NULL;

    if (!here || !there)
        return;
    if (g_str_equal(here, there)) {
        add_of_equal_cpus(req, &offer->host, here, text);
        return;
    }
    other = vmc_text_fill(
        _("The destination's CPU is another ('%1$s') than the source's ('%2$s')."), there, here);
    add_sentence(text, other);
}

static void
add_difference(const VmcRequirement *req, const VmcOffer *offer, GString *text)
{
    g_autoptr(GString) unknown = g_string_new(NULL);

    if (req->source && vmc_is_kvm(req))
        add_of_machines(req, offer, text);
    else if (req->source)
        add_differences(req, &offer->host, text, unknown);
}

char *
vmc_cpu_difference(const VmcRequirement *req, const VmcOffer *offer)
{
    g_autoptr(GString) text = g_string_new(NULL);

    add_difference(req, offer, text);
    return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

char *
vmc_cpu_cause(const VmcRequirement *req, const VmcOffer *offer)
{
    g_autoptr(GString) text = g_string_new(NULL);

    add_difference(req, offer, text);
    if (vmc_is_kvm(req) && offer->physical && g_hash_table_contains(offer->physical, "hypervisor"))
        add_sentence(text, _("The destination is a virtual machine itself, and has only what its "
                             "own host gives it: <cpu mode='host-passthrough'/> in its definition "
                             "(virsh edit, on that host) gives all."));
    if (text->len == 0)
        add_sentence(text, _("An update of microcode, kernel and QEMU on the destination may bring "
                             "what it lacks."));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static const Aspect aspects[] = {
    { stepping_of, N_("the CPU's stepping"),
      N_("Its stepping differs: '%1$s' there, '%2$s' on the source; no update changes that."),
      TRUE },
    { microcode_of, N_("microcode (grep microcode /proc/cpuinfo)"),
      N_("The microcode differs: %1$s there, %2$s on the source; install the newer one on both "
         "(package intel-microcode, amd64-microcode or microcode_ctl) and reboot. What the newer "
         "one takes away is gone for good."),
      TRUE },
    { kernel_of, N_("kernel (uname -r)"),
      N_("The kernel differs: '%1$s' there, '%2$s' on the source; boot the same one, with the same "
         "options (cat /proc/cmdline)."),
      TRUE },
    { qemu_of, N_("QEMU (virsh version)"),
      N_("QEMU differs: '%1$s' there, '%2$s' on the source; install the same version (package "
         "qemu-system-x86 or qemu-kvm)."),
      FALSE },
    { libvirt_of, N_("libvirt (virsh version)"),
      N_("libvirt differs: '%1$s' there, '%2$s' on the source; install the same version (package "
         "libvirt-daemon-system or libvirt-daemon-driver-qemu)."),
      FALSE },
};
static const size_t n_aspects = G_N_ELEMENTS(aspects);
