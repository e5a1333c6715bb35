dnl SPDX-License-Identifier: LGPL-2.1-or-later
dnl
dnl VMC_STATIC_PIE: sets STATIC_PIE_LDFLAGS where the C library comes in a static form, too
dnl (Debian's libc6-dev has it).  A program of libc alone starts a quarter sooner with it.
AC_DEFUN([VMC_STATIC_PIE], [
  AC_CACHE_CHECK([for a static C library], [vmc_cv_static_pie], [
    vmc_save_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -static-pie"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <syslog.h>]], [[syslog (LOG_INFO, "x");]])],
                   [vmc_cv_static_pie=yes], [vmc_cv_static_pie=no])
    LDFLAGS=$vmc_save_LDFLAGS
  ])
  STATIC_PIE_LDFLAGS=
  AS_IF([test "$vmc_cv_static_pie" = yes], [STATIC_PIE_LDFLAGS=-static-pie])
  AC_SUBST([STATIC_PIE_LDFLAGS])
])
