#!/usr/bin/env bash
# Static checks of the sources (make lint): clang-format, clang-tidy, the kernel's checkpatch on its C, and for scripts
# ShellCheck, configured in .clang-format, .clang-tidy, .checkpatch.conf and .shellcheckrc. Writes a KTAP document.
# usage: lint.sh
source "$(dirname "$0")/lib.sh"
begin_ktap

"$top/scripts/deps.sh" user lint
checkpatch=$("$top/scripts/kernel-source.sh")/scripts/checkpatch.pl
cd "$top"

sources() { find "$@" -type f ! -name '*.mod.c' ! -name '.*' | sort; }
mapfile -t all_files < <(sources include shim cxx kunit samples '(' -name '*.[ch]' -o -name '*.cc' -o -name '*.hpp' ')')
mapfile -t cxx_files < <(sources cxx kunit -name '*.cc')
mapfile -t kernel_files < <(sources include shim kunit samples -name '*.[ch]' ! -path 'kunit/user/*')
mapfile -t bash_scripts < <(grep -rlE '^#!.*\bbash|^# shellcheck shell=bash' scripts .ci)
mapfile -t sh_scripts < <(grep -rlE '^#!.*\bsh$' scripts; find scripts/guest/jobs scripts/mutation/shim-job -type f)

in_parallel() { xargs -r -d '\n' -P "$(nproc)" "$@"; }

# The flags are those of the user-space programs, of which the core is a part: make -n prints them. One line is one file.
programs=(suites explore replay races bench fuzz_calls fuzz_words fuzz_model)
make -nB -f kunit/user/user.mk "TOP=$top" CC=clang-19 CXX=clang++-19 FAULTS=1 "${programs[@]}" |
	sed -n "s|^clang++-19 \\(.*\\) -c -o [^ ]* $top/\\(.*\\.cc\\)\$|\\2 -- \\1|p" | sort -u -k 1,1 >"$scratch/commands"
every_file_has_flags() { diff <(printf '%s\n' "${cxx_files[@]}") <(cut -d ' ' -f 1 "$scratch/commands"); }

# A header is read with each file that includes it.
tidy() {
	local status=0
	in_parallel -I COMMAND sh -c 'clang-tidy-19 --quiet COMMAND' \
		<"$scratch/commands" >"$scratch/tidy" 2>"$scratch/tidy.errors" || status=1
	grep -E '(warning|error): ' "$scratch/tidy" | sed "s|$top/||" | awk '!seen[$0]++' || true
	grep -E '^(error|Error|xargs)|Program arguments' "$scratch/tidy.errors" && status=1
	return $status
}

casts_are_in_one_file() { grep -rnE '[a-z]_cast<' cxx --exclude=cast.hpp; [ $? -eq 1 ]; }

# Fails on a finding, and if a file was not counted.
patches() {
	printf '%s\n' "$@" | in_parallel -n 8 perl "$checkpatch" -f >"$scratch/checkpatch" 2>&1 || true
	grep -E ': (ERROR|WARNING):' "$scratch/checkpatch"
	[ "$(grep -c '^total: 0 errors, 0 warnings, ' "$scratch/checkpatch")" = $# ]
}

scripts() {
	shellcheck --severity=warning --format=gcc "${bash_scripts[@]}" &&
		shellcheck --severity=warning --format=gcc --shell=dash "${sh_scripts[@]}"
}

plan 6
check 'clang_format_has_nothing_to_change' clang-format --dry-run -Werror "${all_files[@]}"
check 'every_cxx_file_has_its_flags' every_file_has_flags
check 'clang_tidy_has_nothing_to_say' tidy
check 'all_casts_of_the_core_are_in_one_file' casts_are_in_one_file
check 'checkpatch_has_nothing_to_say' patches "${kernel_files[@]}"
check 'shellcheck_has_nothing_to_say' scripts
[ $failures = 0 ]
