/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat: would this guest migrate to that host, and if not, why not?
 *
 * This header needs GLib only; text and bytes in, text and bytes out.  What
 * takes a virConnectPtr or a virDomainPtr is in <vmcompat/vmcompat-libvirt.h>.
 *
 * Errors: a function that can fail returns NULL, FALSE or a VmcReturnValue
 * other than 0/32784, and sets @error, whose domain is VMC_ERROR (codes below)
 * or VMC_VIRT_ERROR (code: libvirt's virErrorNumber).  "Not compatible" is a
 * result and never an error.
 *
 * Ownership: what is returned as a non-const pointer belongs to the caller.
 * Objects are immutable once made and may be shared between threads;
 * VmcCheckOptions alone is mutable and must not be changed while in use.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VMC_API __attribute__((visibility("default")))

/* Return values of the specification's two methods (Hyper-V:
 * Msvm_VirtualSystemMigrationService).  A number space of its own: 32769 here
 * has nothing to do with VMC_ENABLED_STATE_SUSPENDED.  Since: 0.1 */
typedef enum {
    VMC_RETURN_COMPATIBLE = 0,
    VMC_RETURN_FAILED = 32768,
    VMC_RETURN_ACCESS_DENIED = 32769,
    VMC_RETURN_NOT_SUPPORTED = 32770,
    VMC_RETURN_STATUS_UNKNOWN = 32771,
    VMC_RETURN_TIMEOUT = 32772,
    VMC_RETURN_INVALID_PARAMETER = 32773,
    VMC_RETURN_SYSTEM_IN_USE = 32774,
    VMC_RETURN_INVALID_STATE = 32775,
    VMC_RETURN_INCORRECT_DATA_TYPE = 32776,
    VMC_RETURN_NOT_AVAILABLE = 32777,
    VMC_RETURN_OUT_OF_MEMORY = 32778,
    VMC_RETURN_NOT_COMPATIBLE = 32784
} VmcReturnValue;

/* CIM_EnabledLogicalElement.EnabledState as reported; readers also take 6
 * (= 32769) of the newer numbering.  Since: 0.1 */
typedef enum {
    VMC_ENABLED_STATE_UNKNOWN = 0,
    VMC_ENABLED_STATE_ENABLED = 2,
    VMC_ENABLED_STATE_DISABLED = 3,
    VMC_ENABLED_STATE_SHUTTING_DOWN = 4,
    VMC_ENABLED_STATE_NOT_APPLICABLE = 5,
    VMC_ENABLED_STATE_QUIESCE = 9,
    VMC_ENABLED_STATE_STARTING = 10,
    VMC_ENABLED_STATE_PAUSED = 32768,
    VMC_ENABLED_STATE_SUSPENDED = 32769,
    VMC_ENABLED_STATE_SAVING = 32773,
    VMC_ENABLED_STATE_MIGRATING = 32772
} VmcEnabledState;

/* What a system is judged as.  Values are bits, so that a rule can name
 * several.  Since: 0.1 */
typedef enum {
    VMC_STATE_NONE = 0, /* in VmcCheckOptions: as its EnabledState says */
    VMC_STATE_OFF = 1,
    VMC_STATE_SAVED = 2,
    VMC_STATE_LIVE = 4
} VmcState;

/* Since: 0.1 */
typedef enum {
    VMC_VERDICT_COMPATIBLE = 0,
    VMC_VERDICT_UNDECIDED = 10,
    VMC_VERDICT_INCOMPATIBLE = 20
} VmcVerdict;

/* In order of weight; treat a value you do not know as a blocker.  Since: 0.1 */
typedef enum {
    VMC_SEVERITY_NOTE = 10,
    VMC_SEVERITY_WARNING = 20,
    VMC_SEVERITY_UNKNOWN = 30,
    VMC_SEVERITY_CONDITIONAL = 40,
    VMC_SEVERITY_BLOCKER = 50
} VmcSeverity;

/* Since: 0.1 */
typedef enum {
    VMC_FORMAT_TEXT = 0,
    VMC_FORMAT_JSON = 1,
    VMC_FORMAT_XML = 2,
    VMC_FORMAT_CIM = 3
} VmcFormat;

/* What the caller can do about an error.  Since: 0.1 */
typedef enum {
    VMC_ERROR_FAILED = 0,           /* 32768 */
    VMC_ERROR_ACCESS_DENIED = 1,    /* 32769: use another user or connection */
    VMC_ERROR_NOT_SUPPORTED = 2,    /* 32770: no QEMU driver, no such call */
    VMC_ERROR_TIMEOUT = 3,          /* 32772 */
    VMC_ERROR_INVALID_ARGUMENT = 4, /* 32773: option, name, path, damaged blob */
    VMC_ERROR_INVALID_STATE = 5,    /* 32775: in transition, try again */
    VMC_ERROR_BAD_DATA = 6,         /* 32776: not a blob, not our XML */
    VMC_ERROR_NEWER = 7,            /* 32776: made by a newer vmcompat */
    VMC_ERROR_TOO_LARGE = 8,        /* 32773: over a documented cap */
    VMC_ERROR_NOT_AVAILABLE = 9,    /* 32777: libvirt can't be reached */
    VMC_ERROR_NO_OFFER = 10         /* 32773: the document holds no offer */
} VmcErrorCode;

#define VMC_ERROR (vmc_error_quark())
VMC_API GQuark vmc_error_quark(void);

/* Code: libvirt's virErrorNumber.  Since: 0.1 */
#define VMC_VIRT_ERROR (vmc_virt_error_quark())
VMC_API GQuark vmc_virt_error_quark(void);

/* The specification's code for why there is no verdict.  NULL: FAILED.
 * Since: 0.1 */
VMC_API VmcReturnValue vmc_error_to_return_value(const GError *error);

/* Version of the library that is running, "0.1.0".  Since: 0.1 */
VMC_API const char *vmc_version(void);

/* ---- documents and blobs ------------------------------------------------ */

/* One source host, optionally its offer, and any number of systems. */
typedef struct _VmcDocument VmcDocument;

VMC_API VmcDocument *vmc_document_ref(VmcDocument *document);
VMC_API void vmc_document_unref(VmcDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcDocument, vmc_document_unref)

/* Reads a blob (binary or armored) or the document's XML, without being told
 * which.  Refuses damage, trailing bytes, other formats, more than 64 MiB.
 * @flags: 0.  Since: 0.1 */
VMC_API VmcDocument *vmc_document_from_bytes(GBytes *bytes, unsigned int flags, GError **error);

/* Reads a folder of saved facts (vmcompat collect --save, or plain virsh
 * outputs; see vmcompat-document(5)): all its domains and its offer, or only
 * @domain (name or UUID) and no offer.  @flags: 0.  Since: 0.1 */
VMC_API VmcDocument *vmc_document_from_folder(const char *folder,
                                              const char *domain,
                                              unsigned int flags,
                                              GError **error);

/* A definition (libvirt's domain XML), as off.  @flags: 0.  Since: 0.1 */
VMC_API VmcDocument *vmc_document_from_domain_xml(const char *xml,
                                                  unsigned int flags,
                                                  GError **error);

#define VMC_BLOB_ARMOR (1u << 0) /* base64 with a header and a footer line */

/* The envelope: the opaque CompatibilityInfo of the specification.  Since: 0.1 */
VMC_API GBytes *vmc_document_to_blob(const VmcDocument *document,
                                     unsigned int flags,
                                     GError **error);

/* TEXT: a summary; JSON; XML: the document itself.  Since: 0.1 */
VMC_API char *vmc_document_to_text(const VmcDocument *document, VmcFormat format, GError **error);

/* The host and the domains of the document as CIM_ComputerSystem.  TEXT, JSON,
 * CIM.  Since: 0.1 */
VMC_API char *vmc_document_systems_to_text(const VmcDocument *document,
                                           VmcFormat format,
                                           GError **error);

/* Number of systems in the document.  Since: 0.1 */
VMC_API size_t vmc_document_n_systems(const VmcDocument *document);

/* Whether it holds a host's offer.  Since: 0.1 */
VMC_API gboolean vmc_document_has_offer(const VmcDocument *document);

/* SHA-256 (hexadecimal) of the configurations it was made from; the time of
 * making is not part of it.  Since: 0.1 */
VMC_API char *vmc_document_digest(const VmcDocument *document);

/* ---- options ------------------------------------------------------------- */

/* Called between domains of a whole host, between calls that take long, and while
 * a rule of the site runs: @done of @total.  Must not call vmcompat.  Since: 0.1 */
typedef void (*VmcProgressFunc)(size_t done, size_t total, void *opaque);

typedef struct _VmcCheckOptions VmcCheckOptions;

VMC_API VmcCheckOptions *vmc_check_options_new(void);
VMC_API void vmc_check_options_free(VmcCheckOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcCheckOptions, vmc_check_options_free)

/* VMC_STATE_NONE (the default): as the EnabledState says.  Since: 0.1 */
VMC_API void vmc_check_options_set_as(VmcCheckOptions *options, VmcState as);

/* Flags the caller will pass to the migration: virsh's names without dashes
 * in front ("unsafe", "copy-storage-all") and "shared-storage"; "all" of them.
 * Unknown names: FALSE and VMC_ERROR_INVALID_ARGUMENT.  Since: 0.1 */
VMC_API gboolean vmc_check_options_add_assume(VmcCheckOptions *options,
                                              const char *flag,
                                              GError **error);

/* Reads policy from the file @path (vmcompat.conf(5)) and adds it to what is set
 * already.  NULL: the installed default, which may be missing, and its folder of
 * site rules.  Anything in it that is not known is an error that names file, group
 * and key; @options are then to be thrown away.  @flags: 0.  Since: 0.1 */
VMC_API gboolean vmc_check_options_load_config(VmcCheckOptions *options,
                                               const char *path,
                                               unsigned int flags,
                                               GError **error);

/* What a failure of @rule weighs.  What the rule says more lightly, and what it
 * could not find out, is at most lowered to it.  Reports tell both severities.
 * VMC_SEVERITY_CONDITIONAL is only for rules that a flag lifts.  Since: 0.1 */
VMC_API gboolean vmc_check_options_set_severity(VmcCheckOptions *options,
                                                const char *rule,
                                                VmcSeverity severity,
                                                GError **error);

/* Asks the programs in @folder about each guest (vmcompat.conf(5)), as the user who
 * runs this.  May be called several times.  Since: 0.1 */
VMC_API gboolean vmc_check_options_add_site_rules(VmcCheckOptions *options,
                                                  const char *folder,
                                                  GError **error);

/* The same for libvirt-cim's external checks.  @parameters: its CheckParameters,
 * NULL-terminated, or NULL.  Since: 0.1 */
VMC_API gboolean vmc_check_options_set_extchecks(VmcCheckOptions *options,
                                                 const char *folder,
                                                 const char *const *parameters,
                                                 GError **error);

/* How long each of these programs may take; 0 (the default): 5 seconds, and 10 for
 * libvirt-cim's.  Since: 0.1 */
VMC_API void vmc_check_options_set_site_timeout(VmcCheckOptions *options, unsigned int seconds);

/* Whom to tell that a check goes on.  A gate's threads tell it each for itself, and
 * those that are left behind also after the gate has returned.  Since: 0.1 */
VMC_API void vmc_check_options_set_progress(VmcCheckOptions *options,
                                            VmcProgressFunc progress,
                                            void *opaque);

/* Waives a rule by id, "site/NAME" for one of the site's own: its findings stay
 * visible, marked waived.  Since: 0.1 */
VMC_API gboolean vmc_check_options_add_ignore(VmcCheckOptions *options,
                                              const char *rule,
                                              GError **error);

/* Blobs and offers older than @seconds give an unknown finding.  0: any age.
 * Since: 0.1 */
VMC_API void vmc_check_options_set_max_age(VmcCheckOptions *options, guint64 seconds);

/* Whether the caller's file system is the destination's: TRUE, FALSE, or -1
 * (the default): as the URI says (it names neither a server nor a socket).
 * Since: 0.1 */
VMC_API void vmc_check_options_set_local_files(VmcCheckOptions *options, int local_files);

/* Lets the destination's own libvirt judge the definitions as well, without side
 * effects (virConnectDomainXMLToNative), and compares its answer: rules
 * libvirt-objects and dry-run.  Needs a read-write connection; over another, a
 * warning says that there was no dry run.  Without a connection the check is
 * refused (VMC_ERROR_INVALID_ARGUMENT).  Since: 0.1 */
VMC_API void vmc_check_options_set_dry_run(VmcCheckOptions *options, gboolean dry_run);

/* ---- check --------------------------------------------------------------- */

/* The verdicts and findings of one check. */
typedef struct _VmcReport VmcReport;

VMC_API VmcReport *vmc_report_ref(VmcReport *report);
VMC_API void vmc_report_unref(VmcReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcReport, vmc_report_unref)

/* Judges every system of @info against the offer in @offer, offline.
 * @options: may be NULL.  Since: 0.1 */
VMC_API VmcReport *vmc_check_offline(const VmcDocument *info,
                                     const VmcDocument *offer,
                                     const VmcCheckOptions *options,
                                     GError **error);

/* CheckSystemCompatibilityInfo on blobs, offline: @offer is a blob or document
 * that holds an offer.  Returns 0 or 32784 with *@report set, 32771 with
 * *@report set when undecided, or another code with @error set.  Since: 0.1 */
VMC_API VmcReturnValue vmc_check_system_compatibility_info_offline(GBytes *info,
                                                                   GBytes *offer,
                                                                   const VmcCheckOptions *options,
                                                                   VmcReport **report,
                                                                   GError **error);

/* Puts the systems of @other behind those of @report; both are left as they
 * are.  Both must be about the same destination.  Since: 0.1 */
VMC_API VmcReport *vmc_report_merge(const VmcReport *report, const VmcReport *other);

VMC_API VmcVerdict vmc_report_verdict(const VmcReport *report);
VMC_API VmcReturnValue vmc_report_return_value(const VmcReport *report);

/* 0 compatible, 2 incompatible, 3 undecided.  Since: 0.1 */
VMC_API int vmc_report_exit_status(const VmcReport *report);

#define VMC_REPORT_COLOR (1u << 0)   /* TEXT: ANSI colours */
#define VMC_REPORT_VERBOSE (1u << 1) /* TEXT: notes too */

/* Since: 0.1 */
VMC_API char *vmc_report_to_text(const VmcReport *report,
                                 VmcFormat format,
                                 unsigned int flags,
                                 GError **error);

/* One CIM_Error instance (CIM-XML) per finding that tells against
 * compatibility: the specification's Reasons array.  NULL-terminated.
 * Since: 0.1 */
VMC_API char **vmc_report_reasons(const VmcReport *report);

VMC_API size_t vmc_report_n_systems(const VmcReport *report);
VMC_API const char *vmc_report_system_name(const VmcReport *report, size_t system);
VMC_API VmcVerdict vmc_report_system_verdict(const VmcReport *report, size_t system);
VMC_API size_t vmc_report_n_findings(const VmcReport *report, size_t system);

/* Ids are stable for ever; texts are translated.  Strings live as long as the
 * report.  Since: 0.1 */
VMC_API const char *vmc_report_finding_rule(const VmcReport *report, size_t system, size_t finding);
VMC_API VmcSeverity vmc_report_finding_severity(const VmcReport *report,
                                                size_t system,
                                                size_t finding);
/* The rule's own severity, where the caller's policy set another; else the same. */
VMC_API VmcSeverity vmc_report_finding_severity_was(const VmcReport *report,
                                                    size_t system,
                                                    size_t finding);
VMC_API gboolean vmc_report_finding_waived(const VmcReport *report, size_t system, size_t finding);
VMC_API const char *vmc_report_finding_message(const VmcReport *report,
                                               size_t system,
                                               size_t finding);

/* The JSON object of a check that reached no verdict (format as
 * vmc_report_to_text's).  Since: 0.1 */
VMC_API char *vmc_error_to_json(const GError *error);

/* ---- gate ---------------------------------------------------------------- */

/* What many destinations answered: those that fit first, then the undecided,
 * then the incompatible, then those that gave no verdict.  Within each, those
 * with the fewest findings of the kind that counts (warnings, unknowns,
 * refusals) first, then as they were given.  Made by vmc_gate_connections() and
 * vmc_gate_uris() of <vmcompat/vmcompat-libvirt.h>. */
typedef struct _VmcGate VmcGate;

/* Since: 0.1 */
VMC_API VmcGate *vmc_gate_ref(VmcGate *gate);
VMC_API void vmc_gate_unref(VmcGate *gate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcGate, vmc_gate_unref)

/* Since: 0.1 */
VMC_API size_t vmc_gate_n_destinations(const VmcGate *gate);

/* All three belong to the gate.  The URI is as it was given (of a connection:
 * as libvirt spells it).  Exactly one of report and error is not NULL.
 * Since: 0.1 */
VMC_API const char *vmc_gate_destination(const VmcGate *gate, size_t destination);
VMC_API const VmcReport *vmc_gate_report(const VmcGate *gate, size_t destination);
VMC_API const GError *vmc_gate_error(const VmcGate *gate, size_t destination);

/* Where the destination stood in what was given.  Since: 0.1 */
VMC_API size_t vmc_gate_index(const VmcGate *gate, size_t destination);

/* 0: at least one fits.  2: none does.  3: none is known to, and at least one is
 * undecided or gave no verdict.  1: none gave a verdict.  Since: 0.1 */
VMC_API int vmc_gate_exit_status(const VmcGate *gate);

/* The same as 0, 32784, 32771, or the code of the first that gave no verdict.
 * Since: 0.1 */
VMC_API VmcReturnValue vmc_gate_return_value(const VmcGate *gate);

/* TEXT or JSON; @flags: as vmc_report_to_text().  Since: 0.1 */
VMC_API char *vmc_gate_to_text(const VmcGate *gate,
                               VmcFormat format,
                               unsigned int flags,
                               GError **error);

/* ---- rules --------------------------------------------------------------- */

/* Lists all rules, or explains the one named @id.  TEXT or JSON.  Since: 0.1 */
VMC_API char *vmc_rules_to_text(const char *id, VmcFormat format, GError **error);

/* POD of vmcompat-rules(7).  Since: 0.1 */
VMC_API char *vmc_rules_to_pod(void);

G_END_DECLS
