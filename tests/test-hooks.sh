#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The hook as libvirtd calls it: arguments, standard input, exit status, standard error; and
# what it is made of.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"

hook=$top_builddir/src/hooks/vmcompat-hook
judge=$top_builddir/src/hooks/vmcompat-judge
for program in "$hook" "$judge"; do
    [ -x "$program" ] || { echo "no $program: not built" && exit 99; }
done
# libtool may have put a script in their place
[ "$(head -c 2 "$judge")" != '#!' ] || skip "linked with a library of ours"

export VMCOMPAT_CONFIG=$tmp/conf VMCOMPAT_HOOK_RUN_DIR=$tmp/run

policy() { # KEY=VALUE…
    { echo "[hook]" && printf '%s\n' "offer=$tmp/offer" "$@"; } >"$tmp/conf"
}
call() { # STATUS OPERATION FILE: as libvirtd does
    status=0
    (cd / && exec "$program" guest "$2" begin -) <"$3" >"$tmp/out" 2>"$tmp/err" || status=$?
    [ "$status" = "$1" ] || { fail "$2: status $status, not $1" && show_last; }
    empty "$tmp/out"
}
offer() { # EXPRESSION…: an offer of now, edited
    sed -e "s/ time='[0-9]*'/ time='$(($(date +%s) + 2))'/" "$@" "$top_srcdir/xml/examples/document-offer.xml" >"$tmp/offer"
}
guest() { # CPU DEVICES
    cat <<END
<domain type='kvm'><name>guest</name><uuid>5ce7a210-0000-4000-8000-000000000001</uuid>
<memory>65536</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='${machine:-pc-q35-7.2}'>hvm</type></os>
$1<devices>$2</devices></domain>
END
}

# --- what they are made of
for program in "$hook" "$judge"; do
    requires readelf
    readelf -d "$program" | grep NEEDED >"$tmp/out"
    grep -q libvirt "$tmp/out" && fail "${program##*/} needs libvirt"
    grep -qa 'libvirt\.so' "$program" && fail "${program##*/} may load libvirt"
done

program=$hook
policy
offer
guest "" "" >"$tmp/plain"
machine=pc-q35-99.9 guest "" "" >"$tmp/bad"
guest "<cpu mode='custom' match='exact' check='partial'><model fallback='forbid'>qemu64</model><feature policy='require' name='invtsc'/></cpu>" "" >"$tmp/live-only"
guest "" "<emulator>" >"$tmp/damaged"
guest "<cpu mode='host-model'/>" "" >"$tmp/open"

# --- every step but two is none of ours, whatever comes in
for operation in start started stopped release reconnect attach prepare; do
    call 0 $operation "$tmp/bad"
    empty "$tmp/err"
done
call 0 migrate "$tmp/plain"
empty "$tmp/err"
for operation in migrate restore; do
    call 2 $operation "$tmp/bad"
    has "$tmp/err" "^vmcompat: guest 'guest' does not fit this host:"
    has "$tmp/err" "pc-q35-99\.9.*\[machine-type-unsupported\]"
done

# --- what only a running guest suffers from waits until it is certain that it runs
call 0 migrate "$tmp/live-only"
empty "$tmp/err"
call 2 prepare "$tmp/live-only"
has "$tmp/err" "\[invtsc\]"
call 0 prepare "$tmp/live-only" # told once
call 0 migrate "$tmp/live-only"
touch -d '-1 minute' "$tmp/run/deferred-guest"
call 0 prepare "$tmp/live-only" # too long ago
# ... and not at all if a definition has come in between, beside the hooks' folder
mkdir -p "$tmp/etc/hooks/qemu.d" "$tmp/etc/qemu"
ln -s "$hook" "$tmp/etc/hooks/qemu.d/50-vmcompat"
program=$tmp/etc/hooks/qemu.d/50-vmcompat
call 0 migrate "$tmp/live-only"
echo x >"$tmp/etc/qemu/guest.xml"
call 0 prepare "$tmp/live-only"
touch -d '-1 hour' "$tmp/etc/qemu/guest.xml"
call 0 migrate "$tmp/live-only"
call 2 prepare "$tmp/live-only"
program=$hook

# --- policy
policy policy=warn
call 0 migrate "$tmp/bad"
empty "$tmp/err"
policy policy=off
call 0 migrate "$tmp/bad"
policy operations=restore
call 0 migrate "$tmp/bad"
call 2 restore "$tmp/bad"
policy ignore=machine-type-unsupported
call 0 migrate "$tmp/bad"
policy ignore=no-such-rule
call 2 migrate "$tmp/bad"
has "$tmp/err" "no rule is named 'no-such-rule'"
policy
call 0 migrate "$tmp/open"
empty "$tmp/err"
policy when-undecided=refuse
call 0 migrate "$tmp/open"
call 2 prepare "$tmp/open"
has "$tmp/err" "\[host-model-unexpanded\]"

