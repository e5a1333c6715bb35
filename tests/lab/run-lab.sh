#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Measures vmcompat against real migrations between real libvirt hosts (lab.sh, hosts.sh):
# for each guest and pair in scenarios.tsv: `get` on the source, `check` on the destination,
# live and offline from its offer; then the migration itself; any disagreement fails.
#
#   run-lab.sh [--only REGEX] [--vmcompat PATH] [--table FILE] [--strict] [--keep-failed DIR] [--jobs N]
#   run-lab.sh --truth-only …     only the real migrations, against what scenarios.tsv expects
#   run-lab.sh --dry-run …        the checks on the destination ask its libvirt, too
#   run-lab.sh --list             the scenarios
#
# N scenarios run at a time (default: as many as there are CPUs).  REGEX is matched against "ID PAIR STATE", such as "cpu-hm a>c live".  --strict: an
# undecided answer fails too, unless the scenario allows it.
#
# Three things fail: an answer that is not what happened; an answer offline that is not the live
# one; and a refusal whose error is not what the rule that fired is about, by causes.tsv.
#
# To try things by hand, keep a lab up:
#   tests/lab/lab.sh up a b c d         starts it, prints each host's URI
#   tests/lab/lab.sh exec b virsh list  runs something inside host b
#   virsh -c URI-OF-A migrate --live GUEST URI-OF-B --migrateuri tcp://10.99.0.2
#   tests/lab/lab.sh down
#
# Needs root; without it, or without namespaces and overlay mounts, prints SKIP and exits 77.

# shellcheck source=tests/lab/lab.sh
. "$(dirname "$0")/lab.sh"
# shellcheck source=tests/lab/hosts.sh
. "$LAB_SRC/hosts.sh"
# shellcheck source=tests/lab/guests.sh
. "$LAB_SRC/guests.sh"

jobs=$(nproc) only='' table=lab-report.md truth_only='' strict='' list='' keep_failed='' dry=''
vmcompat=$LAB_TOP/_build/src/cli/vmcompat
scenarios=${LAB_SCENARIOS:-$LAB_SRC/scenarios.tsv}
while [ $# -gt 0 ]; do
    case $1 in
    --only) only=$2 && shift ;;
    --vmcompat) vmcompat=$(realpath "$2") && shift ;;
    --table) table=$2 && shift ;;
    --scenarios) scenarios=$2 && shift ;;
    --keep-failed) keep_failed=$2 && shift ;;
    --jobs) jobs=$2 && shift ;;
    --truth-only) truth_only=1 ;;
    --strict) strict=1 ;;
    --dry-run) dry=--dry-run ;;
    --list) list=1 ;;
    *) sed -n '4,29p' "$0" && exit 1 ;;
    esac
    shift
done

skipped=0

dash() { [ "$1" = - ] || echo "$1"; }

# calls $1 ID STATE SRC DST TRUTH CHECK FLAGS TOKENS… for each scenario that is wanted
each_scenario() {
    local id state guest runs check flags run pair
    while IFS=$'\t' read -r id state guest runs check flags; do
        case $id in '' | '#'* | id) continue ;; esac
        for run in $runs; do
            pair=${run%%:*}
            [[ "$id $pair $state" =~ $only ]] || continue
            # shellcheck disable=SC2046 # words are wanted
            "$1" "$id" "$state" "${pair%>*}" "${pair#*>}" "${run#*:}" "$(dash "$check")" "$(dash "$flags")" $(dash "$guest")
        done
    done < <(tr -s '\t' <"$scenarios")
}

print_scenario() { echo "$1 $3>$4 $2: $5"; }
count_scenario() { skipped=$((skipped + 1)); }
hosts_of_scenario() { echo "$3"; echo "$4"; }

# --- what vmcompat says: sets said (compatible | incompatible | undecided | none) and rules

vmcompat_of() { # HOST: a host with its own base tree has its own vmcompat in it
    local path=LAB_VMCOMPAT_$1
    echo "${!path:-$vmcompat}"
}

