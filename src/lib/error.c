/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Errors → the specification's return values.
 */
#include "lib/lib.h"

#include <json-glib/json-glib.h>
#include <libvirt/virterror.h>

#ifndef PACKAGE_VERSION
# define PACKAGE_VERSION "0.1.0"
#endif

typedef struct {
    int code;
    VmcReturnValue value;
} Mapping;

static const Mapping own_errors[] = {
    { VMC_ERROR_ACCESS_DENIED, VMC_RETURN_ACCESS_DENIED },
    { VMC_ERROR_NOT_SUPPORTED, VMC_RETURN_NOT_SUPPORTED },
    { VMC_ERROR_TIMEOUT, VMC_RETURN_TIMEOUT },
    { VMC_ERROR_INVALID_ARGUMENT, VMC_RETURN_INVALID_PARAMETER },
    { VMC_ERROR_INVALID_STATE, VMC_RETURN_INVALID_STATE },
    { VMC_ERROR_BAD_DATA, VMC_RETURN_INCORRECT_DATA_TYPE },
    { VMC_ERROR_NEWER, VMC_RETURN_INCORRECT_DATA_TYPE },
    { VMC_ERROR_TOO_LARGE, VMC_RETURN_INVALID_PARAMETER },
    { VMC_ERROR_NOT_AVAILABLE, VMC_RETURN_NOT_AVAILABLE },
    { VMC_ERROR_NO_OFFER, VMC_RETURN_INVALID_PARAMETER },
};

/* A daemon that died answers SYSTEM_ERROR or RPC ("End of file while reading
 * data"), a closed socket INTERNAL_ERROR: none is about the guest. */
static const Mapping virt_errors[] = {
    { VIR_ERR_NO_DOMAIN, VMC_RETURN_INVALID_PARAMETER },
    { VIR_ERR_INVALID_ARG, VMC_RETURN_INVALID_PARAMETER },
    { VIR_ERR_INVALID_CONN, VMC_RETURN_NOT_AVAILABLE },
    { VIR_ERR_NO_CONNECT, VMC_RETURN_NOT_AVAILABLE },
    { VIR_ERR_SYSTEM_ERROR, VMC_RETURN_NOT_AVAILABLE },
    { VIR_ERR_INTERNAL_ERROR, VMC_RETURN_NOT_AVAILABLE },
    { VIR_ERR_RPC, VMC_RETURN_NOT_AVAILABLE },
    { VIR_ERR_AUTH_FAILED, VMC_RETURN_ACCESS_DENIED },
    { VIR_ERR_AUTH_CANCELLED, VMC_RETURN_ACCESS_DENIED },
    { VIR_ERR_AUTH_UNAVAILABLE, VMC_RETURN_ACCESS_DENIED },
    { VIR_ERR_ACCESS_DENIED, VMC_RETURN_ACCESS_DENIED },
    { VIR_ERR_OPERATION_DENIED, VMC_RETURN_ACCESS_DENIED },
    { VIR_ERR_NO_SUPPORT, VMC_RETURN_NOT_SUPPORTED },
    { VIR_ERR_OPERATION_TIMEOUT, VMC_RETURN_TIMEOUT },
    { VIR_ERR_OPERATION_INVALID, VMC_RETURN_INVALID_STATE },
    { VIR_ERR_NO_MEMORY, VMC_RETURN_OUT_OF_MEMORY },
};

static VmcReturnValue
find_value(const Mapping *mappings, size_t n, int code)
{
    for (size_t i = 0; i < n; i++) {
        if (mappings[i].code == code)
            return mappings[i].value;
    }
    return VMC_RETURN_FAILED;
}

VmcReturnValue
vmc_error_to_return_value(const GError *error)
{
    if (error && error->domain == VMC_ERROR)
        return find_value(own_errors, G_N_ELEMENTS(own_errors), error->code);
    if (error && error->domain == VMC_VIRT_ERROR)
        return find_value(virt_errors, G_N_ELEMENTS(virt_errors), error->code);
    return VMC_RETURN_FAILED;
}

VmcReturnValue
vmc_return_error(GError **error, GError *why)
{
    VmcReturnValue value = vmc_error_to_return_value(why);

    g_propagate_error(error, why);
    return value;
}

gboolean
vmc_refuse_flags(unsigned int flags, unsigned int known, GError **error)
{
    if ((flags & ~known) == 0)
        return FALSE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("unsupported flags (0x%x)"),
                flags & ~known);
    return TRUE;
}

char *
vmc_error_to_json(const GError *error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "format");
    json_builder_add_int_value(builder, 1);
    json_builder_set_member_name(builder, "returnValue");
    json_builder_add_int_value(builder, vmc_error_to_return_value(error));
    json_builder_set_member_name(builder, "error");
    json_builder_add_string_value(builder, error ? error->message : "");
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, TRUE);
}

const char *
vmc_version(void)
{
    return PACKAGE_VERSION;
}
