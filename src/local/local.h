/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts that this machine tells by itself: its files, mounts, devices and
 * addresses.  No libvirt inside, so that hooks, which may not call it, can ask.
 */
#pragma once

#include "derive/xml.h"
#include "model/facts.h"
#include "model/requirement.h"

#include <sys/types.h>

/* ---- files.c ---------------------------------------------------------------- */

typedef struct {
    gboolean known; /* else as the caller sees it */
    uid_t uid;
    gid_t gid;
} VmcFileUser;

/* Do other hosts see the file system it is on: "yes", "no" or "unknown". */
const char *vmc_file_shared(const char *path);

/* "+64055:+64055" of the security model dac, for a type of domain. */
VmcFileUser vmc_file_user(const xmlDoc *capabilities_host);

/* A row of files.tsv for @path. */
void vmc_local_file(VmcFacts *facts, const char *table, const char *path);
void vmc_local_file_as(VmcFacts *facts,
                       const char *table,
                       const char *path,
                       const VmcFileUser *user);

/* ---- qcow2.c ---------------------------------------------------------------- */

/* Rows of backing.tsv for an image and those behind it; one that has its row has
 * the rest. */
void vmc_local_chain(VmcFacts *facts, const char *table, const char *image);

/* Whether libvirt looks into the image of a <disk> for what is behind it. */
gboolean vmc_local_may_have_chain(const xmlNode *disk);

/* ---- machine.c, huge-mounts.c ------------------------------------------------ */

/* host.tsv's row for the kernel's release. */
void vmc_local_kernel(VmcFacts *facts);

/* host/interfaces.tsv; FALSE: can't be told here. */
gboolean vmc_local_interfaces(VmcFacts *facts);
void vmc_local_addresses(VmcFacts *facts);   /* host/addresses.tsv */
void vmc_local_huge_mounts(VmcFacts *facts); /* host/hugetlbfs.tsv */

/* host/cpumap.txt, host/pages.tsv, and freeMemory in host/host.tsv, which has none. */
void vmc_local_capacity(VmcFacts *facts);

/* settings.c: host/settings.tsv, once; and its rows of one qemu.conf. */
void vmc_local_settings(VmcFacts *facts, gboolean session);
void vmc_local_conf(VmcFacts *facts, const char *path);

/* programs.c: rows of host/settings.tsv for what the system's guests need beside QEMU. */
void vmc_local_programs(VmcFacts *facts);

/* host/files.tsv with what @requirement needs, as @user sees it. */
void vmc_local_files(VmcFacts *facts, const VmcRequirement *requirement, const VmcFileUser *user);
