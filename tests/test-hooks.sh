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

# --- an offer that somebody has spoilt
rm -rf "$tmp/run"
spoilt() { # TEXT
    refused_if when-offer-missing "$1"
}
: >"$tmp/offer" && spoilt "$tmp/offer"
head -c 4096 /dev/urandom >"$tmp/offer" && spoilt "$tmp/offer"
offer -e '0,/<machine/s//<machin/' && spoilt "$tmp/offer"
offer -e 's/<capabilities>/<capabilities><x>/' && spoilt "$tmp/offer"
offer -e "s/<feature name='facts'.>/<feature name='of-the-future'\/>/" && spoilt "newer vmcompat"
offer -e '/<capabilities>/,/<.capabilities>/d' && spoilt "no capabilities"
rm "$tmp/offer" && mkdir "$tmp/offer" && spoilt "$tmp/offer" && rmdir "$tmp/offer"
truncate -s 100M "$tmp/offer" && spoilt "too large"
rm "$tmp/offer" && mkfifo "$tmp/offer"
policy timeout=1
call 0 migrate "$tmp/plain"
rm "$tmp/offer" && offer

# --- rules of the site: none unless named, bounded, killed with what they started
mkdir "$tmp/checks.d"
site_rule() { # NAME SCRIPT
    printf '#!/bin/sh\n%s\n' "$2" >"$tmp/checks.d/$1"
    chmod 755 "$tmp/checks.d/$1"
}
site_policy() { policy "site-rules=$tmp/checks.d" "$@"; }
# shellcheck disable=SC2016 # for sh
site_rule 10_answer 'grep -q "<vmcompat" "$1" && grep -q "<capabilities" "$2" || exit 9; [ "$3$5" = guestlive ] || exit 0
printf "blocker\tdevices\t\t\tnot on a Friday\n"'
policy
call 0 migrate "$tmp/plain" && empty "$tmp/err"
site_policy
call 0 migrate "$tmp/plain"
empty "$tmp/err"
call 2 prepare "$tmp/plain" # off, it would not mind
has "$tmp/err" "- not on a Friday \[site/10_answer\]"
# shellcheck disable=SC2016
site_rule 10_answer '[ "$5" = saved ] || [ "$5" = live ] || [ "$5" = off ] || exit 9; echo no >&2; exit 2'
call 2 migrate "$tmp/plain"
has "$tmp/err" "\[site/10_answer\]"
call 2 restore "$tmp/bad"
has "$tmp/err" "\[site/10_answer\]" && has "$tmp/err" "\[machine-type-unsupported\]"
site_policy ignore=site/10_answer
call 0 migrate "$tmp/plain"
site_policy policy=warn
call 0 migrate "$tmp/plain"
empty "$tmp/err"
policy site-rules=checks.d
call 0 migrate "$tmp/plain"
policy "site-rules=$tmp/no-such-folder" when-undecided=refuse
call 2 migrate "$tmp/plain"
has "$tmp/err" "no-such-folder"
# one that hangs, and whose children do
rm "$tmp/checks.d/10_answer"
# shellcheck disable=SC2016
site_rule 20_hang 'sleep 300 & echo $! >"$0.pid"; exec sleep 300'
hangs() { # STATUS SECONDS KEY=VALUE…
    local before=$SECONDS
    site_policy "${@:3}"
    call "$1" migrate "$tmp/plain"
    [ $((SECONDS - before)) -le "$2" ] || fail "it took $((SECONDS - before)) s"
}
hangs 0 3
empty "$tmp/err"
# dead, if nobody has buried it yet
grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$(cat "$tmp/checks.d/20_hang.pid")/status" && fail "what it started is still there"
hangs 2 3 when-undecided=refuse
has "$tmp/err" "did not end within 1 seconds"
hangs 0 4 site-rules-timeout=60 timeout=2
call 2 migrate "$tmp/bad"
has "$tmp/err" "\[machine-type-unsupported\]" # is told all the same
for i in 1 2 3 4 5 6; do site_rule "3${i}_hang" 'exec sleep 300'; done
hangs 2 4 timeout=3 when-undecided=refuse
has "$tmp/err" "'$tmp/checks.d/20_hang' did not end" && has "$tmp/err" "36_hang' is not asked: the time for all of them is over"
hangs 0 4 timeout=3
rm "$tmp"/checks.d/3?_hang

