#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The libvirt hook in the way of real migrations: refusals with all reasons, silence otherwise,
# faults as the policy says, and what it costs.
#
#   tests/lab/hook.sh [--build DIR | --vmcompat PATH] [--times N] [--timing-only] [--only REGEX]
#
# --times: migrations with the hook, with one that does nothing, and without any, that are
# timed (default 50 each; 0: none).
# --only: of the groups below: refusals, blobs ...

set -u
# shellcheck source=tests/lab/lab.sh
. "$(dirname "$0")/lab.sh"
# shellcheck source=tests/lab/guests.sh
. "$LAB_SRC/guests.sh"

build=$LAB_TOP/_build times=50 timing_only='' only=.
while [ $# -gt 0 ]; do
    case $1 in
    --build) build=$2 && shift 2 ;;
    --vmcompat) build=${2%/src/cli/vmcompat} && shift 2 ;;
    --times) times=$2 && shift 2 ;;
    --timing-only) timing_only=yes && shift ;;
    --only) only=$2 && shift 2 ;;
    *) sed -n '7,11p' "$0" && exit 1 ;;
    esac
done
vmcompat=$build/src/cli/vmcompat

# where the programs look, as configured
configured() { # NAME
    # names name each other
    (
        set +u
        value=''
        eval "$(sed -nE 's/^S\["(prefix|exec_prefix|localstatedir|sysconfdir|runstatedir)"\]="(.*)"$/\1='"'"'\2'"'"'/p' \
            "$build/config.status")"
        eval "value=\$$1"
        while [[ $value = *'$'* ]]; do eval "value=\"$value\""; done
        echo "$value"
    )
}
conf=$(configured sysconfdir)/vmcompat/vmcompat.conf
offer=$(configured localstatedir)/lib/vmcompat/offer.vmc
run=$(configured runstatedir)/vmcompat
hook=/etc/libvirt/hooks/qemu.d/50-vmcompat
programs=/opt/vmcompat # in each host: a copy that may be damaged

failures=0 passed=0
check() { # WHAT COMMAND…
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok   $what"
    else
        failures=$((failures + 1))
        echo "FAIL $what"
        sed 's/^/     | /' "$LAB_DIR/err"
    fi
}
says() { grep -qE -- "$1" "$LAB_DIR/err"; }
silent() { [ ! -s "$LAB_DIR/err" ]; }
not() { ! "$@"; }

set_policy() { # HOST KEY=VALUE…
    local host=$1
    shift
    { echo "[hook]" && printf '%s\n' "$@"; } >"$LAB_DIR/xfer/conf"
    host_exec "$host" sh -c "mkdir -p '${conf%/*}' && cp /xfer/conf '$conf'"
}
make_offer() { host_exec "$1" sh -c "mkdir -p '${offer%/*}' && '$vmcompat' offer --cpu-models -c qemu:///system -o '$offer'"; }

number=0
make_guest() { # TOKENS…: defined on a; its name in $guest
    number=$((number + 1))
    guest=hooked-$number
    guest_xml "$guest" "$(printf '5ce7a210-0000-4000-8000-0000000f%04d' $number)" "$@" >"$LAB_DIR/guest.xml"
    host_virsh a define "$LAB_DIR/guest.xml" >/dev/null
}
migrate() { # SRC DST: live
    timeout 90 virsh -q -c "$(host_uri "$1")" migrate --live "$guest" "$(host_uri "$2")" \
        --migrateuri "tcp://$(host_addr "$2")" 2>"$LAB_DIR/err"
}
migrate_off() { # DST
    timeout 60 virsh -q -c "$(host_uri a)" migrate --offline --persistent "$guest" "$(host_uri "$1")" 2>"$LAB_DIR/err"
}
runs_on() { case $(host_virsh "$1" domstate "$guest" 2>/dev/null) in running | paused) ;; *) return 1 ;; esac; }
qemu_was_started_on() { host_exec "$1" grep -qs "^-name" "/var/log/libvirt/qemu/$guest.log"; }
forget() {
    local h
    for h in a b c; do
        host_virsh "$h" "destroy $guest; undefine $guest --nvram --managed-save" >/dev/null 2>&1
    done
}