ask() { # HOST ARGS…: check inside a host ("-": outside); JSON on stdout
    local where=$1 rc out
    shift
    if [ "$where" = - ]; then
        out=$(timeout 60 "$vmcompat" check "$@" --format json 2>"$X/err")
    else
        out=$(host_exec "$where" timeout 60 "$(vmcompat_of "$where")" check "$@" --format json 2>"$X/err")
    fi
    rc=$?
    case $rc in 0) said=compatible ;; 2) said=incompatible ;; 3) said=undecided ;; *) said=none ;; esac
    rules=$(tr -d '\n' <<<"$out" |
        grep -oE '"rule" *: *"[^"]+" *, *"severity" *: *"(blocker|conditional|unknown)" *, *"waived" *: *false' |
        sed -E 's/"rule" *: *"([^"]+)".*"(b|c|u)[a-z]+".*/\1(\2)/' | sort -u | tr '\n' ' ')
    [ "$said" != none ] || rules="status $rc: $(head -c 300 "$X/err" | tr '\n|' '  ')"
    printf '%s\n' "$out" >"$X/check-$where.json"
}

predict() { # sets live, live_rules, offline, offline_rules
    local id=$1 src=$2 dst=$3 check=$4 said rules
    live=none offline=none live_rules='' offline_rules=''
    rm -f "$X"/{blob,offer,check-*.json}
    if ! host_exec "$src" timeout 60 "$(vmcompat_of "$src")" get -c qemu:///system "$id" -o /xfer/$worker/blob >"$X/err" 2>&1; then
        live_rules="get: $(head -c 300 "$X/err" | tr '\n|' '  ')"
        return
    fi
    # shellcheck disable=SC2086
    ask "$dst" -c qemu:///system /xfer/$worker/blob $check $dry
    live=$said live_rules=$rules
    if ! host_exec "$dst" timeout 60 "$(vmcompat_of "$dst")" offer -c qemu:///system -o /xfer/$worker/offer --for /xfer/$worker/blob >"$X/err" 2>&1; then
        offline_rules="offer: $(head -c 300 "$X/err" | tr '\n|' '  ')"
        return
    fi
    # shellcheck disable=SC2086
    ask - --offer "$X/offer" "$X/blob" $check
    offline=$said offline_rules=$rules
}

# --- what libvirt does: sets real (ok | fail | broken) and text; words: what the guest's CPU was

cpu_words() { # HOST GUEST: the CPUID words that the guest's QEMU gives it
    local path='/machine/unattached/device[0]' words # where it mostly is
    words=$(ask_cpu "$1" "$2" "$path")
    if [[ "$words" != *'"features"'* ]]; then
        path=$(host_virsh "$1" qemu-monitor-command "$2" '{"execute":"query-cpus-fast"}' |
            sed 's/.*"qom-path":"\([^"]*\)".*/\1/')
        words=$(ask_cpu "$1" "$2" "$path")
    fi
    echo "${words%,\"id\":*}"
}

ask_cpu() { # HOST GUEST PATH
    host_virsh "$1" qemu-monitor-command "$2" \
        '{"execute":"qom-get","arguments":{"path":"'"$3"'","property":"feature-words"}}'
}

words_by_leaf() { # WORDS: a line "FEATURES LEAF-AND-REGISTER" for each; QEMU versions know different ones
    local ecx drop='^$'
    # leaf 0xD is all zero to a guest without XSAVE (bit 26), whatever QEMU has noted of it
    ecx=$(leaves "$1" | grep '"cpuid-register":"ECX"' | grep '"cpuid-input-eax":1[,}]' | cut -d' ' -f1)
    [ $((${ecx:-0} & 1 << 26)) != 0 ] || drop='"cpuid-input-eax":13[,}]'
    leaves "$1" | grep -v -e "$drop"
}

leaves() {
    grep -o '{[^{}]*"features":[^{}]*}' <<<"$1" | sed -E 's/^(.*)"features": *([0-9]+)(.*)$/\2 \1\3/'
}

by_topology() { # LEAF-AND-REGISTER: sets topology to "ht" and "cmp_legacy", which libvirt leaves to
    # QEMU since 11.10: it shows them to guests with several vCPUs, and older ones don't note that
    # in these words.  A guest with one vCPU for which an older libvirt named cmp_legacy does lose
    # it there, unnoticed by libvirt and by us.
    case $1 in
    *'"EDX"'*'"cpuid-input-eax":1'[,'}']*) topology=$((1 << 28)) ;;
    *'"ECX"'*'"cpuid-input-eax":2147483649'[,'}']*) topology=$((1 << 1)) ;;
    *) topology=0 ;;
    esac
}

