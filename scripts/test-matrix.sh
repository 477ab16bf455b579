#!/usr/bin/env bash
# All tests on all kernels (make test-matrix): our own kernels by series and flavour, then a distribution's kernels. The
# last line has the numbers of passed and failed tests.
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
verdicts=("${@/%/.verdict}")
mkdir -p "$top/build/log"
cd "$top/build/log"
rm -f "${verdicts[@]}"

run_rows() { # run_rows ROW...: writes each verdict to a file
	local row
	for row in "$@"; do
		say "==== $row"
		case $row in
		stock) "$top/scripts/stock.sh" ;;
		machine) "$top/scripts/test.sh" machine ;;
		*) KERNEL=${row%%-*} FLAVOUR=${row#*-} "$top/scripts/test.sh" ;;
		esac >"$row.verdict" || true
		say "==== $row: $(tail -n 1 "$row.verdict")"
	done
}

# Two rows at once, so that both processors are busy when a row builds or has one guest left. Rows of one kernel share a build.
plain=() others=()
for row in "$@"; do
	case $row in 7.3-plain | machine) plain+=("$row") ;; *) others+=("$row") ;; esac
done
run_rows "${plain[@]}" &
run_rows "${others[@]}" &
wait

cat "${verdicts[@]}"
# A row without a verdict has failed.
tail -qn 1 "${verdicts[@]}" | awk -v "rows=$*" -v wanted=$# '
	/^[0-9]+ passed, [0-9]+ failed$/ { verdicts++; passed += $1; failed += $3 }
	END { failed += wanted - verdicts; printf "%d passed, %d failed on %s\n", passed, failed, rows; exit failed || !passed }'
