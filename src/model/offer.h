/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Offer: what a host has, and which parts of it were probed at all.
 */
#pragma once

#include "model/requirement.h"

/* Parts that can be probed or not.  A rule names the part it reads; the engine
 * answers "unknown" where the offer lacks it. */
typedef enum {
    VMC_PART_NONE = 0,
    VMC_PART_HOST,         /* uuid, versions */
    VMC_PART_CAPABILITIES, /* guests, secmodels, pages, cells, counter */
    VMC_PART_DOMCAPS,      /* for this guest's emulator, arch, machine, virt type */
    VMC_PART_CPU,          /* what the hypervisor can give a guest: domcaps->visible */
    VMC_PART_CPU_NAMES,    /* models and features libvirt knows */
    VMC_PART_NETWORKS,
    VMC_PART_INTERFACES,
    VMC_PART_POOLS,
    VMC_PART_SECRETS,
    VMC_PART_NWFILTERS,
    VMC_PART_NODEDEVS,
    VMC_PART_DOMAINS,
    VMC_PART_MEMORY, /* free memory */
    VMC_PART_PAGES,  /* free pages */
    VMC_PART_CPUMAP,
    VMC_PART_ADDRESSES,
    VMC_PART_LAST,
} VmcPart;

const char *vmc_part_name(VmcPart part); /* "networks" … as in host/unprobed.tsv */
VmcPart vmc_part_from_name(const char *name);

typedef struct {
    char *os_type, *arch, *emulator; /* the default emulator */
    GHashTable *machines;   /* of any virt type: name → VmcMachine; canonical and alias */
    GHashTable *virt_types; /* set of char * */
    GHashTable *emulators;  /* set of paths: this guest's and its domains' */
} VmcGuest;

typedef struct {
    char *name, *canonical; /* canonical = name where it is no alias */
    unsigned int max_vcpus; /* 0 unknown */
    gboolean deprecated;
} VmcMachine;

typedef struct {
    char *name;
    VmcTristate usable;
    gboolean deprecated;
    char **blockers; /* features; NULL: not told */
} VmcCpuModel;

typedef struct {
    /* What the rest is of.  The rest is read when a guest asks for it; see
     * vmc_derive_domcaps_for(). */
    char *emulator, *virt_type, *machine, *arch;
    char *fact;                     /* where it is told */
    gsize read;                     /* g_once_init_enter() */
    char *damage;                   /* why it can't be read, or NULL */
    unsigned int max_vcpus;         /* 0 unknown */
    GHashTable *supported;          /* element path ("disk", "tpm", "os/loader",
                                       "cpu/mode[host-passthrough]", "features/genid",
                                       "iothreads") → VmcTristate */
    GHashTable *enums;              /* "disk/bus" → set of values; cpu model names are not here */
    GHashTable *cpu_models;         /* name → VmcCpuModel, custom mode */
    char *host_model, *host_vendor; /* of mode host-model; NULL none */
    unsigned int physbits, physbits_limit; /* of host-model's <maxphysaddr>, 0 unknown */
    GHashTable *visible; /* set: what the hypervisor can enable (host-model expanded);
                            NULL: not known */
    GHashTable *named;   /* name → GINT_TO_POINTER(VmcTristate): the features that host-model
                            writes beside its model, and whether it has them; NULL as above */
} VmcDomcaps;

typedef struct {
    char *name, *bridge;
    VmcTristate active;
    char *forward;           /* "none", "nat", "bridge", "hostdev" …; NULL: not known, and so
                                are those below */
    char *virtualport;       /* type, or NULL: none */
    GHashTable *portgroups;  /* set of names */
    VmcTristate has_inbound; /* a limit for what comes in, which "floor" needs */
} VmcNetwork;

typedef struct {
    char *name, *type, *target;
    char *origin; /* where its data is; NULL: not known */
    VmcTristate active;
    GHashTable *volumes; /* name → path; NULL: not probed */
} VmcPool;