lost_cpu_bits() { # BEFORE AFTER: true if a bit of BEFORE is missing in AFTER
    local bits leaf topology
    local -A after=()
    while read -r bits leaf; do after[$leaf]=$bits; done < <(words_by_leaf "$2")
    [ ${#after[@]} != 0 ] || return 1
    while read -r bits leaf; do
        by_topology "$leaf"
        [ $((bits & ~(${after[$leaf]:-0} | topology))) = 0 ] || return 0
    done < <(words_by_leaf "$1")
    return 1
}

properties() { # HOST GUEST NAME: what QEMU's devices have for it
    host_virsh "$1" qemu-monitor-command "$2" --hmp 'info qtree' | grep -o "\b$3 = [^ ]*"
}

note_properties() { # of the scenario, while the guest runs on its source
    [ -z "$keep" ] || [ "$state" = off ] || kept=$(properties "$src" "$name" "$keep")
}

qemu_said() { # HOST GUEST: QEMU's last words there
    grep -a '^[-0-9T:.Z ]*qemu[^ ]*: ' "$LAB_DIR/$1/upper/var/log/libvirt/qemu/$2.log" 2>/dev/null |
        grep -av -e 'terminating on signal' -e ': warning:' | sed 's/^[^ ]*Z //' | tail -n 3
}

migrate() { # ID STATE SRC DST FLAGS
    local id=$1 state=$2 src=$3 dst=$4 flags=$5 e=$X/err info
    real=fail
    case $state in
    live | paused)
        words=$(cpu_words "$src" "$id")
        # shellcheck disable=SC2086
        timeout 60 virsh -q -c "$(host_uri "$src")" migrate --live "$id" "$(host_uri "$dst")" \
            --migrateuri "tcp://$(host_addr "$dst")" $flags >"$e" 2>&1 && real=ok
        ;;
    saved)
        host_exec "$src" cp "/var/lib/libvirt/qemu/save/$id.save" "/xfer/$worker/$id.save"
        host_virsh "$dst" restore "/xfer/$worker/$id.save" >"$e" 2>&1 && real=ok
        ;;
    off)
        # shellcheck disable=SC2086
        timeout 60 virsh -q -c "$(host_uri "$src")" migrate --offline --persistent "$id" "$(host_uri "$dst")" $flags \
            >"$e" 2>&1 && host_virsh "$dst" start "$id" >"$e" 2>&1 && real=ok
        ;;
    esac
    text=$(sed 's/^error: //' "$e" | grep -v '^Failed to \(start\|restore\) domain' | tr '\n|' '  ' | head -c 300)
    if [ "$real" != ok ]; then
        case $text in
        *"job '"* | *monitor* | *"QEMU command"*) text+=$(qemu_said "$dst" "$id" | tr '\n|' '  ' | head -c 300) ;;
        esac
        text=$(tidy "$text")
        return
    fi
    text='' info=$(host_virsh "$dst" dominfo "$id")
    if ! grep -qE '^State: *(running|paused)' <<<"$info"; then
        real=fail text="not running afterwards"
        return
    fi
    # it passed; is the guest what it was?
    if [ -n "$words" ] && lost_cpu_bits "$words" "$(cpu_words "$dst" "$id")"; then
        real=broken text="the guest's CPU lost features"
    elif grep -q '^Managed save: *yes' <<<"$info"; then
        real=broken text="an older saved image would be restored at the next start"
    elif [ -n "$kept" ] && [ "$kept" != "$(properties "$dst" "$id" "$keep")" ]; then
        real=broken text="a device's property changed: $kept before"
    fi
}

tidy() { # TEXT without what differs from run to run
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z //g; s/-[0-9]+( |\.|'"'"'|$)/\1/g; s/(vnet|process )[0-9]+/\1N/g; s/ +/ /g' <<<"$1"
}

# --- which rules an error of libvirt's calls for

cause_patterns=() cause_rules=()
while IFS=$'\t' read -r pattern names; do
    case $pattern in '' | '#'* | error) continue ;; esac
    cause_patterns+=("$pattern") cause_rules+=("$names")
