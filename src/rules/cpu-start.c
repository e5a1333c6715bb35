/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How libvirt compares a CPU with its host when it starts a guest anew: it has done so in
 * more than one way (qemuProcessUpdateGuestCPU(), and qemuDomainCheckCPU() since 10.9).
 */
#include "rules/rules-cpu.h"

#define LIBVIRT_ASKS_USABLE 10009000 /* whether QEMU calls the model usable */

/* The models whose features libvirt compares one by one.  Of those that came later (all
 * names with a version at the end, "Nehalem-v1", among them) it believes what QEMU says:
 * they lack <check partial='compat'/> in its CPU map. */
static const char *const compared_models[] = {
    "486",
    "Broadwell",
    "Broadwell-IBRS",
    "Broadwell-noTSX",
    "Broadwell-noTSX-IBRS",
    "Cascadelake-Server",
    "Cascadelake-Server-noTSX",
    "Conroe",
    "Cooperlake",
    "Dhyana",
    "EPYC",
    "EPYC-Genoa",
    "EPYC-IBPB",
    "EPYC-Milan",
    "EPYC-Rome",
    "GraniteRapids",
    "Haswell",
    "Haswell-IBRS",
    "Haswell-noTSX",
    "Haswell-noTSX-IBRS",
    "Icelake-Client",
    "Icelake-Client-noTSX",
    "Icelake-Server",
    "Icelake-Server-noTSX",
    "IvyBridge",
    "IvyBridge-IBRS",
    "Nehalem",
    "Nehalem-IBRS",
    "Opteron_G1",
    "Opteron_G2",
    "Opteron_G3",
    "Opteron_G4",
    "Opteron_G5",
    "Penryn",
    "SandyBridge",
    "SandyBridge-IBRS",
    "SapphireRapids",
    "SierraForest",
    "Skylake-Client",
    "Skylake-Client-IBRS",
    "Skylake-Client-noTSX-IBRS",
    "Skylake-Server",
    "Skylake-Server-IBRS",
    "Skylake-Server-noTSX-IBRS",
    "Snowridge",
    "Westmere",
    "Westmere-IBRS",
    "athlon",
    "core2duo",
    "coreduo",
    "cpu64-rhel5",
    "cpu64-rhel6",
    "kvm32",
    "kvm64",
    "n270",
    "pentium",
    "pentium2",
    "pentium3",
    "pentiumpro",
    "phenom",
    "qemu32",
    "qemu64",
    NULL,
};

gboolean
vmc_cpu_mode_is(const VmcRequirement *req, const char *mode)
{
    return g_strcmp0(req->cpu.mode, mode) == 0;
}

gboolean
vmc_cpu_is_custom(const VmcRequirement *req)
{
    return vmc_cpu_mode_is(req, "custom") && req->cpu.model != NULL;
}

gboolean
vmc_cpu_is_whole_host(const VmcRequirement *req)
{
    return vmc_cpu_mode_is(req, "host-passthrough") || vmc_cpu_mode_is(req, "maximum");
}

/* A minimum is the least that the host's model has to have (virCPUx86Update()). */
gboolean
vmc_cpu_becomes_host_model(const VmcRequirement *req)
{
    return vmc_cpu_mode_is(req, "host-model") || g_strcmp0(req->cpu.match, "minimum") == 0;
}

/* Where the definition does not say, libvirt does when it reads it. */
gboolean
vmc_cpu_is_unchecked(const VmcRequirement *req)
{
    if (req->cpu.check)
        return g_str_equal(req->cpu.check, "none");
    return vmc_cpu_is_whole_host(req) || (vmc_cpu_is_custom(req) && !vmc_is_kvm(req));
}

/* virQEMUCapsIsCPUUsable(): asked of nothing but disabled features */
static gboolean
passes_as_usable(const VmcRequirement *req, const VmcDomcaps *domcaps)
{
    const VmcCpuModel *model = g_hash_table_lookup(domcaps->cpu_models, req->cpu.model);

    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (g_strcmp0(feature->policy, "disable") != 0)
            return FALSE;
    }
    return model && model->usable == VMC_YES;
}

VmcCpuStart
vmc_cpu_start(const VmcRequirement *req, const VmcOffer *offer, const VmcDomcaps *domcaps)
{
    guint64 version = offer->host.libvirt_version;

    if (req->state != VMC_STATE_OFF)
        return VMC_CPU_START_NONE;
    if (vmc_cpu_is_unchecked(req) || vmc_cpu_is_whole_host(req) ||
        g_strcmp0(req->cpu.check, "full") == 0)
        return VMC_CPU_START_UNCOMPARED;
    if (!req->cpu.model || (version != 0 && version < LIBVIRT_ASKS_USABLE))
        return VMC_CPU_START_WHOLE;
    if (!domcaps)
        return VMC_CPU_START_UNKNOWN;
    if (passes_as_usable(req, domcaps))
        return version == 0 ? VMC_CPU_START_UNKNOWN : VMC_CPU_START_UNCOMPARED;
    if (g_strv_contains(compared_models, req->cpu.model) ||
        !g_hash_table_contains(domcaps->cpu_models, req->cpu.model))
        return VMC_CPU_START_WHOLE;
    return VMC_CPU_START_BLOCKERS;
}