refusals() {
    # a guest that lacks many things on c, and is to be told of all of them
    make_guest cpu=Westmere net=labnet bridge=br-x ovmf=OVMF_CODE_4M.fd nvram=OVMF_VARS_4M.fd
    host_virsh a start "$guest" >/dev/null
    check "incompatible: refused" not migrate a c
    check "incompatible: names the network" says "labnet.*\[network-missing\]"
    check "incompatible: names the bridge" says "br-x.*\[bridge-missing\]"
    check "incompatible: names the firmware" says "OVMF_CODE_4M.fd.*\[firmware-missing\]"
    check "incompatible: QEMU was not started" not qemu_was_started_on c
    check "incompatible: still runs on the source" runs_on a
    forget

    # a definition alone may come where the running guest could not
    make_guest cpu=Westmere
    check "off: passes" migrate_off c
    check "off: starts at once" host_virsh c start "$guest"
    forget

    # the CPU that decides is not in what a hook sees: libvirt's to say
    make_guest cpu=Westmere
    host_virsh a start "$guest" >/dev/null
    check "hidden CPU: libvirt decides" not migrate a c
    check "hidden CPU: not our text" not says vmcompat:
    forget
    make_guest
    host_virsh a start "$guest" >/dev/null
    check "plain: passes" migrate a c
    check "plain: silent" silent
    forget

    make_guest cpu=hm net=net-all
    host_virsh a start "$guest" >/dev/null
    check "compatible: passes" migrate a b
    check "compatible: silent" silent
    check "compatible: runs" runs_on b
    forget

    make_guest net=labnet
    host_virsh a start "$guest" >/dev/null
    host_virsh a save "$guest" /xfer/saved >/dev/null
    check "restore: refused" not restore_on c
    check "restore: names the network" says "labnet.*\[network-missing\]"
    check "restore: passes where it fits" restore_on b
    forget
}

# What c lacks of the CPU of a running guest on a, as the guest's own definition names it
weak=(bmi1 bmi2 adx sha-ni movbe aes clwb)
embed() { # HOST
    host_exec "$1" timeout 60 "$vmcompat" embed -q -c qemu:///system "$guest" 2>"$LAB_DIR/err"
}
names_all_missing() { # what libvirt itself found missing, in $1, is told by us
    local name
    for name in $(sed -nE 's/.*missing features: *(.*)/\1/p' "$1" | tr ',' ' '); do
        says "'$name'.*\[cpu-feature-missing\]" || return 1
    done
}

# Where QEMU gives all that libvirt computed, and no more, the definition that travels tells the CPU.
cpu_is_told() { host_virsh a dumpxml --migratable "$guest" | grep -q "<cpu .*check='full'"; }
without_blob() {
    check "no blob: refused" not migrate a c
    if cpu_is_told; then
        check "no blob: the definition tells the CPU" names_all_missing "$LAB_DIR/missing"
    else
        check "no blob: libvirt decides" not says vmcompat:
    fi
}

