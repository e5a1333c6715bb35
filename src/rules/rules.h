/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The judgement.  One rule = one small function + one row, both in
 * rules-<area>.c.  A rule compares one thing; it is a pure function, cannot
 * fail, never stops another rule, and says what it has to say to @findings.
 */
#pragma once

#include "model/error.h"
#include "model/offer.h"

typedef struct _VmcRule VmcRule;
typedef struct _VmcFindings VmcFindings;

typedef struct {
    const VmcRule *rule;
    VmcSeverity severity;
    VmcSeverity severity_was; /* the rule's, where policy changed it; else 0 */
    gboolean waived;
    char *subject, *needed, *found; /* never NULL */
    char *message, *remedy;         /* translated */
    VmcRule *own_rule; /* reference (g_atomic_rc_box) to a rule that is in no table; or NULL */
} VmcFinding;

void vmc_finding_free(VmcFinding *finding);

/* For rules that are in no table; the memory itself belongs to g_atomic_rc_box. */
void vmc_rule_clear(void *rule);

/* @need: one of the kind that the row names, or NULL where it names none. */
typedef void (*VmcRuleFunc)(const VmcRequirement *req,
                            const VmcOffer *offer,
                            const VmcNeed *need,
                            VmcFindings *findings);

struct _VmcRule {
    const char *id;       /* stable for ever: scripts filter on it */
    unsigned int states;  /* VmcState bits it applies to */
    VmcNeedKind kind;     /* run once for each need of this kind; NONE: run once */
    const char *name;     /* with TRAIT: the trait; with CHOICE, FILE, CLAIM: only needs whose
                             detail starts so; NULL: all of the kind */
    VmcPart part;         /* what of the offer it reads; if that was not probed, the
                             engine says "unknown" for it (kind NONE: once) and the
                             function is not run */
    VmcSeverity severity; /* of vmc_fail() */
    VmcRuleFunc check;    /* NULL: that the need is there decides (TRAIT) */
    const char *assume;   /* comma list of flags (--assume) that lift a conditional or
                             unknown finding, or NULL */
    const char *summary;  /* N_(): one line, no full stop, says what is right */
    const char *cause;    /* N_(): sentences: why libvirt or QEMU refuses */
    const char *remedy;   /* N_(): sentences: what the admin can do, with something to type;
                             GUEST becomes the guest's name, DESTINATION the host's, PATH (with
                             FILE) the need's */
    const char *message;  /* N_(): for check == NULL; %1$s = need->name or detail */
    const char *spares;   /* libvirt's or QEMU's own message that users are spared; not
                             translated; or NULL */
    gboolean (*applies)(const VmcRequirement *req); /* NULL: always.  FALSE: the rule
                             has nothing to ask of this guest, and an unprobed part
                             is no matter */
    gboolean may_not_know;   /* check calls vmc_cannot_know() (for the gate of cases) */
    gboolean only_unknown;   /* never says anything else */
    gboolean any_hypervisor; /* runs for guests that are not QEMU's, too */
    const char *subject;     /* kind NONE: XPath of what an "unknown" of the engine is
                                about ("cpu"); NULL: "" */
};

/* Summaries are clauses that read well behind "whether" ("the destination has
 * the guest's network"): the engine's "can't tell whether …" uses them.
 * With check == NULL, message: %1$s is need->detail, or need->name where that
 * is empty; %2$s is need->name.  In that finding, needed is what %1$s is.
 *
 * A rule that at most warns (.severity) decides nothing: where its part was not
 * probed, the engine says nothing.  One that may do both has the heavier severity
 * in its row and warns with vmc_say().
 *
 * VMC_PART_DOMCAPS counts as not probed also where none of the offer's domain
 * capabilities fits this guest, VMC_PART_CPU also where what their hypervisor
 * can give is not known: a check that names them can rely on both. */

/* The row's severity.  @needed, @found: untranslated values, may be NULL. */
void vmc_fail(VmcFindings *findings,
              const char *subject,
              const char *needed,
              const char *found,
              const char *format,
              ...) G_GNUC_PRINTF(5, 6);

/* Another severity than the row's. */
void vmc_say(VmcFindings *findings,
             VmcSeverity severity,
             const char *subject,
             const char *needed,
             const char *found,
             const char *format,
             ...) G_GNUC_PRINTF(6, 7);

