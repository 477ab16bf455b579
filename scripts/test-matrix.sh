#!/usr/bin/env bash
# All tests on all kernels (make test-matrix): our own kernels by series and flavour, then a distribution's kernels. The
# last line has the numbers of passed and failed tests.
# usage: test-matrix.sh [SERIES-FLAVOUR | machine | stock | stock-SUITE]...       stock: Debian's suites that the module is known to
#        work on, which make stock tries alone
source "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || set -- 7.3-plain machine 7.3-debug 7.3-clang 6.12-plain stock
mkdir -p "$top/build/log"
rows=()
for row in "$@"; do
	case $row in
	stock) row='stock-bookworm stock-trixie stock-trixie-backports' ;;
	stock-*)
		apt_suite "${row#stock-}" >/dev/null 2>"$top/build/log/apt" ||
			die "STOCK: packages of Debian suite '${row#stock-}' cannot be read; apt's output is in $top/build/log/apt"
		;;
	machine) ;;
	*-*) check_kernel "${row%%-*}" "${row#*-}" ;;
	*) die "ROWS: no kernel '$row': want SERIES-FLAVOUR, such as 7.3-debug, machine, or stock" ;;
	esac
	read -ra more <<<"$row"
	rows+=("${more[@]}")
done
verdicts=("${rows[@]/%/.verdict}")
cd "$top/build/log"
rm -f "${verdicts[@]}"

run_rows() { # run_rows ROW...: writes each verdict to a file
	local row
	for row in "$@"; do
		say "==== $row"
		case $row in
		machine | stock-*) "$top/scripts/test.sh" "$row" ;;
		*) KERNEL=${row%%-*} FLAVOUR=${row#*-} "$top/scripts/test.sh" ;;
		esac >"$row.verdict" || true
		say "==== $row: $(tail -n 1 "$row.verdict")"
	done
}

# Two rows at once, so that both processors are busy when a row builds or has one guest left. Rows of one kernel share a build.
plain=() others=()
for row in "${rows[@]}"; do
	case $row in 7.3-plain | machine) plain+=("$row") ;; *) others+=("$row") ;; esac
done
run_rows "${plain[@]}" &
run_rows "${others[@]}" &
wait

cat "${verdicts[@]}"
# A row without a verdict has failed.
tail -qn 1 "${verdicts[@]}" | awk -v "rows=${rows[*]}" -v wanted=${#rows[@]} '
	/^[0-9]+ passed, [0-9]+ failed$/ { verdicts++; passed += $1; failed += $3 }
	END { failed += wanted - verdicts; printf "%d passed, %d failed on %s\n", passed, failed, rows; exit failed || !passed }'
