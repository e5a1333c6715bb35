/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat for programs that hold a libvirt connection.  Connections and
 * domains are borrowed: never closed, never kept past the call.  The calls
 * block as long as libvirt does; who needs a bound runs them in a thread.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <vmcompat/vmcompat.h>

G_BEGIN_DECLS

/* GetSystemCompatibilityInfo: the blob of a domain (@computer_system: its name,
 * UUID or id), or of the whole host with all its domains (NULL).
 * Returns 0, or a code with @error set: 32775 for a domain in transition,
 * 32773 for one that does not exist.  @flags: 0 or VMC_BLOB_ARMOR.  Since: 0.1 */
VMC_API VmcReturnValue vmc_get_system_compatibility_info(virConnectPtr conn,
                                                         const char *computer_system,
                                                         unsigned int flags,
                                                         GBytes **info,
                                                         GError **error);

/* CheckSystemCompatibilityInfo: judges @info against the host behind @conn.
 * Returns 0 or 32784 (or 32771, undecided) with *@report set, else a code with
 * @error set.  @options: may be NULL.  Since: 0.1 */
VMC_API VmcReturnValue vmc_check_system_compatibility_info(virConnectPtr conn,
                                                           GBytes *info,
                                                           const VmcCheckOptions *options,
                                                           VmcReport **report,
                                                           GError **error);

/* The same as documents.  Since: 0.1 */
VMC_API VmcDocument *vmc_document_from_domain(virDomainPtr domain,
                                              unsigned int flags,
                                              GError **error);

/* The guest in a saved image (virsh save), as a saved system.  @file: as the
 * libvirt behind @conn sees it (a read-write connection); NULL: as this process
 * does, and no libvirt is asked.  The CPU that the image really holds is known
 * only where the file can be read here.  @flags: 0.  Since: 0.1 */
VMC_API VmcDocument *vmc_document_from_saved_image(virConnectPtr conn,
                                                   const char *file,
                                                   unsigned int flags,
                                                   GError **error);

#define VMC_HOST_OFFER (1u << 0)   /* what the host has */
#define VMC_HOST_DOMAINS (1u << 1) /* and the requirements of its domains */
/* With the offer, every CPU model that libvirt knows, expanded: for those who will judge
 * without libvirt definitions that come without a blob. */
#define VMC_HOST_CPU_MODELS (1u << 2)

/* A domain that vanishes or is in transition meanwhile is named in *@skipped
 * ("name: reason", NULL-terminated; may be NULL) and spoils nothing.
 * @questions: documents whose systems the offer shall answer for (paths,
 * machine types), or NULL.  Since: 0.1 */
VMC_API VmcDocument *vmc_document_from_host(virConnectPtr conn,
                                            unsigned int flags,
                                            VmcDocument *const *questions,
                                            size_t n_questions,
                                            int local_files,
                                            VmcProgressFunc progress,
                                            void *opaque,
                                            char ***skipped,
                                            GError **error);

/* Judges all @infos in one go against the host behind @conn.  Since: 0.1 */
VMC_API VmcReport *vmc_check_connection(virConnectPtr conn,
                                        VmcDocument *const *infos,
                                        size_t n_infos,
                                        const VmcCheckOptions *options,
                                        GError **error);

/* Judges all @infos against the hosts behind @conns, all at once: each is asked
 * by a thread of its own (64 at most), so that many take about as long as the
 * slowest.  One that fails is an answer and spoils nothing.  One that stays mute
 * for @timeout seconds (0: no bound) has VMC_ERROR_TIMEOUT; a thread then waits
 * on for libvirt and holds a reference of its own to the connection until libvirt
 * answers, and @options must not be changed any more.  @error: only for wrong
 * arguments.  Since: 0.1 */
VMC_API VmcGate *vmc_gate_connections(const virConnectPtr *conns,
                                      size_t n_conns,
                                      VmcDocument *const *infos,
                                      size_t n_infos,
                                      VmcCheckOptions *options,
                                      unsigned int timeout,
                                      GError **error);

#define VMC_GATE_READONLY (1u << 0) /* connect read-only */

/* The same for hosts by their URIs (NULL-terminated), each connected to and left
 * again in its thread; the time that takes counts.  Nobody is asked for a
 * password: libvirt's auth.conf, keys and agents have to do.  Since: 0.1 */
VMC_API VmcGate *vmc_gate_uris(const char *const *uris,
                               unsigned int flags,
                               VmcDocument *const *infos,
                               size_t n_infos,
                               VmcCheckOptions *options,
                               unsigned int timeout,
                               GError **error);

/* ---- the blob that travels ------------------------------------------------ */

/* Called for each domain that was written to, or (@why_not not NULL) that could
 * not be.  Must not call vmcompat.  Since: 0.1 */
typedef void (*VmcEmbedFunc)(const char *domain, const GError *why_not, void *opaque);

#define VMC_EMBED_REMOVE (1u << 0)  /* take it out */
#define VMC_EMBED_CHANGED (1u << 1) /* only where what is there says something else */

/* Stores the armored blob of a domain (@computer_system: its name, UUID or id;
 * NULL: of each domain of the host) in its metadata, as it is now: of an active
 * one in its run, from where it travels with a migration, and in its persistent
 * configuration as if it were off; of another in its configuration.  Needs a
 * read-write connection.  FALSE: the one that was named could not be written, or
 * the connection is lost.  @told: may be NULL.  Since: 0.1 */
VMC_API gboolean vmc_embed(virConnectPtr conn,
                           const char *computer_system,
                           unsigned int flags,
                           VmcEmbedFunc told,
                           void *opaque,
                           GError **error);

/* The same for all, and again for each domain that starts, resumes, or gets
 * another definition or device, when it has been quiet about it for two seconds
 * and where something has changed.  Returns when the connection is lost, with
 * @error.  Somebody else has to run libvirt's event loop, registered before @conn
 * was opened.  Since: 0.1 */
VMC_API gboolean vmc_embed_watch(virConnectPtr conn,
                                 VmcEmbedFunc told,
                                 void *opaque,
                                 GError **error);

/* Raw facts of the host, and of @domain (NULL: of all domains), into the new
 * or empty folder @folder.  Since: 0.1 */
VMC_API gboolean vmc_collect_to_folder(virConnectPtr conn,
                                       const char *domain,
                                       const char *folder,
                                       GError **error);

/* The host and its domains as CIM_ComputerSystem.  Since: 0.1 */
VMC_API char *vmc_systems_to_text(virConnectPtr conn, VmcFormat format, GError **error);

G_END_DECLS