blobs() {
    # the guest's CPU travels beside the definition; with the blob, it is judged
    make_guest cpu=hm
    host_virsh a start "$guest" >/dev/null
    set_policy c policy=off
    check "no hook: libvirt decides" not migrate a c
    check "no hook: libvirt names what is missing" says "missing features: .*${weak[0]}"
    cp "$LAB_DIR/err" "$LAB_DIR/missing"
    set_policy c
    without_blob
    check "blob: embedded" embed a
    host_exec c rm -f "/var/log/libvirt/qemu/$guest.log"
    check "blob: refused" not migrate a c
    check "blob: names each feature that libvirt names" names_all_missing "$LAB_DIR/missing"
    check "blob: no other" [ "$(grep -c 'cpu-feature-missing' "$LAB_DIR/err")" = "$(sed -nE 's/.*missing features: *(.*)/\1/p' "$LAB_DIR/missing" | tr ',' '\n' | wc -l)" ]
    check "blob: says what it was compared with" says "has its CPU from host 'a'"
    check "blob: QEMU was not started" not qemu_was_started_on c
    check "blob: still runs on the source" runs_on a
    check "blob: passes where it fits" migrate a b
    check "blob: silent" silent
    check "blob: and from there, made on a" not migrate b c
    check "blob: and from there, refused by us" says "cpu-feature-missing"
    forget

    make_guest cpu=Westmere
    host_virsh a start "$guest" >/dev/null
    check "blob, a model: embedded" embed a
    check "blob, a model: refused" not migrate a c
    check "blob, a model: names the feature" says "'aes'.*\[cpu-feature-missing\]"
    forget
    make_guest
    host_virsh a start "$guest" >/dev/null
    check "blob, a model that fits: embedded" embed a
    check "blob, a model that fits: passes" migrate a c
    check "blob, a model that fits: silent" silent
    forget

    # the CPU in an image is told by the blob that was saved with it
    make_guest cpu=hm
    host_virsh a start "$guest" >/dev/null
    check "blob, saved: embedded" embed a
    host_virsh a save "$guest" /xfer/saved >/dev/null
    check "blob, saved: refused" not restore_on c
    check "blob, saved: names the feature" says "'${weak[0]}'.*\[cpu-feature-missing\]"
    check "blob, saved: passes where it fits" restore_on b
    forget

    # started again: the blob of the configuration is not that of the run
    make_guest cpu=Westmere net=labnet
    host_virsh a start "$guest" >/dev/null
    check "blob of the configuration: embedded" embed a
    host_virsh a destroy "$guest" >/dev/null
    host_virsh a start "$guest" >/dev/null
    check "blob of the configuration: refused for another reason" not migrate a c
    check "blob of the configuration: names that" says "labnet.*\[network-missing\]"
    check "blob of the configuration: and says what was not judged" says "made before the guest was started.*vmcompat embed $guest"
    check "blob of the configuration: not the CPU" not says cpu-feature-missing
    forget
}

