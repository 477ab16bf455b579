#!/usr/bin/env bash
# Builds and runs what runs in user space: core and model with the programs of kunit/user/, and recordings.
# usage: user.sh build [VARIABLE=VALUE]... TARGET...   builds programs and prints the directory they are in: USER_BUILD, or build/user
#        user.sh unit [VARIABLE=VALUE]...        the suites (make unit); ends with GoogleTest's own verdict. FILTER=custody: a suite;
#                                   FILTER=custody.a_test: a test of it; FILTER=custody:pages.*-*busy*: GoogleTest's patterns
#        user.sh explore            all orders of API calls on small arrays with all outcomes (make explore): DEPTH=calls
#                                   SECONDS_EACH=seconds of a scenario after which no deeper level starts  SCENARIO=one of them
#        user.sh fuzz SECONDS [TARGET...]        the core's functions, its words and lists, and the model (make fuzz), with
#                                   sanitizers: SECONDS for each target, two at a time; SEED=number: starts from the kept
#                                   inputs alone, for a run that can be repeated
#        user.sh reproduce TARGET FILE           runs one input of the fuzzer and prints what happens in it
#        user.sh replay [FILE...]   recordings of the real TDX module's logic against the emulator's model (make replay); default:
#                                   all files below kunit/replay/vectors
#        user.sh policies           prints the policies of the model that the suites run with, one set a line
#        user.sh bench              checks costs that must not depend on the number of live arrays (make bench-user); writes
#                                   a KTAP document
source "$(dirname "$0")/lib.sh"

build() { # build [VARIABLE=VALUE]... TARGET...: prints the directory
	local out=${USER_BUILD:-$top/build/user}
	"$top/scripts/deps.sh" user || exit
	mkdir -p "$out"
	make -s -C "$out" -f "$top/kunit/user/user.mk" "TOP=$top" "-j$(nproc)" "$@" >&2 || exit
	echo "$out"
}

# Both answers where public sources are silent, and a model without features.
policies=('' 'page_by_page invalid_resumption pw_mce no_clflush' no_features)
unit() { # unit [VARIABLE=VALUE]...
	local filter wanted name found words policy status=0 ran=no
	out=$(build "$@" suites)
	# A name alone is a suite.
	filter=$(sed -E ':again; s/(^|[:-])(\w+)($|[:-])/\1\2.*\3/; t again' <<<"${FILTER:-*}")
	tests() { "$out/suites" "--gtest_filter=$1" --gtest_list_tests "${@:2}"; }

	# Each single name has to match a test.
	IFS=: read -ra wanted <<<"${filter%%-*}"
	for name in "${wanted[@]}"; do
		found=$(tests "$name" && tests "$name" no_features)
		[ -n "$found" ] ||
			die "FILTER=$FILTER: no test matches '${name%.\*}'; the suites are: $(tests '*' | sed -n 's/\.$//p' | paste -sd ' ') features"
	done
	# Tests of a module without features run in the third run only, most others do not run there.
	for words in "${policies[@]}"; do
		read -ra policy <<<"$words"
		found=$(tests "$filter" "${policy[@]}")
		[ -n "$found" ] || continue
		ran=yes
		"$out/suites" "--gtest_filter=$filter" --gtest_brief=1 "${policy[@]}" || status=1
	done
	[ $ran = yes ] || die "FILTER=$FILTER excludes every test that it matches"
	exit $status
}

# A smaller model starts again faster.
small='-DSEAM_MAX_TDS=4 -DSEAM_MAX_VCPUS=8 -DSEAM_MAX_OBJECTS=4 -DSEAM_MAX_TDMRS=4 -DSEAM_MAX_EVENTS=64'
fuzz_targets=(calls words model)
check_fuzz_target() {
	[[ " ${fuzz_targets[*]} " = *" $1 "* ]] || die "TARGET=$1: no such target; there are: ${fuzz_targets[*]}"
}
build_fuzzers() {
	"$top/scripts/deps.sh" fuzz || exit
	USER_BUILD=$top/build/fuzz build CC=clang-19 CXX=clang++-19 FUZZ=-fsanitize=fuzzer \
		"EXTRA=-fsanitize=fuzzer-no-link $small" "${fuzz_targets[@]/#/fuzz_}"
}
# Prints what the run reached, or what stopped it with which input.
run_fuzzer() { # run_fuzzer TARGET SECONDS
	local log=$out/$1.log grown=$top/build/corpus${SEED:+-of-seed}/$1 found=$top/build/findings
	[ -z "${SEED:-}" ] || rm -rf "$grown"
	mkdir -p "$grown" "$found"
	if "$out/fuzz_$1" "-max_total_time=$2" -timeout=20 "-artifact_prefix=$found/$1-" ${SEED:+"-seed=$SEED"} "$grown" \
		"$top/kunit/user/corpus/$1" >"$log" 2>&1 </dev/null; then
		echo "$1: $(tail -n 1 "$log"),$(grep -oE ' (cov|corp): [0-9]+' "$log" | tail -n 2 | paste -sd ,)"
	else
		echo "$1: $(grep -m 3 -E '^finding:|runtime error:|^SUMMARY:|^==[0-9]+== ?ERROR:' "$log" || tail -n 5 "$log")"
		sed -n 's/.*Test unit written to //p' "$log"
		return 1
	fi
}
fuzz() { # fuzz SECONDS [TARGET...]
	[[ $1 =~ ^[1-9][0-9]*$ ]] || die "SECONDS=$1: not a number of seconds for each target"
	local target
	for target in "${@:2}"; do check_fuzz_target "$target"; done
	[ $# -lt 2 ] || fuzz_targets=("${@:2}")
	out=$(build_fuzzers)
	rm -f "$out/failed"
	for target in "${fuzz_targets[@]}"; do
		[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
		(run_fuzzer "$target" "$1" || touch "$out/failed") &
	done
	wait
	[ ! -e "$out/failed" ]
}

case ${1:-} in
build) build "${@:2}" ;;
unit) unit "${@:2}" ;;
policies) printf '%s\n' "${policies[@]}" ;;
explore)
	out=$(USER_BUILD=$top/build/explore build SANITIZE= "EXTRA=-O2 -DNDEBUG $small -DSEAM_MAX_CALLS=64" explore)
	exec "$out/explore" "${DEPTH:-10}" "${SECONDS_EACH:-60}" ${SCENARIO:+"$SCENARIO"}
	;;
fuzz) fuzz "${2:-30}" "${@:3}" ;;
reproduce)
	check_fuzz_target "${2:-}"
	[ -f "${3:-}" ] || die "REPRODUCE=${3:-}: no such file"
	out=$(build_fuzzers)
	FUZZ_TELL=1 exec "$out/fuzz_$2" "$(realpath "$3")"
	;;
replay)
	out=$(build replay)
	files=("${@:2}")
	[ ${#files[@]} -gt 0 ] || mapfile -t files < <(find "$top/kunit/replay/vectors" -name '*.vec' | sort)
	[ ${#files[@]} -gt 0 ] || die "no recordings below kunit/replay/vectors"
	for file in "${files[@]}"; do [ -f "$file" ] || die "FILES: no recording '$file'"; done
	exec "$out/replay" "${files[@]}"
	;;
bench)
	"$top/scripts/deps.sh" count
	out=$(USER_BUILD=$top/build/user-bench build SANITIZE= EXTRA=-O2 bench)
	exec "$top/scripts/bench-user.py" "$out"
	;;
*) die "user.sh: '${1:-}' is not one of build, unit, policies, explore, fuzz, reproduce, replay, bench" ;;
esac
