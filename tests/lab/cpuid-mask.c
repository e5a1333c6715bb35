/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Preloaded into a lab host's QEMU: changes what KVM says it can offer a guest,
 * so that one machine can have "hosts" with different CPUs.  libvirt's probing,
 * host-model and the destination's own CPU check all follow from this answer.
 *
 *   VMC_CPUID_CLEAR  bits taken away
 *   VMC_CPUID_SET    bits added, but only those that the machine's CPU itself has.
 *                    (KVM within a para-virtual machine offers next to nothing; the
 *                    lab's guests only idle in their firmware, so that this is safe.)
 *
 * Both are lists such as "7.0.ebx.29,1.0.ecx.20": leaf, sub-leaf, register, bit;
 * leaf and sub-leaf in hexadecimal.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <dlfcn.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t *reg_of(struct kvm_cpuid_entry2 *e, const char *reg)
{
    if (strcmp(reg, "eax") == 0)
        return &e->eax;
    if (strcmp(reg, "ebx") == 0)
        return &e->ebx;
    if (strcmp(reg, "ecx") == 0)
        return &e->ecx;
    return &e->edx;
}

static void apply(struct kvm_cpuid2 *answer, const char *list, int set)
{
    while (list != NULL && *list != '\0') {
        unsigned int leaf, sub, bit;
        char reg[4];

        if (sscanf(list, "%x.%x.%3[a-ex].%u", &leaf, &sub, reg, &bit) == 4 && bit < 32) {
            for (uint32_t i = 0; i < answer->nent; i++) {
                struct kvm_cpuid_entry2 *e = &answer->entries[i];
                struct kvm_cpuid_entry2 own = { 0 };

                if (e->function != leaf || e->index != sub)
                    continue;
                if (!set) {
                    *reg_of(e, reg) &= ~(UINT32_C(1) << bit);
                } else {
                    __cpuid_count(leaf, sub, own.eax, own.ebx, own.ecx, own.edx);
                    *reg_of(e, reg) |= *reg_of(&own, reg) & (UINT32_C(1) << bit);
                }
            }
        }
        list = strchr(list, ',');
        if (list != NULL)
            list++;
    }
}

int ioctl(int fd, unsigned long request, ...)
{
    static int (*real)(int, unsigned long, ...);
    va_list ap;
    void *arg;
    int ret;

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "ioctl");
    va_start(ap, request);
    arg = va_arg(ap, void *);
    va_end(ap);
    ret = real(fd, request, arg);
    /* QEMU passes the request as a signed int: the upper half is not to be trusted. */
    if (ret == 0 && (unsigned int)request == (unsigned int)KVM_GET_SUPPORTED_CPUID) {
        apply(arg, getenv("VMC_CPUID_SET"), 1);
        apply(arg, getenv("VMC_CPUID_CLEAR"), 0);
    }
    return ret;
}