# --- an offer that is missing, damaged, old
refused_if() { # KEY TEXT
    call 0 migrate "$tmp/plain"
    empty "$tmp/err"
    policy "$1=refuse"
    call 2 migrate "$tmp/plain"
    has "$tmp/err" "$2"
    policy "$1=refuse" policy=warn
    call 0 migrate "$tmp/plain"
    policy
}
rm "$tmp/offer"
refused_if when-offer-missing "No such file"
head -c 3000 "$top_srcdir/xml/examples/document-offer.xml" >"$tmp/offer"
refused_if when-offer-missing "$tmp/offer"
offer -e "s/ time='[0-9]*'/ time='1'/"
refused_if when-offer-missing "hours old"
offer

# --- our own faults
call 0 migrate "$tmp/damaged"
policy when-failed=refuse
call 2 migrate "$tmp/damaged"
has "$tmp/err" "could not be judged"
mkdir "$tmp/alone"
cp "$hook" "$tmp/alone/"
program=$tmp/alone/vmcompat-hook
broken() { # SCRIPT TEXT
    [ -z "$1" ] || { printf '#!/bin/sh\n%s\n' "$1" >"$tmp/alone/vmcompat-judge" && chmod +x "$tmp/alone/vmcompat-judge"; }
    policy timeout=1
    call 0 migrate "$tmp/plain"
    empty "$tmp/err"
    policy timeout=1 when-failed=refuse
    call 2 migrate "$tmp/plain"
    has "$tmp/err" "$2"
}
broken '' "can't run vmcompat-judge"
# shellcheck disable=SC2016 # for sh
broken 'kill -SEGV $$' "ended by signal 11"
broken 'exit 77' "failed \(status 77\)"
broken 'exec sleep 20' "did not end within 1 seconds"
broken 'exec yes >&2' "did not end within 1 seconds"
program=$hook
policy when-failed=refuse
head -c 5000000 /dev/zero | tr '\0' ' ' >"$tmp/large"
call 2 migrate "$tmp/large"
has "$tmp/err" "larger than 4 MiB"
# nowhere to note what is put off
rm -rf "$tmp/run"
: >"$tmp/run"
call 2 migrate "$tmp/live-only"
has "$tmp/err" "\[invtsc\]"
policy
call 0 migrate "$tmp/live-only"

# --- install and remove: ours only, and no reload where libvirt already has a hook
export VMCOMPAT_LIBEXECDIR=$top_builddir/src/hooks
hooks=$tmp/hooks link=$tmp/hooks/qemu.d/50-vmcompat
expect 0 "$vmcompat" hook install --folder "$hooks"
has "$tmp/out" "systemctl reload"
[ "$(readlink "$link")" = "$hook" ] || fail "no link"
expect 0 "$vmcompat" hook install libvirt --folder "$hooks"
has "$tmp/out" "there already"
expect 0 "$vmcompat" hook remove --folder "$hooks"
[ ! -e "$link" ] || fail "not removed"
expect 0 "$vmcompat" hook remove --folder "$hooks"
printf '#!/bin/sh\n' | tee "$hooks/qemu.d/10-other" >"$link"
chmod +x "$hooks/qemu.d/10-other" "$link"
expect 1 "$vmcompat" hook install --folder "$hooks"
has "$tmp/err" "not vmcompat's"
expect 1 "$vmcompat" hook remove --folder "$hooks"
[ -f "$link" ] || fail "a foreign file was removed"
rm "$link"
expect 0 "$vmcompat" hook install --folder "$hooks"
grep -q reload "$tmp/out" && fail "a reload, though there is a hook already"
expect 1 "$vmcompat" hook install xen --folder "$hooks"
expect 1 "$vmcompat" hook

# --- the units that keep the offer fresh
if command -v systemd-analyze >/dev/null; then
    cp "$top_srcdir"/data/vmcompat-offer.{timer,path} "$tmp/"
    # it is not installed yet
    sed "s|^ExecStart=[^ ]*|ExecStart=$vmcompat|" "$top_builddir/data/vmcompat-offer.service" >"$tmp/vmcompat-offer.service"
    run systemd-analyze verify --man=no --recursive-errors=no "$tmp"/vmcompat-offer.{service,timer,path}
    if grep -q vmcompat-offer "$tmp/err"; then
        fail "units:"
        show_last
    fi
fi
finish
