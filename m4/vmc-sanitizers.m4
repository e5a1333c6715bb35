dnl --enable-sanitizers: AddressSanitizer and UndefinedBehaviorSanitizer.
AC_DEFUN([VMC_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers], [build with ASan and UBSan])],
    [], [enable_sanitizers=no])
  AS_IF([test "$enable_sanitizers" = yes], [
    VMC_SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
    CFLAGS="$CFLAGS $VMC_SAN"
    dnl ASan intercepts XDR functions and looks for the real ones at the start,
    dnl before libvirt is loaded.
    LDFLAGS="$LDFLAGS $VMC_SAN -Wl,--no-as-needed,-l:libtirpc.so.3"
  ])
  AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" = yes])
])
