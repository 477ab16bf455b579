#!/usr/bin/env bash
# All tests on all kernels (make test-matrix): our own kernels by series and flavour, then a distribution's kernels. The
# last line has the numbers of passed and failed tests, and the kernels.
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
mkdir -p "$top/build/log"

run_row() { # run_row ROW: writes its kernel and the verdict to files
	local row=$1 log=$top/build/log/$1
	say "==== $row"
	case $row in
	stock)
		"$top/scripts/stock.sh" >"$log.verdict" || true
		grep -ohP '(^|] )Linux version \K\S+' "$top"/build/log/*-run/console.log 2>/dev/null | sed 's/^/Debian /' >"$log.kernels" || true
		;;
	machine)
		"$top/scripts/test.sh" machine >"$log.verdict" || true
		echo 'Linux 7.3 (machine with TDX)' >"$log.kernels"
		;;
	*)
		KERNEL=${row%%-*} FLAVOUR=${row#*-} "$top/scripts/test.sh" >"$log.verdict" || true
		echo "Linux ${row%%-*} (${row#*-})" >"$log.kernels"
		;;
	esac
	say "==== $row: $(tail -n 1 "$log.verdict")"
}
run_rows() { for row in "$@"; do run_row "$row"; done; }

# Two rows at once, so that both processors are busy when a row builds or has one guest left. Rows of one kernel share a build.
plain=() others=()
for row in "$@"; do
	case $row in 7.3-plain | machine) plain+=("$row") ;; *) others+=("$row") ;; esac
done
run_rows "${plain[@]}" &
run_rows "${others[@]}" &
wait

passed=0 failed=0 kernels=()
for row in "$@"; do
	log=$top/build/log/$row
	cat "$log.verdict"
	counts=$(tail -n 1 "$log.verdict" | grep -xE '[0-9]+ passed, [0-9]+ failed') || counts='0 passed, 1 failed'
	passed=$((passed + ${counts%% *})) counts=${counts#* passed, }
	failed=$((failed + ${counts%% *}))
	mapfile -t -O ${#kernels[@]} kernels <"$log.kernels"
done
printf -v list ', %s' "${kernels[@]}"
echo "$passed passed, $failed failed on ${list#, }"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
