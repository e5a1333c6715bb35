/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the files of collect/ share.
 */
#pragma once

#include "collect/collect.h"
#include "derive/xml.h"
#include "local/local.h"

#include <libvirt/virterror.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virError, virFreeError)

/* ---- virt.c ---------------------------------------------------------------- */

/* To be called right after a call of libvirt's has failed.  FALSE with @error:
 * the connection is gone.  TRUE: it is alive, and host/unprobed.tsv says why
 * @part lacks something. */
gboolean vmc_virt_refused(virConnectPtr conn, VmcFacts *facts, VmcPart part, GError **error);

/* The same without a note: the failure means "no such thing", or is none of
 * the user's business. */
gboolean vmc_virt_absent(virConnectPtr conn, GError **error);

/* TRUE with @error: @conn itself is dead.  For calls on whose behalf a daemon talks
 * to others: a failure of that transport is none of ours. */
gboolean vmc_virt_gone(virConnectPtr conn, const virError *failure, GError **error);

/* What a failure means to who asked; fixed English.  g_free() */
char *vmc_virt_explain(const virError *failure);

/* It names neither a server nor a socket, and a driver with files of its own. */
gboolean vmc_uri_is_local(const char *text);

/* Whether the path in it ends so: "/session", "/embed". */
gboolean vmc_uri_is_of(const char *text, const char *path);

/* A row of host/unprobed.tsv; the first reason of a part stays. */
void vmc_collect_unprobed(VmcFacts *facts, VmcPart part, const char *why);

/* key TAB value in a .tsv fact; NULL: no row. */
void vmc_collect_value(VmcFacts *facts, const char *table, const char *key, const char *value);

/* libvirt's lists: an array of @n objects, freed with it. */
typedef struct {
    void **items;
    int n;
    int (*free_item)(void *item);
} VmcVirList;

void vmc_vir_list_clear(VmcVirList *list);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmcVirList, vmc_vir_list_clear)

#define VMC_VIR_LIST(free_func) \
 { \
  .free_item = (int (*)(void *))(void (*)(void))(free_func) \
 }

/* ---- questions to a host ---------------------------------------------------- */

typedef struct {
    virConnectPtr conn;
    VmcFacts *facts;
    const GPtrArray *requirements; /* VmcRequirement *; never NULL */
    gboolean complete;             /* all there is, not only what is asked about */
    gboolean local;                /* the host's files are ours */
    xmlDoc *host;                  /* <host> of capabilities, or NULL */
    GHashTable *seen;              /* set: "table/name" that has its row */
} VmcAsk;

/* One part of an offer.  FALSE: the connection is gone. */
typedef gboolean VmcAskFunc(VmcAsk *ask, GError **error);

/* TRUE the first time. */
gboolean vmc_ask_first(VmcAsk *ask, const char *table, const char *name);

/* Calls @each for all needs of a kind; stops at FALSE. */
typedef gboolean VmcNeedFunc(VmcAsk *ask, const VmcNeed *need, GError **error);
gboolean vmc_ask_needs(VmcAsk *ask, VmcNeedKind kind, VmcNeedFunc *each, GError **error);
gboolean vmc_ask_has_needs(const VmcAsk *ask, VmcNeedKind kind);

VmcAskFunc vmc_ask_host;   /* collect-host.c */
VmcAskFunc vmc_ask_memory; /* collect-node.c */
VmcAskFunc vmc_ask_cells;
VmcAskFunc vmc_ask_pages;
VmcAskFunc vmc_ask_cpumap;
VmcAskFunc vmc_ask_addresses;
VmcAskFunc vmc_ask_huge_mounts;
VmcAskFunc vmc_ask_domains;
VmcAskFunc vmc_ask_claims;   /* collect-claims.c */
VmcAskFunc vmc_ask_settings; /* collect-settings.c */
VmcAskFunc vmc_ask_sysinfo;
VmcAskFunc vmc_ask_networks; /* collect-network.c */
VmcAskFunc vmc_ask_interfaces;
VmcAskFunc vmc_ask_nwfilters;
VmcAskFunc vmc_ask_pools; /* collect-storage.c */
VmcAskFunc vmc_ask_files;
VmcAskFunc vmc_ask_secrets; /* collect-device.c */
VmcAskFunc vmc_ask_nodedevs;
VmcAskFunc vmc_ask_domcaps;    /* collect-domcaps.c */
VmcAskFunc vmc_ask_cpu_models; /* collect-cpu.c */
VmcAskFunc vmc_ask_cpu_names;

/* ---- collect-claims.c -------------------------------------------------------- */

#define VMC_CLAIMS "host/claims.tsv"

/* Those of one guest that runs.  FALSE: the connection is gone. */
gboolean vmc_collect_claims(virDomainPtr domain, VmcFacts *facts, GError **error);

/* ---- collect-source.c -------------------------------------------------------- */

/* host.tsv's rows that name the host.  */
gboolean vmc_collect_identity(virConnectPtr conn, VmcFacts *facts, GError **error);

/* The text of <host>…</host> of capabilities in <capabilities>.  g_free() */
char *vmc_capabilities_host(const char *capabilities);

/* ---- collect-domcaps.c -------------------------------------------------------- */

typedef struct {
    const char *emulator, *arch, *machine, *virt_type; /* NULL: libvirt's default */
} VmcMachineTuple;

/* host/domcapabilities/… of a tuple (once), and the expansion of its host
 * model.  *@ret_ok: whether there is one. */
gboolean vmc_collect_domcaps(virConnectPtr conn,
                             VmcFacts *facts,
                             const VmcMachineTuple *tuple,
                             gboolean *ret_ok,
                             GError **error);

/* host/devices.tsv: those of a guest (@requirement NULL: all there are) that only asking
 * shows, once for each emulator.  FALSE: the connection is gone.  collect-probe.c */
gboolean vmc_ask_devices(VmcAsk *ask,
                         const VmcMachineTuple *tuple,
                         const VmcRequirement *requirement,
                         GError **error);

/* ---- collect-cpu.c --------------------------------------------------------------- */

extern const char *const vmc_cpu_feature_names[]; /* cpu-feature-names.c */

/* host/cpu-expansions/MODEL.xml, once; that the model is not known is no error. */
gboolean vmc_collect_expansion(
    virConnectPtr conn, VmcFacts *facts, const char *arch, const char *model, GError **error);

/* host/settings.tsv of this machine, once. */
void vmc_collect_settings(virConnectPtr conn, VmcFacts *facts);
