/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Systems as CIM_ComputerSystem: as a table, as JSON, as instances of
 * VMC_ComputerSystem (xml/cim/vmcompat.mof).  Members and their values are
 * those of Msvm_ComputerSystem.
 */
#include "model/error.h"
#include "report/report-internal.h"

#include <string.h>

#define CLASS_NAME "VMC_ComputerSystem"
/* Not Applicable, as where nobody asked for a state. */
#define STATE_NOT_APPLICABLE 12
#define DEFAULT_ENABLED 2
#define RESET_OTHER 1
#define NOT_DEDICATED "0"

static const char *
caption(const VmcComputerSystem *system)
{
    return system->is_host ? "Hosting Computer System" : "Virtual System";
}

static size_t
widest_name(const VmcComputerSystem *systems, size_t n)
{
    size_t widest = (size_t)g_utf8_strlen(_("Name"), -1);

    for (size_t i = 0; i < n; i++)
        widest = MAX(widest, (size_t)g_utf8_strlen(systems[i].element_name, -1));
    return widest;
}

static void
add_cell(GString *out, const char *text, size_t width)
{
    size_t length = (size_t)g_utf8_strlen(text, -1);

    g_string_append_printf(out, "%s%*s", text, (int)(width > length ? width - length : 0) + 3, "");
}

char *
vmc_systems_plain(const VmcComputerSystem *systems, size_t n)
{
    g_autoptr(GString) out = g_string_new(" ");
    size_t width = widest_name(systems, n);
    size_t state_width = strlen("Shutting Down");

    add_cell(out, _("Name"), width);
    add_cell(out, _("State"), state_width);
    g_string_append_printf(out, "%s\n", _("System"));
    for (size_t i = 0; i < width + state_width + 6 + 38; i++)
        g_string_append_c(out, '-');
    g_string_append_c(out, '\n');
    for (size_t i = 0; i < n; i++) {
        g_string_append_c(out, ' ');
        add_cell(out, systems[i].element_name, width);
        add_cell(out, vmc_enabled_state_name(systems[i].enabled_state), state_width);
        g_string_append_printf(out, "%s\n", systems[i].is_host ? _("host") : systems[i].name);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- JSON -------------------------------------------------------------------- */

static void
add_json(JsonBuilder *builder, const VmcComputerSystem *system)
{
    json_builder_begin_object(builder);
    vmc_json_string(builder, "name", system->name);
    vmc_json_string(builder, "elementName", system->element_name);
    vmc_json_string(builder, "caption", caption(system));
    vmc_json_bool(builder, "host", system->is_host);
    vmc_json_int(builder, "enabledState", system->enabled_state);
    vmc_json_int(builder, "healthState", system->health_state);
    vmc_json_int(builder, "operationalStatus", system->operational_status);
    vmc_json_int(builder, "numberOfNumaNodes", system->n_numa_nodes);
    vmc_json_int(builder, "processId", system->pid);
    json_builder_end_object(builder);
}

char *
vmc_systems_json(const VmcComputerSystem *systems, size_t n)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vmc_json_int(builder, "format", 1);
    json_builder_set_member_name(builder, "systems");
    json_builder_begin_array(builder);
    for (size_t i = 0; i < n; i++)
        add_json(builder, &systems[i]);
    json_builder_end_array(builder);
    return vmc_json_finish(builder);
}

/* ---- CIM --------------------------------------------------------------------- */

static char *
instance_of(const VmcComputerSystem *system)
{
    g_autoptr(GString) out = g_string_new("<INSTANCE CLASSNAME='" CLASS_NAME "'>\n");
    g_autofree char *status = g_strdup_printf("%u", system->operational_status);

    vmc_cim_property(out, "Caption", "string", caption(system));
    vmc_cim_property(out, "ElementName", "string", system->element_name);
    vmc_cim_array(out, "OperationalStatus", "uint16", (const char *[]){ status, NULL });
    vmc_cim_uint(out, "HealthState", "uint16", system->health_state);
    vmc_cim_uint(out, "EnabledState", "uint16", system->enabled_state);
    vmc_cim_uint(out, "RequestedState", "uint16", STATE_NOT_APPLICABLE);
    vmc_cim_uint(out, "EnabledDefault", "uint16", DEFAULT_ENABLED);
    vmc_cim_uint(out, "TransitioningToState", "uint16", STATE_NOT_APPLICABLE);
    vmc_cim_property(out, "Name", "string", system->name);
    vmc_cim_property(out, "CreationClassName", "string", CLASS_NAME);
    vmc_cim_array(out, "Dedicated", "uint16", (const char *[]){ NOT_DEDICATED, NULL });
    vmc_cim_uint(out, "ResetCapability", "uint16", RESET_OTHER);
    if (system->pid)
        vmc_cim_uint(out, "ProcessID", "uint32", system->pid);
    if (system->n_numa_nodes)
        vmc_cim_uint(out, "NumberOfNumaNodes", "uint16", system->n_numa_nodes);
    g_string_append(out, "</INSTANCE>\n");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
vmc_systems_cim(const VmcComputerSystem *systems, size_t n)
{
    g_autoptr(GString) out = g_string_new(NULL);

    vmc_cim_begin(out);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *instance = instance_of(&systems[i]);
        vmc_cim_instance(out, instance);
    }
    vmc_cim_end(out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}
