#!/usr/bin/env bash
# Runs the suites in user space (make unit), under both policies of the model, and on one without features, and ends with GoogleTest's own verdict.
# usage: unit.sh [--ktap]        --ktap: writes a KTAP document instead
#        FILTER=custody: a suite; FILTER=custody.a_test: a test of it; FILTER=custody:pages.*-*busy*: GoogleTest's patterns
source "$(dirname "$0")/lib.sh"

case ${1:-} in
'' | --ktap) ;;
*) die "unit.sh: '$1' is no option: there is --ktap" ;;
esac
out=$("$top/scripts/user-build.sh" suites)
policies=('' 'page_by_page invalid_resumption pw_mce no_clflush' no_features)

# A name alone is a suite. Twice, because the ":" between two names belongs to one match only.
filter=$(sed -E 's/(^|[:-])(\w+)($|[:-])/\1\2.*\3/g; s/(^|[:-])(\w+)($|[:-])/\1\2.*\3/g' <<<"${FILTER:-*}")

tests() { # tests FILTER [POLICIES]: those that match
	# shellcheck disable=SC2086
	"$out/suites" "--gtest_filter=$1" --gtest_list_tests ${2:-} || die "the suites do not start, with these policies: '${2:-}'"
}
matches() { local found; found=$(tests "$@") || exit 1; [ -n "$found" ]; }

# Each name has to match something, not only their sum.
IFS=: read -ra wanted <<<"${filter%%-*}"
for name in "${wanted[@]}"; do
	matches "$name" '' || matches "$name" no_features ||
		die "FILTER=$FILTER: no test matches '${name%.\*}'; the suites are: $(tests '*' | sed -n 's/\.$//p' | paste -sd ' ') features"
done

status=0 ran=()
for number in 0 1 2; do
	rm -f "$out/suites.$number".{json,log}
	# What is about a module without features runs in the third one only, most of the others do not run there.
	matches "$filter" "${policies[number]}" || continue
	ran+=("$out/suites.$number")
	# shellcheck disable=SC2206
	run=("$out/suites" "--gtest_filter=$filter" "--gtest_output=json:$out/suites.$number.json" --gtest_brief=1 ${policies[number]})
	if [ "${1:-}" = --ktap ]; then "${run[@]}" >"$out/suites.$number.log" 2>&1 || status=1
	else "${run[@]}" || status=1; fi
done
[ ${#ran[@]} -gt 0 ] || die "FILTER=$FILTER excludes every test that it matches"
if [ "${1:-}" = --ktap ]; then
	"$top/scripts/gtest-ktap.py" "${ran[@]}" || status=1
fi
exit $status
