#!/usr/bin/env bash
# All tests on all kernels (make test-matrix): our own by series and flavour, then those of a distribution as they are. The
# last line says what passed, what failed, and on which kernels.
# usage: test-matrix.sh [SERIES-FLAVOUR | machine | stock]...
source "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- 7.3-plain machine 7.3-debug 7.3-clang 6.12-plain stock
for row in "$@"; do
	case $row in
	stock | machine) ;;
	*-*) check_kernel "${row%%-*}" "${row#*-}" ;;
	*) die "ROWS: no kernel '$row': want SERIES-FLAVOUR, such as 7.3-debug, machine, or stock" ;;
	esac
done
passed=0 failed=0 kernels=()
mkdir -p "$top/build/log"

run() { # run LOG COMMAND...: adds the last line of what it says to the sums
	local log=$top/build/log/$1.verdict counts
	"${@:2}" >"$log" || true
	cat "$log"
	counts=$(tail -n 1 "$log" | grep -xE '[0-9]+ passed, [0-9]+ failed') || counts='0 passed, 1 failed'
	passed=$((passed + ${counts%% *})) counts=${counts#* passed, }
	failed=$((failed + ${counts%% *}))
}

# While the guests of one row run, which leaves time on the CPUs, the kernel of the next one is built. Whoever needs it
# earlier waits for it, and says why it cannot be built.
build_ahead() {
	local row
	for row in "$@"; do
		case $row in
		stock) ;;
		machine) nice "$top/scripts/qemu-build.sh" && nice "$top/scripts/kernel-build.sh" plain ;;
		*) KERNEL=${row%%-*} nice "$top/scripts/kernel-build.sh" "${row#*-}" ;;
		esac
	done
}
set -m # a group of its own, to be stopped as a whole
build_ahead "$@" >/dev/null 2>"$top/build/log/kernels" &
ahead=$!
set +m
trap 'kill -- -$ahead 2>/dev/null || true' EXIT

for row in "$@"; do
	say "==== $row"
	case $row in
	stock)
		run stock "$top/scripts/stock.sh"
		mapfile -t stock < <(grep -ohP '^Linux version \K\S+' "$top"/build/log/*-run/console.log 2>/dev/null || true)
		kernels+=("${stock[@]/#/Debian }")
		;;
	machine)
		run machine "$top/scripts/machine-test.sh"
		kernels+=("Linux 7.3 (machine with TDX)")
		;;
	*)
		KERNEL=${row%%-*} FLAVOUR=${row#*-} run "$row" "$top/scripts/test.sh"
		kernels+=("Linux ${row%%-*} (${row#*-})")
		;;
	esac
done
printf -v list ', %s' "${kernels[@]}"
echo "$passed passed, $failed failed on ${list#, }"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
