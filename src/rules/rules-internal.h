/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What several of the rules-*.c share: asking the offer about a path, and about
 * a value of domain capabilities.
 */
#pragma once

#include "rules/rules.h"

/* libvirt's "major.minor.micro" as virConnectGetVersion() gives it. */
#define VMC_VERSION(major, minor, micro) ((major)*1000000u + (minor)*1000u + (micro))

#define VMC_STATE_ALL (VMC_STATE_LIVE | VMC_STATE_SAVED | VMC_STATE_OFF)
#define VMC_STATE_MEMORY (VMC_STATE_LIVE | VMC_STATE_SAVED) /* the guest's memory moves */

typedef enum {
    VMC_PATH_UNKNOWN = 0, /* nobody was asked */
    VMC_PATH_UNLISTED,    /* an active pool holds its directory and does not list it */
    VMC_PATH_DENIED,      /* may not be looked at */
    VMC_PATH_THERE,
    VMC_PATH_MISSING,
    VMC_PATH_WRONG_KIND, /* something else is there */
    VMC_PATH_LAST,
} VmcPathAnswer;

/* Whether what a FILE need asks for (flags included) is on the destination. */
VmcPathAnswer vmc_need_path(const VmcOffer *offer, const VmcNeed *need);

/* The active pool whose target is the directory of @path, or NULL. */
const VmcPool *vmc_offer_pool_of(const VmcOffer *offer, const char *path);

/* Says about a FILE need what @answer tells; a path that is there says nothing.
 * The words come from one table, by the need's detail. */
void vmc_path_report(const VmcNeed *need, VmcPathAnswer answer, VmcFindings *findings);

/* Both in one: the check of rules that ask for a path and nothing else. */
void vmc_rule_path(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings);

/* Whether the domain capabilities have the value of a CHOICE need.  Unknown: they
 * do not list it, or their list is not complete; that is evidence of nothing. */
VmcTristate vmc_choice_answer(const VmcDomcaps *domcaps, const VmcNeed *need);

/* Fails where vmc_choice_answer() is no; words by the need's detail. */
void vmc_choice_report(const VmcNeed *need, VmcFindings *findings);

/* The check of rules that ask for a CHOICE and nothing else (part DOMCAPS). */
void vmc_rule_choice(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings);

/* The first need of @kind with that name and detail (NULL: any), or NULL. */
const VmcNeed *vmc_requirement_find(const VmcRequirement *req,
                                    VmcNeedKind kind,
                                    const char *name,
                                    const char *detail);

/* QEMU's and libvirt's version on the source; 0 unknown. */
guint64 vmc_requirement_qemu_version(const VmcRequirement *req);
guint64 vmc_requirement_libvirt_version(const VmcRequirement *req);

/* @format, translated, with %1$s and %2$s put in.  For texts from tables, which
 * printf() must not take. */
char *vmc_text_fill(const char *format, const char *first, const char *second);

gboolean vmc_is_kvm(const VmcRequirement *req);

/* Sentences (translated) about the two hosts' CPUs: another one, or what differs between
 * hosts with the same one.  NULL: nothing is known of it.  g_free() */
char *vmc_cpu_difference(const VmcRequirement *req, const VmcOffer *offer);

/* The same, as the cause of a CPU feature that the offer's hypervisor lacks.  g_free() */
char *vmc_cpu_cause(const VmcRequirement *req, const VmcOffer *offer);