typedef struct {
    char *name, *uuid;
    VmcTristate active, persistent, managed_save;
    VmcTristate snapshots; /* or checkpoints */
} VmcDomainEntry;

typedef struct {
    char *domain, *uuid; /* who runs and has it */
    VmcTristate shared;  /* says that others may have it, too */
} VmcClaim;

typedef struct {
    char *path;
    char *kind; /* as in host/files.tsv */
    VmcTristate shared;
    guint64 size;
} VmcFile;

typedef struct {
    unsigned int id;
    guint64 memory_kib, free_bytes;
    VmcTristate free_known;
} VmcCell;

typedef struct {
    unsigned int cell;
    guint64 size_kib, free;
} VmcPages;

typedef enum {
    VMC_DRY_RUN_NONE = 0, /* asked for, and not to be had */
    VMC_DRY_RUN_ACCEPTED,
    VMC_DRY_RUN_REFUSED,
} VmcDryRunAnswer;

typedef struct {
    char *definition; /* SHA-256 of its text; "": any */
    VmcState state;
    VmcDryRunAnswer answer;
    int code; /* virErrorNumber; 0 none */
    char *text;
} VmcDryRun;

typedef struct _VmcOffer VmcOffer;
struct _VmcOffer {
    VmcHost host;
    char *type;           /* virConnectGetType(): "QEMU" */
    VmcTristate session;  /* session daemon */
    VmcTristate sysinfo;  /* libvirt has the machine's SMBIOS */
    GHashTable *settings; /* host/settings.tsv: key → value; empty: files were not looked at */
    gboolean probed[VMC_PART_LAST];
    char *why[VMC_PART_LAST]; /* why it was not, or NULL */
    /* capabilities */
    GPtrArray *guests; /* VmcGuest * */
    GHashTable *secmodels;
    GHashTable *cache_controls; /* "3/both/0" (level, type, bank), "memory/0" (node) → set */
    GArray *page_sizes;         /* guint64 KiB */
    GPtrArray *cells;           /* VmcCell * */
    guint64 tsc_frequency;
    VmcTristate tsc_scaling;
    const VmcFacts *facts;    /* what it was derived from, to read more of it; must outlive it */
    GPtrArray *domcaps;       /* VmcDomcaps * */
    gsize cpu_names_read;     /* the next three are, see vmc_derive_cpu_names() */
    GHashTable *cpu_models;   /* "arch/model" the destination's libvirt knows (set) */
    GHashTable *cpu_archs;    /* archs whose model list was probed (set) */
    GHashTable *cpu_features; /* name → GINT_TO_POINTER(VmcTristate) */
    GHashTable *networks;     /* name → VmcNetwork */
    GHashTable *interfaces;   /* name → char * kind */
    GHashTable *pools;        /* name → VmcPool */
    GHashTable *volume_paths; /* path → (borrowed) VmcPool, of all active pools */
    GHashTable *secrets;      /* set of uuid, and "type/usage" */
    GHashTable *nwfilters;
    GHashTable *nodedevs; /* name, usb "0xv:0xp", mdev uuid → char * kind */
    GPtrArray *domains;   /* VmcDomainEntry * */
    GArray *pages;        /* VmcPages */
    GArray *huge_mounts;  /* guint64 KiB: sizes with a hugetlbfs mount; NULL: not looked */
    guint64 free_memory;  /* bytes */
    char *cpumap;         /* cpuset */
    GHashTable *files;    /* path → VmcFile; a path that is absent was not asked */
    GHashTable *addresses;
    GHashTable *physical;              /* set: features of the physical CPU (<host><cpu> of
                                          capabilities, expanded); NULL: not known.  Only for what
                                          libvirt compares with it: check='partial' at a start */
    GHashTable *secrets_without_value; /* set, as secrets: those known to have none */
    GHashTable *devices;               /* "emulator TAB virt type TAB arch TAB device" →
                                          GINT_TO_POINTER(VmcTristate): host/devices.tsv */
    GPtrArray *dry_runs;               /* VmcDryRun *: what libvirt said of definitions */
    GHashTable *claims;                /* "kind/name" → GPtrArray of VmcClaim *; what is not
                                          in it is free, or was not asked about */
};

