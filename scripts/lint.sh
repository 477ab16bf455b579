#!/usr/bin/env bash
# Static checks of the sources (make lint): clang-format and clang-tidy, clang on the C of user space, the kernel's checkpatch
# on the C of the kernel, shellcheck on scripts; and for each tool a piece of bad code, to prove that the tool ran. Writes a
# KTAP document. The checks are configured in .clang-format, .clang-tidy, .checkpatch.conf and .shellcheckrc.
# usage: lint.sh
source "$(dirname "$0")/lib.sh"
begin_ktap

"$top/scripts/deps.sh" user lint
checkpatch=$("$top/scripts/kernel-source.sh")/scripts/checkpatch.pl
database=$top/build/lint
mkdir -p "$database"
cd "$top"

sources() { find "$@" -type f ! -name '*.mod.c' ! -name '.*' | sort; }
mapfile -t all_files < <(sources include shim cxx kunit samples '(' -name '*.[ch]' -o -name '*.cc' -o -name '*.hpp' ')')
mapfile -t cxx_files < <(sources cxx kunit -name '*.cc')
mapfile -t kernel_files < <(sources include shim kunit samples -name '*.[ch]' ! -path 'kunit/user/*')
mapfile -t bash_scripts < <(grep -rlE '^#!.*\bbash|^# shellcheck shell=bash' scripts .ci)
mapfile -t sh_scripts < <(grep -rlE '^#!.*\bsh$' scripts; find scripts/guest/jobs -type f)

for list in all_files cxx_files kernel_files bash_scripts sh_scripts; do
	declare -n files=$list
	[ ${#files[@]} -gt 0 ] || die "lint.sh: $list: there are none"
done

# The flags are those of the user-space programs, of which the core is a part: make -n prints them.
objects() { for source in "$2"/*.cc; do echo "$1_$(basename "$source" .cc).o"; done; }
commands() {
	# shellcheck disable=SC2046
	make -nB -f kunit/user/user.mk "TOP=$top" CC=clang-19 CXX=clang++-19 suites $(cd cxx && printf 'core/%s\n' */*.cc | sed 's/cc$/o/') $(objects user kunit/user) \
		$(objects replay kunit/replay)
}
commands | grep -E ' -c -o [^ ]+ [^ ]+$' | awk '!seen[$NF]++' >"$database/commands"
awk -v "directory=$database" '
	BEGIN { print "[" }
	{ gsub(/[\\"]/, "\\\\&") }
	{ printf "%s{ \"directory\": \"%s\", \"file\": \"%s\", \"command\": \"%s\" }", (NR > 1 ? ",\n" : ""), directory, $NF, $0 }
	END { print "\n]" }' "$database/commands" >"$database/compile_commands.json"
commands_for() { sed -n "s|.* $top/\(.*\.$1\)$|\1|p" "$database/commands" | sort; }

in_parallel() { xargs -r -d '\n' -P "$(nproc)" "$@"; }

format() { clang-format --dry-run -Werror "$@"; }

# Largest files first, so that no processor is idle for long at the end. A header is read with each file that includes it.
tidy() {
	local status=0
	ls -S "$@" | in_parallel -n 1 clang-tidy-19 --quiet -p "$database" >"$scratch/tidy" 2>"$scratch/tidy.errors" || status=1
	grep -E '(warning|error): ' "$scratch/tidy" | sed "s|$top/||" | awk '!seen[$0]++' || true
	grep -E '^(error|Error|xargs)|Program arguments' "$scratch/tidy.errors" && status=1
	return $status
}
every_file_has_flags() { [ ${#cxx_files[@]} -gt 30 ] && diff <(printf '%s\n' "${cxx_files[@]}") <(commands_for cc); }

casts_are_in_one_file() { grep -rnE '[a-z]_cast<' cxx --exclude=cast.hpp; [ $? -eq 1 ]; }

# Compiles the C of the suites and the model; clang-tidy has compiled the C++ with these flags.
compile_c() {
	grep '\.c$' "$database/commands" | in_parallel -I COMMAND sh -c "cd '$database' && COMMAND -fsyntax-only" &&
		[ "$(commands_for c | wc -l)" -gt 50 ]
}

# Fails on a finding, and if a file was not counted.
patches() {
	printf '%s\n' "$@" | in_parallel -n 8 perl "$checkpatch" -f >"$scratch/checkpatch" 2>&1 || true
	grep -E ': (ERROR|WARNING):' "$scratch/checkpatch"
	[ "$(grep -c '^total: 0 errors, 0 warnings, ' "$scratch/checkpatch")" = $# ]
}

scripts() {
	shellcheck --severity=warning --format=gcc "${bash_scripts[@]}" "$@" &&
		shellcheck --severity=warning --format=gcc --shell=dash "${sh_scripts[@]}"
}

# A tree with the same configuration files, and many mistakes.
bad=$scratch/bad
mkdir -p "$bad/cxx"
cp .clang-format .clang-tidy .checkpatch.conf "$bad"
cp cxx/.clang-tidy "$bad/cxx"
cat >"$bad/cxx/source.cc" <<'END'
#include <utility>
struct Page {
	Page(Page &&other) noexcept;
	int number;
};
int use(Page page)
{
	const Page other = std::move(page);
	return page.number;
}
END
cat >"$bad/source.c" <<'END'
// SPDX-License-Identifier: GPL-2.0
int f(int *p) {
	if (p == 0) return simple_strtol("1", 0, 0);
	return 1;
}
END
cat >"$bad/script.sh" <<'END'
#!/usr/bin/env bash
cd "$1"
rm *.o
END

bad_patch() { (cd "$bad" && patches source.c); }

plan 11
check 'clang_format_has_nothing_to_change' format "${all_files[@]}"
check 'every_cxx_file_has_its_flags' every_file_has_flags
check 'clang_tidy_has_nothing_to_say' tidy "${cxx_files[@]}"
check 'all_casts_of_the_core_are_in_one_file' casts_are_in_one_file
check 'clang_compiles_the_c_of_user_space' compile_c
check 'checkpatch_has_nothing_to_say' patches "${kernel_files[@]}"
check 'shellcheck_has_nothing_to_say' scripts
check 'clang_format_sees_a_brace_in_the_wrong_place' ends 1 'clang-format-violations' format "$bad/source.c"
check 'clang_tidy_sees_an_object_used_after_its_move' ends 1 'bugprone-use-after-move' tidy "$bad/cxx/source.cc"
check 'checkpatch_sees_an_obsolete_function' ends 1 'CONSIDER_KSTRTO' bad_patch
check 'shellcheck_sees_a_change_of_directory_that_may_fail' ends 1 'SC2164' scripts "$bad/script.sh"
[ $failures = 0 ]
