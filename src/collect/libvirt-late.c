/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt, loaded when the first of its functions is called.  With what it
 * needs in turn it takes some 15 ms to load, four times as long as all the
 * rest, and a check of saved documents, a decoded blob or a list of rules
 * needs none of it.
 */
#include "collect/libvirt-late.h"
#include "model/late.h"

#include <dlfcn.h>
#include <libvirt/virterror.h>

/* The name is libvirt's ABI. */
#define LIBRARY "libvirt.so.0"

virConnectAuthPtr virConnectAuthPtrDefault;

static void *
load(void)
{
    static size_t handle; /* 0: not tried yet; 1: not there */

    if (g_once_init_enter(&handle)) {
        void *found = dlopen(LIBRARY, RTLD_NOW | RTLD_GLOBAL);
        virConnectAuthPtr *auth = found ? dlsym(found, "virConnectAuthPtrDefault") : NULL;

        virConnectAuthPtrDefault = auth ? *auth : NULL;
        g_once_init_leave(&handle, found ? (size_t)found : 1);
    }
    return handle > 1 ? (void *)handle : NULL;
}

gboolean
vmc_libvirt_load(void)
{
    return load() != NULL;
}

/* Callers have a connection, and so libvirt, or have asked vmc_libvirt_load(). */
static void *
find(const char *name)
{
    void *library = load();
    void *function = library ? dlsym(library, name) : NULL;

    g_assert(function != NULL);
    return function;
}

/* clang-format off */
LATE_VOID(virConnSetErrorFunc,
     (virConnectPtr conn, void *userData, virErrorFunc handler),
     (conn, userData, handler))
LATE(char *, virConnectBaselineCPU,
     (virConnectPtr conn, const char **xmlCPUs, unsigned int ncpus, unsigned int flags),
     (conn, xmlCPUs, ncpus, flags))
LATE(int, virConnectDomainEventRegisterAny,
     (virConnectPtr conn, virDomainPtr dom, int eventID,
      virConnectDomainEventGenericCallback cb, void *opaque, virFreeCallback freecb),
     (conn, dom, eventID, cb, opaque, freecb))
LATE(int, virConnectDomainEventDeregisterAny,
     (virConnectPtr conn, int callbackID),
     (conn, callbackID))
LATE(int, virConnectRegisterCloseCallback,
     (virConnectPtr conn, virConnectCloseFunc cb, void *opaque, virFreeCallback freecb),
     (conn, cb, opaque, freecb))
LATE(int, virConnectSetKeepAlive,
     (virConnectPtr conn, int interval, unsigned int count),
     (conn, interval, count))
LATE(int, virConnectUnregisterCloseCallback,
     (virConnectPtr conn, virConnectCloseFunc cb),
     (conn, cb))
LATE(int, virConnectClose, (virConnectPtr conn), (conn))
LATE(char *, virConnectDomainXMLToNative,
     (virConnectPtr conn, const char *nativeFormat, const char *domainXml, unsigned int flags),
     (conn, nativeFormat, domainXml, flags))
LATE(int, virConnectGetAllDomainStats,
     (virConnectPtr conn, unsigned int stats,
      virDomainStatsRecordPtr **retStats, unsigned int flags),
     (conn, stats, retStats, flags))
LATE(int, virConnectGetCPUModelNames,
     (virConnectPtr conn, const char *arch, char ***models, unsigned int flags),
     (conn, arch, models, flags))
LATE(char *, virConnectGetCapabilities, (virConnectPtr conn), (conn))
LATE(char *, virConnectGetDomainCapabilities,
     (virConnectPtr conn, const char *emulatorbin, const char *arch,
      const char *machine, const char *virttype, unsigned int flags),
     (conn, emulatorbin, arch, machine, virttype, flags))
LATE(char *, virConnectGetHostname, (virConnectPtr conn), (conn))
LATE(int, virConnectGetLibVersion, (virConnectPtr conn, unsigned long *libVer), (conn, libVer))
LATE(char *, virConnectGetSysinfo, (virConnectPtr conn, unsigned int flags), (conn, flags))
LATE(const char *, virConnectGetType, (virConnectPtr conn), (conn))
LATE(char *, virConnectGetURI, (virConnectPtr conn), (conn))
LATE(int, virConnectGetVersion, (virConnectPtr conn, unsigned long *hvVer), (conn, hvVer))
LATE(int, virConnectIsAlive, (virConnectPtr conn), (conn))
LATE(int, virConnectListAllDomains,
     (virConnectPtr conn, virDomainPtr **domains, unsigned int flags),
     (conn, domains, flags))
