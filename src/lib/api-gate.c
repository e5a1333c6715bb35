/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Public calls that ask many destinations at once.
 *
 * libvirt's calls have no bound of their own and can't be stopped.  A thread
 * that stays mute is left behind: what it uses is counted, and what it brings
 * home too late is thrown away.
 */
#include "collect/collect.h"
#include "lib/lib.h"
#include "report/gate.h"

#include <vmcompat/vmcompat-libvirt.h>

#define MAX_THREADS 64

/* What the caller and all threads of a gate share. */
typedef struct {
    GMutex lock;
    GCond changed;
    GPtrArray *infos; /* VmcDocument * */
    VmcCheckOptions *options;
} Shared;

/* One destination; the caller and its thread have a reference each. */
typedef struct {
    Shared *shared;
    char *uri;
    virConnectPtr conn; /* a reference of our own; NULL: to be opened */
    unsigned int flags; /* libvirt's */
    gboolean started;   /* below: under the lock */
    gboolean done;      /* what came later does not count */
    gint64 deadline;
    GThread *thread; /* the caller's; NULL: none to be joined */
    VmcReport *report;
    GError *error;
} Ask;

static void
clear_shared(void *opaque)
{
    Shared *shared = opaque;

    g_mutex_clear(&shared->lock);
    g_cond_clear(&shared->changed);
    g_ptr_array_unref(shared->infos);
    vmc_check_options_free(shared->options);
}

static Shared *
shared_new(VmcDocument *const *infos, size_t n_infos, VmcCheckOptions *options)
{
    Shared *shared = g_atomic_rc_box_new0(Shared);

    g_mutex_init(&shared->lock);
    g_cond_init(&shared->changed);
    shared->infos = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_document_unref);
    for (size_t i = 0; i < n_infos; i++)
        g_ptr_array_add(shared->infos, vmc_document_ref(infos[i]));
    shared->options = options ? vmc_check_options_ref(options) : vmc_check_options_new();
    return shared;
}

static void
clear_ask(void *opaque)
{
    Ask *ask = opaque;

    if (ask->conn)
        virConnectClose(ask->conn);
    g_free(ask->uri);
    g_clear_pointer(&ask->report, vmc_report_unref);
    g_clear_error(&ask->error);
    g_atomic_rc_box_release_full(ask->shared, clear_shared);
}

static void
ask_unref(void *ask)
{
    g_atomic_rc_box_release_full(ask, clear_ask);
}

static VmcReport *
judge(const Ask *ask, GError **error)
{
    const Shared *shared = ask->shared;
    VmcDocument *const *infos = (VmcDocument *const *)shared->infos->pdata;
    VMC_AUTO_VIR(virConnect) opened = NULL;

    if (ask->conn)
        return vmc_check_connection(ask->conn, infos, shared->infos->len, shared->options, error);
    opened = vmc_collect_open(ask->uri, ask->flags, error);
    if (!opened)
        return NULL;
    return vmc_check_connection(opened, infos, shared->infos->len, shared->options, error);
}

static void *
run(void *opaque)
{
    Ask *ask = opaque;
    g_autoptr(VmcReport) report = NULL;
    g_autoptr(GError) error = NULL;

    report = judge(ask, &error);
    g_mutex_lock(&ask->shared->lock);
    if (!ask->done) {
        ask->report = g_steal_pointer(&report);
        ask->error = g_steal_pointer(&error);
        ask->done = TRUE;
        g_cond_signal(&ask->shared->changed);
    }
    g_mutex_unlock(&ask->shared->lock);
    ask_unref(ask);
    return NULL;
}

static void
start(Ask *ask, unsigned int timeout)
{
    ask->started = TRUE;
    ask->deadline = timeout ? g_get_monotonic_time() + timeout * G_TIME_SPAN_SECOND : G_MAXINT64;
    g_atomic_rc_box_acquire(ask);
    ask->thread = g_thread_try_new("gate", run, ask, &ask->error);
    if (ask->thread)
        return;
    ask->done = TRUE;
    ask_unref(ask);
}

static void
give_up(Ask *ask, unsigned int timeout)
{
    ask->done = TRUE;
    g_clear_pointer(&ask->thread, g_thread_unref);
    ask->error = g_error_new(VMC_ERROR, VMC_ERROR_TIMEOUT,
                             _("libvirt did not answer within %u seconds"), timeout);
}

/* Those that have answered, so that nothing of theirs is held on return. */
static void
join_all(const GPtrArray *asks)
{
    for (size_t i = 0; i < asks->len; i++) {
        Ask *ask = asks->pdata[i];

        g_clear_pointer(&ask->thread, g_thread_join);
    }
}

/* Starts what may start, gives up what is late.  The earliest deadline of those
 * that are under way; 0: all are done. */
