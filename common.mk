# What all makefiles share.
NULL =
AM_CPPFLAGS = \
	-I$(top_srcdir)/include \
	-I$(top_srcdir)/src \
	-I$(top_builddir) \
	-include config.h \
	-DLOCALEDIR='"$(localedir)"' \
	-DVMC_CONFDIR='"$(sysconfdir)/vmcompat"' \
	-DGLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_74 \
	-DGLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74 \
	$(NULL)
AM_CFLAGS = -std=gnu11 $(VMC_CFLAGS) \
	$(GLIB_CFLAGS) $(LIBXML_CFLAGS) $(JSON_CFLAGS) $(LIBVIRT_CFLAGS)