LATE(int, virConnectListAllInterfaces,
     (virConnectPtr conn, virInterfacePtr **ifaces, unsigned int flags),
     (conn, ifaces, flags))
LATE(int, virConnectListAllNWFilters,
     (virConnectPtr conn, virNWFilterPtr **filters, unsigned int flags),
     (conn, filters, flags))
LATE(int, virConnectListAllNetworks,
     (virConnectPtr conn, virNetworkPtr **nets, unsigned int flags),
     (conn, nets, flags))
LATE(int, virConnectListAllNodeDevices,
     (virConnectPtr conn, virNodeDevicePtr **devices, unsigned int flags),
     (conn, devices, flags))
LATE(int, virConnectListAllSecrets,
     (virConnectPtr conn, virSecretPtr **secrets, unsigned int flags),
     (conn, secrets, flags))
LATE(int, virConnectListAllStoragePools,
     (virConnectPtr conn, virStoragePoolPtr **pools, unsigned int flags),
     (conn, pools, flags))
LATE(virConnectPtr, virConnectOpen, (const char *name), (name))
LATE(virConnectPtr, virConnectOpenAuth,
     (const char *name, virConnectAuthPtr auth, unsigned int flags),
     (name, auth, flags))
LATE(int, virConnectRef, (virConnectPtr conn), (conn))
LATE(int, virDomainFree, (virDomainPtr domain), (domain))
LATE(int, virDomainGetBlockJobInfo,
     (virDomainPtr dom, const char *disk, virDomainBlockJobInfoPtr info, unsigned int flags),
     (dom, disk, info, flags))
LATE(virConnectPtr, virDomainGetConnect, (virDomainPtr domain), (domain))
LATE(unsigned int, virDomainGetID, (virDomainPtr domain), (domain))
LATE(int, virDomainGetJobStats,
     (virDomainPtr domain, int *type,
      virTypedParameterPtr *params, int *nparams, unsigned int flags),
     (domain, type, params, nparams, flags))
LATE(char *, virDomainGetMetadata,
     (virDomainPtr domain, int type, const char *uri, unsigned int flags),
     (domain, type, uri, flags))
LATE(const char *, virDomainGetName, (virDomainPtr domain), (domain))
LATE(int, virDomainGetState,
     (virDomainPtr domain, int *state, int *reason, unsigned int flags),
     (domain, state, reason, flags))
LATE(int, virDomainGetUUIDString, (virDomainPtr domain, char *buf), (domain, buf))
LATE(char *, virDomainGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags))
LATE(int, virDomainHasManagedSaveImage, (virDomainPtr dom, unsigned int flags), (dom, flags))
LATE(int, virDomainIsActive, (virDomainPtr dom), (dom))
LATE(int, virDomainIsPersistent, (virDomainPtr dom), (dom))
LATE(int, virDomainListAllCheckpoints,
     (virDomainPtr domain, virDomainCheckpointPtr **checkpoints, unsigned int flags),
     (domain, checkpoints, flags))
LATE(virDomainPtr, virDomainLookupByID, (virConnectPtr conn, int id), (conn, id))
LATE(virDomainPtr, virDomainLookupByName, (virConnectPtr conn, const char *name), (conn, name))
LATE(virDomainPtr, virDomainLookupByUUIDString,
     (virConnectPtr conn, const char *uuid),
     (conn, uuid))
LATE(char *, virDomainManagedSaveGetXMLDesc,
     (virDomainPtr domain, unsigned int flags),
     (domain, flags))
LATE(char *, virDomainSaveImageGetXMLDesc,
     (virConnectPtr conn, const char *file, unsigned int flags),
     (conn, file, flags))
LATE(int, virDomainSetMetadata,
     (virDomainPtr domain, int type, const char *metadata, const char *key,
      const char *uri, unsigned int flags),
     (domain, type, metadata, key, uri, flags))
LATE(int, virDomainSnapshotNum, (virDomainPtr domain, unsigned int flags), (domain, flags))
LATE_VOID(virDomainStatsRecordListFree, (virDomainStatsRecordPtr *stats), (stats))
LATE(int, virEventRegisterDefaultImpl, (void), ())
LATE(int, virEventRunDefaultImpl, (void), ())
LATE_VOID(virFreeError, (virErrorPtr err), (err))
LATE(virErrorPtr, virGetLastError, (void), ())
LATE(int, virGetLastErrorCode, (void), ())
LATE(const char *, virGetLastErrorMessage, (void), ())
LATE(int, virInterfaceFree, (virInterfacePtr iface), (iface))
LATE(const char *, virInterfaceGetName, (virInterfacePtr iface), (iface))
LATE(char *, virInterfaceGetXMLDesc, (virInterfacePtr iface, unsigned int flags), (iface, flags))
LATE(virInterfacePtr, virInterfaceLookupByName,
     (virConnectPtr conn, const char *name),
     (conn, name))
