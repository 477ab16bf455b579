#!/usr/bin/env bash
# Fuzzes the core's functions, its words and lists, and the model (make fuzz), with sanitizers.
# usage: fuzz.sh [--ktap] SECONDS [TARGET...]   each target so long, two at a time; --ktap: writes a KTAP document instead
#        fuzz.sh --reproduce TARGET FILE        runs one input and tells what happens in it
source "$(dirname "$0")/lib.sh"

targets=(calls words model)
grown=$top/build/corpus
found=$top/build/findings

check_target() {
	[[ " ${targets[*]} " = *" $1 "* ]] || die "TARGET=$1: no such target; there are: ${targets[*]}"
}

build() {
	"$top/scripts/deps.sh" fuzz
	USER_BUILD=$top/build/fuzz "$top/scripts/user-build.sh" CC=clang-19 CXX=clang++-19 FUZZ=-fsanitize=fuzzer \
		"EXTRA=-fsanitize=fuzzer-no-link -DSEAM_MAX_TDS=4 -DSEAM_MAX_VCPUS=8 -DSEAM_MAX_OBJECTS=4 -DSEAM_MAX_TDMRS=4 -DSEAM_MAX_EVENTS=64" \
		"${targets[@]/#/fuzz_}"
}

run() {
	local seeds=$top/kunit/user/corpus/$1
	[ -z "$ktap" ] || rm -rf "${grown:?}/$1"
	mkdir -p "$grown/$1" "$found"
	"$out/fuzz_$1" "-max_total_time=$2" -timeout=20 -print_final_stats=1 "-artifact_prefix=$found/$1-" ${ktap:+-seed=1} "$grown/$1" "$seeds" \
		>"$out/$1.log" 2>&1 </dev/null && echo 0 >"$out/$1.status" || echo 1 >"$out/$1.status"
}

# Figures of a run, from its log; the number of executions alone if there is a second argument.
figures() {
	awk -v only="${2:-}" '
		match($0, /\([0-9]+ inline 8-bit counters/) { edges = substr($0, RSTART + 1) + 0 }
		match($0, /cov: [0-9]+/) { covered = substr($0, RSTART + 5, RLENGTH - 5) }
		match($0, /corp: [0-9]+/) { inputs = substr($0, RSTART + 6, RLENGTH - 6) }
		/^stat::number_of_executed_units:/ { executions = $2 }
		/^#[0-9]+/ && substr($1, 2) + 0 > executions { executions = substr($1, 2) + 0 }
		END {
			if (only) print executions + 0
			else printf "%d executions, %d of %d edges, %d inputs", executions, covered, edges, inputs
		}' "$out/$1.log"
}

# What stopped a run, and the input that leads there.
finding() {
	grep -m 3 -E '^finding:|runtime error:|^SUMMARY:|^==[0-9]+== ?ERROR:' "$out/$1.log" || tail -n 5 "$out/$1.log"
	sed -n 's/.*Test unit written to //p' "$out/$1.log"
}

# As a test it begins the same way each time, so that a change is what makes it fail.
ktap=
case ${1:-} in
--ktap) ktap=1 grown=$top/build/corpus-of-tests && shift ;;
--reproduce)
	check_target "${2:-}"
	[ -f "${3:-}" ] || die "REPRODUCE=${3:-}: no such file"
	input=$(realpath "$3")
	out=$(build)
	FUZZ_TELL=1 exec "$out/fuzz_$2" "$input"
	;;
esac

limit=${1:-30}
[[ $limit =~ ^[1-9][0-9]*$ ]] || die "SECONDS=$limit: how many seconds is each target to be fuzzed?"
for target in "${@:2}"; do check_target "$target"; done
[ $# -lt 2 ] || targets=("${@:2}")
out=$(build)
for target in "${targets[@]}"; do
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
	run "$target" "$limit" &
done
wait

[ -z "$ktap" ] || printf 'KTAP version 1\n1..%d\n' ${#targets[@]}
number=0 executions=0 findings=0 idle=()
for target in "${targets[@]}"; do
	number=$((number + 1))
	executed=$(figures "$target" only)
	executions=$((executions + executed))
	text="$target: $(figures "$target")" verdict=ok
	if [ "$(cat "$out/$target.status")" != 0 ]; then
		findings=$((findings + 1))
		verdict='not ok'
		text+=$'\n'$(finding "$target")
	elif [ "$executed" = 0 ]; then
		idle+=("$target")
		verdict='not ok'
	fi
	if [ -n "$ktap" ]; then
		printf '%s\n' "$text" | sed 's/^/# /'
		echo "$verdict $number fuzz_$target"
	else
		printf '%s\n' "$text"
	fi
done
[ -n "$ktap" ] || echo "fuzzed $executions executions, $findings findings"
[ ${#idle[@]} = 0 ] || die "nothing was executed by: ${idle[*]}; see $out"
[ $findings = 0 ]
