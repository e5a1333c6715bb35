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
    g_free(need->origin);
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

/* Whoever adds one to the struct adds it here: copies own what they hold. */
static const size_t host_texts[] = {
    offsetof(VmcHost, uuid),          offsetof(VmcHost, hostname),
    offsetof(VmcHost, uri),           offsetof(VmcHost, type),
    offsetof(VmcHost, kernel),        offsetof(VmcHost, cpu_vendor),
    offsetof(VmcHost, cpu_model),     offsetof(VmcHost, cpu_microcode),
    offsetof(VmcHost, cpu_signature), offsetof(VmcHost, lock_manager),
};

void
vmc_host_copy(VmcHost *to, const VmcHost *from)
{
    *to = *from;
    for (size_t i = 0; i < G_N_ELEMENTS(host_texts); i++)
        G_STRUCT_MEMBER(char *, to, host_texts[i]) =
            g_strdup(G_STRUCT_MEMBER(char *, from, host_texts[i]));
}

void
vmc_host_clear(VmcHost *host)
{
    for (size_t i = 0; i < G_N_ELEMENTS(host_texts); i++)
        g_free(G_STRUCT_MEMBER(char *, host, host_texts[i]));
    *host = (VmcHost){ 0 };
}