until_renewed() { # HOST: what vmcompat-embed-started.path and its service do, without systemd
    local i
    for ((i = 0; i < 50; i++)); do
        [ -z "$(host_exec "$1" ls "$run/started")" ] ||
            { host_exec "$1" timeout 60 "$vmcompat" embed --started -c qemu:///system 2>"$LAB_DIR/err" && return; }
        sleep 0.1
    done
    return 1
}
made_on() { # HOST BLOB'S-HOST
    host_virsh "$1" dumpxml "$guest" | grep -q "<vmcompat:blob .* hostname=\"$2\""
}

notes() { # at started the hook notes the guest, and somebody else embeds it
    local h
    for h in a b; do host_exec "$h" mkdir -p "$run/started"; done
    install_hook a
    make_guest cpu=hm
    host_virsh a start "$guest" >/dev/null
    check "started: noted" host_exec a test -e "$run/started/$guest"
    check "started: embedded" until_renewed a
    check "started: made on a" made_on a a
    check "started: refused by the CPU" not migrate a c
    check "started: says so" says cpu-feature-missing
    check "arrived: migrated" migrate a b
    check "arrived: travelled" made_on b a
    check "arrived: noted" host_exec b test -e "$run/started/$guest"
    check "arrived: embedded anew" until_renewed b
    check "arrived: made on b" made_on b b
    check "arrived: no notes are left" [ -z "$(host_exec b ls "$run/started")" ]
    # while a guest is still on its way, its note is kept
    host_exec b touch "$run/started/nobody"
    check "gone: no note is left" until_renewed b
    check "gone: no note is left" [ -z "$(host_exec b ls "$run/started")" ]
    forget
    for h in a b; do host_exec "$h" rm -r "$run/started"; done
    host_exec a rm "$hook"
}
restore_on() { host_virsh "$1" restore /xfer/saved 2>"$LAB_DIR/err" >/dev/null; }

policies() {
    make_guest net=labnet
    host_virsh a start "$guest" >/dev/null
    set_policy c policy=warn
    check "warn: libvirt decides" not migrate a c
    check "warn: not our text" not says vmcompat:
    set_policy c policy=off
    check "off: libvirt decides" not migrate a c
    check "off: not our text" not says vmcompat:
    set_policy c ignore=network-missing
    check "ignored rule: libvirt decides" not migrate a c
    check "ignored rule: not our text" not says vmcompat:
    set_policy c operations=restore
    check "other operation only: not our text" not migrate a c
    check "other operation only: not our text" not says vmcompat:
    set_policy c "colour = blue"
    check "a key that is none: judged all the same" not migrate a c
    check "a key that is none: judged all the same" says network-missing
    forget
    set_policy c
}

faults() { # on b, with a guest that fits
    local f
    host_exec b sh -c "cp '$offer' /xfer/offer"
    fault() { # WHAT PREPARATION KEY TEXT: passes by default, refuses where the policy says so
        host_exec b sh -c "$2"
        set_policy b timeout=2
        make_guest net=net-all
        host_virsh a start "$guest" >/dev/null
        check "$1: passes" migrate a b
        forget
        set_policy b timeout=2 "$3=refuse"
        make_guest net=net-all
        host_virsh a start "$guest" >/dev/null
        check "$1: refused with $3=refuse" not migrate a b
        check "$1: says why" says "$4"
        forget
        host_exec b sh -c "cp /xfer/offer '$offer' && cp '$build'/src/hooks/vmcompat-* '$programs/'"
    }
    # shellcheck disable=SC2016 # for the hosts' shells
    {
        fault "offer missing" "rm '$offer'" when-offer-missing "offer.vmc.*No such file"
        fault "offer damaged" "head -c 20000 '$offer' >/xfer/x; cp /xfer/x '$offer'" when-offer-missing "can.t be (judged|parsed)|offer.vmc"
        fault "offer stale" "touch /usr/bin/qemu-system-x86_64" when-offer-missing "was changed after"
        make_offer b && host_exec b cp "$offer" /xfer/offer
        fault "judge killed" "printf '#!/bin/sh\nkill -9 \$\$\n' >'$programs/vmcompat-judge'" when-failed "could not be judged"
        fault "judge missing" "rm '$programs/vmcompat-judge'" when-failed "could not be judged"
        fault "judge hangs" "printf '#!/bin/sh\nsleep 60\n' >'$programs/vmcompat-judge'" when-failed "could not be judged"
    }
}

disk_full() {
    host_exec c sh -c "mkdir -p /full && mount -t tmpfs -o size=8k tmpfs /full && echo old >/full/offer"
    check "disk full: no offer is written" not host_exec c "$vmcompat" offer -c qemu:///system -o /full/offer 2>"$LAB_DIR/err"
    check "disk full: the old offer stays" host_exec c grep -qx old /full/offer
}

others() { # the places of other orchestrators, as they are by default
    local target folder link
    # shellcheck disable=SC2317 # check calls them
    ours() { host_exec c env "VMCOMPAT_LIBEXECDIR=$programs" "$vmcompat" "$@" >"$LAB_DIR/err" 2>&1; }
    # shellcheck disable=SC2317
    state() { # TEXT: what status says of the place
        ours status -c qemu:///system
        tr '\n' ' ' <"$LAB_DIR/err" | grep -qE " $target +$link +$1 "
    }
    host_exec c sh -c "mkdir -p '$programs' && cp -r '$build/data/hooks' '$programs/'"
    while read -r target folder link; do
        link=$folder/$link
        host_exec c mkdir -p "$folder"
        check "$target: not there yet" state "not installed"
        check "$target: install" ours hook install "$target"
        check "$target: status knows" state installed
        check "$target: remove" ours hook remove "$target"
        check "$target: it is gone" not host_exec c test -e "$link"
        host_exec c sh -c "mkdir -p '${link%/*}' && echo theirs >'$link'"
        check "$target: another's is told" state "not vmcompat's"
        check "$target: another's is not replaced" not ours hook install "$target"
        check "$target: another's is not removed" not ours hook remove "$target"
        check "$target: another's is as it was" host_exec c grep -qx theirs "$link"
    done <<'END'
vdsm /usr/libexec/vdsm/hooks before_vm_migrate_source/50_vmcompat
proxmox /var/lib/vz/snippets vmcompat
xapi /etc/xapi.d vm-pre-migrate/50-vmcompat
libvirt-cim /usr/libexec/libvirt-cim/extchecks 50-vmcompat
cloudstack /etc/cloudstack/agent/hooks.d PreFlight
END
}

install_hook() { # HOST
    host_exec "$1" sh -c "mkdir -p '$programs' '${hook%/*}' && cp '$build'/src/hooks/vmcompat-* '$programs/'"
    # the hooks' folder may be new to the daemon
    # shellcheck disable=SC2016 # for the host's shell
    host_exec "$1" sh -c "ln -sf '$programs/vmcompat-hook' $hook"' && kill -HUP $(pidof libvirtd)'
}

median() { sort -n "$1" | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] / 1000 }'; }

