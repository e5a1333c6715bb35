/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Events of libvirt, gathered: a guest that starts says so several times within
 * a second, and one whose devices change goes on for a while.  Each domain waits
 * until it has been quiet for QUIET, or has waited for PATIENCE.
 */
#include "collect/collect-internal.h"

#define QUIET (2 * G_TIME_SPAN_SECOND)
#define PATIENCE (10 * G_TIME_SPAN_SECOND)
#define MAX_EVENTS 4

typedef struct {
    gint64 first, due;
} Waiting;

/* Counted: libvirt's event loop may be in a callback while we stop. */
struct _VmcWatch {
    virConnectPtr conn;
    int events[MAX_EVENTS]; /* -1: not registered */
    GMutex lock;
    GCond changed;
    GHashTable *waiting; /* UUID → Waiting: never more than there are domains */
    gboolean lost;
};

static void
note(VmcWatch *watch, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    gint64 now = g_get_monotonic_time();
    Waiting *waiting = NULL;

    if (virDomainGetUUIDString(domain, uuid) < 0)
        return;
    g_mutex_lock(&watch->lock);
    waiting = g_hash_table_lookup(watch->waiting, uuid);
    if (!waiting) {
        waiting = g_new0(Waiting, 1);
        waiting->first = now;
        g_hash_table_insert(watch->waiting, g_strdup(uuid), waiting);
    }
    waiting->due = MIN(now + QUIET, waiting->first + PATIENCE);
    g_cond_signal(&watch->changed);
    g_mutex_unlock(&watch->lock);
}

/* Metadata that is written, ours for one, has an event of its own. */
static void
on_lifecycle(virConnectPtr conn G_GNUC_UNUSED,
             virDomainPtr domain,
             int event,
             int detail G_GNUC_UNUSED,
             void *opaque)
{
    if (event == VIR_DOMAIN_EVENT_DEFINED || event == VIR_DOMAIN_EVENT_STARTED ||
        event == VIR_DOMAIN_EVENT_RESUMED)
        note(opaque, domain);
}

static void
on_device(virConnectPtr conn G_GNUC_UNUSED,
          virDomainPtr domain,
          const char *alias G_GNUC_UNUSED,
          void *opaque)
{
    note(opaque, domain);
}

static void
on_block_job(virConnectPtr conn G_GNUC_UNUSED,
             virDomainPtr domain,
             const char *disk G_GNUC_UNUSED,
             int type G_GNUC_UNUSED,
             int status G_GNUC_UNUSED,
             void *opaque)
{
    note(opaque, domain);
}

static void
on_close(virConnectPtr conn G_GNUC_UNUSED, int reason G_GNUC_UNUSED, void *opaque)
{
    VmcWatch *watch = opaque;

    g_mutex_lock(&watch->lock);
    watch->lost = TRUE;
    g_cond_signal(&watch->changed);
    g_mutex_unlock(&watch->lock);
}

static VmcWatch *
watch_new(virConnectPtr conn)
{
    VmcWatch *watch = g_atomic_rc_box_new0(VmcWatch);

    watch->conn = conn;
    virConnectRef(conn);
    g_mutex_init(&watch->lock);
    g_cond_init(&watch->changed);
    watch->waiting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < MAX_EVENTS; i++)
        watch->events[i] = -1;
    return watch;
}

static void
clear_watch(void *opaque)
{
    VmcWatch *watch = opaque;

    g_hash_table_unref(watch->waiting);
    g_cond_clear(&watch->changed);
    g_mutex_clear(&watch->lock);
}

static void
watch_unref(void *watch)
{
    g_atomic_rc_box_release_full(watch, clear_watch);
}

static int
follow(VmcWatch *watch, int id, virConnectDomainEventGenericCallback callback)
{
    int event = virConnectDomainEventRegisterAny(watch->conn, NULL, id, callback,
                                                 g_atomic_rc_box_acquire(watch), watch_unref);

    if (event < 0)
        watch_unref(watch);
    return event;
}

static void
follow_close(VmcWatch *watch)
{
    if (virConnectRegisterCloseCallback(watch->conn, on_close, g_atomic_rc_box_acquire(watch),
                                        watch_unref) < 0)
        watch_unref(watch);
}

VmcWatch *
vmc_watch_start(virConnectPtr conn, GError **error)
{
    const struct {
        int id;
        virConnectDomainEventGenericCallback callback;
    } events[] = {
        { VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle) },
        { VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, VIR_DOMAIN_EVENT_CALLBACK(on_device) },
        { VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK(on_device) },
        { VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, VIR_DOMAIN_EVENT_CALLBACK(on_block_job) },
    };
    g_autoptr(VmcWatch) watch = watch_new(conn);

    G_STATIC_ASSERT(G_N_ELEMENTS(events) == MAX_EVENTS);
    /* Where a driver has no keep-alive or is in this process, it is not lost either. */
    virConnectSetKeepAlive(conn, 5, 3);
    follow_close(watch);
    for (size_t i = 0; i < MAX_EVENTS; i++) {
        watch->events[i] = follow(watch, events[i].id, events[i].callback);
        /* The rest is more than older daemons and other drivers have. */
        if (watch->events[i] < 0 && i == 0) {
            vmc_virt_set_error(error, "%s", _("cannot follow the events of domains: "));
            return NULL;
        }
    }
    return g_steal_pointer(&watch);
}

void
vmc_watch_stop(VmcWatch *watch)
{
    if (!watch)
        return;
    for (size_t i = 0; i < MAX_EVENTS; i++) {
        if (watch->events[i] >= 0)
            virConnectDomainEventDeregisterAny(watch->conn, watch->events[i]);
    }
    virConnectUnregisterCloseCallback(watch->conn, on_close);
    virConnectClose(watch->conn);
    watch_unref(watch);
}

/* The one that is due first; NULL: none waits. */
static const char *
find_first(const VmcWatch *watch, gint64 *ret_due)
{
    GHashTableIter iter;
    void *uuid = NULL, *value = NULL;
    const char *first = NULL;

    g_hash_table_iter_init(&iter, watch->waiting);
    while (g_hash_table_iter_next(&iter, &uuid, &value)) {
        const Waiting *waiting = value;

        if (first && waiting->due >= *ret_due)
            continue;
        first = uuid;
        *ret_due = waiting->due;
    }
    return first;
}

/* The UUID of the next that is due; NULL: the connection is lost. */
static char *
wait_for_next(VmcWatch *watch)
{
    char *found = NULL;

    g_mutex_lock(&watch->lock);
    while (!watch->lost && !found) {
        gint64 due = 0;
        const char *first = find_first(watch, &due);

        if (!first) {
            g_cond_wait(&watch->changed, &watch->lock);
        } else if (due > g_get_monotonic_time()) {
            g_cond_wait_until(&watch->changed, &watch->lock, due);
        } else {
            found = g_strdup(first);
            g_hash_table_remove(watch->waiting, found);
        }
    }
    g_mutex_unlock(&watch->lock);
    return found;
}

virDomainPtr
vmc_watch_next(VmcWatch *watch, GError **error)
{
    for (;;) {
        g_autofree char *uuid = wait_for_next(watch);
        virDomainPtr domain = uuid ? virDomainLookupByUUIDString(watch->conn, uuid) : NULL;

        if (domain)
            return domain;
        if (uuid && vmc_virt_absent(watch->conn, error))
            continue; /* it is gone again */
        if (!uuid)
            g_set_error_literal(error, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE,
                                _("the connection to libvirt is lost"));
        return NULL;
    }
}
