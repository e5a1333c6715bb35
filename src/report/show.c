/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is in a document, in short.
 */
#include "model/error.h"
#include "report/report-internal.h"

#include <string.h>

#define LABEL_COLUMNS 16

static const char *const *need_names(void);

/* 7002022 → "7.2.22"; 0 → "unknown" */
static char *
version_text(guint64 version)
{
    return version == 0 ? g_strdup(_("unknown")) : vmc_version_text(version);
}

/* UTC: the reader may be far from the host. */
static char *
time_text(gint64 seconds)
{
    g_autoptr(GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_utc(seconds) : NULL;

    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S UTC") : g_strdup(_("unknown"));
}

static void add_line(GString *out, const char *label, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
add_line(GString *out, const char *label, const char *format, ...)
{
    int padding = LABEL_COLUMNS - (int)g_utf8_strlen(label, -1);
    va_list args;

    g_string_append_printf(out, "  %s:%*s", label, MAX(padding, 1), "");
    va_start(args, format);
    g_string_append_vprintf(out, format, args);
    va_end(args);
    g_string_append_c(out, '\n');
}

static const char *
known(const char *text)
{
    return text && *text ? text : _("unknown");
}

/* The requirement that tells most about the system as it is. */
static const VmcRequirement *
present(const VmcSystem *system)
{
    VmcState state = vmc_enabled_state_class(system->enabled_state);
    const VmcRequirement *requirement = vmc_system_requirement(system, state, NULL);

    return requirement ? requirement : vmc_system_requirement(system, VMC_STATE_OFF, NULL);
}

/* ---- text -------------------------------------------------------------------- */

static void
add_host(GString *out, const VmcDocument *document)
{
    const VmcHost *host = &document->host;
    g_autofree char *libvirt = version_text(host->libvirt_version);
    g_autofree char *hypervisor = version_text(host->hypervisor_version);
    g_autofree char *time = time_text(host->time);

    g_string_append_printf(out, _("host %s"), known(host->hostname));
    g_string_append_c(out, '\n');
    add_line(out, _("URI"), "%s", known(host->uri));
    add_line(out, _("UUID"), "%s", known(host->uuid));
    add_line(out, _("libvirt"), "%s", libvirt);
    add_line(out, _("hypervisor"), "%s", hypervisor);
    add_line(out, _("time"), "%s", time);
    add_line(out, _("offer"), "%s", document->offer ? _("yes") : _("no"));
    if (document->generator)
        add_line(out, _("made by"), "vmcompat %s", document->generator);
}

static void
add_cpu(GString *out, const VmcCpu *cpu)
{
    if (cpu->visible)
        add_line(out, _("CPU"), _("%1$s %2$s, %3$u features"), cpu->mode ? cpu->mode : "default",
                 cpu->model ? cpu->model : "-", g_hash_table_size(cpu->visible));
    else
        add_line(out, _("CPU"), "%s %s", cpu->mode ? cpu->mode : "default",
                 cpu->model ? cpu->model : "-");
}

static void
add_needs(GString *out, const VmcRequirement *requirement)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned int kind = 0; kind < VMC_NEED_LAST; kind++) {
        guint n = requirement->needs[kind]->len;
        if (n > 0 && need_names()[kind])
            g_string_append_printf(text, "%s%s %u", text->len ? ", " : "", need_names()[kind], n);
    }
    add_line(out, _("needs"), "%s", text->len ? text->str : _("nothing of its own"));
}

static void
add_requirement(GString *out, const VmcRequirement *requirement)
{
    add_line(out, _("machine"), "%s (%s)", known(requirement->machine), known(requirement->arch));
    add_line(out, _("emulator"), "%s", known(requirement->emulator));
    add_line(out, _("vCPUs"), "%u", requirement->vcpus);
    add_line(out, _("memory"), "%" G_GUINT64_FORMAT " MiB", requirement->memory_kib / 1024);
    add_cpu(out, &requirement->cpu);
    add_needs(out, requirement);
}

static void
add_system(GString *out, const VmcSystem *system)
{
    const VmcRequirement *requirement = present(system);

    g_string_append_printf(out, _("system %s"), system->name);
    g_string_append_c(out, '\n');
    add_line(out, _("UUID"), "%s", known(system->uuid));
    add_line(out, _("state"), "%s (%u)", vmc_enabled_state_name(system->enabled_state),
             (unsigned int)system->enabled_state);
    if (requirement)
        add_requirement(out, requirement);
}

