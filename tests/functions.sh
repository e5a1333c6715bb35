# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the test scripts share.  Under "make check" they run in tests/ of the build tree; by
# hand from anywhere, VMC_BUILD naming the build tree (default: _build of the sources).

set -u
export LC_ALL=C.UTF-8 G_DEBUG=fatal-warnings
unset LIBVIRT_DEFAULT_URI NO_COLOR CLICOLOR_FORCE LANGUAGE

top_srcdir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -n "${VMC_BUILD:-}" ]; then
    top_builddir=$VMC_BUILD
elif [ -n "${abs_top_builddir:-}" ]; then
    top_builddir=$abs_top_builddir
elif [ -f ../config.status ]; then
    top_builddir=$(cd .. && pwd)
else
    top_builddir=$top_srcdir/_build
fi
# shellcheck disable=SC2034
vmcompat=$top_builddir/src/cli/vmcompat

tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmct.XXXXXX")
_at_end=()
_cleanup() {
    local pid
    # Processes of ours only, by the numbers that we kept.
    for pid in ${_at_end[@]+"${_at_end[@]}"}; do
        kill -CONT "$pid" 2>/dev/null
        kill -KILL "$pid" 2>/dev/null
    done
    rm -rf "$tmp"
}
trap _cleanup EXIT

end_at_exit() { _at_end+=("$1"); } # PID

needs_program() { # that nothing was tried is no success
    [ -x "$vmcompat" ] && return
    echo "no $vmcompat: not built"
    exit 99
}

skip() {
    echo "SKIP: $*"
    exit 77
}

requires() { # COMMAND…
    command -v "$1" >/dev/null || skip "no $1 here"
}

failures=0
fail() {
    echo "FAIL: $*"
    failures=$((failures + 1))
}

# run COMMAND…: its output in $tmp/out and $tmp/err, its status in $status
run() {
    status=0
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
}

show_last() {
    sed 's/^/    out: /' "$tmp/out" | head -n 20
    sed 's/^/    err: /' "$tmp/err" | head -n 20
}

# expect STATUS COMMAND…: no crash, that status, and an error says why on standard error
expect() {
    local wanted=$1
    shift
    run "$@"
    if [ "$status" != "$wanted" ]; then
        fail "status $status, not $wanted: ${*/#$vmcompat/vmcompat}"
        show_last
        return 1
    fi
    if [ "$wanted" = 1 ] && [ ! -s "$tmp/err" ]; then
        fail "status 1 without a word: ${*/#$vmcompat/vmcompat}"
        return 1
    fi
}

has() { # FILE REGEX
    grep -qE -- "$2" "$1" && return
    fail "no '$2' in ${1##*/}:"
    show_last
    return 1
}

empty() { # FILE
    [ ! -s "$1" ] && return
    fail "${1##*/} should be empty:"
    show_last
    return 1
}

# A member of the JSON on standard output: json returnValue
json() {
    tr -d '\n' <"$tmp/out" | sed -nE "s/.*\"$1\" *: *\"?([^\",}]*)\"?.*/\1/p"
}

return_value() { # NUMBER: what the JSON says
    local found
    found=$(json returnValue)
    [ "$found" = "$1" ] && return
    fail "returnValue '$found', not $1"
    show_last
    return 1
}

# What can't be tried here makes of a test that passes one that is skipped.
untried=
not_tried() { # WHAT AND WHY
    echo "SKIP in part: $*"
    untried=yes
}

finish() {
    [ "$failures" = 0 ] || { echo "$failures failed" && exit 1; }
    [ -z "$untried" ] || exit 77
    exit 0
}
