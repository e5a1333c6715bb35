/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Findings → verdict → text, JSON, XML, CIM.  JSON and exit status are public
 * contracts (design.md section 5): append, never rename.
 */
#pragma once

#include "document/document.h"
#include "rules/rules.h"

typedef struct {
    char *name, *uuid;
    VmcEnabledState enabled_state;
    VmcState judged_as;
    VmcVerdict verdict;
    VmcTristate compatible_when_off; /* unknown: not asked (judged as off) or undecided */
    GPtrArray *findings;             /* VmcFinding * */
} VmcSystemReport;

VmcSystemReport *vmc_system_report_new(const char *name, const char *uuid);
void vmc_system_report_free(VmcSystemReport *system);

struct _VmcReport {
    VmcHost destination;
    GPtrArray *systems; /* VmcSystemReport *; shared between merged reports */
};

VmcReport *vmc_report_new(const VmcHost *destination);

char *vmc_report_to_plain(const VmcReport *report, unsigned int flags); /* TEXT */
char *vmc_report_to_json(const VmcReport *report);
char *vmc_report_to_xml(const VmcReport *report);
char *vmc_report_to_cim(const VmcReport *report); /* CIM-XML: one CIM_Error per finding */

/* One CIM_Error as an embedded instance (CIM-XML). */
char *vmc_finding_to_cim(const VmcFinding *finding, const char *system);

/* show */
char *vmc_document_to_plain(const VmcDocument *document);
char *vmc_document_to_json(const VmcDocument *document);

/* rules */
char *vmc_rules_plain(const VmcRule *only); /* NULL: list all */
char *vmc_rules_json(const VmcRule *only);

/* systems: CIM_ComputerSystem of a host and its domains */
typedef struct {
    char *name;         /* UUID of a domain, host name of the host */
    char *element_name; /* name for people */
    VmcEnabledState enabled_state;
    unsigned int health_state;       /* 5 OK, 20 major failure, 0 unknown */
    unsigned int operational_status; /* 2 OK, 6 error, 10 stopped, 0 unknown */
    unsigned int n_numa_nodes;
    gboolean is_host;
    guint32 pid;
} VmcComputerSystem;

char *vmc_systems_plain(const VmcComputerSystem *systems, size_t n);
char *vmc_systems_json(const VmcComputerSystem *systems, size_t n);
char *vmc_systems_cim(const VmcComputerSystem *systems, size_t n);

/* Frees what is inside; the memory itself belongs to g_atomic_rc_box. */
void vmc_report_clear(VmcReport *report);