static gint64
step(const GPtrArray *asks, unsigned int timeout)
{
    gint64 next = 0;
    size_t running = 0;

    for (size_t i = 0; i < asks->len; i++) {
        Ask *ask = asks->pdata[i];

        if (ask->started && !ask->done && ask->deadline <= g_get_monotonic_time())
            give_up(ask, timeout);
        if (!ask->started && running < MAX_THREADS)
            start(ask, timeout);
        if (!ask->started || ask->done)
            continue;
        running++;
        next = next ? MIN(next, ask->deadline) : ask->deadline;
    }
    return next;
}

static void
run_all(const GPtrArray *asks, Shared *shared, unsigned int timeout)
{
    gint64 next = 0;

    g_mutex_lock(&shared->lock);
    while ((next = step(asks, timeout)) != 0) {
        if (next == G_MAXINT64)
            g_cond_wait(&shared->changed, &shared->lock);
        else
            g_cond_wait_until(&shared->changed, &shared->lock, next);
    }
    g_mutex_unlock(&shared->lock);
}

static VmcGate *
gate_from(const GPtrArray *asks, Shared *shared)
{
    VmcGate *gate = vmc_gate_new();

    g_mutex_lock(&shared->lock);
    for (size_t i = 0; i < asks->len; i++) {
        Ask *ask = asks->pdata[i];
        VmcReturnValue value = ask->report ? vmc_report_return_value(ask->report)
                                           : vmc_error_to_return_value(ask->error);

        vmc_gate_add(gate, ask->uri, g_steal_pointer(&ask->report), g_steal_pointer(&ask->error),
                     value);
    }
    g_mutex_unlock(&shared->lock);
    vmc_gate_sort(gate);
    return gate;
}

/* Takes @shared. */
static VmcGate *
run_gate(const GPtrArray *asks, Shared *shared, unsigned int timeout)
{
    VmcGate *gate;

    run_all(asks, shared, timeout);
    join_all(asks);
    gate = gate_from(asks, shared);
    g_atomic_rc_box_release_full(shared, clear_shared);
    return gate;
}

static Ask *
add_ask(GPtrArray *asks, Shared *shared)
{
    Ask *ask = g_atomic_rc_box_new0(Ask);

    ask->shared = g_atomic_rc_box_acquire(shared);
    g_ptr_array_add(asks, ask);
    return ask;
}

static gboolean
has_systems(VmcDocument *const *infos, size_t n_infos, GError **error)
{
    size_t n = 0;

    for (size_t i = 0; i < n_infos; i++)
        n += vmc_document_n_systems(infos[i]);
    if (n == 0)
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("the document holds no system that could be judged"));
    return n > 0;
}

VmcGate *
vmc_gate_connections(const virConnectPtr *conns,
                     size_t n_conns,
                     VmcDocument *const *infos,
                     size_t n_infos,
                     VmcCheckOptions *options,
                     unsigned int timeout,
                     GError **error)
{
    g_autoptr(GPtrArray) asks = g_ptr_array_new_with_free_func(ask_unref);
    Shared *shared = NULL;

    g_return_val_if_fail(conns != NULL && infos != NULL, NULL);
    if (!has_systems(infos, n_infos, error))
        return NULL;
    shared = shared_new(infos, n_infos, options);
    for (size_t i = 0; i < n_conns; i++) {
        Ask *ask = add_ask(asks, shared);

        virConnectRef(conns[i]);
        ask->conn = conns[i];
        ask->uri = virConnectGetURI(conns[i]);
    }
    return run_gate(asks, shared, timeout);
}

VmcGate *
vmc_gate_uris(const char *const *uris,
              unsigned int flags,
              VmcDocument *const *infos,
              size_t n_infos,
              VmcCheckOptions *options,
              unsigned int timeout,
              GError **error)
{
    g_autoptr(GPtrArray) asks = g_ptr_array_new_with_free_func(ask_unref);
    Shared *shared = NULL;

    g_return_val_if_fail(uris != NULL && infos != NULL, NULL);
    if (vmc_refuse_flags(flags, VMC_GATE_READONLY, error) || !has_systems(infos, n_infos, error))
        return NULL;
    shared = shared_new(infos, n_infos, options);
    for (; *uris; uris++) {
        Ask *ask = add_ask(asks, shared);

        ask->uri = g_strdup(*uris);
        ask->flags = flags & VMC_GATE_READONLY ? VIR_CONNECT_RO : 0;
    }
    return run_gate(asks, shared, timeout);
}

VmcGate *
vmc_gate_ref(VmcGate *gate)
{
    g_return_val_if_fail(gate != NULL, NULL);
    return g_atomic_rc_box_acquire(gate);
}

void
vmc_gate_unref(VmcGate *gate)
{
    if (gate)
        g_atomic_rc_box_release_full(gate, (GDestroyNotify)vmc_gate_clear);
}

char *
vmc_gate_to_text(const VmcGate *gate, VmcFormat format, unsigned int flags, GError **error)
{
    g_return_val_if_fail(gate != NULL, NULL);
    if (format == VMC_FORMAT_TEXT)
        return vmc_gate_to_plain(gate, flags);
    if (format == VMC_FORMAT_JSON)
        return vmc_gate_to_json(gate);
    g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                        _("a gate has no such format (text, json)"));
    return NULL;
}
