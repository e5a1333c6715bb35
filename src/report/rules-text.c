/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rules, listed or explained.
 */
#include "model/error.h"
#include "report/report-internal.h"

#include <string.h>

#define SEVERITY_COLUMNS 12

/* gettext's answer to "" is the header of the catalogue. */
static const char *
translated(const char *text)
{
    return text && *text ? _(text) : "";
}

static size_t
widest_id(void)
{
    size_t widest = 0;

    for (const VmcRule *const *rule = vmc_rules_all(); *rule; rule++)
        widest = MAX(widest, strlen((*rule)->id));
    return widest;
}

static char *
list_plain(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    int width = (int)widest_id();

    for (const VmcRule *const *rule = vmc_rules_all(); *rule; rule++)
        g_string_append_printf(out, "%-*s  %-*s %s\n", width, (*rule)->id, SEVERITY_COLUMNS,
                               vmc_severity_name((*rule)->severity), translated((*rule)->summary));
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "live, saved" */
static char *
states_of(const VmcRule *rule)
{
    static const VmcState all[] = { VMC_STATE_LIVE, VMC_STATE_SAVED, VMC_STATE_OFF };
    g_autoptr(GString) out = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (rule->states & all[i])
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", vmc_state_name(all[i]));
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Sections that say nothing are left out. */
static void
add_section(GString *out, const char *title, const char *text)
{
    if (!text || !*text)
        return;
    g_string_append_printf(out, "\n%s:", title);
    vmc_add_wrapped(out, text, 4);
    g_string_append_c(out, '\n');
}

static char *
explain_plain(const VmcRule *rule)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *states = states_of(rule);

    g_string_append_printf(out, "%s: %s\n", rule->id, translated(rule->summary));
    add_section(out, _("Severity"), vmc_severity_name(rule->severity));
    add_section(out, _("Judged in states"), states);
    add_section(out, _("Lifted by"), rule->assume);
    add_section(out, _("Cause"), translated(rule->cause));
    add_section(out, _("Cure"), translated(rule->remedy));
    add_section(out, _("Instead of the message"), rule->spares);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
vmc_rules_plain(const VmcRule *only)
{
    return only ? explain_plain(only) : list_plain();
}

/* ---- JSON -------------------------------------------------------------------- */

static void
add_states(JsonBuilder *builder, const VmcRule *rule)
{
    g_autofree char *states = states_of(rule);
    g_auto(GStrv) names = g_strsplit(states, ", ", -1);

    json_builder_set_member_name(builder, "states");
    json_builder_begin_array(builder);
    for (char **name = names; *name; name++)
        json_builder_add_string_value(builder, *name);
    json_builder_end_array(builder);
}

static void
add_assume(JsonBuilder *builder, const VmcRule *rule)
{
    g_auto(GStrv) flags = g_strsplit(rule->assume ? rule->assume : "", ",", -1);

    json_builder_set_member_name(builder, "assume");
    json_builder_begin_array(builder);
    for (char **flag = flags; *flag; flag++)
        json_builder_add_string_value(builder, g_strstrip(*flag));
    json_builder_end_array(builder);
}

static void
add_json(JsonBuilder *builder, const VmcRule *rule)
{
    json_builder_begin_object(builder);
    vmc_json_string(builder, "id", rule->id);
    vmc_json_string(builder, "severity", vmc_severity_name(rule->severity));
    add_states(builder, rule);
    add_assume(builder, rule);
    vmc_json_string(builder, "summary", translated(rule->summary));
    vmc_json_string(builder, "cause", translated(rule->cause));
    vmc_json_string(builder, "remedy", translated(rule->remedy));
    vmc_json_string(builder, "spares", rule->spares);
    json_builder_end_object(builder);
}

char *
vmc_rules_json(const VmcRule *only)
{
    const VmcRule *const one[] = { only, NULL };
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vmc_json_int(builder, "format", 1);
    json_builder_set_member_name(builder, "rules");
    json_builder_begin_array(builder);
    for (const VmcRule *const *rule = only ? one : vmc_rules_all(); *rule; rule++)
        add_json(builder, *rule);
    json_builder_end_array(builder);
    return vmc_json_finish(builder);
}