timing() { # to and fro between a and b, with the hook, with one that does nothing, and without by turns
    local i which t0 t1 from=a to=b h
    local -a hooks=('' "$programs/vmcompat-hook" /bin/true) took=() hooked=()
    install_hook a
    sleep 2.1
    make_offer a
    make_guest cpu=hm net=net-all
    host_virsh a start "$guest" >/dev/null
    # its firmware, with nothing to boot, would take a processor from all that is timed
    host_virsh a suspend "$guest" >/dev/null
    for ((i = 0; i < 3 * times; i++)); do
        which=$((i / 2 % 3))
        for h in a b; do
            host_exec $h sh -c "rm -f $hook; [ -z '${hooks[which]}' ] || ln -s '${hooks[which]}' $hook"
            rm -f "$LAB_DIR/$h/run/hook-clock"
        done
        t0=${EPOCHREALTIME/./}
        migrate $from $to || { echo "FAIL migration $i: $(cat "$LAB_DIR/err")" && failures=$((failures + 1)) && break; }
        t1=${EPOCHREALTIME/./}
        echo $((t1 - t0)) >>"$LAB_DIR/took.$which"
        cat "$LAB_DIR"/[ab]/run/hook-clock | awk '{ sum += $1 } END { print sum + 0 }' >>"$LAB_DIR/hooked.$which"
        h=$from from=$to to=$h
    done
    host_exec b ln -sf "$programs/vmcompat-hook" $hook
    forget
    for which in 0 1 2; do
        took+=("$(median "$LAB_DIR/took.$which")")
        hooked+=("$(median "$LAB_DIR/hooked.$which")")
    done
    awk -v n="$times" -v none="${took[0]}" -v own="${took[1]}" -v nothing="${took[2]}" 'BEGIN {
        printf "%d migrations each, medians: %.1f ms with the hook, %.1f with one that does nothing, %.1f with none: ",
            n, own, nothing, none
        printf "ratios %.3f and %.3f\n", own / nothing, own / none }'
    # Migrations vary by more than hooks take: what libvirt spends on them it is asked itself.
    awk -v none="${hooked[0]}" -v own="${hooked[1]}" -v nothing="${hooked[2]}" 'BEGIN {
        printf "hooks in them, six calls on both hosts, medians: %.1f ms with the hook, %.1f with one that does nothing, %.1f with none: ",
            own, nothing, none
        printf "%+.1f and %+.1f ms\n", own - nothing, own - none }'
    : >"$LAB_DIR/err"
    check "adds no more than 10 ms to what libvirt takes for any hook" \
        awk -v own="${hooked[1]}" -v nothing="${hooked[2]}" 'BEGIN { exit !(own - nothing <= 10) }'
}

if why=$(lab_missing) || { [ ! -x "$build/src/hooks/vmcompat-judge" ] && why="no $build/src/hooks/vmcompat-judge"; }; then
    echo "SKIP: $why"
    exit 77
fi
trap lab_end EXIT
trap 'exit 1' HUP INT TERM
[ "$times" = 0 ] || export LAB_HOOK_CLOCK=yes # see hook-clock.c
lab_begin
lab_up a b c || exit 1
: >"$LAB_DIR/err"
for h in b c; do install_hook "$h"; done
sleep 2.1 # what libvirt wrote in the second of an offer is doubtful
for h in b c; do make_offer "$h"; done
if [ -z "$timing_only" ]; then
    for group in refusals blobs notes policies faults disk_full others; do
        [[ ! $group =~ $only ]] || "$group"
    done
fi
[ "$times" = 0 ] || timing
echo "$passed passed, $failures failed, 0 skipped"
[ "$failures" = 0 ]
