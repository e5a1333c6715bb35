/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Definitions of many domains, fetched by threads of their own while the caller
 * takes apart what is there already: libvirt's connections carry several calls at
 * once, and a running domain has two definitions.
 */
#include "collect/collect-guest.h"

#include <stdlib.h>

/* So far and no further: a definition may be large, and a host has thousands. */
#define WINDOW 64
#define N_KINDS 2 /* VmcDefinition */
#define N_SLOTS (WINDOW * N_KINDS)
/* A daemon serves five calls of one client at once (libvirtd.conf: max_client_requests). */
#define N_THREADS 4

/* Definitions are numbered as they are fetched: both of the first domain, of the
 * second ... */
typedef struct {
    char *definition; /* NULL: not to be had, or taken */
    size_t done;      /* its number + 1 */
} Slot;

struct _VmcFetchAhead {
    virDomainPtr *domains; /* borrowed */
    size_t n;
    GThread *threads[N_THREADS];
    GMutex lock;
    GCond changed;
    size_t at;   /* the domain that the caller is at */
    size_t next; /* number that nobody fetches yet */
    gboolean stop;
    Slot slots[N_SLOTS]; /* by turns */
};

/* FALSE: there is none any more. */
static gboolean
take_number(VmcFetchAhead *ahead, size_t *ret_number)
{
    gboolean go_on;

    g_mutex_lock(&ahead->lock);
    while (!ahead->stop && ahead->next / N_KINDS >= ahead->at + WINDOW)
        g_cond_wait(&ahead->changed, &ahead->lock);
    go_on = !ahead->stop && ahead->next < ahead->n * N_KINDS;
    *ret_number = go_on ? ahead->next++ : 0;
    g_mutex_unlock(&ahead->lock);
    return go_on;
}

/* A slow answer may come when its slot has been given to another: nobody waits for it. */
static void
store(VmcFetchAhead *ahead, size_t number, char *definition)
{
    Slot *slot = &ahead->slots[number % N_SLOTS];

    g_mutex_lock(&ahead->lock);
    if (slot->done <= number) {
        g_clear_pointer(&slot->definition, free);
        slot->definition = g_steal_pointer(&definition);
        slot->done = number + 1;
        g_cond_broadcast(&ahead->changed);
    }
    g_mutex_unlock(&ahead->lock);
    free(definition);
}

/* An id is a running domain's, and known without a call; no other has a live one. */
static char *
fetch_definition(virDomainPtr domain, VmcDefinition which)
{
    if (which == VMC_DEFINITION_INACTIVE)
        return virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    if (virDomainGetID(domain) == (unsigned int)-1)
        return NULL;
    return virDomainGetXMLDesc(domain, 0);
}

static void *
fetch(void *opaque)
{
    VmcFetchAhead *ahead = opaque;
    size_t number = 0;

    while (take_number(ahead, &number))
        store(ahead, number, fetch_definition(ahead->domains[number / N_KINDS], number % N_KINDS));
    return NULL;
}

VmcFetchAhead *
vmc_fetch_ahead_start(virDomainPtr *domains, size_t n)
{
    VmcFetchAhead *ahead = g_new0(VmcFetchAhead, 1);

    ahead->domains = domains;
    ahead->n = n;
    g_mutex_init(&ahead->lock);
    g_cond_init(&ahead->changed);
    for (size_t i = 0; i < N_THREADS; i++)
        ahead->threads[i] = g_thread_new("fetch-ahead", fetch, ahead);
    return ahead;
}

char *
vmc_fetch_ahead_take(VmcFetchAhead *ahead, size_t index, VmcDefinition which)
{
    size_t number = index * N_KINDS + which;
    Slot *slot = &ahead->slots[number % N_SLOTS];
    char *definition = NULL;

    g_mutex_lock(&ahead->lock);
    ahead->at = index;
    g_cond_broadcast(&ahead->changed);
    while (slot->done <= number)
        g_cond_wait(&ahead->changed, &ahead->lock);
    definition = g_steal_pointer(&slot->definition);
    g_mutex_unlock(&ahead->lock);
    return definition;
}

void
vmc_fetch_ahead_free(VmcFetchAhead *ahead)
{
    if (!ahead)
        return;
    g_mutex_lock(&ahead->lock);
    ahead->stop = TRUE;
    g_cond_broadcast(&ahead->changed);
    g_mutex_unlock(&ahead->lock);
    for (size_t i = 0; i < N_THREADS; i++)
        g_thread_join(ahead->threads[i]);
    for (size_t i = 0; i < N_SLOTS; i++)
        free(ahead->slots[i].definition);
    g_mutex_clear(&ahead->lock);
    g_cond_clear(&ahead->changed);
    g_free(ahead);
}
