/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Persistent definitions of many domains, fetched by a thread of its own while
 * the caller reads what else there is to know: libvirt's connections carry
 * several calls at once, and two definitions a domain would take twice as long.
 */
#include "collect/collect-guest.h"

#include <stdlib.h>

struct _VmcFetchAhead {
    virDomainPtr *domains; /* borrowed */
    size_t n;
    GThread *thread;
    GMutex lock;
    GCond changed;
    char **definitions; /* of those before @done; NULL: not to be had */
    size_t done;
    gboolean stop;
};

static gboolean
store(VmcFetchAhead *ahead, char *definition)
{
    gboolean go_on;

    g_mutex_lock(&ahead->lock);
    ahead->definitions[ahead->done++] = definition;
    go_on = !ahead->stop && ahead->done < ahead->n;
    g_cond_signal(&ahead->changed);
    g_mutex_unlock(&ahead->lock);
    return go_on;
}

/* Only active domains have two definitions; the other's one is fetched when it
 * is its turn, so that a domain that is gone by then is noticed. */
static char *
persistent_definition(virDomainPtr domain)
{
    if (virDomainGetID(domain) == (unsigned int)-1)
        return NULL;
    return virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
}

static void *
fetch(void *opaque)
{
    VmcFetchAhead *ahead = opaque;
    size_t i = 0;

    while (store(ahead, persistent_definition(ahead->domains[i])))
        i++;
    return NULL;
}

VmcFetchAhead *
vmc_fetch_ahead_start(virDomainPtr *domains, size_t n)
{
    VmcFetchAhead *ahead = g_new0(VmcFetchAhead, 1);

    ahead->domains = domains;
    ahead->n = n;
    ahead->definitions = g_new0(char *, n);
    g_mutex_init(&ahead->lock);
    g_cond_init(&ahead->changed);
    if (n > 0)
        ahead->thread = g_thread_new("fetch-ahead", fetch, ahead);
    return ahead;
}

char *
vmc_fetch_ahead_take(VmcFetchAhead *ahead, size_t index)
{
    char *definition = NULL;

    g_mutex_lock(&ahead->lock);
    while (ahead->done <= index)
        g_cond_wait(&ahead->changed, &ahead->lock);
    definition = g_steal_pointer(&ahead->definitions[index]);
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
    g_mutex_unlock(&ahead->lock);
    if (ahead->thread)
        g_thread_join(ahead->thread);
    for (size_t i = 0; i < ahead->n; i++)
        free(ahead->definitions[i]);
    g_free(ahead->definitions);
    g_mutex_clear(&ahead->lock);
    g_cond_clear(&ahead->changed);
    g_free(ahead);
}
