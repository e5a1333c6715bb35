#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The examples of the manual do what they say.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

examples=$top_builddir/examples
guest=$top_srcdir/xml/examples/guest.xml

expect 0 "$vmcompat" get --xml "$guest" -o "$tmp/guest.vmc"
expect 0 "$vmcompat" offer -c test:///default -o "$tmp/host.vmc"

# libvirt's test driver has no domain capabilities that could decide: not a yes, not an error
run "$examples/check-offline" "$tmp/guest.vmc" "$tmp/host.vmc"
case $status in 2 | 3) ;; *) fail "check-offline: status $status" && show_last ;; esac
has "$tmp/out" '^example: [a-z-]+: .'
expect 1 "$examples/check-offline" "$guest" "$tmp/nothing"
expect 1 "$examples/check-offline" "$tmp/guest.vmc" "$tmp/guest.vmc" # no offer in it
has "$tmp/err" 'no verdict \(32773\)'

# A host to itself: libvirt would refuse
expect 2 "$examples/check-domain" test:///default test test:///default
has "$tmp/out" 'same-host|same host'
expect 1 "$examples/check-domain" test:///default nobody test:///default
has "$tmp/err" 'no verdict \(32773\)'
finish
