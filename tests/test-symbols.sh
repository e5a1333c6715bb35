#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The public headers, the version script and the shared library name the same functions.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"

map=$top_srcdir/src/libvmcompat.map

# Prototypes with VMC_API, up to their semicolon.
cat "$top_srcdir"/include/vmcompat/*.h | perl -0ne '
    s{/\*.*?\*/}{}gs; s/^\h*#.*$//mg;
    print "$1\n" while /\bVMC_API\b[^;]*?\b(vmc_\w+)\s*\(/g' | sort >"$tmp/header"
[ "$(grep -c . "$tmp/header")" -gt 20 ] || fail "the headers were not understood"

sed -nE 's/^[[:space:]]*(vmc_[a-z0-9_]+);.*/\1/p' "$map" >"$tmp/map.asis"
sort "$tmp/map.asis" >"$tmp/map"
uniq -d "$tmp/map" | grep . && fail "named twice in ${map##*/}"
diff -u "$tmp/header" "$tmp/map" || fail "headers and ${map##*/} differ"

# Sorted within each block, so that a look finds what it looks for.
awk '/^VMCOMPAT_/ { last = "" }
     /^ *vmc_/ { if ($1 <= last) { print FILENAME ": " $1 " is out of order"; bad = 1 } last = $1 }
     END { exit bad }' "$map" || fail "${map##*/} is not sorted"

# Since: each prototype, or the group of get-functions that it ends, tells its release.
for header in "$top_srcdir"/include/vmcompat/*.h; do
    grep -q 'Since: [0-9]' "$header" || fail "${header##*/} has no Since"
done

library=$top_builddir/src/.libs/libvmcompat.so
if [ -e "$library" ]; then
    requires nm
    nm -D --defined-only "$library" | awk '$2 == "T" || $2 == "D" || $2 == "B" || $2 == "R" { print $3 }' |
        sed 's/@.*//' | grep -vE '^VMCOMPAT_' | sort -u >"$tmp/library"
    diff -u "$tmp/map" "$tmp/library" || fail "${map##*/} and libvmcompat.so differ"
    nm -D --defined-only "$library" | grep -E ' T vmc_' | grep -vE '@@VMCOMPAT_[0-9.]+$' &&
        fail "symbols without a version"
fi

# A C++ program can use the headers (the C one is compiled by the makefile).
if command -v g++ >/dev/null && command -v pkg-config >/dev/null; then
    # shellcheck disable=SC2046
    g++ -std=c++11 -Wall -Wextra -Werror -fsyntax-only -I"$top_srcdir/include" \
        $(pkg-config --cflags glib-2.0 libvirt) "$top_srcdir/tests/test-header-cxx.cpp" ||
        fail "the headers are no C++"
fi
finish