done < <(tr -s '\t' <"$LAB_SRC/causes.tsv")

find_cause() { # TEXT RULES: sets cause, and adds to wrong
    local i rule
    cause=-
    for ((i = 0; i < ${#cause_patterns[@]}; i++)); do
        [[ "$1" =~ ${cause_patterns[i]} ]] || continue
        for rule in ${cause_rules[i]}; do
            case " $2" in *" $rule("*) cause=$rule && return ;; esac
        done
        wrong+=("libvirt's error calls for ${cause_rules[i]// / or }: $1")
        return
    done
    wrong+=("cause unknown: $1")
}

clean() { # HOST NAME
    host_virsh "$1" "destroy $2; undefine $2 --nvram --managed-save --snapshots-metadata --checkpoints-metadata" >/dev/null 2>&1
}

clean_both() { # TOKENS…: both hosts are without the scenario's guest again
    clean "$src" "$name"
    clean "$dst" "$name"
    [[ " $* " != *" prep="* ]] || clean "$dst" "$name-twin"
}

prepare() { # TOKENS…: the scenario's guest is on its source, in its state
    local token
    host_virsh "$src" define "$X/guest.xml" || return
    case $state in
    live) host_virsh "$src" start "$name" ;;
    paused) host_virsh "$src" start --paused "$name" ;;
    saved) host_virsh "$src" start "$name" && words=$(cpu_words "$src" "$name") && note_properties && host_virsh "$src" managedsave "$name" ;;
    esac || return
    [ "$state" = saved ] || note_properties || return
    for token; do
        [ "${token%%=*}" != prep ] || ("prep_${token#*=}" "$src" "$dst" "$name" "$uuid") || return
    done
}

prepare_twice() { # TOKENS…: what fails only once is this machine's fault, not what is asked here
    prepare "$@" >"$e" 2>&1 && return
    echo "NOTE: $what: prepared again: $(tail -n 1 "$e")"
    clean_both "$@"
    prepare "$@" >"$e" 2>&1
}

