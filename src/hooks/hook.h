/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What vmcompat-hook, which libvirtd runs, and vmcompat-judge, which it runs in
 * turn, agree upon.  Needs libc only.
 */
#pragma once

/* How the judge ends.  2 is the one status that libvirt, VDSM, XAPI, Proxmox and
 * libvirt-cim all take for a refusal; the rest is between the two programs. */
enum {
    HOOK_PASS = 0,
    HOOK_FAILED = 1, /* no judgement was reached, standard error says why */
    HOOK_REFUSE = 2,
    HOOK_DEFER = 4, /* refuse once it is certain that the guest arrives running */
    HOOK_WARN = 5,  /* pass, but log what standard error says */
};

#define HOOK_DEFAULT_TIMEOUT 5u /* seconds */
#define HOOK_MAX_TIMEOUT 60u

/* Below the run directory: a file for each guest that was started, by its name.  Who
 * wants to know makes the folder (vmcompat-embed-started.path), and takes the files. */
#define HOOK_STARTED "started"

/* For tests; libvirtd passes no such variables on. */
#define HOOK_ENV_CONFIG "VMCOMPAT_CONFIG"
#define HOOK_ENV_RUN_DIR "VMCOMPAT_HOOK_RUN_DIR"
