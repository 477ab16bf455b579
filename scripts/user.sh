#!/usr/bin/env bash
# What runs in user space, but for the fuzzer (fuzz.sh).
# usage: user.sh unit [--ktap]      the suites (make unit); ends with GoogleTest's own verdict. --ktap: writes a KTAP document instead.
#                                   FILTER=custody: a suite; FILTER=custody.a_test: a test of it; FILTER=custody:pages.*-*busy*:
#                                   GoogleTest's patterns
#        user.sh explore            all orders of API calls on small arrays with all outcomes (make explore): DEPTH=calls
#                                   SECONDS_EACH=after so many seconds of a scenario no deeper level is begun SCENARIO=one of them
#        user.sh replay [FILE...]   recordings of the real TDX module's logic against the emulator's model (make replay); default:
#                                   all files below kunit/replay/vectors
#        user.sh bench              what must not depend on the number of live arrays (make bench-user): a KTAP document
source "$(dirname "$0")/lib.sh"

# The suites, under both policies of the model, and on one without features.
unit() {
	case ${1:-} in '' | --ktap) ;; *) die "user.sh unit: '$1' is no option: there is --ktap" ;; esac
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
}

case $1 in
unit) unit "${2:-}" ;;
explore)
	small='-DSEAM_MAX_TDS=4 -DSEAM_MAX_VCPUS=8 -DSEAM_MAX_OBJECTS=4 -DSEAM_MAX_TDMRS=4 -DSEAM_MAX_EVENTS=64 -DSEAM_MAX_CALLS=64'
	out=$(USER_BUILD=$top/build/explore "$top/scripts/user-build.sh" SANITIZE= "EXTRA=-O2 -DNDEBUG $small" explore)
	exec "$out/explore" "${DEPTH:-10}" "${SECONDS_EACH:-60}" ${SCENARIO:+"$SCENARIO"}
	;;
replay)
	"$top/scripts/deps.sh" module
	out=$top/build/host
	mkdir -p "$out"
	# The sanitizers watch the model here, which the guest's plain kernel does not.
	make -s -C "$out" -f "$top/kunit/replay/host.mk" "TOP=$top" "-j$(nproc)" replay >&2
	files=("${@:2}")
	[ ${#files[@]} -gt 0 ] || mapfile -t files < <(find "$top/kunit/replay/vectors" -name '*.vec' | sort)
	[ ${#files[@]} -gt 0 ] || die "no recordings below kunit/replay/vectors"
	for file in "${files[@]}"; do [ -f "$file" ] || die "FILES: no recording '$file'"; done
	exec "$out/replay" "${files[@]}"
	;;
bench)
	"$top/scripts/deps.sh" count
	out=$(USER_BUILD=$top/build/user-bench "$top/scripts/user-build.sh" SANITIZE= EXTRA=-O2 bench)
	exec "$top/scripts/bench-user.py" "$out"
	;;
*) die "user.sh: '$1' is none of unit, explore, replay, bench" ;;
esac
