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

typedef struct {
    VmcFetchAhead *ahead;
    unsigned int flags;
    char *definitions[WINDOW]; /* by turns; NULL: not to be had, or taken */
    size_t done;
    GThread *thread;
} Lane;

struct _VmcFetchAhead {
    virDomainPtr *domains; /* borrowed */
    size_t n;
    GMutex lock;
    GCond changed;
    size_t at; /* where the caller is */
    gboolean stop;
    Lane lanes[2]; /* by VmcDefinition */
};

/* FALSE: there is no need any more. */
static gboolean
wait_for_turn(VmcFetchAhead *ahead, size_t index)
{
    gboolean go_on;

    g_mutex_lock(&ahead->lock);
    while (!ahead->stop && index >= ahead->at + WINDOW)
        g_cond_wait(&ahead->changed, &ahead->lock);
    go_on = !ahead->stop;
    g_mutex_unlock(&ahead->lock);
    return go_on;
}

/* What stood there was of a domain that nobody asks for any more. */
static void
store(Lane *lane, size_t index, char *definition)
{
    g_mutex_lock(&lane->ahead->lock);
    free(lane->definitions[index % WINDOW]);
    lane->definitions[index % WINDOW] = definition;
    lane->done = index + 1;
    g_cond_broadcast(&lane->ahead->changed);
    g_mutex_unlock(&lane->ahead->lock);
}

/* An id is a running domain's, and known without a call; no other has a live one. */
static char *
definition_of(virDomainPtr domain, unsigned int flags)
{
    if (flags == 0 && virDomainGetID(domain) == (unsigned int)-1)
        return NULL;
    return virDomainGetXMLDesc(domain, flags);
}

static void *
fetch(void *opaque)
{
    Lane *lane = opaque;
    VmcFetchAhead *ahead = lane->ahead;

    for (size_t i = 0; i < ahead->n && wait_for_turn(ahead, i); i++)
        store(lane, i, definition_of(ahead->domains[i], lane->flags));
    return NULL;
}

VmcFetchAhead *
vmc_fetch_ahead_start(virDomainPtr *domains, size_t n)
{
    VmcFetchAhead *ahead = g_new0(VmcFetchAhead, 1);

    ahead->domains = domains;
    ahead->n = n;
    ahead->lanes[VMC_DEFINITION_INACTIVE].flags = VIR_DOMAIN_XML_INACTIVE;
    g_mutex_init(&ahead->lock);
    g_cond_init(&ahead->changed);
    for (size_t i = 0; i < G_N_ELEMENTS(ahead->lanes); i++) {
        ahead->lanes[i].ahead = ahead;
        ahead->lanes[i].thread = g_thread_new("fetch-ahead", fetch, &ahead->lanes[i]);
    }
    return ahead;
}

char *
vmc_fetch_ahead_take(VmcFetchAhead *ahead, size_t index, VmcDefinition which)
{
    Lane *lane = &ahead->lanes[which];
    char *definition = NULL;

    g_mutex_lock(&ahead->lock);
    ahead->at = index;
    g_cond_broadcast(&ahead->changed);
    while (lane->done <= index)
        g_cond_wait(&ahead->changed, &ahead->lock);
    definition = g_steal_pointer(&lane->definitions[index % WINDOW]);
    g_mutex_unlock(&ahead->lock);
    return definition;
}

static void
lane_clear(Lane *lane)
{
    g_thread_join(lane->thread);
    for (size_t i = 0; i < WINDOW; i++)
        free(lane->definitions[i]);
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
    for (size_t i = 0; i < G_N_ELEMENTS(ahead->lanes); i++)
        lane_clear(&ahead->lanes[i]);
    g_mutex_clear(&ahead->lock);
    g_cond_clear(&ahead->changed);
    g_free(ahead);
}
