/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Requirement: what a domain, in one state, demands of a host.
 *
 * Identity and CPU are fields; all the rest is a list of needs, so that a rule
 * is a loop body and a new thing to look at is a row in a table of derive/.
 */
#pragma once

#include "model/facts.h"
#include "model/state.h"

/* What a need asks for.  @name is what must be there; meanings of the rest: */
typedef enum {
    VMC_NEED_NONE = 0,
    VMC_NEED_CHOICE,    /* name: value of an enum in domain capabilities;
                           detail: which one, "disk/bus", "video/modelType",
                           "features/hyperv", "os/firmware" …  (path below
                           <domainCapabilities>, "devices/" left out) */
    VMC_NEED_FILE,      /* name: path; detail: use (VmcFileUse's names);
                           flags: VMC_FILE_* */
    VMC_NEED_NETWORK,   /* name: libvirt network; detail: interface's MAC, or "" */
    VMC_NEED_BRIDGE,    /* name: bridge device */
    VMC_NEED_NETDEV,    /* name: network device for macvtap */
    VMC_NEED_POOL,      /* name: storage pool */
    VMC_NEED_VOLUME,    /* name: volume; detail: its pool */
    VMC_NEED_SECRET,    /* name: uuid, or usage id; detail: "uuid" or usage type */
    VMC_NEED_NWFILTER,  /* name: filter */
    VMC_NEED_NODEDEV,   /* name: libvirt's node device name (pci_0000_…, scsi_…) or
                           usb "0x1234:0xabcd" / mdev uuid; detail: pci|usb|mdev|scsi;
                           flags: VMC_DEVICE_* */
    VMC_NEED_NUMA_NODE, /* value: host cell id */
    VMC_NEED_CPUSET,    /* name: cpuset of host CPUs, "0-3,8" */
    VMC_NEED_PAGE,      /* value: huge page size in KiB; name: KiB of memory on such
                           pages, in decimal, "" unknown; 0: default huge page size */
    VMC_NEED_SECMODEL,  /* name: security model */
    VMC_NEED_ADDRESS,   /* name: IP address to listen on; detail: what listens */
    VMC_NEED_TRAIT,     /* name: something of the guest that by itself decides, with
                           no host asked: "shmem-peer", "transient-disk", … one per
                           row of derive's table; detail: free, for the message */
    VMC_NEED_CLAIM,     /* name: something that only one running guest of a host can have;
                           detail: disk (path), graphics-port, tcp-port, udp-port
                           (address:port), vsock (CID), tap (device), mac;
                           flags: VMC_CLAIM_* */
    VMC_NEED_LAST,
} VmcNeedKind;

enum {
    VMC_FILE_OPTIONAL = 1u << 0, /* absent: dropped, not refused (startupPolicy) */
    VMC_FILE_CREATED = 1u << 1,  /* made where absent (NVRAM with a template) */
    VMC_FILE_READONLY = 1u << 2,
    VMC_FILE_SHAREABLE = 1u << 3,
    VMC_FILE_DIRECTORY = 1u << 4, /* must be a directory */
    VMC_FILE_PARENT = 1u << 5,    /* the file is made; its directory must exist */
    VMC_FILE_BLOCK = 1u << 6,     /* must be a device */
    VMC_FILE_SOCKET = 1u << 7,    /* something must listen there */
};

enum {
    VMC_PAGE_MEMFD = 1u << 0, /* anonymous: needs no hugetlbfs mount */
};

enum {
    VMC_DEVICE_OPTIONAL = 1u << 0,
};

enum {
    VMC_CLAIM_SHARED = 1u << 0, /* several may, if all of them say so */
};

typedef struct {
    VmcNeedKind kind;
    char *subject; /* the guest's element, XPath below <domain> without a slash in
                      front: "devices/disk[target/@dev='vda']" */
    char *name;
    char *detail; /* "" if none */
    guint64 value;
    unsigned int flags;
    VmcTristate shared; /* FILE, VOLUME: is it on a file system that several hosts see;
                           as seen on the source */
    guint64 size;       /* FILE: bytes of a raw image, as seen on the source; 0 unknown */
    char *origin;       /* VOLUME: where its pool's data is, on the source; NULL unknown */
} VmcNeed;

