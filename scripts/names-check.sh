#!/usr/bin/env bash
# Checks that nothing passes that ran nothing, and writes a KTAP document: a name that matches no test, scenario, target,
# mutant, case, kernel or file is refused in one line, and so is a run that executed, or looked at, nothing.
# usage: names-check.sh
source "$(dirname "$0")/lib.sh"
source "$top/scripts/ktap.sh"

cd "$top"
# The shell says VARIABLE=VALUE to make; what stands in the environment of a test run is not meant for these.
unset FILTER CASE DEPTH SCENARIO SECONDS_EACH KERNEL FLAVOUR KSRC JOB EXTRA OS_RELEASE
# With the objects of make unit.
programs=$("$top/scripts/user-build.sh" suites explore)

# usage: refused WORDS COMMAND...        it ends non-zero, and says so in one line; make adds one of its own
refused() {
	local words=$1
	shift
	"$@" >"$scratch/said" 2>&1 && { cat "$scratch/said"; echo "it passed"; return 1; }
	cat "$scratch/said"
	sed -i '/^make\(\[[0-9]*\]\)\?: /d' "$scratch/said"
	[ "$(wc -l <"$scratch/said")" = 1 ] && grep -qE '^(error: |Makefile:[0-9]+: \*\*\* )' "$scratch/said" && grep -qF -- "$words" "$scratch/said"
}
made() { make --no-print-directory -s "$@"; }

tests_of() { made unit "FILTER=$1" 2>&1 | sed -n 's/.*\] \([0-9]* tests\?\) from 1 test suite ran.*/\1/p'; }
names_of_suites() {
	local all one
	all=$(tests_of 'custody.*') one=$(tests_of custody.one_bad_page_stays_alone)
	echo "custody.*: $all; one test: $one"
	[ -n "$all" ] && [ "$(tests_of custody)" = "$all" ] && [ "$one" = $'1 test\n1 test' ]
}

