/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * States, severities, verdicts: their names and how they follow from one another.
 */
#include "model/state.h"

typedef struct {
    int value;
    const char *name;
} Name;

static const Name states[] = {
    { VMC_STATE_OFF, "off" },
    { VMC_STATE_SAVED, "saved" },
    { VMC_STATE_LIVE, "live" },
    { 0, NULL },
};

static const Name severities[] = {
    { VMC_SEVERITY_NOTE, "note" },       { VMC_SEVERITY_WARNING, "warning" },
    { VMC_SEVERITY_UNKNOWN, "unknown" }, { VMC_SEVERITY_CONDITIONAL, "conditional" },
    { VMC_SEVERITY_BLOCKER, "blocker" }, { 0, NULL },
};

static const Name verdicts[] = {
    { VMC_VERDICT_COMPATIBLE, "compatible" },
    { VMC_VERDICT_UNDECIDED, "undecided" },
    { VMC_VERDICT_INCOMPATIBLE, "incompatible" },
    { 0, NULL },
};

/* CIM_EnabledLogicalElement.EnabledState's ValueMap and Hyper-V's additions. */
static const Name enabled_states[] = {
    { VMC_ENABLED_STATE_UNKNOWN, "Unknown" },
    { VMC_ENABLED_STATE_ENABLED, "Enabled" },
    { VMC_ENABLED_STATE_DISABLED, "Disabled" },
    { VMC_ENABLED_STATE_SHUTTING_DOWN, "Shutting Down" },
    { VMC_ENABLED_STATE_NOT_APPLICABLE, "Not Applicable" },
    { VMC_ENABLED_STATE_QUIESCE, "Quiesce" },
    { VMC_ENABLED_STATE_STARTING, "Starting" },
    { VMC_ENABLED_STATE_PAUSED, "Paused" },
    { VMC_ENABLED_STATE_SUSPENDED, "Suspended" },
    { VMC_ENABLED_STATE_MIGRATING, "Migrating" },
    { VMC_ENABLED_STATE_SAVING, "Saving" },
    { 0, NULL },
};

/* libvirt's virDomainState and reasons are ABI; this folder does without its
 * headers, so the numbers stand here. */
enum {
    STATE_NOSTATE,
    STATE_RUNNING,
    STATE_BLOCKED,
    STATE_PAUSED,
    STATE_SHUTDOWN,
    STATE_SHUTOFF,
    STATE_CRASHED,
    STATE_PMSUSPENDED,
};

/* 0: no such. */
static int
find_value(const Name *names, const char *name)
{
    for (; name && names->name; names++) {
        if (g_str_equal(names->name, name))
            return names->value;
    }
    return 0;
}

static const char *
find_name(const Name *names, int value)
{
    for (; names->name; names++) {
        if (names->value == value)
            return names->name;
    }
    return NULL;
}

VmcTristate
vmc_tristate_from_text(const char *text)
{
    if (!text)
        return VMC_UNKNOWN;
    if (g_str_equal(text, "yes") || g_str_equal(text, "on"))
        return VMC_YES;
    if (g_str_equal(text, "no") || g_str_equal(text, "off"))
        return VMC_NO;
    return VMC_UNKNOWN;
}

const char *
vmc_tristate_to_text(VmcTristate value)
{
    switch (value) {
    case VMC_YES:
        return "yes";
    case VMC_NO:
        return "no";
    case VMC_UNKNOWN:
        break;
    }
    return "unknown";
}

/* virDomainPausedReason: MIGRATION 2, SAVE 3, DUMP 4, SNAPSHOT 9, STARTING_UP 11,
 * POSTCOPY 12: something of libvirt's is going on. */
static VmcEnabledState
paused_state(int reason)
{
    switch (reason) {
    case 2:
    case 12:
        return VMC_ENABLED_STATE_MIGRATING;
    case 3:
        return VMC_ENABLED_STATE_SAVING;
    case 4:
    case 9:
        return VMC_ENABLED_STATE_NOT_APPLICABLE;
    case 11:
        return VMC_ENABLED_STATE_STARTING;
    default:
        return VMC_ENABLED_STATE_PAUSED;
    }
}

VmcEnabledState
vmc_enabled_state_from_libvirt(int state, int reason, gboolean managed_save, const char *job)
{
    if (job && g_str_equal(job, "save"))
        return VMC_ENABLED_STATE_SAVING;
    if (job && g_str_equal(job, "migration"))
        return VMC_ENABLED_STATE_MIGRATING;
    switch (state) {
    case STATE_RUNNING:
    case STATE_BLOCKED:
        return VMC_ENABLED_STATE_ENABLED;
    case STATE_PAUSED:
        return paused_state(reason);
    case STATE_SHUTDOWN:
        return VMC_ENABLED_STATE_SHUTTING_DOWN;
    case STATE_SHUTOFF:
        return managed_save ? VMC_ENABLED_STATE_SUSPENDED : VMC_ENABLED_STATE_DISABLED;
    case STATE_CRASHED:
        /* No process is left; one that is kept is "paused (crashed)". */
        return VMC_ENABLED_STATE_DISABLED;
    case STATE_PMSUSPENDED:
        return VMC_ENABLED_STATE_QUIESCE;
    default:
        return VMC_ENABLED_STATE_UNKNOWN;
    }
}

VmcEnabledState
vmc_enabled_state_normalize(unsigned int value)
{
    if (value == 6)
        return VMC_ENABLED_STATE_SUSPENDED;
    return find_name(enabled_states, (int)value) ? (VmcEnabledState)value
                                                 : VMC_ENABLED_STATE_UNKNOWN;
}

VmcState
vmc_enabled_state_class(VmcEnabledState state)
{
    switch (state) {
    case VMC_ENABLED_STATE_ENABLED:
    case VMC_ENABLED_STATE_PAUSED:
    case VMC_ENABLED_STATE_QUIESCE:
        return VMC_STATE_LIVE;
    case VMC_ENABLED_STATE_SUSPENDED:
        return VMC_STATE_SAVED;
    case VMC_ENABLED_STATE_DISABLED:
        return VMC_STATE_OFF;
    case VMC_ENABLED_STATE_UNKNOWN:
    case VMC_ENABLED_STATE_SHUTTING_DOWN:
    case VMC_ENABLED_STATE_NOT_APPLICABLE:
    case VMC_ENABLED_STATE_STARTING:
    case VMC_ENABLED_STATE_SAVING:
    case VMC_ENABLED_STATE_MIGRATING:
        break;
    }
    return VMC_STATE_NONE;
}

const char *
vmc_state_name(VmcState state)
{
    return find_name(states, (int)state);
}

VmcState
vmc_state_from_name(const char *name)
{
    return (VmcState)find_value(states, name);
}

const char *
vmc_severity_name(VmcSeverity severity)
{
    return find_name(severities, (int)severity);
}

VmcSeverity
vmc_severity_from_name(const char *name)
{
    return (VmcSeverity)find_value(severities, name);
}

const char *
vmc_verdict_name(VmcVerdict verdict)
{
    return find_name(verdicts, (int)verdict);
}

const char *
vmc_enabled_state_name(VmcEnabledState state)
{
    const char *name = find_name(enabled_states, (int)state);

    return name ? name : "Unknown";
}

char *
vmc_version_text(guint64 version)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT,
                           version / 1000000, version / 1000 % 1000, version % 1000);
}