void vmc_need_free(VmcNeed *need);

typedef struct {
    char *name;
    char *policy;        /* force|require|optional|disable|forbid */
    VmcTristate by_user; /* named by the user, not by libvirt when the guest started */
} VmcCpuFeature;

typedef struct {
    char *mode;  /* custom|host-model|host-passthrough|maximum; NULL: no <cpu> */
    char *match; /* exact|minimum|strict, or NULL */
    char *check; /* none|partial|full, or NULL */
    char *model; /* NULL: none named */
    char *fallback;
    char *vendor;
    VmcTristate migratable;
    char *physbits_mode; /* <maxphysaddr>: passthrough|emulate, or NULL */
    unsigned int physbits, physbits_limit;
    GPtrArray *features; /* VmcCpuFeature *, as written */
    /* What the guest sees: the model expanded, require and force added, disable
     * and forbid taken away; for passthrough what the source gives.
     * NULL: not known (no expansion at hand). */
    GHashTable *visible;           /* set of char * */
    unsigned int vcpus_per_socket; /* of <topology>; 0: none written, which is 1 */
} VmcCpu;

typedef struct {
    char *uuid, *hostname, *uri;
    char *type; /* virConnectGetType(): "QEMU"; NULL: from no connection */
    guint64 libvirt_version, hypervisor_version; /* as virConnectGetLibVersion; 0 unknown */
    gint64 time;                                 /* seconds since 1970; 0 unknown */
    guint64 tsc_frequency;                       /* Hz, 0 unknown */
    char *kernel;                                /* its release, "6.1.0-38-amd64"; or NULL */
    char *cpu_vendor, *cpu_model, *cpu_microcode, *cpu_signature; /* physical; or NULL */
    unsigned int cpu_physbits;                                    /* 0 unknown */
    guint64 page_kib;                                             /* smallest page, 0 unknown */
    char *lock_manager;   /* of qemu.conf, "" none; NULL unknown */
    VmcTristate tls_only; /* migrate_tls_force of qemu.conf */
} VmcHost;

typedef struct _VmcRequirement VmcRequirement;
struct _VmcRequirement {
    VmcState state; /* judged as; OFF, SAVED or LIVE */
    VmcEnabledState enabled_state;
    char *name, *uuid, *title;
    char *virt_type, *os_type, *arch, *machine, *emulator;
    VmcTristate persistent;
    char *source_uuid;     /* host UUID of the source, NULL unknown */
    const VmcHost *source; /* borrowed from the document; may be NULL */
    const VmcFacts *facts; /* borrowed; NULL for one that no facts were read for */
    char *definition;      /* the name of the fact that is judged: "domains/KEY/live.xml" */
    VmcCpu cpu;
    unsigned int vcpus;              /* maximum */
    guint64 memory_kib;              /* all of it, at start */
    guint64 tsc_frequency;           /* Hz the guest insists on; 0 none */
    int n_snapshots, n_checkpoints;  /* -1 unknown */
    char *job;                       /* running job, NULL none */
    int image_format;                /* number in the saved image's header, -1 unknown */
    GPtrArray *needs[VMC_NEED_LAST]; /* VmcNeed *; never NULL */
};

VmcRequirement *vmc_requirement_new(void);
void vmc_requirement_free(VmcRequirement *requirement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcRequirement, vmc_requirement_free)

/* Adds and returns a need; copies the strings (NULL: ""). */
VmcNeed *vmc_requirement_add(VmcRequirement *requirement,
                             VmcNeedKind kind,
                             const char *subject,
                             const char *name,
                             const char *detail);

void vmc_host_clear(VmcHost *host);

/* Into what holds nothing. */
void vmc_host_copy(VmcHost *to, const VmcHost *from);


typedef VmcHost VmcHostHolder; /* g_auto(VmcHostHolder): cleared at the end of the block */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmcHostHolder, vmc_host_clear)