scenario() { # ID STATE SRC DST TRUTH CHECK FLAGS TOKENS…
    local id=$1 state=$2 src=$3 dst=$4 truth=${LAB_TRUTH:-${5%\?}} may=${5##*[a-z]} check=$6 flags=$7
    local what="$1 $3>$4 $2" name uuid token words='' live=- offline=- live_rules='' offline_rules='' real text wrong=() e=$X/err t0
    local keep='' kept='' cause=''
    shift 7
    for token; do
        [ "${token%%=*}" != keep ] || keep=${token#*=}
    done
    number=$((number + 1))
    [ $((number % jobs)) = "$worker" ] || return 0
    if [ "$LAB_VIRT" != kvm ] && [[ " $* " =~ " cpu="|" tsc" ]]; then
        echo "SKIP: $what: no usable KVM" | tee -a "$X/results"
        return
    fi
    t0=${EPOCHREALTIME/./}
    uuid=$(printf '5ce7a210-0000-4000-8000-%012d' "$number")
    name=$id-$number # no two workers use the same name
    guest_xml "$name" "$uuid" "$@" >"$X/guest.xml"
    if [ "$truth" = any ] && ! prepare "$@" >"$e" 2>&1; then
        echo "SKIP: $what: no such guest can be: $(tail -n 1 "$e")" | tee -a "$X/results"
        clean_both "$@"
        return
    fi
    if [ "$truth" != any ] && ! prepare_twice "$@"; then
        real=unprepared text=$(tr '\n|' '  ' <"$e" | head -c 300)
        wrong+=("couldn't be prepared: $text")
    else
        [ -n "$truth_only" ] || predict "$name" "$src" "$dst" "$check"
        migrate "$name" "$state" "$src" "$dst" "$flags"
        [ "$real" = "$truth" ] || [ "$truth" = any ] || wrong+=("libvirt: $real, the table says $truth ($text)")
    fi
    if [ -z "$truth_only" ] && [ "$real" != unprepared ]; then
        judge live "$live" "$live_rules"
        judge offline "$offline" "$offline_rules"
        [ "$offline $offline_rules" = "$live $live_rules" ] || wrong+=("live $live ($live_rules), offline $offline ($offline_rules)")
        [ "$real" = ok ] || find_cause "$text" "$live_rules"
    fi
    [ "$offline_rules" = "$live_rules" ] || live_rules+="; offline: $offline_rules"
    if [ ${#wrong[@]} = 0 ]; then
        echo "ok   $what: $live/$offline, really $real ($(((${EPOCHREALTIME/./} - t0) / 1000)) ms)" | tee -a "$X/results"
    else
        echo "FAIL $what: $(printf '%s; ' "${wrong[@]}")" | tee -a "$X/results"
        if [ -n "$keep_failed" ]; then
            mkdir -p "$keep_failed/$id-$src$dst-$state"
            cp "$X"/{blob,offer,guest.xml,check-*.json} "$keep_failed/$id-$src$dst-$state/" 2>/dev/null
        fi
    fi
    printf '%d %s\n' "$number" "| $id | $src→$dst | $state | $live | $offline | $real | ${live_rules:-} | $cause | ${text:-} |" >>"$X/rows"
    clean_both "$@"
    rm -f "$X/$name.save"
}

judge() { # live|offline SAID RULES: against real; adds to wrong
    case $2/$real in
    compatible/ok | incompatible/fail | incompatible/broken) ;;
    undecided/*)
        echo "?    $what: $1 undecided: $3" | tee -a "$X/results"
        [ -z "$strict" ] || [ "$may" = '?' ] || wrong+=("$1: undecided")
        ;;
    *) wrong+=("$1: said $2 ($3), really $real ($text)") ;;
    esac
}

if [ -n "$list" ]; then
    each_scenario print_scenario
    exit
fi
if why=$(lab_missing) || { [ -z "$truth_only" ] && [ ! -x "$vmcompat" ] && why="no $vmcompat"; }; then
    each_scenario count_scenario
    echo "SKIP: $why"
    echo "0 passed, 0 failed, $skipped skipped"
    exit 77
fi

workers=()
end_all() {
    [ ${#workers[@]} = 0 ] || kill "${workers[@]}" 2>/dev/null
    lab_end
}
trap end_all EXIT
trap 'exit 1' HUP INT TERM
started=$SECONDS
lab_begin
mapfile -t hosts < <(each_scenario hosts_of_scenario | sort -u)
lab_up "${hosts[@]}" || exit 1
echo "hosts ${hosts[*]} up after $((SECONDS - started)) s, guests of type $LAB_VIRT"
# the workers take turns; each has a folder of its own below /xfer
for ((worker = 0; worker < jobs; worker++)); do
    (
        X=$LAB_DIR/xfer/$worker number=0
        mkdir "$X"
        : >"$X/rows"
        each_scenario scenario
    ) &
    workers+=($!)
done
wait "${workers[@]}"

cat "$LAB_DIR"/xfer/*/results >"$LAB_DIR/results"
passed=$(grep -c '^ok' "$LAB_DIR/results")
failed=$(grep -c '^FAIL' "$LAB_DIR/results")
skipped=$(grep -c '^SKIP' "$LAB_DIR/results")
undecided=$(grep -c '^?' "$LAB_DIR/results")
total="$passed passed, $failed failed, $skipped skipped"
{
    for host in "${hosts[@]}"; do
        printf 'Host %s: %s\n\n' "$host" "$(host_virsh "$host" version --daemon | sed -n 's/^Running against daemon: /libvirt /p; s/^Running hypervisor: //p' | sort -u | tr '\n' ',' | sed 's/,$//; s/,/, /g')"
    done
    echo "| scenario | pair | state | predicted live | predicted offline | real | rules that fired | the one libvirt's error calls for | libvirt's text |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    sort -n "$LAB_DIR"/xfer/*/rows | cut -d' ' -f2-
    printf '\n%s; %s guests; %s of %s answers undecided\n' "$total" \
        "$(cut -d' ' -f3 "$LAB_DIR"/xfer/*/rows | sort -u | wc -l)" "$undecided" "$((2 * (passed + failed)))"
} >"$table"
[ "$failed" = 0 ] || printf '\nDisagreements:\n%s\n\n' "$(grep '^FAIL' "$LAB_DIR/results")"
echo "table in $table; $undecided of $((2 * (passed + failed))) answers undecided; $((SECONDS - started)) s"
echo "$total"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