char *
vmc_document_to_plain(const VmcDocument *document)
{
    g_autoptr(GString) out = g_string_new(NULL);

    add_host(out, document);
    for (size_t i = 0; i < document->systems->len; i++)
        add_system(out, document->systems->pdata[i]);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- JSON -------------------------------------------------------------------- */

static void
json_host(JsonBuilder *builder, const VmcHost *host)
{
    json_builder_set_member_name(builder, "host");
    json_builder_begin_object(builder);
    vmc_json_host(builder, host);
    vmc_json_int(builder, "time", host->time);
    json_builder_end_object(builder);
}

static void
json_cpu(JsonBuilder *builder, const VmcCpu *cpu)
{
    json_builder_set_member_name(builder, "cpu");
    json_builder_begin_object(builder);
    vmc_json_string(builder, "mode", cpu->mode);
    vmc_json_string(builder, "model", cpu->model);
    json_builder_set_member_name(builder, "visible");
    if (cpu->visible) {
        g_autofree char **names = vmc_set_sorted(cpu->visible);

        json_builder_begin_array(builder);
        for (char **name = names; *name; name++)
            json_builder_add_string_value(builder, *name);
        json_builder_end_array(builder);
    } else {
        json_builder_add_null_value(builder);
    }
    json_builder_end_object(builder);
}

static void
json_need(JsonBuilder *builder, const char *kind, const VmcNeed *need)
{
    json_builder_begin_object(builder);
    vmc_json_string(builder, "kind", kind);
    vmc_json_string(builder, "subject", need->subject);
    vmc_json_string(builder, "name", need->name);
    vmc_json_string(builder, "detail", need->detail);
    vmc_json_int(builder, "value", (gint64)need->value);
    json_builder_end_object(builder);
}

static void
json_needs(JsonBuilder *builder, const VmcRequirement *requirement)
{
    json_builder_set_member_name(builder, "needs");
    json_builder_begin_array(builder);
    for (unsigned int kind = 0; kind < VMC_NEED_LAST; kind++)
        for (size_t i = 0; need_names()[kind] && i < requirement->needs[kind]->len; i++)
            json_need(builder, need_names()[kind], requirement->needs[kind]->pdata[i]);
    json_builder_end_array(builder);
}

static void
json_system(JsonBuilder *builder, const VmcSystem *system)
{
    const VmcRequirement *requirement = present(system);

    json_builder_begin_object(builder);
    vmc_json_string(builder, "name", system->name);
    vmc_json_string(builder, "uuid", system->uuid);
    vmc_json_int(builder, "enabledState", system->enabled_state);
    if (requirement) {
        vmc_json_string(builder, "arch", requirement->arch);
        vmc_json_string(builder, "machine", requirement->machine);
        vmc_json_string(builder, "virtType", requirement->virt_type);
        vmc_json_string(builder, "emulator", requirement->emulator);
        vmc_json_int(builder, "vcpus", requirement->vcpus);
        vmc_json_int(builder, "memoryKiB", (gint64)requirement->memory_kib);
        json_cpu(builder, &requirement->cpu);
        json_needs(builder, requirement);
    }
    json_builder_end_object(builder);
}

char *
vmc_document_to_json(const VmcDocument *document)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vmc_json_int(builder, "format", 1);
    vmc_json_string(builder, "generator", document->generator);
    json_host(builder, &document->host);
    vmc_json_bool(builder, "offer", document->offer != NULL);
    json_builder_set_member_name(builder, "systems");
    json_builder_begin_array(builder);
    for (size_t i = 0; i < document->systems->len; i++)
        json_system(builder, document->systems->pdata[i]);
    json_builder_end_array(builder);
    return vmc_json_finish(builder);
}

/* Stable: they are in the JSON. */
static const char *const NEED_NAMES[VMC_NEED_LAST] = {
    [VMC_NEED_CHOICE] = "choice",       [VMC_NEED_FILE] = "file",
    [VMC_NEED_NETWORK] = "network",     [VMC_NEED_BRIDGE] = "bridge",
    [VMC_NEED_NETDEV] = "netdev",       [VMC_NEED_POOL] = "pool",
    [VMC_NEED_VOLUME] = "volume",       [VMC_NEED_SECRET] = "secret",
    [VMC_NEED_NWFILTER] = "nwfilter",   [VMC_NEED_NODEDEV] = "nodedev",
    [VMC_NEED_NUMA_NODE] = "numa-node", [VMC_NEED_CPUSET] = "cpuset",
    [VMC_NEED_PAGE] = "page",           [VMC_NEED_SECMODEL] = "secmodel",
    [VMC_NEED_ADDRESS] = "address",     [VMC_NEED_TRAIT] = "trait",
    [VMC_NEED_CLAIM] = "claim",
};

static const char *const *
need_names(void)
{
    return NEED_NAMES;
}
