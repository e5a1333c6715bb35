/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The public headers, as a C++ program sees them.
 */
#include <vmcompat/vmcompat-libvirt.h>
#include <vmcompat/vmcompat.h>

int
main()
{
    VmcCheckOptions *options = vmc_check_options_new();
    VmcReturnValue value = vmc_error_to_return_value(nullptr);

    vmc_check_options_set_max_age(options, 60);
    vmc_check_options_free(options);
    return value == VMC_RETURN_FAILED ? 0 : 1;
}
