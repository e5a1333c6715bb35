/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a domain demands: making and freeing.
 */
#include "model/requirement.h"

void
vmc_need_free(VmcNeed *need)
{
    if (!need)
        return;
    g_free(need->subject);
    g_free(need->name);
    g_free(need->detail);
    g_free(need);
}

static void
free_feature(void *opaque)
{
    VmcCpuFeature *feature = opaque;

    g_free(feature->name);
    g_free(feature->policy);
    g_free(feature);
}

VmcRequirement *
vmc_requirement_new(void)
{
    VmcRequirement *requirement = g_new0(VmcRequirement, 1);

    requirement->n_snapshots = -1;
    requirement->n_checkpoints = -1;
    requirement->image_format = -1;
    requirement->cpu.features = g_ptr_array_new_with_free_func(free_feature);
    for (size_t i = 0; i < VMC_NEED_LAST; i++)
        requirement->needs[i] = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_need_free);
    return requirement;
}

static void
clear_cpu(VmcCpu *cpu)
{
    g_free(cpu->mode);
    g_free(cpu->match);
    g_free(cpu->check);
    g_free(cpu->model);
    g_free(cpu->fallback);
    g_free(cpu->vendor);
    g_free(cpu->physbits_mode);
    g_clear_pointer(&cpu->features, g_ptr_array_unref);
    g_clear_pointer(&cpu->visible, g_hash_table_unref);
}

void
vmc_requirement_free(VmcRequirement *requirement)
{
    if (!requirement)
        return;
    g_free(requirement->name);
    g_free(requirement->uuid);
    g_free(requirement->title);
    g_free(requirement->virt_type);
    g_free(requirement->os_type);
    g_free(requirement->arch);
    g_free(requirement->machine);
    g_free(requirement->emulator);
    g_free(requirement->definition);
    g_free(requirement->source_uuid);
    g_free(requirement->job);
    clear_cpu(&requirement->cpu);
    for (size_t i = 0; i < VMC_NEED_LAST; i++)
        g_ptr_array_unref(requirement->needs[i]);
    g_free(requirement);
}

VmcNeed *
vmc_requirement_add(VmcRequirement *requirement,
                    VmcNeedKind kind,
                    const char *subject,
                    const char *name,
                    const char *detail)
{
    VmcNeed *need = g_new0(VmcNeed, 1);

    need->kind = kind;
    need->subject = g_strdup(subject ? subject : "");
    need->name = g_strdup(name ? name : "");
    need->detail = g_strdup(detail ? detail : "");
    g_ptr_array_add(requirement->needs[kind], need);
    return need;
}

void
vmc_host_clear(VmcHost *host)
{
    g_free(host->uuid);
    g_free(host->hostname);
    g_free(host->uri);
    g_free(host->type);
    g_free(host->kernel);
    g_free(host->cpu_vendor);
    g_free(host->cpu_model);
    g_free(host->cpu_microcode);
    g_free(host->cpu_signature);
    g_free(host->lock_manager);
    *host = (VmcHost){ 0 };
}
