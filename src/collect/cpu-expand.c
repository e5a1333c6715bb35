/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CPU models expanded without a host: libvirt's test driver lives in this
 * process and has the same CPU map.
 */
#include "collect/collect-internal.h"
#include "collect/libvirt-late.h"

/* The connection is ours, so that it may be silent. */
static void
ignore_error(void *opaque G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

static const char *const archs[] = { "x86_64", "ppc64", "aarch64" };

void
vmc_collect_missing_expansions(VmcFacts *facts)
{
    g_auto(GStrv) models = vmc_derive_models_wanted(facts);
    VMC_AUTO_VIR(virConnect) conn = NULL;

    if (!models || !*models || !vmc_libvirt_load())
        return;
    conn = virConnectOpen("test:///default");
    if (!conn)
        return;
    virConnSetErrorFunc(conn, NULL, ignore_error);
    for (char **model = models; *model; model++) {
        for (size_t i = 0; i < G_N_ELEMENTS(archs); i++)
            vmc_collect_expansion(conn, facts, archs[i], *model, NULL);
    }
}