VmcOffer *vmc_offer_new(void);
void vmc_offer_free(VmcOffer *offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcOffer, vmc_offer_free)

/* The guest entry for an arch and OS type, or NULL. */
const VmcGuest *vmc_offer_guest(const VmcOffer *offer, const char *arch, const char *os_type);

/* What the host's qemu.conf says: "" where it says nothing, NULL where it was not
 * read. */
const char *vmc_offer_conf(const VmcOffer *offer, const char *key);

/* The domain capabilities that fit a requirement best, or NULL: same emulator
 * (or either unnamed), virt type and arch, and the same machine or else one of
 * the same family (enums depend on pc or q35, not on the version), also where
 * the host lacks the machine itself: all else that it lacks is to be told at once. */
const VmcDomcaps *vmc_offer_domcaps(const VmcOffer *offer, const VmcRequirement *requirement);

/* The canonical name behind a machine name, or the name itself. */
const char *vmc_offer_machine_canonical(const VmcOffer *offer,
                                        const char *arch,
                                        const char *machine);

/* What libvirt said of the definition that is judged, or NULL: it was not asked. */
const VmcDryRun *vmc_offer_dry_run(const VmcOffer *offer, const VmcRequirement *requirement);

/* How dry runs name a definition.  g_free() */
char *vmc_definition_digest(const char *xml);

/* Has QEMU, as the guest would run it, this device of host/devices.tsv? */
VmcTristate vmc_offer_device(const VmcOffer *offer,
                             const VmcRequirement *requirement,
                             const char *device);

const VmcDomainEntry *vmc_offer_domain_by_name(const VmcOffer *offer, const char *name);
const VmcDomainEntry *vmc_offer_domain_by_uuid(const VmcOffer *offer, const char *uuid);

/* The running guest other than @req that has @name of @kind ("disk", "hostdev" …, as
 * in host/claims.tsv) for itself, or NULL.  @shared: sharing it will do. */
const VmcClaim *vmc_offer_claim(const VmcOffer *offer,
                                const VmcRequirement *req,
                                const char *kind,
                                const char *name,
                                gboolean shared);

/* Takes @claim. */
void vmc_offer_add_claim(VmcOffer *offer, const char *kind, const char *name, VmcClaim *claim);

/* Constructors for what tables hold; free functions are the tables' own. */
GHashTable *vmc_set_new(void);          /* owns its keys; use g_hash_table_add/contains */
char **vmc_set_sorted(GHashTable *set); /* g_free() the array only */
/* Writes "avx2, bmi2" of a set, sorted.  g_free() */
char *vmc_set_join(GHashTable *set);
VmcGuest *vmc_guest_new(void);
void vmc_guest_free(VmcGuest *guest);
VmcMachine *vmc_machine_new(const char *name, const char *canonical);
void vmc_machine_free(VmcMachine *machine);
VmcDomcaps *vmc_domcaps_new(void);
void vmc_domcaps_free(VmcDomcaps *domcaps);
VmcCpuModel *vmc_cpu_model_new(const char *name);
void vmc_cpu_model_free(VmcCpuModel *model);
VmcNetwork *vmc_network_new(const char *name);
void vmc_network_free(VmcNetwork *network);
VmcPool *vmc_pool_new(const char *name);
void vmc_pool_free(VmcPool *pool);
VmcDomainEntry *vmc_domain_entry_new(const char *name, const char *uuid);
void vmc_domain_entry_free(VmcDomainEntry *entry);
VmcClaim *vmc_claim_new(const char *domain, const char *uuid);
void vmc_claim_free(VmcClaim *claim);
VmcFile *vmc_file_new(const char *path, const char *kind);
void vmc_file_free(VmcFile *file);
VmcDryRun *vmc_dry_run_new(const char *definition, VmcState state, VmcDryRunAnswer answer);
void vmc_dry_run_free(VmcDryRun *dry_run);