# A tree with one script of this one, whose helpers do nothing.
tree_with() { # tree_with SCRIPT [HELPER LINE]...
	rm -rf "$scratch/tree"
	mkdir -p "$scratch/tree/scripts" "$scratch/tree/build"
	ln -s "$top/scripts"/{"$1",lib.sh,ktap.sh} "$scratch/tree/scripts"
	ln -s "$top/kunit" "$scratch/tree"
	shift
	while [ $# -gt 0 ]; do
		printf '#!/bin/sh\n%s\n' "$2" >"$scratch/tree/scripts/$1"
		chmod +x "$scratch/tree/scripts/$1"
		shift 2
	done
}
fuzzer_without_executions() {
	tree_with fuzz.sh deps.sh '' user-build.sh "echo $scratch/tree/build"
	printf '#!/bin/sh\necho "stat::number_of_executed_units: 0" >&2\n' >"$scratch/tree/build/fuzz_words"
	chmod +x "$scratch/tree/build/fuzz_words"
	{ "$scratch/tree/scripts/fuzz.sh" 1 words >/dev/null; } 2>&1
}
lint_without_sources() {
	tree_with lint.sh deps.sh '' kernel-source.sh 'echo /nowhere'
	mkdir -p "$scratch"/tree/{include,shim,cxx,samples,.ci,scripts/guest/jobs}
	rm "$scratch/tree/kunit"
	mkdir "$scratch/tree/kunit"
	{ "$scratch/tree/scripts/lint.sh" >/dev/null; } 2>&1
}

plan 37
printf 'ID=ubuntu\nVERSION_CODENAME=noble\n' >"$scratch/ubuntu"
: >"$scratch/a job"
check 'a_suite_is_found_by_its_name_alone' names_of_suites
check 'a_suite_that_is_not_there_is_refused' refused "no test matches 'nonsense'" made unit FILTER=nonsense
check 'a_test_that_is_not_there_is_refused' refused "no test matches 'custody.nonsense'" made unit FILTER=custody.nonsense
check 'one_of_several_names_is_refused' refused "no test matches 'nonsense'" made unit FILTER=custody:nonsense
check 'a_filter_that_excludes_all_is_refused' refused 'excludes every test' made unit 'FILTER=custody-custody.*'
check 'an_unknown_word_for_the_suites_is_refused' refused "unknown word 'no_feature'" "$programs/suites" no_feature
check 'an_unknown_option_of_unit_is_refused' refused "'--katp' is no option" scripts/unit.sh --katp
check 'a_scenario_that_is_not_there_is_refused' refused "no scenario 'typo'" "$programs/explore" 1 1 typo
check 'a_depth_of_nothing_is_refused' refused 'a depth of 0' "$programs/explore" 0 1
check 'a_mutant_that_is_not_there_is_refused' refused "no mutant's description has 'typo'" made mutate LIST=all 'WORDS=flush typo'
check 'no_mutant_at_all_is_refused' refused 'LIST=0: wanted is a number' made mutate LIST=0
check 'faults_of_a_part_that_is_not_there_are_refused' refused "invalid choice: 'typo'" made mutate PART=typo
check 'a_lock_that_is_not_there_is_refused' refused "no lock's row has 'typo'" made races WORDS=typo
check 'a_fuzz_target_that_is_not_there_is_refused' refused 'TARGET=typo' made fuzz TARGET=typo
check 'an_input_without_a_target_is_refused' refused 'TARGET=: no such target' made fuzz REPRODUCE=Makefile
check 'an_input_that_is_not_there_is_refused' refused '/nowhere: no such file' made fuzz TARGET=calls REPRODUCE=/nowhere
check 'fuzzing_for_no_time_is_refused' refused 'SECONDS=0' made fuzz SECONDS=0
check 'a_fuzzer_that_executed_nothing_is_refused' refused 'nothing was executed by: words' fuzzer_without_executions
check 'a_recording_that_is_not_there_is_refused' refused "no recording '/nowhere'" made replay FILES=/nowhere
check 'a_life_cycle_that_is_not_there_is_refused' refused "no life cycle 'typo'" made faults 'CASE=typo alloc 1'
check 'a_series_that_is_not_there_is_refused' refused "no kernel series '1.0'" made test KERNEL=1.0
check 'a_flavour_that_is_not_there_is_refused' refused "no flavour 'typo'" made test FLAVOUR=typo
check 'a_row_that_is_not_there_is_refused' refused "no kernel 'typo'" made test-matrix 'ROWS=stock typo'
check 'a_row_whose_flavour_is_not_there_is_refused' refused "no flavour 'typo'" made test-matrix 'ROWS=stock 7.3-typo'
check 'a_suite_of_debian_that_is_not_there_is_refused' refused "suite 'typo' cannot be read" made stock 'STOCK=typo bookworm'
check 'a_script_that_is_not_there_is_refused' refused 'JOB=/nowhere: no such script' made guest JOB=/nowhere
check 'a_file_for_the_guest_that_is_not_there_is_refused' refused 'EXTRA: no file /nowhere' made guest JOB=Makefile 'EXTRA=LICENSE /nowhere'
check 'a_guest_job_that_is_not_there_is_refused' refused "no guest job 'typo'" scripts/guest.sh "$scratch" "$scratch" typo "$scratch/logs"
check 'a_script_without_a_proper_name_is_refused' refused 'letters, digits' scripts/guest.sh "$scratch" "$scratch" "$scratch/a job" "$scratch/logs"
check 'a_distribution_without_a_kernel_for_the_guest_is_refused' refused "says 'ubuntu noble'" env "OS_RELEASE=$scratch/ubuntu" scripts/guest-kernel.sh
check 'patches_for_another_series_are_refused' refused 'no patches for Linux 1.0' made companion KERNEL=1.0
check 'test_modules_that_would_not_be_built_are_refused' refused 'not "yes"' made TESTS=yes
check 'a_sample_that_would_not_be_built_is_refused' refused 'not "yes"' made SAMPLES=yes
check 'an_unknown_option_of_bench_is_refused' refused "'--jsno' is no option" scripts/bench.sh --jsno
check 'uninstalling_what_is_not_there_is_refused' refused 'nothing of tdx_page_array is installed' made uninstall KERNELRELEASE=0.0 "DESTDIR=$scratch"
check 'a_checker_that_looked_at_no_source_is_refused' refused 'there are none' lint_without_sources
check 'excerpts_of_no_document_are_refused' refused 'no document is named' scripts/excerpts.py
[ $failures = 0 ]