LATE(int, virNWFilterFree, (virNWFilterPtr nwfilter), (nwfilter))
LATE(const char *, virNWFilterGetName, (virNWFilterPtr nwfilter), (nwfilter))
LATE(int, virNetworkFree, (virNetworkPtr network), (network))
LATE(const char *, virNetworkGetName, (virNetworkPtr network), (network))
LATE(char *, virNetworkGetXMLDesc, (virNetworkPtr network, unsigned int flags), (network, flags))
LATE(int, virNetworkIsActive, (virNetworkPtr net), (net))
LATE(int, virNodeDeviceFree, (virNodeDevicePtr dev), (dev))
LATE(const char *, virNodeDeviceGetName, (virNodeDevicePtr dev), (dev))
LATE(char *, virNodeDeviceGetXMLDesc, (virNodeDevicePtr dev, unsigned int flags), (dev, flags))
LATE(int, virNodeGetCPUMap,
     (virConnectPtr conn, unsigned char **cpumap, unsigned int *online, unsigned int flags),
     (conn, cpumap, online, flags))
LATE(int, virNodeGetCellsFreeMemory,
     (virConnectPtr conn, unsigned long long *freeMems, int startCell, int maxCells),
     (conn, freeMems, startCell, maxCells))
LATE(unsigned long long, virNodeGetFreeMemory, (virConnectPtr conn), (conn))
LATE(int, virNodeGetFreePages,
     (virConnectPtr conn, unsigned int npages, unsigned int *pages,
      int startcell, unsigned int cellcount, unsigned long long *counts, unsigned int flags),
     (conn, npages, pages, startcell, cellcount, counts, flags))
LATE(virErrorPtr, virSaveLastError, (void), ())
LATE(int, virSecretFree, (virSecretPtr secret), (secret))
LATE(int, virSecretGetUUIDString, (virSecretPtr secret, char *buf), (secret, buf))
LATE(const char *, virSecretGetUsageID, (virSecretPtr secret), (secret))
LATE(int, virSecretGetUsageType, (virSecretPtr secret), (secret))
LATE(unsigned char *, virSecretGetValue,
     (virSecretPtr secret, size_t *value_size, unsigned int flags),
     (secret, value_size, flags))
LATE_VOID(virSetErrorFunc, (void *userData, virErrorFunc handler), (userData, handler))
LATE(int, virStoragePoolFree, (virStoragePoolPtr pool), (pool))
LATE(const char *, virStoragePoolGetName, (virStoragePoolPtr pool), (pool))
LATE(char *, virStoragePoolGetXMLDesc, (virStoragePoolPtr pool, unsigned int flags), (pool, flags))
LATE(int, virStoragePoolIsActive, (virStoragePoolPtr pool), (pool))
LATE(int, virStoragePoolListAllVolumes,
     (virStoragePoolPtr pool, virStorageVolPtr **vols, unsigned int flags),
     (pool, vols, flags))
LATE(virStoragePoolPtr, virStoragePoolLookupByName,
     (virConnectPtr conn, const char *name),
     (conn, name))
LATE(virStoragePoolPtr, virStoragePoolLookupByTargetPath,
     (virConnectPtr conn, const char *path),
     (conn, path))
LATE(virStoragePoolPtr, virStoragePoolLookupByVolume, (virStorageVolPtr vol), (vol))
LATE(int, virStoragePoolRef, (virStoragePoolPtr pool), (pool))
LATE(int, virStorageVolFree, (virStorageVolPtr vol), (vol))
LATE(const char *, virStorageVolGetKey, (virStorageVolPtr vol), (vol))
LATE(const char *, virStorageVolGetName, (virStorageVolPtr vol), (vol))
LATE(char *, virStorageVolGetPath, (virStorageVolPtr vol), (vol))
LATE(virStorageVolPtr, virStorageVolLookupByName,
     (virStoragePoolPtr pool, const char *name),
     (pool, name))
LATE(virStorageVolPtr, virStorageVolLookupByPath,
     (virConnectPtr conn, const char *path),
     (conn, path))
LATE_VOID(virTypedParamsFree, (virTypedParameterPtr params, int nparams), (params, nparams))
LATE(int, virTypedParamsGetInt,
     (virTypedParameterPtr params, int nparams, const char *name, int *value),
     (params, nparams, name, value))
