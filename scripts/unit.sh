#!/usr/bin/env bash
# Runs the suites in user space (make unit), under both policies of the model, and on one without features, and ends with GoogleTest's own verdict.
# usage: unit.sh [--ktap]        --ktap: writes a KTAP document instead; FILTER=GoogleTest filter
source "$(dirname "$0")/lib.sh"

out=$("$top/scripts/user-build.sh" suites)
policies=('' 'page_by_page invalid_resumption pw_mce' no_features)
status=0
for number in 0 1 2; do
	# shellcheck disable=SC2206
	run=("$out/suites" "--gtest_filter=${FILTER:-*}" "--gtest_output=json:$out/suites.$number.json" --gtest_brief=1 ${policies[number]})
	rm -f "$out/suites.$number.json"
	if [ "${1:-}" = --ktap ]; then "${run[@]}" >"$out/suites.$number.log" 2>&1 || status=1
	else "${run[@]}" || status=1; fi
done
if [ "${1:-}" = --ktap ]; then
	"$top/scripts/gtest-ktap.py" "$out"/suites.{0,1,2} || status=1
fi
exit $status