/* Decisive and not known.  @settle: what would settle it (translated). */
void vmc_cannot_know(VmcFindings *findings,
                     const char *subject,
                     const char *needed,
                     const char *settle,
                     const char *format,
                     ...) G_GNUC_PRINTF(5, 6);

/* The domain capabilities that fit the guest (looked up once a run), or NULL. */
const VmcDomcaps *vmc_findings_domcaps(const VmcFindings *findings);

/* Replaces the remedy of the finding added last. */
void vmc_remedy(VmcFindings *findings, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Puts sentences (translated; NULL: none) before it. */
void vmc_remedy_prepend(VmcFindings *findings, const char *sentences);

/* Runs all rules; VmcFinding *, weightiest first, then in the order of rules.
 * @assume, @ignore: sets of names, or NULL. */
GPtrArray *vmc_rules_run(const VmcRequirement *req,
                         const VmcOffer *offer,
                         GHashTable *assume,
                         GHashTable *ignore);

/* The caller's policy, on findings of any origin: @severities, rule id → VmcSeverity
 * (GINT_TO_POINTER), is what a failure of that rule weighs; what the rule says more
 * lightly is at most lowered to it.  What was assumed or ignored is looked at again,
 * and the list sorted.  All three may be NULL. */
void vmc_rules_set_severities(GPtrArray *findings,
                              GHashTable *severities,
                              GHashTable *assume,
                              GHashTable *ignore);

/* Weightiest first; what is of one weight stays in its order. */
void vmc_rules_sort(GPtrArray *findings);

VmcVerdict vmc_rules_verdict(const GPtrArray *findings);

/* The registry: NULL-terminated, in the order in which findings of one weight
 * are shown (that of libvirt's own checks). */
const VmcRule *const *vmc_rules_all(void);
const VmcRule *vmc_rules_find(const char *id);
const char *const *vmc_assume_flags(void); /* every flag any rule can be lifted by */

/* Groups, each ending in a row with id NULL. */
extern const VmcRule vmc_rules_hypervisor[];  /* libvirt's driver */
extern const VmcRule vmc_rules_identity[];    /* same host, names, jobs, snapshots */
extern const VmcRule vmc_rules_versions[];    /* of libvirt and QEMU */
extern const VmcRule vmc_rules_machine[];     /* arch, virt type, emulator, machine, vcpus */
extern const VmcRule vmc_rules_cpu_model[];   /* the CPU's mode, model, vendor */
extern const VmcRule vmc_rules_cpu[];         /* its features */
extern const VmcRule vmc_rules_cpu_numbers[]; /* its clock, address bits, counters */
extern const VmcRule vmc_rules_memory[];      /* NUMA, huge pages, capacity, cpusets */
extern const VmcRule vmc_rules_firmware[];    /* loader, NVRAM, kernel, ACPI, fw_cfg */
extern const VmcRule vmc_rules_storage[];
extern const VmcRule vmc_rules_network[];
extern const VmcRule vmc_rules_device[];    /* models and buses; host devices; TPM … */
extern const VmcRule vmc_rules_security[];  /* security models, launch security */
extern const VmcRule vmc_rules_libvirt[];   /* what libvirt itself said; compares with the above */
extern const VmcRule vmc_rules_site[];      /* programs of the site; run by site/ */
extern const VmcRule vmc_rules_interface[]; /* how interfaces are plugged in */
extern const VmcRule vmc_rules_guest[];     /* what it has or is, and versions */
extern const VmcRule vmc_rules_claims[];    /* what guests of the destination have already */
extern const VmcRule vmc_rules_host[];      /* tuning, cgroups, how libvirt is set up */
extern const VmcRule vmc_rules_saved[];     /* saved images */
extern const VmcRule vmc_rules_document[];  /* age, and the like; run by the same engine */

/* Age, judged by those who know what time it is: adds blob-stale and offer-stale
 * (unknown).  @ignore: as vmc_rules_run().  Times in seconds, 0: not known;
 * @max_age 0: any age. */
void vmc_rules_check_age(GPtrArray *findings,
                         gint64 info_time,
                         gint64 offer_time,
                         gint64 now,
                         guint64 max_age,
                         GHashTable *ignore);
