# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the scripts share that test one thing in a lab and migrate nothing: dry-run.sh,
# saved-image.sh.  Each test is a function; it complains with wrong and goes on.

# shellcheck source=tests/lab/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/lab/hosts.sh
. "$LAB_SRC/hosts.sh"
# shellcheck source=tests/lab/guests.sh
. "$LAB_SRC/guests.sh"

vmcompat=$LAB_TOP/_build/src/cli/vmcompat
[ "${1:-}" != --vmcompat ] || vmcompat=$(realpath "$2")
complaints=() passed=0 failed=0

wrong() { complaints+=("$*"); }

aside_begin() { # N-TESTS HOST…: a lab with these hosts, and X, a folder that all of them see as /xfer/t
    local n=$1 why
    shift
    if why=$(lab_missing) || { [ ! -x "$vmcompat" ] && why="no $vmcompat"; }; then
        echo "SKIP: $why"
        echo "0 passed, 0 failed, $n skipped"
        exit 77
    fi
    trap lab_end EXIT
    trap 'exit 1' HUP INT TERM
    lab_begin
    lab_up "$@" || exit 1
    X=$LAB_DIR/xfer/t
    mkdir "$X"
}

aside() { # FUNCTION
    complaints=()
    "$1"
    if [ ${#complaints[@]} = 0 ]; then
        passed=$((passed + 1))
        echo "ok   $1"
    else
        failed=$((failed + 1))
        printf 'FAIL %s: %s\n' "$1" "$(printf '%s; ' "${complaints[@]}")"
    fi
}

aside_end() {
    echo "$passed passed, $failed failed, 0 skipped"
    [ "$failed" = 0 ] && [ "$passed" != 0 ]
    exit
}

number=0
define() { # HOST NAME TOKENS…: a guest of guests.sh
    local host=$1 name=$2
    shift 2
    number=$((number + 1))
    guest_xml "$name" "$(printf '5ce7a210-0000-4000-9000-%012d' "$number")" "$@" >"$X/$name.xml"
    [ "$host" = - ] || host_virsh "$host" define "$X/$name.xml" >/dev/null || wrong "$name can't be defined"
}

get() { # HOST FILE ARGS…: a blob
    local host=$1 file=$2
    shift 2
    host_exec "$host" timeout 60 "$vmcompat" get "$@" -o "/xfer/t/$file" >"$X/out" 2>&1 ||
        wrong "get $*: $(head -c 300 "$X/out" | tr '\n' ' ')"
}

check() { # HOST ARGS…: sets $said, and $rules: "id(severity) …"
    local host=$1
    shift
    said=0
    host_exec "$host" timeout 60 "$vmcompat" check -c qemu:///system "$@" --format json >"$X/json" 2>"$X/err" || said=$?
    rules=$(tr -d '\n' <"$X/json" | grep -oE '"rule" *: *"[^"]+" *, *"severity" *: *"[a-z]+"' |
        sed -E 's/"rule" *: *"([^"]+)".*"([a-z]+)"$/\1(\2)/' | sort -u | tr '\n' ' ')
}

expect() { # STATUS RULE(SEVERITY)… of the last check; with "!" in front: must not be there
    local rule
    [ "$said" = "$1" ] || wrong "status $said, not $1 ($rules $(head -c 300 "$X/err" | tr '\n' ' '))"
    shift
    for rule; do
        case $rule in
        !*) [[ " $rules" != *" ${rule#!}"* ]] || wrong "${rule#!} is there: $rules" ;;
        *) [[ " $rules" = *" $rule "* ]] || wrong "no $rule in: $rules" ;;
        esac
    done
}