# --- the judge itself, killed in the middle
# shellcheck disable=SC2016
site_rule 20_hang 'kill -9 $PPID; exec sleep 300'
site_policy
call 0 migrate "$tmp/plain"
empty "$tmp/err"
site_policy when-failed=refuse
call 2 migrate "$tmp/plain"
has "$tmp/err" "could not be judged: vmcompat-judge was ended by signal 9"
rm -r "$tmp/checks.d"

# --- a guest that was started is noted for whoever wants to know, and then embedded
noted() { # NAME…: and nothing else
    [ "$(ls "$tmp/run/started")" = "$(printf '%s\n' "$@")" ] || fail "noted: $(ls "$tmp/run/started"), not $*"
}
policy
rm -rf "$tmp/run"
call 0 started "$tmp/plain"
[ ! -e "$tmp/run" ] || fail "a note for nobody"
mkdir -p "$tmp/run/started"
call 0 started "$tmp/plain"
call 0 prepare "$tmp/plain"
noted guest
for name in test ../test /etc/passwd . ..; do
    (cd / && exec "$hook" "$name" started begin -) <"$tmp/plain" >"$tmp/out" 2>"$tmp/err" || fail "started: $name"
    empty "$tmp/out" && empty "$tmp/err"
done
noted guest test
expect 0 "$vmcompat" embed -c test:///default --started
[ "$(cat "$tmp/out")" = "test: embedded" ] || fail "not embedded: $(cat "$tmp/out" "$tmp/err")"
noted # the other is gone from the host
expect 0 "$vmcompat" embed -c test:///default --started && empty "$tmp/out"
expect 1 "$vmcompat" embed -c test:///default --started --all
expect 1 "$vmcompat" embed -c test:///default --started --remove
# one that can't be done is told, and not tried for ever
touch "$tmp/run/started/test"
expect 1 "$vmcompat" embed -r -c test:///default --started 2>/dev/null

# --- a full disk: notes that can't be written, offers that can't
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
    rm -rf "$tmp/run" && mkdir "$tmp/run" "$tmp/state"
    export -f policy call fail empty has show_last
    export hook vmcompat tmp
    cat >"$tmp/full.sh" <<'END'
failures=0 program=$hook status=0
mount -t tmpfs -o size=8k,nr_inodes=4 tmpfs "$tmp/run" && mount -t tmpfs -o size=8k tmpfs "$tmp/state" || exit 99
echo old >"$tmp/state/offer"
mkdir "$tmp/run/started" && head -c 100k /dev/zero >"$tmp/run/filler" 2>/dev/null
[ ! -e "$tmp/run/deferred-guest" ] || exit 99
policy
call 0 migrate "$tmp/live-only" # it does not fit, and that can't be noted: when-failed
empty "$tmp/err"
[ ! -e "$tmp/run/deferred-guest" ] || fail "half a note"
policy when-failed=refuse
call 2 migrate "$tmp/live-only"
has "$tmp/err" "can't note why it does not fit" && has "$tmp/err" "\[invtsc\]"
call 2 migrate "$tmp/bad" # needs no note
call 0 migrate "$tmp/plain"
touch "$tmp/run/x" 2>/dev/null # the last inode
call 0 started "$tmp/plain"
empty "$tmp/err"
status=0
"$vmcompat" offer -c test:///default -o "$tmp/state/offer" >"$tmp/out" 2>"$tmp/err" || status=$?
[ $status = 1 ] && has "$tmp/err" "$tmp/state/offer|No space" || fail "offer on a full disk: status $status"
[ "$(cat "$tmp/state/offer")" = old ] || fail "the old offer is gone"
[ "$(ls "$tmp/state")" = offer ] || fail "left behind: $(ls "$tmp/state")"
exit $failures
END
    unshare -m bash "$tmp/full.sh" || fail "on a full disk"
else
    echo "not tried: a full disk (needs root and unshare)"
fi

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

# --- the units that keep offer and blobs fresh
if command -v systemd-analyze >/dev/null; then
    mkdir "$tmp/units"
    cp "$top_srcdir"/data/*.timer "$top_srcdir"/data/*.path "$top_builddir"/data/*.path "$tmp/units/"
    for unit in "$top_builddir"/data/*.service; do # it is not installed yet
        sed "s|^ExecStart=[^ ]*|ExecStart=$vmcompat|" "$unit" >"$tmp/units/${unit##*/}"
    done
    run systemd-analyze verify --man=no --recursive-errors=no "$tmp"/units/*
    if grep -q vmcompat- "$tmp/err"; then
        fail "units:"
        show_last
    fi
    grep -qx "DirectoryNotEmpty=.*/vmcompat/started" "$tmp/units/vmcompat-embed-started.path" || fail "another folder than the hook's"
fi
finish
