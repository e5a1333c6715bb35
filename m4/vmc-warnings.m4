dnl One list of warnings, each tried alone; errors only with --enable-werror.
AC_DEFUN([VMC_WARNINGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings are errors])],
    [], [enable_werror=no])
  VMC_CFLAGS=
  for flag in -Wall -Wextra -Wshadow -Wvla -Wundef -Wformat=2 -Wformat-signedness \
      -Wwrite-strings -Wcast-align -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
      -Wmissing-declarations -Wold-style-definition -Wredundant-decls -Wnested-externs \
      -Wswitch-enum -Wimplicit-fallthrough -Wduplicated-cond -Wduplicated-branches \
      -Wlogical-op -Wjump-misses-init -Wdouble-promotion -Wdate-time \
      -Wframe-larger-than=32768 -Wno-unused-parameter -Wno-missing-field-initializers \
      -fno-common -fstack-protector-strong; do
    vmc_saved=$CFLAGS
    CFLAGS="$CFLAGS -Werror $flag"
    AC_MSG_CHECKING([whether $CC takes $flag])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes]); VMC_CFLAGS="$VMC_CFLAGS $flag"], [AC_MSG_RESULT([no])])
    CFLAGS=$vmc_saved
  done
  AS_IF([test "$enable_werror" = yes], [VMC_CFLAGS="$VMC_CFLAGS -Werror"])
  AC_SUBST([VMC_CFLAGS])
])
