/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sources of facts: libvirt, saved folders, the local file system.  The only
 * folder that talks to libvirt; nothing here interprets (but for what has to be
 * known in order to ask).
 */
#pragma once

#include "derive/derive.h"

#include <libvirt/libvirt.h>

/* virt.c: autoptr for libvirt's types, and the one bridge from virError. */
#define VMC_VIR_TYPE(type, free_func) \
 static inline void vmc_auto_##type(type##Ptr *object) \
 { \
  if (*object) \
   free_func(*object); \
 }
VMC_VIR_TYPE(virConnect, virConnectClose)
VMC_VIR_TYPE(virDomain, virDomainFree)
VMC_VIR_TYPE(virNetwork, virNetworkFree)
VMC_VIR_TYPE(virInterface, virInterfaceFree)
VMC_VIR_TYPE(virStoragePool, virStoragePoolFree)
VMC_VIR_TYPE(virStorageVol, virStorageVolFree)
VMC_VIR_TYPE(virSecret, virSecretFree)
VMC_VIR_TYPE(virNWFilter, virNWFilterFree)
VMC_VIR_TYPE(virNodeDevice, virNodeDeviceFree)
#define VMC_AUTO_VIR(type) __attribute__((cleanup(vmc_auto_##type))) type##Ptr

/* libvirt's last error as VMC_VIRT_ERROR with its code; @format: context put in
 * front ("domain 'x': "). */
void vmc_virt_set_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A connection for which nobody is asked for a password.  @flags: libvirt's. */
virConnectPtr vmc_collect_open(const char *uri, unsigned int flags, GError **error);

/* The host, as a source: host.tsv, <host> of capabilities. */
gboolean vmc_collect_source(virConnectPtr conn, VmcFacts *facts, GError **error);

/* A domain: domains/KEY/…; its CPU model's expansion; for host-passthrough and
 * maximum the source's domain capabilities.  VMC_ERROR_INVALID_STATE when it is
 * in transition, VMC_VIRT_ERROR/VIR_ERR_NO_DOMAIN when it is gone. */
gboolean vmc_collect_domain(virDomainPtr domain, VmcFacts *facts, GError **error);

/* What the host has, and what @requirements (VmcRequirement *, may be empty or
 * NULL) ask about in particular: domain capabilities for their emulator, arch,
 * machine and virt type, their paths, CPU models and features.  What libvirt
 * refuses goes to host/unprobed.tsv; only a lost connection is an error.
 * @local_files: as vmc_check_options_set_local_files(). */
gboolean vmc_collect_offer(virConnectPtr conn,
                           const GPtrArray *requirements,
                           int local_files,
                           VmcFacts *facts,
                           GError **error);

/* The guest in a saved image (virsh save), as domains/KEY/….  @file is as the
 * libvirt behind @conn sees it; NULL: as this process does, and no libvirt is
 * asked.  The CPU in the image's cookie is known only where the file can be read
 * here. */
gboolean vmc_collect_saved_image(virConnectPtr conn,
                                 const char *file,
                                 VmcFacts *facts,
                                 GError **error);

/* A name, UUID or id → domain.  Refused: VIR_ERR_NO_DOMAIN. */
virDomainPtr vmc_collect_lookup(virConnectPtr conn, const char *name, GError **error);

/* cpu-expand.c: fills in expansions that the facts need and lack, with libvirt's
 * in-process test driver (no daemon). */
void vmc_collect_missing_expansions(VmcFacts *facts);

/* facts-folder.c (no libvirt inside) */
gboolean vmc_facts_save(const VmcFacts *facts, const char *folder, GError **error);
VmcFacts *vmc_facts_load(const char *folder, GError **error);

/* The expansions of all models in the facts' lists of models. */
gboolean vmc_collect_cpu_models(virConnectPtr conn, VmcFacts *facts, GError **error);

/* States of all domains, for systems: host/states.tsv with name, uuid, state,
 * reason (libvirt's numbers), managedSave (yes|no), job. */
gboolean vmc_collect_states(virConnectPtr conn, VmcFacts *facts, GError **error);

/* From now on what guests have for themselves is told by vmc_collect_domains(), which
 * has their definitions at hand; vmc_collect_offer() need not fetch them again. */
void vmc_collect_claims_begin(VmcFacts *facts);

/* All domains of the host into @facts, with as few calls as it takes.  One that
 * vanishes or is in transition is named in @skipped (char * "name: reason"; may
 * be NULL); only a lost connection is an error.  @progress: may be NULL. */
gboolean vmc_collect_domains(virConnectPtr conn,
                             VmcFacts *facts,
                             void (*progress)(size_t done, size_t total, void *opaque),
                             void *opaque,
                             GPtrArray *skipped,
                             GError **error);

/* The lean form of vmc_collect_offer(): answers to what @requirements ask, and
 * nothing else.  A table then holds what was asked about and found. */
gboolean vmc_collect_answers(virConnectPtr conn,
                             const GPtrArray *requirements,
                             int local_files,
                             VmcFacts *facts,
                             GError **error);

/* Lets libvirt judge the definitions of @requirements, without side effects:
 * host/dry-runs.tsv.  That it can't be asked is said there, too; only a lost
 * connection is an error. */
gboolean vmc_collect_dry_runs(virConnectPtr conn,
                              const GPtrArray *requirements,
                              VmcFacts *facts,
                              GError **error);

/* Every domain of the host (virDomainPtr, freed with the array). */
GPtrArray *vmc_collect_all(virConnectPtr conn, GError **error);

/* embed.c: our element in a domain's metadata, of its run (live) or of its
 * persistent configuration.  @element NULL: takes it out.  What libvirt has it
 * for: NULL without @error: none. */
gboolean vmc_collect_embed(virDomainPtr domain, gboolean live, const char *element, GError **error);
char *vmc_collect_embedded(virDomainPtr domain, gboolean live, GError **error);

/* watch.c: domains that started, resumed, or got another configuration or another
 * device, once it has been quiet about them for a moment.  Somebody has to run
 * libvirt's event loop. */
typedef struct _VmcWatch VmcWatch;
VmcWatch *vmc_watch_start(virConnectPtr conn, GError **error);
void vmc_watch_stop(VmcWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcWatch, vmc_watch_stop)

/* Waits for the next.  NULL: the connection is lost (VMC_ERROR_NOT_AVAILABLE). */
virDomainPtr vmc_watch_next(VmcWatch *watch, GError **error);

/* Whether the files of the host behind @conn are this machine's.
 * @local_files: as vmc_check_options_set_local_files(). */
gboolean vmc_collect_is_local(virConnectPtr conn, int local_files);
