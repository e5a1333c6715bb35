/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts: raw texts and numbers, unchanged, as libvirt (or a saved folder) gave
 * them.  Evidence, not interpretation: a parsing bug is mended without asking
 * the user to collect again.
 *
 * A fact's name is its path in a saved folder (see vmcompat-document(5)):
 *
 *   host/host.tsv              key TAB value: uri, hostname, type, libvirtVersion,
 *                              hypervisorVersion, time (seconds), freeMemory (bytes),
 *                              session (yes|no), local (yes|no),
 *                              sysinfo (yes|no: has libvirt read SMBIOS),
 *                              kernel (release; only where files are local)
 *   host/unprobed.tsv          part TAB why: what was asked and refused
 *   host/capabilities.xml      virsh capabilities
 *   host/domcapabilities/ANY.xml   virsh domcapabilities …
 *   host/cpu-expansions/MODEL.xml   virsh cpu-baseline --features of MODEL alone
 *   host/cpu-models/ARCH.txt   virsh cpu-models ARCH
 *   host/cpu-names.tsv         model|feature TAB name TAB yes|no: does libvirt know it
 *   host/networks.tsv          name, active (yes|no), bridge, forward mode ("none" …),
 *                              virtualport type, portgroups (comma list), inbound (yes|no:
 *                              a limit for what comes in)
 *   host/interfaces.tsv        name, kind (bridge|other)       network devices
 *   host/pools.tsv             name, active (yes|no), type, target path, origin: where its
 *                              data is (vmc_derive_pool_origin())
 *   host/volumes/POOL.tsv      name, path
 *   host/secrets.tsv           uuid, usage type, usage id, has a value (yes|no|unknown;
 *                              asked only of those that a guest needs)
 *   host/nwfilters.tsv         name
 *   host/nodedevs.tsv          name, kind (pci|usb|mdev|scsi|other), detail
 *                              (usb: vendor:product, 0x1234:0xabcd; mdev: uuid)
 *   host/domains.tsv           name, uuid, active (yes|no), persistent (yes|no),
 *                              managedSave (yes|no), snapshots or checkpoints (yes|no)
 *   host/cells.tsv             cell id, free bytes
 *   host/pages.tsv             cell id, page size KiB, free count
 *   host/hugetlbfs.tsv         page size KiB, mount point (only where files are local)
 *   host/devices.tsv           emulator, virt type, arch, device, yes|no: has its QEMU a device
 *                              that domain capabilities don't list (smartcard-passthrough,
 *                              smartcard-host)
 *   host/settings.tsv          key TAB value (only where files are local): "qemu.conf" read,
 *                              then keys that it sets (lists as "a,b"); "cgroup" read, then
 *                              "cgroup.CONTROLLER" 1|2 (version); "virtlogd" yes|no;
 *                              "memlock" any|KiB (that the daemon may have locked);
 *                              "virtiofsd" path|missing; "libtpms" its version
 *   host/cpumap.txt            online CPUs as a cpuset, "0-3,8"
 *   host/files.tsv             path, kind (missing|file|directory|block|char|socket|
 *                              fifo|denied), shared (yes|no|unknown: file system seen by
 *                              several hosts), size
 *   host/claims.tsv            kind, name, shared (yes|no), domain, uuid: what running
 *                              guests have for themselves: disk (path), hostdev (as
 *                              nodedevs.tsv), graphics-port, tcp-port and udp-port
 *                              (address:port), vsock (CID), tap (network device), mac
 *   host/addresses.tsv         address: local IP addresses (only where files are local)
 *   host/dry-runs.tsv          definition (SHA-256 of its text; empty: any), judged as
 *                              (live|saved|off), answer (accepted|refused|none), libvirt's
 *                              error number, its message, or why there is no answer:
 *                              what libvirt said when it was asked to judge
 *
 *   domains/KEY/domain.tsv     key TAB value: name, uuid, state, reason (libvirt's
 *                              numbers), persistent, managedSave (yes|no), snapshots,
 *                              checkpoints (counts), job (none|name of the running job),
 *                              imageFormat (number in the saved image's header)
 *   domains/KEY/blockjobs.tsv  disk target TAB job type
 *   domains/KEY/live.xml       virsh dumpxml of an active domain
 *   domains/KEY/inactive.xml   virsh dumpxml --inactive
 *   domains/KEY/saved.xml      virsh managedsave-dumpxml
 *   domains/KEY/saved-cpu.xml  <cpu> of the saved image's cookie: what the guest saw
 *   domains/KEY/live-cpu.xml   (never kept) the same of a migration's, where another
 *                              source told it
 *   domains/KEY/files.tsv      as host/files.tsv, on the source
 *   domains/KEY/backing.tsv    image, path of the image behind it (empty: none), as
 *                              qcow2 headers say where a definition does not; an
 *                              image without a row: not known
 *   domains/KEY/volumes.tsv    pool, volume, path, shared (yes|no|unknown), origin of the
 *                              pool, on the source
 *
 * Columns are separated by TAB; TAB, line feed and backslash inside a value
 * are escaped (\t \n \\).  A fact that is absent was not probed.
 */
#pragma once

#include <glib.h>

typedef struct _VmcFacts VmcFacts;

/* A fact may be held parsed, too, so that nobody parses it twice; its text is
 * then made when somebody asks for it. */
typedef struct {
    char *(*dump)(const void *parsed);
    GDestroyNotify destroy;
} VmcParsedForm;

VmcFacts *vmc_facts_new(void);
void vmc_facts_free(VmcFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcFacts, vmc_facts_free)

/* Copies @text; replaces what was there. */
void vmc_facts_set(VmcFacts *facts, const char *name, const char *text);

/* One line or several: @length bytes of @whole, from @start on, and an end of line.  They
 * are copied when somebody asks for them. */
void vmc_facts_set_part(
    VmcFacts *facts, const char *name, GBytes *whole, const char *start, size_t length);

/* Appends one line of @n escaped columns (NULL: empty) to a .tsv fact; with
 * n = 0 only makes sure the fact exists: probed, and empty. */
void vmc_facts_add_row(VmcFacts *facts, const char *name, size_t n, const char *const *columns);

/* As if it had never been probed. */
void vmc_facts_remove(VmcFacts *facts, const char *name);

/* Takes @parsed; replaces what was there.  @form must be static. */
void vmc_facts_set_parsed(VmcFacts *facts,
                          const char *name,
                          void *parsed,
                          const VmcParsedForm *form);

/* XML that is known to be one sound element, and to hold no secrets: who writes it
 * need not look again. */
void vmc_facts_set_clean(VmcFacts *facts, const char *name, const char *xml);
gboolean vmc_facts_is_clean(const VmcFacts *facts, const char *name);

/* All facts whose names begin with @prefix. */
void vmc_facts_copy(const VmcFacts *from, const char *prefix, VmcFacts *to);

/* Takes @parsed, made of the text of a fact that is there; gives what is kept
 * from now on: @parsed, or what another thread was first to keep. */
const void *vmc_facts_keep_parsed(const VmcFacts *facts,
                                  const char *name,
                                  void *parsed,
                                  const VmcParsedForm *form);

/* NULL: absent, or not parsed yet. */
const void *vmc_facts_parsed(const VmcFacts *facts, const char *name);

/* Whether it is there; makes no text. */
gboolean vmc_facts_has(const VmcFacts *facts, const char *name);

/* A row of strings. */
#define VMC_ADD_ROW(facts, table, ...) \
 vmc_facts_add_row(facts, table, G_N_ELEMENTS(((const char *const[]){ __VA_ARGS__ })), \
                   (const char *const[]){ __VA_ARGS__ })

static inline const char *
vmc_yes_no(gboolean value)
{
    return value ? "yes" : "no";
}

/* NULL: absent. */
const char *vmc_facts_get(const VmcFacts *facts, const char *name);

/* No more than the first @length bytes of it.  g_free(); NULL: absent. */
char *vmc_facts_head(const VmcFacts *facts, const char *name, size_t length);

/* Names that start with @prefix, sorted.  g_strfreev() */
char **vmc_facts_list(const VmcFacts *facts, const char *prefix);

/* Rows of a .tsv fact as char ** (unescaped; at least @n_columns, missing ones
 * are ""); NULL if the fact is absent.  g_ptr_array_unref() */
GPtrArray *vmc_facts_rows(const VmcFacts *facts, const char *name, size_t n_columns);

/* The value of @key in a key TAB value fact, or NULL.  g_free() */
char *vmc_facts_value(const VmcFacts *facts, const char *name, const char *key);

/* That value as a decimal number; 0 where there is none. */
guint64 vmc_facts_number(const VmcFacts *facts, const char *name, const char *key);

/* The value of @key in domain.tsv below @folder, or NULL, also where it is empty. */
char *vmc_facts_domain_value(const VmcFacts *facts, const char *folder, const char *key);

gboolean vmc_facts_has_row(const VmcFacts *facts, const char *name, const char *key);

/* A domain's or a pool's name as one component of a path (percent-escaped). */
char *vmc_facts_key(const char *name);
